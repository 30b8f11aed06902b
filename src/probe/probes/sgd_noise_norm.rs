//! The length of SGD's noise where that of a Langevin dynamics was measured.

use crate::probe::step::{Probe, StepView};

/// √Tr Σ.
pub struct SgdNoiseNorm;

impl Probe for SgdNoiseNorm {
    fn name(&self) -> &'static str {
        "sgd-noise-norm"
    }

    fn key(&self) -> &'static str {
        "sgd_noise_norm"
    }

    fn title(&self) -> &'static str {
        "length of SGD's noise"
    }

    fn label(&self) -> &'static str {
        "√Tr Σ"
    }

    fn about(&self) -> &'static str {
        "Expected length of SGD's noise, where a Langevin dynamics (gld-…) last measured it; no other optimizer has it"
    }

    fn definition(&self) -> &'static str {
        "√Tr Σ, the root of the expected squared norm of the noise of SGD with batches of m examples drawn with replacement \
         (Zhu et al. 2019, Eq. 5), at the iterate where the noise of a Langevin dynamics was last measured. That noise is \
         scaled to it (Eq. 14): the two are equal, but for gld-const. It has no value with other optimizers, and with a σ \
         that was given."
    }

    fn measure(&self, step: &StepView<'_>) -> Option<f64> {
        step.noise.and_then(|noise| noise.of_sgd).map(f64::sqrt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{step::NoiseSize, synthetic};

    #[test]
    fn it_is_the_root_of_the_trace() {
        let step = synthetic::step(&[1.0], None, &[1.0], 0.1);
        assert_eq!(SgdNoiseNorm.measure(&step), None);
        let stirred = |of_sgd| StepView { noise: Some(NoiseSize { power: 6.25, of_sgd }), ..step };
        assert_eq!(SgdNoiseNorm.measure(&stirred(None)), None);
        assert_eq!(SgdNoiseNorm.measure(&stirred(Some(2.25))), Some(1.5));
    }
}
