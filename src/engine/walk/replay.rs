//! From a recorded run to any of its iterations: its walk is taken up at the last state that the file keeps before, and
//! makes the iterations in between again. What was measured there is read from the file; only gradients are computed,
//! and what probes ask for: losses and derivatives.

use crate::{
    probe::{ChangeRecord, EpochRecord, StepRecord},
    run::{Fork, RunSpec},
    runfile::Reader,
};

/// The way from a kept state of the parent to the beginning of a fork.
pub(super) struct Replay {
    pub reader: Reader,
    pub changes: Vec<ChangeRecord>,
    pub epochs: Vec<EpochRecord>,
    pub child: RunSpec,
    pub fork: Fork,
    /// The walk stands where it stood at the iteration it is at; otherwise it has to begin at θ_0.
    pub stands: bool,
    /// Where the way begins.
    pub from: u64,
}

/// How far what was computed again is from what was recorded.
#[derive(Default)]
pub(super) struct Drift {
    /// The first iteration of which a number is not the recorded one to the bit.
    first: Option<u64>,
    /// Largest difference of a batch loss, relative to it.
    largest: f64,
}

impl Replay {
    /// The epoch record of iteration `t`, if there is one.
    pub fn epoch_at(&self, t: u64) -> Option<EpochRecord> {
        self.epochs.iter().find(|e| e.t == t).copied()
    }
}

impl Drift {
    pub fn see(&mut self, again: &StepRecord, recorded: &StepRecord) {
        // A file from before there was a probe has none of its numbers.
        let again = &StepRecord { values: again.values.shared(&recorded.values), ..*again };
        // The debug form of a float is the shortest text that reads back to the same bits; NaN equals NaN.
        if format!("{again:?}") != format!("{recorded:?}") {
            self.first.get_or_insert(again.t);
            let apart =
                (again.batch_loss - recorded.batch_loss).abs() / recorded.batch_loss.abs().max(f64::MIN_POSITIVE);
            self.largest = self.largest.max(apart);
        }
    }

    pub fn words(&self) -> Option<String> {
        let t = self.first?;
        Some(format!(
            "The iterations that lead to this fork were made again, and from iteration {t} on they are not the recorded ones \
             to the bit (batch losses differ by up to {:.1e} of themselves): another processor, another version, or other \
             data.",
            self.largest
        ))
    }
}
