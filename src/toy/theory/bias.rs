//! SAM's minimum moves to the flat side: Theorem 3.3.2 of the SAM thesis.
//!
//! The proof (Lemma 7.1.4) is one-dimensional: it restricts the ball to the line along the asymmetric direction. With the
//! whole disc in the plane the shift along each direction can be smaller; [`plane_card`] measures that case.

use super::card::{Bound, Card, Check, Theorem};
use crate::toy::{
    error::{ToyError, require},
    perturbed::Perturbed,
    surface::Surface,
    surfaces::TwoSided,
};

const THEOREM: Theorem = Theorem {
    name: "Theorem 3.3.2",
    statement: "On an (r, p, c, 0)-asymmetric direction the minimum of the perturbed loss is shifted to the flat side, by at least (c − 1)/(c + 1) ρ and by less than ρ.",
    source: "SAM thesis, section 3.3; proof in 7.1.2",
};

/// The theorem's interval for the shift along an asymmetric direction: [(c − 1)/(c + 1) ρ, ρ).
pub fn interval(c: f64, rho: f64) -> [f64; 2] {
    [(c - 1.0) / (c + 1.0) * rho, rho]
}

/// The theorem on a one-dimensional valley around 0 with its flat side towards positive w, (r, p, c, 0)-asymmetric.
///
/// # Errors
///
/// [`ToyError::Dimension`] unless `valley` has one dimension; [`ToyError::Parameter`] unless c ≥ 1 and 0 < 2ρ ≤ r, so that
/// the balls around the interval stay where the slopes are bounded; [`ToyError::Assumption`] if `valley` breaks the
/// definition.
pub fn line_card(valley: &dyn Surface, p: f64, c: f64, r: f64, rho: f64) -> Result<Card, ToyError> {
    if valley.dim() != 1 {
        return Err(ToyError::Dimension { what: "the theorem's proof", needed: "one dimension", dim: valley.dim() });
    }
    require(c >= 1.0 && c.is_finite(), "ratio c", c, "a finite number, at least 1")?;
    require(rho > 0.0 && 2.0 * rho <= r, "ρ", rho, "a number above 0 and at most half the reach r")?;
    let slope = |x: f64| crate::toy::surface::slope(valley, x);
    let worst = (1..1000).map(|k| r * f64::from(k) / 1000.0).find(|l| {
        // The limits themselves are let through: with them the theorem's bound is attained.
        !(slope(*l) > 0.0 && slope(*l) <= p && slope(-l) <= -c * p)
    });
    if let Some(l) = worst {
        let reason = format!("at distance {l} the slopes are {} and {}", slope(l), slope(-l));
        return Err(ToyError::Assumption { theorem: THEOREM.name, reason });
    }
    let shift = Perturbed::new(valley, rho)?.minimum(&[0.0]).at[0];
    let [low, high] = interval(c, rho);
    // Golden section ends within a few ulps of the kink.
    let bound = Bound::Within { low: low - 1e-9 * rho, high };
    let inputs = vec![("p", p), ("c", c), ("r", r), ("ρ", rho)];
    Ok(Card { theorem: THEOREM, inputs, checks: vec![Check::new("shift of the minimum", shift, bound)] })
}

/// The theorem on two asymmetric directions at once, with the whole disc (Fig. 3.2).
///
/// # Errors
///
/// [`ToyError::Parameter`] unless 0 < 2ρ ≤ r in both directions.
pub fn plane_card(surface: &TwoSided, rho: f64) -> Result<Card, ToyError> {
    let sides = surface.sides();
    let reach = sides[0].r.min(sides[1].r);
    require(rho > 0.0 && 2.0 * rho <= reach, "ρ", rho, "a number above 0 and at most half the reach r")?;
    let bottom = Perturbed::new(surface, rho)?.minimum(&[0.0, 0.0]);
    let mut checks = Vec::new();
    for ((axis, side), shift) in ["w₁", "w₂"].iter().zip(sides).zip(&bottom.at) {
        let [low, high] = interval(side.c, rho);
        checks.push(Check::new(format!("shift along {axis}"), *shift, Bound::Within { low, high }));
    }
    let inputs = vec![("c₁", sides[0].c), ("c₂", sides[1].c), ("ρ", rho)];
    Ok(Card { theorem: THEOREM, inputs, checks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surfaces::{Linex, Side, Valley};

    #[test]
    fn straight_sides_attain_the_lower_end() {
        for c in [1.0, 2.0, 5.0, 20.0] {
            for rho in [0.05, 0.4, 1.0] {
                let valley = Valley::new(0.5, c, 2.0, 0.0).unwrap();
                let card = line_card(&valley, 0.5, c, 2.0, rho).unwrap();
                let low = (c - 1.0) / (c + 1.0) * rho;
                assert!(card.holds() && (card.checks[0].measured - low).abs() < 1e-9, "{card:?}");
            }
        }
    }

    #[test]
    fn a_valley_that_is_less_asymmetric_than_said_is_refused() {
        let valley = Valley::new(0.5, 2.0, 2.0, 0.0).unwrap();
        assert!(matches!(line_card(&valley, 0.5, 3.0, 2.0, 0.5), Err(ToyError::Assumption { .. })));
        let smooth = Valley::new(0.5, 4.0, 2.0, 0.3).unwrap();
        assert!(matches!(line_card(&smooth, 0.5, 4.0, 2.0, 0.5), Err(ToyError::Assumption { .. })));
        assert!(line_card(&valley, 0.5, 2.0, 2.0, 1.5).is_err());
    }

    #[test]
    fn in_the_plane_both_shifts_are_measured() {
        let sides = [Side { p: 0.5, c: 4.0, r: 3.0 }, Side { p: 0.5, c: 2.0, r: 3.0 }];
        for rho in [0.1, 0.3, 0.6, 1.0] {
            let card = plane_card(&TwoSided::new(sides).unwrap(), rho).unwrap();
            assert!(card.holds(), "{card:?}");
        }
    }

    /// It is smooth, so with ζ = 0 it is asymmetric with no c > 1; what the theorem still promises is c = 1.
    #[test]
    fn linex_moves_to_its_flat_side_whichever_it_is() {
        for alpha in [-0.3, 0.3, -2.0] {
            let linex = Linex::new(alpha).unwrap();
            let shift = Perturbed::new(&linex, 0.8).unwrap().minimum(&[0.0]).at[0];
            assert!((shift - linex.perturbed_minimum(0.8)).abs() <= 1e-9, "{alpha} {shift}");
            // The flat side is where α w is negative.
            let [low, high] = interval(1.0, 0.8);
            let towards_flat = -alpha.signum() * shift;
            assert!(low <= towards_flat && towards_flat < high, "{alpha} {shift}");
        }
    }

    #[test]
    fn a_symmetric_direction_stays_within_its_interval() {
        // Slopes between 1 and 2 on both sides: a valley of slope 1 on the right and 2 on the left, c = 2, p = 1.
        let valley = Valley::new(1.0, 2.0, 4.0, 0.0).unwrap();
        let shift = Perturbed::new(&valley, 0.5).unwrap().minimum(&[0.0]).at[0];
        // Along an (r, a, b, 0)-symmetric direction it is at most (b − a)/(a + b) ρ.
        let most = (2.0 - 1.0) / (1.0 + 2.0) * 0.5;
        assert!(-most <= shift && shift <= most + 1e-9, "{shift} {most}");
    }
}
