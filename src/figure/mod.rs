//! Figures as data: panels of lines and heat maps, written as SVG, PDF, PNG or CSV. Nothing here needs a window, a GPU or
//! system fonts.

mod band;
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
mod name_rooms;
mod noise;
mod on_plane;
mod outline;
mod over;
mod page;
mod panel;
mod paper;
mod pdf;
mod plane;
mod png;
mod ranges;
mod raster;
mod slice;
mod spectrum;
mod stack;
mod stems;
mod svg;
mod table;
pub mod text;
mod themed;
pub mod ticks;
mod usual;
mod valley;
mod walk;
mod walk_difference;

pub use colormap::Colormap;
pub use colors::{Color, Theme, run_color};
pub use csv::to_csv;
pub use ensemble::{ensemble_figure, success_panel};
pub use epochs::{EPOCH_PLOTS, EpochGroup, EpochPlot, epoch_groups_figure, epoch_panel, epoch_plot, epochs_figure};
pub use escape::{escape_figure, escape_histograms, escape_means, method_color};
pub(crate) use grid::check_axis;
pub use grid::{Grid, GridError};
pub use heat::{Heat, Isoline, Scale, Shades, Tally};
pub use landscape::{landscape, suited_scale};
pub use line::{LineBand, LineCurve, LinePicture, Spread, line_figure, line_panels};
pub(crate) use name_rooms::{Named, Room, around, name_rooms};
pub use noise::{noise_eigenvalue_panel, noise_figure, noise_indicator_panel, noise_over_points};
pub use on_plane::{PlaneMark, PlaneMarker, PlanePath};
pub use over::{Caption, with_captions};
pub use page::Figure;
pub use panel::{AxisName, Guide, ITERATION_GRID_LIMIT, Key, Kind, Marker, Panel, Series, Tag};
pub use paper::{Paper, Sheet};
pub use pdf::to_pdf;
pub use plane::{PlanePicture, plane_figure, plane_panel};
pub use png::{Pixels, PngError, to_pixels, to_png};
pub(crate) use ranges::{Leaving, leaves_out, leaving, note, ranges, shared_x, shared_y};
pub use slice::{slice_figure, slice_panel};
pub use spectrum::{
    SMOOTHING, density_panel, eigenvalue_panel, layer_panel, layer_trace_panel, spectrum_figure, spectrum_over_points,
    spectrum_panels,
};
pub use stack::{captioned, stacked, titled, with_further};
pub use svg::to_svg;
pub use table::{Table, TableRow};
pub use text::markup;
pub use valley::{valley_figure, valley_histogram, valley_shift, valley_slices};
pub use walk::{COLUMNS as WALK_COLUMNS, WalkLook, WalkPlot, walk_figure, walk_page, walk_page_of, walk_panel};
pub use walk_difference::walk_difference;

#[cfg(test)]
mod tests;
