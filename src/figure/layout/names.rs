//! Names at the x axis in place of numbers.

use super::sizes::{NAME_LINE, NUMBER};
use crate::figure::{Panel, text};

/// A name and the lines that it takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NameLines {
    pub x: f64,
    pub lines: Vec<String>,
}

/// The names of a panel's axis, broken so that neighbours do not touch; `width` is that of the plot.
pub(super) fn names(panel: &Panel, x: (f64, f64), width: f64) -> Vec<NameLines> {
    let seen = panel.x_names.iter().filter(|name| x.0 <= name.x && name.x <= x.1);
    let room = (spacing(panel).unwrap_or(x.1 - x.0) / (x.1 - x.0) * width - 8.0).max(20.0);
    // A little less than there is, for other typefaces.
    seen.map(|name| NameLines { x: name.x, lines: text::wrapped(&name.label, NUMBER, room * 0.95) }).collect()
}

/// The least distance of two names.
pub(crate) fn spacing(panel: &Panel) -> Option<f64> {
    let mut places: Vec<f64> = panel.x_names.iter().map(|name| name.x).filter(|x| x.is_finite()).collect();
    places.sort_by(f64::total_cmp);
    places.windows(2).map(|pair| pair[1] - pair[0]).filter(|d| *d > 0.0).reduce(f64::min)
}

/// What names of more than one line add to the height under a plot.
pub(super) fn further_height(names: &[NameLines]) -> f64 {
    let most = names.iter().map(|name| name.lines.len()).max().unwrap_or(1);
    most.saturating_sub(1) as f64 * NAME_LINE
}
