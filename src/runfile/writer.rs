//! Writing a run file while the run goes on.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, ToSql, params};

use super::{
    beside::beside,
    durable::synchronous,
    error::{Doing, RunFileError},
    lock::WriteLock,
    number::{Count, Float, Json, Losses, mean_bytes, theta_bytes},
    reader, schema,
};
use crate::{
    door,
    probe::{AverageRecord, Change, ChangeRecord, EpochRecord, ProbeId, SliceRecord, StepRecord},
    run::{Manifest, Outcome, Standing, Summary, paths},
    temporary, whole_file,
};

type Result<T> = std::result::Result<T, RunFileError>;

/// How long a checkpoint of the journal waits for readers.
const PATIENCE: Duration = Duration::from_secs(2);

/// The one writer of a run file. What was written is safe after [`Writer::commit`]; dropping the writer commits, too.
#[derive(Debug)]
pub struct Writer {
    // Declared, and so dropped, before the lock: nobody else may start while the connection is open.
    db: Connection,
    path: PathBuf,
    /// Which file it is.
    identity: door::Identity,
    /// Numbers in a checkpoint.
    kept: u64,
    /// How many of them are parameters.
    parameters: u64,
    _lock: WriteLock,
}

impl Writer {
    /// Whether a run file could be started here, as far as that can be told beforehand.
    ///
    /// # Errors
    /// Those of [`Writer::create`].
    pub fn check(path: &Path, overwrite: bool) -> Result<()> {
        let path = settled(path)?;
        if path.exists() { check_overwrite(&path, overwrite) } else { Ok(()) }
    }

    /// Starts a run file. An existing file is replaced only with `overwrite`, and only if it is a run.
    pub fn create(path: &Path, manifest: &Manifest, overwrite: bool) -> Result<Self> {
        let path = settled(path)?;
        let lock = WriteLock::take(&path)?;
        if path.exists() {
            check_overwrite(&path, overwrite)?;
        }
        // Made under another name and then renamed: whoever opens the run finds a whole one, and a failure on the way
        // leaves the old file as it was.
        put_new(&path, |new| make(new, &path, manifest))?;
        let db = connect(&path, &path)?;
        // A page of journal is 4 KiB: fold it into the file every 4 MiB.
        db.pragma_update(None, "wal_autocheckpoint", 1000).map_err(|e| sql(&path, e))?;
        let identity = door::identity(&path).ok_or_else(|| RunFileError::Gone { path: path.clone() })?;
        Ok(Writer {
            db,
            identity,
            path,
            kept: manifest.parameters + manifest.buffers,
            parameters: manifest.parameters,
            _lock: lock,
        })
    }

