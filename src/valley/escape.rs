//! The table of an escape experiment: which run comes next, and what was found.
//!
//! "On the Understanding of Sharpness-Aware Minimization and its Application" (Park 2022), §5.2: from a minimum, every
//! optimizer runs at a constant learning rate until the training accuracy falls below a threshold, for many seeds. The
//! mean exit time is `E[ν] = E[min{t η : w_t ∉ D}]` (Def. 2.2.1), the escape efficiency its inverse.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::exits::{Exit, ExitError, Exits, Steps};
use crate::optim::OptimizerKind;

/// One row of the table: an optimizer at one ρ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    #[serde(rename = "optimizer")]
    pub kind: OptimizerKind,
    /// The radius; 0 for an optimizer that looks nowhere else.
    pub rho: f64,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscapeSpec {
    pub methods: Vec<Method>,
    /// Runs of every method, with the seeds 0, 1, …
    pub seeds: usize,
    /// Steps after which a run is stopped.
    pub limit: u64,
    /// The constant learning rate η.
    pub rate: f64,
}

/// One run to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// Index into [`EscapeSpec::methods`].
    pub method: usize,
    pub seed: usize,
}

/// One run that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub exit: Exit,
    /// Gradients over a batch that it took.
    pub gradients: u64,
    /// Whether all of them were finite. A step along one that is not leaves no parameter a number, and so the minimum.
    pub finite: bool,
}

/// The table while it fills. Runs may be recorded in any order, by many workers, and again after an interruption.
#[derive(Clone, Debug, PartialEq)]
pub struct Escape {
    spec: EscapeSpec,
    /// By method, then by seed.
    found: Vec<Vec<Option<Run>>>,
    /// By method: how the same runs ended, as statistics.
    cells: Vec<Exits>,
}

/// An experiment or a run that cannot be.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum EscapeError {
    #[error("the experiment has {methods} methods and {seeds} seeds; give at least one of each, at most {max} runs", max = Escape::MAX_RUNS)]
    Size { methods: usize, seeds: usize },
    #[error("ρ of {0} is {1}; give a finite number, 0 or more")]
    Rho(OptimizerKind, f64),
    #[error("{0} at ρ = {1} is there twice; leave one out")]
    Twice(OptimizerKind, f64),
    #[error("gd takes all images in every step, so that all seeds are one; use sgd")]
    NoSeeds,
    #[error("{0} needs the covariance of its noise, which this table does not measure; make walks of it, or use sgd")]
    Noise(OptimizerKind),
    #[error("the learning rate is {0}; give a finite number above 0")]
    Rate(f64),
    #[error("there is no run with seed {seed} of method {method}; record runs that were asked for", seed = .0.seed, method = .0.method)]
    Unknown(Job),
    #[error("the run with seed {seed} of method {method} was recorded before, and ended differently", seed = .0.seed, method = .0.method)]
    Differs(Job),
    #[error(transparent)]
    Exit(#[from] ExitError),
}

impl Method {
    /// The base optimizer alone.
    pub const SGD: Method = Method { kind: OptimizerKind::Sgd, rho: 0.0 };

    /// Every kind at every ρ, after SGD if it is wanted for comparison; kinds without ρ once.
    pub fn grid(kinds: &[OptimizerKind], rhos: &[f64], baseline: bool) -> Vec<Method> {
        let mut all: Vec<Method> = baseline.then_some(Method::SGD).into_iter().collect();
        for kind in kinds {
            let own = if kind.is_sharpness_aware() { rhos } else { &[0.0] };
            for method in own.iter().map(|rho| Method { kind: *kind, rho: *rho }) {
                // SGD may be there as what others are compared with.
                if method != Method::SGD || !baseline {
                    all.push(method);
                }
            }
        }
        all
    }

    /// Whether others are compared with it.
    pub fn is_base(&self) -> bool {
        !self.kind.is_sharpness_aware()
    }

    /// Its name in tables and legends: "SGD", "SAM ρ 0.05".
    pub fn title(&self) -> String {
        let name = self.kind.rule().title();
        if self.is_base() { name.into() } else { format!("{name} ρ {}", self.rho) }
    }
}

impl Escape {
    /// Runs a table may have.
    pub const MAX_RUNS: usize = 1 << 20;

