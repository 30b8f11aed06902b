//! The engine thread: takes commands, steps the walk, hands out records.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::{
    Command, Delivery, Event, Pace, Pause, Record, RecordTo, RunId, RunState, Status,
    journal::Journal,
    walk::{Found, Walk, WalkError},
};
use crate::{
    objective::{Interrupt, ObjectiveError},
    run::{Outcome, RunSpec, Summary},
};

/// Commands that may wait while a long iteration is made; far more than hands can give.
const COMMAND_QUEUE: usize = 1024;
/// Events that may wait for the front.
const EVENT_QUEUE: usize = 64;
/// Records are handed out in bundles of at most this many …
const BUNDLE: usize = 512;
/// … or when the oldest has waited this long.
const BUNDLE_AGE: Duration = Duration::from_millis(30);
/// Records kept for a front that does not listen; beyond it they are left to the run file.
const OUTBOX: usize = 1 << 16;

/// A front's handle on the engine thread.
pub struct Engine {
    commands: Sender<Command>,
    events: Receiver<Event>,
    status: Arc<Mutex<Status>>,
    interrupt: Interrupt,
    missed: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread. `wake` is called after every event, from the engine's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(delivery: Delivery, wake: impl Fn() + Send + 'static) -> std::io::Result<Engine> {
        let (commands, inbox) = bounded(COMMAND_QUEUE);
        let (outbox, events) = bounded(EVENT_QUEUE);
        let status = Arc::new(Mutex::new(Status::default()));
        let interrupt = Interrupt::default();
        let missed = Arc::new(AtomicU64::new(0));
        let mut worker = Worker {
            inbox,
            out: Outbox {
                events: outbox,
                delivery,
                wake: Box::new(wake),
                waiting: VecDeque::new(),
                missed: missed.clone(),
            },
            status: status.clone(),
            interrupt: interrupt.clone(),
            pace: Pace::Unlimited,
            run: None,
        };
        let work = move || {
            // The engine's thread is one of the workers: it would only wait for them, and waking one more costs more
            // than a small chunk. Without a pool of its own it uses the common one.
            let pool = rayon::ThreadPoolBuilder::new().use_current_thread().build();
            worker.serve();
            drop(pool);
        };
        let thread = std::thread::Builder::new().name("engine".into()).spawn(work)?;
        Ok(Engine { commands, events, status, interrupt, missed, thread: Some(thread) })
    }

    /// Sends a command. Ending commands also interrupt an evaluation in progress, so that they act within its next chunk.
    pub fn send(&self, command: Command) {
        if command.ends_the_run() {
            self.interrupt.raise();
        }
        // A front must not wait. The queue is full only when a hand is stuck on a key, and its other end only goes away
        // with the thread.
        let ends = command.ends_the_run();
        if self.commands.try_send(command).is_err() && ends {
            self.interrupt.answer();
        }
    }

    /// The queue of events.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// How the run is doing now.
    pub fn status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records that were left to the run file because the front did not listen.
    pub fn missed_records(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.interrupt.raise();
        self.commands.send(Command::Shutdown).ok();
        if let Some(thread) = self.thread.take() {
            // Someone must take the events that a complete delivery still waits to hand over.
            while !thread.is_finished() {
                self.events.recv_timeout(Duration::from_millis(5)).ok();
            }
            thread.join().ok();
        }
    }
}

impl Command {
    /// Whether the run in hand is over when this is obeyed: such a command interrupts what is being computed.
    fn ends_the_run(&self) -> bool {
        matches!(self, Command::Stop | Command::Shutdown | Command::Start { .. })
    }
}

/// The way out: bundles records, and never lets a slow window slow the training.
struct Outbox {
    events: Sender<Event>,
    delivery: Delivery,
    wake: Box<dyn Fn() + Send>,
    /// Events that did not fit, oldest first (prompt delivery only).
    waiting: VecDeque<Event>,
    missed: Arc<AtomicU64>,
}

