//! Every panel, in the order of the menu.

use super::{
    checkpoints::CheckpointsPanel, epochs::EpochsPanel, escape::EscapePanel, gallery::GalleryPanel, lab::LabPanel,
    line::LinePanel, plane::PlanePanel, runs::RunsPanel, setup::SetupPanel, surface::SurfacePanel, table::TablePanel,
    valley::ValleyPanel, walk::WalkPanel,
};
use crate::app::panel::Panel;

/// In the order of the menu.
pub const PANELS: [&dyn Panel; 13] = [
    &SetupPanel,
    &RunsPanel,
    &WalkPanel,
    &EpochsPanel,
    &TablePanel,
    &GalleryPanel,
    &CheckpointsPanel,
    &LinePanel,
    &PlanePanel,
    &SurfacePanel,
    &LabPanel,
    &EscapePanel,
    &ValleyPanel,
];
