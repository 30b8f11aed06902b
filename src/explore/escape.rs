//! Escapes from a minimum, measured a few steps at a time: from a checkpoint, every method runs with every seed until the
//! training accuracy falls below a threshold (SAM thesis, §5.2).
//!
//! The runs are independent of each other and share data and network; on the CPU as many go on side by side as there are
//! threads. A run's numbers depend on its method and its seed only: all methods see the same batches with the same seed.

mod constants;
mod identity;
mod request;
mod row;
mod walker;

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

pub use constants::SharedConstants;
pub use request::EscapeRequest;
pub use row::KeptRun;
use walker::{Ground, Walker};

use super::{
    About, Context, ExploreError, Job, Progress, Request as _, Setting,
    subject::{read, short},
};
use crate::{
    objective::{ObjectiveError, Subset},
    record::Record,
    valley::{Accuracy, Escape, Exit, Job as Place, Run},
};

/// Steps that a run makes between two looks at what else there is to do.
const STRIDE: u64 = 32;

/// Bytes that the activations of the runs that go on side by side may take together.
const SIDE_BY_SIDE: usize = 2 << 30;

/// A run that ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ended {
    pub job: Place,
    /// Of the order of its batches: that of `walk --seed`.
    pub seed: u64,
    pub run: Run,
}

/// An escape table, before it is filled.
#[derive(Clone, Debug, PartialEq)]
pub struct EscapeHead {
    pub title: String,
    /// How it is measured, in lines.
    pub caption: String,
    pub about: About,
    /// What was done to the file on the way in.
    pub notes: Vec<String>,
    /// With the runs that the record had already.
    pub table: Escape,
    pub resumed: usize,
}

/// An escape table in the making.
pub struct EscapeJob {
    ground: Ground,
    table: Escape,
    /// Right answers at the start.
    right: u64,
    resumed: Vec<Ended>,
    /// Runs to make, in order, and how many of them are taken.
    open: Vec<Place>,
    taken: AtomicUsize,
    lanes: Vec<Lane>,
    record: Option<Record<KeptRun>>,
    /// What ended the work while runs had ended that were to be handed out first.
    trouble: Option<ObjectiveError>,
    /// Of the runs that ended here, in images that went forward.
    work: f64,
}

/// One of the runs that go on side by side.
#[derive(Default)]
struct Lane {
    walker: Option<Walker>,
    ended: Vec<(Place, Run)>,
}

impl EscapeJob {
    fn take_in(&mut self, found: Vec<(Place, Run)>) -> Result<Vec<Ended>, ExploreError> {
        let Ground { request, methods, .. } = &self.ground;
        let ended: Vec<Ended> =
            found.into_iter().map(|(job, run)| Ended { job, seed: request.seed_of(job), run }).collect();
        for Ended { job, run, .. } in &ended {
            self.table.record(*job, *run)?;
            self.work += steps(run) as f64 * self.ground.cost(job.method);
        }
        if let (Some(record), false) = (&mut self.record, ended.is_empty()) {
            let kept = |e: &Ended| KeptRun { method: methods[e.job.method], seed: e.seed, run: e.run };
            record.append(&ended.iter().map(kept).collect::<Vec<_>>())?;
        }
        Ok(ended)
    }

    /// What was found so far.
    pub fn table(&self) -> &Escape {
        &self.table
    }

    /// What is measured.
    pub fn request(&self) -> &EscapeRequest {
        &self.ground.request
    }

    /// What it is measured on.
    pub fn about(&self) -> &About {
        &self.ground.setting.about
    }

    /// Images per step.
    pub fn batch(&self) -> u64 {
        self.ground.batch
    }

    /// Training accuracy at the start, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.ground.setting.objective.count(Subset::Train) as f64
    }

    /// Runs that the record had already.
    pub fn resumed(&self) -> &[Ended] {
        &self.resumed
    }

    /// What it is called.
    pub fn title(&self) -> String {
        format!("Escape from {}", short(&self.request().checkpoint))
    }

    /// How everything is measured, for under a table or a picture.
    pub fn caption(&self) -> String {
        let from =
            format!("from {} at {:.2} % training accuracy", short(&self.request().checkpoint), 100.0 * self.accuracy());
        format!("{}\n{from}; {}", self.about().caption(), self.request().words(self.batch()))
    }
}

impl Job for EscapeJob {
    type Request = EscapeRequest;
    type Head = EscapeHead;
    /// Runs that ended, in no particular order.
    type Found = Vec<Ended>;

    const COUNTS: &'static str = "runs";

