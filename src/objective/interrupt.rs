//! A way to end long work from another thread.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::error::{ObjectiveError, Result};

/// Raised by whoever wants work to end, looked at by the work between chunks. Raises are counted, so that one that has
/// been answered does not take a later one with it. Clones are the same interrupt.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    raises: Arc<AtomicUsize>,
    /// Looks until it raises itself.
    #[cfg(test)]
    looks: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Asks the work to end.
    pub fn raise(&self) {
        self.raises.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers one raise.
    pub fn answer(&self) {
        // One answer per raise is the callers' duty; an extra one must not wrap around to "raised for ever".
        self.raises.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| Some(n.saturating_sub(1))).ok();
    }

    /// Whether someone waits for the work to end.
    pub fn is_raised(&self) -> bool {
        #[cfg(test)]
        self.count_look();
        self.raises.load(Ordering::Relaxed) > 0
    }

    /// Raises itself at the n-th look from now, counted from 1, so that tests can end work wherever it can end; 0 does not.
    #[cfg(test)]
    pub(crate) fn raise_at_look(&self, n: usize) {
        self.looks.store(n, Ordering::Relaxed);
    }

    #[cfg(test)]
    fn count_look(&self) {
        let left = self.looks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        if left == Ok(1) {
            self.raise();
        }
    }

    /// An error when it is.
    pub(super) fn check(&self) -> Result<()> {
        if self.is_raised() { Err(ObjectiveError::Interrupted) } else { Ok(()) }
    }
}
