//! An escape table in numbers: every method by itself and against SGD, and the trend over ρ.

use serde::Serialize;

use super::{
    compare::{Ratio, Trend},
    escape::{Escape, Method},
    exits::{Exits, MeanSteps, MedianSteps, Steps},
};
use crate::optim::OptimizerKind;

/// One row of the table, summed up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    #[serde(flatten)]
    pub method: Method,
    pub runs: u64,
    /// Runs that left within the limit.
    pub exited: u64,
    /// Runs that stayed until it.
    pub censored: u64,
    /// Of those that left, the ones that did so along a gradient that is not finite.
    pub diverged: u64,
    /// Mean and spread over the runs that left.
    pub mean: Option<MeanSteps>,
    /// The mean exit time in steps; those that stayed count as the limit, which makes it a lower bound.
    pub expected: Option<Steps>,
    /// The same times η: `E[ν]` of Def. 2.2.1.
    pub time: Option<Steps>,
    pub median: Option<MedianSteps>,
    /// How many times as long SGD takes: its mean exit time over this one.
    pub speed_up: Option<Ratio>,
    /// Gradients over a batch that all runs took together.
    pub gradients: u64,
}

impl Cell {
    /// Whether only bounds of its exit times are known.
    pub fn is_bound(&self) -> bool {
        self.censored > 0
    }
}

impl Escape {
    /// Every method, summed up. Intervals of speed-ups are drawn with a fixed seed.
    pub fn summary(&self) -> Vec<Cell> {
        let base = self.base().and_then(|base| self.cell(base));
        self.cells().enumerate().map(|(index, (method, exits))| self.row(index, *method, exits, base)).collect()
    }

    /// The method that others are compared with: the first that does not look elsewhere.
    pub fn base(&self) -> Option<usize> {
        self.spec().methods.iter().position(Method::is_base)
    }

    fn row(&self, index: usize, method: Method, exits: &Exits, base: Option<&Exits>) -> Cell {
        let runs = || self.runs().filter(|(job, _)| job.method == index).map(|(_, run)| run);
        Cell {
            method,
            runs: exits.runs(),
            exited: exits.exited().len() as u64,
            censored: exits.censored(),
            diverged: runs().filter(|run| !run.finite).count() as u64,
            mean: exits.mean(),
            expected: exits.expected(),
            time: self.mean_exit_time(index),
            median: exits.median(),
            speed_up: base.filter(|_| self.base() != Some(index)).and_then(|base| Ratio::of(base, exits, 0)),
            gradients: runs().map(|run| run.gradients).sum(),
        }
    }

    /// Whether exit times fall as ρ grows, for every kind of optimizer that has a ρ; SGD counts as ρ = 0.
    pub fn trends(&self) -> Vec<(OptimizerKind, Trend)> {
        let mut kinds: Vec<OptimizerKind> = Vec::new();
        for method in self.spec().methods.iter().filter(|m| !m.is_base()) {
            if !kinds.contains(&method.kind) {
                kinds.push(method.kind);
            }
        }
        let trend = |kind| {
            let has_zero = self.spec().methods.contains(&Method { kind, rho: 0.0 });
            let own = self.cells().filter(|(m, _)| m.kind == kind || (m.is_base() && !has_zero));
            Trend::of(&own.map(|(m, exits)| (m.rho, exits)).collect::<Vec<_>>())
        };
        kinds.into_iter().map(|kind| (kind, trend(kind))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::valley::{Bound, EscapeSpec, Exit, Job, Run};

    #[test]
    fn rows_say_what_the_runs_came_to() {
        let methods = Method::grid(&[OptimizerKind::Sam], &[0.1, 0.2], true);
        let mut table = Escape::new(EscapeSpec { methods, seeds: 3, limit: 100, rate: 0.5 }).unwrap();
        let ends = [
            [Exit::Exited(40), Exit::Exited(80), Exit::Censored(100)],
            [Exit::Exited(10), Exit::Exited(20), Exit::Exited(30)],
            [Exit::Exited(1), Exit::Exited(1), Exit::Exited(4)],
        ];
        for (method, ends) in ends.into_iter().enumerate() {
            for (seed, exit) in ends.into_iter().enumerate() {
                let steps = match exit {
                    Exit::Exited(n) | Exit::Censored(n) => n,
                };
                let gradients = if method == 0 { steps } else { 2 * steps };
                table.record(Job { method, seed }, Run { exit, gradients, finite: steps != 4 }).unwrap();
            }
        }
        let rows = table.summary();
        assert_eq!(
            rows.iter().map(|r| (r.exited, r.censored, r.gradients)).collect::<Vec<_>>(),
            [(2, 1, 220), (3, 0, 120), (3, 0, 12)]
        );
        assert_eq!(rows.iter().map(|r| r.diverged).collect::<Vec<_>>(), [0, 0, 1]);
        let times: Vec<f64> = rows.iter().map(|r| r.time.unwrap().value()).collect();
        assert!(times.iter().zip([220.0 / 6.0, 10.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{times:?}");
        let ups: Vec<_> = rows.iter().map(|r| r.speed_up.map(|s| (s.ratio, s.bound))).collect();
        assert_eq!(ups[0], None);
        assert!((ups[1].unwrap().0 - 220.0 / 60.0).abs() < 1e-12 && ups[1].unwrap().1 == Bound::AtLeast);
        let [(kind, trend)] = &table.trends()[..] else { panic!("one kind has a ρ") };
        assert_eq!((*kind, trend.changes.len(), trend.falls()), (OptimizerKind::Sam, 2, true));
        let json = serde_json::to_value(&rows[0]).unwrap();
        assert_eq!((&json["optimizer"], &json["censored"]), (&"sgd".into(), &1.into()));
    }
}
