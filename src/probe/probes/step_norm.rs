//! The length of the step.

use crate::probe::{
    step::{Probe, StepView},
    vector::distance,
};

/// ‖θ_{t+1} − θ_t‖₂.
pub struct StepNorm;

impl Probe for StepNorm {
    fn name(&self) -> &'static str {
        "step-norm"
    }

    fn key(&self) -> &'static str {
        "step_norm"
    }

    fn title(&self) -> &'static str {
        "length of the step"
    }

    fn label(&self) -> &'static str {
        "‖u_t‖_2"
    }

    fn about(&self) -> &'static str {
        "Length of the step; the curvature along it needs it"
    }

    fn definition(&self) -> &'static str {
        "Euclidean norm of the step u_t = θ_{t+1} − θ_t that the optimizer makes, with everything that it adds to the \
         gradient (momentum, weight decay, noise)."
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        step.next.map(|next| distance(next, step.theta))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::synthetic;

    #[test]
    fn a_step_is_as_long_as_the_way_between_its_ends() {
        let (theta, next) = ([1.0, -2.0, 0.5], [1.0, 1.0, 4.5]);
        let step = synthetic::step(&theta, Some(&next), &[0.0; 3], 0.1);
        assert_eq!(StepNorm.measure(&step), Some(5.0));
        assert_eq!(StepNorm.measure(&synthetic::step(&theta, Some(&theta), &[0.0; 3], 0.1)), Some(0.0));
        assert_eq!(StepNorm.measure(&synthetic::step(&theta, None, &[0.0; 3], 0.1)), None, "no step was made");
        let lost = [f32::NAN, 0.0, 0.0];
        assert!(StepNorm.measure(&synthetic::step(&theta, Some(&lost), &[0.0; 3], 0.1)).is_some_and(f64::is_nan));
    }
}
