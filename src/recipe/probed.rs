//! What is told of a probe along a walk: how large it is, how it moves, and where it comes to a limit.

use std::ops::Range;

use super::statistics::{correlation, largest, mean, median, rank_correlation, smallest};
use crate::{
    history::{History, Quantity},
    named::named_choice,
    probe::{EpochRecord, ProbeId, StepRecord},
};

/// Iterations after a limit is reached that [`Told::AfterReaching`] is a mean over.
const FOLLOWING: u64 = 100;

named_choice! {
    /// What is told, of all iterations of a window that were measured.
    Told as "what is told of a probe" {
        #[default] Mean = "mean",
        Median = "median",
        Smallest = "min",
        Largest = "max",
        /// Spearman's rank correlation with the iteration: −1 of what falls throughout, 1 of what rises.
        Trend = "trend",
        /// Pearson's correlation with the test accuracy, over the epochs: the accuracy at the end of each epoch and the last
        /// measurement since the end of the one before.
        Accuracy = "accuracy-correlation",
        /// The first iteration with a value of at least 1.
        ReachedAt = "reached-at",
        /// The mean over the 100 iterations that follow on the first with a value of at least 1; `NaN` where there are fewer.
        AfterReaching = "after-reaching",
    }
}

/// What a probe is divided by, at the same iteration. Iterations at which one of the two was not measured do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The largest eigenvalue that the optimizer's steps bear, 2/η of gradient descent; of the preconditioned Hessian for a probe of
    /// that.
    Limit,
    Probe(ProbeId),
}

/// A number of a probe: `median-noise-norm`, or of a probe over another one or over the stability limit, `max-lambda-max/limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probed {
    told: Told,
    id: ProbeId,
    over: Option<Over>,
}

/// The word for [`Over::Limit`].
const LIMIT: &str = "limit";

impl Probed {
    /// The number of this name, if there is one.
    pub fn named(text: &str) -> Option<Probed> {
        Told::ALL.iter().find_map(|told| {
            let rest = text.strip_prefix(told.to_string().as_str())?.strip_prefix('-')?;
            let (name, over) = match rest.split_once('/') {
                None => (rest, None),
                Some((name, LIMIT)) => (name, Some(Over::Limit)),
                Some((name, other)) => (name, Some(Over::Probe(ProbeId::named(other)?))),
            };
            Some(Probed { told: *told, id: ProbeId::named(name)?, over })
        })
    }

    /// The names of all that are over nothing.
    pub fn names() -> impl Iterator<Item = String> {
        let of = |told: &'static Told| ProbeId::all().map(move |id| format!("{told}-{}", id.probe().name()));
        Told::ALL.iter().flat_map(of)
    }

    /// What the names are made of, in a few words.
    pub fn pattern() -> String {
        let told: Vec<String> = Told::ALL.iter().map(|told| format!("{told}-")).collect();
        format!("{} and the name of a probe, over nothing, /{LIMIT} or / and another probe", told.join(", "))
    }

    /// The number over some iterations; `NaN` when there is nothing to measure.
    pub fn of(self, history: &History, range: &Range<u64>) -> f64 {
        let points = self.points(history, range);
        let values = || points.iter().map(|point| point[1]);
        let reached = points.iter().map(|point| point[0]).zip(values()).find(|(_, value)| *value >= 1.0);
        match self.told {
            Told::Mean => mean(values()),
            Told::Median => median(values().collect()),
            Told::Smallest => smallest(values()),
            Told::Largest => largest(values()),
            Told::Trend => rank_correlation(&points),
            Told::Accuracy => correlation(&beside_accuracy(history, &points)),
            Told::ReachedAt => reached.map_or(f64::NAN, |(t, _)| t),
            Told::AfterReaching => match reached {
                Some((t, _)) if t + (FOLLOWING as f64) < range.end as f64 => {
                    let following = points.iter().filter(|point| point[0] > t && point[0] <= t + FOLLOWING as f64);
                    mean(following.map(|point| point[1]))
                }
                _ => f64::NAN,
            },
        }
    }

