//! Minimising a function of the plane that has kinks: cutting planes through the centre of gravity.
//!
//! A subgradient g at a point says that no lower point v of a convex function has g·(v − w) > 0. Starting with a square,
//! the polygon of what is left is cut through its centroid, which takes away at least 37 % of its area every time, however
//! narrow the valley. The search is repeated around the best point in smaller squares, with a look at eight points
//! around, so that it also descends where the function is not convex over the whole square.

/// The lowest point found from `start` with first steps of about `reach`, and the value there. `f` gives value and
/// subgradient. Ends when squares of half-width `least` bring nothing.
pub(super) fn descend(
    start: [f64; 2],
    reach: f64,
    least: f64,
    f: impl Fn([f64; 2]) -> (f64, [f64; 2]),
) -> ([f64; 2], f64) {
    const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;
    let mut best = (start, f(start).0);
    let (mut half, mut turned) = (reach, 0.0);
    // 1e-12 a round is what a smooth function still gives after the minimum has been reached.
    while half > least {
        let mut found = within(best.0, half, least, &f);
        for k in 0..8 {
            let angle = turned + std::f64::consts::TAU * f64::from(k) / 8.0;
            let at = [best.0[0] + half * angle.cos(), best.0[1] + half * angle.sin()];
            let value = f(at).0;
            if value < found.1 {
                found = (at, value);
            }
        }
        turned += GOLDEN_ANGLE;
        let better = best.1 - found.1;
        if better > 0.0 {
            best = found;
        }
        // Less than this is rounding, not descent.
        let descends = better > 1e-12 * best.1.abs();
        if !descends {
            half *= 0.1;
        }
    }
    best
}

/// The lowest centroid met while cutting a square of half-width `half` around `centre`.
fn within(centre: [f64; 2], half: f64, least: f64, f: &impl Fn([f64; 2]) -> (f64, [f64; 2])) -> ([f64; 2], f64) {
    // The first centroid is the square's corner of gravity moved a little: its centre has been looked at already.
    let [x, y] = centre;
    let mut left: Vec<[f64; 2]> =
        [[-1.0, -0.9], [0.9, -1.0], [1.0, 0.9], [-0.9, 1.0]].map(|[a, b]| [x + half * a, y + half * b]).to_vec();
    let mut best = (centre, f64::INFINITY);
    for _ in 0..160 {
        let (middle, width) = centroid(&left);
        if left.len() < 3 || width <= 0.1 * least {
            break;
        }
        let (value, slope) = f(middle);
        if value < best.1 {
            best = (middle, value);
        }
        if value.is_nan() || slope == [0.0; 2] {
            break;
        }
        left = keep(&left, middle, slope);
    }
    best
}

/// Centre of gravity and largest extent along an axis.
fn centroid(polygon: &[[f64; 2]]) -> ([f64; 2], f64) {
    let Some(&origin) = polygon.first() else { return ([f64::NAN; 2], 0.0) };
    let (mut area, mut sum, mut width) = (0.0, [0.0; 2], 0.0f64);
    for (k, a) in polygon.iter().enumerate() {
        let b = polygon[(k + 1) % polygon.len()];
        // Relative to a corner, so that a small polygon far from 0 keeps its digits.
        let (a, b) = ([a[0] - origin[0], a[1] - origin[1]], [b[0] - origin[0], b[1] - origin[1]]);
        let cross = a[0] * b[1] - b[0] * a[1];
        area += cross;
        sum = [sum[0] + cross * (a[0] + b[0]), sum[1] + cross * (a[1] + b[1])];
        width = width.max(a[0].abs()).max(a[1].abs());
    }
    if area.abs() < f64::MIN_POSITIVE {
        return (origin, 0.0);
    }
    ([origin[0] + sum[0] / (3.0 * area), origin[1] + sum[1] / (3.0 * area)], width)
}

/// The part of a convex polygon where slope · (v − at) ≤ 0.
fn keep(polygon: &[[f64; 2]], at: [f64; 2], slope: [f64; 2]) -> Vec<[f64; 2]> {
    let side = |v: [f64; 2]| slope[0] * (v[0] - at[0]) + slope[1] * (v[1] - at[1]);
    let mut out = Vec::with_capacity(polygon.len() + 1);
    for (k, &a) in polygon.iter().enumerate() {
        let b = polygon[(k + 1) % polygon.len()];
        let (s, t) = (side(a), side(b));
        if s <= 0.0 {
            out.push(a);
        }
        if (s < 0.0 && t > 0.0) || (s > 0.0 && t < 0.0) {
            let share = s / (s - t);
            out.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_tilted_crease_is_followed_to_its_end() {
        // 1000 |3x − y| + |x + y − 0.4|: minimum 0 at (0.1, 0.3), with a valley that no grid sees.
        let f = |[x, y]: [f64; 2]| {
            let (a, b) = (3.0 * x - y, x + y - 0.4);
            let (s, t) = (1000.0 * a.signum(), b.signum());
            (1000.0 * a.abs() + b.abs(), [3.0 * s + t, t - s])
        };
        let (at, value) = descend([0.9, -0.8], 0.5, 1e-10, f);
        assert!((at[0] - 0.1).abs() < 1e-8 && (at[1] - 0.3).abs() < 1e-8, "{at:?} {value}");
    }

    #[test]
    fn smooth_and_curved_valleys_too() {
        let rosenbrock = |[x, y]: [f64; 2]| {
            let off = y - x * x;
            ((1.0 - x).powi(2) + 100.0 * off * off, [-2.0 * (1.0 - x) - 400.0 * x * off, 200.0 * off])
        };
        let (at, value) = descend([-1.2, 1.0], 0.5, 1e-10, rosenbrock);
        assert!(value < 1e-10 && (at[0] - 1.0).abs() < 1e-4, "{at:?} {value}");
        let flat = descend([0.3, 0.4], 0.5, 1e-6, |_| (2.0, [0.0; 2]));
        assert_eq!(flat, ([0.3, 0.4], 2.0));
        assert!(descend([0.0, 0.0], 0.5, 1e-6, |_| (f64::NAN, [f64::NAN; 2])).1.is_nan());
    }
}
