//! SAM measured in units of the parameters (Kwon et al. 2021).

use super::{descent, sam};
use crate::optim::{
    ascent::{Ascent, Units},
    constant::Constant,
    rule::Rule,
    spec::OptimizerSpec,
    vectors::{Kept, Vectors},
};

/// ASAM.
pub struct Asam;

impl Rule for Asam {
    fn title(&self) -> &'static str {
        "ASAM"
    }

    fn about(&self) -> &'static str {
        "SAM with ρ in units of each parameter's size"
    }

    fn constants(&self) -> &'static [&'static Constant] {
        sam::CONSTANTS
    }

    fn state(&self, spec: &OptimizerSpec) -> &'static [Kept] {
        descent::state(spec)
    }

    fn ascends(&self) -> bool {
        true
    }

    fn ascent(&self, spec: &OptimizerSpec, _t: u64, _total: u64) -> Option<Ascent> {
        Ascent::new(spec.rho, spec.sam_norm, Units::Magnitude)
    }

    fn extra_cost(&self) -> Option<f64> {
        // No formula is claimed of it.
        None
    }

    fn shade(&self) -> Option<[u8; 3]> {
        Some([0x8C, 0x6D, 0x46])
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
