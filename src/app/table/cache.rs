//! The rows of all runs, made anew only where there is something new.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::row::Row;
use crate::{
    app::store::{Phase, Run, Store},
    engine::RunId,
};

/// A run that moves, or is being read, has new records in every frame; its means are taken no more often than this.
const OFTEN: Duration = Duration::from_millis(250);
/// Of a long run that takes a while: it shall take no more than such a part of the time.
const PART: u32 = 20;

/// What a row was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    /// Steps, slices, epochs and changes; `None` before the run has begun.
    records: Option<[usize; 4]>,
    has_ended: bool,
    sweep: Option<u32>,
}

impl Stamp {
    fn of(run: &Run) -> Stamp {
        let count =
            |h: &crate::history::History| [h.steps().len(), h.slices().len(), h.epochs().len(), h.changes().len()];
        Stamp {
            records: run.history.as_ref().map(count),
            has_ended: run.history.as_ref().is_some_and(|h| h.summary().is_some()),
            sweep: run.sweep,
        }
    }
}

#[derive(Debug)]
struct Kept {
    stamp: Stamp,
    made: Instant,
    /// How long that took.
    took: Duration,
    row: Arc<Row>,
}

impl Kept {
    fn of(run: &Run, now: Instant) -> Kept {
        let begun = Instant::now();
        let row = Arc::new(Row::of(run));
        Kept { stamp: Stamp::of(run), made: now, took: begun.elapsed(), row }
    }

    fn is_stale(&self, run: &Run, now: Instant) -> bool {
        let moves = matches!(run.phase, Phase::Running | Phase::Reading { .. });
        let is_due = || !moves || now.saturating_duration_since(self.made) >= OFTEN.max(PART * self.took);
        self.row.name != run.name() || self.stamp != Stamp::of(run) && is_due()
    }
}

/// The rows, in the order of the runs.
#[derive(Debug, Default)]
pub struct Cache {
    kept: Vec<Kept>,
    revision: u64,
}

impl Cache {
    /// Takes in what is new.
    pub fn refresh(&mut self, store: &Store, now: Instant) {
        let runs = store.runs();
        let ids = self.kept.iter().map(|kept| kept.row.id);
        if !ids.eq(runs.iter().map(|run| run.id)) {
            let mut old: BTreeMap<RunId, Kept> =
                std::mem::take(&mut self.kept).into_iter().map(|kept| (kept.row.id, kept)).collect();
            self.kept = runs.iter().map(|run| old.remove(&run.id).unwrap_or_else(|| Kept::of(run, now))).collect();
            self.revision += 1;
        }
        for (kept, run) in self.kept.iter_mut().zip(runs) {
            if kept.is_stale(run, now) {
                *kept = Kept::of(run, now);
                self.revision += 1;
            }
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.kept.iter().map(|kept| &kept.row)
    }

    /// Another number whenever the rows are others.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        app::table::number::Number,
        history::{History, synthetic},
    };

    #[test]
    fn rows_are_made_anew_only_for_new_records() {
        let mut store = Store::default();
        store.insert(Path::new("/a.valley"), History::new(synthetic::manifest(10)));
        store.insert(Path::new("/b.valley"), History::new(synthetic::manifest(10)));
        let (mut cache, now) = (Cache::default(), Instant::now());
        cache.refresh(&store, now);
        let first = cache.revision();
        cache.refresh(&store, now);
        assert_eq!(cache.revision(), first);
        let id = store.runs()[0].id;
        let run = store.run_mut(id).unwrap();
        run.history.as_mut().unwrap().push_step(synthetic::step(0, 2.5));
        // It moves, and its row is young.
        run.phase = Phase::Running;
        cache.refresh(&store, now);
        assert_eq!(cache.revision(), first);
        cache.refresh(&store, now + OFTEN);
        assert_eq!(cache.revision(), first + 1);
        let distance = Number::named("distance").unwrap();
        let distances: Vec<_> = cache.rows().map(|row| row.number(distance)).collect();
        assert_eq!(distances, [Some(2.5), None]);
        store.close(id);
        cache.refresh(&store, now);
        assert_eq!(cache.rows().count(), 1);
    }
}
