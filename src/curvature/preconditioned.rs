//! The curvature that an optimizer with a size of its own for every coordinate sees.

use super::{operators::NetworkCurvature, place::Place};
use crate::{
    objective::{Curvature, ObjectiveError},
    spectral::LinearOperator,
};

/// P^(−1/2)(H + wI)P^(−1/2), D × D, with P the diagonal that divides the steps of Adam or RMSProp and w its coupled weight decay: the
/// preconditioned Hessian of Cohen et al. 2022, "Adaptive Gradient Methods at the Edge of Stability". It has the eigenvalues of P⁻¹(H + wI).
pub struct PreconditionedCurvature<'a> {
    hessian: NetworkCurvature<'a>,
    /// 1/√P.
    scale: Vec<f64>,
    weight_decay: f64,
}

impl<'a> PreconditionedCurvature<'a> {
    /// Of a network at a point; `divisor` is the diagonal of P, of length D. A zero in it makes the products numbers that are none.
    pub fn new(place: &'a Place, divisor: &[f64], weight_decay: f64) -> PreconditionedCurvature<'a> {
        let scale = divisor.iter().map(|p| 1.0 / p.sqrt()).collect();
        PreconditionedCurvature { hessian: NetworkCurvature::new(place, Curvature::Hessian), scale, weight_decay }
    }

    fn scaled(&self, vector: &[f64]) -> Vec<f64> {
        vector.iter().zip(&self.scale).map(|(x, scale)| x * scale).collect()
    }
}

impl LinearOperator for PreconditionedCurvature<'_> {
    type Error = ObjectiveError;

    fn dimension(&self) -> usize {
        self.hessian.dimension()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, ObjectiveError> {
        let inner: Vec<Vec<f64>> = vectors.iter().map(|v| self.scaled(v)).collect();
        let mut products = self.hessian.apply(&inner)?;
        for (product, inner) in products.iter_mut().zip(&inner) {
            product.iter_mut().zip(inner).for_each(|(x, v)| *x += self.weight_decay * v);
        }
        Ok(products.iter().map(|product| self.scaled(product)).collect())
    }
}
