//! What a checkpoint holds once it is read.

use std::path::PathBuf;

use super::{
    format::Format,
    tensor::{Tensor, TensorSummary, Unread},
};
use crate::run::Manifest;

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// What was read: a file, or `FILE@STEP` or `FILE@average` for one moment of a run.
    pub path: PathBuf,
    pub format: Format,
    /// The network's tensors: in the order of the file for safetensors, else by name.
    pub tensors: Vec<Tensor>,
    /// Tensors of the network whose elements are not real numbers.
    pub unread: Vec<Unread>,
    /// What was done on the way, for a person to read.
    pub notes: Vec<String>,
    /// Keys of other networks in the file, which `FILE#KEY` takes.
    pub others: Vec<String>,
    /// Of one of our runs: what it was.
    pub run: Option<Box<Manifest>>,
}

/// A checkpoint at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// One line for each tensor.
    pub tensors: Vec<TensorSummary>,
    /// Floating-point numbers in all tensors but running statistics.
    pub parameters: usize,
    /// Numbers in running means and variances.
    pub buffers: usize,
}
