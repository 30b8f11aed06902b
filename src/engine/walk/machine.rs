//! The walk itself.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::{
    beginning::Beginning,
    error::WalkError,
    found::Found,
    known::Known,
    line::StepLine,
    plan::{NOISE, now, planned},
    stirring::{Ground, Stirred, Stirring},
};
use crate::{
    checkpoint::Checkpoint,
    curvature, data, device,
    engine::{Record, averaging::Averaging},
    net::{Network, State},
    objective::{
        Interrupt, LineEnd, Objective, Subset,
        descent::{Descent, Plan},
        needs,
    },
    optim::{Batches, Optimizer, OptimizerKind, OptimizerSpec},
    probe::{
        EpochRecord, NoiseSize, ProbeValues, SLICE_POINTS, SliceRecord, StepRecord, StepView, slice_alpha,
        vector::{distance, norm},
    },
    random,
    run::{Epoch, Manifest, Order, Outcome, RunSpec, Summary, paths},
};

/// A walk in progress.
pub struct Walk {
    pub(super) spec: RunSpec,
    pub(super) manifest: Manifest,
    /// Shared by the branches of a live fork.
    pub(super) objective: Arc<Objective>,
    pub(super) optimizer: Optimizer,
    /// Planned switches still to come, the next one last.
    pub(super) switches: Vec<(u64, OptimizerKind)>,
    pub(super) averaging: Option<Averaging>,
    pub(super) batches: Batches,
    pub(super) learning_rate: f64,
    pub(super) theta_0: Vec<f32>,
    /// θ_t and the running statistics beside it.
    pub(super) here: State,
    pub(super) t: u64,
    pub(super) previous_gradient: Option<Vec<f32>>,
    /// The iteration that diverged and has its record already: trying it again must not write it twice.
    pub(super) diverged_at: Option<u64>,
    /// L(θ_t), when the last slice or an evaluation measured it.
    pub(super) loss_here: Option<f64>,
    pub(super) line_end: Option<LineEnd>,
    pub(super) noise: ChaCha8Rng,
    /// Standard deviation of the isotropic noise on every coordinate of the gradient.
    pub(super) noise_deviation: f64,
    /// The noise of a Langevin dynamics.
    pub(super) stirring: Stirring,
    pub(super) epoch: Epoch,
    pub(super) gradient_evaluations: u64,
    pub(super) full_loss_evaluations: u64,
    pub(super) beginning: Beginning,
    /// What a file says about the iteration that is being made again; nothing of it is measured a second time.
    pub(super) known: Known,
    /// Whether it was said that the device has failed.
    pub(super) failure_is_told: bool,
}

/// A run that ends with θ so many times as long as it began with (or as 1) has diverged, even where every loss was a number.
const RUNAWAY: f64 = 1e8;

impl Walk {
    /// Loads data and device, builds the network, and stands at θ_0. A fork stands where its parent's file lets it begin,
    /// and comes to its own beginning in [`Walk::prepare`].
    ///
    /// # Errors
    /// Everything that can be wrong with a spec, with what to do about it.
    pub fn new(spec: RunSpec, interrupt: Interrupt) -> Result<Walk, WalkError> {
        spec.check()?;
        match &spec.fork {
            Some(_) => Walk::forked(spec, interrupt),
            None => {
                paths::follow(paths::of_run(&spec));
                Walk::assemble(spec, interrupt, |_| Ok(()))
            }
        }
    }

