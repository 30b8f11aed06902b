//! The norm of the gradient.

use crate::probe::step::{Probe, StepView};

/// ‖g_t‖₂ of the mini-batch gradient at θ_t, with every optimizer: SAM's step uses the gradient at θ_t + ε̂ instead.
///
/// A run that diverged at an iteration whose numbers are all finite met a gradient at θ_t + ε̂ that was not.
pub struct GradientNorm;

impl Probe for GradientNorm {
    fn name(&self) -> &'static str {
        "gradient"
    }

    fn key(&self) -> &'static str {
        "grad_norm"
    }

    fn title(&self) -> &'static str {
        "gradient norm"
    }

    fn label(&self) -> &'static str {
        "‖g_t‖_2"
    }

    fn about(&self) -> &'static str {
        "Norm of the gradient"
    }

    fn definition(&self) -> &'static str {
        "Euclidean norm of the mini-batch gradient at θ_t (g_t of A Walk with SGD, Eq. 1); SAM's step uses the gradient at \
         the perturbed point instead."
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        Some(step.gradient_norm)
    }
}