    /// A table without runs.
    ///
    /// # Errors
    /// When there is nothing to run or too much, a method is there twice, or a number makes no sense.
    pub fn new(spec: EscapeSpec) -> Result<Escape, EscapeError> {
        let (methods, seeds) = (spec.methods.len(), spec.seeds);
        if methods == 0 || seeds == 0 || methods.saturating_mul(seeds) > Self::MAX_RUNS {
            return Err(EscapeError::Size { methods, seeds });
        }
        if !(spec.rate > 0.0 && spec.rate.is_finite()) {
            return Err(EscapeError::Rate(spec.rate));
        }
        for (i, Method { kind, rho }) in spec.methods.iter().copied().enumerate() {
            if kind == OptimizerKind::Gd {
                return Err(EscapeError::NoSeeds);
            }
            if kind.takes_all() {
                return Err(EscapeError::Noise(kind));
            }
            if !(rho >= 0.0 && rho.is_finite()) {
                return Err(EscapeError::Rho(kind, rho));
            }
            if spec.methods[..i].contains(&spec.methods[i]) {
                return Err(EscapeError::Twice(kind, rho));
            }
        }
        let empty = Exits::new(spec.limit)?;
        Ok(Escape { found: vec![vec![None; seeds]; methods], cells: vec![empty; methods], spec })
    }

    /// What is run.
    pub fn spec(&self) -> &EscapeSpec {
        &self.spec
    }