    /// The walk of a spec at its θ_0, whatever it is a fork of. `fits` may refuse the counts of parameters, running statistics and
    /// training examples, before memory is taken for them.
    pub(super) fn assemble(
        spec: RunSpec,
        interrupt: Interrupt,
        fits: impl FnOnce([u64; 3]) -> Result<(), WalkError>,
    ) -> Result<Walk, WalkError> {
        let dataset = data::load(&spec.data, spec.seed)?;
        let network = Network::build(&spec.net, dataset.shape, dataset.classes)?;
        fits([network.layout().len(), network.buffers().len(), dataset.train.len()].map(|n| n as u64))?;
        let count = dataset.train.len() as u64;
        for kind in spec.kinds() {
            spec.batch_size_of(kind, count)?;
        }
        let batch = spec.batch_size(count)?;
        needs::of_a_walk(&network, batch)?;
        for kind in spec.kinds() {
            if let Some(wanted) = (OptimizerSpec { kind, ..spec.optimizer }).langevin() {
                curvature::room_for(&wanted, network.layout().len())?;
            }
        }
        let chosen = device::choose(spec.device)?;
        let here = match &spec.init {
            Some(path) => Checkpoint::read_for(path, &network, spec.norm_mode)?.point(&network, spec.norm_mode)?,
            None => network.initial_state_by(spec.seed, spec.weights, spec.init_scale),
        };
        let steps_per_epoch = count.div_ceil(batch);
        let manifest = Manifest {
            version: env!("CARGO_PKG_VERSION").into(),
            command: spec.command_line(),
            device: chosen.name.clone(),
            network: network.describe(),
            input: network.input(),
            parameters: network.layout().len() as u64,
            buffers: network.buffers().len() as u64,
            train_count: count,
            test_count: dataset.test.len() as u64,
            classes: dataset.classes as u64,
            steps_per_epoch,
            steps: spec.length.steps(steps_per_epoch),
            data_files: dataset.files.clone(),
            data_notes: dataset.notes.clone(),
            notes: Vec::new(),
            started: now(),
            spec: spec.clone(),
        };
        let switches = planned(&spec, manifest.steps, 0)?;
        let objective = Objective::over(network, Arc::new(dataset), spec.loss, chosen.device, chosen.is_cpu)?
            .interrupted_by(interrupt);
        Ok(Walk {
            optimizer: Optimizer::new(spec.optimizer),
            switches,
            averaging: spec.average.map(|average| Averaging::new(average, spec.norm_mode, &manifest)),
            batches: Batches::new(count as usize, batch as usize, spec.order == Order::Shuffled, spec.seed),
            learning_rate: spec.lr,
            theta_0: here.theta.clone(),
            here,
            t: 0,
            previous_gradient: None,
            diverged_at: None,
            loss_here: None,
            line_end: None,
            noise: random::stream(spec.seed, NOISE),
            noise_deviation: 0.0,
            stirring: Stirring::default(),
            epoch: Epoch::default(),
            gradient_evaluations: 0,
            full_loss_evaluations: 0,
            beginning: Beginning::Fresh,
            known: Known::default(),
            failure_is_told: false,
            objective: Arc::new(objective),
            manifest,
            spec,
        })
    }

    /// What this run is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Iterations made.
    pub fn t(&self) -> u64 {
        self.t
    }

    /// Whether all iterations are made.
    pub fn is_complete(&self) -> bool {
        self.t >= self.manifest.steps
    }

    /// The iteration at which a number was not finite, while the walk still stands there.
    pub fn diverged(&self) -> Option<u64> {
        let at_loss = self.loss_here.is_some_and(|loss| !loss.is_finite());
        self.diverged_at.filter(|t| *t == self.t).or(at_loss.then_some(self.t))
    }

    /// θ_t.
    pub fn theta(&self) -> &[f32] {
        &self.here.theta
    }

    /// θ_t and the running statistics beside it.
    pub fn here(&self) -> &State {
        &self.here
    }

    /// The objective being minimised.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// Base learning rate η at present.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// Examples per batch at present.
    pub fn batch(&self) -> u64 {
        self.batches.size() as u64
    }

    /// The optimizer at present.
    pub fn optimizer(&self) -> &OptimizerSpec {
        self.optimizer.spec()
    }

    /// Gradients computed so far.
    pub fn gradient_evaluations(&self) -> u64 {
        self.gradient_evaluations
    }

    /// Full-data loss evaluations so far.
    pub fn full_loss_evaluations(&self) -> u64 {
        self.full_loss_evaluations
    }

