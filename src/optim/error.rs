//! Constants that no step can be made with.

/// An optimizer constant out of its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    #[error("the {name} is {value}; give --{flag} {range}, such as {example}")]
    Outside { name: &'static str, value: f64, flag: &'static str, range: &'static str, example: &'static str },
    #[error("Nesterov's step needs a momentum above 0; add --momentum 0.9, or use --optimizer sgd")]
    NesterovWithoutMomentum,
    #[error("a shard has 0 examples; give --sam-shard 1 or more, or leave it out")]
    EmptyShard,
    #[error("PSAM's period is 0; give --psam-period 1 or more, such as 20")]
    NoPeriod,
}
