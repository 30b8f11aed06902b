//! Steps until a minimum was left, of many seeds: some runs never leave it within the limit.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::probe::statistics::{Histogram, MedianRanks, Moments};

/// How one run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// It left after so many steps.
    Exited(u64),
    /// It was still inside after so many steps, and was stopped.
    Censored(u64),
}

/// The runs of one optimizer at one ρ, all with the same step limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Exits {
    limit: u64,
    /// Rising.
    exited: Vec<u64>,
    censored: u64,
}

/// A number of steps of which perhaps only a bound is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Steps {
    Exactly(f64),
    /// Runs that were stopped take part in it: it lies at this or beyond.
    AtLeast(f64),
}

/// The mean of the runs that left, always together with how many did not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanSteps {
    /// Over the runs that left.
    pub mean: f64,
    /// Sample standard deviation over the same; `None` for a single one.
    pub std: Option<f64>,
    pub exited: u64,
    pub censored: u64,
    pub limit: u64,
}

/// The median over all runs, with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MedianSteps {
    pub median: Steps,
    /// From order statistics, at least 95 %; `None` for fewer than 6 runs.
    pub interval: Option<[Steps; 2]>,
}

/// A run that does not belong to its cell.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ExitError {
    #[error(
        "a run has left before its first step: the start does not reach the threshold; start from a better trained \
         checkpoint or lower the threshold"
    )]
    AtStart,
    #[error("a run left after {steps} steps, beyond the limit of {limit}; give all runs of a cell the same limit")]
    BeyondLimit { steps: u64, limit: u64 },
    #[error("a run was stopped after {steps} steps, not at the limit of {limit}; run it to the limit or leave it out")]
    OtherLimit { steps: u64, limit: u64 },
    #[error("the step limit is 0; give at least 1")]
    NoLimit,
}

impl Exits {
    /// A cell without runs.
    ///
    /// # Errors
    /// When the limit is 0.
    pub fn new(limit: u64) -> Result<Exits, ExitError> {
        if limit == 0 { Err(ExitError::NoLimit) } else { Ok(Exits { limit, exited: Vec::new(), censored: 0 }) }
    }

    /// Adds a run.
    ///
    /// # Errors
    /// When it left before the first step or beyond the limit, or was stopped elsewhere than at the limit.
    pub fn record(&mut self, exit: Exit) -> Result<(), ExitError> {
        let limit = self.limit;
        match exit {
            Exit::Exited(0) => return Err(ExitError::AtStart),
            Exit::Exited(steps) if steps > limit => return Err(ExitError::BeyondLimit { steps, limit }),
            Exit::Exited(steps) => self.exited.insert(self.exited.partition_point(|s| *s <= steps), steps),
            Exit::Censored(steps) if steps != limit => return Err(ExitError::OtherLimit { steps, limit }),
            Exit::Censored(_) => self.censored += 1,
        }
        Ok(())
    }

    /// The step limit.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The steps of the runs that left, rising.
    pub fn exited(&self) -> &[u64] {
        &self.exited
    }

    /// How many did not leave.
    pub fn censored(&self) -> u64 {
        self.censored
    }

    /// How many runs there are.
    pub fn runs(&self) -> u64 {
        self.exited.len() as u64 + self.censored
    }

    /// The mean over the runs that left; `None` when none did.
    pub fn mean(&self) -> Option<MeanSteps> {
        let moments: Moments = self.exited.iter().map(|s| *s as f64).collect();
        let mean = moments.mean()?;
        let (exited, censored, limit) = (moments.count(), self.censored, self.limit);
        Some(MeanSteps { mean, std: moments.std(), exited, censored, limit })
    }

