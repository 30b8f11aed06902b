//! How runs come into the engine's hand: from a spec, or as a branch of one that is there.

use std::{path::Path, sync::Arc, time::Instant};

use super::{
    Event, ForkTo, Pause, Record, RecordTo, RunId, RunState, Status,
    branch::{BUNDLE_AGE, Branch},
    journal::Journal,
    walk::{Walk, WalkError},
    worker::Worker,
};
use crate::{
    objective::ObjectiveError,
    run::RunSpec,
    runfile::{RunFileError, find_parent},
};

/// Why there is no run; `None` when it was stopped.
type Refusal = Option<String>;

fn refusal(e: WalkError) -> Refusal {
    match e {
        WalkError::Objective(ObjectiveError::Interrupted) => None,
        e => Some(e.to_string()),
    }
}

impl Worker {
    /// Takes a run in hand beside those that are there.
    pub(super) fn start(&mut self, id: RunId, spec: RunSpec, record: &RecordTo, paused: bool) {
        self.at_work = id;
        self.select(id);
        let prepared = self.prepared(id, spec, record);
        self.take(id, prepared, if paused { Some(0) } else { None });
    }

    /// Takes a second run in hand that goes on from where `of` is, under another optimizer or at another rate.
    pub(super) fn fork(&mut self, of: RunId, to: &ForkTo) {
        let id = to.id;
        self.at_work = id;
        let go = self.index(of).and_then(|index| self.runs[index].go);
        let branch = self.branch(of, to);
        if branch.is_ok() {
            self.select(id);
        }
        self.take(id, branch, go);
    }

    fn select(&self, id: RunId) {
        let mut board = self.board();
        board.selected = id;
        board.put(Status { id, ..Status::default() });
    }

    fn take(&mut self, id: RunId, prepared: Result<Branch, Refusal>, go: Option<u64>) {
        match prepared {
            Ok(mut run) => {
                run.go = go;
                let file = run.journal.path().map(Path::to_path_buf);
                let manifest = Arc::new(run.walk.manifest().clone());
                self.out.send(Event::Started { id, manifest, file });
                run.hand_out(&mut self.out);
                let state = if run.is_moving() { RunState::Running } else { RunState::Paused(Pause::Asked) };
                self.out.send(Event::State { id, state });
                run.clock.restart(&run.walk);
                self.runs.push(run);
                self.publish(self.runs.len() - 1);
            }
            Err(None) => self.out.send(Event::Cancelled { id }),
            Err(Some(message)) => self.out.send(Event::Failed { id, message }),
        }
    }

    /// The run before its first iteration.
    fn prepared(&mut self, id: RunId, mut spec: RunSpec, record: &RecordTo) -> Result<Branch, Refusal> {
        let file = |e: RunFileError| Some(e.to_string());
        self.out.send(Event::Preparing { id, what: "loading the data", done: 0, total: 0 });
        // A wrong place is told before any work.
        Journal::check(record).map_err(file)?;
        if let Some(fork) = &mut spec.fork {
            fork.file = find_parent(fork, place(record)).map_err(file)?;
        }
        let mut walk = Walk::new(spec, self.interrupt.clone()).map_err(refusal)?;
        let mut records = Vec::new();
        let mut told = Instant::now();
        let out = &mut self.out;
        walk.prepare(&mut records, &mut |what, done, total| {
            if told.elapsed() > BUNDLE_AGE {
                told = Instant::now();
                out.send(Event::Preparing { id, what, done, total });
            }
        })
        .map_err(refusal)?;
        recorded(id, walk, records, record)
    }

    fn branch(&self, of: RunId, to: &ForkTo) -> Result<Branch, Refusal> {
        let index = self.index(of).ok_or_else(|| Some("the run is over; fork what it has recorded".to_string()))?;
        let parent = &self.runs[index];
        let spec = parent.walk.fork(parent.journal.path()).under(to.optimizer).at_rate(to.lr);
        let mut walk = parent.walk.branch(spec).map_err(refusal)?;
        let mut records = Vec::new();
        walk.prepare(&mut records, &mut |_, _, _| {}).map_err(refusal)?;
        recorded(to.id, walk, records, &to.record)
    }
}

/// Where a run is recorded.
fn place(record: &RecordTo) -> Option<&Path> {
    match record {
        RecordTo::File { path, .. } => Some(path),
        RecordTo::Nowhere => None,
    }
}

fn recorded(id: RunId, walk: Walk, records: Vec<Record>, record: &RecordTo) -> Result<Branch, Refusal> {
    let journal = Journal::open(record, walk.manifest()).map_err(|e| Some(e.to_string()))?;
    Ok(Branch::new(id, walk, journal, records))
}
