//! Gradients of the loss.

use super::{error::Result, evaluator::Batch, function::Objective};
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
}
