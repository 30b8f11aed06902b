//! What crosses the border between the engine and its fronts: plain data, no tensors, no widgets.
//!
//! Three kinds of traffic, three types: [`Command`]s and [`Event`]s are queued, [`Status`] is a latest-wins snapshot.

use std::{path::PathBuf, sync::Arc};

use crate::{
    optim::OptimizerSpec,
    probe::{ChangeRecord, DerivativeGroup, EpochRecord, ProbeSpec, SliceRecord, StepRecord},
    run::{Manifest, RunSpec, Standing, Summary},
};

/// Names a run within one process; fronts give the numbers.
pub type RunId = u64;

/// Front to engine.
#[derive(Clone, Debug)]
pub enum Command {
    /// Begin a run. Those that are still going are stopped first.
    Start { id: RunId, spec: Box<RunSpec>, record: RecordTo, paused: bool },
    /// Begin a run beside those in hand. They advance together: the one that is furthest behind makes the next iteration.
    Join { id: RunId, spec: Box<RunSpec>, record: RecordTo, paused: bool },
    /// Let the run `of` go on several times from its present iteration, the same for all: as it is, and as each of the
    /// branches. They move, and hold, as it does.
    Fork { of: RunId, branches: Vec<ForkTo> },
    /// Hold all runs after the present iteration.
    Pause,
    /// Go on until the end or the next pause.
    Resume,
    /// Make this many iterations in every run, then hold.
    Step(u64),
    /// End all runs here; what they recorded stays.
    Stop,
    /// End one run after the present iteration; the others go on.
    StopOne(RunId),
    /// The run that the changes below are for; without it, the one that began last.
    Select(RunId),
    /// Base learning rate η from the next iteration on.
    SetLearningRate(f64),
    /// Examples per batch from the next iteration on.
    SetBatch(u64),
    /// Another optimizer, or the same with other constants, from the next iteration on.
    SetOptimizer(OptimizerSpec),
    /// All of a group of probes that take derivatives every so many iterations from the next one on, or none of them. What is switched on
    /// so may be measured more rarely, to keep to the share of [`Command::SetProbeBudget`].
    SetProbes { group: DerivativeGroup, every: Option<u64> },
    /// The share of the time that probes may take which are switched on while a run goes on; one they exceed makes their interval longer.
    SetProbeBudget(f64),
    /// At most so many iterations per second.
    SetPace(Pace),
    /// Somebody waits for a [`Snapshot`](super::Snapshot).
    Look,
    /// End the thread.
    Shutdown,
}

/// A branch of a fork: the run that it is from there on.
#[derive(Clone, Debug)]
pub struct ForkTo {
    pub id: RunId,
    pub optimizer: OptimizerSpec,
    /// Base learning rate η; `None` leaves it as it is.
    pub lr: Option<f64>,
    pub record: RecordTo,
}

/// Where a run is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordTo {
    Nowhere,
    File { path: PathBuf, overwrite: bool },
}

/// A brake for watching; recorded numbers do not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pace {
    #[default]
    Unlimited,
    /// Iterations per second.
    AtMost(f64),
}

/// What a front does with events it has no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The engine waits: for fronts that must see every record (the command line).
    Complete,
    /// The engine goes on: it keeps what fits and tells the front what it missed, to be read from the run file (the window).
    Prompt,
}

/// Engine to front.
#[derive(Clone, Debug)]
pub enum Event {
    /// Work before the first iteration, with its progress.
    Preparing { id: RunId, what: &'static str, done: u64, total: u64 },
    /// The run is about to make its first iteration.
    Started { id: RunId, manifest: Arc<Manifest>, file: Option<PathBuf> },
    /// New records in order.
    Records { id: RunId, records: Vec<Record> },
    /// Records of iterations `from..to` did not fit; they are in the run file.
    Missed { id: RunId, from: u64, to: u64 },
    /// The run changed its state.
    State { id: RunId, state: RunState },
    /// The run ended; no more records will come.
    Finished { id: RunId, summary: Box<Summary> },
    /// The run was stopped before its first iteration.
    Cancelled { id: RunId },
    /// The run could not begin or go on; the words say why and what to do.
    Failed { id: RunId, message: String },
    /// Something the user should know; the run goes on.
    Warning { id: RunId, message: String },
}

/// One thing worth writing down.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Step(StepRecord),
    Slice(SliceRecord),
    Epoch(EpochRecord),
    Change(ChangeRecord),
    /// Where the walk stands at a checkpoint, and θ_0 when the run began elsewhere; kept in the run file only.
    State {
        standing: Arc<Standing>,
        origin: Option<Arc<[f32]>>,
    },
    /// θ_t and, after it, the running statistics of batch norm; kept in the run file only.
    Checkpoint {
        t: u64,
        values: Arc<[f32]>,
    },
    /// What a reader must know about how the run goes on from iteration `t`; kept among the notes of the manifest.
    Note {
        t: u64,
        words: String,
    },
    /// The mean of `count` iterates at iteration `t` and, after it, the running statistics computed anew for it; kept in
    /// the run file only, where it replaces the one before.
    Average {
        t: u64,
        count: u64,
        values: Arc<[f32]>,
    },
}

/// Whether a run moves.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    Running,
    Paused(Pause),
}

/// Why a run holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Pause {
    /// The user asked.
    Asked,
    /// The loss or the gradient at iteration `t` is not a finite number.
    Diverged { t: u64 },
    /// The run file cannot be written; resuming tries again.
    Disk(String),
}

/// How a run is doing; only the latest matters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    pub id: RunId,
    /// Iterations made.
    pub t: u64,
    /// Iterations in all.
    pub steps: u64,
    pub steps_per_second: f64,
    /// Full-data loss evaluations per second.
    pub evaluations_per_second: f64,
    /// Base learning rate η at present.
    pub learning_rate: f64,
    pub batch: u64,
    /// The optimizer at present.
    pub optimizer: OptimizerSpec,
    /// What is measured at present.
    pub probes: ProbeSpec,
    /// Share of the time that goes into derivatives for probes; `None` as long as it is not known.
    pub probe_share: Option<f64>,
    /// Gradients computed so far.
    pub gradient_evaluations: u64,
    /// Seconds of work so far, pauses not counted.
    pub seconds: f64,
}

impl Status {
    /// Seconds to go at the present speed, when there is one.
    pub fn eta(&self) -> Option<f64> {
        (self.steps_per_second > 0.0).then(|| self.steps.saturating_sub(self.t) as f64 / self.steps_per_second)
    }
}
