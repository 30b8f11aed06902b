//! Reading a run file: finished, being written, or left by a killed process.
//!
//! A file is not trusted: its tables must be ours word for word, keys must rise from row to row (a damaged tree can
//! lead back to the same pages again and again), and every value is checked for its type and length.

use std::{
    collections::BTreeMap,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row};

use super::{
    beside::beside,
    error::{Doing, RunFileError},
    number::{self, Count, Float, Json, Losses},
    schema,
    step_values::StepValues,
};
use crate::{
    door,
    optim::Vectors,
    probe::{
        AverageRecord, Change, ChangeRecord, EpochRecord, Evaluation, ProbeId, ProbeValues, SliceRecord, StepRecord,
    },
    run::{Manifest, Numbers, Outcome, Standing, Summary, paths},
};

type Result<T> = std::result::Result<T, RunFileError>;

/// What lies beside a manifest: the mark of the user who recorded the run, when it names paths.
#[derive(serde::Deserialize)]
struct Marked {
    #[serde(default)]
    mark: Option<String>,
}

/// A run file, open for reading. Every call sees what was committed until then.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
    path: PathBuf,
    format: i64,
    manifest: Manifest,
    /// The probes of the file by their numbers there.
    probes: BTreeMap<i64, ProbeId>,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self> {
        let db = connect(path)?;
        let failed = |e| sql(path, e);
        let found = schema::header(&db, "user_version").map_err(failed)?;
        if found > schema::FORMAT {
            return Err(RunFileError::Newer { path: path.to_path_buf(), found, known: schema::FORMAT });
        }
        let damaged = |cause| RunFileError::Damaged { path: path.to_path_buf(), cause };
        if let Some(table) = schema::first_foreign(&db, &schema::tables_of(found)).map_err(failed)? {
            return Err(damaged(format!("its table {table} is missing or changed")));
        }
        let json: Option<String> =
            db.query_row("SELECT json FROM manifest WHERE id = 1", (), |row| row.get(0)).optional().map_err(failed)?;
        let json = json.ok_or_else(|| damaged("it has no manifest".into()))?;
        let unreadable = |e| damaged(format!("its manifest is not readable, {e}"));
        let manifest: Manifest = serde_json::from_str(&json).map_err(unreadable)?;
        let Marked { mark } = serde_json::from_str(&json).map_err(unreadable)?;
        if mark.is_some_and(|mark| paths::is_own(&manifest.spec, &mark)) {
            paths::follow(paths::of_run(&manifest.spec));
        }
        let mut reader = Reader { db, path: path.to_path_buf(), format: found, manifest, probes: BTreeMap::new() };
        reader.probes = reader.known_probes()?;
        Ok(reader)
    }

    /// Those probes of the file that we know, too; one of a later version is passed over.
    fn known_probes(&self) -> Result<BTreeMap<i64, ProbeId>> {
        let mut known = BTreeMap::new();
        if schema::has_probes(self.format) {
            let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
            self.each("SELECT id, name FROM probes ORDER BY id", (), row, |(id, name)| {
                known.extend(ProbeId::named(&name).map(|probe| (id, probe)));
                Ok(())
            })?;
        }
        Ok(known)
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the run was.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// How the run ended; `None` when it is still going, or was killed.
    pub fn summary(&self) -> Result<Option<Summary>> {
        let mut found = None;
        self.each("SELECT * FROM summary LIMIT 1", (), summary_row, |s| {
            found = Some(s);
            Ok(())
        })?;
        if let Some(summary) = &mut found {
            summary.derivative_passes = self.derivative_passes().unwrap_or_default();
        }
        Ok(found)
    }

    /// What probes of derivatives have cost until the last state; `None` in a file without one, or with one that cannot be read: whoever
    /// goes on from there is told so, and how the run ended is known all the same.
    fn derivative_passes(&self) -> Option<u64> {
        if !schema::has_states(self.format) {
            return None;
        }
        let mut query = self.prepare("SELECT numbers FROM states ORDER BY t DESC LIMIT 1").ok()?;
        query.query_row((), |row| Ok(row.get::<_, Json<Numbers>>(0)?.0.derivative_passes)).ok()
    }

    /// How many of the iterations t with `range.start ≤ t < range.end` have a record.
    pub fn count_steps(&self, range: Range<u64>) -> Result<u64> {
        let mut query = self.prepare("SELECT count(*) FROM steps WHERE t >= ?1 AND t < ?2")?;
        query.query_row(keys(range), |row| count(row, 0)).map_err(|e| sql(&self.path, e))
    }

    /// The steps t with `range.start ≤ t < range.end`, in order.
    pub fn steps(&self, range: Range<u64>) -> Result<Vec<StepRecord>> {
        collect(|push| self.each_step(range, push))
    }

    /// The slices t with `range.start ≤ t < range.end`, in order.
    pub fn slices(&self, range: Range<u64>) -> Result<Vec<SliceRecord>> {
        collect(|push| self.each_slice(range, push))
    }

    pub fn epochs(&self) -> Result<Vec<EpochRecord>> {
        let mut epochs: Vec<EpochRecord> =
            collect(|push| self.each("SELECT * FROM epochs ORDER BY epoch", (), epoch_row, push))?;
        if schema::has_averages(self.format) {
            self.each("SELECT * FROM averages ORDER BY epoch", (), average_row, |(epoch, average)| {
                if let Ok(i) = epochs.binary_search_by_key(&epoch, |e| e.epoch) {
                    epochs[i].average = Some(average);
                }
                Ok(())
            })?;
        }
        Ok(epochs)
    }

    /// In the order in which they were made.
    pub fn changes(&self) -> Result<Vec<ChangeRecord>> {
        collect(|push| self.each("SELECT * FROM changes ORDER BY id", (), change_row, push))
    }

    /// The iterations whose θ is kept, in order.
    pub fn checkpoints(&self) -> Result<Vec<u64>> {
        collect(|push| self.each("SELECT t FROM checkpoints ORDER BY t", (), |row| count(row, 0), push))
    }

    /// θ_t and, after it, the running statistics of batch norm.
    pub fn checkpoint(&self, t: u64) -> Result<Vec<f32>> {
        let missing = || RunFileError::NoCheckpoint { path: self.path.clone(), t };
        let key = i64::try_from(t).map_err(|_| missing())?;
        let expected = self.manifest.parameters + self.manifest.buffers;
        let read = |row: &Row<'_>| {
            let bytes = row.get_ref(0)?.as_blob()?;
            Ok(number::theta(bytes, expected).ok_or(bytes.len() as u64 / 4))
        };
        let mut query = self.prepare("SELECT theta FROM checkpoints WHERE t = ?1")?;
        let found = query.query_row([key], read).optional().map_err(|e| sql(&self.path, e))?;
        found.ok_or_else(missing)?.map_err(|found| RunFileError::WrongLength {
            path: self.path.clone(),
            t,
            found,
            expected,
        })
    }

    /// The mean of iterates that the run keeps; `None` when it averages nothing, or nothing yet.
    pub fn average(&self) -> Result<Option<KeptAverage>> {
        if !schema::has_averages(self.format) {
            return Ok(None);
        }
        let expected = self.manifest.parameters + self.manifest.buffers;
        let read = |row: &Row<'_>| {
            let bytes = row.get_ref(2)?.as_blob()?;
            Ok((count(row, 0)?, count(row, 1)?, number::theta(bytes, expected).ok_or(bytes.len() as u64 / 4)))
        };
        let mut query = self.prepare("SELECT t, count, theta FROM average WHERE id = 1")?;
        match query.query_row((), read).optional().map_err(|e| sql(&self.path, e))? {
            None => Ok(None),
            Some((t, count, Ok(values))) => Ok(Some(KeptAverage { t, count, values })),
            Some((t, _, Err(found))) => Err(RunFileError::WrongLength { path: self.path.clone(), t, found, expected }),
        }
    }

    /// The iterations that a walk can go on from, in order; none in files of earlier versions.
    pub fn states(&self) -> Result<Vec<u64>> {
        if !schema::has_states(self.format) {
            return Ok(Vec::new());
        }
        let both = "SELECT t FROM states WHERE t IN (SELECT t FROM checkpoints) ORDER BY t";
        collect(|push| self.each(both, (), |row| count(row, 0), push))
    }

    /// Where the walk stood at iteration `t`, one of [`Reader::states`].
    pub fn state(&self, t: u64) -> Result<Standing> {
        let missing = || RunFileError::NoCheckpoint { path: self.path.clone(), t };
        if !schema::has_states(self.format) {
            return Err(missing());
        }
        let length = self.manifest.parameters;
        let wrong = |bytes: usize, width: usize, expected: u64| RunFileError::WrongLength {
            path: self.path.clone(),
            t,
            found: (bytes / width) as u64,
            expected,
        };
        let read = |row: &Row<'_>| {
            let blob = |column| row.get::<_, Option<Vec<u8>>>(column);
            Ok((row.get::<_, Json<Numbers>>(0)?.0, blob(1)?, blob(2)?))
        };
        let key = i64::try_from(t).map_err(|_| missing())?;
        let mut query = self.prepare("SELECT numbers, gradient, average FROM states WHERE t = ?1")?;
        let found = query.query_row([key], read).optional().map_err(|e| sql(&self.path, e))?;
        let (numbers, gradient, average) = found.ok_or_else(missing)?;
        let floats = |bytes: &[u8], count: u64| number::theta(bytes, count).ok_or_else(|| wrong(bytes.len(), 4, count));
        let gradient = gradient.map(|b| floats(&b, length)).transpose()?;
        let average = average.map(|b| number::mean(&b, length).ok_or_else(|| wrong(b.len(), 8, length))).transpose()?;
        let vectors = self.vectors(key)?.into_iter().map(|(name, bytes)| -> Result<(String, Vec<f32>)> {
            let vector = floats(&bytes, numbers.optimizer.length_of(&name, length))?;
            Ok((name, vector))
        });
        let vectors = vectors.collect::<Result<Vectors>>()?;
        let damaged = |cause: &str| RunFileError::Damaged { path: self.path.clone(), cause: cause.into() };
        let (batches, count) = (numbers.batches, self.manifest.train_count);
        // An epoch is shuffled at most once when it begins and once when it is cut short.
        let fits = (batches.visited as u64) < count
            && batches.size > 0
            && u32::try_from(batches.size).is_ok()
            && batches.shuffles / 2 <= t + 1;
        if !fits || average.is_some() != (numbers.averaged > 0) {
            return Err(damaged("the state at one of its iterations contradicts itself"));
        }
        let values = self.checkpoint(t)?;
        let (theta, buffers) = values.split_at(usize::try_from(length).unwrap_or(usize::MAX).min(values.len()));
        let (theta, buffers) = (theta.to_vec(), buffers.to_vec());
        Ok(Standing { t, theta, buffers, vectors, gradient, average, numbers })
    }

    /// What the optimizer remembered at a state, by name, as it lies in the file.
    fn vectors(&self, key: i64) -> Result<Vec<(String, Vec<u8>)>> {
        let failed = |e| sql(&self.path, e);
        let query = if schema::has_vectors(self.format) {
            "SELECT name, data FROM vectors WHERE t = ?1 ORDER BY name"
        } else {
            "SELECT 'velocity', velocity FROM states WHERE t = ?1 AND velocity IS NOT NULL"
        };
        let mut statement = self.prepare(query)?;
        let mut rows = statement.query([key]).map_err(failed)?;
        let mut found: Vec<(String, Vec<u8>)> = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let (name, data): (String, Vec<u8>) =
                row.get(0).and_then(|name| Ok((name, row.get(1)?))).map_err(failed)?;
            if found.last().is_some_and(|(last, _)| *last >= name) {
                let cause = format!("its rows are out of order ({query})");
                return Err(RunFileError::Damaged { path: self.path.clone(), cause });
            }
            found.push((name, data));
        }
        Ok(found)
    }

    /// θ_0 of a fork; `None` for other runs, which keep it as their first checkpoint.
    pub fn origin(&self) -> Result<Option<Vec<f32>>> {
        if !schema::has_states(self.format) {
            return Ok(None);
        }
        let expected = self.manifest.parameters;
        let read = |row: &Row<'_>| row.get::<_, Vec<u8>>(0);
        let mut query = self.prepare("SELECT theta FROM origin WHERE id = 1")?;
        let Some(bytes) = query.query_row((), read).optional().map_err(|e| sql(&self.path, e))? else {
            return Ok(None);
        };
        let found = bytes.len() as u64 / 4;
        let wrong = || RunFileError::WrongLength { path: self.path.clone(), t: 0, found, expected };
        number::theta(&bytes, expected).ok_or_else(wrong).map(Some)
    }

    /// Iterations that the run has made, as far as the file knows.
    pub fn reached(&self) -> Result<u64> {
        let last = |query: &str| -> Result<Option<u64>> {
            let read = |row: &Row<'_>| row.get::<_, Option<Count>>(0);
            Ok(self.prepare(query)?.query_row((), read).map_err(|e| sql(&self.path, e))?.map(|n| n.0))
        };
        let summary = self.summary()?.map(|s| s.steps);
        let checkpoint = last("SELECT max(t) FROM checkpoints")?;
        // A slice reaches to θ_{t+1}; a step record may be of an iteration that was not a number.
        let slice = last("SELECT max(t) FROM slices")?.map(|t| t + 1);
        Ok([summary, checkpoint, slice, self.last_step()?].into_iter().flatten().max().unwrap_or(0))
    }

    /// The last iteration with a step record.
    pub fn last_step(&self) -> Result<Option<u64>> {
        let last = |row: &Row<'_>| row.get::<_, Option<Count>>(0);
        let last = self.prepare("SELECT max(t) FROM steps")?.query_row((), last).map_err(|e| sql(&self.path, e))?;
        Ok(last.map(|n| n.0))
    }

    /// The first iteration from `t` on that has a step or a slice.
    pub fn first_from(&self, t: u64) -> Result<Option<u64>> {
        let Ok(key) = i64::try_from(t) else { return Ok(None) };
        let first = |query: &str| -> Result<Option<u64>> {
            let mut query = self.prepare(query)?;
            query.query_row([key], |row| count(row, 0)).optional().map_err(|e| sql(&self.path, e))
        };
        let step = first("SELECT t FROM steps WHERE t >= ?1 ORDER BY t LIMIT 1")?;
        let slice = first("SELECT t FROM slices WHERE t >= ?1 ORDER BY t LIMIT 1")?;
        let found = step.into_iter().chain(slice).min();
        // Whoever goes on from what is found must get further.
        if found.is_some_and(|found| found < t) {
            let cause = "its rows are out of order (steps, slices)".into();
            return Err(RunFileError::Damaged { path: self.path.clone(), cause });
        }
        Ok(found)
    }

    /// Like [`Reader::steps`], without keeping them all.
    pub fn each_step(&self, range: Range<u64>, mut sink: impl FnMut(StepRecord) -> Result<()>) -> Result<()> {
        if !schema::has_probes(self.format) {
            let query = "SELECT t, loss, batch_loss, learning_rate, batch, grad_norm, cosine, distance, norm FROM steps \
                         WHERE t >= ?1 AND t < ?2 ORDER BY t";
            return self.each(query, keys(range), wide_step_row, sink);
        }
        let mut statement = self.prepare(StepValues::QUERY)?;
        let rows = statement.query(keys(range.clone())).map_err(|e| sql(&self.path, e))?;
        let mut values = StepValues::new(rows, &self.probes, &self.path);
        // The values are read while the query for the steps is open: both see the same state of the file.
        let query = "SELECT t, loss, batch_loss, learning_rate, batch FROM steps WHERE t >= ?1 AND t < ?2 ORDER BY t";
        self.each(query, keys(range), step_row, |step| {
            let values = values.of(step.t)?;
            sink(StepRecord { values, ..step })
        })
    }

    /// Like [`Reader::slices`], without keeping them all.
    pub fn each_slice(&self, range: Range<u64>, sink: impl FnMut(SliceRecord) -> Result<()>) -> Result<()> {
        self.each("SELECT * FROM slices WHERE t >= ?1 AND t < ?2 ORDER BY t", keys(range), slice_row, sink)
    }

    fn prepare(&self, query: &str) -> Result<rusqlite::CachedStatement<'_>> {
        self.db.prepare_cached(query).map_err(|e| sql(&self.path, e))
    }

    /// Row by row, checking that the key in the first column rises.
    fn each<T>(
        &self,
        query: &str,
        params: impl Params,
        decode: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut sink: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let failed = |e| sql(&self.path, e);
        let mut statement = self.prepare(query)?;
        let mut rows = statement.query(params).map_err(failed)?;
        let mut last = None;
        while let Some(row) = rows.next().map_err(failed)? {
            let key: i64 = row.get(0).map_err(failed)?;
            if last.is_some_and(|last| key <= last) {
                let cause = format!("its rows are out of order ({query})");
                return Err(RunFileError::Damaged { path: self.path.clone(), cause });
            }
            last = Some(key);
            sink(decode(row).map_err(failed)?)?;
        }
        Ok(())
    }
}

