//! The engine thread: takes commands, advances the runs in hand together, hands out records.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded};

use super::{
    Command, Event, Pace, Pause, Record, RunId, RunState, Snapshot, Snapshots,
    board::Board,
    branch::{BUNDLE_AGE, Branch},
    outbox::Outbox,
    share::PROBE_BUDGET,
    walk::{Found, Walk, WalkError},
};
use crate::{
    net::State,
    objective::{Interrupt, ObjectiveError},
    panic_text::panic_text,
    run::{Outcome, SpecError},
};

/// What the thread holds.
pub(super) struct Worker {
    inbox: Receiver<Command>,
    pub(super) out: Outbox,
    board: Arc<Mutex<Board>>,
    snapshots: Snapshots,
    pub(super) interrupt: Interrupt,
    pace: Pace,
    /// The share of the time that probes may take which are switched on while a run goes on.
    probe_budget: f64,
    /// The runs in hand, in the order in which they began.
    pub(super) runs: Vec<Branch>,
    /// The run that is worked on, to be blamed for a panic.
    pub(super) at_work: RunId,
}

/// Whether to go on serving.
enum Next {
    Serve,
    End,
}

impl Worker {
    pub fn new(
        inbox: Receiver<Command>,
        out: Outbox,
        board: Arc<Mutex<Board>>,
        snapshots: Snapshots,
        interrupt: Interrupt,
    ) -> Worker {
        Worker {
            inbox,
            out,
            board,
            snapshots,
            interrupt,
            pace: Pace::Unlimited,
            probe_budget: PROBE_BUDGET,
            runs: Vec::new(),
            at_work: 0,
        }
    }

    /// Serves until it is told to end.
    pub fn serve(&mut self) {
        loop {
            let served = catch_unwind(AssertUnwindSafe(|| self.turn()));
            match served {
                Ok(Next::Serve) => {}
                Ok(Next::End) => return,
                Err(panic) => {
                    let cause = panic_text(&*panic);
                    self.fail(format!(
                        "the engine met an internal error and dropped the run: {cause}. What was recorded is safe; \
                         please report this with the command line of the run."
                    ));
                }
            }
        }
    }

    /// Takes the waiting commands, then makes one iteration if a run moves.
    fn turn(&mut self) -> Next {
        self.out.flush();
        self.offer();
        let next = self.next();
        let wait = match next {
            Some(index) => self.runs[index].clock.next_step.saturating_duration_since(Instant::now()),
            // Held or idle: sleep until a command comes, but look after a window that was busy.
            None if self.out.is_empty() => Duration::from_secs(3600),
            None => Duration::from_millis(20),
        };
        let command = if wait.is_zero() { self.inbox.try_recv().ok() } else { self.inbox.recv_timeout(wait).ok() };
        match (command, next) {
            (Some(Command::Shutdown), _) => {
                self.end_all();
                return Next::End;
            }
            (Some(command), _) => self.obey(command),
            (None, Some(index)) if wait.is_zero() => self.iterate(index),
            (None, _) => {}
        }
        Next::Serve
    }

