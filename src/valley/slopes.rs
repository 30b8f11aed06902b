//! Slopes of a sampled curve.

/// A slope at a place of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slope {
    pub place: f64,
    pub slope: f64,
    /// How far rounding of the values may move it: Σ |weight| · noise · |value|, never exceeded.
    pub noise: f64,
}

/// dL/dℓ at every point of a curve of (ℓ, L), rising in ℓ, whose values are each known to the share `noise`.
///
/// The slope of the parabola through a point and its two neighbours, at the ends through the three points nearest: exact
/// for parabolas, off by O(h²) otherwise. Inside it is the weighted mean of the two difference quotients (for equal steps
/// the central difference), so at a kink it never leaves what lies between them; nothing beyond the ends is looked at.
/// Empty for fewer than three points.
pub(super) fn slopes(curve: &[(f64, f64)], noise: f64) -> Vec<Slope> {
    let Some(last) = curve.len().checked_sub(3) else { return Vec::new() };
    let at = |i: usize| {
        let first = i.saturating_sub(1).min(last);
        let [(a, l), (b, m), (c, r)] = [curve[first], curve[first + 1], curve[first + 2]];
        let t = curve[i].0;
        let left = (2.0 * t - b - c) / ((a - b) * (a - c));
        let middle = (2.0 * t - a - c) / ((b - a) * (b - c));
        let right = (2.0 * t - a - b) / ((c - a) * (c - b));
        Slope {
            place: t,
            // The weights add up to 0: differences lose less than the values.
            slope: left * (l - m) + right * (r - m),
            noise: noise * (left.abs() * l.abs() + middle.abs() * m.abs() + right.abs() * r.abs()),
        }
    };
    (0..curve.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parabolas_are_exact_on_uneven_places_and_noise_is_a_bound() {
        let places = [-1.0, -0.3, 0.0, 0.1, 2.0];
        let curve = places.map(|x| (x, 3.0 * x * x - 2.0 * x + 5.0));
        let clean = slopes(&curve, 1e-3);
        for found in &clean {
            assert!((found.slope - (6.0 * found.place - 2.0)).abs() < 1e-12, "{found:?}");
        }
        // Every combination of signs of a relative error of 1e−3.
        for signs in 0..32 {
            let sign = |i: usize| if signs >> i & 1 == 1 { 1e-3 } else { -1e-3 };
            let moved: Vec<_> = curve.iter().enumerate().map(|(i, p)| (p.0, p.1 * (1.0 + sign(i)))).collect();
            for (a, b) in slopes(&moved, 0.0).iter().zip(&clean) {
                assert!((a.slope - b.slope).abs() <= b.noise * (1.0 + 1e-9));
            }
        }
        assert!(slopes(&curve[..2], 0.0).is_empty());
    }

    #[test]
    fn a_kink_stays_between_its_slopes() {
        let curve: Vec<_> = [-1.0, -0.5, 0.0, 1.0, 1.5].map(|x: f64| (x, x.max(4.0 * x))).into();
        let found = slopes(&curve, 0.0)[2].slope;
        // Weights 1/(0.5 + 1) × (1 × 1 + 0.5 × 4).
        assert!((found - 2.0).abs() < 1e-12, "{found}");
    }
}
