//! The plane through three checkpoints.
//!
//! "Loss Surfaces, Mode Connectivity, and Fast Ensembling of DNNs" (Garipov, Izmailov, Podoprikhin, Vetrov, Wilson
//! 2018), §3 and Appendix A.1, draws such planes in an orthonormal basis, so that distances in the picture are distances
//! in parameter space. That is the default here, too.

use super::frame::{Frame, FrameError, unit};
use crate::{
    named::named_choice,
    probe::vector::{norm, sum},
};

named_choice! {
    /// The coordinates of a plane through three checkpoints A, B and C; A is at (0, 0) in both.
    Basis as "basis" {
        /// u = (B − A)/‖B − A‖ and v the unit vector of what C − A has beside it: coordinates are distances ‖·‖₂, angles
        /// are true, B lies on the first axis and C above it.
        #[default] Orthonormal = "orthonormal",
        /// u = B − A and v = C − A: B is at (1, 0) and C at (0, 1), whatever their distances and the angle between them.
        Plain = "plain",
    }
}

/// The plane through A, B and C, and where they lie on it.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreePoints {
    frame: Frame,
    places: [[f64; 2]; 3],
}

/// The unit roundoff of f32: a stored parameter is its value within this share.
pub(super) const ROUNDING: f64 = f32::EPSILON as f64 / 2.0;

