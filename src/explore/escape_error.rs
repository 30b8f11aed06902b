//! An escape table that cannot be asked for.

use thiserror::Error;

use crate::optim::OptimizerError;

/// Numbers that make no sense.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum EscapeRequestError {
    #[error("the threshold is {0}; give a share of right answers above 0 and at most 1, such as 0.9")]
    Threshold(f64),
    #[error("the accuracy is looked at every 0 steps; give --check 1 or more")]
    Check,
    #[error("a batch of 0 images makes no step; give --batch 1 or more")]
    EmptyBatch,
    #[error("a batch of {batch} is larger than the {count} training images; give --batch {count} or less")]
    Batch { batch: u64, count: usize },
    #[error("the noise factor is {0}; escape tables are made without noise on the gradient")]
    Noise(f64),
    #[error("{seeds} seeds from {seed} on go beyond the largest one; give a smaller --seed")]
    Seeds { seeds: usize, seed: u64 },
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
}
