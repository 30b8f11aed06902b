//! Outputs, losses and errors at one point.

use std::ops::Range;

use super::{
    error::Result,
    evaluator::{Outputs, Which},
    function::Objective,
    loss::{Tally, per_example},
    pass::{Pass, each},
    subset::Subset,
};
use crate::{
    net::{State, Statistics},
    probe::{Evaluation, NormBatch, NormMode},
};

impl Objective {
    /// Mean loss and error at a point.
    pub fn evaluate(&self, at: &State, subset: Subset, mode: NormMode) -> Result<Evaluation> {
        let tallies = self.map_outputs(at, subset, mode, |range, out| self.tally(subset, range, out))?;
        Ok(Tally::sum(tallies.iter()).mean())
    }

    /// Loss of every example at a point, in the order of the data.
    pub fn per_example_loss(&self, at: &State, subset: Subset, mode: NormMode) -> Result<Vec<f64>> {
        let losses = |range: &Range<usize>, out: &[f32]| per_example(out, self.labels(subset, range), self.loss);
        Ok(self.map_outputs(at, subset, mode, losses)?.concat())
    }

    /// Outputs (logits) of all examples at a point, `[N, classes]` row-major.
    pub fn outputs(&self, at: &State, subset: Subset, mode: NormMode) -> Result<Vec<f32>> {
        Ok(self.map_outputs(at, subset, mode, |_, out| out.to_vec())?.concat())
    }

    /// The same θ with running statistics computed anew over the training images, batch by batch in file order, every
    /// batch with the same weight.
    pub fn recalibrated(&self, at: &State, batch: NormBatch) -> Result<State> {
        if !self.network.has_batch_norm() {
            return Ok(at.clone());
        }
        let pass = self.pass(Subset::Train, NormMode::Batch(batch));
        let seen = self.map_batches(at, &pass, |_, out| out.statistics)?;
        let mut sums = vec![0.0f64; at.buffers.len()];
        for statistics in &seen {
            sums.iter_mut().zip(statistics).for_each(|(s, x)| *s += f64::from(*x));
        }
        let buffers = sums.iter().map(|s| (s / seen.len() as f64) as f32).collect();
        Ok(State { theta: at.theta.clone(), buffers })
    }

    /// Labels of a stretch.
    fn labels(&self, subset: Subset, range: &Range<usize>) -> &[u32] {
        &subset.of(&self.data).labels[range.clone()]
    }

    /// Loss and errors of a stretch from its outputs.
    pub(super) fn tally(&self, subset: Subset, range: &Range<usize>, outputs: &[f32]) -> Tally {
        Tally::of(outputs, self.labels(subset, range), self.loss)
    }

    /// What a pass over a subset takes together, and the statistics it uses. Without batch norm every mode is the same.
    pub(super) fn pass(&self, subset: Subset, mode: NormMode) -> Pass {
        let count = self.count(subset);
        match mode {
            NormMode::Batch(batch) if self.network.has_batch_norm() => {
                Pass::over(subset, count, batch.size(count), Statistics::Batch)
            }
            _ => Pass::over(subset, count, self.evaluator.chunk(), Statistics::Running),
        }
    }

    /// `f` of the outputs of every batch.
    pub(super) fn map_outputs<T: Send>(
        &self,
        at: &State,
        subset: Subset,
        mode: NormMode,
        f: impl Fn(&Range<usize>, &[f32]) -> T + Sync,
    ) -> Result<Vec<T>> {
        let recalibrated = match mode {
            NormMode::Recalibrated(batch) => Some(self.recalibrated(at, batch)?),
            _ => None,
        };
        let at = recalibrated.as_ref().unwrap_or(at);
        self.map_batches(at, &self.pass(subset, mode), |range, out| f(range, &out.values))
    }

    /// `f` of what the network makes of every batch, in their order. Small ones go side by side on the CPU; a large one is
    /// parallel inside.
    fn map_batches<T: Send>(
        &self,
        at: &State,
        pass: &Pass,
        f: impl Fn(&Range<usize>, Outputs) -> T + Sync,
    ) -> Result<Vec<T>> {
        let side_by_side = self.takes_threads() && pass.is_within(self.evaluator.chunk());
        each(&pass.batches, side_by_side, &self.interrupt, |range| {
            let out = self.evaluator.outputs(at, pass.subset, Which::Stretch(range), pass.statistics)?;
            Ok(f(range, out))
        })
    }
}
