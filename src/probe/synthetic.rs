//! Made-up steps for tests.

use super::step::StepView;

/// A step between two points, with nothing in it that probes of the step alone would not need.
pub fn step<'a>(theta: &'a [f32], next: Option<&'a [f32]>, gradient: &'a [f32], learning_rate: f64) -> StepView<'a> {
    StepView {
        t: 3,
        theta,
        theta_0: theta,
        next,
        gradient,
        gradient_norm: super::vector::norm(gradient),
        previous_gradient: None,
        batch_loss: 0.0,
        learning_rate,
        batch: 1,
        noise: None,
    }
}
