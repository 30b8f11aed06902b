//! SGD whose momentum looks ahead (the step asks the kind).

use super::descent;
use crate::optim::{
    constant::Constant,
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// SGD with Nesterov's momentum.
pub struct Nesterov;

impl Rule for Nesterov {
    fn title(&self) -> &'static str {
        "Nesterov"
    }

    fn about(&self) -> &'static str {
        "SGD with Nesterov's momentum"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        descent::CONSTANTS
    }

    fn state(&self, spec: &OptimizerSpec) -> &'static [Kept] {
        descent::state(spec)
    }

    fn shade(&self) -> Option<[u8; 3]> {
        // The toy laboratory's.
        Some([0x99, 0x99, 0x33])
    }

    fn step(
        &self,
        spec: &OptimizerSpec,
        state: &mut Vectors,
        theta: &[f32],
        gradient: &[f32],
        learning_rate: f64,
    ) -> Vec<f32> {
        descent::step(spec, state, theta, gradient, learning_rate)
    }
}
