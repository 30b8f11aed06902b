//! Averaging SGD in an asymmetric valley gives a solution on the flat side: Theorem 2 of Asymmetric Valleys.

use rand::Rng as _;
use rayon::prelude::*;

use super::card::{Bound, Card, Check, Theorem};
use crate::{
    random,
    toy::error::{ToyError, positive, require},
};

const THEOREM: Theorem = Theorem {
    name: "Theorem 2",
    statement: "In an asymmetric valley with slopes in between b− and a− left and between b+ and a+ right of 0, a− = −c a+, bounded noise |ω| < ν ≤ a+ and c' = (ν − b−)/b+ < e^(c/3)/6, the average of SGD's iterates has E[mean w] > 0: the flat side.",
    source: "Asymmetric Valleys, Theorem 2",
};

/// Two-sided 99 % of the normal distribution.
const Z99: f64 = 2.575_829_303_548_901;

/// The theorem's constants and the walk's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AveragingSpec {
    /// η.
    pub eta: f64,
    /// a₊ and b₊: the slope right of 0 rises from b₊ towards a₊.
    pub flat: [f64; 2],
    /// c = −a₋/a₊, and −b₋: the slope left of 0 falls from −c a₊ towards b₋.
    pub c: f64,
    pub steepest: f64,
    /// ν; the noise is uniform on (−ν, ν).
    pub noise: f64,
    /// Steps that are averaged.
    pub steps: u64,
    pub runs: u64,
    pub seed: u64,
}

/// Five settings that meet the theorem's assumptions: learning rate, slopes, ratio and noise each varied.
pub const SETTINGS: [AveragingSpec; 5] = {
    let base = AveragingSpec {
        eta: 0.05,
        flat: [1.0, 1.0],
        c: 16.0,
        steepest: 16.0,
        noise: 1.0,
        steps: 1000,
        runs: 10_000,
        seed: 1,
    };
    [
        base,
        AveragingSpec { eta: 0.005, ..base },
        AveragingSpec { c: 20.0, steepest: 30.0, ..base },
        AveragingSpec { flat: [1.0, 0.4], c: 18.0, steepest: 20.0, ..base },
        AveragingSpec { flat: [0.2, 0.15], c: 17.0, steepest: 4.0, noise: 0.1, ..base },
    ]
};

/// The mean of w̄ over runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average {
    pub mean: f64,
    /// Half the width of its 99 % interval.
    pub half_width: f64,
    /// The smallest and the largest w̄ of a run.
    pub range: [f64; 2],
}

impl Average {
    /// The mean of averages that are independent of each other; NaN without any.
    pub fn of(averages: &[f64]) -> Average {
        let n = averages.len() as f64;
        let mean = averages.iter().sum::<f64>() / n;
        let variance = averages.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let range = averages.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], w| [a.min(*w), b.max(*w)]);
        Average { mean, half_width: Z99 * (variance / n).sqrt(), range }
    }
}

impl AveragingSpec {
    /// Whether the theorem speaks of these constants.
    ///
    /// # Errors
    ///
    /// [`ToyError::Parameter`] or [`ToyError::Count`] for a walk that cannot be made; [`ToyError::Assumption`] with the
    /// assumption that fails.
    pub fn check(&self) -> Result<(), ToyError> {
        let [a, b] = self.flat;
        positive("learning rate", self.eta, "a positive, finite number, such as 0.05")?;
        positive("slope b+", b, "a positive, finite number")?;
        require(a >= b && a.is_finite(), "slope a+", a, "a finite number, at least b+")?;
        require(self.c >= 1.0 && self.c.is_finite(), "ratio c", self.c, "a finite number, at least 1, such as 16")?;
        positive("noise ν", self.noise, "a positive, finite number, at most a+")?;
        for (name, value) in [("steps", self.steps), ("runs", self.runs)] {
            if value < 2 {
                return Err(ToyError::Count { name, value, remedy: "2 or more" });
            }
        }
        let refuse = |reason: String| Err(ToyError::Assumption { theorem: THEOREM.name, reason });
        if self.steepest.is_nan() || self.steepest < self.c * a {
            return refuse(format!("b− = {} is above a− = {}", -self.steepest, -self.c * a));
        }
        if self.noise > a {
            return refuse(format!("ν = {} is above a+ = {a}", self.noise));
        }
        let (ratio, limit) = ((self.steepest + self.noise) / b, (self.c / 3.0).exp() / 6.0);
        if ratio.is_nan() || ratio >= limit {
            return refuse(format!("c' = {ratio:.3} is not below e^(c/3)/6 = {limit:.3}; a larger c helps"));
        }
        Ok(())
    }

