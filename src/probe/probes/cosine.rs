//! The cosine of consecutive gradients.

use crate::probe::{
    step::{Probe, StepView},
    vector::cosine,
};

/// cos(g_{t−1}, g_t).
pub struct Cosine;

impl Probe for Cosine {
    fn name(&self) -> &'static str {
        "cosine"
    }

    fn title(&self) -> &'static str {
        "cosine of consecutive gradients"
    }

    fn label(&self) -> &'static str {
        "cos(g_{t−1}, g_t)"
    }

    fn about(&self) -> &'static str {
        "Cosine of the angle between consecutive gradients"
    }

    fn definition(&self) -> &'static str {
        "Cosine of the angle between the mini-batch gradients at two consecutive iterates, whatever the optimizer makes of \
         them (A Walk with SGD, §3.1 and Fig. 1, middle). Near −1 the optimizer bounces between the walls of a valley."
    }

    fn needs_previous_gradient(&self) -> bool {
        true
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        step.previous_gradient.map(|previous| cosine(previous, step.gradient))
    }
}
