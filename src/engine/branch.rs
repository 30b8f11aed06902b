//! One of the runs in hand: its walk, its journal, and what of it is not handed out yet.

use std::time::{Duration, Instant};

use super::{Event, Record, RunId, Status, journal::Journal, outbox::Outbox, share::Share, walk::Walk};
use crate::run::{Outcome, Summary};

/// Records are handed out in bundles of at most this many …
const BUNDLE: usize = 512;
/// … or when the oldest has waited this long.
pub(super) const BUNDLE_AGE: Duration = Duration::from_millis(30);

/// A run in hand; alone, or one of several that advance together.
pub(super) struct Branch {
    pub id: RunId,
    pub walk: Walk,
    pub journal: Journal,
    /// Iterations still to make before holding; `None` means until the end.
    pub go: Option<u64>,
    pub clock: Clock,
    /// What derivatives for probes take of its time.
    pub share: Share,
    bundle: Vec<Record>,
    bundle_since: Instant,
}

impl Branch {
    /// A run before its first iteration; `records` are its first.
    pub fn new(id: RunId, walk: Walk, journal: Journal, records: Vec<Record>) -> Branch {
        let mut branch = Branch {
            id,
            walk,
            journal,
            go: None,
            clock: Clock::new(),
            share: Share::default(),
            bundle: Vec::new(),
            bundle_since: Instant::now(),
        };
        records.into_iter().for_each(|record| branch.keep(record));
        // Whoever is killed in the first quarter of a second leaves a run that can be begun again from its θ_0.
        branch.journal.commit();
        branch
    }

    /// Whether it makes iterations.
    pub fn is_moving(&self) -> bool {
        self.go != Some(0)
    }

    /// Writes a record down, and puts it among those to be handed out.
    pub fn keep(&mut self, record: Record) {
        self.journal.keep(&record);
        if self.bundle.is_empty() {
            self.bundle_since = Instant::now();
        }
        // Parameter vectors are for the file; a window asks for one when it needs it.
        if !record.is_for_the_file() {
            self.bundle.push(record);
        }
    }

    /// Whether records have waited long enough.
    pub fn is_due(&self) -> bool {
        self.bundle.len() >= BUNDLE || self.bundle_since.elapsed() > BUNDLE_AGE
    }

    pub fn hand_out(&mut self, out: &mut Outbox) {
        if !self.bundle.is_empty() {
            out.send(Event::Records { id: self.id, records: std::mem::take(&mut self.bundle) });
        }
    }

    pub fn status(&self) -> Status {
        Status {
            id: self.id,
            t: self.walk.t(),
            steps: self.walk.manifest().steps,
            steps_per_second: self.clock.steps_per_second,
            evaluations_per_second: self.clock.evaluations_per_second,
            learning_rate: self.walk.learning_rate(),
            batch: self.walk.batch(),
            optimizer: *self.walk.optimizer(),
            probes: *self.walk.probes(),
            probe_share: self.share.of_derivatives(),
            gradient_evaluations: self.walk.gradient_evaluations(),
            seconds: self.clock.seconds,
        }
    }

    /// Hands out the rest and makes the file whole; an error says that the file is not.
    pub fn close(&mut self, outcome: Outcome, out: &mut Outbox) -> Result<Summary, String> {
        let outcome = match (outcome, self.walk.diverged()) {
            (Outcome::Stopped, Some(t)) => Outcome::Diverged { t },
            (outcome, _) => outcome,
        };
        self.walk.last_checkpoint().into_iter().for_each(|record| self.keep(record));
        let summary = self.walk.summary(outcome, self.clock.seconds);
        self.hand_out(out);
        let written = self.journal.finish(&summary);
        written.map(|()| summary).map_err(|cause| format!("the run file is not complete: {cause}"))
    }
}

/// Work time and speed.
pub(super) struct Clock {
    pub seconds: f64,
    pub steps_per_second: f64,
    pub evaluations_per_second: f64,
    /// When the next iteration may begin.
    pub next_step: Instant,
    window: Instant,
    window_t: u64,
    window_evaluations: u64,
}

impl Clock {
    fn new() -> Clock {
        let now = Instant::now();
        Clock {
            seconds: 0.0,
            steps_per_second: 0.0,
            evaluations_per_second: 0.0,
            next_step: now,
            window: now,
            window_t: 0,
            window_evaluations: 0,
        }
    }

    /// Forgets the speed before a pause.
    pub fn restart(&mut self, walk: &Walk) {
        self.window = Instant::now();
        self.window_t = walk.t();
        self.window_evaluations = walk.full_loss_evaluations();
    }

    /// Says that it does not move.
    pub fn hold(&mut self) {
        (self.steps_per_second, self.evaluations_per_second) = (0.0, 0.0);
    }

    /// Measures the speed over windows of a quarter of a second; true when there is a new number.
    pub fn tick(&mut self, walk: &Walk) -> bool {
        let span = self.window.elapsed().as_secs_f64();
        if span < 0.25 {
            return false;
        }
        self.steps_per_second = (walk.t() - self.window_t) as f64 / span;
        self.evaluations_per_second = (walk.full_loss_evaluations() - self.window_evaluations) as f64 / span;
        self.restart(walk);
        true
    }
}