    /// The run that makes the next iteration: of those that move, the one that is furthest behind.
    fn next(&self) -> Option<usize> {
        let moving = self.runs.iter().enumerate().filter(|(_, run)| run.is_moving());
        moving.min_by_key(|(_, run)| run.walk.t()).map(|(index, _)| index)
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Start { id, spec, record, paused } => {
                self.end_all();
                self.interrupt.answer();
                self.board().runs.clear();
                self.start(id, *spec, &record, paused);
            }
            Command::Join { id, spec, record, paused } => self.start(id, *spec, &record, paused),
            Command::Fork { of, branches } => {
                branches.into_iter().for_each(|to| self.fork(of, &to));
            }
            Command::Stop => {
                self.end_all();
                self.interrupt.answer();
            }
            Command::StopOne(id) => {
                if let Some(index) = self.index(id) {
                    self.end(index, Outcome::Stopped);
                }
            }
            Command::Select(id) => {
                if self.index(id).is_some() {
                    self.board().selected = id;
                }
            }
            Command::Pause => (0..self.runs.len()).for_each(|index| self.hold(index, Pause::Asked)),
            Command::Resume => (0..self.runs.len()).for_each(|index| self.go(index, None)),
            Command::Step(n) => {
                for index in 0..self.runs.len() {
                    // Presses while an iteration is still being made add up.
                    let left = self.runs[index].go.unwrap_or(0);
                    self.go(index, Some(left + n.max(1)));
                }
            }
            Command::SetLearningRate(to) => self.change(|walk| walk.set_learning_rate(to)),
            Command::SetBatch(to) => self.change(|walk| walk.set_batch(to)),
            Command::SetOptimizer(to) => self.change(|walk| walk.set_optimizer(to)),
            Command::SetProbes { group, every } => {
                self.change(|walk| walk.set_group(group, every));
                if let Some(index) = self.selected() {
                    self.runs[index].share.bind(group, every.is_some());
                }
            }
            Command::SetProbeBudget(share) => self.probe_budget = share.clamp(0.001, 1.0),
            Command::SetPace(pace) => {
                self.pace = pace;
                let now = Instant::now();
                self.runs.iter_mut().for_each(|run| run.clock.next_step = now);
            }
            // The next turn looks who waits for a snapshot.
            Command::Look | Command::Shutdown => {}
        }
    }

    pub(super) fn index(&self, id: RunId) -> Option<usize> {
        self.runs.iter().position(|run| run.id == id)
    }

    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The selected run, or the last one when that is over.
    fn selected(&self) -> Option<usize> {
        let selected = self.board().selected;
        self.index(selected).or(self.runs.len().checked_sub(1))
    }

    /// Changes the selected run.
    fn change(&mut self, f: impl FnOnce(&mut Walk) -> Result<Record, SpecError>) {
        if let Some(index) = self.selected() {
            self.change_at(index, f);
        }
    }

    fn change_at(&mut self, index: usize, f: impl FnOnce(&mut Walk) -> Result<Record, SpecError>) {
        let run = &mut self.runs[index];
        match f(&mut run.walk) {
            Ok(record) => {
                run.keep(record);
                run.hand_out(&mut self.out);
                self.publish(index);
            }
            Err(e) => self.out.send(Event::Warning { id: run.id, message: e.to_string() }),
        }
    }

    /// Measures derivatives more rarely where they take more of the time than they may, and says so.
    fn keep_to_budget(&mut self, index: usize) {
        let budget = self.probe_budget;
        let run = &mut self.runs[index];
        let Some(times) = run.share.stretch(budget) else { return };
        let took = run
            .share
            .of_derivatives()
            .map_or("a part of every iteration".into(), |share| format!("{:.0} % of the time", 100.0 * share));
        run.share.begin_anew();
        let groups = run.share.bound().to_vec();
        let message = format!(
            "measuring derivatives takes {took}, more than the {:.0} % it may (--probe-budget): it is measured {times} times as rarely from \
             here on",
            100.0 * budget
        );
        self.out.send(Event::Warning { id: run.id, message });
        self.change_at(index, |walk| walk.stretch_intervals(&groups, times));
    }

    fn go(&mut self, index: usize, steps: Option<u64>) {
        let run = &mut self.runs[index];
        if let Err(cause) = run.journal.retry() {
            self.out.send(Event::State { id: run.id, state: RunState::Paused(Pause::Disk(cause)) });
            return;
        }
        run.go = steps;
        run.clock.next_step = Instant::now();
        run.clock.restart(&run.walk);
        self.out.send(Event::State { id: run.id, state: RunState::Running });
    }

    fn hold(&mut self, index: usize, why: Pause) {
        let run = &mut self.runs[index];
        run.go = Some(0);
        run.clock.hold();
        run.hand_out(&mut self.out);
        self.out.send(Event::State { id: run.id, state: RunState::Paused(why) });
        self.publish(index);
    }

    /// Drops the run that is worked on.
    fn fail(&mut self, message: String) {
        let id = self.at_work;
        let last = self.runs.iter().filter(|run| run.id == id && self.snapshots.is_watched(id));
        self.snapshots.put(last.map(|run| snapshot(run, true)).collect());
        self.runs.retain(|run| run.id != id);
        self.out.send(Event::Failed { id, message });
    }

    fn iterate(&mut self, index: usize) {
        let run = &mut self.runs[index];
        self.at_work = run.id;
        if run.walk.is_complete() {
            // Held at its last point, because that diverged, and resumed.
            return self.end(index, Outcome::Stopped);
        }
        let begun = Instant::now();
        let mut records = Vec::new();
        let takes_derivatives = run.walk.takes_derivatives();
        let found = run.walk.step(&mut records);
        let seconds = begun.elapsed().as_secs_f64();
        run.clock.seconds += seconds;
        run.share.note(takes_derivatives, seconds);
        for record in records {
            if let Record::Note { words, .. } = &record {
                self.out.send(Event::Warning { id: run.id, message: words.clone() });
            }
            run.keep(record);
        }
        // An iteration that is slow, or slowed down, is shown when it is made.
        if begun.elapsed() > BUNDLE_AGE || self.pace != Pace::Unlimited || run.is_due() {
            run.hand_out(&mut self.out);
        }
        match found {
            // The command that interrupted is already on its way.
            Err(WalkError::Objective(ObjectiveError::Interrupted)) => {
                if let Ok(command) = self.inbox.recv() {
                    match command {
                        Command::Shutdown => {
                            self.end_all();
                            // Seen again by `turn`, which ends the thread.
                            self.inbox = closed_with_shutdown();
                        }
                        command => self.obey(command),
                    }
                }
                return;
            }
            Err(e) => {
                let (id, message) = (run.id, e.to_string());
                self.close(index, Outcome::Stopped).ok();
                return self.out.send(Event::Failed { id, message });
            }
            Ok(Found::Diverged { t }) => return self.hold(index, Pause::Diverged { t }),
            Ok(Found::Finite) => {}
        }
        if let Some(cause) = run.journal.failure() {
            return self.hold(index, Pause::Disk(cause));
        }
        if run.walk.is_complete() {
            return self.end(index, Outcome::Finished);
        }
        if let Some(left) = &mut run.go {
            *left -= 1;
            if *left == 0 {
                return self.hold(index, Pause::Asked);
            }
        }
        self.keep_to_budget(index);
        let run = &mut self.runs[index];
        if let Pace::AtMost(rate) = self.pace {
            run.clock.next_step = begun + Duration::from_secs_f64(1.0 / rate.max(0.01));
        }
        if run.clock.tick(&run.walk) {
            self.publish(index);
        }
    }

    fn end_all(&mut self) {
        while !self.runs.is_empty() {
            self.end(0, Outcome::Stopped);
        }
    }

    fn end(&mut self, index: usize, outcome: Outcome) {
        let id = self.runs[index].id;
        let event = match self.close(index, outcome) {
            Ok(summary) => Event::Finished { id, summary: Box::new(summary) },
            Err(message) => Event::Failed { id, message },
        };
        self.out.send(event);
    }

    /// Takes a run out of hand and makes its file whole; an error says that the file is not.
    fn close(&mut self, index: usize, outcome: Outcome) -> Result<crate::run::Summary, String> {
        let mut run = self.runs.remove(index);
        let summary = run.close(outcome, &mut self.out);
        self.board().put(run.status());
        if self.snapshots.is_watched(run.id) {
            self.snapshots.put(vec![snapshot(&run, true)]);
        }
        summary
    }

    pub(super) fn publish(&self, index: usize) {
        let status = self.runs[index].status();
        self.board().put(status);
    }

    /// Shows where the runs are to those who wait for it, when none of them has to catch up with another one.
    fn offer(&self) {
        if !self.snapshots.is_wanted() {
            return;
        }
        let watched: Vec<&Branch> = self.runs.iter().filter(|run| self.snapshots.is_watched(run.id)).collect();
        let foremost = watched.iter().map(|run| run.walk.t()).max();
        if watched.iter().any(|run| run.is_moving() && Some(run.walk.t()) < foremost) {
            return;
        }
        let new = watched.into_iter().filter(|run| self.snapshots.lacks(run.id, run.walk.t(), false));
        self.snapshots.put(new.map(|run| snapshot(run, false)).collect());
    }
}

fn snapshot(run: &Branch, is_last: bool) -> Snapshot {
    let state: State = run.walk.here().clone();
    Snapshot { id: run.id, t: run.walk.t(), state: Arc::new(state), is_last }
}

/// A command queue that says "shut down" and then nothing.
fn closed_with_shutdown() -> Receiver<Command> {
    let (sender, receiver) = bounded(1);
    sender.send(Command::Shutdown).ok();
    receiver
}
