//! The distance from where the run started.

use crate::probe::{
    step::{Probe, StepView},
    vector::distance,
};

/// ‖θ_t − θ_0‖₂.
pub struct Distance;

impl Probe for Distance {
    fn name(&self) -> &'static str {
        "distance"
    }

    fn title(&self) -> &'static str {
        "distance from initialization"
    }

    fn label(&self) -> &'static str {
        "‖θ_t − θ_0‖_2"
    }

    fn about(&self) -> &'static str {
        "Distance of θ from its start"
    }

    fn definition(&self) -> &'static str {
        "Euclidean distance of the parameters from where the run started (A Walk with SGD, §3.1 and Fig. 1, bottom)."
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        Some(distance(step.theta, step.theta_0))
    }
}
