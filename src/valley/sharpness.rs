//! How sharp a minimum is: under Gaussian noise, and in the worst place of a ball.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::probe::{
    json::{finite_or_name, finite_or_name_option},
    statistics::{Interval, Moments},
};

/// Which expected sharpness is measured: (1/M) Σ L(θ + ν_j) − L(θ) with ν_j ~ N(0, δ²I) ("The Anisotropic Noise in
/// Stochastic Gradient Descent", Zhu et al. 2019, Eq. 88).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharpnessSpec {
    /// δ, the standard deviation of every number of ν.
    pub delta: f64,
    /// M, how many ν are drawn.
    pub draws: u64,
    pub seed: u64,
}

/// A measurement that cannot be made.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SharpnessError {
    #[error("δ is {0}; give a finite number above 0, such as 0.01")]
    Delta(f64),
    #[error("the expected sharpness needs at least 1 draw; give two or more for a standard error")]
    Draws,
    #[error("ρ is {0}; give a finite number above 0, such as 0.05")]
    Rho(f64),
}

/// An expected sharpness while it is measured: only its moments are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedSharpness {
    spec: SharpnessSpec,
    base: f64,
    finite: Moments,
    not_finite: u64,
}

/// What was found of an expected sharpness.
///
/// Mean and spread describe the draws whose rise is finite, and `not_finite` counts the others: with any, the expectation
/// itself has no finite value that these draws support.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharpnessEstimate {
    /// L(θ).
    #[serde(with = "finite_or_name")]
    pub base: f64,
    /// Mean of L(θ + ν) − L(θ); `None` when no draw is finite.
    pub mean: Option<f64>,
    /// Standard error of the mean; `None` for fewer than two.
    pub standard_error: Option<f64>,
    /// Student's 95 % interval of the mean.
    pub interval: Option<Interval>,
    /// Draws that are described.
    pub finite: u64,
    /// Draws that are not.
    pub not_finite: u64,
}

impl ExpectedSharpness {
    /// A measurement without draws, of a point with loss `base`.
    ///
    /// # Errors
    /// When δ is not a finite number above 0 or there is nothing to draw.
    pub fn new(spec: SharpnessSpec, base: f64) -> Result<ExpectedSharpness, SharpnessError> {
        if !(spec.delta > 0.0 && spec.delta.is_finite()) {
            return Err(SharpnessError::Delta(spec.delta));
        }
        if spec.draws == 0 {
            return Err(SharpnessError::Draws);
        }
        Ok(ExpectedSharpness { spec, base, finite: Moments::default(), not_finite: 0 })
    }

    /// What is measured.
    pub fn spec(&self) -> &SharpnessSpec {
        &self.spec
    }

    /// The number of the draw to measure now; `None` when all were measured.
    pub fn next(&self) -> Option<u64> {
        let done = self.finite.count() + self.not_finite;
        (done < self.spec.draws).then_some(done)
    }

    /// Takes L(θ + ν) of the draw that [`ExpectedSharpness::next`] told; false, and nothing is kept, for any other: in
    /// one order the sums are the same to the bit.
    pub fn record(&mut self, draw: u64, loss: f64) -> bool {
        if self.next() != Some(draw) {
            return false;
        }
        let rise = loss - self.base;
        if rise.is_finite() {
            self.finite.push(rise);
        } else {
            self.not_finite += 1;
        }
        true
    }

    /// What is known so far.
    pub fn estimate(&self) -> SharpnessEstimate {
        SharpnessEstimate {
            base: self.base,
            mean: self.finite.mean(),
            standard_error: self.finite.standard_error(),
            interval: self.finite.interval(),
            finite: self.finite.count(),
            not_finite: self.not_finite,
        }
    }
}

/// SAM's gap at a point, max over ‖ε‖ ≤ ρ of L(θ + ε) − L(θ), as found by ascent. Whatever an ascent finds lies in the
/// ball, so every number is a lower bound of the maximum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamGap {
    rho: f64,
    #[serde(with = "finite_or_name")]
    base: f64,
    /// At ρ g/‖g‖.
    #[serde(with = "finite_or_name_option")]
    one_step: Option<f64>,
    /// After each step of an ascent that is brought back into the ball: how often, and the highest.
    ascent: Option<Ascent>,
}

/// Steps of projected ascent, summed up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ascent {
    /// K, the steps that were made.
    pub steps: u64,
    /// The highest loss on the way; NaN when one of them was, since then none can be called the highest.
    #[serde(with = "finite_or_name")]
    pub highest: f64,
    /// The loss after the last step.
    #[serde(with = "finite_or_name")]
    pub last: f64,
}

impl SamGap {
    /// A gap of which nothing is measured yet, at a point with loss `base`.
    ///
    /// # Errors
    /// When ρ is not a finite number above 0.
    pub fn new(rho: f64, base: f64) -> Result<SamGap, SharpnessError> {
        if !(rho > 0.0 && rho.is_finite()) {
            return Err(SharpnessError::Rho(rho));
        }
        Ok(SamGap { rho, base, one_step: None, ascent: None })
    }

    /// ρ.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// L(θ).
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Takes L(θ + ρ g/‖g‖). Not called where g is 0: there is no such point.
    pub fn record_one_step(&mut self, loss: f64) {
        self.one_step = Some(loss);
    }

    /// Takes the loss after one more step of the ascent.
    pub fn record_ascent(&mut self, loss: f64) {
        let before = self.ascent.unwrap_or(Ascent { steps: 0, highest: f64::NEG_INFINITY, last: loss });
        let nan = before.highest.is_nan() || loss.is_nan();
        let highest = if nan { f64::NAN } else { before.highest.max(loss) };
        self.ascent = Some(Ascent { steps: before.steps + 1, highest, last: loss });
    }

