//! How long SGD and SAM stay in a quadratic well: Theorem 2.2.5 of the SAM thesis.
//!
//! w ← w − η ∇L(w) + √(η/B) ω, ω ~ N(0, ηH) (Eq. 2.4 with Assumption 2.2.3), that is w ← w − η g with the batch gradient
//! g = Hw − ξ, ξ ~ N(0, H/B). SAM takes the same batch's gradient at w + ρ g/‖g‖. The domain is D = {L < ΔL}, the exit time
//! ν = η · (first t with w_t outside D), from w_0 = w*.
//!
//! The theorem's exponent is lim (η/B) ln E\[ν\] = 2ΔL/√λ_max (in one dimension, κ = 1). For the update as written the
//! quasi-potential gives 2ΔL/λ_max: in one dimension the noise intensity is ηλ/B, and E\[ν\] is known in closed form
//! ([`mean_exit_time`]). The two agree at λ = 1; both are computed, and what is measured follows the second.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use super::card::{Bound, Card, Check, Theorem};
use crate::{
    random,
    toy::{
        error::{ToyError, not_negative, positive},
        surfaces::Quadratic,
    },
};

const THEOREM: Theorem = Theorem {
    name: "Theorem 2.2.5",
    statement: "The mean time that SGD stays in a well grows like e^(B/η · exponent), where the exponent grows with the depth ΔL and falls with the sharpness λ_max; SAM, whose loss is sharper and shallower, leaves sooner.",
    source: "SAM thesis, section 2.2, Eq. (2.5), with Theorem 3.2.1",
};

/// A well, its depth and a way to walk in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExitSpec {
    /// λ_i of H.
    pub eigenvalues: Vec<f64>,
    /// ΔL, the height of ∂D above the minimum.
    pub depth: f64,
    /// η.
    pub eta: f64,
    /// B; a real number, since only η/B enters the noise.
    pub batch: f64,
    /// SAM's ρ; 0 is SGD.
    pub rho: f64,
    /// Independent runs.
    pub runs: u64,
    pub seed: u64,
    /// A run that has not left after so many steps is given up and counted.
    pub most_steps: u64,
}

/// Exit times of many runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExitTimes {
    /// E\[ν\] in units of η · steps; a lower bound if some runs were given up.
    pub mean: f64,
    /// Standard error of the mean.
    pub error: f64,
    /// Runs that were given up.
    pub stayed: u64,
}

impl ExitTimes {
    /// The escape efficiency, 1 / E\[ν\] (Definition 2.2.1).
    pub fn efficiency(self) -> f64 {
        1.0 / self.mean
    }
}

/// The step at which a run left, `None` if it was given up.
struct Left(Option<u64>);

/// Steps between two questions whether to go on.
const LOOK_EVERY: u64 = 4096;

impl ExitSpec {
    /// # Errors
    ///
    /// [`ToyError::Parameter`] or [`ToyError::Count`] for what no walk can be made with.
    pub fn check(&self) -> Result<(), ToyError> {
        Quadratic::with(&self.eigenvalues)?;
        positive("depth ΔL", self.depth, "a positive, finite height, such as 0.1")?;
        positive("learning rate", self.eta, "a positive, finite number, such as 0.1")?;
        positive("batch size", self.batch, "a positive, finite number, such as 1")?;
        not_negative("ρ", self.rho, "0 or a positive, finite number, such as 0.05")?;
        for (name, value) in [("runs", self.runs), ("steps", self.most_steps)] {
            if value == 0 {
                return Err(ToyError::Count { name, value, remedy: "1 or more" });
            }
        }
        Ok(())
    }

    /// λ_max.
    pub fn sharpness(&self) -> f64 {
        self.eigenvalues.iter().copied().fold(0.0, f64::max)
    }

    /// The theorem's exponent, 2 ΔL / √λ_max.
    pub fn thesis_exponent(&self) -> f64 {
        2.0 * self.depth / self.sharpness().sqrt()
    }

    /// The quasi-potential's exponent for the update as written, 2 ΔL / λ_max.
    pub fn exponent(&self) -> f64 {
        2.0 * self.depth / self.sharpness()
    }

