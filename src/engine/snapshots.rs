//! Where runs are, for those who measure beside them: the latest, when it is asked for. The engine copies parameters only
//! then, and never waits.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::Sender;

use super::{Command, RunId};
use crate::net::State;

/// Where a run was at an iteration.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub id: RunId,
    /// Iterations made.
    pub t: u64,
    /// θ_t and the running statistics beside it.
    pub state: Arc<State>,
    /// Whether the run is over: this is its last point.
    pub is_last: bool,
}

/// The place where the engine puts snapshots. Clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct Snapshots(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Wakes the engine, which may be asleep.
    engine: Option<Sender<Command>>,
    /// Whether somebody waits for newer ones.
    wanted: AtomicBool,
    kept: Mutex<Kept>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    /// How many watch each run.
    watched: BTreeMap<RunId, usize>,
    latest: BTreeMap<RunId, Snapshot>,
    /// Counts what was put.
    version: u64,
}

impl PartialEq for Snapshots {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Snapshots {
    /// The place of the engine that obeys these commands.
    pub(super) fn of(engine: Sender<Command>) -> Snapshots {
        Snapshots(Arc::new(Shared { engine: Some(engine), ..Shared::default() }))
    }

    /// Watches these runs until it is dropped.
    pub fn watch(&self, runs: &[RunId]) -> Watch {
        let mut kept = self.lock();
        runs.iter().for_each(|id| *kept.watched.entry(*id).or_default() += 1);
        Watch { place: self.clone(), runs: runs.to_vec(), seen: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody waits. Looked at after every iteration.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.wanted.load(Ordering::Relaxed)
    }

    /// Whether somebody watches a run and has not seen it at `t`.
    pub(super) fn lacks(&self, id: RunId, t: u64, is_last: bool) -> bool {
        let kept = self.lock();
        let known = kept.latest.get(&id).is_some_and(|s| s.t == t && s.is_last == is_last);
        kept.watched.contains_key(&id) && !known
    }

    /// Whether somebody watches a run.
    pub(super) fn is_watched(&self, id: RunId) -> bool {
        self.lock().watched.contains_key(&id)
    }

    /// Puts new ones in the place of the old, all at once.
    pub(super) fn put(&self, new: Vec<Snapshot>) {
        if new.is_empty() {
            return;
        }
        let mut kept = self.lock();
        kept.version += 1;
        for snapshot in new {
            kept.latest.insert(snapshot.id, snapshot);
        }
        self.0.wanted.store(false, Ordering::Relaxed);
        self.0.changed.notify_all();
    }
}

/// Somebody who watches runs.
#[derive(Debug)]
pub struct Watch {
    place: Snapshots,
    runs: Vec<RunId>,
    /// The version that was taken last.
    seen: u64,
}

impl Watch {
    /// The latest of all watched runs, in their order, once something is newer than what was taken before; `None` after
    /// `patience`.
    pub fn next(&mut self, patience: Duration) -> Option<Vec<Snapshot>> {
        let mut kept = self.place.lock();
        let find = |kept: &Kept, seen: u64| -> Option<Vec<Snapshot>> {
            let all = self.runs.iter().map(|id| kept.latest.get(id).cloned()).collect::<Option<Vec<_>>>()?;
            (kept.version > seen).then_some(all)
        };
        let mut found = find(&kept, self.seen);
        if found.is_none() {
            // Once: a run that moves looks by itself.
            if !self.place.0.wanted.swap(true, Ordering::Relaxed)
                && let Some(engine) = &self.place.0.engine
            {
                engine.try_send(Command::Look).ok();
            }
            let waited = self.place.0.changed.wait_timeout(kept, patience);
            kept = waited.unwrap_or_else(PoisonError::into_inner).0;
            found = find(&kept, self.seen);
        }
        if found.is_some() {
            self.seen = kept.version;
        }
        found
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut kept = self.place.lock();
        for id in &self.runs {
            let left = kept.watched.get(id).map_or(0, |n| n.saturating_sub(1));
            if left == 0 {
                kept.watched.remove(id);
                kept.latest.remove(id);
            } else {
                kept.watched.insert(*id, left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(id: RunId, t: u64) -> Snapshot {
        Snapshot { id, t, state: Arc::default(), is_last: false }
    }

    #[test]
    fn only_the_latest_counts_and_only_while_somebody_watches() {
        let place = Snapshots::default();
        let soon = Duration::from_millis(5);
        assert!(!place.is_wanted() && !place.lacks(1, 0, false));
        let mut watch = place.watch(&[1, 2]);
        assert!(watch.next(soon).is_none() && place.is_wanted());
        place.put(vec![at(1, 5)]);
        assert!(watch.next(soon).is_none(), "one of two");
        place.put(vec![at(1, 6), at(2, 6)]);
        place.put(vec![at(1, 7), at(2, 7)]);
        let found = watch.next(soon).unwrap();
        assert_eq!(found.iter().map(|s| (s.id, s.t)).collect::<Vec<_>>(), [(1, 7), (2, 7)]);
        assert!(watch.next(soon).is_none(), "nothing newer");
        assert!(place.lacks(1, 8, false) && place.lacks(1, 7, true) && !place.lacks(1, 7, false));
        let other = place.watch(&[2]);
        drop(watch);
        assert!(place.is_watched(2) && !place.is_watched(1));
        drop(other);
        assert!(place.lock().latest.is_empty(), "nothing is kept for nobody");
    }
}
