//! Where the engine thread writes how the runs are doing, and its handle reads it.

use super::{RunId, Status};

/// How the runs are doing; those that have ended stay until others begin.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// The run that changes are for.
    pub selected: RunId,
    pub runs: Vec<Status>,
}

impl Board {
    /// Notes how a run is doing now.
    pub fn put(&mut self, status: Status) {
        match self.runs.iter_mut().find(|s| s.id == status.id) {
            Some(old) => *old = status,
            None => self.runs.push(status),
        }
    }
}
