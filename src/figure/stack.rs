//! Panels that stand for themselves, one under the other.

use super::{Figure, Panel, Theme, layout};

/// Widths of a page, with a heat map in it and without, and what stands around the panels.
const WITH_HEAT: f64 = 700.0;
const PLAIN: f64 = 900.0;
const AROUND: f64 = 84.0;
/// Height of a panel of weight 1, with its words.
const PANEL: f64 = 265.0;

/// A page as high as its panels need, each with an x axis of its own. The title is the caller's, see [`titled`].
pub fn stacked(panels: Vec<Panel>, caption: String, theme: Theme) -> Figure {
    let width = if panels.iter().any(|p| p.heat.is_some()) { WITH_HEAT } else { PLAIN };
    let heights: f64 = panels.iter().map(|panel| height(panel, width)).sum();
    let height = AROUND + heights + layout::caption_height(&caption, width);
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

/// The same figure with more panels under those that it has, which keep their heights.
pub fn with_further(mut figure: Figure, panels: Vec<Panel>) -> Figure {
    let width = f64::from(figure.width);
    let more: f64 = panels.iter().map(|panel| height(panel, width)).sum();
    figure.height += more.round() as u32;
    figure.panels.extend(panels);
    figure
}

/// The figure with this caption in place of its own, and a page that is as much higher.
pub fn captioned(mut figure: Figure, caption: String) -> Figure {
    let width = f64::from(figure.width);
    let height = |caption: &str| layout::caption_height(caption, width).round() as u32;
    figure.height = (figure.height + height(&caption)).saturating_sub(height(&figure.caption));
    figure.caption = caption;
    figure
}

/// The figure with this title and subtitle, and a page that is higher by the lines that they take beyond one each.
pub fn titled(mut figure: Figure, title: String, subtitle: String) -> Figure {
    figure.height += layout::further_title_height(&title, &subtitle, f64::from(figure.width)).round() as u32;
    (figure.title, figure.subtitle) = (title, subtitle);
    figure
}

/// Height of a panel with its words: a table's is what its rows take.
fn height(panel: &Panel, width: f64) -> f64 {
    let weight = if panel.weight > 0.0 && panel.weight.is_finite() { panel.weight } else { 1.0 };
    match &panel.table {
        Some(_) => layout::table_panel_height(panel, width),
        None => PANEL * weight,
    }
}
