//! A plane in parameter space: an origin and two directions.

use thiserror::Error;

use super::direction::Directions;
use crate::{
    net::ParamLayout,
    probe::vector::{dot, sum},
};

/// The plane θ(a, b) = origin + a u + b v. The directions need neither have length 1 nor be orthogonal: coordinates are
/// always taken with the directions as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    origin: Vec<f32>,
    u: Vec<f32>,
    v: Vec<f32>,
    /// u·u, u·v, v·v.
    gram: [f64; 3],
}

/// A point seen from a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// Coordinate along u, in lengths of u.
    pub a: f64,
    /// Coordinate along v, in lengths of v.
    pub b: f64,
    /// ‖θ − (origin + a u + b v)‖₂, the distance from the plane, in parameter space.
    pub off_plane: f64,
}

/// Points or directions that span no plane.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum FrameError {
    #[error(
        "the directions of a plane have {u} and {v} parameters and its origin {origin}; take them from one network"
    )]
    Lengths { origin: usize, u: usize, v: usize },
    #[error("a direction of the plane is zero or not finite; the parameters it was made from may be so, look at them")]
    NoLength,
    #[error("the two directions of the plane are parallel; choose other directions, or draw a line instead")]
    Parallel,
    #[error("{0} and {1} are the same point; a plane needs three points that do not lie on one line")]
    SamePoint(&'static str, &'static str),
    #[error("A, B and C lie on one line as far as their rounding tells; draw the line from A to B instead")]
    OnOneLine,
}

/// 1 − cos² of the angle below which two directions count as parallel: they are then the same within single precision.
const PARALLEL: f64 = 1e-12;

impl Frame {
    /// A plane through `origin` along `u` and `v`, all of length D.
    ///
    /// # Errors
    /// When the lengths differ, or a direction is zero, not finite or parallel to the other.
    pub fn new(origin: Vec<f32>, u: Vec<f32>, v: Vec<f32>) -> Result<Frame, FrameError> {
        if u.len() != origin.len() || v.len() != origin.len() {
            return Err(FrameError::Lengths { origin: origin.len(), u: u.len(), v: v.len() });
        }
        let gram @ [uu, uv, vv] = [dot(&u, &u), dot(&u, &v), dot(&v, &v)];
        if !(uu > 0.0 && vv > 0.0 && uu.is_finite() && vv.is_finite()) {
            return Err(FrameError::NoLength);
        }
        if 1.0 - (uv / uu) * (uv / vv) < PARALLEL {
            return Err(FrameError::Parallel);
        }
        Ok(Frame { origin, u, v, gram })
    }

    /// The plane through `theta` along random directions 0 and 1.
    ///
    /// # Errors
    /// When a direction is zero (a network of zeros) or not finite.
    ///
    /// # Panics
    /// When `theta` is shorter than the layout.
    pub fn random(theta: &[f32], layout: &ParamLayout, directions: &Directions) -> Result<Frame, FrameError> {
        let [u, v] = [0, 1].map(|index| directions.draw(theta, layout, index));
        Frame::new(theta.to_vec(), u, v)
    }

    /// θ(0, 0).
    pub fn origin(&self) -> &[f32] {
        &self.origin
    }

    /// The direction of the first coordinate.
    pub fn u(&self) -> &[f32] {
        &self.u
    }

    /// The direction of the second coordinate.
    pub fn v(&self) -> &[f32] {
        &self.v
    }

    /// ‖u‖ and ‖v‖: what a coordinate of 1 is worth in parameter space.
    pub fn norms(&self) -> [f64; 2] {
        [self.gram[0].sqrt(), self.gram[2].sqrt()]
    }

    /// cos(u, v).
    pub fn cosine(&self) -> f64 {
        self.gram[1] / (self.gram[0].sqrt() * self.gram[2].sqrt())
    }

    /// origin + a u + b v, summed in f64 and rounded once; the origin itself, to the bit, at (0, 0).
    pub fn at(&self, a: f64, b: f64) -> Vec<f32> {
        if a == 0.0 && b == 0.0 {
            return self.origin.clone();
        }
        let at = |i: usize| f64::from(self.origin[i]) + a * f64::from(self.u[i]) + b * f64::from(self.v[i]);
        (0..self.origin.len()).map(|i| at(i) as f32).collect()
    }

    /// The nearest point of the plane to `theta` (least squares with the actual directions) and the distance to it.
    ///
    /// The distance is taken of the remaining vector, not as √(‖d‖² − …), which would lose it to cancellation.
    ///
    /// # Panics
    /// When `theta` is shorter than D.
    pub fn project(&self, theta: &[f32]) -> Projection {
        let n = self.origin.len();
        let d = |i: usize| f64::from(theta[i]) - f64::from(self.origin[i]);
        let du = sum(n, |i| d(i) * f64::from(self.u[i]));
        let dv = sum(n, |i| d(i) * f64::from(self.v[i]));
        // Normal equations in units of the directions, which may differ in length by orders of magnitude.
        let [uu, uv, vv] = self.gram;
        let (p, q) = (du / uu, dv / vv);
        let (r, s) = (uv / uu, uv / vv);
        let determinant = 1.0 - r * s;
        let (a, b) = ((p - r * q) / determinant, (q - s * p) / determinant);
        let rest = |i: usize| d(i) - a * f64::from(self.u[i]) - b * f64::from(self.v[i]);
        let off_plane = sum(n, |i| rest(i) * rest(i)).sqrt();
        Projection { a, b, off_plane }
    }
}

