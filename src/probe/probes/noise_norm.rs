//! The length of the noise that a Langevin dynamics adds to the gradient.

use crate::probe::step::{Probe, StepView};

/// √E‖ε_t‖².
pub struct NoiseNorm;

impl Probe for NoiseNorm {
    fn name(&self) -> &'static str {
        "noise-norm"
    }

    fn key(&self) -> &'static str {
        "noise_norm"
    }

    fn title(&self) -> &'static str {
        "length of the noise"
    }

    fn label(&self) -> &'static str {
        "√E‖ε_t‖²"
    }

    fn about(&self) -> &'static str {
        "Expected length of the noise of a Langevin dynamics (gld-…); no other optimizer has it"
    }

    fn definition(&self) -> &'static str {
        "√E‖ε_t‖² = √Tr C, the root of the expected squared norm of the noise ε_t ~ N(0, C) that a Langevin dynamics adds to \
         the gradient at iteration t (Zhu et al. 2019, Eq. 14), by the covariance C that the step draws from. It has no value \
         with other optimizers."
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        step.noise.map(|noise| noise.power.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{step::NoiseSize, synthetic};

    #[test]
    fn it_is_the_root_of_the_power() {
        let step = synthetic::step(&[1.0], None, &[1.0], 0.1);
        assert_eq!(NoiseNorm.measure(&step), None);
        let stirred = StepView { noise: Some(NoiseSize { power: 6.25, of_sgd: None }), ..step };
        assert_eq!(NoiseNorm.measure(&stirred), Some(2.5));
    }
}