    /// The file that is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn step(&mut self, r: &StepRecord) -> Result<()> {
        self.insert(
            "INSERT INTO steps VALUES (?1, ?2, ?3, ?4, ?5)",
            params![Count(r.t), r.loss.map(Float), Float(r.batch_loss), Float(r.learning_rate), Count(r.batch)],
        )?;
        for (id, value) in r.values.measured() {
            let statement = "INSERT INTO probe_values VALUES (?1, ?2, ?3)";
            self.insert(statement, params![Count(r.t), number_of(id), Float(value)])?;
        }
        Ok(())
    }

    pub fn slice(&mut self, r: &SliceRecord) -> Result<()> {
        self.insert("INSERT INTO slices VALUES (?1, ?2)", params![Count(r.t), &Losses(r.loss).bytes()[..]])
    }

    pub fn epoch(&mut self, r: &EpochRecord) -> Result<()> {
        self.insert(
            "INSERT INTO epochs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                Count(r.epoch),
                Count(r.t),
                Float(r.train_loss),
                Float(r.train_error),
                Float(r.test_loss),
                Float(r.test_error),
                Count(r.slices),
                Count(r.barriers),
                r.mean_height.map(Float)
            ],
        )?;
        let Some(AverageRecord { count, train, test }) = r.average else { return Ok(()) };
        self.insert(
            "INSERT INTO averages VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                Count(r.epoch),
                Count(count),
                Float(train.loss),
                Float(train.error),
                Float(test.loss),
                Float(test.error)
            ],
        )
    }

    pub fn change(&mut self, r: &ChangeRecord) -> Result<()> {
        let statement = "INSERT INTO changes (t, what, old, new) VALUES (?1, ?2, ?3, ?4)";
        match &r.change {
            &Change::LearningRate { from, to } => {
                self.insert(statement, params![Count(r.t), "learning-rate", Float(from), Float(to)])
            }
            &Change::Batch { from, to } => self.insert(statement, params![Count(r.t), "batch", Count(from), Count(to)]),
            Change::Optimizer { from, to } => {
                self.insert(statement, params![Count(r.t), "optimizer", Json(from), Json(to)])
            }
            Change::Derivatives { from, to } => self.insert(statement, params![Count(r.t), "derivatives", from, to]),
        }
    }

    /// Keeps θ_t and, after it, the running statistics; a second θ_t replaces the first (the last iterate may also be due
    /// by its number).
    pub fn checkpoint(&mut self, t: u64, values: &[f32]) -> Result<()> {
        self.check_length(t, values)?;
        self.insert("INSERT OR REPLACE INTO checkpoints VALUES (?1, ?2)", params![Count(t), theta_bytes(values)])
    }

    /// Keeps what a walk needs to go on from iteration t, beside its parameters: those are the checkpoint's.
    pub fn state(&mut self, state: &Standing) -> Result<()> {
        let optimizer = &state.numbers.optimizer;
        let vectors = state.vectors.iter().map(|(name, v)| (Some(v.len()), optimizer.length_of(name, self.parameters)));
        let others = [
            (Some(state.theta.len() + state.buffers.len()), self.kept),
            (state.gradient.as_ref().map(Vec::len), self.parameters),
            (state.average.as_ref().map(Vec::len), self.parameters),
        ];
        for (found, expected) in vectors.chain(others) {
            if let Some(found) = found.map(|n| n as u64).filter(|n| *n != expected) {
                return Err(RunFileError::WrongLength { path: self.path.clone(), t: state.t, found, expected });
            }
        }
        self.insert(
            "INSERT OR REPLACE INTO states VALUES (?1, ?2, ?3, ?4)",
            params![
                Count(state.t),
                Json(state.numbers),
                state.gradient.as_deref().map(theta_bytes),
                state.average.as_deref().map(mean_bytes)
            ],
        )?;
        self.insert("DELETE FROM vectors WHERE t = ?1", params![Count(state.t)])?;
        for (name, vector) in &state.vectors {
            self.insert("INSERT INTO vectors VALUES (?1, ?2, ?3)", params![Count(state.t), name, theta_bytes(vector)])?;
        }
        Ok(())
    }

    /// Keeps θ_0 of a fork.
    pub fn origin(&mut self, theta: &[f32]) -> Result<()> {
        let (found, expected) = (theta.len() as u64, self.parameters);
        if found != expected {
            return Err(RunFileError::WrongLength { path: self.path.clone(), t: 0, found, expected });
        }
        self.insert("INSERT OR REPLACE INTO origin VALUES (1, ?1)", params![theta_bytes(theta)])
    }

    /// Keeps the mean of `count` iterates at iteration `t` and, after it, its running statistics, instead of the one before.
    pub fn average(&mut self, t: u64, count: u64, values: &[f32]) -> Result<()> {
        self.check_length(t, values)?;
        self.insert(
            "INSERT OR REPLACE INTO average VALUES (1, ?1, ?2, ?3)",
            params![Count(t), Count(count), theta_bytes(values)],
        )
    }

    fn check_length(&self, t: u64, values: &[f32]) -> Result<()> {
        let (found, expected) = (values.len() as u64, self.kept);
        if found == expected {
            return Ok(());
        }
        Err(RunFileError::WrongLength { path: self.path.clone(), t, found, expected })
    }

    /// Adds a note to the manifest; one that is there already is not written twice.
    pub fn note(&mut self, words: &str) -> Result<()> {
        let statement = "UPDATE manifest SET json = json_insert(json_insert(json, '$.notes', json('[]')), '$.notes[#]', ?1) \
                         WHERE NOT EXISTS (SELECT 1 FROM json_each(manifest.json, '$.notes') WHERE value = ?1)";
        self.insert(statement, params![words])
    }

    /// Makes everything written so far visible to readers, and safe should this process be killed.
    pub fn commit(&mut self) -> Result<()> {
        if !self.is_in_place() {
            return Err(RunFileError::Gone { path: self.path.clone() });
        }
        if self.db.is_autocommit() {
            return Ok(());
        }
        self.db.execute_batch("COMMIT").map_err(|e| sql(&self.path, e))
    }

    /// Whether the path still leads to the file that is written. A file that was taken away would be written to the end all the
    /// same, and nothing of it kept.
    fn is_in_place(&self) -> bool {
        door::identity(&self.path).is_some_and(|there| there == self.identity)
    }

    /// Gives up everything since the last commit.
    pub fn rollback(&mut self) {
        if !self.db.is_autocommit() {
            // A rollback that fails leaves nothing to roll back: SQLite has done it by itself.
            self.db.execute_batch("ROLLBACK").ok();
        }
    }

    /// Writes how the run ended, and leaves a single file.
    pub fn finish(mut self, summary: &Summary) -> Result<()> {
        let (outcome, diverged_at) = match summary.outcome {
            Outcome::Finished => ("finished", None),
            Outcome::Stopped => ("stopped", None),
            Outcome::Diverged { t } => ("diverged", Some(Count(t))),
        };
        self.insert(
            "INSERT INTO summary VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                outcome,
                diverged_at,
                Float(summary.seconds),
                Count(summary.steps),
                Count(summary.gradient_evaluations),
                Count(summary.full_loss_evaluations),
                summary.loss.map(Float),
                Float(summary.distance),
                Float(summary.norm)
            ],
        )?;
        self.commit()
        // The rest is the same for a run that was not finished: see Drop.
    }

    /// One row, in the open transaction.
    fn insert(&mut self, statement: &str, values: &[&dyn ToSql]) -> Result<()> {
        let insert = || {
            // Also after an error that made SQLite roll back, such as a full disk.
            if self.db.is_autocommit() {
                self.db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
            }
            self.db.prepare_cached(statement)?.execute(values).map(drop)
        };
        insert().map_err(|e| sql(&self.path, e))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody is left to tell of an error here; `finish` has committed before and told of its own.
        let _ = self.commit();
        self.db.flush_prepared_statement_cache();
        let _ = fold(&self.db);
    }
}

