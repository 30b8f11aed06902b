//! What a way to interpret a network has to know.

use super::op::Op;

/// A way to interpret a network: what a value is, and what each operation does to it.
///
/// Operations hold places in θ, not numbers; a reading knows the parameter points that it stands for.
pub trait Reading {
    /// The activation of a batch under this reading; cheap to copy.
    type Value: Clone;

    /// What an operation makes of its inputs; `node` is its number in the network.
    ///
    /// An input that nothing else needs comes without another copy, so that it can be changed in place.
    fn apply(&mut self, node: usize, op: Op<Self::Value>) -> Self::Value;
}