    /// Steps of all runs within the limit, those that were stopped as the limit itself.
    pub fn within_limit(&self) -> impl Iterator<Item = f64> + '_ {
        let stopped = (0..self.censored).map(|_| self.limit as f64);
        self.exited.iter().map(|s| *s as f64).chain(stopped)
    }

    /// The mean exit time in steps as far as it is known: with runs that were stopped, the mean of min(steps, limit), which
    /// is the largest bound that is safe. `None` without runs.
    pub fn expected(&self) -> Option<Steps> {
        let mean = self.within_limit().collect::<Moments>().mean()?;
        Some(if self.censored == 0 { Steps::Exactly(mean) } else { Steps::AtLeast(mean) })
    }

    /// The median over all runs; those that were stopped are longer than all others. `None` without runs.
    pub fn median(&self) -> Option<MedianSteps> {
        let n = self.runs() as usize;
        let upper = self.ranked(n / 2 + 1)?;
        let median = if n % 2 == 1 { upper } else { self.ranked(n / 2)?.between(upper) };
        let interval = MedianRanks::of(n).and_then(|r| Some([self.ranked(r.low)?, self.ranked(r.high)?]));
        Some(MedianSteps { median, interval })
    }

    /// The rank-th shortest, counted from 1.
    fn ranked(&self, rank: usize) -> Option<Steps> {
        match self.exited.get(rank.checked_sub(1)?) {
            Some(steps) => Some(Steps::Exactly(*steps as f64)),
            None => (rank as u64 <= self.runs()).then_some(Steps::AtLeast(self.limit as f64)),
        }
    }

    /// The runs that left in bins that grow by √2; the others are [`Exits::censored`]. Cells with the same limit have the
    /// same bins.
    pub fn histogram(&self) -> Histogram {
        let edges = Histogram::half_octaves(self.limit as f64);
        Histogram::of(self.exited.iter().map(|s| *s as f64), &edges)
    }
}

impl Steps {
    /// The number itself.
    pub fn value(self) -> f64 {
        match self {
            Steps::Exactly(x) | Steps::AtLeast(x) => x,
        }
    }

    /// Whether only a bound is known.
    pub fn is_bound(self) -> bool {
        matches!(self, Steps::AtLeast(_))
    }

    /// The exit time t η of Def. 2.2.1, for the learning rate η.
    #[must_use]
    pub fn times(self, rate: f64) -> Steps {
        match self {
            Steps::Exactly(x) => Steps::Exactly(x * rate),
            Steps::AtLeast(x) => Steps::AtLeast(x * rate),
        }
    }

    fn between(self, other: Steps) -> Steps {
        let middle = f64::midpoint(self.value(), other.value());
        if self.is_bound() || other.is_bound() { Steps::AtLeast(middle) } else { Steps::Exactly(middle) }
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Steps::Exactly(x) | Steps::AtLeast(x)) = self;
        f.write_str(if self.is_bound() { "≥ " } else { "" })?;
        // With as many decimals as are asked for.
        fmt::Display::fmt(x, f)
    }
}

impl MeanSteps {
    /// Whether runs were stopped: the true mean lies above this one.
    pub fn is_lower_bound(&self) -> bool {
        self.censored > 0
    }
}

impl fmt::Display for MeanSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_lower_bound() {
            f.write_str("≥ ")?;
        }
        write!(f, "{:.2}", self.mean)?;
        if let Some(std) = self.std {
            write!(f, " ± {std:.2}")?;
        }
        if self.is_lower_bound() {
            let runs = self.exited + self.censored;
            write!(f, " (lower bound: {} of {runs} stayed for {} steps)", self.censored, self.limit)?;
        }
        Ok(())
    }
}

/// How a cell is kept: read back through [`Exits::record`].
#[derive(Serialize, Deserialize)]
struct Stored {
    limit: u64,
    exited: Vec<u64>,
    censored: u64,
}

impl From<Exits> for Stored {
    fn from(e: Exits) -> Stored {
        Stored { limit: e.limit, exited: e.exited, censored: e.censored }
    }
}

impl TryFrom<Stored> for Exits {
    type Error = ExitError;

    fn try_from(stored: Stored) -> Result<Exits, ExitError> {
        let mut exits = Exits::new(stored.limit)?;
        stored.exited.into_iter().try_for_each(|s| exits.record(Exit::Exited(s)))?;
        exits.censored = stored.censored;
        Ok(exits)
    }
}

#[cfg(test)]
pub(super) mod tests;
