//! The journal: a thread that writes records to the run file, so that a slow disk does not stand in the training's way
//! until its queue is full, and then makes the training wait: no record is ever lost.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{Record, RecordTo};
use crate::{
    run::{Manifest, Summary},
    runfile::{RunFileError, Writer},
};

/// Records that may wait for the disk before the training does.
const QUEUE: usize = 1 << 14;
/// Killing the process loses at most this much (a commit takes its own time on top).
const COMMIT_EVERY: Duration = Duration::from_millis(250);

enum Entry {
    Record(Box<Record>),
    /// Write what is waiting now and answer whether it worked.
    Retry(Sender<Result<(), String>>),
    Finish(Summary, Sender<Result<(), String>>),
}

/// The engine's end of the journal.
pub struct Journal(Option<Open>);

struct Open {
    path: PathBuf,
    /// Taken away to let the thread come to its end.
    entries: Option<Sender<Entry>>,
    failure: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Journal {
    /// Whether a run can be recorded there, as far as that can be told before it begins.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(to: &RecordTo) -> Result<(), RunFileError> {
        match to {
            RecordTo::Nowhere => Ok(()),
            RecordTo::File { path, overwrite } => Writer::check(path, *overwrite),
        }
    }

    /// Creates the run file and its thread; a journal to nowhere keeps nothing.
    ///
    /// # Errors
    /// When the file cannot be made, or another process writes it.
    pub fn open(to: &RecordTo, manifest: &Manifest) -> Result<Journal, RunFileError> {
        let RecordTo::File { path, overwrite } = to else { return Ok(Journal(None)) };
        let writer = Writer::create(path, manifest, *overwrite)?;
        let (entries, queue) = bounded(QUEUE);
        let failure = Arc::new(Mutex::new(None));
        let mut scribe =
            Scribe { writer: Some(writer), waiting: Vec::new(), since: Instant::now(), failure: failure.clone() };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || scribe.serve(&queue))
            .map_err(|source| RunFileError::Io { path: path.clone(), doing: "start a thread to write", source })?;
        Ok(Journal(Some(Open { path: path.clone(), entries: Some(entries), failure, thread: Some(thread) })))
    }

    /// The file being written.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(|open| open.path.as_path())
    }

    /// Queues a record; waits when the queue is full.
    pub fn keep(&mut self, record: &Record) {
        if let Some(open) = &self.0 {
            open.send(Entry::Record(Box::new(record.clone())));
        }
    }

    /// Why the file cannot be written at present, if so.
    pub fn failure(&self) -> Option<String> {
        self.0.as_ref().and_then(|open| open.failure.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Writes what is waiting now. A failure holds the run, as any other does.
    pub fn commit(&mut self) {
        self.ask(Entry::Retry).ok();
    }

    /// After a failure: tries once more to write what is waiting.
    pub fn retry(&mut self) -> Result<(), String> {
        if self.failure().is_none() {
            return Ok(());
        }
        self.ask(Entry::Retry)
    }

    /// Writes the rest and closes the file.
    pub fn finish(&mut self, summary: &Summary) -> Result<(), String> {
        let result = self.ask(|answer| Entry::Finish(summary.clone(), answer));
        self.0 = None;
        result
    }

    fn ask(&mut self, entry: impl FnOnce(Sender<Result<(), String>>) -> Entry) -> Result<(), String> {
        let Some(open) = &self.0 else { return Ok(()) };
        let (answer, result) = bounded(1);
        open.send(entry(answer));
        result.recv().unwrap_or_else(|_| Err("the journal thread has ended".into()))
    }
}

impl Open {
    fn send(&self, entry: Entry) {
        if let Some(entries) = &self.entries {
            // The thread only ends before us when it panicked; `ask` says so, and the file keeps what was committed.
            entries.send(entry).ok();
        }
    }
}

impl Drop for Open {
    /// Whatever the way out, even a panic of the engine: what waits is written before the file is let go.
    fn drop(&mut self) {
        self.entries = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// The thread's side.
struct Scribe {
    writer: Option<Writer>,
    /// Everything since the last commit: a full disk rolls a transaction back, and then all of it must be written again.
    waiting: Vec<Record>,
    since: Instant,
    failure: Arc<Mutex<Option<String>>>,
}

impl Scribe {
    fn serve(&mut self, queue: &Receiver<Entry>) {
        loop {
            let left = COMMIT_EVERY.saturating_sub(self.since.elapsed());
            // A failing disk is tried again only when asked: the run is held, and nothing new comes.
            let entry = if self.waiting.is_empty() || self.has_failed() {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                queue.recv_timeout(left)
            };
            match entry {
                Ok(Entry::Record(record)) => {
                    if self.waiting.is_empty() {
                        self.since = Instant::now();
                    }
                    self.waiting.push(*record);
                    if self.since.elapsed() >= COMMIT_EVERY && !self.has_failed() {
                        self.commit().ok();
                    }
                }
                Ok(Entry::Retry(answer)) => {
                    answer.send(self.commit()).ok();
                }
                Ok(Entry::Finish(summary, answer)) => {
                    let done = self.commit().and_then(|()| match self.writer.take() {
                        Some(writer) => writer.finish(&summary).map_err(|e| e.to_string()),
                        None => Ok(()),
                    });
                    answer.send(done).ok();
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.commit().ok();
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.commit().ok();
                    return;
                }
            }
        }
    }

    fn has_failed(&self) -> bool {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn commit(&mut self) -> Result<(), String> {
        let result = match &mut self.writer {
            Some(writer) => write(writer, &self.waiting).map_err(|e| e.to_string()),
            None => Ok(()),
        };
        self.since = Instant::now();
        if result.is_ok() {
            self.waiting.clear();
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = result.clone().err();
        result
    }
}

fn write(writer: &mut Writer, records: &[Record]) -> Result<(), RunFileError> {
    let wrote = records.iter().try_for_each(|record| match record {
        Record::Step(r) => writer.step(r),
        Record::Slice(r) => writer.slice(r),
        Record::Epoch(r) => writer.epoch(r),
        Record::Change(r) => writer.change(r),
        Record::State { standing, origin } => {
            origin.iter().try_for_each(|theta| writer.origin(theta)).and_then(|()| writer.state(standing))
        }
        Record::Checkpoint { t, values } => writer.checkpoint(*t, values),
        Record::Note { words, .. } => writer.note(words),
        Record::Average { t, count, values } => writer.average(*t, *count, values),
    });
    let done = wrote.and_then(|()| writer.commit());
    if done.is_err() {
        writer.rollback();
    }
    done
}
