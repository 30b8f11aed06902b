//! What can go wrong with a run file: each error names the file, the cause and the way out.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Error as Sql, ErrorCode};
use thiserror::Error;

/// A run file that could not be written or read.
#[derive(Debug, Error)]
pub enum RunFileError {
    #[error("{path} does not exist; check the name")]
    Missing { path: PathBuf },
    #[error(
        "{path} is not there any more, or another file has its name, so that nothing written to it would be kept; put it back, or end the run and record it elsewhere"
    )]
    Gone { path: PathBuf },
    #[error("{path} is no regular file; choose another name")]
    NotRegular { path: PathBuf },
    #[error("{path} is a directory; give the name of a run file, such as {path}/run.valley")]
    IsDirectory { path: PathBuf },
    #[error("cannot write {path}: its directory does not exist; create it first, or choose another place")]
    NoDirectory { path: PathBuf },
    #[error("cannot write {path}: no permission, or a read-only disk; choose another place, or change the permissions")]
    NotWritable { path: PathBuf },
    #[error("cannot read {path}: no permission; change the permissions of the file")]
    NotReadable { path: PathBuf },
    #[error("cannot write {path}: the disk is full; free some space (what was committed before is kept)")]
    DiskFull { path: PathBuf },
    #[error("{path} already exists; choose another name, or let it be written over (--overwrite)")]
    Exists { path: PathBuf },
    #[error("{path} is not a Valleyscope run and is not overwritten; choose another name, or delete it yourself")]
    NotOverwritten { path: PathBuf },
    #[error("{path} is being written by {}; wait until that run ends, or choose another name", writer(*pid))]
    BeingWritten { path: PathBuf, pid: Option<u32> },
    #[error("{path} cannot be guarded against a second writer: {lock} is no lock of Valleyscope; move it away")]
    NoLock { path: PathBuf, lock: PathBuf },
    #[error("{path} stayed locked by another program; close that program, or try again")]
    Busy { path: PathBuf },
    #[error("{path} is not a Valleyscope run ({cause}); open a .valley file")]
    NotARun { path: PathBuf, cause: &'static str },
    #[error("{path} has format {found}, and this Valleyscope reads format {known}; update Valleyscope")]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path} is damaged: {cause}; use another copy of the file, or repeat the run")]
    Damaged { path: PathBuf, cause: String },
    #[error(
        "the run in {path} has unfinished parts in {path}-wal, which cannot be read in a read-only directory; \
         copy both files to a writable directory and open the copy"
    )]
    JournalUnreadable { path: PathBuf },
    #[error("{path} keeps no parameters of iteration {t}; ask for one of the iterations that it lists")]
    NoCheckpoint { path: PathBuf, t: u64 },
    #[error("{path}: iteration {t} has {found} parameters, and the network has {expected}; record a run per network")]
    WrongLength { path: PathBuf, t: u64, found: u64, expected: u64 },
    #[error(
        "the run that this one is a fork of is not there: {path} does not exist{}; put its file there",
        beside.as_ref().map_or(String::new(), |b| format!(", nor does {}", b.display()))
    )]
    NoParent { path: PathBuf, beside: Option<PathBuf> },
    #[error("{path} cannot keep what it was given ({cause}); this is a bug of Valleyscope, please report it")]
    Refused { path: PathBuf, cause: String },
    #[error("cannot {doing} {path}: {source}; check the disk, or choose another place")]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("cannot {doing} {path}: {source}; check the disk, or choose another place")]
    Sqlite { path: PathBuf, doing: &'static str, source: Sql },
}

/// Who holds the lock, in words.
pub(crate) fn writer(pid: Option<u32>) -> String {
    match pid {
        Some(pid) if pid == std::process::id() => "this very process".into(),
        Some(pid) => format!("another process (pid {pid})"),
        None => "another process".into(),
    }
}

/// Whether an operation reads or writes decides what a refusal means.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Doing {
    Read,
    Write,
}

impl Doing {
    fn word(self) -> &'static str {
        match self {
            Doing::Read => "read",
            Doing::Write => "write",
        }
    }

    fn forbidden(self, path: PathBuf) -> RunFileError {
        match self {
            Doing::Read => RunFileError::NotReadable { path },
            Doing::Write => RunFileError::NotWritable { path },
        }
    }
}

impl RunFileError {
    /// Puts an error of the file system into words.
    pub(crate) fn from_io(path: &Path, doing: Doing, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound if doing == Doing::Write => RunFileError::NoDirectory { path },
            io::ErrorKind::NotFound => RunFileError::Missing { path },
            io::ErrorKind::IsADirectory => RunFileError::IsDirectory { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => doing.forbidden(path),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => RunFileError::DiskFull { path },
            _ => RunFileError::Io { path, doing: doing.word(), source },
        }
    }

    /// Puts an error of SQLite into words.
    pub(crate) fn from_sql(path: &Path, doing: Doing, source: Sql) -> Self {
        let damaged = |cause: String| RunFileError::Damaged { path: path.to_path_buf(), cause };
        let code = match &source {
            Sql::SqliteFailure(e, _) => e.code,
            // A value of the wrong type, which the schema rules out for files that we wrote.
            Sql::FromSqlConversionFailure(..)
            | Sql::InvalidColumnType(..)
            | Sql::IntegralValueOutOfRange(..)
            | Sql::Utf8Error(..) => {
                return damaged(source.to_string());
            }
            Sql::ToSqlConversionFailure(cause) => {
                return RunFileError::Refused { path: path.to_path_buf(), cause: cause.to_string() };
            }
            _ => ErrorCode::Unknown,
        };
        let path = path.to_path_buf();
        match code {
            ErrorCode::NotADatabase => RunFileError::NotARun { path, cause: "it is not an SQLite file" },
            ErrorCode::DatabaseCorrupt => damaged(source.to_string()),
            // Reading past the end is how SQLite meets a file that was cut short.
            ErrorCode::SystemIoFailure if doing == Doing::Read => damaged(source.to_string()),
            ErrorCode::DiskFull => RunFileError::DiskFull { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => doing.forbidden(path),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => RunFileError::Busy { path },
            ErrorCode::ConstraintViolation | ErrorCode::TooBig => {
                RunFileError::Refused { path, cause: source.to_string() }
            }
            _ => RunFileError::Sqlite { path, doing: doing.word(), source },
        }
    }
}
