//! Names of panels, in layouts and actions.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Names a panel; stays as it is for ever, because stored layouts have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelId(Cow<'static, str>);

impl PanelId {
    // Panels that others lead to.
    pub const SETUP: PanelId = PanelId::new("Setup");
    pub const WALK: PanelId = PanelId::new("Walk");
    pub const SLICE: PanelId = PanelId::new("Slice");
    pub const CHECKPOINTS: PanelId = PanelId::new("Checkpoints");
    pub const LINE: PanelId = PanelId::new("Line");
    pub const PLANE: PanelId = PanelId::new("Plane");
    pub const SURFACE: PanelId = PanelId::new("Surface");
    pub const TABLE: PanelId = PanelId::new("Table");
    pub const LABORATORY: PanelId = PanelId::new("Laboratory");
    pub const GALLERY: PanelId = PanelId::new("Gallery");

    pub const fn new(name: &'static str) -> PanelId {
        PanelId(Cow::Borrowed(name))
    }
}
