//! The norm of the parameters.

use crate::probe::{
    step::{Probe, StepView},
    vector::norm,
};

/// ‖θ_t‖₂.
pub struct Norm;

impl Probe for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }

    fn title(&self) -> &'static str {
        "parameter norm"
    }

    fn label(&self) -> &'static str {
        "‖θ_t‖_2"
    }

    fn about(&self) -> &'static str {
        "Norm of θ"
    }

    fn definition(&self) -> &'static str {
        "Euclidean norm of the parameters."
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        Some(norm(step.theta))
    }
}
