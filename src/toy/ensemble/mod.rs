//! Many runs of several dynamics from one start: success rates, first passages, Tr(HΣ) over time, where they end.
//!
//! Run k of a dynamics is the same whatever the number of threads, runs or other dynamics: its random numbers come from
//! (seed, dynamics, k), its surface's points from (seed, k), and sums are taken in the order of the runs.

mod kernel;
mod result;
mod rule;

pub use crate::probe::statistics::{Proportion, wilson};
pub use result::{Outcome, Results};
pub use rule::{Region, SuccessRule};

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::{
    kernel::LOOK_EVERY,
    result::{Record, Tally},
};
use super::{
    dynamics::{DynamicsKind, DynamicsSpec},
    error::ToyError,
    surface::Surface,
    surfaces::{Escape, SurfaceSpec},
    walker::{Walker, check_point, stream},
};

/// The most runs and the most steps of one ensemble.
const MOST: u64 = 1_000_000;
/// Numbers of Tr(HΣ) over time that are in memory at once: 64 MiB, or one run per thread where that is more.
const NUMBERS: u64 = 8 << 20;

/// What to simulate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnsembleSpec {
    pub surface: SurfaceSpec,
    pub dynamics: Vec<DynamicsSpec>,
    /// Runs of every dynamics.
    pub runs: u64,
    /// Steps of every run.
    pub steps: u32,
    pub seed: u64,
    /// Where every run starts; the surface's own start if `None`.
    pub start: Option<Vec<f64>>,
    /// Where a run has arrived; [`Region::usual`] if `None`.
    pub region: Option<Region>,
}

impl Default for EnsembleSpec {
    /// The noise paper's Fig. 2: six dynamics, 100 runs, 500 steps, from (1, 1).
    fn default() -> EnsembleSpec {
        EnsembleSpec {
            surface: SurfaceSpec::Escape2d { points: 100 },
            dynamics: DynamicsKind::ESCAPE.map(DynamicsSpec::of).to_vec(),
            runs: 100,
            steps: 500,
            seed: 0,
            start: None,
            region: None,
        }
    }
}

/// How far an ensemble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This many of the runs are done.
    Running(u64),
    /// All are.
    Done,
    /// The flag was raised; the runs that were under way are forgotten, earlier ones are kept.
    Cancelled,
}

/// An ensemble under way: it advances by as many runs as its owner likes, and can be looked at in between.
#[derive(Clone, Debug)]
pub struct Ensemble {
    spec: EnsembleSpec,
    start: Vec<f64>,
    region: Region,
    /// The one surface of all runs, where they share it.
    shared: Option<Arc<dyn Surface>>,
    results: Vec<Results>,
    done: u64,
}

impl Ensemble {
    /// Checks everything that can be wrong, so that advancing cannot fail.
    ///
    /// # Errors
    ///
    /// A surface, dynamics, start or region that does not fit, no dynamics, or no (or too many) runs or steps.
    pub fn new(spec: EnsembleSpec) -> Result<Ensemble, ToyError> {
        let count = |name, value: u64| {
            let remedy = "1 to 1000000";
            if (1..=MOST).contains(&value) { Ok(()) } else { Err(ToyError::Count { name, value, remedy }) }
        };
        count("runs", spec.runs)?;
        count("steps", u64::from(spec.steps))?;
        count("dynamics", spec.dynamics.len() as u64)?;
        let surface = spec.surface.build(spec.seed, 0)?;
        let start = spec.start.clone().unwrap_or_else(|| surface.about().start);
        check_point("start", &*surface, &start)?;
        let region = spec.region.clone().unwrap_or_else(|| Region::usual(&*surface));
        region.check(&*surface)?;
        for dynamics in &spec.dynamics {
            dynamics.check(&*surface)?;
        }
        let results = spec.dynamics.iter().map(|d| Results::new(*d, surface.dim(), spec.steps)).collect();
        let shared = (!spec.surface.is_drawn()).then_some(surface);
        Ok(Ensemble { spec, start, region, shared, results, done: 0 })
    }