/// The mean of iterates in a run file.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptAverage {
    /// The iteration at which it was kept.
    pub t: u64,
    /// Iterates in the mean.
    pub count: u64,
    /// The mean and, after it, the running statistics computed anew for it.
    pub values: Vec<f32>,
}

/// Whether `path` is a run file, of any format, whole enough to say so.
pub(super) fn is_run(path: &Path) -> bool {
    connect(path).is_ok()
}

fn sql(path: &Path, e: rusqlite::Error) -> RunFileError {
    RunFileError::from_sql(path, Doing::Read, e)
}

fn collect<T>(each: impl FnOnce(&mut dyn FnMut(T) -> Result<()>) -> Result<()>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    each(&mut |x| {
        all.push(x);
        Ok(())
    })?;
    Ok(all)
}

/// A range of iterations as SQLite's signed keys.
fn keys(range: Range<u64>) -> [i64; 2] {
    [range.start, range.end].map(|t| i64::try_from(t).unwrap_or(i64::MAX))
}

/// Opens the file and makes sure that it is a run.
fn connect(path: &Path) -> Result<Connection> {
    match open_for_reading(path)? {
        (db, schema::APPLICATION_ID) => Ok(db),
        _ => Err(RunFileError::NotARun { path: path.to_path_buf(), cause: "it is some other SQLite file" }),
    }
}

