//! An ensemble on a thread of its own: it can be stopped, says how far it is, and is summed up while it goes on.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    cut::Cut,
    summary::{MeanLoss, Summary, mean_losses},
    view::Bounds,
};
use crate::{
    app::plain::plain,
    toy::{
        ToyError,
        ensemble::{Ensemble, EnsembleSpec, Progress},
    },
};

/// An ensemble of at most so many steps in all follows the sliders by itself.
const SMALL: u64 = 400_000;
/// So often the window gets to see how far it is.
const EVERY: Duration = Duration::from_millis(120);

/// What an ensemble has come to so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub spec: EnsembleSpec,
    /// Where every run starts.
    pub start: Vec<f64>,
    /// The part of the landscape that densities are about.
    pub window: Bounds,
    /// Runs of every rule that are done.
    pub done: u64,
    /// One per rule.
    pub summaries: Vec<Summary>,
    /// One list per rule, on a quadratic well only.
    pub losses: Vec<Vec<MeanLoss>>,
    pub seconds: f64,
    /// Whether all runs are done.
    pub is_whole: bool,
}

/// Where the thread puts what it has.
#[derive(Default)]
struct Slot {
    newest: Option<Result<Found, ToyError>>,
    has_ended: bool,
}

struct Job {
    spec: EnsembleSpec,
    begun: Instant,
    cancel: Arc<AtomicBool>,
    slot: Arc<Mutex<Slot>>,
    thread: JoinHandle<()>,
}

/// The ensemble that is shown, and the one under way.
#[derive(Default)]
pub struct Runs {
    job: Option<Job>,
    found: Option<Arc<Found>>,
    /// What could not be run, and why.
    refused: Option<(EnsembleSpec, String)>,
    /// Counts answers.
    version: u64,
}

/// How far an ensemble is.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    pub done: u64,
    pub total: u64,
    /// Seconds to go, once that can be told.
    pub eta: Option<f64>,
}

impl Runs {
    /// Takes in what the thread has found. Once a frame.
    pub fn take_in(&mut self) {
        let Some(job) = &self.job else { return };
        let (newest, has_ended) = match job.slot.lock() {
            Ok(mut slot) => (slot.newest.take(), slot.has_ended),
            Err(_) => (None, true),
        };
        match newest {
            Some(Ok(found)) => {
                self.found = Some(Arc::new(found));
                self.version += 1;
            }
            Some(Err(why)) => self.refused = Some((job.spec.clone(), plain(why))),
            None => {}
        }
        if has_ended || job.thread.is_finished() {
            let is_answered = self.found.as_ref().is_some_and(|f| f.spec == job.spec)
                || self.refused.as_ref().is_some_and(|(spec, _)| *spec == job.spec);
            if !is_answered && !job.cancel.load(Ordering::Relaxed) {
                self.refused = Some((job.spec.clone(), "the simulation ended without an answer".into()));
            }
            self.job = None;
        }
    }

