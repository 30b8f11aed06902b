//! What a measured line says about its two ends.
//!
//! Only points whose loss is finite count; how many do not is told beside the numbers. What could not be measured is
//! `None`; what was measured and is not a number is `NaN`.

use serde::{Deserialize, Serialize};

use super::line::LinePoint;
use crate::probe::json::{finite_or_name, finite_or_name_option};

/// The numbers of a line from A (α = 0) to B (α = 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineSummary {
    /// ‖θ_B − θ_A‖₂ over the trainable parameters.
    #[serde(with = "finite_or_name")]
    pub distance: f64,
    /// cos(∇L(θ_A), ∇L(θ_B)) of the full training loss, when it was measured.
    #[serde(with = "finite_or_name_option")]
    pub gradient_cosine: Option<f64>,
    /// The training loss.
    pub train: CurveSummary,
    /// The test loss, when it was measured.
    pub test: Option<CurveSummary>,
    /// Where the two have their minima; `None` unless both were measured beyond their lowest points on both sides.
    #[serde(default)]
    pub shift: Option<MinimumShift>,
}

/// Where the training and the test loss have their minima on the line ([`CurveSummary::minimum`]), and how far these are
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinimumShift {
    /// α of the minimum of the training loss.
    pub train: f64,
    /// α of the minimum of the test loss.
    pub test: f64,
    /// test − train: positive when the test minimum lies towards B.
    pub alpha: f64,
    /// The same as a distance in parameter space.
    #[serde(with = "finite_or_name")]
    pub distance: f64,
}

/// The numbers of one loss curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveSummary {
    /// L(0); `None` when α = 0 was not measured.
    #[serde(with = "finite_or_name_option")]
    pub at_a: Option<f64>,
    /// L(1).
    #[serde(with = "finite_or_name_option")]
    pub at_b: Option<f64>,
    /// `None` unless both ends were measured and are finite.
    pub barrier: Option<LineBarrier>,
    /// The lowest point, anywhere on the line; `None` when no point is finite.
    pub lowest: Option<Lowest>,
    /// α of the minimum, that of the parabola through the lowest point and its two neighbours; `None` when the lowest point
    /// is at the end of what was measured, or beside what is not finite. No further from the lowest point than half-way to
    /// the next.
    #[serde(default)]
    pub minimum: Option<f64>,
    /// One-sided slopes at A; `None` when it was not measured.
    pub slopes_a: Option<EndSlopes>,
    /// One-sided slopes at B.
    pub slopes_b: Option<EndSlopes>,
    /// Points of the curve.
    pub points: usize,
    /// Points whose loss is not finite.
    pub not_finite: usize,
    /// How many of them lie in 0 ≤ α ≤ 1: with any, the true barrier is higher than the one told.
    pub not_finite_between: usize,
}

/// How far the loss between the ends rises; over the finite measured points with 0 ≤ α ≤ 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineBarrier {
    /// max of L(α) − ((1 − α) L(0) + α L(1)), the height above the straight line between the ends; at least 0, since the
    /// ends count (Garipov et al. 2018; Frankle, Dziugaite, Roy, Carbin 2020 measure it so).
    #[serde(with = "finite_or_name")]
    pub above_chord: f64,
    /// max of L(α) − max(L(0), L(1)), at least 0.
    #[serde(with = "finite_or_name")]
    pub above_higher_end: f64,
    /// Where the loss is highest above the chord; 0 without a barrier.
    pub alpha: f64,
}

/// The lowest finite point; of equal ones the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lowest {
    pub alpha: f64,
    pub loss: f64,
}

/// A one-sided difference quotient, positive where the loss rises with α.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slope {
    /// ΔL / Δα.
    #[serde(with = "finite_or_name")]
    pub per_alpha: f64,
    /// ΔL / (Δα ‖θ_B − θ_A‖), per unit of distance in parameter space.
    #[serde(with = "finite_or_name")]
    pub per_distance: f64,
}

/// A side of a point on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Towards smaller α.
    Left,
    /// Towards larger α.
    Right,
}

