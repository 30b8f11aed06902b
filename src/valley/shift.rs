//! How far the test loss is shifted against the training loss along a direction.
//!
//! "On the Understanding of Sharpness-Aware Minimization and its Application" (Park 2022), Def. 2.3.2: the (δ, R)-shift
//! gap at w is ξ_δ(w) = max over v ∈ B(R) of |L′(w + v + δ) − L̂(w + v)|, where L′ = L − min L + min L̂ takes the height
//! between the two away. (The thesis prints L̂′ there, which is L̂ itself.) Here δ and v lie along one direction.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::curve::{Curve, extremes};

/// The shift that brings the test loss closest to the training loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// δ with the smallest gap: the test loss at ℓ + δ resembles the training loss at ℓ. In the curves' own unit.
    pub delta: f64,
    /// ξ_δ there.
    pub gap: f64,
    /// ξ_0, without a shift.
    pub unshifted_gap: f64,
    /// min L − min L̂ over the curves, which was taken away: the height of the test loss above the training loss.
    pub height: f64,
    /// R, the largest |v|.
    pub radius: f64,
    /// The δ that were tried, limited by how far the test curve was measured.
    pub tried: [f64; 2],
    /// Whether δ lies at the end of what was tried: a better one may lie beyond.
    pub at_end: bool,
}

impl Shift {
    /// The test curve (ℓ, L) as it is compared: (ℓ − δ, L − height) within R.
    pub fn laid_over(&self, test: &[(f64, f64)]) -> Vec<[f64; 2]> {
        let moved = test.iter().map(|(l, loss)| [l - self.delta, loss - self.height]);
        moved.filter(|p| p[0].abs() <= self.radius * (1.0 + 1e-9)).collect()
    }
}

