//! What is known in closed form of a rule on a quadratic well, to be drawn over samples.
//!
//! Along each axis of the well the walk is w ← (1 − ηλ) w + ε with Var ε = q: q is (noise) λ / Tr(H) for noise shaped like
//! H or Σ = H, (noise) / D for isotropic noise, η²λ/m for mini-batches of m. Means and variances follow exactly, whatever
//! the distribution of ε. The Ornstein-Uhlenbeck process of the noise paper's Eq. (12) is its limit for small η.

use crate::toy::{
    dynamics::{DynamicsKind, DynamicsSpec},
    surfaces::{Quadratic, SurfaceSpec},
    theory::{
        exit::discrete_exit_time,
        ou::{Process, stationary_variance},
    },
};

/// The law of one rule on one well.
#[derive(Clone, Debug)]
pub struct Law {
    lambda: Vec<f64>,
    /// Var ε along each axis.
    q: Vec<f64>,
    eta: f64,
    start: Vec<f64>,
}

impl Law {
    /// `None` where there is none: another surface, or a rule with a memory or an ascent.
    pub fn of(surface: &SurfaceSpec, spec: &DynamicsSpec, start: &[f64]) -> Option<Law> {
        let SurfaceSpec::Quadratic { dim, largest, condition } = *surface else { return None };
        let well = Quadratic::new(dim, largest, condition).ok()?;
        let lambda = well.eigenvalues().to_vec();
        let trace: f64 = lambda.iter().sum();
        let eta = spec.lr;
        let q = match spec.kind {
            DynamicsKind::Gd => vec![0.0; dim],
            DynamicsKind::Sgd => lambda.iter().map(|l| eta * eta * l / spec.batch as f64).collect(),
            DynamicsKind::Const => vec![spec.noise / dim as f64; dim],
            DynamicsKind::Hessian | DynamicsKind::Diag | DynamicsKind::Leading => {
                lambda.iter().map(|l| spec.noise * l / trace).collect()
            }
            DynamicsKind::Eigvec => {
                // Of equal eigenvalues the last axis counts as the first.
                let first = lambda.iter().rposition(|l| *l == lambda[0])?;
                (0..dim).map(|i| if i == first { spec.noise } else { 0.0 }).collect()
            }
            _ => return None,
        };
        Some(Law { lambda, q, eta, start: start.to_vec() })
    }

    fn keep(&self, i: usize) -> f64 {
        1.0 - self.eta * self.lambda[i]
    }

    /// E\[L(w_t)\], exactly.
    pub fn loss(&self, t: u32) -> f64 {
        let axis = |i: usize| {
            let power = self.keep(i).powi(2).powi(i32::try_from(t).unwrap_or(i32::MAX));
            let left = 1.0 - self.keep(i).powi(2);
            let spread = if left == 0.0 { self.q[i] * f64::from(t) } else { self.q[i] * (1.0 - power) / left };
            0.5 * self.lambda[i] * (self.start[i].powi(2) * power + spread)
        };
        (0..self.lambda.len()).map(axis).sum()
    }

    /// The process that the walk is near to at a small rate: Σ is Q/η. `None` where there is none.
    pub fn process(&self) -> Option<Process> {
        let dim = self.lambda.len();
        let diagonal = |values: &dyn Fn(usize) -> f64| {
            let mut matrix = vec![0.0; dim * dim];
            (0..dim).for_each(|i| matrix[i * dim + i] = values(i));
            matrix
        };
        let (h, sigma) = (diagonal(&|i| self.lambda[i]), diagonal(&|i| self.q[i] / self.eta));
        Process::new(&h, &sigma, dim).ok()
    }

    /// The same as [`Law::loss`] by Eq. (13) of the noise paper, with what is left of the start: time is ηt.
    pub fn escaping_efficiency(&self, process: &Process, t: f64) -> f64 {
        let time = self.eta * t;
        let rest = |i: usize| 0.5 * self.lambda[i] * self.start[i].powi(2) * (-2.0 * self.lambda[i] * time).exp();
        process.closed(time) + (0..self.lambda.len()).map(rest).sum::<f64>()
    }

    /// The variance of the walk along each axis, when the start is forgotten.
    pub fn spread(&self) -> Vec<f64> {
        self.lambda.iter().zip(&self.q).map(|(l, q)| stationary_variance(*l, self.eta, *q)).collect()
    }

    /// The mean of w_t along each axis.
    pub fn mean(&self, t: u32) -> Vec<f64> {
        let power = i32::try_from(t).unwrap_or(i32::MAX);
        (0..self.lambda.len()).map(|i| self.start[i] * self.keep(i).powi(power)).collect()
    }