    /// Makes at most `runs` more runs of every dynamics, on all threads of the current pool.
    ///
    /// `cancel` is looked at before every run and every 4096 steps.
    ///
    /// # Errors
    ///
    /// None that [`Ensemble::new`] would not have found.
    pub fn advance(&mut self, runs: u64, cancel: &AtomicBool) -> Result<Progress, ToyError> {
        let last = self.spec.runs.min(self.done.saturating_add(runs));
        let numbers_per_run = u64::from(self.spec.steps) * self.spec.dynamics.len() as u64;
        let together = (NUMBERS / numbers_per_run).max(rayon::current_num_threads() as u64);
        while self.done < last {
            let block = self.done..last.min(self.done + together);
            let Some(records) = self.records(block.clone(), cancel)? else {
                return Ok(Progress::Cancelled);
            };
            for run in &records {
                self.results.iter_mut().zip(run).for_each(|(results, record)| results.add(record));
            }
            self.done = block.end;
        }
        Ok(self.progress())
    }

    /// Makes all runs that are left.
    ///
    /// # Errors
    ///
    /// As [`Ensemble::advance`].
    pub fn finish(&mut self, cancel: &AtomicBool) -> Result<Progress, ToyError> {
        self.advance(u64::MAX, cancel)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        if self.done == self.spec.runs { Progress::Done } else { Progress::Running(self.done) }
    }

    /// One entry per dynamics of the spec, over the runs made so far.
    pub fn results(&self) -> &[Results] {
        &self.results
    }

    /// The spec.
    pub fn spec(&self) -> &EnsembleSpec {
        &self.spec
    }

    /// Where a run has arrived.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Where every run starts.
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// Records `[runs × dynamics]`, `None` when cancelled.
    fn records(&self, runs: Range<u64>, cancel: &AtomicBool) -> Result<Option<Vec<Vec<Record>>>, ToyError> {
        runs.into_par_iter()
            .map(|run| if cancel.load(Ordering::Relaxed) { Ok(None) } else { self.run(run, cancel) })
            .collect()
    }

    /// Run `run` of every dynamics, `None` when cancelled.
    fn run(&self, run: u64, cancel: &AtomicBool) -> Result<Option<Vec<Record>>, ToyError> {
        if let SurfaceSpec::Escape2d { points } = self.spec.surface {
            let surface = Arc::new(Escape::draw(points, self.spec.seed, run)?);
            return self.spec.dynamics.iter().map(|spec| self.escape(&surface, spec, run, cancel)).collect();
        }
        let surface = match &self.shared {
            Some(surface) => Arc::clone(surface),
            None => self.spec.surface.build(self.spec.seed, run)?,
        };
        self.spec.dynamics.iter().map(|spec| self.walk(&surface, spec, run, cancel)).collect()
    }

    fn escape(
        &self,
        surface: &Arc<Escape>,
        spec: &DynamicsSpec,
        run: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<Record>, ToyError> {
        if !kernel::knows(spec) {
            let surface: Arc<dyn Surface> = Arc::<Escape>::clone(surface);
            return self.walk(&surface, spec, run, cancel);
        }
        let start = [self.start[0], self.start[1]];
        let mut rng = stream(spec, self.spec.seed, run);
        Ok(kernel::walk(surface, spec, start, self.spec.steps, &self.region, &mut rng, cancel))
    }

    fn walk(
        &self,
        surface: &Arc<dyn Surface>,
        spec: &DynamicsSpec,
        run: u64,
        cancel: &AtomicBool,
    ) -> Result<Option<Record>, ToyError> {
        let mut walker = Walker::new(Arc::clone(surface), *spec, &self.start, self.spec.seed, run)?;
        let mut tally = Tally::default();
        let mut trace = Vec::with_capacity(self.spec.steps as usize);
        for t in 1..=self.spec.steps {
            if t.is_multiple_of(LOOK_EVERY) && cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            trace.push(walker.escape_indicator());
            walker.step();
            tally.see(t, self.region.contains(&**surface, walker.solution()));
        }
        Ok(Some(Record { outcome: tally.outcome(), end: walker.solution().to_vec(), trace }))
    }
}

#[cfg(test)]
mod tests;
