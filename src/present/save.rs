//! Pictures and texts into files.

use std::path::Path;

use super::error::PresentError;
use crate::{
    figure::{Figure, Theme, to_pdf, to_png, to_svg},
    whole_file,
};

/// Pixels of a PNG per point of its figure: sharp in print.
const SCALE: f64 = 2.0;

pub(super) fn theme(dark: bool) -> Theme {
    if dark { Theme::Dark } else { Theme::Light }
}

pub(super) fn save_picture(path: &Path, figure: &Figure, format: &str) -> Result<(), PresentError> {
    match format {
        "svg" => save_bytes(path, to_svg(figure).as_bytes()),
        "pdf" => save_bytes(path, &to_pdf(figure)?),
        _ => save_bytes(path, &to_png(figure, SCALE)?),
    }
}

pub(super) fn save_bytes(path: &Path, bytes: &[u8]) -> Result<(), PresentError> {
    whole_file::write_bytes(path, bytes).map_err(|source| PresentError::Io { path: path.into(), source })
}
