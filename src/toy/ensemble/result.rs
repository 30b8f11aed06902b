//! What many runs of one dynamics came to.

use super::rule::SuccessRule;
use crate::probe::statistics::Proportion;
use crate::toy::dynamics::DynamicsSpec;

/// One run: enough to judge it by every success rule afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The first step (from 1) after which the iterate was in the region.
    pub first: Option<u32>,
    /// After how many steps it was.
    pub inside: u32,
    /// Whether it was after the last.
    pub at_end: bool,
}

/// One run with what it leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub outcome: Outcome,
    /// The last position, `[dim]`.
    pub end: Vec<f64>,
    /// Tr(H_tΣ_t) at every iterate before a step, `[steps]`.
    pub trace: Vec<f64>,
}

/// Follows a run through its region.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    first: Option<u32>,
    inside: u32,
    last: bool,
}

impl Tally {
    /// After step `t` (from 1).
    pub fn see(&mut self, t: u32, inside: bool) {
        if inside {
            self.inside += 1;
            self.first = self.first.or(Some(t));
        }
        self.last = inside;
    }

    pub fn outcome(self) -> Outcome {
        Outcome { first: self.first, inside: self.inside, at_end: self.last }
    }
}

/// All runs of one dynamics so far, in the order of their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    spec: DynamicsSpec,
    dim: usize,
    steps: u32,
    outcomes: Vec<Outcome>,
    ends: Vec<f64>,
    trace: Vec<f64>,
}

impl Results {
    pub(super) fn new(spec: DynamicsSpec, dim: usize, steps: u32) -> Results {
        Results { spec, dim, steps, outcomes: Vec::new(), ends: Vec::new(), trace: vec![0.0; steps as usize] }
    }

    /// Adds the next run. Sums grow run by run, so they do not depend on how runs were batched or on threads.
    pub(super) fn add(&mut self, record: &Record) {
        self.outcomes.push(record.outcome);
        self.ends.extend_from_slice(&record.end);
        for (sum, x) in self.trace.iter_mut().zip(&record.trace) {
            *sum += x;
        }
    }

    /// The dynamics.
    pub fn spec(&self) -> &DynamicsSpec {
        &self.spec
    }

    /// One outcome per run.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The last position of every run, `[runs × dim]`.
    pub fn ends(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.ends.chunks_exact(self.dim)
    }

    /// How many runs succeed by `rule`, with the 95 % interval of the rate.
    pub fn success(&self, rule: SuccessRule) -> Proportion {
        let good = |o: &&Outcome| match rule {
            SuccessRule::Final => o.at_end,
            SuccessRule::Ever => o.first.is_some(),
            SuccessRule::Majority => 2 * u64::from(o.inside) > u64::from(self.steps),
        };
        Proportion::new(self.outcomes.iter().filter(good).count() as u64, self.outcomes.len() as u64)
    }

    /// First-passage times in steps of the runs that arrived, in the order of the runs.
    pub fn first_passages(&self) -> impl Iterator<Item = u32> {
        self.outcomes.iter().filter_map(|o| o.first)
    }

    /// The median first-passage time among the runs that arrived; `None` if none did.
    pub fn median_first_passage(&self) -> Option<f64> {
        let mut times: Vec<u32> = self.first_passages().collect();
        times.sort_unstable();
        let n = times.len();
        (n > 0).then(|| 0.5 * (f64::from(times[(n - 1) / 2]) + f64::from(times[n / 2])))
    }

    /// The mean over runs of Tr(H_tΣ_t) at every iterate before a step, `[steps]`; NaN without runs.
    pub fn trace_over_time(&self) -> Vec<f64> {
        self.trace.iter().map(|sum| sum / self.outcomes.len() as f64).collect()
    }

    /// The mean of Tr(HΣ) over runs and steps; NaN without runs.
    pub fn mean_trace(&self) -> f64 {
        self.trace.iter().sum::<f64>() / (self.outcomes.len() as f64 * f64::from(self.steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(inside: &[bool]) -> Record {
        let mut tally = Tally::default();
        inside.iter().zip(1..).for_each(|(inside, t)| tally.see(t, *inside));
        Record { outcome: tally.outcome(), end: vec![1.0, 2.0], trace: vec![1.0, 2.0, 6.0] }
    }

    #[test]
    fn the_three_rules_judge_the_same_runs() {
        let mut results = Results::new(DynamicsSpec::default(), 2, 3);
        assert_eq!((results.median_first_passage(), results.success(SuccessRule::Final).runs), (None, 0));
        for run in [[false, true, false], [false, true, true], [false, false, true], [false; 3]] {
            results.add(&record(&run));
        }
        let count = |rule| results.success(rule).successes;
        assert_eq!((count(SuccessRule::Final), count(SuccessRule::Ever), count(SuccessRule::Majority)), (2, 3, 1));
        assert_eq!(results.first_passages().collect::<Vec<_>>(), [2, 2, 3]);
        assert_eq!(results.median_first_passage(), Some(2.0));
        assert_eq!((results.trace_over_time(), results.mean_trace()), (vec![1.0, 2.0, 6.0], 3.0));
        assert_eq!(results.ends().len(), 4);
    }
}
