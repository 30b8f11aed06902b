//! The Ornstein-Uhlenbeck process of the noise paper, Eq. (12), and its escaping efficiency, Eq. (13).
//!
//! dθ = −Hθ dt + Σ^{1/2} dW from θ = 0: E\[L(θ_t) − L(θ_0)\] = ¼ Tr((I − e^{−2Ht}) Σ) ≈ t/2 · Tr(HΣ).

use rand::Rng as _;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use super::card::{Bound, Card, Check, Theorem};
use crate::{
    random,
    toy::{
        error::{ToyError, positive},
        matrix::{Eigen, apply, eigen, square_root, trace_product},
    },
};

const THEOREM: Theorem = Theorem {
    name: "Escaping efficiency, Eq. (13)",
    statement: "Near a minimum E[L(θ_t) − L(θ_0)] = ¼ Tr((I − e^(−2Ht)) Σ), which starts with slope ½ Tr(HΣ).",
    source: "noise paper, section 3.1, Eq. (12) and (13); appendix A.2",
};

/// Two-sided 99 % of the normal distribution.
const Z99: f64 = 2.575_829_303_548_901;

/// The process around a minimum: H positive definite, Σ positive semi-definite, η absorbed into Σ as in Eq. (9).
#[derive(Clone, Debug)]
pub struct Process {
    dim: usize,
    /// Eigenvalues of H and their vectors.
    lambda: Vec<f64>,
    vectors: Vec<Vec<f64>>,
    /// Σ in H's eigenbasis, row-major.
    sigma: Vec<f64>,
    indicator: f64,
}

/// The process at one time, closed and simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub t: f64,
    /// Eq. (13), left of ≈.
    pub closed: f64,
    /// Its tangent at 0, t/2 · Tr(HΣ).
    pub tangent: f64,
    /// The mean of L over the simulated paths.
    pub mean: f64,
    /// Half the width of its 99 % interval.
    pub half_width: f64,
}

impl Process {
    /// From H and Σ, symmetric row-major `[dim × dim]`.
    ///
    /// # Errors
    ///
    /// [`ToyError::Parameter`] if an eigenvalue of H is not positive or one of Σ is negative;
    /// [`ToyError::Assumption`] if the sizes differ.
    pub fn new(h: &[f64], sigma: &[f64], dim: usize) -> Result<Process, ToyError> {
        if dim == 0 || h.len() != dim * dim || sigma.len() != dim * dim {
            let reason = format!("H has {} numbers and Σ {}, not {dim} × {dim}", h.len(), sigma.len());
            return Err(ToyError::Assumption { theorem: "Eq. (13)", reason });
        }
        let Eigen { values, vectors } = eigen(h, dim);
        for value in &values {
            positive("eigenvalue of H", *value, "a positive definite H")?;
        }
        let least = eigen(sigma, dim).values[dim - 1];
        if least.is_nan() || least < -1e-12 * trace_product(sigma, sigma).sqrt() {
            let remedy = "a positive semi-definite Σ";
            return Err(ToyError::Parameter { name: "least eigenvalue of Σ", value: least, remedy });
        }
        let mut turned = vec![0.0; dim * dim];
        let mut column = vec![0.0; dim];
        for (j, v) in vectors.iter().enumerate() {
            apply(sigma, v, &mut column);
            for (i, u) in vectors.iter().enumerate() {
                turned[i * dim + j] = crate::toy::matrix::dot(u, &column);
            }
        }
        Ok(Process { dim, lambda: values, vectors, sigma: turned, indicator: trace_product(h, sigma) })
    }

    /// ¼ Tr((I − e^{−2Ht}) Σ).
    pub fn closed(&self, t: f64) -> f64 {
        (0..self.dim).map(|i| -0.25 * (-2.0 * self.lambda[i] * t).exp_m1() * self.sigma[i * self.dim + i]).sum()
    }

    /// ½ Tr(HΣ), the slope at t = 0.
    pub fn slope(&self) -> f64 {
        0.5 * self.indicator
    }

    /// ¼ Tr(Σ), the limit for large t.
    pub fn limit(&self) -> f64 {
        0.25 * (0..self.dim).map(|i| self.sigma[i * self.dim + i]).sum::<f64>()
    }

