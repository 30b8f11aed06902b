//! One walk as a state machine: each call makes one iteration and hands out its records.
//!
//! No thread, no clock, no file: the same spec gives the same records, bit for bit, on the CPU.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::{Record, averaging::Averaging};
use crate::{
    checkpoint::{Checkpoint, CheckpointError},
    data::{self, DataError},
    device::{self, NoAdapter},
    net::{NetError, Network, State},
    objective::{
        Interrupt, LineEnd, Objective, ObjectiveError, Subset,
        descent::{Descent, Plan},
    },
    optim::{Batches, Optimizer, OptimizerKind, OptimizerSpec},
    probe::{
        Change, ChangeRecord, EpochRecord, SLICE_POINTS, SliceRecord, StepRecord, slice_alpha,
        vector::{cosine, distance, norm},
    },
    random,
    run::{Manifest, Order, Outcome, RunSpec, SpecError, Summary},
};

/// Why a walk cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Net(#[from] NetError),
    #[error(transparent)]
    Device(#[from] NoAdapter),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
}

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// All is well.
    Finite,
    /// The loss or the gradient at iteration `t` is not a finite number.
    Diverged { t: u64 },
}

/// A walk in progress.
pub struct Walk {
    spec: RunSpec,
    manifest: Manifest,
    objective: Objective,
    optimizer: Optimizer,
    /// Planned switches still to come, the next one last.
    switches: Vec<(u64, OptimizerKind)>,
    averaging: Option<Averaging>,
    batches: Batches,
    learning_rate: f64,
    theta_0: Vec<f32>,
    /// θ_t and the running statistics beside it.
    here: State,
    t: u64,
    previous_gradient: Option<Vec<f32>>,
    /// The iteration that diverged and has its record already: trying it again must not write it twice.
    diverged_at: Option<u64>,
    /// L(θ_t), when the last slice or an evaluation measured it.
    loss_here: Option<f64>,
    line_end: Option<LineEnd>,
    noise: ChaCha8Rng,
    /// Standard deviation of the isotropic noise on every coordinate of the gradient.
    noise_deviation: f64,
    epoch: Epoch,
    gradient_evaluations: u64,
    full_loss_evaluations: u64,
}

/// What is summed up over an epoch.
#[derive(Default)]
struct Epoch {
    number: u64,
    slices: u64,
    barriers: u64,
    heights: f64,
}

