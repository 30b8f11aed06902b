//! How the two walls of a valley rise, at the same reach from its lowest point.
//!
//! One-sided slopes at a solution that is not quite a minimum mostly tell the gradient there. About the lowest point of
//! the line the gradient is gone, and what is left of a difference between the sides is the valley's asymmetry.

/// The rises to both sides of a curve's lowest point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// α of the lowest point.
    pub minimum: f64,
    /// |Δα| at which both rises are taken.
    pub reach: f64,
    /// L(minimum − reach) − L(minimum), never negative.
    pub left: f64,
    /// L(minimum + reach) − L(minimum), never negative.
    pub right: f64,
}

impl Sides {
    /// The sides of a curve of (α, loss) that rises in α, at the reach that takes in both α = 0 and α = 1; between points
    /// the curve is straight.
    ///
    /// `None` when the lowest point is at an edge of the curve, when the curve does not reach far enough to both sides, or
    /// when a loss in that range is not finite.
    pub fn of(curve: &[(f64, f64)]) -> Option<Sides> {
        let lowest = curve.iter().enumerate().filter(|(_, p)| p.1.is_finite()).min_by(|p, q| p.1.1.total_cmp(&q.1.1));
        let (index, &(minimum, loss)) = lowest?;
        if index == 0 || index + 1 == curve.len() {
            return None;
        }
        let reach = minimum.abs().max((1.0 - minimum).abs());
        let (from, to) = (at(curve, minimum - reach)?, at(curve, minimum + reach)?);
        let inside = |alpha: f64| (alpha - minimum).abs() <= reach;
        if curve.iter().any(|p| inside(p.0) && !p.1.is_finite()) {
            return None;
        }
        Some(Sides { minimum, reach, left: from - loss, right: to - loss })
    }

    /// The rise on the left over the rise on the right: above 1, the right side is the flat one.
    pub fn ratio(&self) -> f64 {
        self.left / self.right
    }
}

/// Places that differ by less are the same: they are computed.
const SAME: f64 = 1e-9;

/// The curve at `alpha`, straight between its points.
fn at(curve: &[(f64, f64)], alpha: f64) -> Option<f64> {
    if let Some(p) = curve.iter().find(|p| (p.0 - alpha).abs() <= SAME) {
        return Some(p.1);
    }
    let after = curve.partition_point(|p| p.0 < alpha);
    let [p, q] = curve.get(after.checked_sub(1)?..=after)? else { return None };
    let share = (alpha - p.0) / (q.0 - p.0);
    Some((1.0 - share) * p.1 + share * q.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(loss: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (-20..=30).map(|k| f64::from(k) / 10.0).map(|a| (a, loss(a))).collect()
    }

    #[test]
    fn a_parabola_has_equal_sides_wherever_it_lies() {
        for minimum in [-0.3, 0.0, 0.4, 0.9] {
            let sides = Sides::of(&curve(|a| 2.0 + 3.0 * (a - minimum) * (a - minimum))).unwrap();
            let reach = f64::max(minimum.abs(), 1.0 - minimum);
            assert!((sides.minimum - minimum).abs() < 1e-12 && (sides.reach - reach).abs() < 1e-12);
            assert!((sides.left - 3.0 * reach * reach).abs() < 1e-9 && (sides.ratio() - 1.0).abs() < 1e-9, "{sides:?}");
        }
    }

    #[test]
    fn the_steep_side_is_told() {
        // Slope 5 to the left of 0.2 and 1 to the right: at reach 0.8, rises of 4 and 0.8.
        let steep_left = |a: f64| if a < 0.2 { 5.0 * (0.2 - a) } else { a - 0.2 };
        let sides = Sides::of(&curve(steep_left)).unwrap();
        assert!((sides.left - 4.0).abs() < 1e-9 && (sides.right - 0.8).abs() < 1e-9);
        assert!((sides.ratio() - 5.0).abs() < 1e-9);
        // Seen from the other end, the same valley has the inverse.
        let turned = Sides::of(&curve(|a| steep_left(1.0 - a))).unwrap();
        assert!((turned.ratio() - 0.2).abs() < 1e-9);
    }

    #[test]
    fn between_points_the_curve_is_straight() {
        let coarse: Vec<_> = [-1.0, 0.0, 0.25, 1.0, 1.75].map(|a: f64| (a, (a - 0.25).abs())).to_vec();
        // The reach is 0.75: −0.5 lies in the middle of −1 and 0.
        let sides = Sides::of(&coarse).unwrap();
        assert_eq!((sides.reach, sides.left, sides.right), (0.75, 0.75, 0.75));
    }

    #[test]
    fn what_does_not_reach_or_is_not_finite_is_none() {
        assert!(Sides::of(&curve(|a| a)).is_none(), "lowest at the edge");
        assert!(Sides::of(&[]).is_none());
        let short: Vec<_> = curve(|a| (a - 0.1).powi(2)).into_iter().filter(|p| p.0 > -0.5).collect();
        assert!(Sides::of(&short).is_none(), "the left side ends before −0.8");
        let broken = curve(|a| if (a - 0.5).abs() < 0.01 { f64::NAN } else { (a - 0.1).powi(2) });
        assert!(Sides::of(&broken).is_none());
        let far = curve(|a| if a > 2.5 { f64::INFINITY } else { (a - 0.1).powi(2) });
        assert!(Sides::of(&far).is_some(), "what is beyond the reach does not matter");
    }
}