/// x / ‖x‖ of a vector given by its coordinates, and ‖x‖; `None` when it has no length.
pub(super) fn unit(n: usize, x: impl Fn(usize) -> f64) -> Option<(Vec<f32>, f64)> {
    let norm = sum(n, |i| x(i) * x(i)).sqrt();
    (norm > 0.0 && norm.is_finite()).then(|| ((0..n).map(|i| (x(i) / norm) as f32).collect(), norm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::ParamKind,
        probe::vector::{distance, norm},
    };

    fn wave(n: usize, phase: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.7 + phase).sin()).collect()
    }

    #[test]
    fn a_point_of_the_plane_has_its_own_coordinates() {
        // Lengths far apart and far from orthogonal.
        let u: Vec<f32> = wave(50, 0.0).iter().map(|x| 1000.0 * x).collect();
        let v: Vec<f32> = wave(50, 0.3).iter().map(|x| 0.01 * x).collect();
        let frame = Frame::new(wave(50, 2.0), u, v).unwrap();
        assert!(frame.cosine() > 0.9);
        for (a, b) in [(0.0, 0.0), (1.0, 0.0), (0.001, 20.0), (-0.002, 300.0)] {
            let theta = frame.at(a, b);
            let p = frame.project(&theta);
            // What rounding to f32 may have moved, and what that is worth along each direction.
            let rounding = norm(&theta) * 6e-8;
            let sine = (1.0 - frame.cosine().powi(2)).sqrt();
            let [along_u, along_v] = frame.norms().map(|n| rounding / (n * sine));
            assert!((p.a - a).abs() <= along_u && (p.b - b).abs() <= along_v, "{a} {b}: {p:?}");
            assert!(p.off_plane <= rounding, "{p:?}");
        }
        assert_eq!(frame.at(0.0, -0.0), frame.origin());
    }

    #[test]
    fn coordinates_are_those_of_the_normal_equations() {
        // By hand: d = (1, 2, 3), u = (2, 0, 0), v = (1, 1, 0): b = 2, a = −1/2, and 3 is left.
        let frame = Frame::new(vec![1.0; 3], vec![2.0, 0.0, 0.0], vec![1.0, 1.0, 0.0]).unwrap();
        assert_eq!(frame.project(&[2.0, 3.0, 4.0]), Projection { a: -0.5, b: 2.0, off_plane: 3.0 });
        assert_eq!((frame.norms(), frame.cosine()), ([2.0, 2f64.sqrt()], 1.0 / 2f64.sqrt()));
    }

    #[test]
    fn a_small_distance_from_the_plane_survives_a_large_one_within() {
        let mut theta = vec![1000.0f32, 1000.0, 0.0, 0.0];
        theta[2] = 1e-5;
        let frame = Frame::new(vec![0.0; 4], vec![1.0, 0.0, 0.0, 0.0], vec![0.0, 1.0, 0.0, 0.0]).unwrap();
        // √(‖d‖² − a² − b²) would give 0: 1e-10 is lost beside 2e6.
        assert_eq!(frame.project(&theta).off_plane, f64::from(1e-5f32));
    }

    #[test]
    fn a_random_plane_is_centred_and_normalised() {
        let mut layout = ParamLayout::default();
        layout.push("w".into(), vec![20, 30], ParamKind::Weight);
        layout.push("b".into(), vec![20], ParamKind::Bias);
        let theta = wave(layout.len(), 0.5);
        let frame = Frame::random(&theta, &layout, &Directions::default()).unwrap();
        assert_eq!(frame.at(0.0, 0.0), theta);
        for n in frame.norms() {
            assert!((n / norm(&theta[..600]) - 1.0).abs() < 1e-6);
        }
        // A coordinate of 1 lies one norm of the direction away.
        assert!((distance(&frame.at(1.0, 0.0), &theta) / frame.norms()[0] - 1.0).abs() < 1e-6);
        assert!(frame.cosine().abs() < 5.0 / 600f64.sqrt());
        let zeros = vec![0.0; layout.len()];
        assert_eq!(Frame::random(&zeros, &layout, &Directions::default()).unwrap_err(), FrameError::NoLength);
    }

    #[test]
    fn what_spans_no_plane() {
        let error = |u: [f32; 3], v: [f32; 3]| Frame::new(vec![0.0; 3], u.into(), v.into()).unwrap_err();
        assert_eq!(error([1.0, 2.0, 3.0], [-2.0, -4.0, -6.0]), FrameError::Parallel);
        assert_eq!(error([1.0, 2.0, f32::NAN], [1.0, 0.0, 0.0]), FrameError::NoLength);
        assert_eq!(error([0.0; 3], [1.0, 0.0, 0.0]), FrameError::NoLength);
        let lengths = Frame::new(vec![0.0; 3], vec![1.0; 3], vec![1.0; 2]).unwrap_err();
        assert_eq!(lengths, FrameError::Lengths { origin: 3, u: 3, v: 2 });
    }
}