/// Opens any SQLite file for reading; its application id says what it is.
pub(crate) fn open_for_reading(path: &Path) -> Result<(Connection, i64)> {
    let metadata = fs::metadata(path).map_err(|e| RunFileError::from_io(path, Doing::Read, e))?;
    if metadata.is_dir() {
        return Err(RunFileError::IsDirectory { path: path.to_path_buf() });
    }
    if !metadata.is_file() {
        return Err(RunFileError::NotRegular { path: path.to_path_buf() });
    }
    door::remember(path);
    // SQLite gives names such as ":memory:" a meaning; an absolute path has none but its own.
    let absolute = std::path::absolute(path).map_err(|e| RunFileError::from_io(path, Doing::Read, e))?;
    match open(&absolute, OpenFlags::empty()) {
        // A file in WAL mode needs side files. Where they cannot be made, nobody can be writing either.
        Err(e) if needs_side_files(&e) => {
            if fs::metadata(beside(path, "-wal")).is_ok_and(|m| m.len() > 0) {
                return Err(RunFileError::JournalUnreadable { path: path.to_path_buf() });
            }
            open_immutable(&absolute)
        }
        opened => opened,
    }
    .map_err(|e| sql(path, e))
}

fn needs_side_files(e: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, ReadOnly};
    matches!(e.sqlite_error_code(), Some(CannotOpen | ReadOnly))
}

