//! What can go wrong with a record: each error names the file, the cause and the way out.

use std::path::PathBuf;

use thiserror::Error;

use super::row::Kind;
use crate::runfile::{RunFileError, sqlite::writer};

/// A record that could not be written or read.
#[derive(Debug, Error)]
pub enum RecordError {
    #[error("{path} holds another {whole} ({difference}); choose another name, or delete the file to measure anew")]
    Other { path: PathBuf, whole: &'static str, difference: String },
    #[error("{path} is {foreign} of Valleyscope ({cause}); {remedy}")]
    Foreign { path: PathBuf, foreign: &'static str, cause: &'static str, remedy: &'static str },
    #[error("{path} is a directory; give the name of a file in it")]
    IsDirectory { path: PathBuf },
    #[error("{path} is being written by {}; wait until it ends, or choose another name", writer(*pid))]
    BeingWritten { path: PathBuf, pid: Option<u32> },
    #[error("{path} is damaged: {cause}; use another copy of the file, or delete it to measure anew")]
    Damaged { path: PathBuf, cause: String },
    #[error("{cause} of {path}; this is a bug of Valleyscope, please report it")]
    Misplaced { path: PathBuf, cause: String },
    #[error(
        "a record cannot describe what is measured ({cause}); give the files plain names, or measure without a record"
    )]
    Undescribed { cause: String },
    #[error(transparent)]
    Storage(RunFileError),
}

impl RecordError {
    /// The same trouble, in words for a kind of record where a run file's would mislead.
    pub(super) fn of(kind: &Kind, e: RunFileError) -> Self {
        match e {
            RunFileError::NotARun { path, cause } => {
                RecordError::Foreign { path, foreign: kind.foreign, cause, remedy: kind.remedy }
            }
            RunFileError::IsDirectory { path } => RecordError::IsDirectory { path },
            RunFileError::BeingWritten { path, pid } => RecordError::BeingWritten { path, pid },
            RunFileError::Damaged { path, cause } => RecordError::Damaged { path, cause },
            other => RecordError::Storage(other),
        }
    }
}