/// Folds the journal into the file and leaves WAL mode, so that there is one file that can be read anywhere.
/// An open reader can keep us from it; then the journal stays beside the file, and nothing is lost.
pub(crate) fn fold(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
    db.busy_timeout(Duration::ZERO)?;
    db.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
}

fn sql(path: &Path, e: rusqlite::Error) -> RunFileError {
    RunFileError::from_sql(path, Doing::Write, e)
}

/// The place meant by `path`: absolute, since SQLite gives names such as ":memory:" a meaning, and behind links, since
/// the file is renamed into its place.
pub(crate) fn settled(path: &Path) -> Result<PathBuf> {
    let failed = |e| RunFileError::from_io(path, Doing::Write, e);
    let link = path.symlink_metadata().is_ok_and(|m| m.is_symlink());
    let settled =
        if link && path.exists() { path.canonicalize() } else { std::path::absolute(path) }.map_err(failed)?;
    if settled.is_dir() {
        return Err(RunFileError::IsDirectory { path: settled });
    }
    // A pipe would be waited for without end.
    if settled.exists() && !settled.is_file() {
        return Err(RunFileError::NotRegular { path: settled });
    }
    match settled.parent() {
        Some(directory) if directory.is_dir() => Ok(settled),
        _ => Err(RunFileError::NoDirectory { path: settled }),
    }
}

