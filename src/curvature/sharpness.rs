//! Curvature along gradients: of the full loss, and of the batches that a step sees.

use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use super::{measured::Measured, place::Place};
use crate::{
    net::Statistics,
    objective::{Curvature, ObjectiveError},
    probe::{statistics::Moments, vector},
    random,
};

/// gᵀHg / gᵀg, the curvature of the training loss along its own gradient; NaN where the gradient is zero.
///
/// # Errors
/// When interrupted, and when the device fails.
pub fn directional_sharpness(place: &Place) -> Result<f64, ObjectiveError> {
    let gradient = place.gradient()?;
    let product = place.products(Curvature::Hessian, std::slice::from_ref(&gradient))?;
    let along = |x: &[f64]| vector::sum(x.len(), |j| x[j] * gradient[j]);
    Ok(product.first().map_or(f64::NAN, |product| along(product)) / along(&gradient))
}

/// E_B[g_Bᵀ H_B g_B / ‖g_B‖²], where g_B and H_B are gradient and Hessian of the loss of one batch B (Andreyev and Beneventano 2024,
/// arXiv 2412.20553): mini-batch SGD drives it to 2/η as gradient descent does λ₁. A batch at a time.
///
/// Each batch is drawn without replacement; with batch statistics it has its own, as in training.
pub struct BatchSharpness {
    place: Place,
    size: usize,
    count: u64,
    random: ChaCha8Rng,
    found: Moments,
}

impl BatchSharpness {
    /// Over `count` batches of `size` examples (at most all of them), drawn by `seed`.
    pub fn new(place: &Place, size: usize, count: u64, seed: u64) -> BatchSharpness {
        let size = size.clamp(1, place.examples().max(1));
        BatchSharpness {
            place: place.clone(),
            size,
            count,
            random: random::stream(seed, "batch sharpness"),
            found: Moments::default(),
        }
    }

    /// Looks at one batch more; false when there is none left.
    ///
    /// # Errors
    /// When interrupted, and when the device fails: the batch does not count then.
    pub fn advance(&mut self) -> Result<bool, ObjectiveError> {
        if self.found.count() >= self.count {
            return Ok(false);
        }
        // Asked again after an interrupt, it looks at the same batch.
        let mut random = self.random.clone();
        let drawn = index::sample(&mut random, self.place.examples(), self.size);
        let mut batch: Vec<u32> = drawn.into_iter().map(|i| i as u32).collect();
        batch.sort_unstable();
        let (at, _) = self.place.state();
        let statistics = if self.place.mixes_examples() { Statistics::Batch } else { Statistics::Running };
        let objective = self.place.objective();
        let gradient = objective.gradient(at, &batch, statistics)?.values;
        let of = Curvature::Hessian;
        let product = objective.curvature_products(at, &[&gradient], &batch, of, statistics, &mut |_, _| ())?;
        let along = |j: usize| product.first().map_or(f64::NAN, |product| product[j] * f64::from(gradient[j]));
        self.found.push(vector::sum(gradient.len(), along) / vector::dot(&gradient, &gradient));
        self.random = random;
        Ok(true)
    }

    /// (done, total) batches.
    pub fn progress(&self) -> (u64, u64) {
        (self.found.count(), self.count)
    }

    /// The mean over the batches so far, and its standard error.
    pub fn found(&self) -> Measured {
        Measured {
            value: self.found.mean().unwrap_or(f64::NAN),
            standard_error: self.found.standard_error().unwrap_or(f64::NAN),
        }
    }
}
