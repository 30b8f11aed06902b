//! PyTorch's default initialisation, seeded.
//!
//! `nn.Linear` and `nn.Conv2d` draw weights from `kaiming_uniform_(a = √5)`, which is U(−b, b) with b = 1/√fan_in, and
//! biases from the same interval (torch.nn.Linear and Conv2d, `reset_parameters`). The distribution is PyTorch's; the
//! stream of random numbers is our own, so the same seed does not give PyTorch's bits.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::layout::ParamLayout;

/// What a tensor of a fresh network holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Init {
    Zeros,
    Ones,
    /// U(−b, b) with b = 1/√fan_in.
    Uniform {
        fan_in: usize,
    },
}

impl Init {
    fn fill(self, values: &mut [f32], rng: &mut ChaCha8Rng) {
        match self {
            Init::Zeros => values.fill(0.0),
            Init::Ones => values.fill(1.0),
            Init::Uniform { fan_in } => {
                let bound = 1.0 / (fan_in as f32).sqrt();
                for x in values {
                    *x = rng.random_range(-bound..bound);
                }
            }
        }
    }
}

/// A fresh vector: the tensors of `layout` one after the other, each by its rule.
pub(super) fn fresh(layout: &ParamLayout, rules: &[Init], rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut vector = vec![0.0; layout.len()];
    for (tensor, rule) in layout.params().iter().zip(rules) {
        rule.fill(&mut vector[tensor.range()], rng);
    }
    vector
}
