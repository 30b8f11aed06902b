//! Anisotropic noise against isotropic noise of the same size: Proposition 1 of the noise paper.

use super::card::{Bound, Card, Check, Theorem};
use crate::toy::{
    error::{ToyError, require},
    matrix::{apply, dot, eigen, trace, trace_product},
};

const THEOREM: Theorem = Theorem {
    name: "Proposition 1",
    statement: "If H is ill-conditioned (all but k eigenvalues below λ₁ D^(−d)) and Σ is aligned with it (u₁·Σu₁ ≥ a λ₁ TrΣ/TrH), then Tr(HΣ) is at least a D / (k + (D − k) D^(−d))² times that of isotropic noise of the same trace, of order a D^(2d − 1).",
    source: "noise paper, section 3.2, Eq. (15) to (17); proof in appendix A.3, Eq. (44) to (47)",
};

/// What the proposition is about, measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anisotropy {
    /// Tr(HΣ).
    pub indicator: f64,
    /// Tr(HΣ̄), Σ̄ = (TrΣ/D) I.
    pub isotropic: f64,
    /// The projection coefficient â = u₁ᵀΣu₁ TrH / (λ₁ TrΣ) of Fig. 5.
    pub alignment: f64,
    /// λ₁.
    pub lambda: f64,
    /// How many eigenvalues are not below λ₁ D^{−d}.
    pub k: usize,
}

impl Anisotropy {
    /// Tr(HΣ) / Tr(HΣ̄).
    pub fn ratio(&self) -> f64 {
        self.indicator / self.isotropic
    }
}

/// Measures H and Σ, both positive semi-definite, symmetric row-major `[dim × dim]`.
///
/// # Errors
///
/// [`ToyError::Assumption`] unless the sizes fit, H and Σ are positive semi-definite and H is not zero;
/// [`ToyError::Parameter`] unless d > ½.
pub fn measure(h: &[f64], sigma: &[f64], dim: usize, d: f64) -> Result<Anisotropy, ToyError> {
    require(d > 0.5 && d.is_finite(), "exponent d", d, "a finite number above 0.5, such as 0.75")?;
    let refuse = |reason: String| Err(ToyError::Assumption { theorem: THEOREM.name, reason });
    if dim == 0 || h.len() != dim * dim || sigma.len() != dim * dim {
        return refuse(format!("H has {} numbers and Σ {}, not {dim} × {dim}", h.len(), sigma.len()));
    }
    let spectrum = eigen(h, dim);
    let (lambda, least) = (spectrum.values[0], spectrum.values[dim - 1]);
    let least_sigma = eigen(sigma, dim).values[dim - 1];
    let (trace_h, trace_sigma) = (trace(h, dim), trace(sigma, dim));
    if !(lambda > 0.0 && least >= -1e-12 * lambda && least_sigma >= -1e-12 * trace_sigma && trace_sigma > 0.0) {
        return refuse(format!(
            "eigenvalues of H reach from {least} to {lambda}, the least of Σ is {least_sigma}; both must be positive semi-definite and not zero"
        ));
    }
    let mut pushed = vec![0.0; dim];
    apply(sigma, &spectrum.vectors[0], &mut pushed);
    let along = dot(&spectrum.vectors[0], &pushed);
    let small = lambda * (dim as f64).powf(-d);
    Ok(Anisotropy {
        indicator: trace_product(h, sigma),
        isotropic: trace_sigma * trace_h / dim as f64,
        alignment: along * trace_h / (lambda * trace_sigma),
        lambda,
        k: spectrum.values.iter().filter(|l| **l >= small).count(),
    })
}

/// The ratio against the explicit bound of the proof, a D / (k + (D − k) D^{−d})².
///
/// (The paper's Eq. (45) and (47) drop a factor λ₁; with it the first fraction of Eq. (47) is a λ₁² D / (TrH)², and what
/// follows is as printed.)
///
/// # Errors
///
/// As [`measure`].
pub fn card(h: &[f64], sigma: &[f64], dim: usize, d: f64) -> Result<Card, ToyError> {
    let m = measure(h, sigma, dim, d)?;
    let (n, k) = (dim as f64, m.k as f64);
    let bound = m.alignment * n / (k + (n - k) * n.powf(-d)).powi(2);
    let inputs = vec![("D", n), ("d", d), ("k", k), ("a", m.alignment), ("λ₁", m.lambda)];
    // Equality is possible (one eigenvalue, all noise along it), so rounding gets its ulps.
    let check = Check::new("Tr(HΣ) over that of isotropic noise", m.ratio(), Bound::AtLeast(bound * (1.0 - 1e-12)));
    Ok(Card { theorem: THEOREM, inputs, checks: vec![check] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagonal(values: &[f64]) -> Vec<f64> {
        let n = values.len();
        (0..n * n).map(|k| if k % (n + 1) == 0 { values[k / n] } else { 0.0 }).collect()
    }

    #[test]
    fn the_sharp_minimum_of_d1() {
        // H = diag(200, 20), Σ = diag(4, 0.4): 808 against 220 · 4.4 / 2 = 484; â = 4 · 220 / (200 · 4.4) = 1.
        let m = measure(&diagonal(&[200.0, 20.0]), &diagonal(&[4.0, 0.4]), 2, 0.75).unwrap();
        assert!((m.indicator - 808.0).abs() < 1e-11 && (m.isotropic - 484.0).abs() < 1e-11);
        assert!((m.alignment - 1.0).abs() < 1e-14 && m.k == 1);
    }

    #[test]
    fn the_bound_holds_and_the_ratio_grows_with_dimension() {
        let d: f64 = 0.75;
        let mut last = 0.0;
        for dim in [8, 16, 32, 64] {
            // One large eigenvalue, the rest just below λ₁ D^{−d}; with Σ = H the alignment is 1.
            let small = 10.0 * f64::from(dim).powf(-d) * 0.99;
            let h: Vec<f64> = (0..dim).map(|i| if i == 0 { 10.0 } else { small }).collect();
            let card = card(&diagonal(&h), &diagonal(&h), dim as usize, d).unwrap();
            assert!(card.holds(), "{card:?}");
            assert_eq!(card.inputs[2].1, 1.0);
            let ratio = card.checks[0].measured;
            assert!(ratio > last, "{ratio} {last}");
            last = ratio;
        }
        // Isotropic noise gains nothing, and the bound knows it.
        let flat = card(&diagonal(&[5.0, 1.0, 0.1]), &diagonal(&[1.0; 3]), 3, 0.75).unwrap();
        assert!((flat.checks[0].measured - 1.0).abs() < 1e-14 && flat.holds());
    }

    #[test]
    fn what_the_proposition_does_not_cover_is_refused() {
        assert!(card(&diagonal(&[1.0, -1.0]), &diagonal(&[1.0, 1.0]), 2, 0.75).is_err());
        assert!(card(&diagonal(&[1.0, 0.5]), &diagonal(&[0.0, 0.0]), 2, 0.75).is_err());
        assert!(card(&diagonal(&[1.0, 0.5]), &diagonal(&[1.0, 1.0]), 2, 0.5).is_err());
        assert!(card(&[1.0], &[1.0], 2, 0.75).is_err());
    }
}
