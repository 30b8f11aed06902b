//! The detector on valleys whose p and c are known.

use rand::Rng as _;

use super::*;
use crate::{random::stream, valley::Slice};

/// Measures a slice with refinement, its losses rounded to a share of 1e−7, and judges it.
fn found(spec: &str, noisy: bool, loss: impl Fn(f64) -> f64) -> Verdict {
    let mut rng = stream(7, "noise");
    let mut slice = Slice::new(spec.parse().unwrap(), Some("0.005:64".parse().unwrap()));
    while !slice.is_done() {
        for place in slice.next().to_vec() {
            let share: f64 = if noisy { rng.random_range(-1e-7..1e-7) } else { 0.0 };
            slice.record(place, loss(place) * (1.0 + share));
        }
    }
    judge(slice.points(), slice.spec(), &Criteria::default()).unwrap()
}

fn asymmetry(verdict: Verdict) -> Asymmetry {
    match verdict {
        Verdict::Asymmetric(a) => a,
        Verdict::NotAsymmetric { reason } => panic!("{reason:?}"),
    }
}

fn reason(verdict: Verdict) -> Reason {
    match verdict {
        Verdict::NotAsymmetric { reason } => reason,
        Verdict::Asymmetric(a) => panic!("{a:?}"),
    }
}

/// A parabola up to `knee` and straight beyond, slope `p` on the right and `c p` on the left, on a level of 0.3.
fn valley(knee: f64, p: f64, c: f64) -> impl Fn(f64) -> f64 {
    move |l| {
        let (x, p) = (l.abs(), if l < 0.0 { c * p } else { p });
        0.3 + if x < knee { p * x * x / (2.0 * knee) } else { p * (x - knee / 2.0) }
    }
}

fn close(a: Asymmetry, p: f64, c: f64, flat: Side) {
    assert!((a.c / c - 1.0).abs() < 0.02 && (a.p / p - 1.0).abs() < 0.02 && a.flat == flat, "{a:?}, c {c}, p {p}");
    assert!((a.c - c).abs() <= a.error + 1e-9 * c, "the error is honest: {a:?}, c {c}");
    assert!((a.steep - a.c * a.p).abs() < 1e-9 * a.steep);
    assert!((a.p_at > 0.0) == (flat == Side::Right) && (a.steep_at < 0.0) == (flat == Side::Right));
}

#[test]
fn straight_valleys_give_p_and_c_and_the_flat_side() {
    for noisy in [false, true] {
        for c in [1.05, 1.5, 2.0, 10.0, 300.0] {
            for p in [0.01, 0.5, 40.0] {
                let loss = valley(0.1, p, c);
                close(asymmetry(found("0.1:1:17", noisy, &loss)), p, c, Side::Right);
                close(asymmetry(found("0.1:1:17", noisy, |l| loss(-l))), p, c, Side::Left);
            }
        }
    }
}

#[test]
fn linex_gives_its_closed_form() {
    // e^{αl} − αl − 1 with α = −0.3 (Fig. 3.1): slopes 0.3 (1 − e^{−0.3 l}) on the right, 0.3 (e^{0.3 l} − 1) on the left.
    let loss = |l: f64| (-0.3 * l).exp() + 0.3 * l - 1.0;
    for noisy in [false, true] {
        for (zeta, r) in [(2.0, 3.0), (4.0, 6.0), (6.0, 10.0), (2.9, 3.0)] {
            let p = 0.3 * (1.0 - f64::exp(-0.3 * r));
            let c = 0.3 * (f64::exp(0.3 * zeta) - 1.0) / p;
            close(asymmetry(found(&format!("{zeta}:{r}:17"), noisy, loss)), p, c, Side::Right);
        }
        // Too near the bottom the far end of the flat side is steeper than the near end of the steep one.
        let Reason::Balanced { c, .. } = reason(found("0.5:5:17", noisy, loss)) else { panic!("balanced") };
        let expected = (f64::exp(0.15) - 1.0) / (1.0 - f64::exp(-1.5));
        assert!((c / expected - 1.0).abs() < 0.01, "{c} {expected}");
    }
}