/// A connection and the application id of its file: only the first query shows whether SQLite can read it.
fn open(name: &Path, more: OpenFlags) -> rusqlite::Result<(Connection, i64)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let db = Connection::open_with_flags(name, flags)?;
    db.busy_timeout(Duration::from_secs(2))?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    let id = schema::header(&db, "application_id")?;
    Ok((db, id))
}

/// Reads the file as one that cannot change: no locks and no side files.
fn open_immutable(absolute: &Path) -> rusqlite::Result<(Connection, i64)> {
    open(Path::new(&immutable_uri(absolute)), OpenFlags::SQLITE_OPEN_URI)
}

fn immutable_uri(absolute: &Path) -> String {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(absolute.as_os_str()).to_vec();
    // "C:\a" is written "file:///C:/a".
    #[cfg(not(unix))]
    let bytes = format!("/{}", absolute.to_string_lossy().replace('\\', "/")).into_bytes();
    let mut uri = String::from("file://");
    for b in bytes {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b':' => uri.push(b.into()),
            _ => uri += &format!("%{b:02X}"),
        }
    }
    uri + "?immutable=1"
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, Count>(column).map(|n| n.0)
}

fn float(row: &Row<'_>, column: usize) -> rusqlite::Result<f64> {
    row.get::<_, Float>(column).map(|x| x.0)
}