    /// Runs the walks. Run k is the same whatever the threads; SGD and SAM see the same noise.
    ///
    /// # Errors
    ///
    /// As [`ExitSpec::check`].
    pub fn simulate(&self) -> Result<ExitTimes, ToyError> {
        // Without an end it is always `Some`.
        Ok(self.simulate_while(&|| true)?.unwrap_or(ExitTimes { mean: f64::NAN, error: f64::NAN, stayed: self.runs }))
    }

    /// The same while `go_on` says so; it is asked before every run and every 4096 steps. `None` when it said no.
    ///
    /// # Errors
    ///
    /// As [`ExitSpec::check`].
    pub fn simulate_while(&self, go_on: &(dyn Fn() -> bool + Sync)) -> Result<Option<ExitTimes>, ToyError> {
        self.check()?;
        let run = |run| if go_on() { self.run(run, go_on) } else { None };
        let Some(steps) = (0..self.runs).into_par_iter().map(run).collect::<Option<Vec<Left>>>() else {
            return Ok(None);
        };
        let times: Vec<f64> = steps.iter().map(|t| self.eta * t.0.unwrap_or(self.most_steps) as f64).collect();
        let n = self.runs as f64;
        let mean = times.iter().sum::<f64>() / n;
        let variance = times.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let stayed = steps.iter().filter(|t| t.0.is_none()).count() as u64;
        Ok(Some(ExitTimes { mean, error: (variance / n).sqrt(), stayed }))
    }

    /// When run `run` leaves; `None` if it was not to go on.
    fn run(&self, run: u64, go_on: &dyn Fn() -> bool) -> Option<Left> {
        let mut rng = random::stream(self.seed, &format!("toy exit {run}"));
        match self.eigenvalues[..] {
            // One dimension is where all the runs are; it needs no memory.
            [lambda] => self.leave([0.0], [lambda], &mut rng, go_on),
            [a, b] => self.leave([0.0; 2], [a, b], &mut rng, go_on),
            _ => self.leave(vec![0.0; self.eigenvalues.len()], &self.eigenvalues[..], &mut rng, go_on),
        }
    }

    fn leave(
        &self,
        mut w: impl AsMut<[f64]>,
        lambda: impl AsRef<[f64]>,
        rng: &mut ChaCha8Rng,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Left> {
        let (w, lambda) = (w.as_mut(), lambda.as_ref());
        let noise: Vec<f64> = lambda.iter().map(|l| (l / self.batch).sqrt()).collect();
        let mut g = vec![0.0; w.len()];
        for t in 1..=self.most_steps {
            if t.is_multiple_of(LOOK_EVERY) && !go_on() {
                return None;
            }
            let mut square = 0.0;
            for i in 0..w.len() {
                let z: f64 = rng.sample(StandardNormal);
                g[i] = lambda[i] * w[i] - noise[i] * z;
                square += g[i] * g[i];
            }
            // g at w + ρ g/‖g‖ is g + ρ H g/‖g‖: the noise does not depend on w.
            let push = if self.rho == 0.0 || square == 0.0 { 0.0 } else { self.rho / square.sqrt() };
            let mut height = 0.0;
            for i in 0..w.len() {
                w[i] -= self.eta * (g[i] + push * lambda[i] * g[i]);
                height += 0.5 * lambda[i] * w[i] * w[i];
            }
            if height >= self.depth || height.is_nan() {
                return Some(Left(Some(t)));
            }
        }
        Some(Left(None))
    }
}

/// E\[ν\] of the continuous process dw = −λw dt + √(ηλ/B) dW from the middle of a one-dimensional well of depth ΔL:
/// (1/λ) Σ_{n≥0} 2ⁿ R^{2n+2} / ((2n+1)!! (n+1)), R² = 2ΔL B / (ηλ). It grows like e^{R²}: the exponent of
/// [`ExitSpec::exponent`].
pub fn mean_exit_time(lambda: f64, depth: f64, eta: f64, batch: f64) -> f64 {
    let square = 2.0 * depth * batch / (eta * lambda);
    let (mut term, mut sum) = (square, 0.0);
    for n in 0..10_000 {
        let n = f64::from(n);
        let add = term / (n + 1.0);
        sum += add;
        if add < 1e-17 * sum || !sum.is_finite() {
            break;
        }
        term *= 2.0 * square / (2.0 * n + 3.0);
    }
    sum / lambda
}

/// The same for the discrete walk, which leaves later: a step lands beyond the rim, by 0.5826 of its noise on average
/// (Siegmund's correction), and the walk's spread and memory are those of w ← (1 − ηλ) w + ε. Within about 5 % for
/// ηλ ≤ 0.05; a correction of first order, too large beyond (by a tenth at 0.2).
pub fn discrete_exit_time(lambda: f64, depth: f64, eta: f64, batch: f64) -> f64 {
    // −ζ(½)/√(2π)
    const OVERSHOOT: f64 = 0.582_597_157_939_010_6;
    let x = eta * lambda;
    let radius = (2.0 * depth * batch / x * (1.0 - 0.5 * x)).sqrt() + OVERSHOOT * x.sqrt();
    let memory = -(-x).ln_1p() / x;
    mean_exit_time(lambda, 0.5 * x * radius * radius / batch, eta, batch) / memory
}

/// The least-squares line through points, and how much of the variance it explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub slope: f64,
    pub intercept: f64,
    /// R².
    pub r_squared: f64,
}