    /// Iterations and values, where there are some.
    fn points(self, history: &History, range: &Range<u64>) -> Vec<[f64; 2]> {
        let limits: Vec<[f64; 2]> = match self.over {
            Some(Over::Limit) => history.series(limit_of(self.id)).points().collect(),
            Some(Over::Probe(_)) | None => Vec::new(),
        };
        let steps = history.steps().iter().filter(|step| range.contains(&step.t));
        let point = |step: &StepRecord| {
            let (t, value) = (step.t as f64, step.value(self.id)?);
            let over = match self.over {
                None => 1.0,
                Some(Over::Probe(other)) => step.value(other)?,
                Some(Over::Limit) => {
                    let place = limits.binary_search_by(|limit| limit[0].total_cmp(&t)).ok()?;
                    limits.get(place)?[1]
                }
            };
            Some([t, value / over])
        };
        steps.filter_map(point).collect()
    }
}

/// The largest eigenvalue over the stability limit, iteration by iteration; that of the preconditioned Hessian where it was measured.
pub fn over_limit(history: &History) -> Vec<[f64; 2]> {
    let of = |id: ProbeId| Probed { told: Told::Mean, id, over: Some(Over::Limit) }.points(history, &(0..u64::MAX));
    let preconditioned = of(ProbeId::PRECONDITIONED_LAMBDA_MAX);
    if preconditioned.is_empty() { of(ProbeId::LAMBDA_MAX) } else { preconditioned }
}

/// The limit that a probe is held against.
fn limit_of(id: ProbeId) -> Quantity {
    if id == ProbeId::PRECONDITIONED_LAMBDA_MAX { Quantity::PRECONDITIONED_LIMIT } else { Quantity::STABILITY_LIMIT }
}