fn maybe(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<f64>> {
    row.get::<_, Option<Float>>(column).map(|x| x.map(|x| x.0))
}

/// A step without what the probes measured.
fn step_row(row: &Row<'_>) -> rusqlite::Result<StepRecord> {
    Ok(StepRecord {
        t: count(row, 0)?,
        loss: maybe(row, 1)?,
        batch_loss: float(row, 2)?,
        values: ProbeValues::NONE,
        learning_rate: float(row, 3)?,
        batch: count(row, 4)?,
    })
}

/// A step of formats up to 3, which have a column for each of their probes.
fn wide_step_row(row: &Row<'_>) -> rusqlite::Result<StepRecord> {
    let mut step = step_row(row)?;
    for (id, column) in ProbeId::FIRST.into_iter().zip(5..) {
        step.values.set(id, maybe(row, column)?);
    }
    Ok(step)
}

fn slice_row(row: &Row<'_>) -> rusqlite::Result<SliceRecord> {
    Ok(SliceRecord { t: count(row, 0)?, loss: row.get::<_, Losses>(1)?.0 })
}

fn epoch_row(row: &Row<'_>) -> rusqlite::Result<EpochRecord> {
    Ok(EpochRecord {
        epoch: count(row, 0)?,
        t: count(row, 1)?,
        train_loss: float(row, 2)?,
        train_error: float(row, 3)?,
        test_loss: float(row, 4)?,
        test_error: float(row, 5)?,
        slices: count(row, 6)?,
        barriers: count(row, 7)?,
        mean_height: maybe(row, 8)?,
        average: None,
    })
}

/// An epoch and the average at its end.
fn average_row(row: &Row<'_>) -> rusqlite::Result<(u64, AverageRecord)> {
    let average = AverageRecord {
        count: count(row, 1)?,
        train: Evaluation { loss: float(row, 2)?, error: float(row, 3)? },
        test: Evaluation { loss: float(row, 4)?, error: float(row, 5)? },
    };
    Ok((count(row, 0)?, average))
}

fn change_row(row: &Row<'_>) -> rusqlite::Result<ChangeRecord> {
    let change = match row.get_ref(2)?.as_str()? {
        "learning-rate" => Change::LearningRate { from: float(row, 3)?, to: float(row, 4)? },
        "batch" => Change::Batch { from: count(row, 3)?, to: count(row, 4)? },
        "optimizer" => Change::Optimizer { from: row.get::<_, Json<_>>(3)?.0, to: row.get::<_, Json<_>>(4)?.0 },
        "derivatives" => Change::Derivatives { from: row.get(3)?, to: row.get(4)? },
        _ => return Err(unknown_word(row, 2)),
    };
    Ok(ChangeRecord { t: count(row, 1)?, change })
}

fn summary_row(row: &Row<'_>) -> rusqlite::Result<Summary> {
    let outcome = match row.get_ref(1)?.as_str()? {
        "finished" => Outcome::Finished,
        "stopped" => Outcome::Stopped,
        "diverged" => Outcome::Diverged { t: count(row, 2)? },
        _ => return Err(unknown_word(row, 1)),
    };
    Ok(Summary {
        outcome,
        seconds: float(row, 3)?,
        steps: count(row, 4)?,
        gradient_evaluations: count(row, 5)?,
        full_loss_evaluations: count(row, 6)?,
        derivative_passes: 0,
        loss: maybe(row, 7)?,
        distance: float(row, 8)?,
        norm: float(row, 9)?,
    })
}

/// A text column that holds none of the words that we write.
fn unknown_word(row: &Row<'_>, column: usize) -> rusqlite::Error {
    let name = row.as_ref().column_name(column).unwrap_or("?").to_string();
    rusqlite::Error::InvalidColumnType(column, name, rusqlite::types::Type::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_unchanging_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("100% a?b #ü.valley");
        super::super::tests::write_run(&path);
        let (_, id) = open_immutable(&path).unwrap();
        assert_eq!(id, schema::APPLICATION_ID);
    }
}
