//! Stochastic weight averaging (Izmailov et al. 2018): the mean of iterates along the walk. The walk itself does not know.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::When;

/// Which iterates are averaged: θ_t at t = start, start + period, start + 2 period, … (the cyclic learning rate is a
/// schedule of the run: give both the same period). Written `swa:START[:PERIOD]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AverageSpec {
    pub start: When,
    /// Iterations; `None` is one epoch.
    period: Option<u64>,
}

/// What `--average` accepts.
pub const AVERAGE_FORM: &str = "swa:START[:PERIOD], such as swa:75% or swa:300:50";

impl AverageSpec {
    /// `None` when the period is 0.
    pub fn new(start: When, period: Option<u64>) -> Option<AverageSpec> {
        (period != Some(0)).then_some(AverageSpec { start, period })
    }

    /// Iterations between two averaged iterates, at least 1.
    pub fn period(&self, steps_per_epoch: u64) -> u64 {
        self.period.unwrap_or(steps_per_epoch).max(1)
    }

    /// Whether θ_t is one of the averaged iterates, in a run of `total` iterations.
    pub fn takes(&self, t: u64, total: u64, steps_per_epoch: u64) -> bool {
        let since = t.checked_sub(self.start.step(total));
        since.is_some_and(|n| n.is_multiple_of(self.period(steps_per_epoch)))
    }
}

impl fmt::Display for AverageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "swa:{}", self.start)?;
        self.period.map_or(Ok(()), |p| write!(f, ":{p}"))
    }
}

impl FromStr for AverageSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is no average; write {AVERAGE_FORM}");
        let rest = text.strip_prefix("swa:").ok_or_else(bad)?;
        let (start, period) = match rest.split_once(':') {
            Some((start, period)) => (start, Some(period.parse().map_err(|_| bad())?)),
            None => (rest, None),
        };
        AverageSpec::new(start.parse()?, period).ok_or_else(bad)
    }
}

impl Serialize for AverageSpec {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AverageSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A running mean of parameter vectors, every one with the same weight, in f64.
#[derive(Clone, Debug, Default)]
pub struct Average {
    mean: Vec<f64>,
    count: u64,
}

impl Average {
    /// Takes one more vector in; all have the same length. What is not finite stays in the mean for good.
    pub fn add(&mut self, theta: &[f32]) {
        self.count += 1;
        if self.count == 1 {
            self.mean = theta.iter().map(|x| f64::from(*x)).collect();
            return;
        }
        let n = self.count as f64;
        self.mean.iter_mut().zip(theta).for_each(|(m, x)| *m += (f64::from(*x) - *m) / n);
    }

    /// A mean of `count` vectors, to be gone on with.
    pub fn of(mean: Vec<f64>, count: u64) -> Average {
        Average { mean, count }
    }

    /// The mean in full precision; empty before the first vector.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Vectors in the mean.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean, rounded to f32; `None` before the first vector.
    pub fn theta(&self) -> Option<Vec<f32>> {
        (self.count > 0).then(|| self.mean.iter().map(|m| *m as f32).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_survive_a_round_trip() {
        for (text, printed) in [("swa:75%", "swa:75%"), ("swa:0.5:20", "swa:50%:20"), ("swa:300:1", "swa:300:1")] {
            assert_eq!(text.parse::<AverageSpec>().unwrap().to_string(), printed);
        }
        for text in ["", "swa", "swa:", "swa:5:0", "swa:5:x", "ema:5", "swa:2%:3:4"] {
            let error = text.parse::<AverageSpec>().unwrap_err();
            assert!(error.contains("write"), "{text}: {error}");
        }
    }

    #[test]
    fn it_takes_every_period_from_the_start_on() {
        let taken = |text: &str| {
            let spec: AverageSpec = text.parse().unwrap();
            (0..=20).filter(|t| spec.takes(*t, 20, 7)).collect::<Vec<_>>()
        };
        assert_eq!(taken("swa:50%:4"), [10, 14, 18]);
        assert_eq!(taken("swa:3"), [3, 10, 17]);
        assert_eq!(taken("swa:100%"), [20]);
    }

    #[test]
    fn the_running_mean_is_the_mean() {
        let vectors: Vec<[f32; 3]> =
            (0..50).map(|i| [1e3 + i as f32, 1e-3 * i as f32, -1.0 / (1 + i) as f32]).collect();
        let mut average = Average::default();
        assert_eq!(average.theta(), None);
        vectors.iter().for_each(|v| average.add(v));
        for j in 0..3 {
            let mean = vectors.iter().map(|v| f64::from(v[j])).sum::<f64>() / 50.0;
            assert!((average.mean[j] - mean).abs() <= 1e-12 * mean.abs());
        }
        average.add(&[f32::NAN, 0.0, 0.0]);
        assert!(average.theta().unwrap()[0].is_nan() && average.count() == 51, "not a number is shown");
    }
}
