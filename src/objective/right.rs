//! How many examples are classified right: all of them, or only those that are asked for.

use super::{error::Result, evaluator::Which, function::Objective, loss::Tally, pass::each, subset::Subset};
use crate::{
    net::{State, Statistics},
    probe::NormMode,
};

impl Objective {
    /// How many training examples are classified right at a point. An example whose outputs are not numbers has no answer,
    /// and so none that is right.
    pub fn right_of_all(&self, at: &State, mode: NormMode) -> Result<u64> {
        let tallies = self.map_outputs(at, Subset::Train, mode, |range, out| self.tally(Subset::Train, range, out))?;
        Ok(tallies.iter().map(Tally::right).sum())
    }

    /// The same of the training examples `indices` only. Batch norm takes the running statistics at the point, the only ones
    /// that do not depend on which examples are asked for.
    pub fn right(&self, at: &State, indices: &[u32]) -> Result<u64> {
        let parts: Vec<&[u32]> = indices.chunks(self.evaluator.chunk()).collect();
        let right: Vec<u64> = each(&parts, self.takes_threads(), &self.interrupt, |part| {
            let out = self.evaluator.outputs(at, Subset::Train, Which::At(part), Statistics::Running)?;
            let labels: Vec<u32> = part.iter().map(|i| self.data.train.labels[*i as usize]).collect();
            Ok(Tally::of(&out.values, &labels, self.loss).right())
        })?;
        Ok(right.iter().sum())
    }
}
