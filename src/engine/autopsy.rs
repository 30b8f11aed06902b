//! A recorded step, made again and looked into.

use std::path::PathBuf;

use super::walk::{Again, Walk, WalkError};
use crate::{
    explore::{AutopsyFound, AutopsyReport, Bends, Context, ExploreError, Job, Progress, StepMade, layers, worst},
    net::Statistics,
    objective::ObjectiveError,
    optim::{OptimizerKind, OptimizerSpec},
    probe::{SliceRecord, StepRecord, vector::distance},
    run::{DeviceChoice, Fork, RunSpec},
    runfile::Reader,
};

/// Which step of which run.
#[derive(Clone, Debug, PartialEq)]
pub struct AutopsyRequest {
    /// The run file.
    pub file: PathBuf,
    /// The iteration t of the step from θ_t.
    pub step: u64,
    /// Where the files of the data are; `None` for where the run had them.
    pub data_dir: Option<PathBuf>,
    /// `None` for that of the run.
    pub device: Option<DeviceChoice>,
}

/// What is known once the step is made again.
#[derive(Clone, Debug, PartialEq)]
pub struct AutopsyHead {
    /// A short name of the run.
    pub run: String,
    pub step: u64,
    /// Who makes the step.
    pub optimizer: OptimizerSpec,
    /// Base learning rate there.
    pub learning_rate: f64,
    /// What has to be told of the way there, such as that it is not the recorded one to the bit.
    pub notes: Vec<String>,
    /// What might have been done instead, with what it is called: forks from just before the step.
    pub forks: Vec<(&'static str, RunSpec)>,
}

/// A step being looked into.
pub struct AutopsyJob {
    head: AutopsyHead,
    walk: Walk,
    again: Again,
    recorded: (Option<StepRecord>, Option<SliceRecord>),
    stage: Stage,
    report: AutopsyReport,
}

/// What is measured next.
enum Stage {
    Step,
    Worst,
    Layers,
    Bends(Box<Bends>),
    Done,
}

impl AutopsyJob {
    /// Everything found so far.
    pub fn report(&self) -> &AutopsyReport {
        &self.report
    }
}

impl Job for AutopsyJob {
    type Request = AutopsyRequest;
    type Head = AutopsyHead;
    type Found = AutopsyFound;

    const COUNTS: &'static str = "parts";

    /// Makes the iterations from the last kept state on again, and the step itself.
    fn open(
        request: &AutopsyRequest,
        context: impl Into<Context>,
        preparing: &mut dyn FnMut(f64),
    ) -> Result<AutopsyJob, ExploreError> {
        let context: Context = context.into();
        let t = request.step;
        let file = std::path::absolute(&request.file).unwrap_or_else(|_| request.file.clone());
        let read = || -> Result<_, WalkError> {
            let reader = Reader::open(&file)?;
            let recorded = (reader.steps(t..t + 1)?.pop(), reader.slices(t..t + 1)?.pop());
            let fork = Fork::of(reader.manifest(), &reader.changes()?, t, Some(&file));
            Ok((fork, recorded, reader.reached()?))
        };
        let (fork, recorded, reached) = read().map_err(replayed)?;
        // A step that was not made, because something was not finite, is recorded, too.
        if t >= reached && recorded.0.is_none() {
            return Err(ExploreError::Replay(format!(
                "{} has made {reached} iterations, and has no step from iteration {t}; give an earlier one",
                request.file.display()
            )));
        }
        let forks = alternatives(&fork);
        let mut own = fork.clone();
        if let Some(dir) = &request.data_dir {
            own.base.data.dir = Some(dir.clone());
        }
        own.base.device = request.device.unwrap_or(own.base.device);
        let mut progress = |_: &'static str, done: u64, total: u64| preparing(done as f64 / total.max(1) as f64);
        let mut walk = Walk::standing_at(own, context.interrupt, &mut progress).map_err(replayed)?;
        let learning_rate = walk.learning_rate();
        let again = walk.make_again().map_err(replayed)?;
        let head = AutopsyHead {
            run: fork.base.label(),
            step: t,
            optimizer: again.optimizer,
            learning_rate,
            notes: walk.manifest().notes.clone(),
            forks,
        };
        Ok(AutopsyJob { head, walk, again, recorded, stage: Stage::Step, report: AutopsyReport::default() })
    }

