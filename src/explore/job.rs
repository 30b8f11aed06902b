//! What all measurements on networks have in common.

use super::{Context, ExploreError, Progress};

/// A measurement in the making: a state machine that measures a little with every call of [`Job::advance`].
///
/// It knows no thread and no clock; whoever runs it (the command line, the explorer's thread, a recipe) decides when to go
/// on and when to stop.
pub trait Job: Sized + 'static {
    /// What is asked: plain data.
    type Request: Clone + Send + 'static;
    /// What is known once the files are read and before anything is measured, with what a record had already.
    type Head: Send + 'static;
    /// What a call of `advance` found.
    type Found: Send + 'static;

    /// What [`Job::progress`] counts.
    const COUNTS: &'static str;

    /// Reads the files and gets everything ready; `preparing` gets the share that is done where that takes long.
    ///
    /// # Errors
    /// Files, data, network or device that do not fit, with what to do about it.
    fn open(
        request: &Self::Request,
        context: impl Into<Context>,
        preparing: &mut dyn FnMut(f64),
    ) -> Result<Self, ExploreError>;

    /// See [`Job::Head`].
    fn head(&self) -> Self::Head;

    /// Measures a little. `None` when all is done.
    ///
    /// # Errors
    /// When interrupted, when the device fails and when a record cannot be written. The job can only be dropped then.
    fn advance(&mut self) -> Result<Option<Self::Found>, ExploreError>;

    /// How much is measured, of all that is known to be needed; a total of 0 says that nobody can tell.
    fn progress(&self) -> Progress;

    /// How much of the progress cost nothing, because a record had it.
    fn given(&self) -> u64 {
        0
    }

    /// Work that was done here and work that is left, in one unit: what the time left is told from.
    fn work(&self) -> (f64, f64) {
        let Progress { done, total } = self.progress();
        (done.saturating_sub(self.given()) as f64, total.saturating_sub(done) as f64)
    }
}
