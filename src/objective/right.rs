//! How many examples are classified right: all of them, or only those that are asked for.

use rayon::prelude::*;

use super::{Objective, Result, Subset, loss::Tally};
use crate::{
    net::{State, Statistics},
    probe::NormMode,
};

impl Objective {
    /// How many training examples are classified right at a point. An example whose outputs are not numbers has no answer,
    /// and so none that is right.
    pub fn right_of_all(&self, at: &State, mode: NormMode) -> Result<u64> {
        let tally = |range: &std::ops::Range<usize>, out: &[f32]| Tally::of(out, self.train.labels(range), self.loss);
        Ok(self.map_outputs(at, Subset::Train, mode, tally)?.iter().map(Tally::right).sum())
    }

    /// The same of the training examples `indices` only. Batch norm takes the running statistics at the point, the only ones
    /// that do not depend on which examples are asked for.
    pub fn right(&self, at: &State, indices: &[u32]) -> Result<u64> {
        let right = |part: &[u32]| -> Result<u64> {
            self.check_interrupt()?;
            let (out, labels) = match self.on_host {
                true => {
                    let (images, labels) = self.train.gather_parts(part, part.len());
                    (self.host_outputs(at, images, Statistics::Running).0, labels)
                }
                false => {
                    let images = self.train.gather(part, &self.device);
                    let labels = part.iter().map(|i| self.train.label(*i)).collect();
                    (self.device_outputs(at, images, Statistics::Running)?.0, labels)
                }
            };
            Ok(Tally::of(&out, &labels, self.loss).right())
        };
        let size = self.train.chunk();
        let parts: Vec<u64> = match self.on_host {
            true => indices.par_chunks(size).map(right).collect::<Result<_>>()?,
            false => indices.chunks(size).map(right).collect::<Result<_>>()?,
        };
        Ok(parts.iter().sum())
    }
}
