//! The numbers of a network, apart from the network itself.

/// Everything a network computes with: θ and the batch-norm running statistics beside it.
///
/// The statistics are not coordinates of θ: no gradient reaches them, and distances and directions leave them out.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The parameters, of length D, in the order of the network's layout.
    pub theta: Vec<f32>,
    /// Running means and variances, in the order of the layout of the network's buffers; empty without batch norm.
    pub buffers: Vec<f32>,
}
