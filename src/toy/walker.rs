//! One dynamics on one surface, a step at a time.

use std::sync::Arc;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::{
    dynamics::{DynamicsKind, DynamicsSpec, ascent},
    error::ToyError,
    matrix::{trace, trace_product},
    surface::{Surface, gradient, hessian},
};
use crate::random;

/// Position, velocity, average, step counter and random numbers. A clone is an independent copy that makes the same
/// steps; taking one back is keeping the clone from before it.
#[derive(Clone, Debug)]
pub struct Walker {
    surface: Arc<dyn Surface>,
    spec: DynamicsSpec,
    position: Vec<f64>,
    velocity: Option<Vec<f64>>,
    /// Mean of the averaged iterates and their number.
    average: Option<(Vec<f64>, u64)>,
    steps: u64,
    evaluations: u64,
    rng: ChaCha8Rng,
}

impl Walker {
    /// A walker at `start`. Its random numbers are those of (`seed`, dynamics, `run`), whatever else runs beside it.
    ///
    /// # Errors
    ///
    /// [`DynamicsSpec::check`]'s, and [`ToyError::Point`] or [`ToyError::NotFinite`] for the start.
    pub fn new(
        surface: Arc<dyn Surface>,
        spec: DynamicsSpec,
        start: &[f64],
        seed: u64,
        run: u64,
    ) -> Result<Walker, ToyError> {
        spec.check(&*surface)?;
        check_point("start", &*surface, start)?;
        Ok(Walker {
            surface,
            spec,
            position: start.to_vec(),
            velocity: None,
            average: None,
            steps: 0,
            evaluations: 0,
            rng: stream(&spec, seed, run),
        })
    }

    /// One step.
    pub fn step(&mut self) {
        let surface = Arc::clone(&self.surface);
        match self.spec.kind.shape() {
            Some(shape) => {
                // H and Σ at the present iterate; the noise comes after the step.
                let (h, s) = (hessian(&*surface, &self.position), self.sample_covariance());
                let g = gradient(&*surface, &self.position);
                let dim = self.position.len();
                let z: Vec<f64> = (0..shape.numbers(dim)).map(|_| self.rng.sample(StandardNormal)).collect();
                let mut e = vec![0.0; dim];
                shape.draw(self.spec.noise, &h, &s, &z, &mut e);
                for ((w, g), e) in self.position.iter_mut().zip(&g).zip(&e) {
                    *w = *w - self.spec.lr * g + e;
                }
                self.evaluations += 1;
            }
            None => {
                let g = self.step_gradient();
                self.descend(&g);
            }
        }
        self.steps += 1;
        if self.spec.kind == DynamicsKind::Swa && self.steps > self.spec.average_from {
            let (mean, n) = self.average.take().unwrap_or_else(|| (vec![0.0; self.position.len()], 0));
            let mean = mean.iter().zip(&self.position).map(|(m, w)| m + (w - m) / (n + 1) as f64).collect();
            self.average = Some((mean, n + 1));
        }
    }

    /// The gradient that the next step goes by: of a batch where there are samples, at SAM's ascent point where it
    /// ascends; the same batch both times.
    fn step_gradient(&mut self) -> Vec<f64> {
        let batch = self.draw_batch();
        let g = self.mean_gradient(&batch, &self.position);
        self.evaluations += 1;
        // ρ = 0 must be SGD's step to the bit, and w + 0 is not always w (−0 + 0 = +0).
        if !self.spec.ascends(self.steps) || self.spec.rho == 0.0 {
            return g;
        }
        self.evaluations += 1;
        self.mean_gradient(&batch, &self.above(&g))
    }

    /// w + ε̂(g).
    fn above(&self, g: &[f64]) -> Vec<f64> {
        let mut e = vec![0.0; g.len()];
        ascent(g, self.spec.rho, self.spec.norm, &mut e);
        self.position.iter().zip(&e).map(|(w, e)| w + e).collect()
    }

    fn descend(&mut self, g: &[f64]) {
        let (lr, mu) = (self.spec.lr, self.spec.momentum);
        match self.spec.kind {
            DynamicsKind::Momentum | DynamicsKind::Nesterov => {
                let v: Vec<f64> = match &self.velocity {
                    Some(v) => v.iter().zip(g).map(|(v, g)| mu * v + g).collect(),
                    None => g.to_vec(),
                };
                let ahead = self.spec.kind == DynamicsKind::Nesterov;
                for ((w, v), g) in self.position.iter_mut().zip(&v).zip(g) {
                    *w -= lr * if ahead { g + mu * v } else { *v };
                }
                self.velocity = Some(v);
            }
            _ => self.position.iter_mut().zip(g).for_each(|(w, g)| *w -= lr * g),
        }
    }

