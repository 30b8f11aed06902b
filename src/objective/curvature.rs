//! Derivatives along directions in θ: of every example's loss, and of the gradient; and sums of the examples' gradients.

use super::{
    error::Result,
    evaluator::{Batch, Curvature},
    function::Objective,
    loss::slope,
};
use crate::{
    net::{LANES, State, Statistics},
    probe::{NormBatch, NormMode},
};

/// Multiplications after which work looks whether it is to end: some tens of milliseconds on two cores.
const PATIENCE: u64 = 1 << 30;
/// Examples below which a part is too small for the vectors of a few cores.
const PART: u64 = 64;

impl Objective {
    /// g_i · v, the derivative of the loss of every training example in `indices` along each direction v in θ (length D): one
    /// forward pass for all directions.
    ///
    /// # Errors
    /// When interrupted.
    pub fn directional_derivatives(
        &self,
        at: &State,
        directions: &[&[f32]],
        indices: &[u32],
        statistics: Statistics,
    ) -> Result<Vec<Vec<f64>>> {
        let classes = self.network.classes();
        let mut derivatives = vec![Vec::with_capacity(indices.len()); directions.len()];
        // Batch statistics are those of all examples together; else every direction has activations of its own.
        let size = match self.is_batch(statistics) {
            true => indices.len(),
            false => self.part(1 + directions.len(), 1 + directions.len()),
        };
        for part in indices.chunks(size.max(1)) {
            self.interrupt.check()?;
            let (outputs, moved) = self.evaluator.derivatives().tangents(at, directions, part, statistics)?;
            let slopes = slope(&outputs, &self.labels_at(part), self.loss, 1);
            for (derivatives, moved) in derivatives.iter_mut().zip(moved) {
                let rows = slopes.chunks_exact(classes).zip(moved.chunks_exact(classes));
                let product = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
                derivatives.extend(rows.map(|(slope, moved)| slope.iter().zip(moved).map(product).sum::<f64>()));
            }
        }
        Ok(derivatives)
    }

