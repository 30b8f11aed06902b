//! The asymmetric example of the SAM thesis, Fig. 3.1: the LINEX loss L(w) = e^{αw} − αw − 1.

use crate::toy::{
    error::{ToyError, require},
    surface::{About, Minimum, Surface},
};

/// Convex, minimum 0 at 0; for α < 0 the positive side is flat (L grows linearly) and the negative one sharp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linex {
    alpha: f64,
}

impl Linex {
    /// # Errors
    ///
    /// [`ToyError::Parameter`] if `alpha` is 0 or not finite.
    pub fn new(alpha: f64) -> Result<Linex, ToyError> {
        require(alpha != 0.0 && alpha.is_finite(), "α of LINEX", alpha, "a finite number other than 0, such as -0.3")?;
        Ok(Linex { alpha })
    }

    /// The minimum of L̃ for a radius ρ in closed form, (1/α) ln(αρ / sinh αρ): there both ends of the ball are equal.
    pub fn perturbed_minimum(&self, rho: f64) -> f64 {
        let x = self.alpha * rho;
        if x == 0.0 { 0.0 } else { (x / x.sinh()).ln() / self.alpha }
    }
}

impl Surface for Linex {
    fn dim(&self) -> usize {
        1
    }

    fn value(&self, w: &[f64]) -> f64 {
        let x = self.alpha * w[0];
        x.exp_m1() - x
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        out[0] = self.alpha * (self.alpha * w[0]).exp_m1();
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        out[0] = self.alpha * self.alpha * (self.alpha * w[0]).exp();
    }

    fn about(&self) -> About {
        let reach = 1.5 / self.alpha.abs();
        About {
            name: "linex",
            title: "LINEX",
            formula: "e^(αw) − αw − 1".into(),
            description: "one asymmetric valley: the minimum of the perturbed loss moves to the flat side",
            source: "SAM thesis, Fig. 3.1 (c, d)",
            parameters: vec![("α", self.alpha)],
            window: vec![[-reach, reach]],
            start: vec![0.6 * reach * self.alpha.signum()],
            minima: vec![Minimum { name: "minimum", at: vec![0.0], value: 0.0 }],
        }
    }

    fn peaks(&self, _low: f64, _high: f64) -> Vec<f64> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_minimum_equalises_the_ends_of_the_ball() {
        let linex = Linex::new(-0.3).unwrap();
        for rho in [0.1, 1.0, 3.0] {
            let w = linex.perturbed_minimum(rho);
            assert!((linex.value(&[w - rho]) - linex.value(&[w + rho])).abs() < 1e-13, "{w}");
            assert!(w > 0.0 && w < rho);
        }
        assert_eq!(linex.perturbed_minimum(0.0), 0.0);
        assert!(Linex::new(0.0).is_err() && Linex::new(f64::INFINITY).is_err());
    }
}
