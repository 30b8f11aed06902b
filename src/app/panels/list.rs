//! Every panel, in the order of the menu.

use super::{
    checkpoints::CheckpointsPanel, epochs::EpochsPanel, escape::EscapePanel, gallery::GalleryPanel, lab::LabPanel,
    line::LinePanel, noise::NoisePanel, plane::PlanePanel, runs::RunsPanel, setup::SetupPanel, slice::SlicePanel,
    spectrum::SpectrumPanel, surface::SurfacePanel, table::TablePanel, valley::ValleyPanel, walk::WalkPanel,
};
use crate::app::panel::Panel;

/// In the order of the menu.
pub const PANELS: [&dyn Panel; 16] = [
    &SetupPanel,
    &RunsPanel,
    &WalkPanel,
    &SlicePanel,
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
    &SpectrumPanel,
    &NoisePanel,
];
