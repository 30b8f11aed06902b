//! Where a walk stands, as plain data, and walks that go on from there.

use super::{
    beginning::Beginning,
    error::WalkError,
    known::Known,
    machine::Walk,
    plan::{NOISE, now, planned},
    stirring::Stirring,
};
use crate::{
    engine::{Record, averaging::Averaging},
    net::State,
    optim::{Average, Batches, Diffusion, Optimizer},
    random,
    run::{Epoch, Fork, ForkError, Length, Numbers, Order, RunSpec, Standing},
};

impl Walk {
    /// Everything that decides how the walk goes on.
    pub fn standing(&self) -> Standing {
        let mean = self.averaging.as_ref().map(Averaging::mean).filter(|mean| mean.count() > 0);
        let mut vectors = self.optimizer.state().clone();
        if let Some(mean) = mean {
            mean.keep(&mut vectors);
        }
        let spread = self.stirring.known().map(|diffusion| diffusion.keep(&mut vectors));
        Standing {
            t: self.t,
            theta: self.here.theta.clone(),
            buffers: self.here.buffers.clone(),
            vectors,
            gradient: self.previous_gradient.clone().filter(|_| self.spec.probes.steps.needs_previous_gradient()),
            average: mean.map(|mean| mean.mean().to_vec()),
            numbers: Numbers {
                optimizer: *self.optimizer.spec(),
                learning_rate: self.learning_rate,
                batches: self.batches.position(),
                // A word a nanosecond would take five centuries to fill it.
                noise_position: u64::try_from(self.noise.get_word_pos()).unwrap_or(u64::MAX),
                noise_deviation: self.noise_deviation,
                spread,
                epoch: self.epoch,
                averaged: mean.map_or(0, Average::count),
                loss: self.loss_here,
                gradient_evaluations: self.gradient_evaluations,
                full_loss_evaluations: self.full_loss_evaluations,
            },
        }
    }

    /// Puts the walk where another one of the same spec stood.
    pub(super) fn stand(&mut self, at: Standing) -> Result<(), WalkError> {
        let n = at.numbers;
        self.switches = planned(&self.spec, self.manifest.steps, at.t)?;
        let mut vectors = at.vectors;
        let average = at.average.map(|mean| Average::going_on(mean, n.averaged, &mut vectors)).unwrap_or_default();
        if let Some(averaging) = &mut self.averaging {
            averaging.go_on(average);
        }
        let diffusion = n.spread.and_then(|spread| Diffusion::going_on(spread, at.theta.len(), &mut vectors));
        self.stirring = Stirring::going_on(diffusion);
        let count = usize::try_from(self.manifest.train_count).unwrap_or(usize::MAX);
        let is_shuffled = self.spec.order == Order::Shuffled;
        self.batches = Batches::at(count, is_shuffled, self.spec.seed, n.batches, || self.objective.go_on())?;
        self.optimizer = Optimizer::going_on(n.optimizer, vectors);
        self.noise = random::stream(self.spec.seed, NOISE);
        self.noise.set_word_pos(u128::from(n.noise_position));
        self.here = State { theta: at.theta, buffers: at.buffers };
        self.t = at.t;
        self.previous_gradient = at.gradient;
        self.learning_rate = n.learning_rate;
        (self.noise_deviation, self.loss_here) = (n.noise_deviation, n.loss);
        self.epoch = n.epoch;
        (self.gradient_evaluations, self.full_loss_evaluations) = (n.gradient_evaluations, n.full_loss_evaluations);
        (self.line_end, self.diverged_at) = (None, None);
        Ok(())
    }

    /// The spec of the run as it stands: after what was changed by hand and by plan.
    pub fn standing_spec(&self) -> RunSpec {
        let (size, spec) = (self.batch(), &self.spec);
        let kind = self.optimizer.spec().kind;
        let own = spec.batch_size_of(kind, self.manifest.train_count).ok();
        let batch = if own == Some(size) { spec.batch } else { crate::run::BatchSize::Of(size) };
        RunSpec {
            optimizer: *self.optimizer.spec(),
            lr: self.learning_rate,
            batch,
            length: if batch == spec.batch { spec.length } else { Length::Steps(self.manifest.steps) },
            switch: spec.switch.rest(kind, self.t, self.manifest.steps),
            ..spec.clone()
        }
    }

