//! Quadratic wells L(w) = ½ Σ λᵢ wᵢ², of any dimension and condition number.
//!
//! The well that Theorems 2.2.5 and 3.2.1 of the SAM thesis assume (Assumption 2.2.2), and the Ornstein-Uhlenbeck
//! process of the noise paper's Eq. (12). As a surface with samples its gradient noise has Σ = H (Assumption 2.2.3).

use crate::toy::{
    error::{ToyError, positive, require},
    surface::{About, Corner, Minimum, Surface, highest},
};

/// The most dimensions a well may have.
pub const MOST_DIMENSIONS: usize = 100;

/// A well with its minimum 0 at the origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Quadratic {
    eigenvalues: Vec<f64>,
}

impl Quadratic {
    /// Eigenvalues from `largest` down to `largest / condition`, evenly spaced in their logarithm.
    ///
    /// # Errors
    ///
    /// [`ToyError::Count`] unless 1 ≤ `dim` ≤ 100, [`ToyError::Parameter`] unless `largest` > 0 and `condition` ≥ 1.
    pub fn new(dim: usize, largest: f64, condition: f64) -> Result<Quadratic, ToyError> {
        if !(1..=MOST_DIMENSIONS).contains(&dim) {
            let remedy = "1 to 100";
            return Err(ToyError::Count { name: "dimensions", value: dim as u64, remedy });
        }
        positive("largest eigenvalue", largest, "a positive, finite number, such as 1")?;
        let good = condition >= 1.0 && condition.is_finite();
        require(good, "condition number", condition, "a finite number, at least 1, such as 10")?;
        let share = |i: usize| if dim == 1 { 0.0 } else { i as f64 / (dim - 1) as f64 };
        Ok(Quadratic { eigenvalues: (0..dim).map(|i| largest * condition.powf(-share(i))).collect() })
    }

    /// A well with these eigenvalues.
    ///
    /// # Errors
    ///
    /// As [`Quadratic::new`]; every eigenvalue must be positive and finite.
    pub fn with(eigenvalues: &[f64]) -> Result<Quadratic, ToyError> {
        Quadratic::new(eigenvalues.len(), 1.0, 1.0)?;
        for &value in eigenvalues {
            positive("eigenvalue", value, "a positive, finite number, such as 1")?;
        }
        Ok(Quadratic { eigenvalues: eigenvalues.to_vec() })
    }

    /// λᵢ, the curvature along axis i.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }
}

impl Surface for Quadratic {
    fn dim(&self) -> usize {
        self.eigenvalues.len()
    }

    fn value(&self, w: &[f64]) -> f64 {
        0.5 * self.eigenvalues.iter().zip(w).map(|(l, x)| l * x * x).sum::<f64>()
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        for ((out, l), x) in out.iter_mut().zip(&self.eigenvalues).zip(w) {
            *out = l * x;
        }
    }

    fn hessian(&self, _w: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (i, l) in self.eigenvalues.iter().enumerate() {
            out[i * (self.eigenvalues.len() + 1)] = *l;
        }
    }

    fn about(&self) -> About {
        let (first, last) = (self.eigenvalues[0], self.eigenvalues[self.eigenvalues.len() - 1]);
        About {
            name: "quadratic",
            title: "Quadratic well",
            formula: "½ (λ₁ w₁² + λ₂ w₂² + …)".into(),
            description: "the well every local theory assumes; gradient noise with Σ = H",
            source: "SAM thesis, Assumptions 2.2.2 and 2.2.3; noise paper, Eq. (12)",
            parameters: vec![("D", self.dim() as f64), ("λ_max", first), ("λ_min", last)],
            window: vec![[-2.0, 2.0]; self.dim()],
            start: vec![1.0; self.dim()],
            minima: vec![Minimum { name: "minimum", at: vec![0.0; self.dim()], value: 0.0 }],
        }
    }

    fn hull_bound(&self, triangle: &[Corner; 3]) -> Option<f64> {
        Some(highest(triangle))
    }

    fn peaks(&self, _low: f64, _high: f64) -> Vec<f64> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spectrum_is_the_one_asked_for() {
        let well = Quadratic::new(3, 200.0, 100.0).unwrap();
        let exact = [200.0, 20.0, 2.0];
        assert!(well.eigenvalues().iter().zip(exact).all(|(a, b)| (a / b - 1.0).abs() < 1e-15), "{well:?}");
        assert_eq!(Quadratic::with(&[4.0, 1.0]).unwrap().value(&[1.0, 2.0]), 4.0);
        assert_eq!(Quadratic::new(1, 3.0, 50.0).unwrap().eigenvalues(), [3.0]);
    }

    #[test]
    fn bad_constants_are_named() {
        for (dim, largest, condition, word) in [
            (0, 1.0, 1.0, "dimensions"),
            (2, -1.0, 1.0, "largest"),
            (2, 1.0, 0.5, "condition"),
            (2, f64::NAN, 1.0, "NaN"),
        ] {
            let text = Quadratic::new(dim, largest, condition).unwrap_err().to_string();
            assert!(text.contains(word), "{text}");
        }
        assert!(Quadratic::with(&[1.0, 0.0]).is_err() && Quadratic::with(&[]).is_err());
    }
}
