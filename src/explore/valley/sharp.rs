//! How sharp a checkpoint is: Gaussian draws, and ascent in a ball.

use rand_distr::{Distribution as _, StandardNormal};

use super::SamGapSpec;
use crate::{
    explore::{ExploreError, Setting},
    net::State,
    objective::Subset,
    probe::vector::norm,
    random,
    valley::SamGap,
};

impl Setting {
    /// Mean training loss at θ + ε, with the running statistics of `at`.
    fn loss_beside(&self, at: &State, epsilon: impl Iterator<Item = f64>) -> Result<f64, ExploreError> {
        let theta = at.theta.iter().zip(epsilon).map(|(t, e)| (f64::from(*t) + e) as f32).collect();
        let beside = State { theta, buffers: at.buffers.clone() };
        Ok(self.objective.evaluate(&beside, Subset::Train, self.norm_mode)?.loss)
    }

    /// L(θ + ν) for draw number `draw` of ν ~ N(0, δ²I) over all parameters, biases and norm parameters among them.
    pub(super) fn noisy_loss(&self, at: &State, delta: f64, seed: u64, draw: u64) -> Result<f64, ExploreError> {
        let mut rng = random::stream(seed, &format!("sharpness {draw}"));
        let normal = std::iter::from_fn(|| {
            let z: f64 = StandardNormal.sample(&mut rng);
            Some(delta * z)
        });
        self.loss_beside(at, normal)
    }

    fn gradient(&self, at: &State) -> Result<Vec<f32>, ExploreError> {
        Ok(self.objective.full_gradient(at, self.norm_mode)?.values)
    }
}

/// SAM's gap on its way: its own step, then projected ascent.
///
/// ε_{k+1} = P(ε_k + ρ g(θ + ε_k)/‖g(θ + ε_k)‖) from ε_0 = 0, P the projection into the ball of radius ρ; each gradient is
/// that of the full training loss. The first step is SAM's own. The length of the others is our choice: at the rim the
/// half of ε is renewed, so the maximum of a quadratic is met within a percent in ten steps or so.
#[derive(Debug)]
pub(super) struct Climb {
    spec: SamGapSpec,
    gap: SamGap,
    epsilon: Vec<f64>,
    /// g/‖g‖ where ε is; `None` until it is taken.
    slope: Option<Vec<f32>>,
    gradient_norm: Option<f64>,
    step: u32,
    is_done: bool,
}

impl Climb {
    pub fn new(spec: SamGapSpec, gap: SamGap) -> Climb {
        Climb { spec, gap, epsilon: Vec::new(), slope: None, gradient_norm: None, step: 0, is_done: false }
    }

    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// What is known: the gap, and ‖∇L(θ)‖.
    pub fn found(&self) -> (SamGap, f64) {
        (self.gap.clone(), self.gradient_norm.unwrap_or(f64::NAN))
    }

    /// Gradients and losses that the rest takes.
    pub fn open(&self) -> [u64; 2] {
        let left = u64::from(self.spec.steps() - self.step);
        match self.gradient_norm {
            _ if self.is_done => [0, 0],
            None => [left.max(1), left + 1],
            // The first step has the gradient of SAM's own.
            Some(_) => [left - u64::from(self.step == 0), left],
        }
    }

    /// One step: SAM's own at first, then those of the ascent.
    pub fn advance(&mut self, setting: &Setting, at: &State) -> Result<(), ExploreError> {
        let rho = self.spec.rho();
        if self.gradient_norm.is_none() {
            let slope = setting.gradient(at)?;
            let length = norm(&slope);
            self.gradient_norm = Some(length);
            // Where the loss is level there is no way up.
            if length == 0.0 {
                self.is_done = true;
                return Ok(());
            }
            self.gap.record_one_step(setting.loss_beside(at, slope.iter().map(|g| rho * f64::from(*g) / length))?);
            self.epsilon = vec![0.0; slope.len()];
            self.slope = Some(slope);
        } else if self.step < self.spec.steps() {
            let slope = match self.slope.take() {
                Some(slope) => slope,
                None => {
                    let theta = at.theta.iter().zip(&self.epsilon).map(|(t, e)| (f64::from(*t) + e) as f32).collect();
                    setting.gradient(&State { theta, buffers: at.buffers.clone() })?
                }
            };
            self.climb(&slope);
            self.gap.record_ascent(setting.loss_beside(at, self.epsilon.iter().copied())?);
            self.step += 1;
        }
        self.is_done = self.step == self.spec.steps();
        Ok(())
    }

    /// Moves ε along the slope and back into the ball; on a summit it stays.
    fn climb(&mut self, slope: &[f32]) {
        let rho = self.spec.rho();
        let length = norm(slope);
        if length == 0.0 {
            return;
        }
        self.epsilon.iter_mut().zip(slope).for_each(|(e, g)| *e += rho * f64::from(*g) / length);
        let reached = self.epsilon.iter().map(|e| e * e).sum::<f64>().sqrt();
        if reached > rho {
            self.epsilon.iter_mut().for_each(|e| *e *= rho / reached);
        }
    }
}
