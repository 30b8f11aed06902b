//! Workspaces: one for each kind of work, with the panels that belong to it and a layout of its own.

use serde::{Deserialize, Serialize};

/// What somebody is here to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Workspace {
    /// Train, and watch the walk.
    Walk,
    /// Measure around networks that are there.
    Checkpoints,
    Laboratory,
    Gallery,
}

impl Workspace {
    /// In the order of the bar and of the keys.
    pub const ALL: [Workspace; 4] =
        [Workspace::Walk, Workspace::Checkpoints, Workspace::Laboratory, Workspace::Gallery];

    pub fn title(self) -> &'static str {
        match self {
            Workspace::Walk => "Walk",
            Workspace::Checkpoints => "Checkpoints",
            Workspace::Laboratory => "Laboratory",
            Workspace::Gallery => "Gallery",
        }
    }

    pub fn about(self) -> &'static str {
        match self {
            Workspace::Walk => "Set up a run, watch the optimizer walk, fork it, compare runs",
            Workspace::Checkpoints => {
                "Lines, planes, surfaces, valleys, escapes, spectra and gradient noise of trained networks"
            }
            Workspace::Laboratory => {
                "Exact landscapes of one and two dimensions, and theorems held against measurements"
            }
            Workspace::Gallery => "Figures of papers, made again, with verdicts on their claims",
        }
    }
}
