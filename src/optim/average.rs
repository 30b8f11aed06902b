//! Averages of the iterates along the walk, which itself does not know.
//!
//! - `swa:START[:PERIOD]`: stochastic weight averaging (Izmailov et al. 2018), the mean of θ_t at t = START, START + PERIOD, …
//!   The cyclic learning rate is a schedule of the run: give both the same period.
//! - `ema:DECAY`: an exponential moving average, ā ← dā + (1 − d)θ after every step. It begins as θ_0 itself, as timm's and
//!   most others' do, so that there is no bias towards 0 to correct; in a fork that begins one, as the first θ_t after it.
//! - `lawa:K[:EVERY]`: the mean of the last K iterates of those taken every EVERY steps (Kaddour 2022). It keeps these K
//!   vectors, in memory and with every state of a run file: 4KD bytes each, beside the mean.

use std::{collections::VecDeque, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{vectors::Vectors, when::When};

/// Which iterates are averaged, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AverageSpec {
    /// With equal weights, from a moment on; `None` as the period is one epoch.
    Swa { start: When, period: Option<u64> },
    /// All of them, older ones by 0 ≤ d < 1 less with every step.
    Ema { decay: f64 },
    /// The last `count` ones, at most [`MOST`], with equal weights; `None` as the period is one epoch.
    Lawa { count: u64, period: Option<u64> },
}

/// What `--average` accepts.
pub const AVERAGE_FORM: &str = "swa:START[:PERIOD], ema:DECAY or lawa:K[:PERIOD], such as swa:75%, swa:300:50, ema:0.999 or \
                                lawa:5:100";

/// The most iterates that are kept for a mean of the last ones.
const MOST: u64 = 100;

impl AverageSpec {
    /// Whether θ_t is one of the averaged iterates, in a run of `total` iterations.
    pub fn takes(&self, t: u64, total: u64, steps_per_epoch: u64) -> bool {
        let (start, period) = match self {
            AverageSpec::Swa { start, period } => (start.step(total), *period),
            AverageSpec::Ema { .. } => (0, Some(1)),
            AverageSpec::Lawa { period, .. } => (0, *period),
        };
        let period = period.unwrap_or(steps_per_epoch).max(1);
        t.checked_sub(start).is_some_and(|n| n.is_multiple_of(period))
    }

    /// Takes one more iterate in; all have the same length. What is not finite stays in a mean for good, and in that of the
    /// last ones as long as it is one of them.
    pub fn add(&self, average: &mut Average, theta: &[f32]) {
        match self {
            AverageSpec::Swa { .. } => average.add(theta),
            AverageSpec::Ema { decay } => average.blend(theta, *decay),
            AverageSpec::Lawa { count, .. } => average.slide(theta, *count),
        }
    }
}

impl fmt::Display for AverageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = match self {
            AverageSpec::Swa { start, period } => {
                write!(f, "swa:{start}")?;
                period
            }
            AverageSpec::Ema { decay } => return write!(f, "ema:{decay}"),
            AverageSpec::Lawa { count, period } => {
                write!(f, "lawa:{count}")?;
                period
            }
        };
        period.map_or(Ok(()), |p| write!(f, ":{p}"))
    }
}

impl FromStr for AverageSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is no average; write {AVERAGE_FORM}");
        let (name, rest) = text.split_once(':').ok_or_else(bad)?;
        if name == "ema" {
            let decay = rest.parse::<f64>().ok().filter(|decay| (0.0..1.0).contains(decay));
            return decay.map(|decay| AverageSpec::Ema { decay }).ok_or_else(bad);
        }
        let (first, period) = match rest.split_once([':', ',']) {
            Some((first, period)) => (first, Some(period.parse::<u64>().ok().filter(|n| *n > 0).ok_or_else(bad)?)),
            None => (rest, None),
        };
        match name {
            "swa" => Ok(AverageSpec::Swa { start: first.parse()?, period }),
            "lawa" => {
                let count = first.parse::<u64>().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(bad)?;
                Ok(AverageSpec::Lawa { count, period })
            }
            _ => Err(bad()),
        }
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

/// An average of parameter vectors, in f64.
#[derive(Clone, Debug, Default)]
pub struct Average {
    mean: Vec<f64>,
    count: u64,
    /// The iterates that the mean is made of, the oldest first, where they are kept.
    last: VecDeque<Arc<[f32]>>,
}

/// The name of a kept iterate among the vectors of a run file, the oldest one 0.
fn name(index: usize) -> String {
    format!("lawa_{index}")
}

impl Average {
    /// Takes one more vector in, with the weight of every other one.
    fn add(&mut self, theta: &[f32]) {
        self.count += 1;
        if self.count == 1 {
            self.mean = theta.iter().map(|x| f64::from(*x)).collect();
            return;
        }
        let n = self.count as f64;
        self.mean.iter_mut().zip(theta).for_each(|(m, x)| *m += (f64::from(*x) - *m) / n);
    }

    /// ā ← dā + (1 − d)θ; the first vector is ā itself.
    fn blend(&mut self, theta: &[f32], decay: f64) {
        if self.count == 0 {
            return self.add(theta);
        }
        self.count += 1;
        self.mean.iter_mut().zip(theta).for_each(|(m, x)| *m = decay * *m + (1.0 - decay) * f64::from(*x));
    }

