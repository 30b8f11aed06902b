//! The parabola through the losses of a slice.

use super::record::{SLICE_POINTS, SliceRecord};

/// The parabola L₀ + s α + κ α²/2 that is nearest to the ten losses of a slice, by least squares. Where the loss along the
/// step is a parabola it is that one; where it is not, it is what one looks like from the whole step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parabola {
    /// L₀, its value at θ_t.
    pub start: f64,
    /// s, its slope in α at θ_t: gᵀu of the training loss along the step u.
    pub slope: f64,
    /// κ, its second derivative in α: uᵀHu.
    pub curvature: f64,
}

const _: () = assert!(SLICE_POINTS == 10, "the coefficients are those of ten points");

/// z = 2k − 9 = 18α − 9 at the ten points.
const LINE: [f64; SLICE_POINTS] = [-9.0, -7.0, -5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 7.0, 9.0];
/// (z² − 33)/8, whose sum over the points is 0, as is that of its products with z: the second of the orthogonal polynomials
/// on ten points (R. A. Fisher and F. Yates, Statistical Tables, 1938, Table XXIII).
const BOW: [f64; SLICE_POINTS] = [6.0, 2.0, -1.0, -3.0, -4.0, -4.0, -3.0, -1.0, 2.0, 6.0];
/// Σ z² and Σ ((z² − 33)/8)².
const SQUARES: [f64; 2] = [330.0, 132.0];

impl Parabola {
    /// The parabola of a slice; not a number in all its parts when one of the losses is not finite.
    pub fn of(slice: &SliceRecord) -> Parabola {
        let first = slice.loss[0];
        if !slice.loss.iter().all(|loss| loss.is_finite()) {
            return Parabola { start: f64::NAN, slope: f64::NAN, curvature: f64::NAN };
        }
        // Losses that differ little from each other keep their digits when they are taken from the first.
        let onto = |polynomial: &[f64; SLICE_POINTS], squares: f64| {
            polynomial.iter().zip(&slice.loss).map(|(p, loss)| p * (loss - first)).sum::<f64>() / squares
        };
        let mean = slice.loss.iter().map(|loss| loss - first).sum::<f64>() / SLICE_POINTS as f64;
        let [line, bow] = [onto(&LINE, SQUARES[0]), onto(&BOW, SQUARES[1])];
        // mean + line z + bow (z² − 33)/8, at z = −9, and its derivatives by α with dz/dα = 18.
        Parabola {
            start: first + (mean - 9.0 * line + 6.0 * bow),
            slope: 18.0 * line - 40.5 * bow,
            curvature: 81.0 * bow,
        }
    }

    /// Where the step ends on the parabola, in units that do not depend on the problem: −1 is where it began, 0 the floor,
    /// 1 beyond the floor as high as where it began (α of Schneider, Dangel and Hennig, Cockpit, 2021, §3). With the
    /// floor at α = −s/κ that is −κ/s − 1.
    ///
    /// A parabola that is level or bent downwards has no floor ahead and gives −1, as there. Below −1 the floor lies behind
    /// θ_t: the step leads up from its beginning. A step that begins in the floor ends infinitely far beyond it.
    pub fn place(&self) -> f64 {
        match (self.curvature, self.slope) {
            (curvature, _) if curvature <= 0.0 => -1.0,
            (curvature, slope) if curvature > 0.0 && slope == 0.0 => f64::INFINITY,
            (curvature, slope) => -curvature / slope - 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    use super::*;
    use crate::probe::slice_alpha;

    fn slice(f: impl Fn(f64) -> f64) -> SliceRecord {
        SliceRecord { t: 0, loss: std::array::from_fn(|k| f(slice_alpha(k))) }
    }

    #[test]
    fn a_quadratic_is_found_exactly() {
        for (start, slope, curvature) in [(1.0, -2.0, 3.0), (0.0, 0.0, 0.0), (5.0, 1.5, -7.0), (-3.0, 1e-3, 40.0)] {
            let p = Parabola::of(&slice(|a| start + slope * a + curvature * a * a / 2.0));
            for (found, exact) in [(p.start, start), (p.slope, slope), (p.curvature, curvature)] {
                assert!((found - exact).abs() < 1e-12, "{p:?}");
            }
        }
        // Far above zero the differences of the losses still tell it.
        let p = Parabola::of(&slice(|a| 1e6 - 2.0 * a + 3.0 * a * a / 2.0));
        assert!((p.slope + 2.0).abs() < 1e-7 && (p.curvature - 3.0).abs() < 1e-7, "{p:?}");
    }

    #[test]
    fn the_place_is_that_of_the_end_between_the_start_and_its_mirror() {
        // (α − floor)², whatever its steepness and height.
        for steepness in [1e-3, 1.0, 50.0] {
            let place = |floor: f64| Parabola::of(&slice(|a| 0.25 + steepness * (a - floor) * (a - floor))).place();
            for (floor, expected) in [(1.0, 0.0), (0.5, 1.0), (0.25, 3.0), (2.0, -0.5), (100.0, -0.99)] {
                assert!((place(floor) - expected).abs() < 1e-9, "floor at {floor}: {}", place(floor));
            }
            assert!((place(-1.0) + 2.0).abs() < 1e-9, "the floor lies behind: {}", place(-1.0));
        }
        let of = |slope, curvature| Parabola { start: 0.0, slope, curvature }.place();
        assert_eq!([of(-1.0, 0.0), of(-1.0, -2.0), of(1.0, -2.0), of(0.0, 0.0)], [-1.0; 4], "no floor ahead");
        assert_eq!([of(0.0, 2.0), of(-0.0, 2.0)], [f64::INFINITY; 2]);
        assert_eq!(of(-1.0, 1.0), 0.0);
        assert_eq!(Parabola::of(&slice(|_| 0.7)).place(), -1.0, "no step, or a level loss");
    }

    #[test]
    fn what_is_not_finite_has_no_parabola() {
        for k in 0..SLICE_POINTS {
            for lost in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut s = slice(|a| a);
                s.loss[k] = lost;
                let p = Parabola::of(&s);
                assert!(p.start.is_nan() && p.slope.is_nan() && p.curvature.is_nan() && p.place().is_nan());
            }
        }
    }

    proptest! {
        /// The normal equations of the Vandermonde matrix, solved by QR.
        #[test]
        fn it_is_the_least_squares_solution(losses in prop::array::uniform10(-10.0..10.0f64)) {
            let vandermonde = DMatrix::from_fn(SLICE_POINTS, 3, |k, power| slice_alpha(k).powi(power as i32));
            let qr = vandermonde.qr();
            let right = qr.q().transpose() * DVector::from_row_slice(&losses);
            let solved = qr.r().solve_upper_triangular(&right).unwrap();
            let p = Parabola::of(&SliceRecord { t: 0, loss: losses });
            prop_assert!((p.start - solved[0]).abs() < 1e-10, "{:?}, {}", p, solved);
            prop_assert!((p.slope - solved[1]).abs() < 1e-9, "{:?}, {}", p, solved);
            prop_assert!((p.curvature - 2.0 * solved[2]).abs() < 1e-9, "{:?}, {}", p, solved);
        }
    }
}
