//! One run from the minimum: SGD or SAM at a constant rate, and a look at the training accuracy after the steps.

use super::EscapeRequest;
use crate::{
    explore::{EscapeRequestError, Setting},
    net::State,
    objective::{
        ObjectiveError, Subset,
        descent::{Descent, Plan},
    },
    optim::{Batches, Optimizer, OptimizerSpec},
    probe::NormMode,
    valley::{Accuracy, Exit, Job, Method, Run, Screen},
};

/// What all runs share.
pub(super) struct Ground {
    pub setting: Setting,
    pub start: State,
    pub request: EscapeRequest,
    /// The rows of the table.
    pub methods: Vec<Method>,
    pub screen: Screen,
    /// Images per step.
    pub batch: u64,
}

impl Ground {
    pub fn new(setting: Setting, start: State, request: EscapeRequest) -> Result<Ground, EscapeRequestError> {
        let count = setting.objective.count(Subset::Train);
        let (screen, batch) = (Screen::new(count, request.threshold), request.batch_of(count)?);
        Ok(Ground { setting, start, methods: request.methods(), request, screen, batch })
    }

    /// Right answers on all training images at the start.
    pub fn right(&self) -> Result<u64, ObjectiveError> {
        self.setting.objective.right_of_all(&self.start, self.setting.norm_mode)
    }

    /// Whether some images say something about the others: not with statistics of the images that are looked at.
    fn is_screened(&self) -> bool {
        let independent =
            self.setting.norm_mode == NormMode::Running || !self.setting.objective.network().has_batch_norm();
        independent && !self.request.full_checks
    }

    /// On which side of the threshold the training accuracy is.
    fn accuracy(&self, at: &State) -> Result<Accuracy, ObjectiveError> {
        let objective = &self.setting.objective;
        if !self.is_screened() {
            let right = objective.right_of_all(at, self.setting.norm_mode)?;
            return Ok(self.screen.of_all(right as usize));
        }
        let (mut seen, mut right) = (0, 0);
        loop {
            let next = self.screen.next(seen);
            right += objective.right(at, &self.screen.order()[seen..next])? as usize;
            seen = next;
            if let Some(verdict) = self.screen.verdict(seen, right) {
                return Ok(verdict);
            }
        }
    }

    /// The optimizer of a method.
    fn optimizer(&self, method: usize) -> OptimizerSpec {
        let method = self.methods[method];
        OptimizerSpec { kind: method.kind, rho: method.rho, ..self.request.constants.spec() }
    }

    /// What a step of a method costs with its share of a look, in images that go forward; a way back counts as two.
    pub fn cost(&self, method: usize) -> f64 {
        let all = self.setting.objective.count(Subset::Train);
        let look = if self.is_screened() { self.screen.next(0) } else { all };
        let ascends = self.optimizer(method).ascent(0, self.request.steps).is_some();
        let gradients = if ascends { 2.0 } else { 1.0 };
        3.0 * gradients * self.batch as f64 + look as f64 / self.request.check as f64
    }

    /// How many runs go on at once under a budget of bytes.
    pub fn side_by_side(&self, budget: usize) -> usize {
        let objective = &self.setting.objective;
        if !objective.takes_threads() {
            return 1;
        }
        let per_image = objective.network().total_activation() * size_of::<f32>();
        let per_run = per_image.saturating_mul(usize::try_from(self.batch).unwrap_or(usize::MAX));
        (budget / per_run.max(1)).clamp(1, rayon::current_num_threads())
    }
}

/// A run in progress.
pub(super) struct Walker {
    job: Job,
    here: State,
    optimizer: Optimizer,
    batches: Batches,
    t: u64,
    gradients: u64,
    finite: bool,
}

impl Walker {
    pub fn new(ground: &Ground, job: Job) -> Walker {
        let count = ground.setting.objective.count(Subset::Train);
        Walker {
            job,
            here: ground.start.clone(),
            optimizer: Optimizer::new(ground.optimizer(job.method)),
            batches: Batches::new(count, ground.batch as usize, true, ground.request.seed_of(job)),
            t: 0,
            gradients: 0,
            finite: true,
        }
    }

    pub fn job(&self) -> Job {
        self.job
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.t
    }

    /// Makes a step, and looks at the accuracy when it is time to. Some when the run has ended.
    ///
    /// A gradient that is not finite is followed as PyTorch would: then no parameter is a number, no answer is right, and
    /// the accuracy that is looked at next is below any threshold.
    pub fn step(&mut self, ground: &Ground) -> Result<Option<Run>, ObjectiveError> {
        let EscapeRequest { steps: limit, check, lr: rate, .. } = ground.request;
        let plan =
            Plan { ascent: self.optimizer.ascent(self.t, limit), shard: self.optimizer.spec().sam_shard, noise: None };
        let found = Descent::find(&ground.setting.objective, &self.here, self.batches.current(), &plan)?;
        self.gradients += found.evaluations;
        self.finite &= found.is_finite();
        let blocks = ground.setting.objective.network().layout().blocks();
        self.here = State {
            theta: self.optimizer.step(&blocks, &self.here.theta, found.gradient(), rate),
            buffers: found.moved(&self.here.buffers),
        };
        self.batches.advance();
        self.t += 1;
        let is_last = self.t >= limit;
        if !(is_last || self.t.is_multiple_of(check) || !self.finite) {
            return Ok(None);
        }
        let exit = match ground.accuracy(&self.here)? {
            Accuracy::Fallen => Exit::Exited(self.t),
            Accuracy::Kept if is_last => Exit::Censored(self.t),
            Accuracy::Kept => return Ok(None),
        };
        Ok(Some(Run { exit, gradients: self.gradients, finite: self.finite }))
    }
}