    /// The runs still to make: all methods with the first seed, then with the next, so that the table fills evenly.
    pub fn open(&self) -> impl Iterator<Item = Job> + '_ {
        let jobs = (0..self.spec.seeds).flat_map(|seed| (0..self.found.len()).map(move |method| Job { method, seed }));
        jobs.filter(|job| self.found[job.method][job.seed].is_none())
    }

    /// Whether every run was made.
    pub fn is_done(&self) -> bool {
        self.open().next().is_none()
    }

    /// Takes a run. Recording the same again changes nothing.
    ///
    /// # Errors
    /// When there is no such run, it ended differently before, or its end does not fit the step limit.
    pub fn record(&mut self, job: Job, made: Run) -> Result<(), EscapeError> {
        let cell = self.cells.get_mut(job.method).ok_or(EscapeError::Unknown(job))?;
        let run = self.found.get_mut(job.method).and_then(|m| m.get_mut(job.seed)).ok_or(EscapeError::Unknown(job))?;
        match run {
            Some(before) if *before == made => Ok(()),
            Some(_) => Err(EscapeError::Differs(job)),
            None => {
                cell.record(made.exit)?;
                *run = Some(made);
                Ok(())
            }
        }
    }

    /// The runs of a method; `None` when there is no such method.
    pub fn cell(&self, method: usize) -> Option<&Exits> {
        self.cells.get(method)
    }

    /// Every method with its runs.
    pub fn cells(&self) -> impl Iterator<Item = (&Method, &Exits)> {
        self.spec.methods.iter().zip(&self.cells)
    }

    /// A run; `None` while it is open.
    pub fn run(&self, job: Job) -> Option<Run> {
        self.found.get(job.method)?.get(job.seed).copied().flatten()
    }

    /// All runs that were made, by method, then by seed.
    pub fn runs(&self) -> impl Iterator<Item = (Job, Run)> + '_ {
        self.found.iter().enumerate().flat_map(|(method, runs)| {
            runs.iter().enumerate().filter_map(move |(seed, run)| run.map(|run| (Job { method, seed }, run)))
        })
    }

    /// `E[ν]` of a method: mean steps × η (Def. 2.2.1); a lower bound when runs were stopped. `None` without runs.
    pub fn mean_exit_time(&self, method: usize) -> Option<Steps> {
        Some(self.cell(method)?.expected()?.times(self.spec.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> EscapeSpec {
        let methods = Method::grid(&[OptimizerKind::Sam], &[0.05, 0.1], true);
        EscapeSpec { methods, seeds: 4, limit: 100, rate: 0.03 }
    }

    fn run(exit: Exit) -> Run {
        Run { exit, gradients: 1, finite: true }
    }

    #[test]
    fn a_grid_has_every_method_once() {
        use OptimizerKind::{Asam, Nesterov, Sam, Sgd};
        let titles = |kinds: &[OptimizerKind], rhos: &[f64], baseline| {
            Method::grid(kinds, rhos, baseline).iter().map(Method::title).collect::<Vec<_>>()
        };
        assert_eq!(
            titles(&[Sam, Asam], &[0.05, 0.1], true),
            ["SGD", "SAM ρ 0.05", "SAM ρ 0.1", "ASAM ρ 0.05", "ASAM ρ 0.1"]
        );
        assert_eq!(titles(&[Sgd, Nesterov], &[0.1], true), ["SGD", "Nesterov"]);
        assert_eq!(titles(&[Sam], &[0.0], false), ["SAM ρ 0"]);
        assert_eq!(titles(&[Sgd], &[], false), ["SGD"]);
    }

    #[test]
    fn runs_fill_the_table_in_any_order_and_after_an_interruption() {
        let mut table = Escape::new(spec()).unwrap();
        let jobs: Vec<Job> = table.open().collect();
        assert_eq!(jobs.len(), 12);
        assert_eq!(jobs[..4].iter().map(|j| (j.method, j.seed)).collect::<Vec<_>>(), [(0, 0), (1, 0), (2, 0), (0, 1)]);
        let ends =
            |j: Job| run(if j == jobs[0] { Exit::Censored(100) } else { Exit::Exited(((j.seed + 1) * 10) as u64) });
        for job in jobs.iter().rev().take(7) {
            table.record(*job, ends(*job)).unwrap();
        }
        assert_eq!(table.open().collect::<Vec<_>>(), jobs[..5]);
        // From what was kept, twice over.
        let mut again = Escape::new(spec()).unwrap();
        for job in jobs.iter().chain(&jobs) {
            if let Some(run) = table.run(*job) {
                again.record(*job, run).unwrap();
            }
        }
        assert_eq!(table.runs().count(), 7);
        assert_eq!(again, table);
        for job in table.open().collect::<Vec<_>>() {
            table.record(job, ends(job)).unwrap();
        }
        assert!(table.is_done());
        // Seeds 10, 20, 30, 40 steps × 0.03; SGD's first one stayed: (100 + 20 + 30 + 40) / 4.
        let time = |m| table.mean_exit_time(m).unwrap();
        assert!((time(1).value() - 0.75).abs() < 1e-12 && !time(1).is_bound());
        assert!((time(0).value() - 1.425).abs() < 1e-12 && time(0).is_bound());
        let rhos: Vec<f64> = table.cells().filter(|c| c.1.censored() == 0).map(|c| c.0.rho).collect();
        assert_eq!(rhos, [0.05, 0.1]);
        assert_eq!(table.mean_exit_time(3), None);
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing() {
        let mut table = Escape::new(spec()).unwrap();
        let job = Job { method: 0, seed: 0 };
        assert_eq!(
            table.record(job, run(Exit::Exited(101))),
            Err(EscapeError::Exit(ExitError::BeyondLimit { steps: 101, limit: 100 }))
        );
        assert_eq!(table, Escape::new(spec()).unwrap());
        table.record(job, run(Exit::Exited(5))).unwrap();
        assert_eq!(table.record(job, run(Exit::Exited(6))), Err(EscapeError::Differs(job)));
        for job in [Job { method: 3, seed: 0 }, Job { method: 0, seed: 4 }] {
            assert_eq!(table.record(job, run(Exit::Exited(5))), Err(EscapeError::Unknown(job)));
        }
        assert_eq!(table.cell(0).unwrap().exited(), [5]);
        let changed = |change: &dyn Fn(&mut EscapeSpec)| {
            let mut spec = spec();
            change(&mut spec);
            Escape::new(spec).unwrap_err()
        };
        assert!(matches!(changed(&|s| s.seeds = 0), EscapeError::Size { .. }));
        assert!(matches!(changed(&|s| s.seeds = usize::MAX), EscapeError::Size { .. }));
        assert!(matches!(changed(&|s| s.rate = f64::NAN), EscapeError::Rate(_)));
        assert!(matches!(changed(&|s| s.methods[1].rho = -1.0), EscapeError::Rho(..)));
        assert!(matches!(changed(&|s| s.methods[1].rho = 0.1), EscapeError::Twice(..)));
        assert!(matches!(changed(&|s| s.methods[0].kind = OptimizerKind::Gd), EscapeError::NoSeeds));
        assert!(matches!(changed(&|s| s.methods[0].kind = OptimizerKind::GldDiag), EscapeError::Noise(_)));
        assert!(matches!(changed(&|s| s.limit = 0), EscapeError::Exit(ExitError::NoLimit)));
    }
}
