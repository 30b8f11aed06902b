//! SAM measured in units of the parameters (Kwon et al. 2021).

use super::sam;
use crate::optim::{
    ascent::{Ascent, Units},
    constant::Constant,
    rule::Rule,
    spec::OptimizerSpec,
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
}