#[test]
fn turned_and_scaled_valleys_keep_c() {
    // In the plane: the valley along one axis, a parabola across, both turned by 0.7; u = 2.5 × the valley's axis.
    let (sin, cos) = 0.7f64.sin_cos();
    let along = valley(0.2, 0.8, 3.0);
    let plane = |x: f64, y: f64| along(cos * x + sin * y) + 5.0 * (cos * y - sin * x).powi(2);
    let a = asymmetry(found("0.1:1:17", true, |l| plane(2.5 * l * cos, 2.5 * l * sin)));
    close(a, 0.8 * 2.5, 3.0, Side::Right);
    let back = asymmetry(found("0.1:1:17", true, |l| 7.0 * plane(-2.5 * l * cos, -2.5 * l * sin)));
    close(back, 7.0 * 0.8 * 2.5, 3.0, Side::Left);
}

#[test]
fn symmetric_valleys_are_not_asymmetric() {
    for noisy in [false, true] {
        let mut count = 0;
        let mut none = |loss: &dyn Fn(f64) -> f64| {
            for spec in ["0.1:1:9", "0.05:2:17", "0.5:0.6:9", "0.001:1:33"] {
                assert!(matches!(found(spec, noisy, loss), Verdict::NotAsymmetric { .. }), "{spec}");
                count += 1;
            }
        };
        none(&|l: f64| l * l);
        none(&|l: f64| 0.2 + 3.0 * l * l);
        none(&|l: f64| l.cosh());
        for power in [0.5, 0.8, 1.0, 1.1, 1.5, 3.0, 6.0] {
            none(&|l: f64| 0.01 + l.abs().powf(power));
        }
        assert_eq!(count, 40);
    }
    // |x|: the ratio is 1, the parabola's is ζ/r.
    let Reason::Balanced { c, .. } = reason(found("0.1:1:9", false, f64::abs)) else { panic!("balanced") };
    assert!((c - 1.0).abs() < 1e-9);
    let Reason::Balanced { c, .. } = reason(found("0.1:1:9", false, |l| l * l)) else { panic!("balanced") };
    assert!((c - 0.1).abs() < 1e-9);
}

#[test]
fn the_range_decides() {
    // The knee at 0.2 lies inside (ζ, r): the smallest slope is the one at ζ, c ζ / knee.
    let loss = valley(0.2, 0.5, 8.0);
    close(asymmetry(found("0.05:1:33", false, &loss)), 0.5, 2.0, Side::Right);
    close(asymmetry(found("0.2:1:9", false, &loss)), 0.5, 8.0, Side::Right);
    assert!(matches!(reason(found("0.02:1:33", false, &loss)), Reason::Balanced { c, .. } if (c - 0.8).abs() < 0.05));
    // At the bottom of a smooth valley there is no slope.
    assert!(matches!(reason(found("0:1:17", false, &loss)), Reason::TooFlat { at, .. } if at == 0.0));
    // A kinked one is asymmetric down to ζ = 0.
    close(asymmetry(found("0:1:17", true, |l: f64| l.max(-3.0 * l))), 1.0, 3.0, Side::Right);
    // Beyond 1 the flat side steepens to 3 between the points of the grid: refinement finds it.
    let bent = |l: f64| valley(0.1, 0.5, 4.0)(l) + if l > 1.03 { l - 1.03 } else { 0.0 };
    close(asymmetry(found("0.1:1:9", false, bent)), 0.5, 4.0, Side::Right);
    close(asymmetry(found("0.1:2:17", false, bent)), 1.5, 4.0 / 3.0, Side::Right);
}

