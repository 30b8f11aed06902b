//! What is measured of a run as one number.

use serde::{Deserialize, Serialize};

use crate::{
    app::store::Run,
    history::History,
    probe::{EpochRecord, ProbeId},
    recipe::{self, Measure},
};

/// A number of a run: a row of the table below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(u8);

/// What there is to say about a number.
struct Entry {
    /// Its name in what is remembered; stays as it is for ever.
    key: &'static str,
    /// What the head of its column says.
    name: &'static str,
    title: &'static str,
    /// `None` when it was not measured, NaN when it was and is not a number.
    read: fn(&Run, &History) -> Option<f64>,
}

const fn entry(
    key: &'static str,
    name: &'static str,
    title: &'static str,
    read: fn(&Run, &History) -> Option<f64>,
) -> Entry {
    Entry { key, name, title, read }
}

/// Of shares, in percent.
const PERCENT: f64 = 100.0;

/// The constants of [`Number`] are places in this table.
static TABLE: [Entry; Number::COUNT] = [
    entry("train-loss", "train loss", "Final training loss", |_, h| train_loss(h)),
    entry("train-error", "train error %", "Training error at the last epoch, in percent", |_, h| {
        of_last_epoch(h, |e| e.train_error * PERCENT)
    }),
    entry("test-loss", "test loss", "Test loss at the last epoch", |_, h| of_last_epoch(h, |e| e.test_loss)),
    entry("test-error", "test error %", "Test error at the last epoch, in percent", |_, h| {
        of_last_epoch(h, |e| e.test_error * PERCENT)
    }),
    entry("best-test-error", "best test error %", "Best test error of all epochs, in percent", |_, h| {
        best_test_error(h)
    }),
    entry("cosine", "mean cosine", "Mean gradient cosine", |_, h| {
        let is_measured = h.steps().iter().any(|s| s.value(ProbeId::COSINE).is_some());
        measured(h, is_measured, Measure::Mean(ProbeId::COSINE))
    }),
    entry("barriers", "barriers %", "Iterations with a barrier, in percent", |_, h| {
        let share = measured(h, !h.slices().is_empty(), named("barrier-share")?);
        share.map(|share| share * PERCENT)
    }),
    entry("height", "mean height", "Mean height above the floor", |_, h| {
        measured(h, !h.slices().is_empty(), named("mean-height")?)
    }),
    entry("distance", "distance", "Distance from init at the end", |_, h| distance(h)),
    entry("seconds", "seconds", "Seconds, pauses not counted", |_, h| h.summary().map(|s| s.seconds)),
    entry("iterations", "iterations", "Iterations made", |run, _| run.reached().map(|t| t as f64)),
];

impl Number {
    /// How many there are.
    pub const COUNT: usize = 11;

    /// Every number.
    pub fn all() -> impl Iterator<Item = Number> {
        (0..Number::COUNT as u8).map(Number)
    }

    /// Something of every number, in its place.
    pub fn each<T>(of: impl Fn(Number) -> T) -> [T; Number::COUNT] {
        std::array::from_fn(|index| of(Number(index as u8)))
    }

    /// The number that is remembered under a key.
    pub fn named(key: &str) -> Option<Number> {
        Number::all().find(|number| number.key() == key)
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    pub fn key(self) -> &'static str {
        TABLE[self.index()].key
    }

    /// What the head of its column says.
    pub fn name(self) -> &'static str {
        TABLE[self.index()].name
    }

    /// What it is, in words.
    pub fn title(self) -> &'static str {
        TABLE[self.index()].title
    }

    /// What a run has of it.
    pub fn of(self, run: &Run) -> Option<f64> {
        run.history.as_ref().and_then(|history| (TABLE[self.index()].read)(run, history))
    }
}

impl From<Number> for String {
    fn from(number: Number) -> String {
        number.key().into()
    }
}

impl TryFrom<String> for Number {
    type Error = String;

    fn try_from(key: String) -> Result<Number, String> {
        Number::named(&key).ok_or_else(|| format!("there is no number {key}"))
    }
}

/// A measure of recipes over the whole run, where there is something to measure.
fn measured(history: &History, is_measured: bool, measure: Measure) -> Option<f64> {
    is_measured.then(|| measure.of(history, recipe::Window::All))
}

/// A measure by the name that recipes have for it.
fn named(name: &str) -> Option<Measure> {
    name.parse().ok()
}

fn of_last_epoch(history: &History, read: fn(&EpochRecord) -> f64) -> Option<f64> {
    history.epochs().last().map(read)
}

/// At the last iterate if it was measured there, else at the newest one where it was.
fn train_loss(history: &History) -> Option<f64> {
    let at_end = history.summary().and_then(|s| s.loss);
    let epoch = history.epochs().last().map(|e| (e.t, e.train_loss));
    let step = history.steps().iter().rev().find_map(|s| Some((s.t, s.loss?)));
    let newest = [epoch, step].into_iter().flatten().max_by_key(|(t, _)| *t);
    at_end.or(newest.map(|(_, loss)| loss))
}

/// Epochs without a number are passed over, unless all are.
fn best_test_error(history: &History) -> Option<f64> {
    let errors = history.epochs().iter().map(|e| e.test_error * PERCENT);
    errors.reduce(f64::min)
}

fn distance(history: &History) -> Option<f64> {
    let newest = || history.steps().iter().rev().find_map(|s| s.value(ProbeId::DISTANCE));
    history.summary().map(|s| s.distance).or_else(newest)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        app::store::Store,
        history::synthetic::{bounce, manifest},
    };

    fn number(key: &str, history: &History) -> Option<f64> {
        let mut store = Store::default();
        store.insert(Path::new("/a.valley"), history.clone());
        Number::named(key).unwrap().of(&store.runs()[0])
    }

    #[test]
    fn every_number_has_a_name_of_its_own() {
        let all: Vec<Number> = Number::all().collect();
        for (i, one) in all.iter().enumerate() {
            assert_eq!(Number::named(one.key()), Some(*one));
            assert!(all[..i].iter().all(|other| other.name() != one.name() && other.title() != one.title()));
        }
    }

    #[test]
    fn numbers_are_those_of_the_records() {
        let history = bounce(26, 3);
        let last = history.epochs().last().unwrap();
        assert_eq!(number("train-loss", &history), Some(last.train_loss), "the last iterate is the epoch's");
        assert_eq!(number("test-error", &history), Some(100.0 * last.test_error));
        assert_eq!(number("best-test-error", &history), number("test-error", &history), "it only falls");
        // Every thirteenth step crosses a barrier.
        let barriers = history.slices().iter().filter(|s| s.has_barrier()).count();
        assert!(barriers >= 2);
        assert_eq!(number("barriers", &history), Some(100.0 * (barriers as f64 / 26.0)));
        let heights: f64 = history.slices().iter().map(|s| s.height()).sum::<f64>() / 26.0;
        assert!((number("height", &history).unwrap() - heights).abs() < 1e-12);
        assert_eq!(number("distance", &history), history.steps()[25].value(ProbeId::DISTANCE));
        assert_eq!(number("iterations", &history), Some(26.0));
        assert_eq!(number("seconds", &history), None, "it has not ended");
    }

    #[test]
    fn what_was_not_measured_is_no_number_at_all() {
        let empty = History::new(manifest(10));
        for key in ["train-loss", "train-error", "best-test-error", "cosine", "barriers", "height", "distance"] {
            assert_eq!(number(key, &empty), None, "{key}");
        }
    }
}
