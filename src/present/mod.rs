//! What was measured on a line, on a plane or in an escape table, made ready to be looked at and saved: the same from the command line and from
//! the window.

mod escape;
mod line;
mod plane;
mod valley;

use std::path::{Path, PathBuf};

pub use escape::{
    ESCAPE_FORMATS, EscapeView, advice_words, check_escape_format, mean_words, median_words, ratio_words, save_escape,
    time_words, trend_words,
};
pub use line::{CurveView, LineView};
pub use plane::PlaneView;
pub use valley::{ValleyView, save_valley};

use crate::{
    export::ExportError,
    figure::{Figure, GridError, PngError, Theme, to_png, to_svg},
    suggest,
};

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PresentError {
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Png(#[from] PngError),
    #[error(transparent)]
    Grid(#[from] GridError),
    #[error("{}: {source}; choose a folder that can be written", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}: {cause}", path.display())]
    Format { path: PathBuf, cause: String },
}

/// Pixels of a PNG per point of its figure: sharp in print.
const SCALE: f64 = 2.0;

/// What a line can be saved as.
pub const LINE_FORMATS: [&str; 5] = ["csv", "npz", "png", "svg", "json"];
/// What a plane can be saved as.
pub const PLANE_FORMATS: [&str; 6] = ["csv", "npz", "png", "svg", "vtp", "glb"];

/// What a valley can be saved as.
pub const VALLEY_FORMATS: [&str; 4] = ["csv", "png", "svg", "json"];

/// The format that a file name asks for.
fn format<'a>(path: &Path, known: &[&'a str], what: &str) -> Result<&'a str, PresentError> {
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

fn theme(dark: bool) -> Theme {
    if dark { Theme::Dark } else { Theme::Light }
}

fn save_picture(path: &Path, figure: &Figure, format: &str) -> Result<(), PresentError> {
    match format {
        "svg" => save_bytes(path, to_svg(figure).as_bytes()),
        _ => save_bytes(path, &to_png(figure, SCALE)?),
    }
}

/// Writes a file beside the place and renames it, so that no half file takes the place of a whole one.
fn save_bytes(path: &Path, bytes: &[u8]) -> Result<(), PresentError> {
    let io = |source| PresentError::Io { path: path.into(), source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    std::fs::write(file.path(), bytes).map_err(io)?;
    file.persist(path).map_err(|e| io(e.error))?;
    Ok(())
}

pub use line::save_line;
pub use plane::save_plane;