    /// The covariance of θ_t around its mean, row-major `[dim × dim]`; for t = ∞ the stationary spread, the solution S of
    /// HS + SH = Σ.
    pub fn spread(&self, t: f64) -> Vec<f64> {
        let (d, turned) = (self.dim, self.turned_spread(t));
        let entry = |i: usize, j: usize| {
            (0..d * d).map(|k| self.vectors[k / d][i] * turned[k] * self.vectors[k % d][j]).sum::<f64>()
        };
        (0..d * d).map(|k| entry(k / d, k % d)).collect()
    }

    /// The same in H's eigenbasis: Σ_ij (1 − e^{−(λ_i+λ_j)t}) / (λ_i + λ_j).
    fn turned_spread(&self, t: f64) -> Vec<f64> {
        let d = self.dim;
        (0..d * d)
            .map(|k| {
                let rate = self.lambda[k / d] + self.lambda[k % d];
                -(-rate * t).exp_m1() / rate * self.sigma[k]
            })
            .collect()
    }

    /// Simulates `paths` paths with exact transitions (no step size) at evenly spaced times up to `end`.
    ///
    /// # Errors
    ///
    /// [`ToyError::Parameter`] unless `end` > 0, [`ToyError::Count`] without paths or times.
    pub fn simulate(&self, end: f64, times: usize, paths: usize, seed: u64) -> Result<Vec<Point>, ToyError> {
        positive("end of the simulation", end, "a positive, finite time, such as 2/λ_max")?;
        for (name, value) in [("times", times), ("paths", paths)] {
            if value < 2 {
                return Err(ToyError::Count { name, value: value as u64, remedy: "2 or more" });
            }
        }
        let step = end / times as f64;
        let root = square_root(&self.turned_spread(step), self.dim);
        let decay: Vec<f64> = self.lambda.iter().map(|l| (-l * step).exp()).collect();
        let losses: Vec<Vec<f64>> =
            (0..paths as u64).into_par_iter().map(|path| self.path(&decay, &root, times, seed, path)).collect();
        let n = paths as f64;
        let points = (0..times).map(|k| {
            let mean = losses.iter().map(|l| l[k]).sum::<f64>() / n;
            let variance = losses.iter().map(|l| (l[k] - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let t = step * (k + 1) as f64;
            let half_width = Z99 * (variance / n).sqrt();
            Point { t, closed: self.closed(t), tangent: self.slope() * t, mean, half_width }
        });
        Ok(points.collect())
    }

    /// L along one path at every time.
    fn path(&self, decay: &[f64], root: &[f64], times: usize, seed: u64, path: u64) -> Vec<f64> {
        let mut rng = random::stream(seed, &format!("toy ou {path}"));
        let (mut theta, mut kick, mut z) = (vec![0.0; self.dim], vec![0.0; self.dim], vec![0.0; self.dim]);
        (0..times)
            .map(|_| {
                z.fill_with(|| rng.sample(StandardNormal));
                apply(root, &z, &mut kick);
                for ((x, d), k) in theta.iter_mut().zip(decay).zip(&kick) {
                    *x = d * *x + k;
                }
                0.5 * theta.iter().zip(&self.lambda).map(|(x, l)| l * x * x).sum::<f64>()
            })
            .collect()
    }

    /// The simulated points against the closed form: each mean within its own 99 % interval.
    ///
    /// # Errors
    ///
    /// As [`Process::simulate`].
    pub fn card(&self, end: f64, times: usize, paths: usize, seed: u64) -> Result<Card, ToyError> {
        let points = self.simulate(end, times, paths, seed)?;
        let check = |p: &Point| {
            let bound = Bound::Equals { value: p.closed, tolerance: p.half_width };
            Check::new(format!("E[L(θ_t) − L(θ_0)] at t = {:.3}", p.t), p.mean, bound)
        };
        let inputs = vec![("Tr(HΣ)", self.indicator), ("Tr(Σ)", 4.0 * self.limit()), ("paths", paths as f64)];
        Ok(Card { theorem: THEOREM, inputs, checks: points.iter().map(check).collect() })
    }
}

/// The stationary spread of the discrete walk w ← w − ηHw + ε, ε ~ N(0, Q), along one eigenvector of H: q / (1 − (1 − ηλ)²).
/// Infinite where the walk diverges.
pub fn stationary_variance(lambda: f64, eta: f64, q: f64) -> f64 {
    let keep = 1.0 - eta * lambda;
    if keep.abs() < 1.0 { q / (1.0 - keep * keep) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::{
        dynamics::{DynamicsKind, DynamicsSpec},
        ensemble::{Ensemble, EnsembleSpec},
        surfaces::SurfaceSpec,
    };

    /// H and Σ that do not commute.
    fn process() -> Process {
        Process::new(&[3.0, 1.0, 1.0, 2.0], &[0.5, -0.2, -0.2, 0.9], 2).unwrap()
    }

    #[test]
    fn the_closed_form_has_its_slope_and_its_limit() {
        let p = process();
        // Tr(HΣ) = 1.5 − 0.2 − 0.2 + 1.8.
        assert!((p.slope() - 1.45).abs() < 1e-14 && (p.limit() - 0.35).abs() < 1e-14);
        assert!((p.closed(1e-7) / 1e-7 - p.slope()).abs() < 1e-5);
        assert!((p.closed(100.0) - p.limit()).abs() < 1e-14 && p.closed(0.0) == 0.0);
        // Along the axes by hand: ¼ Σ s (1 − e^{−2λt}).
        let axes = Process::new(&[2.0, 0.0, 0.0, 0.5], &[1.0, 0.0, 0.0, 3.0], 2).unwrap();
        let exact = 0.25 * ((1.0 - (-4.0f64).exp()) + 3.0 * (1.0 - (-1.0f64).exp()));
        assert!((axes.closed(1.0) - exact).abs() < 1e-15);
    }

    #[test]
    fn the_stationary_spread_solves_lyapunovs_equation() {
        let s = process().spread(f64::INFINITY);
        // H = (3 1; 1 2), Σ = (0.5 −0.2; −0.2 0.9): the entries of HS + SH by hand.
        let left = [6.0 * s[0] + 2.0 * s[1], 5.0 * s[1] + s[0] + s[3], 4.0 * s[3] + 2.0 * s[1]];
        for (a, b) in left.iter().zip([0.5, -0.2, 0.9]) {
            assert!((a - b).abs() < 1e-14, "{s:?}");
        }
    }

    #[test]
    fn paths_stay_in_their_interval_and_a_wrong_form_does_not() {
        // 99 % of 200 points; those of one seed are correlated.
        let cards = (0..20).map(|seed| process().card(1.5, 10, 4000, seed).unwrap());
        let outside: Vec<usize> = cards.map(|c| c.checks.iter().filter(|c| !c.holds()).count()).collect();
        assert!(outside.iter().sum::<usize>() <= 10, "{outside:?}");
        let far = process().simulate(1.5, 10, 20_000, 1).unwrap();
        assert!(far.iter().filter(|p| (p.mean - p.tangent).abs() > p.half_width).count() >= 8);
        assert!(far.iter().all(|p| p.half_width < 0.02 * p.closed + 0.005));
    }

    #[test]
    fn the_discrete_spread_is_that_of_an_ensemble() {
        let constant = DynamicsSpec { lr: 0.3, noise: 0.02, ..DynamicsSpec::of(DynamicsKind::Const) };
        let surface = SurfaceSpec::Quadratic { dim: 2, largest: 1.0, condition: 4.0 };
        let spec = EnsembleSpec { surface, dynamics: vec![constant], runs: 4000, steps: 60, ..EnsembleSpec::default() };
        let mut ensemble = Ensemble::new(spec).unwrap();
        ensemble.finish(&false.into()).unwrap();
        for (axis, lambda) in [(0, 1.0), (1, 0.25)] {
            let spread = ensemble.results()[0].ends().map(|w| w[axis] * w[axis]).sum::<f64>() / 4000.0;
            let exact = stationary_variance(lambda, 0.3, 0.01);
            assert!((spread / exact - 1.0).abs() < 0.09, "{spread} {exact}");
        }
        assert!(stationary_variance(1.0, 2.5, 0.1).is_infinite());
    }

    #[test]
    fn bad_matrices_are_errors() {
        assert!(Process::new(&[1.0, 2.0, 2.0, 1.0], &[1.0, 0.0, 0.0, 1.0], 2).is_err());
        assert!(Process::new(&[1.0, 0.0, 0.0, 1.0], &[1.0, 2.0, 2.0, 1.0], 2).is_err());
        assert!(Process::new(&[1.0], &[1.0], 2).is_err());
        assert!(process().simulate(-1.0, 10, 10, 0).is_err() && process().simulate(1.0, 10, 0, 0).is_err());
    }
}