    /// Starts an ensemble; one under way is stopped and its runs are forgotten.
    pub fn start(&mut self, spec: EnsembleSpec, ctx: &egui::Context) {
        self.stop();
        let (cancel, slot) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Slot::default())));
        let worker = Worker { cancel: cancel.clone(), slot: slot.clone(), ctx: ctx.clone() };
        let asked = spec.clone();
        let thread = std::thread::Builder::new().name("ensemble".into()).spawn(move || worker.run(asked));
        match thread {
            Ok(thread) => self.job = Some(Job { spec, begun: Instant::now(), cancel, slot, thread }),
            Err(e) => self.refused = Some((spec, format!("the system gives no thread ({e}); close other programs"))),
        }
    }

    /// Starts a small ensemble by itself when it is not the one that is shown; a large one waits to be asked for.
    pub fn follow(&mut self, spec: &EnsembleSpec, ctx: &egui::Context) {
        let is_known = self.found.as_ref().is_some_and(|f| f.spec == *spec && f.is_whole)
            || self.refused.as_ref().is_some_and(|(refused, _)| refused == spec);
        if self.job.is_none() && !is_known && is_small(spec) {
            self.start(spec.clone(), ctx);
        }
    }

    /// Stops the ensemble under way; what it has stays.
    pub fn stop(&mut self) {
        if let Some(job) = &self.job {
            job.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// What is shown.
    pub fn found(&self) -> Option<&Arc<Found>> {
        self.found.as_ref()
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    /// Why `spec` cannot be run.
    pub fn refusal(&self, spec: &EnsembleSpec) -> Option<&str> {
        self.refused.as_ref().filter(|(refused, _)| refused == spec).map(|(_, why)| why.as_str())
    }

    /// How far the ensemble under way is.
    pub fn status(&self) -> Option<Status> {
        let job = self.job.as_ref().filter(|j| !j.cancel.load(Ordering::Relaxed))?;
        let done = self.found.as_ref().filter(|f| f.spec == job.spec).map_or(0, |f| f.done);
        let (total, seconds) = (job.spec.runs, job.begun.elapsed().as_secs_f64());
        let eta = (done > 0 && seconds > 0.5).then(|| seconds / done as f64 * (total - done) as f64);
        Some(Status { done, total, eta })
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether an ensemble follows the sliders by itself.
pub fn is_small(spec: &EnsembleSpec) -> bool {
    spec.runs.saturating_mul(u64::from(spec.steps)).saturating_mul(spec.dynamics.len() as u64) <= SMALL
}

/// What the thread does.
struct Worker {
    cancel: Arc<AtomicBool>,
    slot: Arc<Mutex<Slot>>,
    ctx: egui::Context,
}

impl Worker {
    fn run(&self, spec: EnsembleSpec) {
        let ended = self.simulate(spec);
        if let Err(why) = ended {
            self.publish(Some(Err(why)), true);
        } else {
            self.publish(None, true);
        }
    }

    fn publish(&self, answer: Option<Result<Found, ToyError>>, has_ended: bool) {
        if let Ok(mut slot) = self.slot.lock() {
            slot.newest = answer.or(slot.newest.take());
            slot.has_ended = has_ended;
        }
        self.ctx.request_repaint();
    }

    fn simulate(&self, spec: EnsembleSpec) -> Result<(), ToyError> {
        let begun = Instant::now();
        let surface = spec.surface.build(spec.seed, 0)?;
        let (cut, about) = (Cut::of(&*surface), surface.about());
        // Somewhat more than is seen at first: noise carries some runs out.
        let window = cut.window(&about.window).map(|[low, high]| {
            let more = 0.3 * (high - low);
            [low - more, high + more]
        });
        let mut ensemble = Ensemble::new(spec.clone())?;
        let mut losses = Vec::new();
        // A share that takes a part of the time between two looks; the first one finds out how long a run takes.
        let (mut share, mut shown) = (16u64, Instant::now());
        loop {
            let (before, from) = (done(&ensemble), Instant::now());
            let progress = ensemble.advance(share, &self.cancel)?;
            let made = done(&ensemble) - before;
            if made > 0 {
                let each = from.elapsed().as_secs_f64() / made as f64;
                share = ((0.06 / each.max(1e-9)) as u64).clamp(2, 50_000);
            }
            let is_going = matches!(progress, Progress::Running(_));
            if progress == Progress::Cancelled && done(&ensemble) == 0 {
                return Ok(());
            }
            if is_going && shown.elapsed() < EVERY {
                continue;
            }
            if !is_going && progress == Progress::Done {
                losses = mean_losses(&spec, &self.cancel)?;
            }
            let of = |r| Summary::of(r, &cut, window, spec.steps);
            let found = Found {
                spec: spec.clone(),
                start: ensemble.start().to_vec(),
                window,
                done: done(&ensemble),
                summaries: ensemble.results().iter().map(of).collect(),
                losses: losses.clone(),
                seconds: begun.elapsed().as_secs_f64(),
                is_whole: progress == Progress::Done,
            };
            self.publish(Some(Ok(found)), false);
            shown = Instant::now();
            if !is_going {
                return Ok(());
            }
        }
    }
}

fn done(ensemble: &Ensemble) -> u64 {
    ensemble.results().first().map_or(0, |r| r.outcomes().len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::lab::setup::Setup,
        toy::{dynamics::DynamicsKind, ensemble::SuccessRule},
    };

    fn wait(runs: &mut Runs) {
        let begun = Instant::now();
        loop {
            runs.take_in();
            if runs.status().is_none() {
                return;
            }
            assert!(begun.elapsed().as_secs() < 60, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_small_one_runs_by_itself_and_once() {
        let (ctx, mut runs) = (egui::Context::default(), Runs::default());
        let spec = Setup::default().ensemble();
        assert!(is_small(&spec), "the paper's figure follows the sliders");
        runs.follow(&spec, &ctx);
        wait(&mut runs);
        let found = runs.found().unwrap().clone();
        assert!(found.is_whole && found.done == 100 && found.summaries.len() == 6);
        assert_eq!(found.summaries[0].kind(), DynamicsKind::Gd);
        assert_eq!(found.summaries[0].success(SuccessRule::Final).successes, 0);
        let version = runs.version();
        runs.follow(&spec, &ctx);
        assert!(runs.status().is_none() && runs.version() == version);
    }

    #[test]
    fn a_large_one_waits_shows_what_it_has_and_stops() {
        let (ctx, mut runs) = (egui::Context::default(), Runs::default());
        let spec = Setup { runs: 1_000_000, ..Setup::default() }.ensemble();
        runs.follow(&spec, &ctx);
        assert!(runs.status().is_none());
        runs.start(spec, &ctx);
        let begun = Instant::now();
        while runs.found().is_none_or(|f| f.done < 100) {
            assert!(begun.elapsed().as_secs() < 60);
            runs.take_in();
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(runs.status().is_some_and(|s| s.total == 1_000_000 && s.done >= 100));
        runs.stop();
        let stopped = Instant::now();
        while runs.job.is_some() {
            assert!(stopped.elapsed().as_secs() < 10);
            runs.take_in();
            std::thread::sleep(Duration::from_millis(5));
        }
        let found = runs.found().unwrap();
        assert!(!found.is_whole && found.summaries.iter().all(|s| s.runs == found.done));
    }

    #[test]
    fn what_cannot_be_run_is_told_and_not_tried_again() {
        let (ctx, mut runs) = (egui::Context::default(), Runs::default());
        let mut setup = Setup::default();
        setup.constants.noise = -1.0;
        let spec = setup.ensemble();
        runs.follow(&spec, &ctx);
        wait(&mut runs);
        assert!(runs.refusal(&spec).unwrap().contains("noise is -1"));
        runs.follow(&spec, &ctx);
        assert!(runs.status().is_none());
    }
}
