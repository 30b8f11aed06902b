//! Numbers that claims are about, read from the records of a run.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Deserializer};

use super::{
    probed::Probed,
    statistics::{mean, median},
};
use crate::{
    history::{History, Quantity},
    named::named_choice,
    optim::OptimizerKind,
    probe::ProbeId,
    run::Outcome,
    suggest,
};

/// What is measured of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// `mean-` and the name of a probe: its mean over the iterations that it has measured.
    Mean(ProbeId),
    /// Something else that is told of a probe.
    Probed(Probed),
    Other(Other),
}

impl FromStr for Measure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mean = text.strip_prefix("mean-").and_then(ProbeId::named).map(Measure::Mean);
        let other = || text.parse::<Other>().ok().map(Measure::Other);
        let probed = || Probed::named(text).map(Measure::Probed);
        mean.or_else(other).or_else(probed).ok_or_else(|| {
            let names: Vec<String> = Measure::names().collect();
            let near = suggest::closest(text, names.iter().map(String::as_str));
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
            let others: Vec<String> = Other::ALL.iter().map(Other::to_string).collect();
            let (probed, others) = (Probed::pattern(), others.join(", "));
            format!("unknown measure {text:?}{hint} (known: {probed}; {others})")
        })
    }
}

named_choice! {
    /// What is no mean of a probe.
    Other as "measure" {
        /// Share of slices whose lowest point lies strictly inside.
        #[default] InteriorShare = "interior-share",
        /// Share of iterations whose floor is above the floor of the iteration before.
        FloorRiseShare = "floor-rise-share",
        /// Share of slices with a barrier.
        BarrierShare = "barrier-share",
        /// Iterations whose slice has a barrier, as the paper counts them.
        Barriers = "barriers",
        /// Median over all barrier points of height / loss at the higher end; NaN without barriers.
        MedianBarrier = "median-barrier",
        /// Mean height above the floor.
        MeanHeight = "mean-height",
        /// Mean sharpness along the step, uᵀHu/‖u‖².
        MeanSharpness = "mean-sharpness",
        /// Mean of the update's edge ζ, 1 where the step does not lower the loss to second order.
        MeanEdge = "mean-edge",
        /// Mean place of the step's end on the parabola of its slice: −1 its start, 0 the floor.
        MeanPlace = "mean-place",
        /// ‖θ − θ_0‖ at the last iterate of the window.
        Distance = "distance",
        /// ‖θ‖ at the last iterate.
        Norm = "norm",
        /// Full training loss at the last epoch's end.
        TrainLoss = "train-loss",
        /// Test error at the last epoch's end, 0..1.
        TestError = "test-error",
        /// Share of right answers on the test set at the last epoch's end, 0..1.
        TestAccuracy = "test-accuracy",
        /// Test loss at the last epoch's end.
        TestLoss = "test-loss",
        /// Dimension D of θ.
        Parameters = "parameters",
        /// Gradients as a multiple of the iterations: 1 of SGD, 2 of SAM.
        RelativeCost = "relative-cost",
        /// Gradients beyond one per iteration, as a share of the iterations: 0 of SGD, 1 of SAM.
        ExtraCost = "extra-cost",
        /// The counted extra cost minus that of the formula: 0 of SGD, 1 of SAM, 1 − (n−1)E/(nT) of PSAM (SAM thesis,
        /// §4.2). NaN for other optimizers and for plans that switch.
        CostOffFormula = "cost-off-formula",
    }
}

/// Which iterations a measure is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Window {
    All,
    /// The first so many.
    First(u64),
    /// The last so many.
    Last(u64),
    /// Those of one epoch, counted from 1.
    Epoch(u64),
    /// From this share of the run on.
    From(f64),
    /// From one share of the run to another.
    Share(f64, f64),
    /// From one iteration to before another.
    Between(u64, u64),
}

impl Window {
    /// The iterations meant, in a run of `steps` iterations.
    fn range(self, history: &History) -> Range<u64> {
        let m = history.manifest();
        let part = |share: f64| (share * m.steps as f64).round() as u64;
        match self {
            Window::All => 0..m.steps,
            Window::First(n) => 0..n.min(m.steps),
            Window::Last(n) => m.steps.saturating_sub(n)..m.steps,
            Window::Epoch(e) => (e - 1) * m.steps_per_epoch..e * m.steps_per_epoch,
            Window::From(share) => part(share)..m.steps,
            Window::Share(from, to) => part(from)..part(to),
            Window::Between(from, to) => from.min(m.steps)..to.min(m.steps),
        }
    }
}

