//! Why a data file could not be written.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::figure::GridError;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Grid(#[from] GridError),
    #[error("\"{name}\" cannot name a field: {why}")]
    Name { name: String, why: &'static str },
    #[error("there is no field \"{name}\"; choose one of {known}")]
    NoField { name: String, known: String },
    #[error(
        "{field} has no surface to write to {}: no three neighbouring points of the plane have a height; measure more \
         points first, or choose a linear height if the values are not above 0", path.display()
    )]
    NoSurface { field: String, path: PathBuf },
    #[error("could not write {}: {source}; choose another place, or free some space there", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl ExportError {
    pub(super) fn write(path: &Path) -> impl Fn(io::Error) -> ExportError + '_ {
        move |source| ExportError::Write { path: path.to_path_buf(), source }
    }
}
