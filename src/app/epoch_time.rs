//! Which epoch an iteration is in, and the other way round, as the records of a run say it.

use super::store::Store;
use crate::{history::History, probe::EpochRecord};

/// The run whose epochs others are compared with: the one that is chosen, if it is shown, else the first that is.
pub fn leading(store: &Store) -> Option<&History> {
    let chosen = store.active().filter(|run| run.visible).and_then(|run| run.history.as_ref());
    chosen.or_else(|| store.shown().next().map(|(_, history)| history))
}

/// The epoch of an iteration; between two records in proportion. Before the first and after the last record epochs are as long
/// as they were planned.
pub fn epoch_at(history: &History, t: f64) -> f64 {
    between(history.epochs(), |e| [e.t as f64, e.epoch as f64], t, 1.0 / planned(history))
}

/// The iteration of an epoch.
pub fn iteration_at(history: &History, epoch: f64) -> f64 {
    between(history.epochs(), |e| [e.epoch as f64, e.t as f64], epoch, planned(history))
}

fn planned(history: &History) -> f64 {
    history.manifest().steps_per_epoch.max(1) as f64
}

/// y at x on a line through the records, which rise; it goes on with `slope` at both ends. Without any, both begin with 0.
fn between(records: &[EpochRecord], place: impl Fn(&EpochRecord) -> [f64; 2], x: f64, slope: f64) -> f64 {
    let after = records.partition_point(|record| place(record)[0] <= x);
    let at = |k: usize| records.get(k).map(&place);
    match (after.checked_sub(1).and_then(at), at(after)) {
        (Some(a), Some(b)) if b[0] > a[0] => a[1] + (x - a[0]) / (b[0] - a[0]) * (b[1] - a[1]),
        (Some(a), _) => a[1] + (x - a[0]) * slope,
        (None, Some(b)) => b[1] + (x - b[0]) * slope,
        (None, None) => x * slope,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::synthetic::{bounce, manifest};

    #[test]
    fn records_say_which_epoch_an_iteration_is_in() {
        // Epochs 0 to 12 in 240 iterations; the plan says 50 iterations each.
        let history = bounce(240, 1);
        for (t, epoch) in [(0.0, 0.0), (20.0, 1.0), (30.0, 1.5), (240.0, 12.0), (290.0, 13.0), (-50.0, -1.0)] {
            assert!((epoch_at(&history, t) - epoch).abs() < 1e-12, "{t}");
            assert!((iteration_at(&history, epoch) - t).abs() < 1e-9, "{epoch}");
        }
    }

    #[test]
    fn without_records_the_plan_says_it() {
        let history = History::new(manifest(100));
        assert_eq!((epoch_at(&history, 75.0), iteration_at(&history, 1.5)), (1.5, 75.0));
    }
}
