//! The training loss on the line of a step, for probes that ask for it.

use crate::{
    net::State,
    objective::{Objective, ObjectiveError, Subset},
    probe::{Line, NormMode},
};

/// The line from θ_t through θ_{t+1}, and beyond. Running statistics are combined as the parameters are.
pub(super) struct StepLine<'a> {
    objective: &'a Objective,
    ends: [&'a State; 2],
    mode: NormMode,
    /// The losses at both ends, where they are known already.
    known: [Option<f64>; 2],
    /// Losses that were measured.
    count: u64,
    failed: Option<ObjectiveError>,
}

impl<'a> StepLine<'a> {
    pub(super) fn new(
        objective: &'a Objective,
        ends: [&'a State; 2],
        mode: NormMode,
        known: [Option<f64>; 2],
    ) -> StepLine<'a> {
        StepLine { objective, ends, mode, known, count: 0, failed: None }
    }

    /// How many losses were measured.
    ///
    /// # Errors
    /// What the objective said when one of them could not be.
    pub(super) fn end(self) -> Result<u64, ObjectiveError> {
        self.failed.map_or(Ok(self.count), Err)
    }
}

impl Line for StepLine<'_> {
    fn loss(&mut self, a: f64) -> Option<f64> {
        if self.failed.is_some() {
            return None;
        }
        let [start, end] = self.known;
        let known = match a {
            0.0 => start,
            1.0 => end,
            _ => None,
        };
        if known.is_some() {
            return known;
        }
        match self.objective.evaluate_fan(&self.ends, &[vec![1.0 - a, a]], Subset::Train, self.mode) {
            Ok(found) => {
                self.count += 1;
                found.first().map(|evaluation| evaluation.loss)
            }
            Err(why) => {
                self.failed = Some(why);
                None
            }
        }
    }
}
