//! Gradients of the loss.

use super::{error::Result, evaluator::Batch, function::Objective, pass::each};
use crate::{
    net::{State, Statistics},
    probe::{NormBatch, NormMode},
};

/// A mean loss with its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    pub loss: f64,
    /// dL/dθ, of length D.
    pub values: Vec<f32>,
    /// Mean and unbiased variance of the batch in every batch norm, in the layout of the buffers; empty when running
    /// statistics were used, and without batch norm.
    pub statistics: Vec<f32>,
}

impl Objective {
    /// Mean loss and its gradient over the training examples `indices`, weighted equally. With batch statistics they are
    /// those of all these examples together.
    ///
    /// Without them, long index lists are taken piece by piece; sums are in f64.
    pub fn gradient(&self, at: &State, indices: &[u32], statistics: Statistics) -> Result<Gradient> {
        // Batch statistics forbid cutting the batch.
        let (statistics, limit) = match statistics == Statistics::Batch && self.network.has_batch_norm() {
            true => (Statistics::Batch, indices.len()),
            false => (Statistics::Running, self.evaluator.gradient_limit()),
        };
        let mut sum = vec![0.0f64; at.theta.len()];
        let (mut loss, mut seen) = (0.0, Vec::new());
        for part in indices.chunks(limit.max(1)) {
            self.interrupt.check()?;
            let labels: Vec<u32> = part.iter().map(|i| self.data.train.labels[*i as usize]).collect();
            let batch = Batch { indices: part, labels: &labels, loss: self.loss, count: indices.len() };
            let (part_loss, part_seen) = self.evaluator.gradient(at, &batch, statistics, &mut sum)?;
            loss += part_loss;
            seen = part_seen;
        }
        Ok(Gradient { loss, values: sum.into_iter().map(|g| g as f32).collect(), statistics: seen })
    }

    /// Mean training loss and its gradient over all training examples.
    ///
    /// With batch statistics of smaller batches it is the mean over the batches, weighted by their sizes.
    pub fn full_gradient(&self, at: &State, mode: NormMode) -> Result<Gradient> {
        let all: Vec<u32> = (0..self.data.train.len() as u32).collect();
        match mode {
            NormMode::Running => self.gradient(at, &all, Statistics::Running),
            NormMode::Recalibrated(batch) => self.gradient(&self.recalibrated(at, batch)?, &all, Statistics::Running),
            NormMode::Batch(batch) => self.gradient_over_batches(at, &all, batch),
        }
    }

    fn gradient_over_batches(&self, at: &State, all: &[u32], batch: NormBatch) -> Result<Gradient> {
        if !self.network.has_batch_norm() {
            return self.gradient(at, all, Statistics::Running);
        }
        let (mut loss, mut sum) = (0.0, vec![0.0f64; at.theta.len()]);
        for part in all.chunks(batch.size(all.len())) {
            let share = part.len() as f64 / all.len() as f64;
            let gradient = self.gradient(at, part, Statistics::Batch)?;
            loss += share * gradient.loss;
            sum.iter_mut().zip(&gradient.values).for_each(|(s, g)| *s += share * f64::from(*g));
        }
        Ok(Gradient { loss, values: sum.into_iter().map(|g| g as f32).collect(), statistics: Vec::new() })
    }

    /// The largest variance of one coordinate of the per-example gradient, max_j (1/N) Σ_i g_ij² − g_j² (the largest
    /// entry on the diagonal of C(θ), Walk §4). N backward passes; `progress` gets (done, total).
    pub fn largest_gradient_variance(&self, at: &State, progress: &mut dyn FnMut(u64, u64)) -> Result<f64> {
        /// Gradients held at once.
        const GROUP: usize = 32;
        let n = self.data.train.len();
        let (mut sum, mut squares) = (vec![0.0f64; at.theta.len()], vec![0.0f64; at.theta.len()]);
        let one = |i: &u32| -> Result<Vec<f32>> { Ok(self.gradient(at, &[*i], Statistics::Running)?.values) };
        let all: Vec<u32> = (0..n as u32).collect();
        for group in all.chunks(GROUP) {
            for gradient in each(group, self.takes_threads(), &self.interrupt, one)? {
                for (j, g) in gradient.iter().enumerate() {
                    let g = f64::from(*g);
                    sum[j] += g;
                    squares[j] += g * g;
                }
            }
            progress(u64::from(group[group.len() - 1]) + 1, n as u64);
        }
        let n = n as f64;
        Ok(sum.iter().zip(&squares).map(|(s, q)| q / n - (s / n) * (s / n)).fold(0.0, f64::max))
    }
}
