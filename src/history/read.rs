//! From a run file to a history: all at once, what is new, or part by part.

use std::path::Path;

use super::History;
use crate::{
    probe::{ChangeRecord, EpochRecord, SliceRecord, StepRecord},
    run::Summary,
    runfile::{Reader, RunFileError},
};

/// The records of a run file after those that a history has.
#[derive(Debug, Default)]
pub struct Tail {
    steps: Vec<StepRecord>,
    slices: Vec<SliceRecord>,
    epochs: Vec<EpochRecord>,
    changes: Vec<ChangeRecord>,
    summary: Option<Summary>,
}

impl Tail {
    /// Reads on after iterations `step` and `slice`, the newest of each kind that are known; `None` reads all.
    ///
    /// # Errors
    /// The reader's.
    pub fn read(path: &Path, step: Option<u64>, slice: Option<u64>) -> Result<Tail, RunFileError> {
        let reader = Reader::open(path)?;
        let after = |t: Option<u64>| t.map_or(0, |t| t + 1)..u64::MAX;
        Ok(Tail {
            steps: reader.steps(after(step))?,
            slices: reader.slices(after(slice))?,
            epochs: reader.epochs()?,
            changes: reader.changes()?,
            summary: reader.summary()?,
        })
    }
}

/// Iterations that a part covers: some milliseconds of reading, and fewer for whoever takes it in.
const STRIDE: u64 = 2048;

/// A run file part by part, in the order of time: what is there can be looked at while the rest is read, and no record is in
/// memory twice.
#[derive(Debug)]
pub struct Parts {
    reader: Reader,
    /// What comes before this iteration has been read.
    from: u64,
    has_begun: bool,
    is_done: bool,
}

impl Parts {
    /// Opens a run file; nothing of its records is read yet.
    ///
    /// # Errors
    /// The reader's: no such file, no run, damaged.
    pub fn open(path: &Path) -> Result<Parts, RunFileError> {
        Ok(Parts { reader: Reader::open(path)?, from: 0, has_begun: false, is_done: false })
    }

    /// A history of the run without records, which the parts are to be appended to.
    pub fn begin(&self) -> History {
        History::new(self.reader.manifest().clone())
    }

    /// Iterations that the run has made, as far as its file knows.
    ///
    /// # Errors
    /// The reader's.
    pub fn total(&self) -> Result<u64, RunFileError> {
        self.reader.reached()
    }

    /// Whether there is no further part.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    fn part(&mut self) -> Result<Tail, RunFileError> {
        // What ends a run is written last: when it is there, everything else is.
        let summary = self.reader.summary()?;
        let start = self.reader.first_from(self.from)?;
        let (mut steps, mut slices, mut epochs, mut changes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if let Some(start) = start {
            self.from = start.saturating_add(STRIDE);
            (steps, slices) = (self.reader.steps(start..self.from)?, self.reader.slices(start..self.from)?);
        }
        self.is_done = start.is_none();
        // They are few, and there from the first part on; of a run that goes on, some may have come since.
        if self.is_done || !self.has_begun {
            (epochs, changes) = (self.reader.epochs()?, self.reader.changes()?);
        }
        self.has_begun = true;
        Ok(Tail { steps, slices, epochs, changes, summary: summary.filter(|_| self.is_done) })
    }
}

impl Iterator for Parts {
    type Item = Result<Tail, RunFileError>;

    /// After an error there is no further part.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let part = self.part();
        self.is_done |= part.is_err();
        Some(part)
    }
}

impl History {
    /// A whole run from its file.
    ///
    /// # Errors
    /// The reader's: no such file, no run, damaged.
    pub fn read(path: &Path) -> Result<History, RunFileError> {
        let parts = Parts::open(path)?;
        let mut history = parts.begin();
        for part in parts {
            history.append(part?);
        }
        Ok(history)
    }

    /// Adds what a run file has beyond this history.
    pub fn append(&mut self, tail: Tail) {
        for r in tail.steps {
            self.push_step(r);
        }
        for r in tail.slices {
            self.push_slice(r);
        }
        for r in tail.epochs {
            self.push_epoch(r);
        }
        for r in tail.changes {
            self.push_change(r);
        }
        if let Some(summary) = tail.summary {
            self.finish(summary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::synthetic::{bounce, manifest, step},
        run::Outcome,
        runfile::Writer,
    };

    fn write(path: &Path, history: &History) {
        let mut writer = Writer::create(path, history.manifest(), false).unwrap();
        history.steps().iter().for_each(|r| writer.step(r).unwrap());
        history.slices().iter().for_each(|r| writer.slice(r).unwrap());
        history.epochs().iter().for_each(|r| writer.epoch(r).unwrap());
        let summary = Summary {
            outcome: Outcome::Finished,
            seconds: 1.0,
            steps: history.last_step_t().map_or(0, |t| t + 1),
            gradient_evaluations: 0,
            full_loss_evaluations: 0,
            derivative_passes: 0,
            loss: None,
            distance: 0.0,
            norm: 0.0,
        };
        writer.finish(&summary).unwrap();
    }

    #[test]
    fn the_parts_of_a_run_are_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        let made = bounce(5000, 3);
        write(&path, &made);
        let mut parts = Parts::open(&path).unwrap();
        assert_eq!(parts.total().unwrap(), 5000);
        let (mut history, mut reached) = (parts.begin(), Vec::new());
        for part in parts.by_ref() {
            history.append(part.unwrap());
            reached.push((history.steps().len(), history.slices().len(), history.summary().is_some()));
        }
        let expected = [(2048, 2048, false), (4096, 4096, false), (5000, 5000, false), (5000, 5000, true)];
        assert!(reached == expected && parts.is_done(), "{reached:?}");
        for history in [history, History::read(&path).unwrap()] {
            assert_eq!((history.steps(), history.slices()), (made.steps(), made.slices()));
            assert_eq!(history.epochs(), made.epochs());
        }
    }

    #[test]
    fn what_lies_far_apart_is_found_without_looking_everywhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        let mut made = History::new(manifest(10));
        for t in [7, 5_000_000_000, i64::MAX as u64 - 1] {
            assert!(made.push_step(step(t, 1.0)));
        }
        write(&path, &made);
        assert_eq!(Parts::open(&path).unwrap().count(), 4);
        assert_eq!(History::read(&path).unwrap().steps(), made.steps());
        // Without records there is one part: how it ended.
        let path = dir.path().join("b.valley");
        write(&path, &History::new(manifest(10)));
        assert_eq!(Parts::open(&path).unwrap().count(), 1);
    }
}
