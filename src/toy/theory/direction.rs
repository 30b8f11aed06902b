//! Is a direction asymmetric? Definition 2.3.1 of the SAM thesis (Definition 1 of Asymmetric Valleys), on exact slopes.

use rand::Rng as _;
use rand_distr::StandardNormal;

use crate::{
    random,
    toy::{
        error::{ToyError, not_negative, require},
        matrix::{dot, norm},
        surface::{Surface, gradient},
        walker::check_point,
    },
};

/// Slopes are taken at this many distances from ζ to r, ends included.
const DISTANCES: usize = 200;

/// A direction that is (r, p, c, ζ)-asymmetric for the measured p and c.
#[derive(Clone, Debug, PartialEq)]
pub struct Asymmetric {
    /// The unit vector u towards the flat side.
    pub towards_flat: Vec<f64>,
    /// The largest slope on the flat side.
    pub p: f64,
    /// The smallest slope on the sharp side over p; at least 1.
    pub c: f64,
}

/// Measures the direction `u` (any length but 0) at `w` over distances from `zeta` to `r`: the p and the c ≥ 1 with which
/// it is asymmetric, towards one side or the other, or `None` if it is not.
///
/// For a convex surface this is exact; else slopes between the 200 distances are not looked at.
///
/// # Errors
///
/// [`ToyError::Point`] or [`ToyError::NotFinite`] for `w` or `u`; [`ToyError::Parameter`] unless 0 ≤ ζ < r and u ≠ 0.
pub fn asymmetry(
    surface: &dyn Surface,
    w: &[f64],
    u: &[f64],
    zeta: f64,
    r: f64,
) -> Result<Option<Asymmetric>, ToyError> {
    check_point("point", surface, w)?;
    check_point("direction", surface, u)?;
    not_negative("ζ", zeta, "0 or a positive number below r")?;
    require(r > zeta && r.is_finite(), "reach r", r, "a finite number above ζ")?;
    let length = norm(u);
    require(length > 0.0, "length of the direction", length, "a direction that is not zero")?;
    let unit: Vec<f64> = u.iter().map(|x| x / length).collect();
    // Slopes away from w, on the side of u and on the other.
    let (mut plus, mut minus) = ([f64::INFINITY, f64::NEG_INFINITY], [f64::INFINITY, f64::NEG_INFINITY]);
    for k in 0..DISTANCES {
        let l = zeta + (r - zeta) * k as f64 / (DISTANCES - 1) as f64;
        for (sign, range) in [(1.0, &mut plus), (-1.0, &mut minus)] {
            let at: Vec<f64> = w.iter().zip(&unit).map(|(w, u)| w + sign * l * u).collect();
            let slope = sign * dot(&gradient(surface, &at), &unit);
            if slope.is_nan() {
                return Ok(None);
            }
            *range = [range[0].min(slope), range[1].max(slope)];
        }
    }
    let side = |flat: [f64; 2], sharp: [f64; 2], sign: f64| {
        (flat[0] > 0.0 && sharp[0] >= flat[1]).then(|| Asymmetric {
            towards_flat: unit.iter().map(|x| sign * x).collect(),
            p: flat[1],
            c: sharp[0] / flat[1],
        })
    };
    Ok(side(plus, minus, 1.0).or_else(|| side(minus, plus, -1.0)))
}

/// Of `count` random directions at `w` (standard normal, as they must be: uniform ones from [0, 1] all point into one
/// quadrant), those that are asymmetric with a ratio of at least `c`.
///
/// # Errors
///
/// As [`asymmetry`].
pub fn random_directions(
    surface: &dyn Surface,
    w: &[f64],
    [zeta, r]: [f64; 2],
    c: f64,
    count: u64,
    seed: u64,
) -> Result<Vec<Asymmetric>, ToyError> {
    let mut rng = random::stream(seed, "toy directions");
    let mut found = Vec::new();
    for _ in 0..count {
        let u: Vec<f64> = w.iter().map(|_| rng.sample(StandardNormal)).collect();
        found.extend(asymmetry(surface, w, &u, zeta, r)?.filter(|a| a.c >= c));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surfaces::{Linex, Logistic, Quadratic, Valley};

    #[test]
    fn a_valley_has_its_own_constants_from_either_end() {
        let valley = Valley::new(0.5, 4.0, 2.0, 0.2).unwrap();
        for u in [3.0, -0.1] {
            let found = asymmetry(&valley, &[0.0], &[u], 0.2, 1.9).unwrap().unwrap();
            assert_eq!((found.towards_flat, found.p, found.c), (vec![1.0], 0.5, 4.0));
        }
        // Past the wall at r it is symmetric again, and so not asymmetric with any c ≥ 1 over that range.
        assert_eq!(asymmetry(&valley, &[0.0], &[1.0], 0.2, 2.5).unwrap().unwrap().c, 1.0);
        assert_eq!(asymmetry(&valley, &[1.0], &[1.0], 0.2, 0.5).unwrap(), None);
    }

    #[test]
    fn linex_has_the_c_of_its_slopes() {
        // |L′(−ζ)| / L′(r) with L′ = α (e^{αw} − 1).
        let found = asymmetry(&Linex::new(-0.3).unwrap(), &[0.0], &[1.0], 2.0, 3.0).unwrap().unwrap();
        let exact = 0.6f64.exp_m1() / (1.0 - (-0.9f64).exp());
        assert!((found.c - exact).abs() < 1e-14 && found.towards_flat == [1.0]);
        // Without ζ no smooth valley is asymmetric: its slopes vanish at the minimum.
        assert_eq!(asymmetry(&Linex::new(-0.3).unwrap(), &[0.0], &[1.0], 0.0, 3.0).unwrap(), None);
    }

    #[test]
    fn a_quadratic_has_no_asymmetric_direction_and_a_logistic_loss_has() {
        let well = Quadratic::with(&[3.0, 1.0]).unwrap();
        assert!(random_directions(&well, &[0.0, 0.0], [0.5, 1.0], 1.0, 100, 1).unwrap().is_empty());
        let mut share = 0;
        for run in 0..20 {
            let logistic = Logistic::draw(20, 1, run).unwrap();
            if let Some(w) = logistic.minimiser() {
                share += random_directions(&logistic, &w, [1.5, 2.0], 1.2, 50, run).unwrap().len();
            }
        }
        assert!(share > 50, "{share}");
        assert!(asymmetry(&well, &[0.0, 0.0], &[0.0, 0.0], 0.1, 1.0).is_err());
        assert!(asymmetry(&well, &[0.0, 0.0], &[1.0, 0.0], 1.0, 1.0).is_err());
    }
}
