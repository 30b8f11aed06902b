//! Stochastic gradient descent, with heavy-ball momentum when asked for.

use super::descent;
use crate::optim::{
    constant::Constant,
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// Mini-batch SGD.
pub struct Sgd;

impl Rule for Sgd {
    fn title(&self) -> &'static str {
        "SGD"
    }

    fn about(&self) -> &'static str {
        "Stochastic gradient descent"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        descent::CONSTANTS
    }

    fn state(&self, spec: &OptimizerSpec) -> &'static [Kept] {
        descent::state(spec)
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
