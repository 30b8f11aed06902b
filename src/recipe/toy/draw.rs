//! Series and panels as the experiments need them.

use crate::{
    figure::{Color, Kind, Panel, Series, Tag},
    history::Curve,
};

/// A series with a place in the legend.
pub(super) fn series(
    name: impl Into<String>,
    color: Color,
    kind: Kind,
    points: impl IntoIterator<Item = [f64; 2]>,
) -> Series {
    Series { name: name.into(), in_legend: true, color, kind, curve: Curve::through(points) }
}

/// A series without one.
pub(super) fn silent(
    name: impl Into<String>,
    color: Color,
    kind: Kind,
    points: impl IntoIterator<Item = [f64; 2]>,
) -> Series {
    Series { in_legend: false, ..series(name, color, kind, points) }
}

/// A panel with its words.
pub(super) fn panel(title: impl Into<String>, x_label: &str, y_label: &str, series: Vec<Series>) -> Panel {
    Panel { title: title.into(), x_label: x_label.into(), y_label: y_label.into(), series, ..Panel::default() }
}

pub(super) fn tag([x, y]: [f64; 2], label: impl Into<String>) -> Tag {
    Tag { x, y, label: label.into() }
}

/// `count` + 1 evenly spaced numbers from `low` to `high`, both of them exactly.
pub(super) fn spaced([low, high]: [f64; 2], count: usize) -> impl Iterator<Item = f64> + Clone {
    (0..=count).map(move |k| if k == count { high } else { low + (high - low) * k as f64 / count as f64 })
}

/// `color` paler by the place `k` in a list, so that members of a family differ.
pub(super) fn paler(color: Color, k: usize) -> Color {
    const WHITE: Color = Color { r: 255, g: 255, b: 255 };
    color.mixed(WHITE, 0.18 * (k % 5) as f64)
}
