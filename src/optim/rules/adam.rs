//! Adam (Kingma & Ba 2015), as `torch.optim.Adam`: weight decay is added to the gradient.

use crate::optim::{
    blocks::Blocks,
    constant::Constant,
    descent::{NOISE, WEIGHT_DECAY},
    moments::{self, BETA1, BETA2, Decay, EPS},
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// Adam.
pub struct Adam;

impl Rule for Adam {
    fn title(&self) -> &'static str {
        "Adam"
    }

    fn about(&self) -> &'static str {
        "Adam: each parameter's step by the mean and the size of its own gradients"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        &[&WEIGHT_DECAY, &NOISE, &BETA1, &BETA2, &EPS]
    }

    fn state(&self, _spec: &OptimizerSpec) -> &'static [Kept] {
        moments::KEPT
    }

    fn usual_rate(&self) -> Option<f64> {
        Some(1e-3)
    }

    fn shade(&self) -> Option<[u8; 3]> {
        Some([0x56, 0xB4, 0xE9])
    }

    fn preconditioner(&self, spec: &OptimizerSpec, state: &Vectors) -> Option<Vec<f64>> {
        moments::preconditioner(spec, state, moments::NAMES)
    }

    fn step(
        &self,
        spec: &OptimizerSpec,
        state: &mut Vectors,
        _blocks: &Blocks,
        theta: &[f32],
        gradient: &[f32],
        learning_rate: f64,
    ) -> Vec<f32> {
        moments::step(spec, state, theta, gradient, learning_rate, Decay::Coupled)
    }
}