impl ThreePoints {
    /// The plane through three points of length D.
    ///
    /// # Errors
    /// When the lengths differ, two points are the same, a parameter is not finite, or the three lie on one line as far
    /// as the rounding of their parameters tells.
    pub fn new(a: &[f32], b: &[f32], c: &[f32], basis: Basis) -> Result<ThreePoints, FrameError> {
        let n = a.len();
        if b.len() != n || c.len() != n {
            return Err(FrameError::Lengths { origin: n, u: b.len(), v: c.len() });
        }
        for (x, y, names) in [(a, b, ("A", "B")), (a, c, ("A", "C")), (b, c, ("B", "C"))] {
            if x == y {
                return Err(FrameError::SamePoint(names.0, names.1));
            }
        }
        let ab = |i: usize| f64::from(b[i]) - f64::from(a[i]);
        let ac = |i: usize| f64::from(c[i]) - f64::from(a[i]);
        // C − A without its part along B − A.
        let t = sum(n, |i| ab(i) * ac(i)) / sum(n, |i| ab(i) * ab(i));
        let beside = |i: usize| ac(i) - t * ab(i);
        let (u, _) = unit(n, ab).ok_or(FrameError::NoLength)?;
        let (v, height) =
            unit(n, beside).ok_or(if t.is_finite() { FrameError::OnOneLine } else { FrameError::NoLength })?;
        if height <= ROUNDING * (norm(c) + t.abs() * norm(b) + (1.0 - t).abs() * norm(a)) {
            return Err(FrameError::OnOneLine);
        }
        match basis {
            Basis::Orthonormal => {
                let frame = Frame::new(a.to_vec(), u, v)?;
                let places = [a, b, c].map(|x| frame.project(x)).map(|p| [p.a, p.b]);
                Ok(ThreePoints { frame, places })
            }
            Basis::Plain => {
                let [u, v] = [b, c].map(|x| super::difference(a, x));
                let frame = Frame::new(a.to_vec(), u, v)?;
                Ok(ThreePoints { frame, places: [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]] })
            }
        }
    }

    /// Origin A and the two directions.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Where A, B and C lie.
    pub fn places(&self) -> [[f64; 2]; 3] {
        self.places
    }

    /// The weights of A, B and C whose sum is the point at (x, y); they add up to 1, and are exactly 1, 0, 0 in the
    /// corners. Running statistics are combined with the same weights as the parameters.
    pub fn weights(&self, x: f64, y: f64) -> [f64; 3] {
        let [_, [bx, by], [cx, cy]] = self.places;
        let area = bx * cy - by * cx;
        let s = (x * cy - y * cx) / area;
        let t = (bx * y - by * x) / area;
        [1.0 - s - t, s, t]
    }

    /// The corners' smallest and largest coordinates, widened by `margin` times the larger of the two sides: a window
    /// `[[left, right], [bottom, top]]` that shows all three.
    pub fn window(&self, margin: f64) -> [[f64; 2]; 2] {
        let ends = |side: usize| {
            let values = self.places.map(|p| p[side]);
            (values.into_iter().fold(f64::INFINITY, f64::min), values.into_iter().fold(f64::NEG_INFINITY, f64::max))
        };
        let [x, y] = [ends(0), ends(1)];
        let pad = margin * (x.1 - x.0).max(y.1 - y.0);
        [x, y].map(|(low, high)| [low - pad, high + pad])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::vector::{cosine, distance};

    fn points() -> [Vec<f32>; 3] {
        [0.0, 1.3, 2.9].map(|phase| (0..200).map(|i| (0.37 * i as f32 + phase * (i % 7) as f32).sin()).collect())
    }

    #[test]
    fn orthonormal_coordinates_are_distances() {
        let [a, b, c] = points();
        let plane = ThreePoints::new(&a, &b, &c, Basis::default()).unwrap();
        let [pa, pb, pc] = plane.places();
        let far = |p: [f64; 2], q: [f64; 2]| (p[0] - q[0]).hypot(p[1] - q[1]);
        for (p, q, x, y) in [(pa, pb, &a, &b), (pa, pc, &a, &c), (pb, pc, &b, &c)] {
            assert!((far(p, q) / distance(x, y) - 1.0).abs() < 1e-7, "{p:?} {q:?}");
        }
        assert_eq!(pa, [0.0, 0.0]);
        assert!(pb[1].abs() < 1e-6 && pc[1] > 0.0, "B on the first axis, C above it");
        let frame = plane.frame();
        assert!(frame.norms().iter().all(|n| (n - 1.0).abs() < 1e-7) && frame.cosine().abs() < 1e-7);
        for (x, p) in [(&b, pb), (&c, pc)] {
            let seen = frame.project(x);
            assert!(seen.off_plane < 1e-6 && seen.a == p[0] && seen.b == p[1]);
            assert!(distance(&frame.at(p[0], p[1]), x) < 2e-6);
        }
    }

    #[test]
    fn plain_coordinates_are_the_unit_triangle() {
        let [a, b, c] = points();
        let plane = ThreePoints::new(&a, &b, &c, Basis::Plain).unwrap();
        assert_eq!(plane.places(), [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        let frame = plane.frame();
        assert_eq!(frame.norms(), [norm(frame.u()), norm(frame.v())]);
        assert!((frame.norms()[1] / distance(&a, &c) - 1.0).abs() < 1e-7);
        let seen = frame.project(&c);
        assert!(seen.a.abs() < 1e-7 && (seen.b - 1.0).abs() < 1e-7, "{seen:?}");
        assert_eq!(plane.window(0.5), [[-0.5, 1.5], [-0.5, 1.5]]);
    }

    #[test]
    fn weights_are_exact_in_the_corners_and_agree_with_the_frame() {
        let [a, b, c] = points();
        for basis in [Basis::Orthonormal, Basis::Plain] {
            let plane = ThreePoints::new(&a, &b, &c, basis).unwrap();
            for (k, [x, y]) in plane.places().into_iter().enumerate() {
                let mut corner = [0.0; 3];
                corner[k] = 1.0;
                assert_eq!(plane.weights(x, y), corner);
            }
            let (x, y) = (0.3 * plane.places()[1][0], -0.4 * plane.places()[2][1]);
            let w = plane.weights(x, y);
            let mixed: Vec<f32> = (0..a.len())
                .map(|i| (w[0] * f64::from(a[i]) + w[1] * f64::from(b[i]) + w[2] * f64::from(c[i])) as f32)
                .collect();
            assert!(distance(&mixed, &plane.frame().at(x, y)) < 2e-6);
            assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn three_points_on_a_line_are_refused() {
        let [a, b, c] = points();
        let plane = |a: &[f32], b: &[f32], c: &[f32]| ThreePoints::new(a, b, c, Basis::Orthonormal);
        assert_eq!(plane(&a, &a, &c).unwrap_err(), FrameError::SamePoint("A", "B"));
        assert_eq!(plane(&a, &b, &b).unwrap_err(), FrameError::SamePoint("B", "C"));
        for t in [0.25f32, 0.7, -3.0] {
            let between: Vec<f32> = (0..a.len()).map(|i| a[i] + t * (b[i] - a[i])).collect();
            assert_eq!(plane(&a, &b, &between).unwrap_err(), FrameError::OnOneLine, "{t}");
        }
        // A deviation well above the rounding of the parameters is a plane, however thin.
        let mut near: Vec<f32> = (0..a.len()).map(|i| a[i] + 0.5 * (b[i] - a[i])).collect();
        near[3] += 1e-4;
        let thin = plane(&a, &b, &near).unwrap();
        assert!((thin.places()[2][1] - 1e-4).abs() < 2e-6, "{:?}", thin.places());
        let mut e = vec![0.0; a.len()];
        e[3] = 1.0;
        // v is what e has beside u: cos² = 1 − u₃².
        let u3 = f64::from(thin.frame().u()[3]);
        let found = cosine(thin.frame().v(), &e);
        assert!((found - (1.0 - u3 * u3).sqrt()).abs() < 1e-3, "{found}");
        let bad = vec![f32::NAN; a.len()];
        assert_eq!(plane(&a, &b, &bad).unwrap_err(), FrameError::NoLength);
        assert!(matches!(plane(&a, &b, &c[1..]), Err(FrameError::Lengths { .. })));
    }
}
