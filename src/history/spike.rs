//! Whether the batch loss of a step jumps.

use crate::probe::{StepRecord, statistics::is_jump};

/// Whether a batch loss jumps after these steps: see [`is_jump`].
pub(super) fn is_spike(before: &[StepRecord], batch_loss: f64) -> bool {
    is_jump(before.iter().rev().map(|step| step.batch_loss), batch_loss)
}