/// A share in percent, without the last bits of a product.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Window::All => write!(f, "all"),
            Window::First(n) => write!(f, "first {n}"),
            Window::Last(n) => write!(f, "last {n}"),
            Window::Epoch(e) => write!(f, "epoch {e}"),
            Window::From(s) => write!(f, "from {}%", percent(*s)),
            Window::Share(from, to) => write!(f, "{}%..{}%", percent(*from), percent(*to)),
            Window::Between(from, to) => write!(f, "{from}..{to}"),
        }
    }
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = "all, first 10, last 10, epoch 3, from 50%, 10%..25% or 200..300";
        let bad = || format!("\"{text}\" is no window; write {known}");
        if let Some((from, to)) = text.split_once("..") {
            let share = |text: &str| text.strip_suffix('%')?.parse::<f64>().ok().map(|percent| percent / 100.0);
            let shares = share(from).zip(share(to)).filter(|(from, to)| 0.0 <= *from && from < to && *to <= 1.0);
            let steps = || from.parse::<u64>().ok().zip(to.parse::<u64>().ok()).filter(|(from, to)| from < to);
            let of_steps = || steps().map(|(from, to)| Window::Between(from, to));
            return shares.map(|(from, to)| Window::Share(from, to)).or_else(of_steps).ok_or_else(bad);
        }
        match text.split_once(' ') {
            None if text == "all" => Ok(Window::All),
            Some(("first", n)) => n.parse().ok().filter(|n| *n > 0).map(Window::First).ok_or_else(bad),
            Some(("last", n)) => n.parse().ok().filter(|n| *n > 0).map(Window::Last).ok_or_else(bad),
            Some(("epoch", e)) => e.parse().ok().filter(|e| *e > 0).map(Window::Epoch).ok_or_else(bad),
            Some(("from", s)) => {
                let percent: f64 = s.strip_suffix('%').and_then(|s| s.parse().ok()).ok_or_else(bad)?;
                Ok(Window::From(percent / 100.0))
            }
            _ => Err(bad()),
        }
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Measure {
    /// The names of all.
    fn names() -> impl Iterator<Item = String> {
        Probed::names().chain(Other::ALL.iter().map(Other::to_string))
    }

    /// Whether the run has anything to measure. Only barriers may be missing without that being a fault: a run that
    /// crossed none has no barrier height. A run that diverged always counts.
    pub fn applies(self, history: &History, window: Window) -> bool {
        let diverged = history.summary().is_some_and(|s| matches!(s.outcome, Outcome::Diverged { .. }));
        self != Measure::Other(Other::MedianBarrier) || diverged || !self.of(history, window).is_nan()
    }

    /// The measure of a run over a window; `NaN` when there is nothing to measure, and for a run that diverged.
    pub fn of(self, history: &History, window: Window) -> f64 {
        // What a run did before it blew up says nothing about the claim.
        if history.summary().is_some_and(|s| matches!(s.outcome, Outcome::Diverged { .. })) {
            return f64::NAN;
        }
        let range = window.range(history);
        let slices = || history.slices().iter().filter(|s| range.contains(&s.t));
        let along = |quantity: Quantity| {
            let points: Vec<[f64; 2]> = history.series(quantity).points().collect();
            points.into_iter().filter(|[t, _]| range.contains(&(*t as u64))).map(|[_, y]| y)
        };
        let share = |yes: usize, all: usize| if all == 0 { f64::NAN } else { yes as f64 / all as f64 };
        let measure = match self {
            Measure::Mean(id) => {
                return mean(history.steps().iter().filter(|s| range.contains(&s.t)).filter_map(|s| s.value(id)));
            }
            Measure::Probed(probed) => return probed.of(history, &range),
            Measure::Other(other) => other,
        };
        match measure {
            Other::InteriorShare => share(slices().filter(|s| s.has_interior_minimum()).count(), slices().count()),
            Other::BarrierShare => share(slices().filter(|s| s.has_barrier()).count(), slices().count()),
            Other::Barriers if slices().next().is_none() => f64::NAN,
            Other::Barriers => slices().filter(|s| s.has_barrier()).count() as f64,
            Other::FloorRiseShare => {
                let floors: Vec<f64> = slices().map(|s| s.floor()).collect();
                share(floors.windows(2).filter(|w| w[1] > w[0]).count(), floors.len().saturating_sub(1))
            }
            Other::MedianBarrier => {
                let relative = slices().flat_map(|s| {
                    let top = s.start().max(s.end());
                    s.barriers().map(move |b| b.height / top).collect::<Vec<_>>()
                });
                median(relative.collect())
            }
            Other::MeanHeight => mean(slices().map(|s| s.height())),
            Other::MeanSharpness => mean(along(Quantity::SHARPNESS)),
            Other::MeanEdge => mean(along(Quantity::EDGE)),
            Other::MeanPlace => mean(along(Quantity::PLACE)),
            // A step record stands at the iterate it starts from; the very last iterate has none.
            Other::Distance => {
                let next = history.steps().iter().find(|s| s.t == range.end);
                let last = || history.summary().filter(|s| s.steps == range.end).map(|s| s.distance);
                next.and_then(|s| s.value(ProbeId::DISTANCE)).or_else(last).unwrap_or(f64::NAN)
            }
            Other::Norm => history.summary().map_or(f64::NAN, |s| s.norm),
            Other::TrainLoss => history.epochs().last().map_or(f64::NAN, |e| e.train_loss),
            Other::TestError => history.epochs().last().map_or(f64::NAN, |e| e.test_error),
            Other::TestAccuracy => history.epochs().last().map_or(f64::NAN, |e| 1.0 - e.test_error),
            Other::Parameters => history.manifest().parameters as f64,
            Other::RelativeCost => history.summary().and_then(|s| s.extra_cost()).map_or(f64::NAN, |extra| 1.0 + extra),
            Other::TestLoss => history.epochs().last().map_or(f64::NAN, |e| e.test_loss),
            Other::ExtraCost => history.summary().and_then(|s| s.extra_cost()).unwrap_or(f64::NAN),
            Other::CostOffFormula => {
                let m = history.manifest();
                let formula = match m.spec.optimizer.kind {
                    _ if !m.spec.switch.is_empty() => None,
                    OptimizerKind::Psam => m.spec.psam_cost(m.steps),
                    kind => kind.rule().extra_cost(),
                };
                let counted = history.summary().and_then(|s| s.extra_cost());
                counted.zip(formula).map_or(f64::NAN, |(counted, formula)| counted - formula)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{history::synthetic, probe::AlongStep};

    #[test]
    fn windows_survive_a_round_trip() {
        for text in ["all", "last 10", "epoch 3", "from 50%", "10%..25%", "45%..55%", "0%..100%", "200..300"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
        for text in ["epoch 0", "last", "25%..10%", "10%..110%", "-1%..5%", "10..5", "10%..20", "..", "5..5"] {
            assert!(text.parse::<Window>().unwrap_err().contains("10%..25%"), "{text}");
        }
    }

    #[test]
    fn windows_are_of_the_run_they_are_asked_of() {
        let history = synthetic::bounce(200, 1);
        let range = |text: &str| text.parse::<Window>().unwrap().range(&history);
        assert_eq!((range("10%..25%"), range("150..300"), range("300..400")), (20..50, 150..200, 200..200));
        assert_eq!((range("from 50%"), range("epoch 2"), range("last 3")), (100..200, 50..100, 197..200));
        assert_eq!("parameters".parse::<Measure>().unwrap().of(&history, Window::All), 109_386.0);
    }

    #[test]
    fn every_measure_has_a_name_of_its_own() {
        let names: Vec<String> = Measure::names().collect();
        for name in &names {
            assert!(name.parse::<Measure>().is_ok(), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name} is two measures");
        }
        for id in ProbeId::all() {
            assert_eq!(format!("mean-{}", id.probe().name()).parse::<Measure>(), Ok(Measure::Mean(id)));
        }
        assert_eq!("distance".parse::<Measure>(), Ok(Measure::Other(Other::Distance)), "at the end, not the mean");
        let error = "mean-cosin".parse::<Measure>().unwrap_err();
        assert!(error.starts_with("unknown measure \"mean-cosin\"; did you mean \"mean-cosine\"?"), "{error}");
    }

    #[test]
    fn means_of_what_a_slice_tells_are_over_the_window() {
        let history = synthetic::walk(30);
        type Told = fn(AlongStep) -> Option<f64>;
        let measures: [(&str, Told); 3] = [
            ("mean-sharpness", |along| along.sharpness),
            ("mean-edge", |along| along.edge),
            ("mean-place", |along| Some(along.place)),
        ];
        for (measure, of) in measures {
            let records = history.slices().iter().zip(history.steps()).skip(20);
            let expected = mean(records.filter_map(|(slice, step)| of(AlongStep::of(slice, Some(step)))));
            let found = measure.parse::<Measure>().unwrap().of(&history, Window::Last(10));
            assert!((found - expected).abs() < 1e-12 && found.is_finite(), "{measure}: {found}, not {expected}");
        }
        let bare = synthetic::bounce(30, 1);
        assert!("mean-edge".parse::<Measure>().unwrap().of(&bare, Window::All).is_nan(), "nothing to measure");
    }
}
