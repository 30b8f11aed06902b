//! Gradients of single examples, one after the other: their lengths, their mean, the squares of their coordinates.

use super::{error::Result, function::Objective, pass::each};
use crate::{
    net::{State, Statistics},
    probe::NormMode,
};

/// Gradients held at once.
const GROUP: usize = 32;

/// Squares of the gradients g_i of single examples.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientSquares {
    /// ‖g_i‖², in the order of the examples.
    pub norms: Vec<f64>,
    /// (1/N) Σ_i g_i, of length D.
    pub mean: Vec<f64>,
    /// (1/N) Σ_i g_ij² for every coordinate j, of length D.
    pub diagonal: Vec<f64>,
}

impl GradientSquares {
    /// Of no examples, in so many dimensions.
    fn none(dimension: usize) -> GradientSquares {
        GradientSquares { norms: Vec::new(), mean: vec![0.0; dimension], diagonal: vec![0.0; dimension] }
    }

    /// Takes one gradient more into the sums.
    fn add(&mut self, gradient: &[f32]) {
        let mut norm = 0.0;
        for ((g, sum), squares) in gradient.iter().zip(&mut self.mean).zip(&mut self.diagonal) {
            let g = f64::from(*g);
            *sum += g;
            *squares += g * g;
            norm += g * g;
        }
        self.norms.push(norm);
    }

    /// Makes means of the sums.
    fn divided(mut self) -> GradientSquares {
        let n = self.norms.len() as f64;
        self.mean.iter_mut().chain(&mut self.diagonal).for_each(|x| *x /= n);
        self
    }
}

impl Objective {
    /// Squares of the gradients of the training examples `indices`; a backward pass for each. With batch statistics g_i is the derivative of
    /// the loss of example i through the statistics of all these examples together, and each takes a pass over all of them.
    /// `progress` gets (done, total) examples.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn gradient_squares(
        &self,
        at: &State,
        indices: &[u32],
        statistics: Statistics,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<GradientSquares> {
        let mut squares = GradientSquares::none(at.theta.len());
        let mut told = |done: u64| progress(done, indices.len() as u64);
        self.each_gradient(at, indices, statistics, &mut |gradient| squares.add(gradient), &mut told)?;
        Ok(squares.divided())
    }

    /// The same of all training examples, with the statistics of a mode: of batches, g_i goes through those of the batch that example i
    /// is in.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn full_gradient_squares(
        &self,
        at: &State,
        mode: NormMode,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<GradientSquares> {
        let (at, mode) = self.settled(at, mode)?;
        let (parts, statistics) = self.taken_together(mode);
        let mut squares = GradientSquares::none(at.theta.len());
        let (mut before, total) = (0u64, self.data.train.len() as u64);
        for part in &parts {
            let mut told = |done: u64| progress(before + done, total);
            self.each_gradient(&at, part, statistics, &mut |gradient| squares.add(gradient), &mut told)?;
            before += part.len() as u64;
        }
        Ok(squares.divided())
    }

    /// The largest variance of one coordinate of the per-example gradient, max_j (1/N) Σ_i g_ij² − g_j² (the largest
    /// entry on the diagonal of C(θ), Walk §4). N backward passes; `progress` gets (done, total).
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn largest_gradient_variance(&self, at: &State, progress: &mut dyn FnMut(u64, u64)) -> Result<f64> {
        let found = self.full_gradient_squares(at, NormMode::Running, progress)?;
        Ok(found.diagonal.iter().zip(&found.mean).map(|(q, g)| q - g * g).fold(0.0, f64::max))
    }

    /// Shows the gradient of every example to `visit`, in the order of `indices`; `progress` gets how many were shown.
    fn each_gradient(
        &self,
        at: &State,
        indices: &[u32],
        statistics: Statistics,
        visit: &mut dyn FnMut(&[f32]),
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let one = |i: &u32| -> Result<Vec<f32>> { Ok(self.gradient(at, &[*i], Statistics::Running)?.values) };
        let places: Vec<usize> = (0..indices.len()).collect();
        let mut done = 0;
        for (group, places) in indices.chunks(GROUP).zip(places.chunks(GROUP)) {
            let gradients = match self.is_batch(statistics) {
                true => self.gradients_in_batch(at, indices, places)?,
                false => each(group, self.takes_threads(), &self.interrupt, one)?,
            };
            gradients.iter().for_each(|gradient| visit(gradient));
            done += group.len() as u64;
            progress(done);
        }
        Ok(())
    }

    /// Gradients of the examples at `places` of a batch, through its statistics.
    fn gradients_in_batch(&self, at: &State, batch: &[u32], places: &[usize]) -> Result<Vec<Vec<f32>>> {
        let alone = |place: &usize| {
            let mut coefficients = vec![0.0; batch.len()];
            coefficients[*place] = 1.0;
            coefficients
        };
        let coefficients: Vec<Vec<f64>> = places.iter().map(alone).collect();
        let coefficients: Vec<&[f64]> = coefficients.iter().map(Vec::as_slice).collect();
        let found = self.weighted_gradient(at, &coefficients, batch, Statistics::Batch, &mut |_, _| ())?;
        Ok(found.into_iter().map(|gradient| gradient.into_iter().map(|g| g as f32).collect()).collect())
    }
}