    /// A fork of this walk, where it stands; `file` is the run file of this one.
    pub fn fork(&self, file: Option<&std::path::Path>) -> Fork {
        let base = Box::new(self.standing_spec());
        Fork { run: self.manifest.identity(), file: file.map(Into::into), step: self.t, base }
    }

    /// A second walk that goes on from here as `spec` says, a fork of this one. It shares data and device.
    ///
    /// # Errors
    /// A spec that no fork of this walk can have.
    pub fn branch(&self, spec: RunSpec) -> Result<Walk, WalkError> {
        spec.check()?;
        let at = self.standing();
        let is_shuffled = self.spec.order == Order::Shuffled;
        let mut walk = Walk {
            spec: self.spec.clone(),
            manifest: self.manifest.clone(),
            objective: self.objective.clone(),
            optimizer: Optimizer::new(*self.optimizer.spec()),
            switches: Vec::new(),
            averaging: self.averaging.clone(),
            batches: Batches::new(0, 1, is_shuffled, self.spec.seed),
            learning_rate: self.learning_rate,
            theta_0: self.theta_0.clone(),
            here: State::default(),
            t: self.t,
            previous_gradient: None,
            diverged_at: None,
            loss_here: None,
            line_end: None,
            noise: self.noise.clone(),
            noise_deviation: self.noise_deviation,
            stirring: Stirring::default(),
            epoch: Epoch::default(),
            gradient_evaluations: 0,
            full_loss_evaluations: 0,
            beginning: Beginning::Fresh,
            known: Known::default(),
            failure_is_told: self.failure_is_told,
        };
        walk.stand(at)?;
        let records = walk.turn_into(spec)?;
        walk.beginning = Beginning::Forked(records);
        Ok(walk)
    }

    /// Makes the walk the fork that `spec` says, and gives its first records: where it stands, then what is other than it
    /// was.
    pub(super) fn turn_into(&mut self, spec: RunSpec) -> Result<Vec<Record>, WalkError> {
        let count = self.manifest.train_count;
        for kind in spec.kinds() {
            spec.batch_size_of(kind, count)?;
        }
        let before = self.standing_spec();
        let per_epoch = self.manifest.steps_per_epoch;
        let mut steps = spec.length.steps(per_epoch);
        if spec.batch_size(count)? != before.batch_size(count)? {
            // The epochs that are left have another number of iterations.
            self.manifest.steps_per_epoch = count.div_ceil(spec.batch_size(count)?);
            if let Length::Epochs(_) = spec.length {
                let left = u128::from(steps.saturating_sub(self.t)) * u128::from(self.manifest.steps_per_epoch);
                let left = left.div_ceil(u128::from(per_epoch.max(1)));
                steps = self.t.saturating_add(u64::try_from(left).unwrap_or(u64::MAX));
            }
        }
        if steps <= self.t {
            return Err(ForkError::NothingLeft { step: self.t, steps }.into());
        }
        if let Some((at, to)) = spec.switch.steps(steps).map_err(crate::run::SpecError::from)?.first()
            && *at < self.t
        {
            return Err(ForkError::SwitchedBefore { to: *to, at: *at, step: self.t }.into());
        }
        self.manifest.steps = steps;
        self.manifest.command = spec.command_line();
        self.manifest.version = env!("CARGO_PKG_VERSION").into();
        self.manifest.started = now();
        self.manifest.spec = spec.clone();
        let same_average = spec.average == before.average;
        let mean = self.averaging.take().filter(|_| same_average).map(Averaging::into_mean).unwrap_or_default();
        self.averaging = spec.average.map(|average| {
            let mut averaging = Averaging::new(average, spec.norm_mode, &self.manifest);
            averaging.go_on(mean);
            averaging
        });
        self.switches = planned(&spec, steps, self.t)?;
        if spec.norm_mode != before.norm_mode {
            // Measured with other statistics.
            (self.loss_here, self.line_end) = (None, None);
            self.stirring.forget();
        }
        if spec.batch != before.batch {
            // The noise may be that of this batch.
            self.stirring.forget();
        }
        let now = spec.clone();
        self.spec = spec;
        let mut records: Vec<Record> = self.kept().into();
        if now.lr != before.lr {
            records.push(self.set_learning_rate(now.lr)?);
        }
        if now.optimizer != before.optimizer {
            records.push(self.set_optimizer(now.optimizer)?);
        }
        let size = now.batch_size(count)?;
        if size != self.batch() {
            records.push(self.set_batch(size)?);
        }
        Ok(records)
    }
}
