//! Panels on a page.

use super::{
    colors::Theme,
    panel::{Key, Panel},
};

/// Panels stacked on a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub subtitle: String,
    /// What the colours mean in every panel, drawn under the subtitle: the runs of an overlay.
    pub key: Vec<Key>,
    pub panels: Vec<Panel>,
    /// How it was measured and what is not to be seen, under the panels; plain text.
    pub caption: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    pub theme: Theme,
    /// One x axis for all panels, with numbers under the last one only.
    pub shared_x: bool,
}