    /// The ascent so far.
    pub fn ascent(&self) -> Option<Ascent> {
        self.ascent
    }

    /// L(θ + ρ g/‖g‖) − L(θ): what SAM's own step sees.
    pub fn one_step_gap(&self) -> Option<f64> {
        self.one_step.map(|l| l - self.base)
    }

    /// The highest loss of the ascent − L(θ).
    pub fn ascent_gap(&self) -> Option<f64> {
        self.ascent.map(|a| a.highest - self.base)
    }

    /// The largest gap known, at least 0 since θ itself is in the ball; NaN when a loss was NaN, `None` before anything
    /// was measured.
    pub fn gap(&self) -> Option<f64> {
        let known = [self.one_step_gap(), self.ascent_gap()].into_iter().flatten();
        known
            .reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) })
            .map(|g| if g < 0.0 { 0.0 } else { g })
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;

    fn spec(draws: u64) -> SharpnessSpec {
        SharpnessSpec { delta: 0.3, draws, seed: 4 }
    }

    #[test]
    fn a_quadratic_has_half_the_trace_times_delta_squared() {
        // L = ½ Σ λ_i x_i² at its minimum + 2: E = ½ δ² Σ λ, Var = ½ δ⁴ Σ λ².
        let eigenvalues = [5.0, 1.0, 0.5, 0.0, 3.5];
        let expected = 0.5 * 0.09 * 10.0;
        let variance: f64 = 0.5 * 0.0081 * (25.0 + 1.0 + 0.25 + 12.25);
        let mut held = 0;
        for seed in 0..200 {
            let mut rng = crate::random::stream(seed, "test");
            let mut sharpness = ExpectedSharpness::new(spec(400), 2.0).unwrap();
            while let Some(draw) = sharpness.next() {
                let normal = |l: &f64| {
                    let x: f64 = StandardNormal.sample(&mut rng);
                    0.5 * l * (0.3 * x) * (0.3 * x)
                };
                let rise: f64 = eigenvalues.iter().map(normal).sum();
                assert!(sharpness.record(draw, 2.0 + rise));
                assert!(!sharpness.record(draw, 9.0), "once");
            }
            let found = sharpness.estimate();
            assert!((found.mean.unwrap() - expected).abs() < 5.0 * (variance / 400.0).sqrt());
            assert!((found.standard_error.unwrap() / (variance / 400.0).sqrt() - 1.0).abs() < 0.35);
            held += usize::from(found.interval.unwrap().contains(expected));
        }
        // 95 % of 200, skewed draws: between 178 and all.
        assert!((178..200).contains(&held), "{held}");
    }

    #[test]
    fn draws_that_are_not_finite_are_counted() {
        let mut sharpness = ExpectedSharpness::new(spec(5), 1.0).unwrap();
        for (draw, loss) in [2.0, f64::INFINITY, 4.0, f64::NAN].into_iter().enumerate() {
            assert!(sharpness.record(draw as u64, loss));
        }
        let found = sharpness.estimate();
        assert_eq!((found.mean, found.standard_error, found.finite, found.not_finite), (Some(2.0), Some(1.0), 2, 2));
        assert_eq!(sharpness.next(), Some(4));
        let broken = ExpectedSharpness::new(spec(5), f64::NAN).unwrap();
        let json = serde_json::to_string(&broken.estimate()).unwrap();
        assert!(json.contains(r#""base":"NaN""#) && serde_json::from_str::<SharpnessEstimate>(&json).is_ok(), "{json}");
        for (delta, draws) in [(0.0, 5), (f64::NAN, 5), (f64::INFINITY, 5), (0.1, 0)] {
            assert!(ExpectedSharpness::new(SharpnessSpec { delta, draws, seed: 0 }, 1.0).is_err());
        }
    }

    #[test]
    fn the_gap_is_the_highest_of_what_was_found() {
        // ½ λ x² at x₀: one step finds ½ λ ((|x₀| + ρ)² − x₀²).
        let loss = |x: f64| 2.0 * x * x;
        let mut gap = SamGap::new(0.1, loss(0.5)).unwrap();
        assert_eq!((gap.gap(), gap.one_step_gap(), gap.ascent_gap()), (None, None, None));
        gap.record_one_step(loss(0.6));
        assert!((gap.one_step_gap().unwrap() - 2.0 * (0.36 - 0.25)).abs() < 1e-12);
        for x in [0.52, 0.57, 0.55] {
            gap.record_ascent(loss(x));
        }
        let ascent = gap.ascent().unwrap();
        assert_eq!((ascent.steps, ascent.highest, ascent.last), (3, loss(0.57), loss(0.55)));
        assert_eq!(gap.gap(), gap.one_step_gap());
        gap.record_ascent(loss(0.7));
        assert_eq!(gap.gap(), Some(loss(0.7) - loss(0.5)));
        gap.record_ascent(f64::NAN);
        gap.record_ascent(1.0);
        assert!(gap.gap().unwrap().is_nan() && gap.ascent().unwrap().last == 1.0);
        let json = serde_json::to_string(&gap).unwrap();
        assert!(serde_json::from_str::<SamGap>(&json).unwrap().ascent_gap().unwrap().is_nan(), "{json}");
        let mut down = SamGap::new(0.1, 1.0).unwrap();
        down.record_one_step(0.5);
        assert_eq!((down.one_step_gap(), down.gap()), (Some(-0.5), Some(0.0)));
        assert!(SamGap::new(0.0, 1.0).is_err() && SamGap::new(f64::NAN, 1.0).is_err());
    }
}
