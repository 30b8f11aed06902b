//! From a run file to a history.

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

impl History {
    /// A whole run from its file.
    ///
    /// # Errors
    /// The reader's: no such file, no run, damaged.
    pub fn read(path: &Path) -> Result<History, RunFileError> {
        let mut history = History::new(Reader::open(path)?.manifest().clone());
        history.append(Tail::read(path, None, None)?);
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
