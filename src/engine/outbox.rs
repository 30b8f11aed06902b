//! The engine's way out: bundles records, and never lets a slow window slow the training.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crossbeam_channel::{Sender, TrySendError};

use super::{Delivery, Event, Record};
use crate::history::History;

/// Records kept for a front that does not listen; beyond it they are left to the run file.
const OUTBOX: usize = 1 << 16;

/// The events on their way to the front.
pub(super) struct Outbox {
    events: Sender<Event>,
    delivery: Delivery,
    wake: Box<dyn Fn() + Send>,
    /// Events that did not fit, oldest first (prompt delivery only).
    waiting: VecDeque<Event>,
    missed: Arc<AtomicU64>,
}

impl Outbox {
    /// `missed` counts the records that are left to the run file.
    pub fn new(
        events: Sender<Event>,
        delivery: Delivery,
        wake: Box<dyn Fn() + Send>,
        missed: Arc<AtomicU64>,
    ) -> Outbox {
        Outbox { events, delivery, wake, waiting: VecDeque::new(), missed }
    }

    pub fn send(&mut self, event: Event) {
        match self.delivery {
            Delivery::Complete => {
                self.events.send(event).ok();
            }
            Delivery::Prompt => {
                self.waiting.push_back(event);
                self.flush();
            }
        }
        (self.wake)();
    }

    /// Whether everything was handed over.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Hands over what has waited, as far as there is room.
    pub fn flush(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(event) | TrySendError::Disconnected(event)) = self.events.try_send(event) {
                self.waiting.push_front(event);
                break;
            }
        }
        if self.waiting.iter().map(Event::weight).sum::<usize>() > OUTBOX {
            self.forget_records();
        }
    }

    /// Replaces all waiting records by notes of what is missing: memory stays bounded, the run file has them.
    fn forget_records(&mut self) {
        let mut kept: VecDeque<Event> = VecDeque::new();
        for event in self.waiting.drain(..) {
            let (id, from, to, count) = match event {
                Event::Records { id, records } => {
                    let mut ts = records.iter().map(Record::t);
                    let first = ts.next().unwrap_or(0);
                    (id, first, ts.fold(first, u64::max) + 1, records.len() as u64)
                }
                Event::Missed { id, from, to } => (id, from, to, 0),
                other => {
                    kept.push_back(other);
                    continue;
                }
            };
            self.missed.fetch_add(count, Ordering::Relaxed);
            // Runs that advance together miss alternately: one note for each, since the last of its other events.
            let last = kept.iter_mut().rev().take_while(|e| matches!(e, Event::Missed { .. }));
            let mut own = last.filter_map(|e| match e {
                Event::Missed { id: of, to, .. } if *of == id => Some(to),
                _ => None,
            });
            match own.next() {
                Some(end) => *end = to.max(*end),
                None => kept.push_back(Event::Missed { id, from, to }),
            }
        }
        self.waiting = kept;
    }
}

impl Event {
    /// Records that an event holds in memory.
    fn weight(&self) -> usize {
        match self {
            Event::Records { records, .. } => records.len(),
            _ => 1,
        }
    }
}

impl Record {
    /// Whether only the run file gets it.
    pub(super) fn is_for_the_file(&self) -> bool {
        matches!(self, Record::Checkpoint { .. } | Record::State { .. } | Record::Average { .. } | Record::Note { .. })
    }

    /// The iteration a record belongs to.
    pub fn t(&self) -> u64 {
        match self {
            Record::Step(r) => r.t,
            Record::Slice(r) => r.t,
            Record::Epoch(r) => r.t,
            Record::Change(r) => r.t,
            Record::State { standing, .. } => standing.t,
            Record::Checkpoint { t, .. } | Record::Average { t, .. } | Record::Note { t, .. } => *t,
        }
    }

    /// Adds it to what a run has recorded so far; what only the run file gets is passed over.
    pub fn add_to(&self, history: &mut History) {
        match self {
            Record::Step(r) => drop(history.push_step(*r)),
            Record::Slice(r) => drop(history.push_slice(*r)),
            Record::Epoch(r) => drop(history.push_epoch(*r)),
            Record::Change(r) => drop(history.push_change(r.clone())),
            Record::Checkpoint { .. } | Record::State { .. } | Record::Average { .. } | Record::Note { .. } => {}
        }
    }
}
