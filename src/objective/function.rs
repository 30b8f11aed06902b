//! The objective: a network, data and a loss.

use std::{sync::Arc, time::Duration};

use burn::tensor;

use super::{
    device::Device,
    error::{ObjectiveError, Result},
    evaluator::Evaluator,
    guarded::{Guarded, Make},
    host::Host,
    interrupt::Interrupt,
    subset::Subset,
};
use crate::{data::Dataset, net::Network, run::LossKind};

/// What a device may take for one piece of work, and longer than any takes: a driver ends a kernel of a few seconds by itself.
const PATIENCE: Duration = Duration::from_secs(300);

/// The loss of a network on a data set, as a function of θ.
pub struct Objective {
    pub(super) network: Arc<Network>,
    pub(super) data: Arc<Dataset>,
    pub(super) loss: LossKind,
    pub(super) evaluator: Box<dyn Evaluator>,
    pub(super) interrupt: Interrupt,
}

impl Objective {
    /// Brings a copy of the data to the device. `on_host` says that the device is the CPU.
    ///
    /// # Errors
    /// [`ObjectiveError::Shape`] when network and data disagree.
    pub fn new(
        network: Network,
        data: &Dataset,
        loss: LossKind,
        device: tensor::Device,
        on_host: bool,
    ) -> Result<Objective> {
        Objective::over(network, Arc::new(data.clone()), loss, device, on_host)
    }

    /// The same on data that are shared.
    ///
    /// # Errors
    /// [`ObjectiveError::Shape`] when network and data disagree.
    pub fn over(
        network: Network,
        data: Arc<Dataset>,
        loss: LossKind,
        device: tensor::Device,
        on_host: bool,
    ) -> Result<Objective> {
        if network.input() != data.shape {
            return Err(ObjectiveError::Shape { network: network.input(), data: data.shape });
        }
        let network = Arc::new(network);
        let evaluator: Box<dyn Evaluator> = match on_host {
            true => Box::new(Host::new(network.clone(), data.clone())),
            false => Box::new(on_device(&network, &data, device)),
        };
        Ok(Objective { network, data, loss, evaluator, interrupt: Interrupt::default() })
    }

    /// Lets `interrupt` make an evaluation return [`ObjectiveError::Interrupted`] as soon as it can.
    pub fn interrupted_by(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// Lets work beside evaluations end where they would.
    ///
    /// # Errors
    /// [`ObjectiveError::Interrupted`].
    pub fn go_on(&self) -> Result<()> {
        self.interrupt.check()
    }

    /// The same objective for other work, which may be on another thread and has an interrupt of its own. Network and
    /// data are shared, not copied.
    pub fn anew(&self, interrupt: Interrupt) -> Objective {
        Objective {
            network: self.network.clone(),
            data: self.data.clone(),
            loss: self.loss,
            evaluator: self.evaluator.anew(),
            interrupt,
        }
    }

    /// The same objective for other work that ends with this one's. Network and data are shared, not copied.
    pub fn again(&self) -> Objective {
        self.anew(self.interrupt.clone())
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether several threads may ask it at once: on the CPU.
    pub fn takes_threads(&self) -> bool {
        self.evaluator.takes_threads()
    }

    /// Whether the same evaluation has the same result to the bit: on the CPU.
    pub fn is_exact(&self) -> bool {
        self.evaluator.is_exact()
    }

    /// Why the device that was asked for is asked no more: since then the CPU answers.
    pub fn failure(&self) -> Option<&str> {
        self.evaluator.failure()
    }

    /// Bytes that it keeps in memory beside the data.
    pub fn bytes(&self) -> usize {
        self.evaluator.bytes()
    }

    /// Examples in a subset.
    pub fn count(&self, subset: Subset) -> usize {
        subset.of(&self.data).len()
    }
}

/// An evaluator on a device, with the CPU behind it.
fn on_device(network: &Arc<Network>, data: &Arc<Dataset>, device: tensor::Device) -> Guarded {
    let (of, on) = (network.clone(), data.clone());
    let new = move || Device::new(of.clone(), on.clone(), device.clone());
    let first = new();
    let make: Make = Arc::new(move || Box::new(new()));
    Guarded::new(make, &first, Box::new(Host::unprepared(network.clone(), data.clone())), PATIENCE)
}
