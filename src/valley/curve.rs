//! A sampled curve as a function that is smooth between its points.

use super::slopes::slopes;

/// Cubics through the points of a curve, with the points' own slopes: exact for parabolas, off by O(h³) otherwise, and
/// local, so that a kink is felt by its neighbours only.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// (place, value, slope), rising; at least three.
    nodes: Vec<(f64, f64, f64)>,
}

/// A cubic in t, from the constant upwards.
pub(super) type Cubic = [f64; 4];

impl Curve {
    /// The curve through points that rise and are finite; `None` for fewer than three.
    pub fn of(points: &[(f64, f64)]) -> Option<Curve> {
        let nodes: Vec<_> = points.iter().zip(slopes(points, 0.0)).map(|(p, s)| (p.0, p.1, s.slope)).collect();
        (!nodes.is_empty()).then_some(Curve { nodes })
    }

    /// The first and the last place.
    pub fn span(&self) -> (f64, f64) {
        (self.nodes[0].0, self.nodes[self.nodes.len() - 1].0)
    }

    /// The places of its points.
    pub fn places(&self) -> impl Iterator<Item = f64> + '_ {
        self.nodes.iter().map(|n| n.0)
    }

    /// The cubic of t = x − `origin` that is the curve around `inside`; beyond the ends the last one goes on.
    pub fn piece(&self, inside: f64, origin: f64) -> Cubic {
        let i = self.nodes.partition_point(|n| n.0 <= inside).clamp(1, self.nodes.len() - 1);
        let ((a, l, g), (b, r, h)) = (self.nodes[i - 1], self.nodes[i]);
        let width = b - a;
        let quotient = (r - l) / width;
        // In s = x − a: l + g s + c s² + d s³.
        let c = (3.0 * quotient - 2.0 * g - h) / width;
        let d = (g + h - 2.0 * quotient) / (width * width);
        let s = origin - a;
        [l + s * (g + s * (c + s * d)), g + s * (2.0 * c + 3.0 * s * d), c + 3.0 * s * d, d]
    }

    /// The smallest value anywhere on the curve.
    pub fn min(&self) -> f64 {
        let pieces = self.nodes.windows(2).map(|w| {
            let (a, b) = (w[0].0, w[1].0);
            extremes(self.piece(f64::midpoint(a, b), a), b - a).0
        });
        pieces.fold(f64::INFINITY, f64::min)
    }
}

/// The smallest and the largest value of a cubic for 0 ≤ t ≤ `width`.
pub(super) fn extremes(cubic: Cubic, width: f64) -> (f64, f64) {
    let [k, g, c, d] = cubic;
    let value = |t: f64| k + t * (g + t * (c + t * d));
    let mut found = (k.min(value(width)), k.max(value(width)));
    // Roots of g + 2 c t + 3 d t², in the form that does not cancel.
    let q = -(c + c.signum() * (c * c - 3.0 * d * g).sqrt());
    for t in [q / (3.0 * d), g / q] {
        // Also false for NaN: no root.
        if t > 0.0 && t < width {
            found = (found.0.min(value(t)), found.1.max(value(t)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parabolas_are_met_exactly_with_their_bottom_between_points() {
        let f = |x: f64| 2.0 * (x - 0.37) * (x - 0.37) - 1.0;
        let curve = Curve::of(&[-1.0, -0.2, 0.1, 0.9, 1.0].map(|x| (x, f(x)))).unwrap();
        assert!((curve.min() + 1.0).abs() < 1e-12 && curve.span() == (-1.0, 1.0));
        for x in [-1.0, -0.5, 0.1, 0.3, 0.99] {
            assert!((curve.piece(x, x)[0] - f(x)).abs() < 1e-12);
            // Around another origin: the same function.
            let [k, g, c, d] = curve.piece(x, x - 0.4);
            assert!((k + 0.4 * g + 0.16 * c + 0.064 * d - f(x)).abs() < 1e-12);
        }
        assert!(Curve::of(&[(0.0, 1.0), (1.0, 1.0)]).is_none());
    }

    #[test]
    fn extremes_of_cubics_are_those_of_a_fine_scan() {
        for cubic in [
            [1.0, -1.0, 0.0, 1.0],
            [0.0, 1.0, -3.0, 2.0],
            [0.0, 0.0, 1.0, 0.0],
            [2.0, -1.0, 1.0, 0.0],
            [5.0; 4],
            [1.0, 0.0, 0.0, 0.0],
            [0.0, -1.0, 0.0, 3.0],
        ] {
            let (low, high) = extremes(cubic, 1.3);
            let scan = (0..=100_000).map(|i| 1.3e-5 * f64::from(i));
            let values: Vec<f64> = scan.map(|t| cubic[0] + t * (cubic[1] + t * (cubic[2] + t * cubic[3]))).collect();
            assert!((values.iter().copied().fold(f64::INFINITY, f64::min) - low).abs() < 1e-8, "{cubic:?}");
            assert!((values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - high).abs() < 1e-8, "{cubic:?}");
        }
    }
}
