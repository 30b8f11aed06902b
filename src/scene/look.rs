//! How a surface is dressed.

use crate::figure::{Color, Theme};

/// How a surface is dressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub theme: Theme,
    pub background: Color,
    /// Lines between the grid points.
    pub wireframe: bool,
    /// Pixels per point: lines and markers grow with it.
    pub scale: f32,
}

impl Look {
    /// On the page of a figure.
    pub fn page(theme: Theme) -> Look {
        Look { theme, background: theme.page().background, wireframe: false, scale: 1.0 }
    }
}
