//! The line between two runs while they train: measured again as soon as the last measurement is done.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{RunId, Snapshot, Snapshots, Watch};
use crate::{
    explore::{Context, ExploreError, Job, LineHead, LineJob, Progress, Setting, Subject},
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

/// A line that is measured until both runs are over and their last points are measured.
pub struct LiveJob {
    job: LineJob,
    interrupt: Interrupt,
    watch: Watch,
    /// Ends that do not move.
    kept: [Option<State>; 2],
    /// Measurements so far.
    count: u64,
    is_over: bool,
}

impl Job for LiveJob {
    type Request = LiveRequest;
    type Head = LineHead;
    type Found = Box<LiveFound>;

    const COUNTS: &'static str = "measurements";

    fn open(
        request: &LiveRequest,
        context: impl Into<Context>,
        _preparing: &mut dyn FnMut(f64),
    ) -> Result<LiveJob, ExploreError> {
        let context: Context = context.into();
        let interrupt = context.interrupt.clone();
        // Before anything is read: a run that ends meanwhile leaves its last point only for those who watch it.
        let run = |end: &LiveEnd| if let EndAt::Run(id) = end.at { Some(id) } else { None };
        let runs: Vec<RunId> = request.ends.iter().filter_map(run).collect();
        let watch = request.snapshots.watch(&runs);
        let setting = Setting::of(&request.subject, context)?;
        let kept = request.ends.clone().map(|end| match end.at {
            EndAt::Run(_) => Ok(None),
            EndAt::File(path) => setting.state(&setting.read(&path)?).map(Some),
        });
        let [a, b] = kept;
        let kept: [Option<State>; 2] = [a?, b?];
        let names = request.ends.clone().map(|end| end.name);
        let nowhere = [State::default(), State::default()];
        let job = LineJob::between(setting, names, nowhere, request.line, request.test);
        Ok(LiveJob { job, interrupt, watch, kept, count: 0, is_over: false })
    }

    fn head(&self) -> LineHead {
        self.job.head()
    }

    /// Waits until a run has moved, and measures the whole line.
    fn advance(&mut self) -> Result<Option<Box<LiveFound>>, ExploreError> {
        if self.is_over {
            return Ok(None);
        }
        let found = loop {
            if self.interrupt.is_raised() {
                return Err(ObjectiveError::Interrupted.into());
            }
            if let Some(found) = self.watch.next(PATIENCE) {
                break found;
            }
        };
        let begun = Instant::now();
        let mut moving = found.iter();
        let ends: [(Option<u64>, State); 2] = self.kept.clone().map(|state| match state {
            Some(state) => (None, state),
            None => moving.next().map_or((None, State::default()), |s| (Some(s.t), State::clone(&s.state))),
        });
        let at = [ends[0].0, ends[1].0];
        self.job.restart(ends.map(|(_, state)| state));
        while self.job.advance()?.is_some() {}
        let points = self.job.curves[0].line.points().to_vec();
        let seconds = begun.elapsed().as_secs_f64();
        self.count += 1;
        self.is_over = found.iter().all(|s: &Snapshot| s.is_last);
        Ok(Some(Box::new(LiveFound { at, points, summary: self.job.summary(0), seconds })))
    }

    /// Nobody can tell how long the runs go on.
    fn progress(&self) -> Progress {
        Progress { done: self.count, total: 0 }
    }
}
