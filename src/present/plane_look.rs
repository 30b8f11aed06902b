//! How a plane is drawn, in the window and on paper.

use serde::{Deserialize, Serialize};

use crate::figure::{Colormap, Scale};

/// How planes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneLook {
    pub scale: Scale,
    pub map: Colormap,
    pub contours: bool,
    /// A unit of a is as long as a unit of b, unless that would make one side of a page several times longer.
    pub equal: bool,
}

impl Default for PlaneLook {
    fn default() -> Self {
        PlaneLook { scale: Scale::Log10, map: Colormap::default(), contours: true, equal: true }
    }
}

impl PlaneLook {
    pub fn is_log(&self) -> bool {
        self.scale == Scale::Log10
    }
}
