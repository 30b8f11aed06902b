//! Network + data + loss: the one door from optimizers and probes to the network.
//!
//! Losses and errors are reduced in f64 from the f32 outputs; full-data passes go in stretches under a memory budget. On
//! the CPU they go through the host reading, in parallel; on a GPU through tensors, one after the other, because the GPU
//! runtime keys its ordering on the thread. Where the data is cut depends on the network and the data only, so results do
//! not depend on the number of threads. Every answer says which batch-norm statistics it wants, see [`NormMode`].

pub mod descent;
mod fan;
mod gradient;
mod interrupt;
mod loss;
mod right;
mod set;

use std::{ops::Range, sync::Mutex};

use burn::tensor::Device;

use crate::{
    data::Dataset,
    net::{Act, Network, Parts, State, Statistics, combine},
    probe::{Evaluation, NormBatch, NormMode, SLICE_POINTS},
    run::LossKind,
};
pub use fan::LineEnd;
pub use gradient::Gradient;
pub use interrupt::Interrupt;
use loss::Tally;
use set::Set;

/// Which examples an evaluation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    Train,
    Test,
}

/// Why an evaluation has no result.
#[derive(Debug, thiserror::Error)]
pub enum ObjectiveError {
    #[error("stopped")]
    Interrupted,
    #[error("the device failed while computing: {0}; try --device cpu")]
    Device(String),
    #[error("the network takes {network:?} numbers per example, the data has {data:?}")]
    Shape { network: [usize; 3], data: [usize; 3] },
}

impl From<burn::tensor::TensorReadError> for ObjectiveError {
    fn from(e: burn::tensor::TensorReadError) -> Self {
        ObjectiveError::Device(e.to_string())
    }
}

type Result<T> = std::result::Result<T, ObjectiveError>;

/// Bytes that the activations in flight may take together.
const ACTIVATION_BUDGET: usize = 512 << 20;
/// On the CPU a chunk this small keeps a layer's input and output inside a core's cache.
const CPU_CHUNK_BYTES: usize = 1 << 20;

/// The loss of a network on a data set, as a function of θ.
pub struct Objective {
    network: Network,
    loss: LossKind,
    device: Device,
    /// The CPU evaluates through the host reading.
    on_host: bool,
    train: Set,
    test: Set,
    interrupt: Interrupt,
    /// The parameter points of the last fan, to be written over by the next: fresh pages for all of them cost more than
    /// combining them.
    points: Mutex<Vec<State>>,
}

impl Objective {
    /// Brings the data to the device. `on_host` says that the device is the CPU.
    ///
    /// # Errors
    /// [`ObjectiveError::Shape`] when network and data disagree.
    pub fn new(network: Network, data: &Dataset, loss: LossKind, device: Device, on_host: bool) -> Result<Objective> {
        if network.input() != data.shape {
            return Err(ObjectiveError::Shape { network: network.input(), data: data.shape });
        }
        let per_example = network.widest_activation() * size_of::<f32>();
        // A fan holds the activations of all points of a slice at once.
        let budget = if on_host { CPU_CHUNK_BYTES } else { ACTIVATION_BUDGET / SLICE_POINTS };
        let chunk = (budget / per_example).clamp(if on_host { 4 } else { 16 }, 1 << 16);
        Ok(Objective {
            train: Set::new(&data.train, data.shape, chunk, (!on_host).then_some(&device)),
            test: Set::new(&data.test, data.shape, chunk, (!on_host).then_some(&device)),
            network,
            loss,
            device,
            on_host,
            interrupt: Interrupt::default(),
            points: Mutex::default(),
        })
    }