/// Curves that cannot be compared.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ShiftError {
    #[error("R = {0} is no radius; give a finite number above 0")]
    Radius(f64),
    #[error("the {curve} curve has {found} points; measure at least 3")]
    TooFew { curve: &'static str, found: usize },
    #[error("the {curve} loss at ℓ = {at} is not finite; compare the curves on a smaller range")]
    NotFinite { curve: &'static str, at: f64 },
    #[error("the {curve} curve has two points at ℓ = {at}, or a place that is no number; measure every place once")]
    Places { curve: &'static str, at: f64 },
    #[error("the {curve} curve goes from {from} to {to}, which leaves out a part of −R … R; measure it on {reach} or more either side, or give a smaller R", reach = radius)]
    Reach { curve: &'static str, from: f64, to: f64, radius: f64 },
}

/// Places on the first scan over δ.
const SCAN: usize = 400;

/// The best shift between a training and a test loss curve, each points (ℓ, L) in any order, over |v| ≤ `radius`.
///
/// Between the points both are cubics with the points' slopes; the largest difference over v is exact for these. δ is
/// found by a scan over all that the test curve allows and a search around the best, to about 1e−8 of the range; of
/// equally good ones the one nearest to 0 on the scan.
///
/// # Errors
/// When a curve is too short, does not cover −R … R, has a place twice or a loss that is not finite.
pub fn best_shift(train: &[(f64, f64)], test: &[(f64, f64)], radius: f64) -> Result<Shift, ShiftError> {
    if !(radius > 0.0 && radius.is_finite()) {
        return Err(ShiftError::Radius(radius));
    }
    let (train, test) = (curve("training", train, radius)?, curve("test", test, radius)?);
    let height = test.min() - train.min();
    let gap = |delta: f64| gap(&train, &test, radius, delta, height);
    let (from, to) = test.span();
    let (low, high) = ((from + radius).min(0.0), (to - radius).max(0.0));
    let step = (high - low) / SCAN as f64;
    // 0 is tried, too: the gap found is never larger than the one without a shift.
    let scan = (0..=SCAN).map(|i| low + step * i as f64).chain([0.0]);
    let better = |a: &(f64, f64), b: &(f64, f64)| a.1.total_cmp(&b.1).then(a.0.abs().total_cmp(&b.0.abs()));
    let mut tried: Vec<_> = scan.map(|d| (d, gap(d))).collect();
    tried.sort_by(better);
    // The gap can have several valleys; the best one may not hold the best place of the scan.
    for (start, _) in tried.clone().into_iter().take(5) {
        tried.push(search(&gap, (start - step).max(low), (start + step).min(high)));
    }
    let (delta, best) = tried.into_iter().min_by(better).unwrap_or((0.0, f64::NAN));
    let at_end = high > low && (delta - low).min(high - delta) < 1e-6 * (high - low);
    Ok(Shift { delta, gap: best, unshifted_gap: gap(0.0), height, radius, tried: [low, high], at_end })
}

fn curve(name: &'static str, points: &[(f64, f64)], radius: f64) -> Result<Curve, ShiftError> {
    let mut points = points.to_vec();
    points.sort_by(|p, q| p.0.total_cmp(&q.0));
    if let Some(p) = points.iter().find(|p| !p.0.is_finite()) {
        return Err(ShiftError::Places { curve: name, at: p.0 });
    }
    if let Some(two) = points.windows(2).find(|w| w[0].0 == w[1].0) {
        return Err(ShiftError::Places { curve: name, at: two[0].0 });
    }
    if let Some(p) = points.iter().find(|p| !p.1.is_finite()) {
        return Err(ShiftError::NotFinite { curve: name, at: p.0 });
    }
    let curve = Curve::of(&points).ok_or(ShiftError::TooFew { curve: name, found: points.len() })?;
    let (from, to) = curve.span();
    let slack = 1e-9 * radius;
    if from > -radius + slack || to < radius - slack {
        return Err(ShiftError::Reach { curve: name, from, to, radius });
    }
    Ok(curve)
}

/// ξ_δ: the largest |L(v + δ) − height − L̂(v)| for |v| ≤ R. Between neighbouring places of either curve the difference
/// is one cubic.
fn gap(train: &Curve, test: &Curve, radius: f64, delta: f64, height: f64) -> f64 {
    let inside = |v: &f64| v.abs() < radius;
    let mut places: Vec<f64> = train.places().chain(test.places().map(|p| p - delta)).filter(inside).collect();
    places.extend([-radius, radius]);
    places.sort_by(f64::total_cmp);
    let mut gap = 0.0f64;
    for ends in places.windows(2) {
        let (a, b) = (ends[0], ends[1]);
        let middle = f64::midpoint(a, b);
        let (l, t) = (train.piece(middle, a), test.piece(middle + delta, a + delta));
        let (low, high) = extremes([t[0] - l[0] - height, t[1] - l[1], t[2] - l[2], t[3] - l[3]], b - a);
        gap = gap.max(low.abs()).max(high.abs());
    }
    gap
}

/// Golden-section search for a minimum of f between a and b; where it is and its value.
fn search(f: &impl Fn(f64) -> f64, mut a: f64, mut b: f64) -> (f64, f64) {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let (mut c, mut d) = (b - ratio * (b - a), a + ratio * (b - a));
    let (mut at_c, mut at_d) = (f(c), f(d));
    for _ in 0..40 {
        if at_c <= at_d {
            (b, d, at_d) = (d, c, at_c);
            c = b - ratio * (b - a);
            at_c = f(c);
        } else {
            (a, c, at_c) = (c, d, at_d);
            d = a + ratio * (b - a);
            at_d = f(d);
        }
    }
    if at_c <= at_d { (c, at_c) } else { (d, at_d) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(points: usize, reach: f64, f: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..points).map(|i| reach * (2.0 * i as f64 / (points - 1) as f64 - 1.0)).map(|x| (x, f(x))).collect()
    }

    #[test]
    fn a_shifted_curve_is_found_with_its_height() {
        // Def. 2.3.2's own example: ξ_δ = 0 when L is L̂ moved by δ and lifted.
        let train = |x: f64| 1.5 * x * x + 0.2;
        for shift in [-0.713, 0.0, 0.05, 0.4] {
            let test = |x: f64| train(x - shift) + 0.35;
            let found = best_shift(&sampled(21, 1.0, train), &sampled(33, 2.0, test), 1.0).unwrap();
            assert!((found.delta - shift).abs() < 1e-6 && found.gap < 1e-5 && !found.at_end, "{found:?}");
            assert!((found.height - 0.35).abs() < 1e-12 && found.tried == [-1.0, 1.0]);
            // Without a shift: |1.5 (v − s)² − 1.5 v²| is largest at the far end, 1.5 (s² + 2 |s|).
            let unshifted = 1.5 * (shift * shift + 2.0 * shift.abs());
            assert!((found.unshifted_gap - unshifted).abs() < 1e-9, "{found:?}");
            let over = found.laid_over(&sampled(33, 2.0, test));
            assert!(over.len() > 12 && over.iter().all(|p| (p[1] - train(p[0])).abs() < 1e-4), "{over:?}");
        }
        // LINEX, not a polynomial: as good as the interpolation, h³.
        let linex = |x: f64| (-1.2 * x).exp() + 1.2 * x;
        let found = best_shift(&sampled(41, 2.0, linex), &sampled(61, 3.0, |x| linex(x - 0.317)), 2.0).unwrap();
        assert!((found.delta - 0.317).abs() < 1e-3 && found.gap < 5e-3 && found.unshifted_gap > 1.0, "{found:?}");
    }

    #[test]
    fn a_shifted_and_scaled_parabola_keeps_the_difference_of_its_ends() {
        // a v² against b (v − s)²: the best δ is s, and what is left is |b − a| R² at both ends.
        for (a, b, s) in [(1.0, 3.0, 0.3), (2.0, 0.5, -0.6), (1.0, 1.1, 0.9)] {
            let (train, test) = (sampled(17, 1.5, |x| a * x * x), sampled(41, 3.0, |x| b * (x - s) * (x - s) + 0.1));
            let found = best_shift(&train, &test, 1.5).unwrap();
            assert!((found.delta - s).abs() < 1e-6, "{found:?}");
            assert!((found.gap - (b - a).abs() * 2.25).abs() < 1e-5, "{found:?}");
        }
    }

    #[test]
    fn a_shift_beyond_what_was_measured_is_said() {
        let (train, test) = (sampled(17, 1.0, |x| x * x), sampled(41, 1.5, |x| (x - 0.9) * (x - 0.9)));
        let found = best_shift(&train, &test, 1.0).unwrap();
        assert!(found.at_end && (found.delta - 0.5).abs() < 1e-6 && found.tried == [-0.5, 0.5], "{found:?}");
        // Nothing beyond R was measured: nothing is shifted, and nothing is at an end.
        let same = best_shift(&train, &train, 1.0).unwrap();
        assert_eq!((same.delta, same.gap, same.at_end), (0.0, 0.0, false));
    }

    #[test]
    fn curves_that_cannot_be_compared_say_why() {
        let good = sampled(9, 1.0, |x| x * x);
        let with = |i: usize, p: (f64, f64)| {
            let mut points = good.clone();
            points[i] = p;
            points
        };
        assert!(matches!(best_shift(&good, &good, f64::NAN), Err(ShiftError::Radius(_))));
        assert!(matches!(best_shift(&good[..2], &good, 0.5), Err(ShiftError::TooFew { curve: "training", found: 2 })));
        let nan = with(3, (-0.25, f64::NAN));
        assert_eq!(best_shift(&good, &nan, 0.5), Err(ShiftError::NotFinite { curve: "test", at: -0.25 }));
        assert!(matches!(best_shift(&good, &with(3, (0.0, 1.0)), 0.5), Err(ShiftError::Places { at: 0.0, .. })));
        assert!(matches!(best_shift(&good, &with(3, (f64::NAN, 1.0)), 0.5), Err(ShiftError::Places { .. })));
        let short = best_shift(&good, &good, 1.5).unwrap_err();
        assert!(short.to_string().contains("training") && short.to_string().contains("1.5"), "{short}");
        let mut turned = good.clone();
        turned.reverse();
        assert_eq!(best_shift(&good, &good, 0.5), best_shift(&turned, &good, 0.5));
    }
}