    /// What must be known before the first iteration: of a fresh walk the noise's scale and the numbers at θ_0; a fork
    /// follows its recorded parent to where it begins, and its manifest is complete only then.
    pub fn prepare(
        &mut self,
        records: &mut Vec<Record>,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<(), WalkError> {
        match std::mem::replace(&mut self.beginning, Beginning::Fresh) {
            Beginning::Fresh => self.begin(records, progress),
            Beginning::Replay(replay) => self.follow(*replay, records, progress),
            Beginning::Forked(changes) => {
                records.extend(changes);
                Ok(())
            }
        }
    }

    /// What belongs to θ_0.
    pub(super) fn begin(
        &mut self,
        records: &mut Vec<Record>,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<(), WalkError> {
        if self.spec.optimizer.noise > 0.0 {
            let largest = self.objective.largest_gradient_variance(&self.here, &mut |done, total| {
                progress("measuring the gradient variance at θ₀", done, total);
            })?;
            self.gradient_evaluations += self.objective.count(Subset::Train) as u64;
            self.noise_deviation = (self.spec.optimizer.noise * largest).sqrt();
        }
        if let Some(averaging) = &mut self.averaging {
            averaging.see(self.t, &self.here.theta);
        }
        self.end_epoch(Epoch::default(), records)?;
        // With what was measured, so that whoever goes on from here need not measure it again.
        records.extend(self.kept());
        Ok(())
    }

    /// The numbers at the end of an epoch: of the iterate, and of the average.
    fn end_epoch(&mut self, sums: Epoch, records: &mut Vec<Record>) -> Result<(), WalkError> {
        if let Some(known) = self.known.epoch.take() {
            self.loss_here.get_or_insert(known.train_loss);
            self.full_loss_evaluations += 1 + u64::from(known.average.is_some());
            return Ok(());
        }
        let average = self.average(records)?;
        if self.spec.probes.epoch {
            let mut record = self.epoch_record(sums)?;
            if let (Some(averaging), Some(state)) = (&self.averaging, &average) {
                record.average = Some(averaging.evaluate(&self.objective, state)?);
                self.full_loss_evaluations += 1;
            }
            records.push(Record::Epoch(record));
        }
        Ok(())
    }

    /// The average, if there is one, put among the records.
    fn average(&self, records: &mut Vec<Record>) -> Result<Option<State>, WalkError> {
        let Some(averaging) = &self.averaging else { return Ok(None) };
        let state = averaging.state(&self.objective)?;
        records.extend(state.as_ref().map(|state| averaging.checkpoint(self.t, state)));
        Ok(state)
    }

    /// θ_t, and what it takes to go on from there.
    pub(super) fn kept(&self) -> [Record; 2] {
        let values = [&*self.here.theta, &*self.here.buffers].concat().into();
        // A fork's θ_0 is nowhere else in its file.
        let origin = self.spec.fork.as_ref().filter(|fork| fork.step == self.t).map(|_| self.theta_0.clone().into());
        [Record::Checkpoint { t: self.t, values }, Record::State { standing: Arc::new(self.standing()), origin }]
    }

    /// Makes iteration t: θ_t to θ_{t+1}. Interrupted in the middle, the walk can only be ended.
    ///
    /// When the batch loss or the gradient is not finite, no step is made: the record says so, θ stays.
    pub fn step(&mut self, records: &mut Vec<Record>) -> Result<Found, WalkError> {
        let t = self.t;
        self.switch_when_due(records)?;
        let probes = self.spec.probes;
        let total = self.manifest.steps;
        let eta = self.learning_rate * self.spec.schedule.factor(t, total);
        let stirred = self.stirred()?;
        let undrawn = self.noise.clone();
        let noise = self.draw_noise(stirred.as_ref());
        let noise_size = stirred.as_ref().map(Stirred::size);
        let plan = Plan {
            ascent: self.optimizer.ascent(t, total),
            shard: self.optimizer.spec().sam_shard,
            noise: noise.as_deref(),
        };
        let batch = self.batches.current();
        let size = batch.len() as u64;
        // An interrupted walk stands at θ_t, noise and velocity included: whoever forks it there goes on as it would have.
        let found =
            Descent::find(&self.objective, &self.here, batch, &plan).inspect_err(|_| self.noise = undrawn.clone())?;
        let finite = found.is_finite();
        let needs_losses = probes.wants_slice(t) || self.needs_line();
        let before = needs_losses.then(|| (self.optimizer.clone(), self.full_loss_evaluations));
        let blocks = self.objective.network().layout().blocks();
        let next = finite.then(|| State {
            theta: self.optimizer.step(&blocks, &self.here.theta, found.gradient(), eta),
            buffers: found.moved(&self.here.buffers),
        });
        let (slice, asked) = match (&next, before) {
            (Some(next), Some((optimizer, evaluations))) => {
                let along = self.along(next, &found, eta, size, noise_size);
                along.inspect_err(|_| {
                    (self.noise, self.optimizer, self.full_loss_evaluations) = (undrawn, optimizer, evaluations);
                })?
            }
            _ => (None, ProbeValues::NONE),
        };
        self.gradient_evaluations += found.evaluations;
        if (probes.wants_step(t) || !finite) && self.diverged_at != Some(t) {
            let seen = self.seen(&found, next.as_ref(), eta, size, noise_size);
            records.push(Record::Step(StepRecord {
                t,
                loss: slice.map(|s| s.start()).or(self.loss_here),
                batch_loss: found.here.loss,
                values: probes.steps.measure(&seen).and(&asked),
                learning_rate: eta,
                batch: size,
            }));
        }
        let Some(next) = next else {
            self.diverged_at = Some(t);
            return Ok(Found::Diverged { t });
        };
        self.gradient_evaluations += stirred.as_ref().map_or(0, |stirred| stirred.evaluations);
        self.stirring.made(stirred);
        if let Some(slice) = slice {
            records.push(Record::Slice(slice));
            self.epoch.slices += 1;
            self.epoch.barriers += u64::from(slice.has_barrier());
            self.epoch.heights += slice.height();
        }
        self.loss_here = slice.map(|s| s.end());
        self.here = next;
        self.previous_gradient = Some(found.here.values);
        self.t += 1;
        records.extend(self.failure());
        if let Some(averaging) = &mut self.averaging {
            averaging.see(self.t, &self.here.theta);
        }
        let epoch_done = self.batches.advance();
        if epoch_done {
            let number = self.epoch.number + 1;
            let sums = std::mem::replace(&mut self.epoch, Epoch { number, ..Epoch::default() });
            self.end_epoch(Epoch { number, ..sums }, records)?;
        }
        if self.is_complete() && !epoch_done {
            self.average(records)?;
        }
        if self.is_complete() || self.spec.checkpoint_every.is_some_and(|n| self.t.is_multiple_of(n)) {
            records.extend(self.kept());
        }
        match self.loss_here {
            Some(loss) if !loss.is_finite() => Ok(Found::Diverged { t: self.t }),
            _ => Ok(Found::Finite),
        }
    }

    /// Switches that are planned for where the walk stands.
    pub(super) fn switch_when_due(&mut self, records: &mut Vec<Record>) -> Result<(), WalkError> {
        let t = self.t;
        while let Some((_, kind)) = self.switches.pop_if(|(at, _)| *at <= t) {
            if kind != self.optimizer.spec().kind {
                let to = OptimizerSpec { kind, ..*self.optimizer.spec() };
                records.push(self.set_optimizer(to)?);
            }
        }
        Ok(())
    }

    /// Whether a probe asks for losses at this iteration.
    fn needs_line(&self) -> bool {
        self.spec.probes.wants_step(self.t) && self.spec.probes.steps.needs_line()
    }

    /// The step from θ_t as probes see it.
    fn seen<'a>(
        &'a self,
        found: &'a Descent,
        next: Option<&'a State>,
        eta: f64,
        batch: u64,
        noise: Option<NoiseSize>,
    ) -> StepView<'a> {
        StepView {
            t: self.t,
            theta: &self.here.theta,
            theta_0: &self.theta_0,
            next: next.map(|next| next.theta.as_slice()),
            gradient: &found.here.values,
            gradient_norm: found.norm,
            previous_gradient: self.previous_gradient.as_deref(),
            batch_loss: found.here.loss,
            learning_rate: eta,
            batch,
            noise,
        }
    }