/// Slopes to the left and to the right of a point.
///
/// Both are taken over the same `radius`, the smallest |Δα| that was measured on both sides: on a parabola the side that
/// is sampled more finely would otherwise look flatter. Where there is no such pair, each is taken over the nearest point
/// of its side, and no side is called flatter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndSlopes {
    pub left: Option<Slope>,
    pub right: Option<Slope>,
    /// |Δα| of both slopes, when it is the same.
    pub radius: Option<f64>,
    /// The side with the smaller |slope|; `None` when they are equal, not finite or not comparable.
    pub flatter: Option<Side>,
}

impl LineSummary {
    /// The summary of points that rise in α. The distance and the cosine are the caller's: they need the parameters.
    pub fn of(points: &[LinePoint], distance: f64, gradient_cosine: Option<f64>) -> LineSummary {
        let train: Vec<_> = points.iter().map(|p| (p.alpha, p.measured.train.loss)).collect();
        let test: Vec<_> = points.iter().filter_map(|p| p.measured.test.map(|t| (p.alpha, t.loss))).collect();
        let train = CurveSummary::of(&train, distance);
        let test = (!test.is_empty()).then(|| CurveSummary::of(&test, distance));
        let shift = train.minimum.zip(test.and_then(|t| t.minimum)).map(|(train, test)| {
            let alpha = test - train;
            MinimumShift { train, test, alpha, distance: alpha * distance }
        });
        LineSummary { distance, gradient_cosine, train, test, shift }
    }
}

/// See [`CurveSummary::minimum`].
fn minimum(curve: &[(f64, f64)]) -> Option<f64> {
    let finite = curve.iter().enumerate().filter(|(_, p)| p.1.is_finite());
    let (i, &(b, low)) = finite.min_by(|(_, p), (_, q)| p.1.total_cmp(&q.1))?;
    let ((a, left), (c, right)) = (*curve.get(i.checked_sub(1)?)?, *curve.get(i + 1)?);
    let (up, down) = ((b - a) * (right - low), (c - b) * (left - low));
    let bend = up + down;
    if !bend.is_finite() {
        return None;
    }
    // Level on both sides: the lowest point itself.
    Some(if bend > 0.0 { b + 0.5 * ((c - b) * down - (b - a) * up) / bend } else { b })
}

impl CurveSummary {
    /// The summary of a curve of (α, loss), rising in α.
    pub fn of(curve: &[(f64, f64)], distance: f64) -> CurveSummary {
        let at = |alpha: f64| curve.iter().find(|p| p.0 == alpha).map(|p| p.1);
        let slopes = |alpha: f64| at(alpha).map(|loss| EndSlopes::of(curve, (alpha, loss), distance));
        let between = |p: &&(f64, f64)| (0.0..=1.0).contains(&p.0);
        let lost = |p: &&(f64, f64)| !p.1.is_finite();
        let lowest = curve.iter().filter(|p| p.1.is_finite()).min_by(|p, q| p.1.total_cmp(&q.1));
        CurveSummary {
            at_a: at(0.0),
            at_b: at(1.0),
            barrier: LineBarrier::of(curve, at(0.0), at(1.0)),
            lowest: lowest.map(|&(alpha, loss)| Lowest { alpha, loss }),
            minimum: minimum(curve),
            slopes_a: slopes(0.0),
            slopes_b: slopes(1.0),
            points: curve.len(),
            not_finite: curve.iter().filter(lost).count(),
            not_finite_between: curve.iter().filter(between).filter(lost).count(),
        }
    }
}

impl LineBarrier {
    fn of(curve: &[(f64, f64)], a: Option<f64>, b: Option<f64>) -> Option<LineBarrier> {
        let [a, b] = [a, b].map(|l| l.filter(|l| l.is_finite()));
        let (a, b) = (a?, b?);
        let mut barrier = LineBarrier { above_chord: 0.0, above_higher_end: 0.0, alpha: 0.0 };
        for &(alpha, loss) in curve.iter().filter(|p| (0.0..=1.0).contains(&p.0) && p.1.is_finite()) {
            let above = loss - ((1.0 - alpha) * a + alpha * b);
            if above > barrier.above_chord {
                (barrier.above_chord, barrier.alpha) = (above, alpha);
            }
            barrier.above_higher_end = barrier.above_higher_end.max(loss - a.max(b));
        }
        Some(barrier)
    }
}

