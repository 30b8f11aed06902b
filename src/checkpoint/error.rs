//! What can go wrong with a checkpoint: each error names the file, the cause and the way out.

use std::{io, path::PathBuf};

use super::{Dtype, Format, moment::Moment};
use crate::runfile::RunFileError;

/// A checkpoint that cannot be read or used, or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is no checkpoint: {}", path.display(), remedied(cause, "open a .safetensors, .pt, .bpk or .valley file"))]
    Foreign { path: PathBuf, cause: String },
    #[error("{} cannot be read as a {format} file: {}", path.display(), remedied(cause, format.remedy()))]
    Unreadable { path: PathBuf, format: Format, cause: String },
    #[error("{} would take far more memory than the file is large: {cause}; {}", path.display(), format.remedy())]
    TooLarge { path: PathBuf, format: Format, cause: String },
    #[error("{} has no @{moment}: it is a {format} file, not a run; leave out @{moment}", path.display())]
    NoMoments { path: PathBuf, format: Format, moment: Moment },
    #[error("{} has no #{key}: a run has one network; leave out #{key}", path.display())]
    NoKeys { path: PathBuf, key: String },
    #[error("{} keeps no average of iterates; record the run with one (--average swa:75%), and past its start", path.display())]
    NoAverage { path: PathBuf },
    #[error("{} holds no parameters: its run was ended before the first iteration; record it again", path.display())]
    EmptyRun { path: PathBuf },
    #[error(transparent)]
    Run(#[from] RunFileError),
    #[error("{} has no tensor \"{name}\" that the network needs{hint}; choose the network that the file was made with (--net)", path.display())]
    Missing { path: PathBuf, name: String, hint: String },
    #[error("{}: tensor \"{name}\" has shape {found:?}, the network expects {expected:?}; choose the network that the file was made with (--net)", path.display())]
    Shape { path: PathBuf, name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("{}: tensor \"{name}\" holds {dtype}; convert it to float32", path.display())]
    Dtype { path: PathBuf, name: String, dtype: Dtype },
    #[error("{} keeps no running statistics of batch norm; measure with those of batches or recalibrated ones (--bn batch or --bn recalibrated), which need none", path.display())]
    NoStatistics { path: PathBuf },
    #[error("{} is {what} without names, and {cause}; save model.state_dict() instead, or choose the network that the file was made with (--net)", path.display())]
    Nameless { path: PathBuf, what: &'static str, cause: String },
    #[error("{} has tensors that the network does not know: {}; choose the network that the file was made with (--net)", path.display(), names.join(", "))]
    Extra { path: PathBuf, names: Vec<String> },
    #[error("{} is a run that keeps {found} numbers (parameters and running statistics), this network has {expected}; choose the network of the run (--net)", path.display())]
    Length { path: PathBuf, found: usize, expected: usize },
}

/// A cause and what to do about it. One that says so itself, behind a semicolon, needs no other advice.
fn remedied(cause: &str, remedy: &str) -> String {
    if cause.contains("; ") { cause.into() } else { format!("{cause}; {remedy}") }
}