    /// Lets `interrupt` make an evaluation return [`ObjectiveError::Interrupted`] as soon as it can.
    pub fn interrupted_by(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether it computes on the CPU, where several threads may ask it at once.
    pub fn is_on_host(&self) -> bool {
        self.on_host
    }

    /// Whether the same evaluation has the same result to the bit: on the CPU.
    pub fn is_exact(&self) -> bool {
        self.on_host
    }

    /// Examples in a subset.
    pub fn count(&self, subset: Subset) -> usize {
        self.set(subset).len()
    }

    fn set(&self, subset: Subset) -> &Set {
        match subset {
            Subset::Train => &self.train,
            Subset::Test => &self.test,
        }
    }

    fn check_interrupt(&self) -> Result<()> {
        if self.interrupt.is_raised() { Err(ObjectiveError::Interrupted) } else { Ok(()) }
    }

    /// What a pass over `set` takes together, and the statistics it uses. Without batch norm every mode is the same.
    fn plan(&self, set: &Set, mode: NormMode) -> Plan {
        match mode {
            NormMode::Batch(batch) if self.network.has_batch_norm() => {
                Plan { batches: set.batches(Some(batch.size(set.len()))), statistics: Statistics::Batch }
            }
            _ => Plan { batches: set.batches(None), statistics: Statistics::Running },
        }
    }

    /// Mean loss and error at a point.
    pub fn evaluate(&self, at: &State, subset: Subset, mode: NormMode) -> Result<Evaluation> {
        let set = self.set(subset);
        let tallies = self.map_outputs(at, subset, mode, |range, out| Tally::of(out, set.labels(range), self.loss))?;
        Ok(Tally::sum(tallies.iter()).mean())
    }

    /// Loss of every example at a point, in the order of the data.
    pub fn per_example_loss(&self, at: &State, subset: Subset, mode: NormMode) -> Result<Vec<f64>> {
        let set = self.set(subset);
        let losses = |range: &Range<usize>, out: &[f32]| loss::per_example(out, set.labels(range), self.loss);
        Ok(self.map_outputs(at, subset, mode, losses)?.concat())
    }

    /// Outputs (logits) of all examples at a point, `[N, classes]` row-major.
    pub fn outputs(&self, at: &State, subset: Subset, mode: NormMode) -> Result<Vec<f32>> {
        Ok(self.map_outputs(at, subset, mode, |_, out| out.to_vec())?.concat())
    }

    /// `f` of the outputs of every batch.
    fn map_outputs<T: Send>(
        &self,
        at: &State,
        subset: Subset,
        mode: NormMode,
        f: impl Fn(&Range<usize>, &[f32]) -> T + Sync,
    ) -> Result<Vec<T>> {
        let set = self.set(subset);
        let plan = self.plan(set, mode);
        let recalibrated = match mode {
            NormMode::Recalibrated(batch) => Some(self.recalibrated(at, batch)?),
            _ => None,
        };
        let at = recalibrated.as_ref().unwrap_or(at);
        self.map_batches(set, &plan, |range| {
            let out = match self.on_host {
                true => self.host_outputs(at, set.on_host(range), plan.statistics).0,
                false => self.device_outputs(at, set.on_device(range, &self.device), plan.statistics)?.0,
            };
            Ok(f(range, &out))
        })
    }

    /// The same θ with running statistics computed anew over the training images, batch by batch in file order, every
    /// batch with the same weight.
    pub fn recalibrated(&self, at: &State, batch: NormBatch) -> Result<State> {
        if !self.network.has_batch_norm() {
            return Ok(at.clone());
        }
        let set = &self.train;
        let plan = self.plan(set, NormMode::Batch(batch));
        let seen = self.map_batches(set, &plan, |range| match self.on_host {
            true => Ok(self.host_outputs(at, set.on_host(range), Statistics::Batch).1),
            false => Ok(self.device_outputs(at, set.on_device(range, &self.device), Statistics::Batch)?.1),
        })?;
        let mut sums = vec![0.0f64; at.buffers.len()];
        for statistics in &seen {
            sums.iter_mut().zip(statistics).for_each(|(s, x)| *s += f64::from(*x));
        }
        let buffers = sums.iter().map(|s| (s / seen.len() as f64) as f32).collect();
        Ok(State { theta: at.theta.clone(), buffers })
    }

    /// Mean loss and error at the points Σ_j `weights[k][j]` · `anchors[j]`; running statistics are combined as the
    /// parameters are. A point that is an anchor itself (one weight 1, the others 0) has that anchor's numbers to the bit.
    pub fn evaluate_fan(
        &self,
        anchors: &[&State],
        weights: &[Vec<f64>],
        subset: Subset,
        mode: NormMode,
    ) -> Result<Vec<Evaluation>> {
        if let NormMode::Recalibrated(_) = mode
            && self.network.has_batch_norm()
        {
            return weights.iter().map(|w| self.evaluate(&combine(anchors, w), subset, mode)).collect();
        }
        let set = self.set(subset);
        Ok(self.fan(set, &self.plan(set, mode), anchors, weights, None, false)?.0)
    }

    /// Mean training loss and error on (1−α)a + αb, one first-layer product when `known` belongs to a, else two.
    ///
    /// Returns what the next line needs if it starts at b.
    pub fn evaluate_line(
        &self,
        a: &State,
        b: &State,
        alphas: &[f64],
        mode: NormMode,
        known: Option<LineEnd>,
    ) -> Result<(Vec<Evaluation>, Option<LineEnd>)> {
        let weights: Vec<Vec<f64>> = alphas.iter().map(|t| vec![1.0 - t, *t]).collect();
        if let NormMode::Recalibrated(_) = mode
            && self.network.has_batch_norm()
        {
            return Ok((self.evaluate_fan(&[a, b], &weights, Subset::Train, mode)?, None));
        }
        let known = known.and_then(|end| end.products_at(a));
        let set = &self.train;
        let (values, products) = self.fan(set, &self.plan(set, mode), &[a, b], &weights, known, true)?;
        Ok((values, products.map(|products| LineEnd::new(b, products))))
    }
}

/// How a pass goes over the data.
struct Plan {
    /// What is taken together; with batch statistics, what they are of.
    batches: Vec<Range<usize>>,
    statistics: Statistics,
}

impl Objective {
    /// Runs `f` on every batch and returns the results in their order. Small ones run in parallel on the CPU; a large one
    /// is parallel inside.
    fn map_batches<T: Send>(
        &self,
        set: &Set,
        plan: &Plan,
        f: impl Fn(&Range<usize>) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        use rayon::prelude::*;
        let step = |range: &Range<usize>| {
            self.check_interrupt()?;
            f(range)
        };
        if self.on_host && plan.batches.iter().all(|b| set.is_small(b)) {
            plan.batches.par_iter().map(step).collect()
        } else {
            plan.batches.iter().map(step).collect()
        }
    }

    /// Outputs of one batch, and the statistics it had.
    fn host_outputs(&self, at: &State, images: Parts, statistics: Statistics) -> (Vec<f32>, Vec<f32>) {
        let mut host = crate::net::Host::at(&self.network, &at.theta, &at.buffers, statistics);
        let out = self.network.forward(&mut host, images).into_outputs();
        (out, host.take_statistics())
    }

    fn device_outputs(&self, at: &State, images: Act, statistics: Statistics) -> Result<(Vec<f32>, Vec<f32>)> {
        let tensors = crate::net::Tensors::new(&self.network, &at.theta, &at.buffers, &self.device);
        let mut primal = crate::net::Primal::at(&tensors, statistics);
        let out = self.network.forward(&mut primal, images);
        Ok((out.flat().try_into_vec_as::<f32>()?, primal.take_statistics()?))
    }
}