impl Outbox {
    fn send(&mut self, event: Event) {
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

    /// Hands over what has waited, as far as there is room.
    fn flush(&mut self) {
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
            match kept.back_mut() {
                Some(Event::Missed { id: last, to: end, .. }) if *last == id => *end = to.max(*end),
                _ => kept.push_back(Event::Missed { id, from, to }),
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
    fn is_for_the_file(&self) -> bool {
        matches!(self, Record::Checkpoint { .. } | Record::Average { .. })
    }

    /// The iteration a record belongs to.
    pub fn t(&self) -> u64 {
        match self {
            Record::Step(r) => r.t,
            Record::Slice(r) => r.t,
            Record::Epoch(r) => r.t,
            Record::Change(r) => r.t,
            Record::Checkpoint { t, .. } | Record::Average { t, .. } => *t,
        }
    }
}

struct Worker {
    inbox: Receiver<Command>,
    out: Outbox,
    status: Arc<Mutex<Status>>,
    interrupt: Interrupt,
    pace: Pace,
    run: Option<Run>,
}

/// The run in hand.
struct Run {
    id: RunId,
    walk: Walk,
    journal: Journal,
    /// Iterations still to make before holding; `None` means until the end.
    go: Option<u64>,
    bundle: Vec<Record>,
    bundle_since: Instant,
    clock: Clock,
}

/// Work time and speed.
struct Clock {
    seconds: f64,
    window: Instant,
    window_t: u64,
    window_evaluations: u64,
    steps_per_second: f64,
    evaluations_per_second: f64,
    next_step: Instant,
}

impl Clock {
    fn new() -> Clock {
        let now = Instant::now();
        Clock {
            seconds: 0.0,
            window: now,
            window_t: 0,
            window_evaluations: 0,
            steps_per_second: 0.0,
            evaluations_per_second: 0.0,
            next_step: now,
        }
    }
}

/// Whether to go on serving.
enum Next {
    Serve,
    End,
}

impl Worker {
    fn serve(&mut self) {
        loop {
            let served = catch_unwind(AssertUnwindSafe(|| self.turn()));
            match served {
                Ok(Next::Serve) => {}
                Ok(Next::End) => return,
                Err(panic) => {
                    let cause = super::panic_text(&*panic);
                    self.fail(format!(
                        "the engine met an internal error and dropped the run: {cause}. What was recorded is safe; \
                         please report this with the command line of the run."
                    ));
                }
            }
        }
    }

    /// Takes the waiting commands, then makes one iteration if the run moves.
    fn turn(&mut self) -> Next {
        self.out.flush();
        let moving = self.run.as_ref().is_some_and(|r| r.go != Some(0));
        let wait = match (moving, &self.run) {
            (true, Some(run)) => run.clock.next_step.saturating_duration_since(Instant::now()),
            // Held or idle: sleep until a command comes, but look after a window that was busy.
            _ if self.out.waiting.is_empty() => Duration::from_secs(3600),
            _ => Duration::from_millis(20),
        };
        let command = if wait.is_zero() { self.inbox.try_recv().ok() } else { self.inbox.recv_timeout(wait).ok() };
        match command {
            Some(Command::Shutdown) => {
                self.end(Outcome::Stopped);
                return Next::End;
            }
            Some(command) => self.obey(command),
            None if moving && wait.is_zero() => self.iterate(),
            None => {}
        }
        Next::Serve
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Start { id, spec, record, paused } => {
                self.end(Outcome::Stopped);
                self.interrupt.answer();
                self.start(id, *spec, record, paused);
            }
            Command::Stop => {
                self.end(Outcome::Stopped);
                self.interrupt.answer();
            }
            Command::Pause => self.hold(Pause::Asked),
            Command::Resume => self.go(None),
            Command::Step(n) => {
                // Presses while an iteration is still being made add up.
                let left = self.run.as_ref().and_then(|r| r.go).unwrap_or(0);
                self.go(Some(left + n.max(1)));
            }
            Command::SetLearningRate(to) => self.change(|walk| walk.set_learning_rate(to)),
            Command::SetBatch(to) => self.change(|walk| walk.set_batch(to)),
            Command::SetOptimizer(to) => self.change(|walk| walk.set_optimizer(to)),
            Command::SetPace(pace) => {
                self.pace = pace;
                if let Some(run) = &mut self.run {
                    run.clock.next_step = Instant::now();
                }
            }
            Command::Shutdown => {}
        }
    }

    fn change(&mut self, f: impl FnOnce(&mut Walk) -> Result<Record, crate::run::SpecError>) {
        let Some(run) = &mut self.run else { return };
        match f(&mut run.walk) {
            Ok(record) => {
                run.keep(record);
                run.hand_out(&mut self.out);
                self.publish();
            }
            Err(e) => self.out.send(Event::Warning { id: run.id, message: e.to_string() }),
        }
    }

    fn go(&mut self, steps: Option<u64>) {
        let Some(run) = &mut self.run else { return };
        if let Err(cause) = run.journal.retry() {
            self.out.send(Event::State { id: run.id, state: RunState::Paused(Pause::Disk(cause)) });
            return;
        }
        run.go = steps;
        let now = Instant::now();
        run.clock.next_step = now;
        run.clock.restart(&run.walk);
        self.out.send(Event::State { id: run.id, state: RunState::Running });
    }

    fn hold(&mut self, why: Pause) {
        let Some(run) = &mut self.run else { return };
        run.go = Some(0);
        run.clock.steps_per_second = 0.0;
        run.clock.evaluations_per_second = 0.0;
        run.hand_out(&mut self.out);
        self.out.send(Event::State { id: run.id, state: RunState::Paused(why) });
        self.publish();
    }

    fn fail(&mut self, message: String) {
        let id = self.run.take().map_or_else(|| self.locked_status().id, |run| run.id);
        self.out.send(Event::Failed { id, message });
    }

    fn locked_status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn start(&mut self, id: RunId, spec: RunSpec, record: RecordTo, paused: bool) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = Status { id, ..Status::default() };
        match self.prepared(id, spec, record) {
            Ok(mut run) => {
                run.go = if paused { Some(0) } else { None };
                let file = run.journal.path().map(|p| p.to_path_buf());
                let manifest = Arc::new(run.walk.manifest().clone());
                self.out.send(Event::Started { id, manifest, file });
                run.hand_out(&mut self.out);
                let state = if paused { RunState::Paused(Pause::Asked) } else { RunState::Running };
                self.out.send(Event::State { id, state });
                run.clock.restart(&run.walk);
                self.run = Some(run);
                self.publish();
            }
            Err(None) => self.out.send(Event::Cancelled { id }),
            Err(Some(message)) => self.out.send(Event::Failed { id, message }),
        }
    }

    /// The run before its first iteration, or why there is none; `None` when it was stopped.
    fn prepared(&mut self, id: RunId, spec: RunSpec, record: RecordTo) -> Result<Run, Option<String>> {
        let why = |e: WalkError| match e {
            WalkError::Objective(ObjectiveError::Interrupted) => None,
            e => Some(e.to_string()),
        };
        self.out.send(Event::Preparing { id, what: "loading the data", done: 0, total: 0 });
        let mut walk = Walk::new(spec, self.interrupt.clone()).map_err(why)?;
        let mut journal = Journal::open(&record, walk.manifest()).map_err(|e| Some(e.to_string()))?;
        let mut records = Vec::new();
        let mut told = Instant::now();
        let out = &mut self.out;
        walk.prepare(&mut records, &mut |what, done, total| {
            if told.elapsed() > Duration::from_millis(50) {
                told = Instant::now();
                out.send(Event::Preparing { id, what, done, total });
            }
        })
        .map_err(why)?;
        for record in &records {
            journal.keep(record);
        }
        let now = Instant::now();
        Ok(Run { id, walk, journal, go: None, bundle: records, bundle_since: now, clock: Clock::new() })
    }

    fn iterate(&mut self) {
        let Some(run) = &mut self.run else { return };
        if run.walk.is_complete() {
            // Held at its last point, because that diverged, and resumed.
            return self.end(Outcome::Stopped);
        }
        let begun = Instant::now();
        let mut records = Vec::new();
        let found = run.walk.step(&mut records);
        run.clock.seconds += begun.elapsed().as_secs_f64();
        for record in records {
            run.keep(record);
        }
        // An iteration that is slow, or slowed down, is shown when it is made.
        let slow = begun.elapsed() > BUNDLE_AGE || self.pace != Pace::Unlimited;
        if slow || run.bundle.len() >= BUNDLE || run.bundle_since.elapsed() > BUNDLE_AGE {
            run.hand_out(&mut self.out);
        }
        match found {
            // The command that interrupted is already on its way.
            Err(WalkError::Objective(ObjectiveError::Interrupted)) => {
                if let Ok(command) = self.inbox.recv() {
                    match command {
                        Command::Shutdown => {
                            self.end(Outcome::Stopped);
                            // Seen again by `turn`, which ends the thread.
                            self.inbox = closed_with_shutdown();
                        }
                        command => self.obey(command),
                    }
                }
                return;
            }
            Err(e) => {
                let message = e.to_string();
                if let Some((id, _)) = self.close(Outcome::Stopped) {
                    self.out.send(Event::Failed { id, message });
                }
                return;
            }
            Ok(Found::Diverged { t }) => return self.hold(Pause::Diverged { t }),
            Ok(Found::Finite) => {}
        }
        if let Some(cause) = run.journal.failure() {
            return self.hold(Pause::Disk(cause));
        }
        if run.walk.is_complete() {
            return self.end(Outcome::Finished);
        }
        if let Some(left) = &mut run.go {
            *left -= 1;
            if *left == 0 {
                return self.hold(Pause::Asked);
            }
        }
        if let Pace::AtMost(rate) = self.pace {
            run.clock.next_step = begun + Duration::from_secs_f64(1.0 / rate.max(0.01));
        }
        if run.clock.tick(&run.walk) {
            self.publish();
        }
    }

    /// Ends the run in hand, if any.
    fn end(&mut self, outcome: Outcome) {
        let Some((id, closed)) = self.close(outcome) else { return };
        self.out.send(match closed {
            Ok(summary) => Event::Finished { id, summary: Box::new(summary) },
            Err(message) => Event::Failed { id, message },
        });
    }

    /// Takes the run out of hand and makes its file whole; an error says that the file is not.
    fn close(&mut self, outcome: Outcome) -> Option<(RunId, Result<Summary, String>)> {
        let mut run = self.run.take()?;
        let outcome = match (outcome, run.walk.diverged()) {
            (Outcome::Stopped, Some(t)) => Outcome::Diverged { t },
            (outcome, _) => outcome,
        };
        run.keep(run.walk.last_checkpoint());
        let summary = run.walk.summary(outcome, run.clock.seconds);
        run.hand_out(&mut self.out);
        self.publish_run(&run);
        let written = run.journal.finish(&summary);
        Some((run.id, written.map(|()| summary).map_err(|cause| format!("the run file is not complete: {cause}"))))
    }

    fn publish(&self) {
        if let Some(run) = &self.run {
            self.publish_run(run);
        }
    }

    fn publish_run(&self, run: &Run) {
        let status = Status {
            id: run.id,
            t: run.walk.t(),
            steps: run.walk.manifest().steps,
            steps_per_second: run.clock.steps_per_second,
            evaluations_per_second: run.clock.evaluations_per_second,
            learning_rate: run.walk.learning_rate(),
            batch: run.walk.batch(),
            optimizer: *run.walk.optimizer(),
            gradient_evaluations: run.walk.gradient_evaluations(),
            seconds: run.clock.seconds,
        };
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

/// A command queue that says "shut down" and then nothing.
fn closed_with_shutdown() -> Receiver<Command> {
    let (sender, receiver) = bounded(1);
    sender.send(Command::Shutdown).ok();
    receiver
}

impl Run {
    fn keep(&mut self, record: Record) {
        self.journal.keep(&record);
        if self.bundle.is_empty() {
            self.bundle_since = Instant::now();
        }
        // Parameter vectors are for the file; a window asks for one when it needs it.
        if !record.is_for_the_file() {
            self.bundle.push(record);
        }
    }

    fn hand_out(&mut self, out: &mut Outbox) {
        self.bundle.retain(|r| !r.is_for_the_file());
        if !self.bundle.is_empty() {
            out.send(Event::Records { id: self.id, records: std::mem::take(&mut self.bundle) });
        }
    }
}

impl Clock {
    /// Forgets the speed before a pause.
    fn restart(&mut self, walk: &Walk) {
        self.window = Instant::now();
        self.window_t = walk.t();
        self.window_evaluations = walk.full_loss_evaluations();
    }

    /// Measures the speed over windows of a quarter of a second; true when there is a new number.
    fn tick(&mut self, walk: &Walk) -> bool {
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