    /// Takes one more vector in, and leaves out those before the last `most`.
    fn slide(&mut self, theta: &[f32], most: u64) {
        self.last.push_back(theta.into());
        while self.last.len() as u64 > most.max(1) {
            self.last.pop_front();
        }
        self.average_the_last();
    }

    /// Makes the mean that of the kept iterates: anew each time, so that nothing is left of those that have gone.
    fn average_the_last(&mut self) {
        let last = std::mem::take(&mut self.last);
        self.count = 0;
        last.iter().for_each(|theta| self.add(theta));
        self.last = last;
    }

    /// A mean of `count` vectors, to be gone on with; those of them that are kept are taken out of `vectors`.
    pub fn going_on(mean: Vec<f64>, count: u64, vectors: &mut Vectors) -> Average {
        let last: VecDeque<Arc<[f32]>> = (0..).map_while(|i| vectors.take(&name(i))).map(Arc::from).collect();
        let mut average = Average { mean, count, last };
        if !average.last.is_empty() {
            average.average_the_last();
        }
        average
    }

    /// Puts the iterates that are kept among the vectors of an optimizer, whose names are others.
    pub fn keep(&self, vectors: &mut Vectors) {
        self.last.iter().enumerate().for_each(|(i, theta)| vectors.put(name(i), theta.to_vec()));
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
        for (text, printed) in [
            ("swa:75%", "swa:75%"),
            ("swa:0.5:20", "swa:50%:20"),
            ("swa:300:1", "swa:300:1"),
            ("ema:0.999", "ema:0.999"),
            ("ema:0", "ema:0"),
            ("lawa:5", "lawa:5"),
            ("lawa:5:100", "lawa:5:100"),
            ("lawa:100,7", "lawa:100:7"),
        ] {
            let spec: AverageSpec = text.parse().unwrap();
            assert_eq!(spec.to_string(), printed);
            assert_eq!(printed.parse::<AverageSpec>(), Ok(spec));
        }
        let none = ["", "swa", "swa:", "swa:5:0", "swa:5:x", "swa:2%:3:4", "mean:5"];
        let others =
            ["ema:5", "ema:1", "ema:-0.1", "ema:NaN", "ema:0.9:2", "lawa:0", "lawa:101", "lawa:2:0", "lawa:75%"];
        for text in none.into_iter().chain(others) {
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
        assert_eq!(taken("ema:0.5"), (0..=20).collect::<Vec<_>>());
        assert_eq!(taken("lawa:2:6"), [0, 6, 12, 18]);
        assert_eq!(taken("lawa:2"), [0, 7, 14]);
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

    /// ā_n = dⁿθ_0 + (1 − d) Σ d^{n−k} θ_k: weights that add up to 1.
    #[test]
    fn an_exponential_average_begins_at_the_first_vector() {
        let theta = |k: i32| [(k * k % 7) as f32, -1.0 / (1 + k) as f32];
        let spec: AverageSpec = "ema:0.9".parse().unwrap();
        let mut average = Average::default();
        for n in 0..40 {
            spec.add(&mut average, &theta(n));
            for j in 0..2 {
                let later: f64 = (1..=n).map(|k| 0.1 * 0.9f64.powi(n - k) * f64::from(theta(k)[j])).sum();
                let expected = 0.9f64.powi(n) * f64::from(theta(0)[j]) + later;
                assert!((average.mean()[j] - expected).abs() < 1e-12, "after {n}");
            }
        }
        assert_eq!(average.count(), 40);
        let mut constant = Average::default();
        (0..9).for_each(|_| spec.add(&mut constant, &[0.5]));
        assert!((constant.mean()[0] - 0.5).abs() < 1e-15, "no bias towards 0");
    }

    #[test]
    fn the_last_ones_have_equal_weights_and_those_before_are_gone() {
        let spec: AverageSpec = "lawa:3:1".parse().unwrap();
        let mut average = Average::default();
        for n in 0..8_u8 {
            let theta = if n == 1 { f32::NAN } else { f32::from(n).powi(2) };
            spec.add(&mut average, &[theta]);
            assert_eq!(average.count(), u64::from(n + 1).min(3));
            let window = n.saturating_sub(2)..=n;
            if window.contains(&1) {
                assert!(average.mean()[0].is_nan());
            } else {
                let expected = window.clone().map(|k| f64::from(k).powi(2)).sum::<f64>() / window.count() as f64;
                assert!((average.mean()[0] - expected).abs() < 1e-12, "after {n}");
            }
        }
    }

    #[test]
    fn an_average_goes_on_from_what_is_kept() {
        for text in ["swa:0", "ema:0.8", "lawa:3:1", "lawa:100:1"] {
            let spec: AverageSpec = text.parse().unwrap();
            let theta = |k: u8| [f32::from(k) / 3.0, -f32::from(k).sqrt()];
            let mut whole = Average::default();
            (0..5).for_each(|k| spec.add(&mut whole, &theta(k)));
            let mut vectors: Vectors = [("velocity".to_string(), vec![1.0, 2.0])].into_iter().collect();
            let of_optimizer = vectors.clone();
            whole.keep(&mut vectors);
            let mut again = Average::going_on(whole.mean().to_vec(), whole.count(), &mut vectors);
            assert_eq!(vectors, of_optimizer, "{text}: the optimizer has its own back");
            for k in 5..12 {
                spec.add(&mut whole, &theta(k));
                spec.add(&mut again, &theta(k));
                assert_eq!((again.mean(), again.count()), (whole.mean(), whole.count()), "{text}, {k}");
            }
        }
    }
}
