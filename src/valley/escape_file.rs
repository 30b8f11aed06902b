//! An escape table on disk: one SQLite file (`.escape`) that grows with every run that ends, and from which the measuring
//! goes on after the process was killed.
//!
//! A run is kept under its optimizer, its ρ and its seed, so that a table may grow by further seeds and further ρ later.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde_json::json;
use thiserror::Error;

use super::{Exit, Method, Run};
use crate::{
    optim::OptimizerKind,
    runfile::{
        RunFileError,
        sqlite::{self, Doing, WriteLock, writer},
    },
    survey::{
        Identity,
        described::{Described, META},
    },
};

type Result<T> = std::result::Result<T, EscapeFileError>;

/// `description` is JSON: `{"meta":{…}}`. `exited` and `finite` are 0 or 1.
const FILE: Described = Described {
    // "VEsc"
    application_id: 0x5645_7363,
    format: 1,
    tables: &[
        META,
        (
            "runs",
            "CREATE TABLE runs (optimizer TEXT NOT NULL, rho REAL NOT NULL, seed INTEGER NOT NULL, \
             steps INTEGER NOT NULL, exited INTEGER NOT NULL, gradients INTEGER NOT NULL, finite INTEGER NOT NULL, \
             PRIMARY KEY (optimizer, rho, seed)) STRICT, WITHOUT ROWID",
        ),
    ],
};

/// The extension of these files, without the dot.
pub const EXTENSION: &str = "escape";

/// A run with its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeptRun {
    pub method: Method,
    /// Of the order of its batches.
    pub seed: u64,
    pub run: Run,
}

/// The one writer of an escape file. Dropping it leaves a single file.
#[derive(Debug)]
pub struct EscapeFile {
    // Declared, and so dropped, before the lock: nobody else may start while the connection is open.
    db: Connection,
    path: PathBuf,
    _lock: WriteLock,
}

/// An escape file as it was read: finished, being written, or left by a killed process.
#[derive(Clone, Debug, PartialEq)]
pub struct EscapeContents {
    /// Everything that decides the numbers but optimizer, ρ and seed, as the writer described it.
    pub meta: Identity,
    pub runs: Vec<KeptRun>,
}

/// An escape file that could not be written or read.
#[derive(Debug, Error)]
pub enum EscapeFileError {
    #[error("{path} holds another table ({difference}); choose another name, or delete the file to measure anew")]
    OtherTable { path: PathBuf, difference: String },
    #[error("{path} is no escape table of Valleyscope ({cause}); choose another name")]
    NotATable { path: PathBuf, cause: &'static str },
    #[error("{path} is a directory; give the name of a file in it")]
    IsDirectory { path: PathBuf },
    #[error("{path} is being written by {}; wait until it ends, or choose another name", writer(*pid))]
    BeingWritten { path: PathBuf, pid: Option<u32> },
    #[error("{path} is damaged: {cause}; use another copy of the file, or delete it to measure anew")]
    Damaged { path: PathBuf, cause: String },
    #[error(transparent)]
    Storage(RunFileError),
}

impl From<RunFileError> for EscapeFileError {
    /// The same trouble, in words for escape tables where a run file's would mislead.
    fn from(e: RunFileError) -> Self {
        match e {
            RunFileError::NotARun { path, cause } => EscapeFileError::NotATable { path, cause },
            RunFileError::IsDirectory { path } => EscapeFileError::IsDirectory { path },
            RunFileError::BeingWritten { path, pid } => EscapeFileError::BeingWritten { path, pid },
            RunFileError::Damaged { path, cause } => EscapeFileError::Damaged { path, cause },
            other => EscapeFileError::Storage(other),
        }
    }
}

impl EscapeFile {
    /// Starts an escape file, or goes on with one: also returns the runs that it holds.
    ///
    /// # Errors
    /// When the file holds another table (the error says which key differs), is no table, is damaged, is written by
    /// another process or cannot be written.
    pub fn create_or_resume(path: &Path, meta: &Identity) -> Result<(EscapeFile, Vec<KeptRun>)> {
        let path = sqlite::settled(path)?;
        let lock = WriteLock::take(&path)?;
        let runs = if path.exists() {
            let found = EscapeContents::read(&path)?;
            if let Some(difference) = found.meta.difference(meta) {
                return Err(EscapeFileError::OtherTable { path, difference });
            }
            found.runs
        } else {
            FILE.make(&path, &json!({ "meta": meta.0 }))?;
            Vec::new()
        };
        let db = sqlite::connect(&path, &path)?;
        Ok((EscapeFile { db, path, _lock: lock }, runs))
    }

