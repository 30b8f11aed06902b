//! Figures as data: panels of lines and heat maps, written as SVG, PNG or CSV. Nothing here needs a window, a GPU or
//! system fonts.

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
mod page;
mod panel;
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
pub use page::Figure;
pub use panel::{Guide, ITERATION_GRID_LIMIT, Key, Kind, Marker, Panel, Series, Tag};
pub use plane::{PlaneMark, PlaneMarker, PlanePath, PlanePicture, plane_figure};
pub use png::{Pixels, PngError, to_pixels, to_png};
pub use stack::stacked;
pub use svg::to_svg;
pub use text::markup;
pub use valley::valley_figure;
pub use walk::{WALK_PANELS, walk_figure, walk_figure_with};

#[cfg(test)]
mod tests;