#[test]
fn slopes_of_the_wrong_sign_and_numbers_that_are_not_finite_are_told() {
    let tilted = |l: f64| 1.0 + l;
    assert!(
        matches!(reason(found("0.1:1:9", true, tilted)), Reason::Falls { at, slope } if at < 0.0 && (slope + 1.0).abs() < 1e-3)
    );
    // A maximum falls on both sides; another valley begins at 0.6.
    assert!(matches!(reason(found("0.1:1:9", false, |l| 1.0 - l * l)), Reason::Falls { .. }));
    let twice = |l: f64| 1.0 - 0.2 * (2.0 * std::f64::consts::PI * l / 1.2).cos();
    assert!(matches!(reason(found("0.1:1:17", false, twice)), Reason::Falls { at, .. } if at.abs() > 0.6));
    let cliff = |l: f64| if l < -0.72 { f64::INFINITY } else { valley(0.1, 1.0, 5.0)(l) };
    assert!(matches!(reason(found("0.1:1:19", false, cliff)), Reason::NotFinite { at } if (at + 0.75).abs() < 1e-9));
    close(asymmetry(found("0.1:0.7:19", false, cliff)), 1.0, 5.0, Side::Right);
    // A slope below the noise of its level has no sign; a plain never has one.
    assert!(matches!(reason(found("0.1:1:9", true, |l| 1e6 + valley(0.1, 1e-3, 2.0)(l))), Reason::TooFlat { .. }));
    assert!(matches!(reason(found("0.1:1:9", false, |_| 1.0)), Reason::TooFlat { .. }));
    assert!(matches!(reason(found("0.1:1:9", false, |_| 0.0)), Reason::TooFlat { slope: 0.0, .. }));
}

#[test]
fn slices_that_cannot_be_judged_say_why() {
    let spec: SliceSpec = "0.1:1:9".parse().unwrap();
    let points: Vec<_> = spec.values().into_iter().map(|l| (l, valley(0.1, 1.0, 2.0)(l))).collect();
    let judged = |points: &[(f64, f64)]| judge(points, &spec, &Criteria::default());
    let mut shuffled = points.clone();
    shuffled.reverse();
    shuffled.push((5.0, f64::NAN));
    assert_eq!(judged(&points), judged(&shuffled), "order and what lies outside do not count");
    assert!(matches!(judged(&points[..12]), Err(AsymmetryError::TooFew { side: "right", found: 2 })));
    assert!(matches!(judged(&points[1..]), Err(AsymmetryError::Ends { side: "left", .. })));
    let again = [&points[..], &points[..1]].concat();
    assert_eq!(judged(&again), Err(AsymmetryError::Twice(-1.0)));
    let bad = Criteria { tolerance: f64::NAN, noise: 0.0 };
    assert!(matches!(judge(&points, &spec, &bad), Err(AsymmetryError::Criteria { .. })));
    // c = 2 is clear with f32's noise, and not when the losses are known to 1.6 %.
    assert!(matches!(judged(&points), Ok(Verdict::Asymmetric(_))));
    let coarse = reason(judge(&points, &spec, &Criteria { noise: 1.6e-2, ..Criteria::default() }).unwrap());
    assert!(matches!(coarse, Reason::Balanced { c, error } if (c - 2.0).abs() < 1e-9 && error > 1.0), "{coarse:?}");
    let json = serde_json::to_string(&judged(&points).unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), judged(&points).unwrap());
}

#[test]
fn powers_with_unequal_factors_give_their_closed_form() {
    // a l^q on the right, b |l|^q on the left: p = a q r^{q−1}, c = b ζ^{q−1} / (a r^{q−1}).
    let mut rng = stream(11, "test");
    let (mut worst, mut judged) = (0.0f64, 0);
    for _ in 0..400 {
        let (q, b) = (rng.random_range(1.02..2.5), rng.random_range(2.0..60.0));
        let zeta = rng.random_range(0.05..0.6);
        let c = b * f64::powf(zeta, q - 1.0);
        let verdict = found(&format!("{zeta}:1:17"), true, |l| 0.3 + if l < 0.0 { b } else { 1.0 } * l.abs().powf(q));
        if (0.98..1.06).contains(&c) {
            continue;
        }
        judged += 1;
        if c > 1.0 {
            let a = asymmetry(verdict);
            close(a, q, c, Side::Right);
            worst = worst.max((a.c / c - 1.0).abs());
        } else {
            assert!(matches!(reason(verdict), Reason::Balanced { .. }), "{q} {b} {zeta}");
        }
    }
    assert!(judged > 300 && worst < 0.02 && worst > 1e-9, "{judged} {worst}");
}