    fn head(&self) -> AutopsyHead {
        self.head.clone()
    }

    fn advance(&mut self) -> Result<Option<AutopsyFound>, ExploreError> {
        let (objective, again) = (self.walk.objective(), &self.again);
        let (found, next) = match &mut self.stage {
            Stage::Step => {
                let length = again.next.as_ref().map(|next| distance(&next.theta, &again.at.theta));
                let made = StepMade { step: again.step, slice: again.slice, recorded: self.recorded, length };
                (AutopsyFound::Step(Box::new(made)), Stage::Worst)
            }
            Stage::Worst => (AutopsyFound::Worst(worst(objective, &again.at, &again.batch)?), Stage::Layers),
            Stage::Layers => {
                let gradient = objective.gradient(&again.at, &again.batch, Statistics::Batch)?.values;
                let step = moved(again);
                let parts = layers(objective.network(), &gradient, step.as_deref(), again.squares.as_deref());
                let next = match step {
                    Some(step) => Stage::Bends(Box::new(Bends::new(objective, &again.at, again.norm_mode, step)?)),
                    None => Stage::Done,
                };
                (AutopsyFound::Layers(parts), next)
            }
            Stage::Bends(bends) => match bends.next(objective)? {
                Some(bends) => {
                    let found = AutopsyFound::Bends(bends);
                    self.report.apply(found.clone());
                    return Ok(Some(found));
                }
                None => {
                    self.stage = Stage::Done;
                    return Ok(None);
                }
            },
            Stage::Done => return Ok(None),
        };
        self.stage = next;
        self.report.apply(found.clone());
        Ok(Some(found))
    }

    /// The step, the examples, and every layer twice.
    fn progress(&self) -> Progress {
        let layers = self.report.layers.len() as u64;
        let done = match &self.stage {
            Stage::Step => 0,
            Stage::Worst => 1,
            Stage::Layers => 2,
            Stage::Bends(bends) => 3 + bends.progress()[0],
            Stage::Done => 3 + layers,
        };
        Progress { done, total: 3 + layers }
    }
}

/// θ_{t+1} − θ_t, when a step was made.
fn moved(again: &Again) -> Option<Vec<f32>> {
    let next = again.next.as_ref()?;
    Some(next.theta.iter().zip(&again.at.theta).map(|(to, from)| to - from).collect())
}

/// What might have been done instead: half the rate, and an optimizer of another family at its usual rate (SGD has none, and keeps the
/// run's). A fork cannot leave out one batch: its data and their order are its parent's.
fn alternatives(fork: &Fork) -> Vec<(&'static str, RunSpec)> {
    let base = &fork.base;
    let other = match base.optimizer.kind {
        OptimizerKind::Adam | OptimizerKind::AdamW | OptimizerKind::RmsProp => OptimizerKind::Sgd,
        _ => OptimizerKind::Adam,
    };
    let half = fork.clone().under(base.optimizer).at_rate(Some(base.lr / 2.0));
    let optimizer = OptimizerSpec { kind: other, ..base.optimizer };
    let other = fork.clone().under(optimizer).at_rate(other.rule().usual_rate());
    vec![("half the learning rate", half), ("another optimizer", other)]
}

/// Why a step cannot be made again.
fn replayed(error: WalkError) -> ExploreError {
    match error {
        WalkError::Objective(ObjectiveError::Interrupted) => ObjectiveError::Interrupted.into(),
        other => ExploreError::Replay(other.to_string()),
    }
}
