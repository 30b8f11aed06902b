//! Why something could not be saved.

use std::path::PathBuf;

use crate::{
    export::ExportError,
    figure::{GridError, PngError},
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
