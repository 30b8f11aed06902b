//! Sizes of letters and distances that every part of the page keeps, in pixels.

pub(in crate::figure) const TITLE: f64 = 17.0;
pub(in crate::figure) const SUBTITLE: f64 = 12.0;
pub(in crate::figure) const PANEL_TITLE: f64 = 12.5;
pub(in crate::figure) const LABEL: f64 = 12.0;
pub(in crate::figure) const NUMBER: f64 = 11.0;
pub(in crate::figure) const LEGEND: f64 = 11.5;
pub(super) const EDGE: f64 = 18.0;
/// Distance of the lines of a caption.
pub(in crate::figure) const CAPTION_LINE: f64 = 15.0;