    /// A v for each direction v (length D), where A is H or G of the mean loss over the training examples `indices`, weighted
    /// equally; with batch statistics those of all these examples together, through which A v goes as well. All directions
    /// share one pass. `progress` gets (done, total) examples.
    ///
    /// # Errors
    /// When interrupted.
    pub fn curvature_products(
        &self,
        at: &State,
        directions: &[&[f32]],
        indices: &[u32],
        of: Curvature,
        statistics: Statistics,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<Vec<f64>>> {
        let mut sums = vec![vec![0.0; at.theta.len()]; directions.len()];
        let (statistics, limit) = match self.is_batch(statistics) {
            true => (Statistics::Batch, indices.len()),
            // Every direction keeps activations of its own.
            false => (Statistics::Running, self.part(1 + directions.len(), 1 + directions.len())),
        };
        let mut done = 0;
        for part in indices.chunks(limit.max(1)) {
            self.interrupt.check()?;
            let labels = self.labels_at(part);
            let batch = Batch { indices: part, labels: &labels, loss: self.loss, count: indices.len() };
            self.evaluator.derivatives().curvature(at, directions, &batch, of, statistics, &mut sums)?;
            done += part.len() as u64;
            progress(done, indices.len() as u64);
        }
        Ok(sums)
    }

    /// Σ_i c_i g_i for each set of coefficients c (length of `indices`), where g_i is the gradient of the loss of example i; nothing
    /// divides by the number of examples. With batch statistics g_i is the derivative through those of all these examples together.
    /// All sets share one forward pass. `progress` gets (done, total) examples.
    ///
    /// # Errors
    /// When interrupted.
    pub fn weighted_gradient(
        &self,
        at: &State,
        coefficients: &[&[f64]],
        indices: &[u32],
        statistics: Statistics,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<Vec<f64>>> {
        let mut sums = vec![vec![0.0; at.theta.len()]; coefficients.len()];
        let (statistics, limit) = match self.is_batch(statistics) {
            true => (Statistics::Batch, indices.len()),
            // The sets go back one after the other over the same tape, and keep nothing.
            false => (Statistics::Running, self.part(1, 1 + coefficients.len())),
        };
        let mut done = 0;
        for part in indices.chunks(limit.max(1)) {
            self.interrupt.check()?;
            let labels = self.labels_at(part);
            let batch = Batch { indices: part, labels: &labels, loss: self.loss, count: 1 };
            let own: Vec<&[f64]> = coefficients.iter().map(|c| &c[done..done + part.len()]).collect();
            self.evaluator.derivatives().weighted(at, &own, &batch, statistics, &mut sums)?;
            done += part.len();
            progress(done as u64, indices.len() as u64);
        }
        Ok(sums)
    }

    /// The same over all training examples. With batch statistics of smaller batches it is the mean over the batches, weighted by
    /// their sizes, as in [`Objective::full_gradient`].
    ///
    /// # Errors
    /// When interrupted.
    pub fn full_curvature_products(
        &self,
        at: &State,
        directions: &[&[f32]],
        of: Curvature,
        mode: NormMode,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<Vec<f64>>> {
        let all: Vec<u32> = (0..self.data.train.len() as u32).collect();
        match mode {
            NormMode::Running => self.curvature_products(at, directions, &all, of, Statistics::Running, progress),
            NormMode::Recalibrated(batch) => {
                let at = self.recalibrated(at, batch)?;
                self.curvature_products(&at, directions, &all, of, Statistics::Running, progress)
            }
            NormMode::Batch(batch) => self.products_over_batches(at, directions, &all, of, batch, progress),
        }
    }

    fn products_over_batches(
        &self,
        at: &State,
        directions: &[&[f32]],
        all: &[u32],
        of: Curvature,
        batch: NormBatch,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<Vec<f64>>> {
        let mut sums = vec![vec![0.0; at.theta.len()]; directions.len()];
        let mut done = 0;
        for part in all.chunks(batch.size(all.len())) {
            let share = part.len() as f64 / all.len() as f64;
            let products = self.curvature_products(at, directions, part, of, Statistics::Batch, &mut |_, _| ())?;
            for (sum, product) in sums.iter_mut().zip(products) {
                sum.iter_mut().zip(product).for_each(|(s, p)| *s += share * p);
            }
            done += part.len() as u64;
            progress(done, all.len() as u64);
        }
        Ok(sums)
    }

    /// [`Objective::directional_derivatives`] of all training examples, in the order of the data, with the statistics of a mode.
    ///
    /// # Errors
    /// When interrupted.
    pub fn full_directional_derivatives(
        &self,
        at: &State,
        directions: &[&[f32]],
        mode: NormMode,
    ) -> Result<Vec<Vec<f64>>> {
        let (at, mode) = self.settled(at, mode)?;
        let (parts, statistics) = self.taken_together(mode);
        let mut derivatives = vec![Vec::with_capacity(self.data.train.len()); directions.len()];
        for part in &parts {
            let found = self.directional_derivatives(&at, directions, part, statistics)?;
            derivatives.iter_mut().zip(found).for_each(|(all, found)| all.extend(found));
        }
        Ok(derivatives)
    }

    /// [`Objective::weighted_gradient`] over all training examples, with the statistics of a mode: of batches, g_i goes through those of
    /// the batch that example i is in. `progress` gets (done, total) examples.
    ///
    /// # Errors
    /// When interrupted.
    pub fn full_weighted_gradient(
        &self,
        at: &State,
        coefficients: &[&[f64]],
        mode: NormMode,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<Vec<f64>>> {
        let (at, mode) = self.settled(at, mode)?;
        let (parts, statistics) = self.taken_together(mode);
        let mut sums = vec![vec![0.0; at.theta.len()]; coefficients.len()];
        let (mut done, total) = (0, self.data.train.len());
        for part in &parts {
            let own: Vec<&[f64]> = coefficients.iter().map(|c| &c[done..done + part.len()]).collect();
            let before = done as u64;
            let mut told = |done: u64, _: u64| progress(before + done, total as u64);
            let found = self.weighted_gradient(&at, &own, part, statistics, &mut told)?;
            for (sum, found) in sums.iter_mut().zip(found) {
                sum.iter_mut().zip(found).for_each(|(s, g)| *s += g);
            }
            done += part.len();
        }
        Ok(sums)
    }

    /// The point and the mode that give the same answers as these, without computing running statistics anew at every question.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn settled(&self, at: &State, mode: NormMode) -> Result<(State, NormMode)> {
        match mode {
            NormMode::Recalibrated(batch) => Ok((self.recalibrated(at, batch)?, NormMode::Running)),
            NormMode::Running | NormMode::Batch(_) => Ok((at.clone(), mode)),
        }
    }

    /// All training examples, in the batches that a settled mode takes together, and the statistics that it uses.
    pub(super) fn taken_together(&self, mode: NormMode) -> (Vec<Vec<u32>>, Statistics) {
        let all: Vec<u32> = (0..self.data.train.len() as u32).collect();
        match mode {
            NormMode::Batch(batch) if self.network.has_batch_norm() => {
                (all.chunks(batch.size(all.len()).max(1)).map(<[u32]>::to_vec).collect(), Statistics::Batch)
            }
            _ => (vec![all], Statistics::Running),
        }
    }

    /// Examples that are taken together where nothing forbids to cut them: so many that `kept` times the activations of a gradient fit, and
    /// that `passes` passes there and back end soon enough for whoever wants to interrupt them.
    fn part(&self, kept: usize, passes: usize) -> usize {
        // The way back is two products for every one of the way there.
        let work = self.network.multiplications().saturating_mul(3 * passes as u64).max(1);
        let soon = (PATIENCE / work).max(PART).next_multiple_of(LANES as u64);
        (self.evaluator.gradient_limit() / kept).min(usize::try_from(soon).unwrap_or(usize::MAX))
    }

    pub(super) fn is_batch(&self, statistics: Statistics) -> bool {
        statistics == Statistics::Batch && self.network.has_batch_norm()
    }

    fn labels_at(&self, indices: &[u32]) -> Vec<u32> {
        indices.iter().map(|i| self.data.train.labels[*i as usize]).collect()
    }
}