    /// What is measured on the line from θ_t to `next`: the slice, and what probes ask for. A walk that is replayed reads
    /// its slices, but asks again: only so the losses are counted as they were.
    fn along(
        &mut self,
        next: &State,
        found: &Descent,
        eta: f64,
        batch: u64,
        noise: Option<NoiseSize>,
    ) -> Result<(Option<SliceRecord>, ProbeValues), WalkError> {
        let slice = if self.spec.probes.wants_slice(self.t) { Some(self.slice(next)?) } else { None };
        if !self.needs_line() {
            return Ok((slice, ProbeValues::NONE));
        }
        let known = [slice.map(|s| s.start()).or(self.loss_here), slice.map(|s| s.end())];
        let mut line = StepLine::new(&self.objective, [&self.here, next], self.spec.norm_mode, known);
        let asked = self.spec.probes.steps.measure_on(&self.seen(found, Some(next), eta, batch, noise), &mut line);
        let count = line.end()?;
        self.full_loss_evaluations += count;
        Ok((slice, asked))
    }

    /// That the device has failed, once.
    fn failure(&mut self) -> Option<Record> {
        let cause = self.objective.failure().filter(|_| !self.failure_is_told)?;
        self.failure_is_told = true;
        let words = format!(
            "{} failed at iteration {} ({cause}); the run went on on the CPU, whose numbers agree up to rounding.",
            self.manifest.device,
            self.t - 1
        );
        self.manifest.notes.push(words.clone());
        Some(Record::Note { t: self.t - 1, words })
    }

