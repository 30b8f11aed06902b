//! What can be saved as what: the ending of a file name says the format.

use std::path::Path;

use super::error::PresentError;
use crate::suggest;

/// What a line can be saved as.
pub const LINE_FORMATS: [&str; 6] = ["csv", "npz", "png", "svg", "pdf", "json"];
/// What a plane can be saved as.
pub const PLANE_FORMATS: [&str; 7] = ["csv", "npz", "png", "svg", "pdf", "vtp", "glb"];

/// What a valley can be saved as.
pub const VALLEY_FORMATS: [&str; 5] = ["csv", "png", "svg", "pdf", "json"];

/// What spectra can be saved as.
pub const SPECTRUM_FORMATS: [&str; 5] = ["csv", "png", "svg", "pdf", "json"];

/// What gradient noise can be saved as.
pub const NOISE_FORMATS: [&str; 5] = ["csv", "png", "svg", "pdf", "json"];

/// The format that a file name asks for.
pub(super) fn format<'a>(path: &Path, known: &[&'a str], what: &str) -> Result<&'a str, PresentError> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    known.iter().find(|k| **k == extension).copied().ok_or_else(|| PresentError::Format {
        path: path.into(),
        cause: match extension.as_str() {
            "" => format!("the name has no ending; end it with one of .{}", known.join(", .")),
            e => suggest::unknown(&format!("format of a {what}"), e, known),
        },
    })
}

/// Whether a line can be saved under this name, before any work is done for it.
///
/// # Errors
/// An ending that means no format.
pub fn check_line_format(path: &Path) -> Result<(), PresentError> {
    format(path, &LINE_FORMATS, "line").map(drop)
}

/// Whether a plane can be saved under this name, before any work is done for it.
///
/// # Errors
/// An ending that means no format.
pub fn check_plane_format(path: &Path) -> Result<(), PresentError> {
    format(path, &PLANE_FORMATS, "plane").map(drop)
}

/// Whether a valley can be saved under this name, before any work is done for it.
///
/// # Errors
/// An ending that means no format.
pub fn check_valley_format(path: &Path) -> Result<(), PresentError> {
    format(path, &VALLEY_FORMATS, "valley").map(drop)
}

/// Whether spectra can be saved under this name, before any work is done for them.
///
/// # Errors
/// An ending that means no format.
pub fn check_spectrum_format(path: &Path) -> Result<(), PresentError> {
    format(path, &SPECTRUM_FORMATS, "spectrum").map(drop)
}

/// Whether gradient noise can be saved under this name, before any work is done for it.
///
/// # Errors
/// An ending that means no format.
pub fn check_noise_format(path: &Path) -> Result<(), PresentError> {
    format(path, &NOISE_FORMATS, "noise measurement").map(drop)
}
