//! One plot of a figure, as data.

use super::{colors::Color, heat::Heat, table::Table, ticks::Numbers};
use crate::history::Curve;

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
    /// An automatic logarithmic y range has nine decades at most: what is below, rounding has left. The panel says so.
    pub shallow: bool,
    /// y is a count: numbers at its axis are whole.
    pub counts: bool,
    /// An automatic y range starts at 0 when all values are above it.
    pub from_zero: bool,
    /// An automatic y range leaves out what is far beyond the rest; the panel says so and marks where lines go on.
    pub clips: bool,
    /// Drawn under the series, with linear axes only.
    pub heat: Option<Heat>,
    /// One unit of x is as long as one unit of y.
    pub equal: bool,
    pub series: Vec<Series>,
    /// Names beside points.
    pub tags: Vec<Tag>,
    /// What stands at the x axis in place of numbers: the names of bars.
    pub x_names: Vec<AxisName>,
    /// A table in place of a plot: then there are no axes, and only the title is drawn beside it.
    pub table: Option<Table>,
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
    /// On a page it stands at the right of the panel before it, not under it.
    pub beside: bool,
}

impl Panel {
    /// What numbers stand at its y axis.
    pub fn y_numbers(&self) -> Numbers {
        match (self.log_y, self.counts) {
            (true, _) => Numbers::Logarithmic,
            (false, true) => Numbers::Whole,
            (false, false) => Numbers::Linear,
        }
    }
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

/// A name at a place of the x axis.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisName {
    pub x: f64,
    /// Plain text.
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
