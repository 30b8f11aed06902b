//! Sizes of letters and distances that every part of the page keeps, in pixels.

pub(in crate::figure) const TITLE: f64 = 17.0;
pub(in crate::figure) const SUBTITLE: f64 = 12.0;
pub(in crate::figure) const PANEL_TITLE: f64 = 12.5;
pub(in crate::figure) const LABEL: f64 = 12.0;
pub(in crate::figure) const NUMBER: f64 = 11.0;
pub(in crate::figure) const LEGEND: f64 = 11.5;
pub(super) const EDGE: f64 = 18.0;
/// Distances of the lines of a title, of a subtitle, of a panel's title and of a name at an axis.
pub(in crate::figure) const TITLE_LINE: f64 = 21.0;
pub(in crate::figure) const SUBTITLE_LINE: f64 = 16.0;
pub(in crate::figure) const PANEL_TITLE_LINE: f64 = 16.0;
pub(in crate::figure) const NAME_LINE: f64 = 13.0;
/// Distance of the lines of a caption.
pub(in crate::figure) const CAPTION_LINE: f64 = 15.0;