    /// ∇L(w).
    pub fn slope(&self, w: f64) -> f64 {
        let [a, b] = self.flat;
        if w >= 0.0 {
            b + (a - b) * (1.0 - (-w).exp())
        } else {
            -self.c * a - (self.steepest - self.c * a) * (1.0 - w.exp())
        }
    }

    /// Runs SGD from 0 and averages the iterates 1..=steps of each run. Does not ask whether the theorem applies.
    pub fn simulate(&self) -> Average {
        Average::of(&self.averages(&|| true).unwrap_or_default())
    }

    /// The average of every run, in their order, while `go_on` says so before each; `None` when it said no.
    pub fn averages(&self, go_on: &(dyn Fn() -> bool + Sync)) -> Option<Vec<f64>> {
        (0..self.runs).into_par_iter().map(|run| go_on().then(|| self.run(run))).collect()
    }

    fn run(&self, run: u64) -> f64 {
        let mut rng = random::stream(self.seed, &format!("toy averaging {run}"));
        let (mut w, mut sum) = (0.0, 0.0);
        for _ in 0..self.steps {
            let omega = self.noise * (2.0 * rng.random::<f64>() - 1.0);
            w -= self.eta * (self.slope(w) + omega);
            sum += w;
        }
        sum / self.steps as f64
    }

    /// The lower end of the 99 % interval of E\[w̄\] against 0.
    ///
    /// # Errors
    ///
    /// As [`AveragingSpec::check`].
    pub fn card(&self) -> Result<Card, ToyError> {
        self.check()?;
        let average = self.simulate();
        let low = average.mean - average.half_width;
        let inputs = vec![("η", self.eta), ("c", self.c), ("ν", self.noise), ("E[mean w]", average.mean)];
        Ok(Card {
            theorem: THEOREM,
            inputs,
            checks: vec![Check::new("E[mean w], lower end of 99 %", low, Bound::Above(0.0))],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_on_the_flat_side_at_five_settings() {
        for setting in SETTINGS {
            let spec = AveragingSpec { runs: 1000, ..setting };
            let card = spec.card().unwrap();
            assert!(card.holds(), "{card:?}");
        }
    }

    #[test]
    fn runs_that_may_not_go_on_have_no_averages() {
        let spec = AveragingSpec { runs: 50, steps: 20, ..SETTINGS[0] };
        assert_eq!(spec.averages(&|| false), None);
        let averages = spec.averages(&|| true).unwrap();
        assert_eq!((averages.len(), Average::of(&averages)), (50, spec.simulate()));
    }

    #[test]
    fn slopes_stay_between_their_bounds() {
        let spec = SETTINGS[3];
        for k in -400..400 {
            let slope = spec.slope(f64::from(k) * 0.05);
            if k < 0 {
                assert!((-20.0..=-18.0).contains(&slope), "{slope}");
            } else {
                assert!((0.4..=1.0).contains(&slope), "{slope}");
            }
        }
    }

    #[test]
    fn a_symmetric_valley_has_no_side_and_no_theorem() {
        let spec = AveragingSpec { c: 1.0, steepest: 1.0, runs: 4000, ..SETTINGS[0] };
        assert!(matches!(spec.check(), Err(ToyError::Assumption { .. })));
        let average = spec.simulate();
        // The gradient at 0 itself is that of the right side, so the first step is biased by η.
        assert!(average.mean.abs() < average.half_width + 2e-3, "{average:?}");
        assert!(AveragingSpec { noise: 2.0, ..SETTINGS[0] }.check().is_err());
        assert!(AveragingSpec { steepest: 3.0, ..SETTINGS[0] }.check().is_err());
        assert!(AveragingSpec { eta: -1.0, ..SETTINGS[0] }.check().is_err());
    }
}