/// The number that a probe has in the file that is written.
fn number_of(id: ProbeId) -> Count {
    Count(id.index() as u64)
}

fn check_overwrite(path: &Path, overwrite: bool) -> Result<()> {
    match (overwrite, reader::is_run(path)) {
        (false, _) => Err(RunFileError::Exists { path: path.to_path_buf() }),
        (true, false) => Err(RunFileError::NotOverwritten { path: path.to_path_buf() }),
        (true, true) => Ok(()),
    }
}

/// A manifest as it lies in the file: with the mark that tells whose paths it names.
#[derive(serde::Serialize)]
struct Marked<'a> {
    #[serde(flatten)]
    manifest: &'a Manifest,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
}

/// Writes the tables and the manifest to `new`; errors speak of `path`.
fn make(new: &Path, path: &Path, manifest: &Manifest) -> Result<()> {
    paths::follow(paths::of_run(&manifest.spec));
    let marked = Marked { manifest, mark: paths::mark(&manifest.spec) };
    let json = serde_json::to_string(&marked)
        .map_err(|e| RunFileError::Refused { path: path.to_path_buf(), cause: e.to_string() })?;
    let db = connect(new, path)?;
    let fill = || {
        db.execute_batch("BEGIN")?;
        schema::create(&db, schema::APPLICATION_ID, schema::FORMAT, &schema::tables_of(schema::FORMAT))?;
        db.execute("INSERT INTO manifest VALUES (1, ?1)", [json])?;
        for id in ProbeId::all() {
            db.execute("INSERT INTO probes VALUES (?1, ?2)", params![number_of(id), id.probe().name()])?;
        }
        db.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
    };
    fill().map_err(|e| sql(path, e))?;
    db.close().map_err(|(_, e)| sql(path, e))
}

/// Opens `file` for writing, in WAL mode; errors speak of `path`.
pub(crate) fn connect(file: &Path, path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let db = Connection::open_with_flags(file, flags)?;
        db.busy_timeout(PATIENCE)?;
        // What a file defines by itself, such as a view or a trigger, runs nothing.
        db.pragma_update(None, "trusted_schema", false)?;
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        db.pragma_update(None, "synchronous", synchronous())?;
        Ok(db)
    };
    open().map_err(|e| sql(path, e))
}

/// Lets `make` fill a new file beside `path`, which then takes that name, without the side files of whatever had it before. A process
/// that is killed on the way, and any error, leaves what was there.
pub(crate) fn put_new(path: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let failed = |e| RunFileError::from_io(path, Doing::Write, e);
    let new = temporary::file(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    make(new.path())?;
    // One left over from a killed run must never be applied to a new file of the same name.
    for suffix in temporary::SIDE_FILES {
        match fs::remove_file(beside(path, suffix)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
    }
    new.persist(path).map_err(|e| failed(e.error))?;
    whole_file::sync_name(path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runfile::{Reader, tests};

    #[test]
    fn a_full_disk_is_named_and_keeps_what_was_committed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        let mut w = Writer::create(&path, &tests::manifest(), false).unwrap();
        w.step(&tests::step(0)).unwrap();
        w.commit().unwrap();
        // SQLite meets its own limit on pages with the same error as the end of a disk.
        w.db.pragma_update_and_check(None, "max_page_count", 20, |_| Ok(())).unwrap();
        let mut fill = || (1..100_000).try_for_each(|t| w.step(&tests::step(t)));
        let error = fill().unwrap_err().to_string();
        assert!(error.contains("the disk is full"), "{error}");
        // Room again: the writer goes on.
        w.db.pragma_update_and_check(None, "max_page_count", 100_000, |_| Ok(())).unwrap();
        w.step(&tests::step(200_000)).unwrap();
        w.finish(&tests::summary()).unwrap();
        let r = Reader::open(&path).unwrap();
        assert_eq!((r.steps(0..1).unwrap().len(), r.last_step().unwrap()), (1, Some(200_000)));
    }
}
