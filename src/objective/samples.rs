//! Small objectives for tests.

use super::function::Objective;
use crate::{
    data::{Dataset, Split},
    device,
    net::Network,
    run::LossKind,
};

impl Objective {
    /// A network of ten outputs on so many training images that all differ, with labels of every class.
    pub(crate) fn sample(network: Network, examples: usize, loss: LossKind) -> Objective {
        let shape = network.input();
        let split = |n: usize| Split {
            images: Network::sample_images(n, shape),
            labels: (0..n as u32).map(|i| i * 7 % 10).collect(),
        };
        let data = Dataset {
            name: "sample".into(),
            shape,
            classes: 10,
            train: split(examples),
            test: split(2),
            files: Vec::new(),
            pixels: None,
            scale: None,
            notes: Vec::new(),
        };
        Objective::new(network, &data, loss, device::cpu().device, true)
            .unwrap_or_else(|e| panic!("the data are made for the network: {e}"))
    }
}
