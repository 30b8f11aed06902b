//! What can go wrong with the file of a plane: each error names the file, the cause and the way out.

use std::path::PathBuf;

use thiserror::Error;

use crate::runfile::{RunFileError, sqlite::writer};

/// A plane file that could not be written or read.
#[derive(Debug, Error)]
pub enum SurveyFileError {
    #[error("{path} holds another plane ({difference}); choose another name, or delete the file to measure anew")]
    OtherPlane { path: PathBuf, difference: String },
    #[error("{path} is not a plane of Valleyscope ({cause}); open a .plane file")]
    NotAPlane { path: PathBuf, cause: &'static str },
    #[error("{path} is a directory; give the name of a file in it")]
    IsDirectory { path: PathBuf },
    #[error("{path} is being written by {}; wait until it ends, or choose another name", writer(*pid))]
    BeingWritten { path: PathBuf, pid: Option<u32> },
    #[error("{path} is damaged: {cause}; use another copy of the file, or delete it to measure anew")]
    Damaged { path: PathBuf, cause: String },
    #[error("the point {node} is not in the grid of {path}; this is a bug of Valleyscope, please report it")]
    Outside { path: PathBuf, node: super::Node },
    #[error(transparent)]
    Storage(RunFileError),
}

impl From<RunFileError> for SurveyFileError {
    /// The same trouble, in words for planes where a run file's would mislead.
    fn from(e: RunFileError) -> Self {
        match e {
            RunFileError::NotARun { path, cause } => SurveyFileError::NotAPlane { path, cause },
            RunFileError::IsDirectory { path } => SurveyFileError::IsDirectory { path },
            RunFileError::BeingWritten { path, pid } => SurveyFileError::BeingWritten { path, pid },
            RunFileError::Damaged { path, cause } => SurveyFileError::Damaged { path, cause },
            other => SurveyFileError::Storage(other),
        }
    }
}
