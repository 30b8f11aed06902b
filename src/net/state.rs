//! Where a network is: its parameters, and the running statistics beside them.

/// A point θ ∈ R^D and the running statistics of batch norm that belong to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// θ, of length D, in the order of [`Network::layout`](super::Network::layout).
    pub theta: Vec<f32>,
    /// Running statistics, in the order of [`Network::buffers`](super::Network::buffers); empty without batch norm.
    pub buffers: Vec<f32>,
}
