//! Gradients: by the host reading's way back on the CPU, by autodiff on a GPU.

use burn::tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};
use rayon::prelude::*;

use super::{ACTIVATION_BUDGET, CPU_CHUNK_BYTES, Objective, Result, loss, loss::Tally};
use crate::{
    net::{Host, Primal, State, Statistics, Tensors},
    probe::{NormBatch, NormMode},
    run::LossKind,
};

/// Terms that one sum in the backward pass of a convolution may have on a GPU. Burn 0.22's kernels give wrong weight and
/// bias gradients when examples × output pixels is large: measured wrong from about 65,000 on, right at 57,600. This keeps a distance.
const DEVICE_REDUCTION: usize = 1 << 15;

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
        let whole = statistics == Statistics::Batch && self.network.has_batch_norm();
        let device_limit = (DEVICE_REDUCTION / self.network.largest_plane()).max(1);
        // Batch statistics forbid cutting the batch, and the GPU's convolutions cannot take a large one: then the CPU does.
        let on_host = self.on_host || (whole && indices.len() > device_limit);
        let per_example = self.network.total_activation() * size_of::<f32>();
        let mut limit = (2 * ACTIVATION_BUDGET / per_example).max(16);
        if !on_host {
            limit = limit.min(device_limit);
        }
        if whole {
            limit = indices.len();
        }
        let mut sum = vec![0.0f64; at.theta.len()];
        let (mut loss, mut seen) = (0.0, Vec::new());
        for part in indices.chunks(limit.max(1)) {
            self.check_interrupt()?;
            let statistics = if whole { Statistics::Batch } else { Statistics::Running };
            let (part_loss, part_seen) = match on_host {
                true => self.host_gradient(at, part, indices.len(), statistics, &mut sum),
                false => self.device_gradient(at, part, indices.len(), statistics, &mut sum)?,
            };
            loss += part_loss;
            seen = part_seen;
        }
        Ok(Gradient { loss, values: sum.into_iter().map(|g| g as f32).collect(), statistics: seen })
    }

    /// Mean training loss and its gradient over all training examples.
    ///
    /// With batch statistics of smaller batches it is the mean over the batches, weighted by their sizes.
    pub fn full_gradient(&self, at: &State, mode: NormMode) -> Result<Gradient> {
        let all: Vec<u32> = (0..self.train.len() as u32).collect();
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
        let n = self.train.len();
        let (mut sum, mut squares) = (vec![0.0f64; at.theta.len()], vec![0.0f64; at.theta.len()]);
        let one = |i: &u32| Ok(self.gradient(at, &[*i], Statistics::Running)?.values);
        let all: Vec<u32> = (0..n as u32).collect();
        for group in all.chunks(GROUP) {
            let gradients: Vec<Vec<f32>> = match self.on_host {
                true => group.par_iter().map(one).collect::<Result<_>>()?,
                false => group.iter().map(one).collect::<Result<_>>()?,
            };
            for gradient in gradients {
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

    /// Adds the gradient of Σ loss / `count` to `sum`; returns that loss and the batch's statistics.
    fn host_gradient(
        &self,
        at: &State,
        indices: &[u32],
        count: usize,
        statistics: Statistics,
        sum: &mut [f64],
    ) -> (f64, Vec<f32>) {
        let per_example = self.network.widest_activation() * size_of::<f32>();
        // Parts small enough for the cache and, in a small batch, enough of them for a few cores.
        let fair = indices.len().div_ceil((indices.len() / 8).clamp(1, 4));
        let size = (CPU_CHUNK_BYTES / per_example).clamp(4, 1 << 16).min(fair).max(1);
        let (images, labels) = self.train.gather_parts(indices, size);
        let mut host = Host::at(&self.network, &at.theta, &at.buffers, statistics).recording();
        let out = self.network.forward(&mut host, images).into_outputs();
        let loss = Tally::of(&out, &labels, self.loss).total() / count as f64;
        let slopes = out
            .chunks(size * self.network.classes())
            .zip(labels.chunks(size))
            .map(|(out, labels)| loss::slope(out, labels, self.loss, count))
            .collect();
        let seen = host.take_statistics();
        host.into_tape().backward(&self.network, &at.theta, slopes, sum);
        (loss, seen)
    }

    fn device_gradient(
        &self,
        at: &State,
        indices: &[u32],
        count: usize,
        statistics: Statistics,
        sum: &mut [f64],
    ) -> Result<(f64, Vec<f32>)> {
        let tensors = Tensors::tracked(&self.network, &at.theta, &at.buffers, &self.device);
        let device = self.device.clone().autodiff();
        let mut primal = Primal::at(&tensors, statistics);
        let out = self.network.forward(&mut primal, self.train.gather(indices, &device)).flat();
        let labels: Vec<u32> = indices.iter().map(|&i| self.train.label(i)).collect();
        let host = out.clone().inner().try_into_vec_as::<f32>()?;
        let loss = Tally::of(&host, &labels, self.loss).total() / count as f64;
        let share = indices.len() as f64 / count as f64;
        let mut gradients = self.differentiable_loss(out, &labels, &device).backward();
        for (s, g) in sum.iter_mut().zip(tensors.gradient(&self.network, &mut gradients)?) {
            *s += share * f64::from(g);
        }
        Ok((loss, primal.take_statistics()?))
    }

    /// The mean loss as a tensor that autodiff can go back through.
    fn differentiable_loss(&self, out: Tensor<2>, labels: &[u32], device: &Device) -> Tensor<1> {
        let n = labels.len();
        match self.loss {
            LossKind::CrossEntropy => {
                let labels: Vec<i32> = labels.iter().map(|&l| l as i32).collect();
                let index = Tensor::<2, Int>::from_data(TensorData::new(labels, [n, 1]), device);
                log_softmax(out, 1).gather(1, index).mean().neg()
            }
            LossKind::MeanSquared => {
                let classes = self.network.classes();
                let mut target = vec![0.0f32; n * classes];
                for (row, &label) in labels.iter().enumerate() {
                    target[row * classes + label as usize] = 1.0;
                }
                let target = Tensor::<2>::from_data(TensorData::new(target, [n, classes]), device);
                (out - target).square().mean()
            }
        }
    }
}
