//! Constants that no step can be made with.

use super::kind::OptimizerKind;

/// An optimizer constant out of its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    #[error("the {name} is {value}; give {range}, such as {example} (--{flag} {example})")]
    Outside { name: &'static str, value: f64, flag: &'static str, range: &'static str, example: &'static str },
    #[error(
        "Nesterov's step needs a momentum above 0; give one, such as 0.9 (--momentum 0.9), or use sgd (--optimizer sgd)"
    )]
    NesterovWithoutMomentum,
    #[error("a shard has 0 examples; give 1 or more (--sam-shard 1), or leave it out")]
    EmptyShard,
    #[error("SAM cannot make the step of {found}; choose one of {bases} (--sam-base adam)")]
    Base { found: OptimizerKind, bases: String },
    #[error("the noise is that of batches of 0 examples; give 1 or more (--gld-batch 20), or leave it out")]
    EmptyNoiseBatch,
    #[error("the noise has 0 eigenvectors; give 1 or more, such as 20 (--gld-rank 20)")]
    NoRank,
    #[error("the noise is measured every 0 iterations; give 1 or more, such as 10 (--gld-every 10)")]
    NoRefresh,
    #[error("PSAM's period is 0; give 1 or more, such as 20 (--psam-period 20)")]
    NoPeriod,
}
