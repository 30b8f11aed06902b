//! The slope of the batch loss along the step.

use crate::probe::{
    step::{Probe, StepView},
    vector::sum,
};

/// g_tᵀ(θ_{t+1} − θ_t).
pub struct Slope;

impl Probe for Slope {
    fn name(&self) -> &'static str {
        "slope"
    }

    fn title(&self) -> &'static str {
        "slope along the step"
    }

    fn label(&self) -> &'static str {
        "g_t·u_t"
    }

    fn about(&self) -> &'static str {
        "Slope of the batch loss along the step; the update's edge needs it"
    }

    fn definition(&self) -> &'static str {
        "g_t·u_t, the mini-batch gradient at θ_t times the step u_t = θ_{t+1} − θ_t: by how much the step changes the batch \
         loss to first order. It is −η‖g_t‖² of plain gradient descent, and above 0 where the optimizer goes up."
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        let StepView { theta, gradient, .. } = *step;
        // The difference of two floats is taken in f64: steps are short, and what is left of them in f32 is coarse.
        let along =
            |next: &[f32]| sum(next.len(), |i| f64::from(gradient[i]) * (f64::from(next[i]) - f64::from(theta[i])));
        step.next.map(along)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::synthetic;

    #[test]
    fn it_is_the_product_of_gradient_and_step() {
        let (theta, next, gradient) = ([1.0, -2.0, 0.5], [0.5, -1.0, 0.5], [2.0, -3.0, 100.0]);
        let slope = |next: Option<&[f32]>| Slope.measure(&synthetic::step(&theta, next, &gradient, 0.1));
        assert_eq!(slope(Some(&next)), Some(-4.0));
        assert_eq!(slope(Some(&[1.5, -2.0, 0.5])), Some(1.0), "an optimizer may go up");
        assert_eq!(slope(Some(&theta)), Some(0.0));
        assert_eq!(slope(None), None, "no step was made");
    }
}
