//! Panels that stand for themselves, one under the other.

use super::{Figure, Panel, Theme, layout};

/// Widths of a page, with a heat map in it and without, and what stands around the panels.
const WITH_HEAT: f64 = 700.0;
const PLAIN: f64 = 900.0;
const AROUND: f64 = 84.0;
/// Height of a panel of weight 1, with its words.
const PANEL: f64 = 265.0;

/// A page as high as its panels need, each with an x axis of its own. The title is the caller's.
pub fn stacked(panels: Vec<Panel>, caption: String, theme: Theme) -> Figure {
    let width = if panels.iter().any(|p| p.heat.is_some()) { WITH_HEAT } else { PLAIN };
    let weight = |p: &Panel| if p.weight > 0.0 && p.weight.is_finite() { p.weight } else { 1.0 };
    let height = AROUND + PANEL * panels.iter().map(weight).sum::<f64>() + layout::caption_height(&caption, width);
    Figure {
        title: String::new(),
        subtitle: String::new(),
        key: vec![],
        panels,
        caption,
        width: width as u32,
        height: height.round() as u32,
        theme,
        shared_x: false,
    }
}