    /// What the step draws its noise from, if it is one of a Langevin dynamics.
    fn stirred(&mut self) -> Result<Option<Stirred>, WalkError> {
        let Some(wanted) = self.optimizer.spec().langevin() else { return Ok(None) };
        let ground = Ground {
            objective: &self.objective,
            here: &self.here,
            mode: self.spec.norm_mode,
            batch: wanted.batch.unwrap_or_else(|| self.spec.batch.of(self.manifest.train_count)),
            seed: self.spec.seed,
        };
        self.stirring.at(self.t, &wanted, &ground).map(Some)
    }

    /// The noise of one step, of length D: isotropic noise, and that of a Langevin dynamics.
    fn draw_noise(&mut self, stirred: Option<&Stirred>) -> Option<Vec<f32>> {
        let (deviation, random) = (self.noise_deviation, &mut self.noise);
        let mut draw = || {
            let z: f64 = StandardNormal.sample(random);
            (deviation * z) as f32
        };
        let isotropic: Option<Vec<f32>> =
            (deviation > 0.0).then(|| (0..self.here.theta.len()).map(|_| draw()).collect());
        let Some(Stirred { diffusion, .. }) = stirred else { return isotropic };
        let mut drawn = diffusion.draw(&mut self.noise);
        if let Some(isotropic) = isotropic {
            drawn.iter_mut().zip(isotropic).for_each(|(sum, z)| *sum += z);
        }
        Some(drawn)
    }

    /// L on the line from θ_t to `next`; the left end is known from the slice before, when there was one.
    fn slice(&mut self, next: &State) -> Result<SliceRecord, WalkError> {
        let alphas: Vec<f64> = (usize::from(self.loss_here.is_some())..SLICE_POINTS).map(slice_alpha).collect();
        if let Some(known) = self.known.slice.take() {
            self.full_loss_evaluations += alphas.len() as u64;
            return Ok(known);
        }
        let known = self.line_end.take();
        let (values, end) = self.objective.evaluate_line(&self.here, next, &alphas, self.spec.norm_mode, known)?;
        self.line_end = end;
        self.full_loss_evaluations += alphas.len() as u64;
        let losses = self.loss_here.into_iter().chain(values.iter().map(|e| e.loss));
        let mut loss = [f64::NAN; SLICE_POINTS];
        for (to, from) in loss.iter_mut().zip(losses) {
            *to = from;
        }
        Ok(SliceRecord { t: self.t, loss })
    }

    fn epoch_record(&mut self, sums: Epoch) -> Result<EpochRecord, WalkError> {
        let train = self.objective.evaluate(&self.here, Subset::Train, self.spec.norm_mode)?;
        let test = self.objective.evaluate(&self.here, Subset::Test, self.spec.norm_mode)?;
        self.full_loss_evaluations += 1;
        self.loss_here.get_or_insert(train.loss);
        Ok(EpochRecord {
            epoch: sums.number,
            t: self.t,
            train_loss: train.loss,
            train_error: train.error,
            test_loss: test.loss,
            test_error: test.error,
            slices: sums.slices,
            barriers: sums.barriers,
            mean_height: (sums.slices > 0).then(|| sums.heights / sums.slices as f64),
            average: None,
        })
    }

    /// How the run ended. The clock is the caller's.
    pub fn summary(&self, outcome: Outcome, seconds: f64) -> Summary {
        let norm_here = norm(&self.here.theta);
        // Numbers may stay finite all the way.
        let is_far = norm_here > RUNAWAY * norm(&self.theta_0).max(1.0);
        let outcome = if is_far && !matches!(outcome, Outcome::Diverged { .. }) {
            Outcome::Diverged { t: self.t }
        } else {
            outcome
        };
        Summary {
            outcome,
            seconds,
            steps: self.t,
            gradient_evaluations: self.gradient_evaluations,
            full_loss_evaluations: self.full_loss_evaluations,
            loss: self.loss_here,
            distance: distance(&self.here.theta, &self.theta_0),
            norm: norm_here,
        }
    }

    /// The last point of a run, for the run file; at the end of a complete run it is there already.
    pub fn last_checkpoint(&self) -> [Record; 2] {
        self.kept()
    }
}

#[cfg(test)]
mod tests;