    /// Keeps runs that ended; all of them or, with an error, none. They are safe when this returns, should the process be
    /// killed.
    ///
    /// # Errors
    /// When the disk is full or fails, or a run is there already.
    pub fn record(&mut self, runs: &[KeptRun]) -> Result<()> {
        let mut insert = || {
            let transaction = self.db.transaction()?;
            {
                let mut row = transaction.prepare_cached("INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
                for KeptRun { method, seed, run } in runs {
                    let (steps, exited) = match run.exit {
                        Exit::Exited(steps) => (steps, true),
                        Exit::Censored(steps) => (steps, false),
                    };
                    row.execute(params![
                        method.kind.to_string(),
                        method.rho,
                        // The bits: every seed has a place, and SQLite's integers are signed.
                        seed.cast_signed(),
                        steps.cast_signed(),
                        exited,
                        run.gradients.cast_signed(),
                        run.finite,
                    ])?;
                }
            }
            transaction.commit()
        };
        insert().map_err(|e| RunFileError::from_sql(&self.path, Doing::Write, e).into())
    }
}

impl Drop for EscapeFile {
    fn drop(&mut self) {
        self.db.flush_prepared_statement_cache();
        // An open reader can keep us from it: then the journal stays, and nothing is lost.
        let _ = sqlite::fold(&self.db);
    }
}

impl EscapeContents {
    /// Reads an escape file; what was recorded until now is seen while another process still writes it.
    ///
    /// # Errors
    /// When the file is missing, is no table, is newer than this program, or is damaged.
    pub fn read(path: &Path) -> Result<EscapeContents> {
        let mut file = FILE.open(path)?;
        let damaged = |cause| EscapeFileError::Damaged { path: path.to_path_buf(), cause };
        let meta = Identity(file.take(path, "meta")?);
        let runs = runs(&file.db).map_err(|e| RunFileError::from_sql(path, Doing::Read, e))?.map_err(damaged)?;
        Ok(EscapeContents { meta, runs })
    }
}

/// All runs, or what is wrong with them. A damaged tree can lead to the same pages again and again: places must rise.
fn runs(db: &Connection) -> rusqlite::Result<std::result::Result<Vec<KeptRun>, String>> {
    let mut query = db.prepare(
        "SELECT optimizer, rho, seed, steps, exited, gradients, finite FROM runs ORDER BY optimizer, rho, seed",
    )?;
    let mut rows = query.query(())?;
    let mut runs = Vec::new();
    let mut last: Option<(String, f64, i64)> = None;
    while let Some(row) = rows.next()? {
        let place: (String, f64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if last.as_ref().is_some_and(|last| *last >= place) {
            return Ok(Err("its runs are out of order".into()));
        }
        let Ok(kind) = place.0.parse::<OptimizerKind>() else {
            return Ok(Err(format!("it has a run of \"{}\", which is no optimizer", place.0)));
        };
        let (method, seed) = (Method { kind, rho: place.1 }, place.2.cast_unsigned());
        last = Some(place);
        let count = |column| row.get::<_, i64>(column).map(|n| u64::try_from(n).ok());
        let flag = |column| {
            row.get::<_, i64>(column).map(|n| match n {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            })
        };
        let (Some(steps), Some(exited), Some(gradients), Some(finite)) = (count(3)?, flag(4)?, count(5)?, flag(6)?)
        else {
            return Ok(Err(format!("its run of {} with seed {seed} has impossible numbers", method.title())));
        };
        let exit = if exited { Exit::Exited(steps) } else { Exit::Censored(steps) };
        runs.push(KeptRun { method, seed, run: Run { exit, gradients, finite } });
    }
    Ok(Ok(runs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> Identity {
        Identity(json!({ "rate": 0.03, "batch": 256 }))
    }

    fn kept(kind: OptimizerKind, rho: f64, seed: u64, exit: Exit) -> KeptRun {
        KeptRun {
            method: Method { kind, rho },
            seed,
            run: Run { exit, gradients: seed.wrapping_add(7) >> 1, finite: seed != 1 },
        }
    }

    fn all() -> Vec<KeptRun> {
        use OptimizerKind::{Sam, Sgd};
        vec![
            kept(Sam, 0.05, 0, Exit::Exited(12)),
            kept(Sam, 0.1 + 0.2, 1, Exit::Exited(1)),
            kept(Sgd, 0.0, 0, Exit::Censored(3000)),
            kept(Sgd, 0.0, 5, Exit::Exited(2999)),
        ]
    }

    #[test]
    fn runs_come_back_and_more_can_follow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.escape");
        let (mut file, known) = EscapeFile::create_or_resume(&path, &meta()).unwrap();
        assert!(known.is_empty());
        file.record(&all()[..2]).unwrap();
        // Another writer has to wait; a reader sees what is there.
        let error = EscapeFile::create_or_resume(&path, &meta()).unwrap_err().to_string();
        assert!(error.contains("being written by this very process"), "{error}");
        assert_eq!(EscapeContents::read(&path).unwrap().runs, all()[..2]);
        file.record(&all()[2..]).unwrap();
        assert!(file.record(&all()[3..]).is_err(), "a run is made once");
        drop(file);
        assert_eq!(
            std::fs::read_dir(folder.path())
                .unwrap()
                .filter(|e| {
                    let name = e.as_ref().unwrap().file_name();
                    !name.to_string_lossy().ends_with("lock")
                })
                .count(),
            1
        );
        let (_file, known) = EscapeFile::create_or_resume(&path, &meta()).unwrap();
        assert_eq!(known, all());
    }

    #[test]
    fn other_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.escape");
        let open = |meta: &Identity| EscapeFile::create_or_resume(&path, meta).map(drop);
        open(&meta()).unwrap();
        let error = open(&Identity(json!({ "rate": 0.05, "batch": 256 }))).unwrap_err().to_string();
        assert!(error.contains("rate is 0.03 there and 0.05 here") && error.contains("a.escape"), "{error}");
        for (sql, words) in [
            ("UPDATE meta SET description = '{}'", "fingerprint"),
            ("INSERT INTO runs VALUES ('sgdd', 0.0, 1, 1, 1, 1, 1)", "no optimizer"),
            ("DELETE FROM runs; INSERT INTO runs VALUES ('sgd', 0.0, 1, 1, 2, 1, 1)", "impossible"),
            ("DROP TABLE runs", "table runs"),
            ("PRAGMA application_id = 7", "some other SQLite file"),
        ] {
            std::fs::remove_file(&path).unwrap();
            open(&meta()).unwrap();
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            let error = open(&meta()).unwrap_err().to_string();
            assert!(error.contains(words), "{sql}: {error}");
        }
        std::fs::write(&path, "text").unwrap();
        assert!(open(&meta()).unwrap_err().to_string().contains("no escape table"));
        assert!(EscapeFile::create_or_resume(folder.path(), &meta()).unwrap_err().to_string().contains("directory"));
    }
}
