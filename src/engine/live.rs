//! The line between two runs while they train: measured again as soon as the last measurement is done.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{RunId, Snapshot, Snapshots};
use crate::{
    checkpoint::Checkpoint,
    explore::{About, ExploreError, LineJob, Setting, Subject},
    net::State,
    objective::{Interrupt, ObjectiveError},
    survey::{LinePoint, LineSpec, LineSummary},
};

/// How long a wait for the engine lasts before somebody who wants the end is looked after.
const PATIENCE: Duration = Duration::from_millis(50);

/// A line between two runs of which one at least is in the engine's hand.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRequest {
    /// The data, the network and the loss of both runs.
    pub subject: Subject,
    /// A at α = 0 and B at α = 1.
    pub ends: [LiveEnd; 2],
    pub line: LineSpec,
    /// Measure the test set, too.
    pub test: bool,
    /// The engine's.
    pub snapshots: Snapshots,
}

/// An end of a live line.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveEnd {
    pub name: String,
    pub at: EndAt,
}

/// Where an end is.
#[derive(Clone, Debug, PartialEq)]
pub enum EndAt {
    /// Wherever the run is.
    Run(RunId),
    /// A checkpoint, which does not move.
    File(PathBuf),
}

/// One measurement of a live line.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveFound {
    /// Iterations that A and B had made; `None` for a checkpoint.
    pub at: [Option<u64>; 2],
    /// Rising in α.
    pub points: Vec<LinePoint>,
    pub summary: LineSummary,
    pub seconds: f64,
}

/// What is told of a live line.
pub(super) enum Told {
    Begun { about: Box<About>, name: String },
    Found(Box<LiveFound>),
}

/// Measures until both runs are over and their last points are measured, or nobody listens any more.
pub(super) fn measure(
    request: &LiveRequest,
    interrupt: &Interrupt,
    told: &dyn Fn(Told) -> bool,
) -> Result<(), ExploreError> {
    let stopped = || ExploreError::from(ObjectiveError::Interrupted);
    let setting = Setting::of(&request.subject, interrupt.clone())?;
    let kept = request.ends.clone().map(|end| match end.at {
        EndAt::Run(_) => Ok(None),
        EndAt::File(path) => setting.state(&Checkpoint::read(&path)?).map(Some),
    });
    let [a, b] = kept;
    let kept: [Option<State>; 2] = [a?, b?];
    let runs: Vec<RunId> =
        request.ends.iter().filter_map(|end| if let EndAt::Run(id) = end.at { Some(id) } else { None }).collect();
    let names = request.ends.clone().map(|end| end.name);
    let about = Box::new(setting.about.clone());
    let mut job = LineJob::between(setting, names, [State::default(), State::default()], request.line, request.test);
    told(Told::Begun { about, name: job.curves[0].name.clone() });
    let mut watch = request.snapshots.watch(&runs);
    loop {
        if interrupt.is_raised() {
            return Err(stopped());
        }
        let Some(found) = watch.next(PATIENCE) else { continue };
        let begun = Instant::now();
        let mut moving = found.iter();
        let ends: [(Option<u64>, State); 2] = kept.clone().map(|state| match state {
            Some(state) => (None, state),
            None => moving.next().map_or((None, State::default()), |s| (Some(s.t), State::clone(&s.state))),
        });
        let at = [ends[0].0, ends[1].0];
        job.restart(ends.map(|(_, state)| state));
        while job.advance()?.is_some() {}
        let points = job.curves[0].line.points().to_vec();
        let seconds = begun.elapsed().as_secs_f64();
        let heard = told(Told::Found(Box::new(LiveFound { at, points, summary: job.summary(0), seconds })));
        if !heard || found.iter().all(|s: &Snapshot| s.is_last) {
            return Ok(());
        }
    }
}