    /// The samples of the next batch; none where the rule or the surface has no batches.
    fn draw_batch(&mut self) -> Vec<usize> {
        match self.surface.samples() {
            Some(samples) if self.spec.kind.draws_batches() => {
                let count = samples.count();
                (0..self.spec.batch).map(|_| self.rng.random_range(0..count)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The mean gradient over a batch, the full gradient for an empty one.
    fn mean_gradient(&self, batch: &[usize], w: &[f64]) -> Vec<f64> {
        let Some(samples) = self.surface.samples().filter(|_| !batch.is_empty()) else {
            return gradient(&*self.surface, w);
        };
        let (mut mean, mut one) = (vec![0.0; w.len()], vec![0.0; w.len()]);
        for &i in batch {
            samples.gradient_of(i, w, &mut one);
            mean.iter_mut().zip(&one).for_each(|(m, g)| *m += g);
        }
        mean.iter_mut().for_each(|m| *m /= batch.len() as f64);
        mean
    }

    fn sample_covariance(&self) -> Vec<f64> {
        let dim = self.position.len();
        let mut s = vec![0.0; dim * dim];
        // Only two of the noise shapes look at Σ, and it is the dearest of all.
        let wanted = self.spec.kind.draws_batches() || self.spec.kind.shape().is_some_and(|s| s.needs_samples());
        if let Some(samples) = self.surface.samples().filter(|_| wanted) {
            samples.covariance(&self.position, self.spec.covariance, &mut s);
        }
        s
    }

    /// The covariance of the noise in the next step as it enters the gradient (mini-batches: Σ/m, noise paper Eq. 5) or
    /// the position (noise rules), row-major. Zero for GD and for rules that draw nothing here.
    pub fn noise_covariance(&self) -> Vec<f64> {
        let dim = self.position.len();
        let s = self.sample_covariance();
        match self.spec.kind.shape() {
            Some(shape) => shape.covariance(self.spec.noise, &hessian(&*self.surface, &self.position), &s, dim),
            None => s.iter().map(|x| x / self.spec.batch as f64).collect(),
        }
    }

    /// Tr(HΣ) with the covariance of [`Walker::noise_covariance`]: the escape indicator of the noise paper, section 3.
    pub fn escape_indicator(&self) -> f64 {
        trace_product(&hessian(&*self.surface, &self.position), &self.noise_covariance())
    }

    /// Where the next step takes its gradient, if that is not w itself: SAM's ascent point for the batch it will draw.
    pub fn ascent_point(&self) -> Option<Vec<f64>> {
        if !self.spec.ascends(self.steps) {
            return None;
        }
        let batch = self.clone().draw_batch();
        Some(self.above(&self.mean_gradient(&batch, &self.position)))
    }

    /// w_t.
    pub fn position(&self) -> &[f64] {
        &self.position
    }

    /// What the rule would hand over now: the average of SWA once there is one, else w_t.
    pub fn solution(&self) -> &[f64] {
        self.average.as_ref().map_or(&self.position, |(mean, _)| mean)
    }

    /// v of momentum and nesterov, after the first step.
    pub fn velocity(&self) -> Option<&[f64]> {
        self.velocity.as_deref()
    }

    /// t, the number of steps made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Gradients evaluated so far; SAM's two passes count twice.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// L(w_t) of the whole surface.
    pub fn loss(&self) -> f64 {
        self.surface.value(&self.position)
    }

    /// ∇L(w_t) of the whole surface.
    pub fn gradient(&self) -> Vec<f64> {
        gradient(&*self.surface, &self.position)
    }

    /// ∇²L(w_t), row-major.
    pub fn hessian(&self) -> Vec<f64> {
        hessian(&*self.surface, &self.position)
    }

    /// Largest and mean curvature here: (λ_max, Tr H / D).
    pub fn curvature(&self) -> (f64, f64) {
        let (h, dim) = (self.hessian(), self.position.len());
        (super::matrix::eigen(&h, dim).values[0], trace(&h, dim) / dim as f64)
    }

    /// The rule.
    pub fn spec(&self) -> &DynamicsSpec {
        &self.spec
    }

    /// The surface.
    pub fn surface(&self) -> &Arc<dyn Surface> {
        &self.surface
    }
}

/// The random numbers of run `run` of a rule.
pub(crate) fn stream(spec: &DynamicsSpec, seed: u64, run: u64) -> ChaCha8Rng {
    random::stream(seed, &format!("toy {} {run}", spec.kind.stream()))
}

/// Refuses a point of the wrong dimension or with a coordinate that is not finite.
pub(crate) fn check_point(what: &'static str, surface: &dyn Surface, at: &[f64]) -> Result<(), ToyError> {
    if at.len() != surface.dim() {
        let (surface, dim) = (surface.about().name, surface.dim());
        return Err(ToyError::Point { what, surface, dim, given: at.len() });
    }
    match at.iter().find(|x| !x.is_finite()) {
        Some(value) => Err(ToyError::NotFinite { what, value: *value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
