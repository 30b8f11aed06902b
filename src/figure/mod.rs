//! Figures as data: panels of lines and heat maps, written as SVG, PNG or CSV. Nothing here needs a window, a GPU or
//! system fonts.

pub(crate) mod base64;
pub mod colormap;
pub mod colors;
mod contours;
mod csv;
mod ensemble;
mod epochs;
mod escape;
mod grid;
mod heat;
mod landscape;
mod layout;
mod line;
mod over;
mod plane;
mod png;
mod raster;
mod stack;
mod svg;
pub mod text;
pub mod ticks;
mod valley;
mod walk;

pub use colormap::Colormap;
pub use colors::{Color, Theme, run_color};
pub use csv::to_csv;
pub use ensemble::ensemble_figure;
pub use epochs::epochs_figure;
pub use escape::{STAYED, escape_figure, mean_curve, mean_with_interval, method_color, top as escape_top};
pub(crate) use grid::check_axis;
pub use grid::{Grid, GridError};
pub use heat::{Heat, Isoline, Scale, Shades, Tally};
pub use landscape::{landscape, suited_scale};
pub use line::{LineBand, LineCurve, LinePicture, Spread, line_figure};
pub use over::{Caption, with_captions};
pub use plane::{PlaneMark, PlaneMarker, PlanePath, PlanePicture, plane_figure};
pub use png::{Pixels, PngError, to_pixels, to_png};
pub use stack::stacked;
pub use svg::to_svg;
pub use text::markup;
pub use valley::valley_figure;
pub use walk::walk_figure;

use crate::history::Curve;

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

impl Figure {
    /// A page of its own for one of the panels.
    pub fn only(mut self, panel: usize) -> Figure {
        self.panels = self.panels.into_iter().nth(panel).into_iter().collect();
        self.height = 440;
        self
    }
}

/// One plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Markup, as all labels of axes and guides: `_x` and `^{…}`.
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    /// `None`: what the data covers.
    pub x_range: Option<(f64, f64)>,
    /// `None`: what the data in view covers, and a little more.
    pub y_range: Option<(f64, f64)>,
    /// Logarithmic y; values at or below 0 are left out and counted.
    pub log_y: bool,
    /// An automatic y range starts at 0 when all values are above it.
    pub from_zero: bool,
    /// Drawn under the series, with linear axes only.
    pub heat: Option<Heat>,
    /// One unit of x is as long as one unit of y.
    pub equal: bool,
    pub series: Vec<Series>,
    /// Names beside points.
    pub tags: Vec<Tag>,
    /// Further entries of the legend.
    pub key: Vec<Key>,
    /// Horizontal lines that mean something.
    pub guides: Vec<Guide>,
    /// A grey vertical line at every iteration while at most 60 are in view.
    pub iteration_grid: bool,
    /// Vertical lines at live changes.
    pub markers: Vec<Marker>,
    /// What the panel will show, said while it has no data. Plain text.
    pub when_empty: String,
    /// Share of the page's height relative to the other panels; 0 counts as 1.
    pub weight: f64,
}

/// One line, or one set of points, of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Plain text, for CSV and the legend.
    pub name: String,
    /// Whether the panel's legend has it.
    pub in_legend: bool,
    pub color: Color,
    pub kind: Kind,
    pub curve: Curve,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Line,
    Dashed,
    Dotted,
    /// A line that helps to read and is no data.
    Thin,
    Points,
    /// Points of a line, smaller than those that stand alone.
    Dots,
    /// From zero up (or down) to the value.
    Bars,
    /// A hollow circle: where a run started.
    Hollow,
    /// A star: a minimum.
    Star,
    /// Filled: every line of the curve is the outline of an area.
    Area,
}

/// An entry of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Plain text.
    pub name: String,
    pub color: Color,
    pub kind: Kind,
}

/// A horizontal line that means something.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    pub value: f64,
    /// Markup; empty for a bare line.
    pub label: String,
}

/// A vertical line at something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    pub x: f64,
    /// Plain text; empty for a bare line.
    pub label: String,
}

/// The name of a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    pub x: f64,
    pub y: f64,
    /// Plain text.
    pub label: String,
}

/// Iterations in view up to which each gets its own grey line.
pub const ITERATION_GRID_LIMIT: f64 = 60.0;

#[cfg(test)]
mod tests;