impl Walk {
    /// Loads data and device, builds the network, and stands at θ_0.
    ///
    /// # Errors
    /// Everything that can be wrong with a spec, with what to do about it.
    pub fn new(spec: RunSpec, interrupt: Interrupt) -> Result<Walk, WalkError> {
        spec.check()?;
        let dataset = data::load(&spec.data, spec.seed)?;
        let network = Network::build(&spec.net, dataset.shape, dataset.classes)?;
        let chosen = device::choose(spec.device)?;
        let here = match &spec.init {
            Some(path) => Checkpoint::read(path)?.fit(network.layout(), network.buffers())?,
            None => network.initial_state(spec.seed),
        };
        let count = dataset.train.len() as u64;
        for kind in spec.kinds() {
            spec.batch_size_of(kind, count)?;
        }
        let batch = spec.batch_size(count)?;
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
            started: std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()),
            spec: spec.clone(),
        };
        let mut switches = spec.switch.steps(manifest.steps).map_err(SpecError::from)?;
        switches.reverse();
        let objective =
            Objective::new(network, &dataset, spec.loss, chosen.device, chosen.is_cpu)?.interrupted_by(interrupt);
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
            noise: random::stream(spec.seed, "isotropic noise"),
            noise_deviation: 0.0,
            epoch: Epoch::default(),
            gradient_evaluations: 0,
            full_loss_evaluations: 0,
            objective,
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

    /// What must be known before the first iteration: the noise's scale, and the numbers at θ_0.
    pub fn prepare(
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
        records.push(self.checkpoint());
        if let Some(averaging) = &mut self.averaging {
            averaging.see(self.t, &self.here.theta);
        }
        self.end_epoch(records)
    }

    /// The numbers at the end of an epoch: of the iterate, and of the average.
    fn end_epoch(&mut self, records: &mut Vec<Record>) -> Result<(), WalkError> {
        let average = self.average(records)?;
        if self.spec.probes.epoch {
            let mut record = self.epoch_record()?;
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

    fn checkpoint(&self) -> Record {
        Record::Checkpoint { t: self.t, values: [&*self.here.theta, &*self.here.buffers].concat().into() }
    }

    /// Makes iteration t: θ_t to θ_{t+1}. Interrupted in the middle, the walk can only be ended.
    ///
    /// When the batch loss or the gradient is not finite, no step is made: the record says so, θ stays.
    pub fn step(&mut self, records: &mut Vec<Record>) -> Result<Found, WalkError> {
        let t = self.t;
        while let Some((_, kind)) = self.switches.pop_if(|(at, _)| *at <= t) {
            if kind != self.optimizer.spec().kind {
                let to = OptimizerSpec { kind, ..*self.optimizer.spec() };
                records.push(self.set_optimizer(to)?);
            }
        }
        let probes = self.spec.probes;
        let total = self.manifest.steps;
        let eta = self.learning_rate * self.spec.schedule.factor(t, total);
        let noise = self.draw_noise();
        let plan = Plan {
            ascent: self.optimizer.ascent(t, total),
            shard: self.optimizer.spec().sam_shard,
            noise: noise.as_deref(),
        };
        let batch = self.batches.current();
        let size = batch.len() as u64;
        let found = Descent::find(&self.objective, &self.here, batch, &plan)?;
        self.gradient_evaluations += found.evaluations;
        let finite = found.is_finite();
        let next = finite.then(|| State {
            theta: self.optimizer.step(&self.here.theta, found.gradient(), eta),
            buffers: found.moved(&self.here.buffers),
        });
        let slice = match &next {
            Some(next) if probes.wants_slice(t) => Some(self.slice(next)?),
            _ => None,
        };
        if (probes.wants_step(t) || !finite) && self.diverged_at != Some(t) {
            let previous = self.previous_gradient.as_ref().filter(|_| probes.cosine);
            records.push(Record::Step(StepRecord {
                t,
                loss: slice.map(|s| s.start()).or(self.loss_here),
                batch_loss: found.here.loss,
                grad_norm: probes.gradient.then_some(found.norm),
                cosine: previous.map(|p| cosine(p, &found.here.values)),
                distance: probes.distance.then(|| distance(&self.here.theta, &self.theta_0)),
                norm: probes.norm.then(|| norm(&self.here.theta)),
                learning_rate: eta,
                batch: size,
            }));
        }
        let Some(next) = next else {
            self.diverged_at = Some(t);
            return Ok(Found::Diverged { t });
        };
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
        if let Some(averaging) = &mut self.averaging {
            averaging.see(self.t, &self.here.theta);
        }
        let epoch_done = self.batches.advance();
        if epoch_done {
            self.epoch.number += 1;
            self.end_epoch(records)?;
            self.epoch = Epoch { number: self.epoch.number, ..Epoch::default() };
        }
        if self.is_complete() && !epoch_done {
            self.average(records)?;
        }
        if self.is_complete() || self.spec.checkpoint_every.is_some_and(|n| self.t.is_multiple_of(n)) {
            records.push(self.checkpoint());
        }
        match self.loss_here {
            Some(loss) if !loss.is_finite() => Ok(Found::Diverged { t: self.t }),
            _ => Ok(Found::Finite),
        }
    }

    /// The noise of one step, of length D.
    fn draw_noise(&mut self) -> Option<Vec<f32>> {
        let (deviation, random) = (self.noise_deviation, &mut self.noise);
        let mut draw = || {
            let z: f64 = StandardNormal.sample(random);
            (deviation * z) as f32
        };
        (deviation > 0.0).then(|| (0..self.here.theta.len()).map(|_| draw()).collect())
    }

    /// L on the line from θ_t to `next`; the left end is known from the slice before, when there was one.
    fn slice(&mut self, next: &State) -> Result<SliceRecord, WalkError> {
        let alphas: Vec<f64> = (usize::from(self.loss_here.is_some())..SLICE_POINTS).map(slice_alpha).collect();
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

    fn epoch_record(&mut self) -> Result<EpochRecord, WalkError> {
        let train = self.objective.evaluate(&self.here, Subset::Train, self.spec.norm_mode)?;
        let test = self.objective.evaluate(&self.here, Subset::Test, self.spec.norm_mode)?;
        self.full_loss_evaluations += 1;
        self.loss_here.get_or_insert(train.loss);
        let e = &self.epoch;
        Ok(EpochRecord {
            epoch: e.number,
            t: self.t,
            train_loss: train.loss,
            train_error: train.error,
            test_loss: test.loss,
            test_error: test.error,
            slices: e.slices,
            barriers: e.barriers,
            mean_height: (e.slices > 0).then(|| e.heights / e.slices as f64),
            average: None,
        })
    }

    /// Changes the base learning rate from the next iteration on.
    pub fn set_learning_rate(&mut self, to: f64) -> Result<Record, SpecError> {
        RunSpec { lr: to, ..self.spec.clone() }.check()?;
        let from = std::mem::replace(&mut self.learning_rate, to);
        Ok(self.changed(Change::LearningRate { from, to }))
    }

    /// Changes the batch size from the next iteration on.
    pub fn set_batch(&mut self, to: u64) -> Result<Record, SpecError> {
        let count = self.manifest.train_count;
        if to == 0 {
            return Err(SpecError::EmptyBatch);
        }
        if to > count {
            return Err(SpecError::BatchTooLarge { batch: to, count });
        }
        if self.optimizer.spec().kind == OptimizerKind::Gd {
            return Err(SpecError::GdBatch);
        }
        let from = self.batches.size() as u64;
        self.batches.set_size(to as usize);
        Ok(self.changed(Change::Batch { from, to }))
    }

    /// Goes on with another optimizer from the next iteration on. Velocity, schedule and the order of the data stay; to
    /// gradient descent, the rest of the epoch is left out, and from it, batches are those of the spec again.
    ///
    /// # Errors
    /// Constants out of their range, and another noise: its scale was measured at the start.
    pub fn set_optimizer(&mut self, to: OptimizerSpec) -> Result<Record, SpecError> {
        to.check()?;
        let from = *self.optimizer.spec();
        if to.noise != from.noise {
            return Err(SpecError::NoiseIsFixed);
        }
        let is_gd = |spec: &OptimizerSpec| spec.kind == OptimizerKind::Gd;
        if is_gd(&from) != is_gd(&to) {
            let size = self.spec.batch_size_of(to.kind, self.manifest.train_count)?;
            self.batches.set_size(size as usize);
            if is_gd(&to) {
                self.batches.begin_epoch();
            }
        }
        self.optimizer.switch(to);
        Ok(self.changed(Change::Optimizer { from, to }))
    }

    fn changed(&self, change: Change) -> Record {
        Record::Change(ChangeRecord { t: self.t, change })
    }

    /// How the run ended. The clock is the caller's.
    pub fn summary(&self, outcome: Outcome, seconds: f64) -> Summary {
        Summary {
            outcome,
            seconds,
            steps: self.t,
            gradient_evaluations: self.gradient_evaluations,
            full_loss_evaluations: self.full_loss_evaluations,
            loss: self.loss_here,
            distance: distance(&self.here.theta, &self.theta_0),
            norm: norm(&self.here.theta),
        }
    }

    /// The last point of a run, for the run file; at the end of a complete run it is there already.
    pub fn last_checkpoint(&self) -> Record {
        self.checkpoint()
    }
}
