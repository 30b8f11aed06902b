//! SAM makes a minimum sharper and shallower: Theorem 3.2.1 of the SAM thesis, on quadratic wells in any dimension.
//!
//! As in its proof (section 7.1.1) depth and curvature are taken along v₁, the eigenvector of λ_max, the direction that
//! SAM's maximum takes: L's rim is at distance r, L̃'s rim at r − ρ, both at the height ½ λ_max r². L̃ has a kink at its
//! minimum; the proof's curvature is the secant 2 (L̃(w̃* + δ) − L̃(w̃*)) / δ², smallest at |δ| = r − ρ. (It is
//! (1 + 2ρ/|δ|) λ_max: the last line of Lemma 7.1.3 loses a factor 2, so the bound holds with room to spare.)

use rand::Rng as _;
use rand_distr::StandardNormal;

use super::card::{Bound, Card, Check, Theorem};
use crate::{
    random,
    toy::{
        error::{ToyError, positive, require},
        perturbed::quadratic_peak,
        surfaces::Quadratic,
    },
};

const THEOREM: Theorem = Theorem {
    name: "Theorem 3.2.1",
    statement: "On a quadratic well of reach r > ρ the perturbed loss keeps its minimum, is shallower by λ_max ρ²/2, and its curvature is at least (1 + ρ/(r − ρ)) λ_max.",
    source: "SAM thesis, section 3.2; proof in 7.1.1",
};

/// Measures L̃ of the well with these eigenvalues, exact in any dimension, and compares.
///
/// # Errors
///
/// [`ToyError::Parameter`] unless all eigenvalues are positive and 0 < ρ < r.
pub fn card(eigenvalues: &[f64], r: f64, rho: f64) -> Result<Card, ToyError> {
    Quadratic::with(eigenvalues)?;
    positive("reach r of the well", r, "a positive, finite number, such as 1")?;
    require(rho > 0.0 && rho < r, "ρ", rho, "a number above 0 and below the reach r")?;
    let top = eigenvalues.iter().copied().fold(0.0, f64::max);
    let steepest = eigenvalues.iter().position(|l| *l == top).unwrap_or(0);
    let dim = eigenvalues.len();
    let along = |x: f64| {
        let mut w = vec![0.0; dim];
        w[steepest] = x;
        quadratic_peak(eigenvalues, &w, rho).value
    };
    let floor = along(0.0);
    let (depth, depth_tilde) = (0.5 * top * r * r, along(r - rho).min(along(rho - r)) - floor);
    let secant = |delta: f64| 2.0 * (along(delta).min(along(-delta)) - floor) / (delta * delta);
    let curvature = (1..=100).map(|k| secant((r - rho) * f64::from(k) / 100.0)).fold(f64::INFINITY, f64::min);
    let checks = vec![
        Check::new(
            "depth lost, ΔL minus that of the perturbed loss",
            depth - depth_tilde,
            Bound::Equals { value: 0.5 * top * rho * rho, tolerance: 1e-6 },
        ),
        Check::new(
            "least secant curvature of the perturbed loss",
            curvature,
            Bound::AtLeast((1.0 + rho / (r - rho)) * top),
        ),
        Check::new(
            "least rise of the perturbed loss around w*",
            lowest_around(eigenvalues, r - rho, rho) - floor,
            Bound::AtLeast(0.0),
        ),
    ];
    let inputs = vec![("D", dim as f64), ("λ_max", top), ("r", r), ("ρ", rho)];
    Ok(Card { theorem: THEOREM, inputs, checks })
}

/// The least L̃ at 500 points in random directions around w*, from near to the rim.
fn lowest_around(eigenvalues: &[f64], reach: f64, rho: f64) -> f64 {
    let mut rng = random::stream(0, "toy sharper");
    (1..=500)
        .map(|k| {
            let mut w: Vec<f64> = eigenvalues.iter().map(|_| rng.sample(StandardNormal)).collect();
            let length = w.iter().map(|x| x * x).sum::<f64>().sqrt();
            w.iter_mut().for_each(|x| *x *= reach * f64::from(k) / (500.0 * length));
            quadratic_peak(eigenvalues, &w, rho).value
        })
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_in_every_dimension_and_radius() {
        for dim in [1, 2, 5, 40] {
            let well = Quadratic::new(dim, 7.0, 50.0).unwrap();
            for rho in [0.01, 0.2, 0.5, 0.9] {
                let card = card(well.eigenvalues(), 1.0, rho).unwrap();
                assert!(card.holds(), "{card:#?}");
                // By hand: ½ λ ρ², and λ (1 + 2ρ/(r − ρ)) at the rim.
                assert!((card.checks[0].measured - 3.5 * rho * rho).abs() < 1e-12);
                let secant = 7.0 * (1.0 + rho) / (1.0 - rho);
                assert!((card.checks[1].measured / secant - 1.0).abs() < 1e-10);
            }
        }
        assert!(card(&[1.0], 1.0, 1.0).is_err() && card(&[1.0, -1.0], 1.0, 0.5).is_err());
    }
}