/// Fits y = slope · x + intercept; NaN for fewer than two different x.
pub fn fit(points: &[[f64; 2]]) -> Line {
    let n = points.len() as f64;
    let mean = [0, 1].map(|d| points.iter().map(|p| p[d]).sum::<f64>() / n);
    let moment = |a: usize, b: usize| points.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b])).sum::<f64>();
    let (xx, xy, yy) = (moment(0, 0), moment(0, 1), moment(1, 1));
    let slope = xy / xx;
    Line { slope, intercept: mean[1] - slope * mean[0], r_squared: xy * xy / (xx * yy) }
}

/// Measures the three things the theorem is used for, around `base`: ln E\[ν\] against B/η for the `ratios`, E\[ν\] against
/// sharpness (half, once and twice λ at the same depth and B/η), and SAM against SGD at the `radii`.
///
/// # Errors
///
/// As [`ExitSpec::check`]; [`ToyError::Count`] for fewer than three ratios.
pub fn card(base: &ExitSpec, ratios: &[f64], radii: &[f64]) -> Result<Card, ToyError> {
    if ratios.len() < 3 {
        return Err(ToyError::Count { name: "ratios B/η", value: ratios.len() as u64, remedy: "3 or more" });
    }
    let sgd = ExitSpec { rho: 0.0, ..base.clone() };
    let mut points = Vec::new();
    for ratio in ratios {
        let times = ExitSpec { batch: ratio * base.eta, ..sgd.clone() }.simulate()?;
        points.push([*ratio, times.mean.ln()]);
    }
    let line = fit(&points);
    let mut checks = vec![
        Check::new("R² of ln E[ν] against B/η", line.r_squared, Bound::AtLeast(0.95)),
        Check::new("its slope", line.slope, Bound::Above(0.0)),
    ];
    let mut last = None;
    for factor in [0.5, 1.0, 2.0] {
        let eigenvalues = base.eigenvalues.iter().map(|l| factor * l).collect();
        let mean = ExitSpec { eigenvalues, ..sgd.clone() }.simulate()?.mean;
        if let Some(last) = last {
            checks.push(Check::new(format!("E[ν] at {factor} × the sharpness"), mean, Bound::Below(last)));
        }
        last = Some(mean);
    }
    let still = sgd.simulate()?.mean;
    for &rho in radii {
        let mean = ExitSpec { rho, ..base.clone() }.simulate()?.mean;
        checks.push(Check::new(format!("E[ν] of SAM, ρ = {rho}, against SGD"), mean, Bound::Below(still)));
    }
    let inputs = vec![
        ("λ_max", base.sharpness()),
        ("ΔL", base.depth),
        ("η", base.eta),
        ("2ΔL/√λ_max", base.thesis_exponent()),
        ("2ΔL/λ_max", base.exponent()),
    ];
    Ok(Card { theorem: THEOREM, inputs, checks })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> ExitSpec {
        ExitSpec {
            eigenvalues: vec![0.5],
            depth: 0.1,
            eta: 0.1,
            batch: 1.0,
            rho: 0.0,
            runs: 1000,
            seed: 1,
            most_steps: 10_000_000,
        }
    }

    #[test]
    fn the_closed_mean_is_its_double_integral() {
        // E[ν] = (2/s²) ∫₀^r e^{λx²/s²} ∫₀^x e^{−λy²/s²} dy dx, s² = ηλ/B, r² = 2ΔL/λ, by the midpoint rule.
        let (lambda, depth, eta, batch) = (0.5, 0.2, 0.1, 1.0);
        let (s, r, n) = (eta * lambda / batch, f64::sqrt(2.0 * depth / lambda), 40_000);
        let h = r / f64::from(n);
        let (mut inner, mut outer) = (0.0, 0.0);
        for k in 0..n {
            let x = (f64::from(k) + 0.5) * h;
            let density = (-lambda * x * x / s).exp();
            outer += (inner + 0.5 * density * h) / density * h;
            inner += density * h;
        }
        let closed = mean_exit_time(lambda, depth, eta, batch);
        assert!((closed / (2.0 / s * outer) - 1.0).abs() < 1e-6, "{closed} {}", 2.0 / s * outer);
        // Its exponent is 2ΔL/λ: the slope of ln E[ν] in B/η where the well is deep.
        let at = |ratio: f64| mean_exit_time(lambda, depth, 1.0 / ratio, 1.0).ln();
        assert!(((at(260.0) - at(250.0)) / 10.0 - 2.0 * depth / lambda).abs() < 0.005);
    }

    #[test]
    fn simulated_exits_follow_the_corrected_closed_form() {
        for (lambda, eta, batch) in [(0.25, 0.1, 0.5), (1.0, 0.05, 0.2), (0.5, 0.02, 0.06)] {
            let spec = ExitSpec { eigenvalues: vec![lambda], depth: 0.5 * lambda, eta, batch, ..base() };
            let (times, exact) = (spec.simulate().unwrap(), discrete_exit_time(lambda, spec.depth, eta, batch));
            assert!((times.mean - exact).abs() < 3.0 * times.error + 0.02 * exact, "{lambda} {times:?} {exact}");
            // The continuous form is too small by far more than that.
            assert!(mean_exit_time(lambda, spec.depth, eta, batch) < times.mean - 4.0 * times.error);
            assert_eq!(times.stayed, 0);
        }
    }

    #[test]
    fn the_theorems_three_uses_hold() {
        let card = card(&base(), &[8.0, 10.0, 12.0, 14.0], &[0.05, 0.2, 0.5]).unwrap();
        assert!(card.holds() && card.checks.len() == 7, "{card:#?}");
    }

    #[test]
    fn dimensions_agree_and_runs_do_not_depend_on_threads() {
        let one = base().simulate().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| base().simulate().unwrap()), one);
        // A second axis that is nearly flat hardly moves, and the first decides.
        let two = ExitSpec { eigenvalues: vec![0.5, 1e-12], seed: 2, ..base() }.simulate().unwrap();
        assert!((two.mean - one.mean).abs() < 5.0 * (one.error + two.error), "{one:?} {two:?}");
    }

    #[test]
    fn a_simulation_that_may_not_go_on_has_no_times() {
        use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
        assert_eq!(base().simulate_while(&|| false), Ok(None));
        // Allowed to begin, and stopped inside a run that would never end.
        let asked = AtomicU32::new(0);
        let go_on = || asked.fetch_add(1, Relaxed) < 1;
        let endless = ExitSpec { depth: 1e6, most_steps: u64::MAX, runs: 1, ..base() };
        assert_eq!(endless.simulate_while(&go_on), Ok(None));
        assert_eq!(asked.load(Relaxed), 2);
    }

    #[test]
    fn runs_that_stay_are_counted_and_bad_wells_refused() {
        let stuck = ExitSpec { depth: 1e6, most_steps: 10, runs: 5, ..base() }.simulate().unwrap();
        assert!(stuck.stayed == 5 && (stuck.mean - 1.0).abs() < 1e-12);
        for bad in [ExitSpec { eta: 0.0, ..base() }, ExitSpec { runs: 0, ..base() }, ExitSpec { rho: -1.0, ..base() }] {
            assert!(bad.simulate().is_err());
        }
        let line = fit(&[[1.0, 3.0], [2.0, 5.0], [3.0, 7.0]]);
        assert!((line.slope - 2.0).abs() < 1e-15 && (line.intercept - 1.0).abs() < 1e-14 && line.r_squared == 1.0);
    }
}
