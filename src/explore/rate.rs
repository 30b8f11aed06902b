//! The learning rate of a run where it kept a checkpoint.

use super::series::Station;
use crate::{
    checkpoint::{file_of, step_of},
    runfile::Reader,
};

/// η of the step that the run made from a checkpoint on, or of its last one where the checkpoint is its end; `None` of what is no run, and of
/// an average of iterates, which no step was made from.
pub(super) fn rate(station: &Station) -> Option<f64> {
    let at = step_of(&station.path)?;
    let reader = Reader::open(&file_of(&station.path)).ok()?;
    let of = |t: u64| reader.steps(t..t.saturating_add(1)).ok()?.first().map(|step| step.learning_rate);
    let before = || reader.last_step().ok().flatten().filter(|last| *last < at);
    of(at).or_else(|| of(before()?))
}
