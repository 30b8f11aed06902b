//! Which optimizer, with which constants.

use serde::{Deserialize, Serialize};

use crate::named::named_choice;

named_choice! {
    /// The family of the step.
    OptimizerKind as "optimizer" {
        /// Full-batch gradient descent.
        Gd = "gd",
        /// Mini-batch SGD, with heavy-ball momentum when asked for.
        #[default] Sgd = "sgd",
        /// SGD with Nesterov momentum.
        Nesterov = "nesterov",
    }
}

/// An optimizer and its constants; PyTorch's meaning of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSpec {
    pub kind: OptimizerKind,
    /// μ of v ← μv + g, 0..1.
    pub momentum: f64,
    /// Added to the gradient as λθ.
    pub weight_decay: f64,
    /// Isotropic Gaussian noise on the gradient; its variance is this factor times the largest per-coordinate
    /// gradient variance at θ_0 (Walk §4, Fig. 5: 0.05 and 0.1).
    pub noise: f64,
}

impl OptimizerSpec {
    /// Refuses constants that no step can be made with.
    pub fn check(&self) -> Result<(), OptimizerError> {
        if !(0.0..1.0).contains(&self.momentum) {
            return Err(OptimizerError::Momentum(self.momentum));
        }
        if self.kind == OptimizerKind::Nesterov && self.momentum == 0.0 {
            return Err(OptimizerError::NesterovWithoutMomentum);
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return Err(OptimizerError::WeightDecay(self.weight_decay));
        }
        if !(self.noise >= 0.0 && self.noise.is_finite()) {
            return Err(OptimizerError::Noise(self.noise));
        }
        Ok(())
    }

    /// A short name for legends.
    pub fn label(&self) -> String {
        let mut text = match self.kind {
            OptimizerKind::Gd => "GD",
            OptimizerKind::Sgd => "SGD",
            OptimizerKind::Nesterov => "Nesterov",
        }
        .to_string();
        if self.momentum != 0.0 {
            text += &format!(" μ {}", self.momentum);
        }
        if self.weight_decay != 0.0 {
            text += &format!(" λ {}", self.weight_decay);
        }
        if self.noise != 0.0 {
            text += &format!(" + noise {}", self.noise);
        }
        text
    }
}

/// An optimizer constant out of its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    #[error("the momentum is {0}; give --momentum at least 0 and below 1, such as 0.9")]
    Momentum(f64),
    #[error("Nesterov's step needs a momentum above 0; add --momentum 0.9, or use --optimizer sgd")]
    NesterovWithoutMomentum,
    #[error("the weight decay is {0}; give --weight-decay 0 or a positive, finite number, such as 5e-4")]
    WeightDecay(f64),
    #[error("the noise factor is {0}; give --noise 0 or a positive, finite number, such as 0.1")]
    Noise(f64),
}
