//! Where a walk stands: everything that decides how it goes on.

use serde::{Deserialize, Serialize};

use crate::{
    optim::{OptimizerSpec, Position, Spread, Vectors},
    probe::json::{finite_or_name, finite_or_name_option},
};

/// A walk at iteration t, before anything that was changed there by hand or by plan. With the spec of its run it says
/// every number that is still to come, bit for bit on the CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Iterations made since θ_0.
    pub t: u64,
    /// θ_t.
    pub theta: Vec<f32>,
    /// Running statistics of batch norm.
    pub buffers: Vec<f32>,
    /// What the optimizer remembers, such as momentum's velocity, nothing before the first step; and the iterates that a mean
    /// of the last ones is made of.
    pub vectors: Vectors,
    /// g_{t−1}, for probes that need it, such as the cosine; `None` when none of them is measured.
    pub gradient: Option<Vec<f32>>,
    /// Mean of the iterates that were averaged; `None` when there is none yet.
    pub average: Option<Vec<f64>>,
    /// The rest, which is as small for every network.
    pub numbers: Numbers,
}

/// The numbers of a [`Standing`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    pub optimizer: OptimizerSpec,
    /// Base learning rate η.
    #[serde(with = "finite_or_name")]
    pub learning_rate: f64,
    /// Which examples come next.
    pub batches: Position,
    /// Words that were drawn from the stream of the isotropic noise.
    pub noise_position: u64,
    /// Standard deviation of that noise.
    #[serde(with = "finite_or_name")]
    pub noise_deviation: f64,
    /// Of the noise of a Langevin dynamics, whose vectors are among those by name; `None` as long as none was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// What is summed up over the present epoch.
    pub epoch: Epoch,
    /// Iterates in the average.
    pub averaged: u64,
    /// L(θ_t), when a slice or an evaluation has measured it.
    #[serde(with = "finite_or_name_option")]
    pub loss: Option<f64>,
    /// Gradients computed since θ_0.
    pub gradient_evaluations: u64,
    /// Passes over the whole training set for a loss since θ_0.
    pub full_loss_evaluations: u64,
}

/// What is summed up over an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Epochs that are complete.
    pub number: u64,
    pub slices: u64,
    pub barriers: u64,
    /// Sum of the heights above the floor.
    #[serde(with = "finite_or_name")]
    pub heights: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_json_to_the_bit() {
        let numbers = Numbers {
            optimizer: OptimizerSpec { momentum: 0.1 + 0.2, ..OptimizerSpec::default() },
            learning_rate: 1.0 / 3.0,
            batches: Position { shuffles: 3, visited: 40, size: 20 },
            noise_position: u64::MAX,
            noise_deviation: f64::MIN_POSITIVE,
            spread: None,
            epoch: Epoch { number: 2, slices: 7, barriers: 1, heights: f64::INFINITY },
            averaged: 5,
            loss: Some(0.7),
            gradient_evaluations: 9,
            full_loss_evaluations: 0,
        };
        let text = serde_json::to_string(&numbers).unwrap();
        assert_eq!(serde_json::from_str::<Numbers>(&text).unwrap(), numbers);
        assert!(!text.contains("spread"), "files of other optimizers stay as they are: {text}");
        let spread = Spread { isotropic: None, diagonal: false, directions: 20, of_sgd: Some(0.1 + 0.2) };
        let stirred = Numbers { spread: Some(spread), ..numbers };
        let text = serde_json::to_string(&stirred).unwrap();
        assert_eq!(serde_json::from_str::<Numbers>(&text).unwrap(), stirred);
        let lost = Numbers { loss: Some(f64::NAN), ..numbers };
        let back: Numbers = serde_json::from_str(&serde_json::to_string(&lost).unwrap()).unwrap();
        assert!(back.loss.unwrap().is_nan());
    }
}
