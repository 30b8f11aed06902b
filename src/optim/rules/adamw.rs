//! AdamW (Loshchilov & Hutter 2019), as `torch.optim.AdamW`: weight decay moves θ itself, by ηλθ.

use crate::optim::{
    blocks::Blocks,
    constant::Constant,
    descent::NOISE,
    moments::{self, BETA1, BETA2, DECOUPLED_DECAY, Decay, EPS},
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// AdamW.
pub struct AdamW;

impl Rule for AdamW {
    fn title(&self) -> &'static str {
        "AdamW"
    }

    fn about(&self) -> &'static str {
        "Adam whose weight decay moves θ itself"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        &[&NOISE, &BETA1, &BETA2, &EPS, &DECOUPLED_DECAY]
    }

    /// That of Adam: a switch between the two goes on with it.
    fn state(&self, _spec: &OptimizerSpec) -> &'static [Kept] {
        moments::KEPT
    }

    fn usual_rate(&self) -> Option<f64> {
        Some(1e-3)
    }

    fn shade(&self) -> Option<[u8; 3]> {
        Some([0x33, 0x22, 0x88])
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
        moments::step(spec, state, theta, gradient, learning_rate, Decay::Decoupled)
    }
}
