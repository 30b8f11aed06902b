//! Gradient descent. That its batch is all images is the walk's doing.

use super::descent;
use crate::optim::{
    constant::Constant,
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// Full-batch gradient descent.
pub struct Gd;

impl Rule for Gd {
    fn title(&self) -> &'static str {
        "GD"
    }

    fn about(&self) -> &'static str {
        "Gradient descent: all images in every step"
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