/// Two |Δα| that differ by less than this share are the same: places are rounded.
const SAME: f64 = 1e-9;

impl EndSlopes {
    fn of(curve: &[(f64, f64)], (alpha, loss): (f64, f64), distance: f64) -> EndSlopes {
        let place = curve.partition_point(|p| p.0 < alpha);
        // Nearest first.
        let left: Vec<_> = curve[..place].iter().rev().collect();
        let right: Vec<_> = curve.iter().skip(place + 1).collect();
        let is_pair = |l: f64, r: f64| ((alpha - l) - (r - alpha)).abs() <= SAME * (r - l);
        let pair = left.iter().find_map(|l| right.iter().find(|r| is_pair(l.0, r.0)).map(|r| (**l, **r)));
        let slope = |p: (f64, f64)| {
            let per_alpha = (p.1 - loss) / (p.0 - alpha);
            Slope { per_alpha, per_distance: per_alpha / distance }
        };
        let Some((l, r)) = pair else {
            let nearest = |side: &[&(f64, f64)]| side.first().map(|p| slope(**p));
            return EndSlopes { left: nearest(&left), right: nearest(&right), radius: None, flatter: None };
        };
        let (l, r, radius) = (slope(l), slope(r), r.0 - alpha);
        let flatter = match l.per_alpha.abs().partial_cmp(&r.per_alpha.abs()) {
            Some(std::cmp::Ordering::Less) => Some(Side::Left),
            Some(std::cmp::Ordering::Greater) => Some(Side::Right),
            _ => None,
        };
        EndSlopes { left: Some(l), right: Some(r), radius: Some(radius), flatter }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{probe::Evaluation, survey::Measured};

    fn curve(alphas: &[f64], loss: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        alphas.iter().map(|a| (*a, loss(*a))).collect()
    }

    fn tenths() -> Vec<f64> {
        (-5..=15).map(|k| f64::from(k) / 10.0).collect()
    }

    #[test]
    fn a_hill_between_the_ends() {
        // L = α + 4 α (1 − α): 1 above the chord at 1/2; the maximum over tenths is at 0.6: 0.6 + 0.96 − 1.
        let s = CurveSummary::of(&curve(&tenths(), |a| a + 4.0 * a * (1.0 - a)), 2.0);
        let barrier = s.barrier.unwrap();
        assert_eq!((s.at_a, s.at_b, barrier.alpha), (Some(0.0), Some(1.0), 0.5));
        assert!((barrier.above_chord - 1.0).abs() < 1e-15 && (barrier.above_higher_end - 0.56).abs() < 1e-15);
        assert_eq!((s.points, s.not_finite), (21, 0));
        // Outside of 0 ≤ α ≤ 1 it falls to 1.5 − 3: no barrier there, but the lowest point.
        assert_eq!(s.lowest, Some(Lowest { alpha: -0.5, loss: -3.5 }));
    }

    #[test]
    fn a_valley_has_no_barrier_and_slopes_of_its_definition() {
        // L = (α − 0.2)², λ = 2: at A the quotients over h are (0.2 − … ) by hand: left −0.4 − h, right −0.4 + h.
        let s = CurveSummary::of(&curve(&tenths(), |a| (a - 0.2) * (a - 0.2)), 4.0);
        let barrier = s.barrier.unwrap();
        assert_eq!((barrier.above_chord, barrier.above_higher_end, barrier.alpha), (0.0, 0.0, 0.0));
        let a = s.slopes_a.unwrap();
        let (left, right) = (a.left.unwrap(), a.right.unwrap());
        assert!((left.per_alpha + 0.5).abs() < 1e-14 && (right.per_alpha + 0.3).abs() < 1e-14);
        assert!((left.per_distance + 0.125).abs() < 1e-14 && (right.per_distance + 0.075).abs() < 1e-14);
        assert_eq!((a.flatter, a.radius), (Some(Side::Right), Some(0.1)));
        // At B: 2 (1 − 0.2) ∓ h.
        let b = s.slopes_b.unwrap();
        assert!((b.left.unwrap().per_alpha - 1.5).abs() < 1e-14 && (b.right.unwrap().per_alpha - 1.7).abs() < 1e-13);
        assert_eq!(b.flatter, Some(Side::Left));
        assert_eq!(s.lowest.unwrap().alpha, 0.2);
    }

    #[test]
    fn a_finer_side_is_not_called_flatter() {
        // A parabola around B, with points in between on the left only.
        let alphas = [0.0, 0.5, 0.75, 0.875, 1.0, 1.5, 2.0];
        let s = CurveSummary::of(&curve(&alphas, |a| (a - 1.0) * (a - 1.0)), 1.0);
        let b = s.slopes_b.unwrap();
        assert_eq!((b.radius, b.flatter), (Some(0.5), None), "both sides over 1/2, and equal");
        assert_eq!((b.left.unwrap().per_alpha, b.right.unwrap().per_alpha), (-0.5, 0.5));
        // Three times as steep on the right.
        let steep = CurveSummary::of(&curve(&alphas, |a| (a - 1.0) * if a > 1.0 { 3.0 } else { -1.0 }), 1.0);
        assert_eq!(steep.slopes_b.unwrap().flatter, Some(Side::Left));
        // No common radius: nearest points, and no verdict.
        let odd = CurveSummary::of(&curve(&[0.0, 0.9, 1.0, 1.25], |a| (a - 1.0) * (a - 1.0)), 1.0).slopes_b.unwrap();
        assert!((odd.left.unwrap().per_alpha + 0.1).abs() < 1e-15 && odd.right.unwrap().per_alpha == 0.25);
        assert_eq!((odd.radius, odd.flatter), (None, None));
        // A line that ends at B has no right side.
        let edge = CurveSummary::of(&curve(&[0.0, 0.5, 1.0], |a| a), 1.0).slopes_b.unwrap();
        assert_eq!((edge.left.unwrap().per_alpha, edge.right), (1.0, None));
    }

    #[test]
    fn the_shift_lies_between_the_minima() {
        let summary = |alphas: &[f64], train: &dyn Fn(f64) -> f64, test: &dyn Fn(f64) -> f64| {
            let points = alphas.iter().map(|alpha| LinePoint {
                alpha: *alpha,
                measured: Measured {
                    train: Evaluation { loss: train(*alpha), error: 0.0 },
                    test: Some(Evaluation { loss: test(*alpha), error: 0.0 }),
                },
            });
            LineSummary::of(&points.collect::<Vec<_>>(), 4.0, None).shift
        };
        let parabola = |at: f64| move |a: f64| 1.0 + 3.0 * (a - at) * (a - at);
        let uneven = [-0.5, -0.1, 0.0, 0.35, 0.4, 0.9, 1.0, 1.5];
        for alphas in [&tenths()[..], &uneven] {
            let s = summary(alphas, &parabola(0.32), &parabola(0.47)).unwrap();
            assert!((s.train - 0.32).abs() < 1e-14 && (s.test - 0.47).abs() < 1e-14, "{s:?}");
            assert!((s.alpha - 0.15).abs() < 1e-14 && (s.distance - 0.6).abs() < 1e-13);
        }
        // A kink half-way between two points: as close as the points are.
        let kink = summary(&tenths(), &|a| (a - 0.63).abs(), &|a| (a - 0.18).abs()).unwrap();
        assert!((kink.train - 0.63).abs() < 0.05 && (kink.test - 0.18).abs() < 0.05 && kink.alpha < 0.0);
        // A minimum at the end of what was measured, or beside what is not finite, is none.
        assert_eq!(summary(&tenths(), &|a| a, &parabola(0.5)), None);
        assert_eq!(CurveSummary::of(&curve(&tenths(), |a| a), 1.0).minimum, None);
        let hole = |a: f64| if a > 0.55 { f64::NAN } else { (a - 0.5) * (a - 0.5) };
        assert_eq!(summary(&tenths(), &hole, &parabola(0.5)), None);
        let level = summary(&[0.0, 0.5, 1.0], &|_| 1.0, &parabola(0.5));
        assert_eq!(level, None, "the first of equals is at the end");
    }

    #[test]
    fn what_is_not_finite_is_counted_and_what_is_missing_is_none() {
        let hole = |a: f64| if (0.35..0.45).contains(&a) { f64::NAN } else { 1.0 + (0.1 - (a - 0.5).abs()).max(0.0) };
        let s = CurveSummary::of(&curve(&tenths(), hole), 1.0);
        assert_eq!((s.not_finite, s.not_finite_between, s.barrier.unwrap().alpha), (1, 1, 0.5));
        let outside = CurveSummary::of(&curve(&tenths(), |a| if a > 1.25 { f64::INFINITY } else { 1.0 }), 1.0);
        assert_eq!((outside.not_finite, outside.not_finite_between), (3, 0));
        let end = CurveSummary::of(&curve(&tenths(), |a| if a == 1.0 { f64::NAN } else { a }), 1.0);
        assert!(end.at_b.unwrap().is_nan() && end.barrier.is_none());
        let slopes = end.slopes_b.unwrap();
        assert!(slopes.left.unwrap().per_alpha.is_nan() && slopes.flatter.is_none());
        let inside = CurveSummary::of(&curve(&[0.25, 0.5], |a| a), 1.0);
        assert_eq!((inside.at_a, inside.barrier, inside.slopes_a), (None, None, None));
        let nothing = CurveSummary::of(&curve(&[0.0, 1.0], |_| f64::NAN), 1.0);
        assert_eq!((nothing.lowest, nothing.not_finite), (None, 2));
    }

    #[test]
    fn a_summary_survives_json() {
        let point = |alpha: f64, loss: f64, test: f64| LinePoint {
            alpha,
            measured: Measured {
                train: Evaluation { loss, error: 0.0 },
                test: Some(Evaluation { loss: test, error: 0.0 }),
            },
        };
        let points = [point(0.0, 1.0, 2.0), point(0.5, 3.0, 5.0), point(1.0, 1.5, f64::INFINITY)];
        let s = LineSummary::of(&points, 2.5, Some(-0.25));
        assert_eq!(s.train.barrier.unwrap().above_chord, 1.75);
        let test = s.test.unwrap();
        assert_eq!((test.barrier, test.at_b, test.lowest.unwrap().alpha), (None, Some(f64::INFINITY), 0.0));
        let json = serde_json::to_string(&s).unwrap();
        assert_eq!(serde_json::from_str::<LineSummary>(&json).unwrap(), s);
        let alone: Vec<_> =
            points.map(|p| LinePoint { measured: Measured { test: None, ..p.measured }, ..p }).into_iter().collect();
        assert_eq!(LineSummary::of(&alone, 2.5, None).test, None);
    }

    /// PyTorch's curves and the barriers computed from them there.
    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn barriers_of_the_reference_slices() {
        let shared = std::path::PathBuf::from(std::env::var_os("VALLEYSCOPE_SHARED").unwrap());
        let text = std::fs::read_to_string(shared.join("fixtures/expected.json")).unwrap();
        let all: serde_json::Value = serde_json::from_str(&text).unwrap();
        let places = [
            ("mlp", "eval/slice"),
            ("lenet", "eval/slice"),
            ("lenet", "eval/slice_a_to_c"),
            ("resnet8", "eval/slice"),
            ("resnet8", "train/slice"),
            ("resnet8", "eval/slice_bn_recomputed/one_batch"),
        ];
        for (net, place) in places {
            let slice = &all["archs"][net]["results"].pointer(&format!("/{place}")).unwrap();
            let numbers = |name: &str| -> Vec<f64> {
                slice[name].as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
            };
            for (losses, expected) in [("train_loss", "barrier_train"), ("test_loss", "barrier_test")] {
                let curve: Vec<_> = numbers("alphas").into_iter().zip(numbers(losses)).collect();
                let found = CurveSummary::of(&curve, 1.0).barrier.unwrap();
                let want = |name: &str| slice[expected][name].as_f64().unwrap();
                assert!((found.above_chord - want("above_chord")).abs() < 1e-14, "{net} {place}: {found:?}");
                assert!((found.above_higher_end - want("above_higher_end")).abs() < 1e-14, "{net} {place}: {found:?}");
                let has_one = place.ends_with("a_to_c");
                assert_eq!(found.above_chord > 0.9, has_one, "{net} {place}");
            }
        }
    }
}