/// Of every epoch the last value before its end, and the test accuracy there.
fn beside_accuracy(history: &History, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let length = history.manifest().steps_per_epoch as f64;
    let pair = |epoch: &EpochRecord| {
        let end = epoch.t as f64;
        let last = points.iter().rfind(|point| point[0] <= end && point[0] > end - length)?;
        Some([last[1], 1.0 - epoch.test_error])
    };
    history.epochs().iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::synthetic,
        optim::{OptimizerKind, OptimizerSpec},
        probe::ProbeValues,
    };

    /// λ_max every `every` iterations, as `of` has it, and its noise as large as twice that; gradient descent at 0.1, a limit of 20.
    fn walk(steps: u64, every: u64, of: impl Fn(u64) -> f64) -> History {
        let mut manifest = synthetic::manifest(steps);
        manifest.spec.optimizer = OptimizerSpec { kind: OptimizerKind::Gd, ..OptimizerSpec::default() };
        let mut history = History::new(manifest);
        for t in 0..steps {
            let value = t.is_multiple_of(every).then(|| of(t));
            let values = ProbeValues::NONE
                .with(ProbeId::LAMBDA_MAX, value)
                .with(ProbeId::NOISE_NORM, value.map(|x| 2.0 * x))
                .with(ProbeId::NORM, Some(1.0));
            history.push_step(StepRecord { values, ..synthetic::step(t, 0.0) });
        }
        history
    }

    fn number(history: &History, name: &str, range: Range<u64>) -> f64 {
        Probed::named(name).unwrap().of(history, &range)
    }

    #[test]
    fn every_number_has_a_name_of_its_own() {
        let names: Vec<String> = Probed::names().collect();
        for name in &names {
            let found = Probed::named(name).unwrap();
            assert_eq!(*name, format!("{}-{}", found.told, found.id.probe().name()));
        }
        let over = Probed::named("mean-mean-gradient-norm/noise-norm").unwrap();
        assert_eq!((over.told, over.id), (Told::Mean, ProbeId::MEAN_GRADIENT_NORM));
        assert_eq!(over.over, Some(Over::Probe(ProbeId::NOISE_NORM)));
        assert_eq!(Probed::named("max-lambda-max/limit").unwrap().over, Some(Over::Limit));
        for none in ["max-lambda-max/", "max-lambda-max/limits", "max-lambda", "most-lambda-max", "lambda-max", "max"] {
            assert_eq!(Probed::named(none), None, "{none}");
        }
    }

    #[test]
    fn numbers_are_over_what_was_measured_in_the_window() {
        let history = walk(100, 10, |t| (t as f64 - 40.0).abs());
        // At 20, 30, 40, 50, 60 and 70: 20, 10, 0, 10, 20, 30.
        for (name, expected) in [
            ("mean-lambda-max", 15.0),
            ("median-lambda-max", 15.0),
            ("min-lambda-max", 0.0),
            ("max-lambda-max", 30.0),
            ("max-lambda-max/limit", 1.5),
            ("mean-noise-norm/norm", 30.0),
            ("reached-at-lambda-max/limit", 20.0),
        ] {
            let found = number(&history, name, 20..80);
            assert!((found - expected).abs() < 1e-12, "{name}: {found}, not {expected}");
        }
        // 0 over 0 is shown, not left out.
        assert!(number(&history, "max-noise-norm/lambda-max", 20..80).is_nan());
        assert_eq!(number(&history, "max-noise-norm/lambda-max", 50..80), 2.0);
        assert!(number(&history, "mean-trace", 0..100).is_nan() && number(&history, "max-lambda-max", 1..9).is_nan());
        assert!(number(&history, "max-lambda-max/trace", 0..100).is_nan());
        assert!((number(&history, "trend-lambda-max", 40..100) - 1.0).abs() < 1e-12);
        assert!((number(&history, "trend-lambda-max", 0..50) + 1.0).abs() < 1e-12);
    }

    /// A rise to the limit at iteration 60, and a hover at 1.05 times it.
    #[test]
    fn what_follows_on_a_limit_is_its_mean_over_a_hundred_iterations() {
        let history = walk(400, 5, |t| match t {
            0..60 => t as f64 / 3.0,
            60 => 25.0,
            61..=160 => 21.0,
            _ => 100.0,
        });
        let name = "after-reaching-lambda-max/limit";
        assert_eq!(number(&history, "reached-at-lambda-max/limit", 0..400), 60.0);
        assert!((number(&history, name, 0..400) - 1.05).abs() < 1e-12);
        assert!(number(&history, name, 0..160).is_nan(), "only 99 follow");
        assert!((number(&history, name, 0..161) - 1.05).abs() < 1e-12);
        let below = walk(400, 5, |_| 19.0);
        assert!(number(&below, name, 0..400).is_nan() && number(&below, "max-lambda-max/limit", 0..400) < 1.0);
    }

    #[test]
    fn the_limit_is_that_of_the_optimizer_and_of_the_matrix() {
        let made = walk(50, 10, |_| 19.0);
        let mut manifest = made.manifest().clone();
        manifest.spec.optimizer = OptimizerSpec { kind: OptimizerKind::Adam, ..OptimizerSpec::default() };
        let mut adam = History::new(manifest);
        for step in made.steps() {
            let values = step.values.with(ProbeId::PRECONDITIONED_LAMBDA_MAX, step.value(ProbeId::LAMBDA_MAX));
            adam.push_step(StepRecord { values, ..*step });
        }
        // 38/η at η = 0.1.
        let found = number(&adam, "mean-preconditioned-lambda-max/limit", 0..50);
        assert!((found - 0.05).abs() < 1e-12, "{found}");
        assert!(number(&adam, "mean-lambda-max/limit", 0..50).is_nan(), "Adam's limit is on another matrix");
        assert!(over_limit(&adam).iter().all(|[_, y]| (y - 0.05).abs() < 1e-12));
        let expected: Vec<[f64; 2]> = (0..5).map(|i| [10.0 * f64::from(i), 0.95]).collect();
        assert_eq!((over_limit(&made), over_limit(&adam).len()), (expected, 5));
    }

    /// Accuracy is a straight line of the last value before each epoch's end.
    #[test]
    fn the_correlation_with_the_accuracy_is_over_epochs() {
        let bounce = synthetic::bounce(600, 3);
        let length = bounce.manifest().steps_per_epoch;
        let made = |sign: f64, every: u64| {
            let mut history = History::new(bounce.manifest().clone());
            for step in bounce.steps() {
                let due = step.t.is_multiple_of(every);
                let error = bounce.epochs().iter().find(|e| e.t >= step.t).map_or(0.0, |e| e.test_error);
                let values = ProbeValues::NONE.with(ProbeId::LAMBDA_MAX, due.then_some(7.0 + sign * (1.0 - error)));
                history.push_step(StepRecord { values, ..*step });
            }
            for epoch in bounce.epochs() {
                history.push_epoch(*epoch);
            }
            history
        };
        let name = "accuracy-correlation-lambda-max";
        for every in [1, 7, length] {
            assert!((number(&made(1.0, every), name, 0..600) - 1.0).abs() < 1e-9, "every {every}");
            assert!((number(&made(-3.0, every), name, 0..600) + 1.0).abs() < 1e-9, "every {every}");
        }
        let rare = beside_accuracy(&made(1.0, 3 * length), &[[0.0, 1.0], [3.0 * length as f64, 2.0]]);
        assert_eq!(rare.len(), 2, "epochs without a measurement do not count");
    }
}
