//! From a run file to a history.

use std::path::Path;

use super::History;
use crate::runfile::{Reader, RunFileError};

impl History {
    /// A whole run from its file.
    ///
    /// # Errors
    /// The reader's: no such file, no run, damaged.
    pub fn read(path: &Path) -> Result<History, RunFileError> {
        let mut history = History::new(Reader::open(path)?.manifest().clone());
        history.read_on(path)?;
        Ok(history)
    }

    /// Reads on from where this history ends.
    ///
    /// # Errors
    /// The reader's; what was read before it stays.
    pub fn read_on(&mut self, path: &Path) -> Result<(), RunFileError> {
        let reader = Reader::open(path)?;
        let after = |t: Option<u64>| t.map_or(0, |t| t + 1)..u64::MAX;
        let (steps, slices) = (after(self.last_step_t()), after(self.last_slice_t()));
        reader.each_step(steps, |r| {
            self.push_step(r);
            Ok(())
        })?;
        reader.each_slice(slices, |r| {
            self.push_slice(r);
            Ok(())
        })?;
        for r in reader.epochs()? {
            self.push_epoch(r);
        }
        for r in reader.changes()? {
            self.push_change(r);
        }
        if let Some(summary) = reader.summary()? {
            self.finish(summary);
        }
        Ok(())
    }
}