    /// In one dimension and from the minimum: the mean number of steps to get `radius` away (SAM thesis, Theorem 2.2.5,
    /// for the update as written). `None` without noise.
    pub fn mean_exit(&self, radius: f64) -> Option<f64> {
        let ([lambda], [q], [start]) = (&self.lambda[..], &self.q[..], &self.start[..]) else { return None };
        let is_asked = *q > 0.0 && start.abs() < 1e-12 && self.eta * lambda < 1.0;
        // A step's noise ηλ·η/B has the variance q for this B.
        let batch = self.eta * self.eta * lambda / q;
        let steps = discrete_exit_time(*lambda, 0.5 * lambda * radius * radius, self.eta, batch) / self.eta;
        (is_asked && steps.is_finite()).then_some(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::lab::setup::Setup,
        toy::ensemble::{Ensemble, EnsembleSpec, Region},
    };

    fn ends(spec: &EnsembleSpec) -> Vec<Vec<Vec<f64>>> {
        let mut ensemble = Ensemble::new(spec.clone()).unwrap();
        ensemble.finish(&false.into()).unwrap();
        ensemble.results().iter().map(|r| r.ends().map(<[f64]>::to_vec).collect()).collect()
    }

    #[test]
    fn means_and_spreads_are_those_of_simulated_walks() {
        use DynamicsKind::{Const, Diag, Eigvec, Gd, Hessian, Leading, Sgd};
        let surface = SurfaceSpec::Quadratic { dim: 2, largest: 2.0, condition: 8.0 };
        let mut setup =
            Setup { start: None, kinds: vec![Gd, Sgd, Const, Diag, Leading, Hessian, Eigvec], ..Setup::of(surface) };
        setup.constants.batch = 3;
        for steps in [1, 40] {
            let spec = EnsembleSpec { steps, runs: 8000, ..setup.ensemble() };
            for (dynamics, ends) in spec.dynamics.iter().zip(ends(&spec)) {
                let law = Law::of(&spec.surface, dynamics, &[1.0, 1.0]).unwrap();
                let n = ends.len() as f64;
                let loss = |w: &[f64]| 0.5 * (2.0 * w[0] * w[0] + 0.25 * w[1] * w[1]);
                let mean = ends.iter().map(|w| loss(w)).sum::<f64>() / n;
                let variance = ends.iter().map(|w| (loss(w) - mean).powi(2)).sum::<f64>() / n;
                let off = (mean - law.loss(steps)).abs();
                assert!(off <= 4.0 * (variance / n).sqrt() + 1e-12, "{} t {steps}: {off}", dynamics.kind);
                for (i, expected) in law.mean(steps).iter().enumerate() {
                    let mean = ends.iter().map(|w| w[i]).sum::<f64>() / n;
                    let variance = ends.iter().map(|w| (w[i] - mean).powi(2)).sum::<f64>() / n;
                    assert!((mean - expected).abs() <= 4.0 * (variance / n).sqrt() + 1e-12, "{}", dynamics.kind);
                }
            }
        }
        assert!(Law::of(&SurfaceSpec::Sextic {}, &setup.dynamics()[0], &[0.0]).is_none());
    }

    #[test]
    fn the_spread_is_the_limit_and_the_process_the_limit_of_small_rates() {
        let surface = SurfaceSpec::Quadratic { dim: 1, largest: 2.0, condition: 1.0 };
        let spec = DynamicsSpec { lr: 1e-4, noise: 1e-6, ..DynamicsSpec::of(DynamicsKind::Const) };
        let law = Law::of(&surface, &spec, &[0.7]).unwrap();
        let process = law.process().unwrap();
        for t in [1u32, 1000, 20_000] {
            let (walk, process) = (law.loss(t), law.escaping_efficiency(&process, f64::from(t)));
            assert!((walk / process - 1.0).abs() < 1e-3, "{walk} {process}");
        }
        let wide = Law::of(&surface, &DynamicsSpec { lr: 0.3, noise: 0.1, ..spec }, &[0.7]).unwrap();
        assert!((wide.loss(10_000) - wide.spread()[0]).abs() < 1e-12, "λ/2 is 1");
    }

    #[test]
    fn walks_leave_after_the_time_that_is_known() {
        let surface = SurfaceSpec::Quadratic { dim: 1, largest: 1.0, condition: 1.0 };
        let dynamics = DynamicsSpec { lr: 0.05, noise: 0.004, ..DynamicsSpec::of(DynamicsKind::Const) };
        let law = Law::of(&surface, &dynamics, &[0.0]).unwrap();
        let expected = law.mean_exit(0.3).unwrap();
        let region = Some(Region::Far { centre: vec![0.0], radius: 0.3 });
        let (dynamics, start) = (vec![dynamics], Some(vec![0.0]));
        let spec = EnsembleSpec { surface, dynamics, runs: 2000, steps: 4000, seed: 3, start, region };
        let mut ensemble = Ensemble::new(spec).unwrap();
        ensemble.finish(&false.into()).unwrap();
        let times: Vec<f64> = ensemble.results()[0].first_passages().map(f64::from).collect();
        assert_eq!(times.len(), 2000);
        let mean = times.iter().sum::<f64>() / 2000.0;
        assert!((mean / expected - 1.0).abs() < 0.1, "{mean} {expected}");
    }
}