    /// Goes on with a record that has some of the runs.
    ///
    /// # Errors
    /// Also a start whose accuracy is below the threshold already.
    fn open(
        request: &EscapeRequest,
        context: impl Into<Context>,
        _preparing: &mut dyn FnMut(f64),
    ) -> Result<EscapeJob, ExploreError> {
        request.check()?;
        let mut table = Escape::new(request.table())?;
        let file = read(&request.checkpoint)?;
        let setting = Setting::open(&request.subject, &file, context)?;
        let start = setting.state(&file)?;
        let count = setting.objective.count(Subset::Train);
        let ground = Ground::new(setting, start, request.clone())?;
        let right = ground.right()?;
        if ground.screen.of_all(right as usize) == Accuracy::Fallen {
            let (accuracy, threshold) = (right as f64 / count as f64, request.threshold);
            return Err(ExploreError::BelowThreshold { path: request.checkpoint.clone(), accuracy, threshold });
        }
        let mut resumed = Vec::new();
        let record = match &request.record {
            Some(path) => {
                let decisive = ground.decisive()?;
                let settle = |stored| decisive.settled(stored);
                let (record, known) = Record::<KeptRun>::create_or_resume(path, &decisive.identity(), &(), settle)?;
                for kept in known {
                    // A record may have runs that this table does not ask for.
                    let Some(job) = request.job_of(&kept) else { continue };
                    table.record(job, kept.run)?;
                    resumed.push(Ended { job, seed: kept.seed, run: kept.run });
                }
                Some(record)
            }
            None => None,
        };
        let lanes = (0..ground.side_by_side(SIDE_BY_SIDE)).map(|_| Lane::default()).collect();
        let open = table.open().collect();
        Ok(EscapeJob {
            ground,
            table,
            right,
            resumed,
            open,
            taken: AtomicUsize::new(0),
            lanes,
            record,
            trouble: None,
            work: 0.0,
        })
    }

    fn head(&self) -> EscapeHead {
        EscapeHead {
            title: self.title(),
            caption: self.caption(),
            about: self.about().clone(),
            notes: self.about().notes.clone(),
            table: self.table.clone(),
            resumed: self.resumed.len(),
        }
    }

    /// Every run that had ended before an error is in the table and in the record, and was handed out.
    fn advance(&mut self) -> Result<Option<Vec<Ended>>, ExploreError> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble.into());
        }
        if self.table.is_done() {
            return Ok(None);
        }
        let EscapeJob { ground, open, taken, lanes, .. } = self;
        let (ground, open, taken) = (&*ground, &*open, &*taken);
        let work = |lane: &mut Lane| lane.work(ground, open, taken);
        let outcome: Result<(), ObjectiveError> = if ground.setting.objective.takes_threads() {
            lanes.par_iter_mut().try_for_each(work)
        } else {
            lanes.iter_mut().try_for_each(work)
        };
        let found: Vec<(Place, Run)> = self.lanes.iter_mut().flat_map(|lane| lane.ended.drain(..)).collect();
        let ended = self.take_in(found)?;
        match outcome {
            Err(trouble) if ended.is_empty() => return Err(trouble.into()),
            Err(trouble) => self.trouble = Some(trouble),
            Ok(()) => {}
        }
        Ok(Some(ended))
    }

    /// Runs that are made, of all.
    fn progress(&self) -> Progress {
        let total = self.table.spec().methods.len() * self.table.spec().seeds;
        Progress { done: self.table.runs().count() as u64, total: total as u64 }
    }

    /// How much of the work is done here and how much is left, in one unit, as far as can be told: a run that has not ended
    /// is taken to be as long as those of its method, and as the limit before there is one.
    fn work(&self) -> (f64, f64) {
        let under_way = self.lanes.iter().filter_map(|lane| lane.walker.as_ref());
        let begun: f64 = under_way.clone().map(|w| w.steps() as f64 * self.ground.cost(w.job().method)).sum();
        let expected = |method: usize| {
            let known = self.table.cell(method).and_then(|cell| cell.expected());
            known.map_or(self.table.spec().limit as f64, |steps| steps.value())
        };
        let length: Vec<f64> = (0..self.table.spec().methods.len()).map(expected).collect();
        let open: f64 = self.table.open().map(|job| length[job.method] * self.ground.cost(job.method)).sum();
        // What a run under way has done beyond the expected takes nothing off the others.
        let off: f64 =
            under_way.map(|w| (w.steps() as f64).min(length[w.job().method]) * self.ground.cost(w.job().method)).sum();
        (self.work + begun, (open - off).max(0.0))
    }
}

fn steps(run: &Run) -> u64 {
    match run.exit {
        Exit::Exited(steps) | Exit::Censored(steps) => steps,
    }
}

impl Lane {
    /// Makes some steps, of as many runs as it takes.
    fn work(&mut self, ground: &Ground, open: &[Place], taken: &AtomicUsize) -> Result<(), ObjectiveError> {
        for _ in 0..STRIDE {
            let walker = match &mut self.walker {
                Some(walker) => walker,
                none => {
                    let Some(job) = open.get(taken.fetch_add(1, Ordering::Relaxed)) else { return Ok(()) };
                    none.insert(Walker::new(ground, *job))
                }
            };
            if let Some(run) = walker.step(ground)? {
                self.ended.push((walker.job(), run));
                self.walker = None;
            }
        }
        Ok(())
    }
}
