//! Steps against hand-written recurrences.

use super::*;
use crate::toy::surfaces::{Quadratic, SurfaceSpec};

fn surface(name: &str) -> Arc<dyn Surface> {
    SurfaceSpec::named(name).unwrap().build(3, 0).unwrap()
}

fn path(name: &str, spec: DynamicsSpec, start: &[f64], steps: usize) -> Vec<Vec<f64>> {
    let mut walker = Walker::new(surface(name), spec, start, 3, 0).unwrap();
    (0..steps)
        .map(|_| {
            walker.step();
            walker.position().to_vec()
        })
        .collect()
}

fn bits(path: &[Vec<f64>]) -> Vec<u64> {
    path.iter().flatten().map(|x| x.to_bits()).collect()
}

#[test]
fn gd_on_a_quadratic_contracts_by_one_minus_eta_lambda() {
    let well: Arc<dyn Surface> = Arc::new(Quadratic::with(&[2.0, 0.5]).unwrap());
    let mut w = Walker::new(well, DynamicsSpec { lr: 0.75, ..DynamicsSpec::default() }, &[1.0, 1.0], 0, 0).unwrap();
    for t in 1..=20 {
        w.step();
        assert!((w.position()[0] - (-0.5f64).powi(t)).abs() < 1e-15);
        assert!((w.position()[1] - 0.625f64.powi(t)).abs() < 1e-15);
    }
    assert_eq!((w.steps(), w.evaluations()), (20, 20));
    assert_eq!(w.curvature(), (2.0, 1.25));
}

#[test]
fn momentum_and_nesterov_follow_pytorchs_recurrence() {
    for (kind, ahead) in [(DynamicsKind::Momentum, false), (DynamicsKind::Nesterov, true)] {
        let spec = DynamicsSpec { lr: 0.1, momentum: 0.5, ..DynamicsSpec::of(kind) };
        let well: Arc<dyn Surface> = Arc::new(Quadratic::with(&[3.0]).unwrap());
        let mut walker = Walker::new(well, spec, &[1.0], 0, 0).unwrap();
        let (mut w, mut v) = (1.0, 0.0);
        for _ in 0..30 {
            let g = 3.0 * w;
            v = 0.5 * v + g;
            w -= 0.1 * if ahead { g + 0.5 * v } else { v };
            walker.step();
            assert!((walker.position()[0] - w).abs() < 1e-15 && (walker.velocity().unwrap()[0] - v).abs() < 1e-15);
        }
    }
}

#[test]
fn sam_with_radius_zero_walks_sgds_path_to_the_bit() {
    for name in ["escape2d", "logistic", "bias2d", "valley", "quadratic"] {
        let start = surface(name).about().start;
        let sgd = DynamicsSpec { batch: 3, lr: 0.05, ..DynamicsSpec::of(DynamicsKind::Sgd) };
        let reference = bits(&path(name, sgd, &start, 200));
        for kind in [DynamicsKind::Sam, DynamicsKind::Psam, DynamicsKind::Swa] {
            let other = DynamicsSpec { kind, rho: 0.0, ..sgd };
            assert!(bits(&path(name, other, &start, 200)) == reference, "{kind} {name}");
        }
        let moved = DynamicsSpec { kind: DynamicsKind::Sam, rho: 0.5, ..sgd };
        // On the sides of a valley without ζ the slope is constant, and uphill never crosses the kink.
        assert!((bits(&path(name, moved, &start, 200)) != reference) == (name != "valley"), "{name}");
    }
}

#[test]
fn sam_steps_by_the_gradient_at_the_ascent_point_of_the_same_batch() {
    let spec = DynamicsSpec { rho: 0.3, lr: 0.1, ..DynamicsSpec::of(DynamicsKind::Sam) };
    // Without samples the batch is everything: w − η λ (w + ρ).
    let well: Arc<dyn Surface> = Arc::new(Quadratic::with(&[2.0]).unwrap());
    let mut walker = Walker::new(well, spec, &[1.0], 0, 0).unwrap();
    assert_eq!(walker.ascent_point(), Some(vec![1.3]));
    walker.step();
    assert!((walker.position()[0] - (1.0 - 0.1 * 2.0 * 1.3)).abs() < 1e-15);
    assert_eq!(walker.evaluations(), 2);
    // With samples whose gradients differ by a constant, both passes must take the same sample.
    let mut noisy = Walker::new(surface("quadratic"), spec, &[0.4, -0.2], 3, 0).unwrap();
    for _ in 0..50 {
        let (before, above) = (noisy.position().to_vec(), noisy.ascent_point().unwrap());
        noisy.step();
        let samples = noisy.surface().samples().unwrap();
        let fits = (0..samples.count()).any(|i| {
            let (mut low, mut high) = ([0.0; 2], [0.0; 2]);
            samples.gradient_of(i, &before, &mut low);
            samples.gradient_of(i, &above, &mut high);
            let mut e = [0.0; 2];
            ascent(&low, 0.3, 2.0, &mut e);
            (0..2).all(|d| {
                (before[d] + e[d] - above[d]).abs() < 1e-14
                    && (before[d] - 0.1 * high[d] - noisy.position()[d]).abs() < 1e-14
            })
        });
        assert!(fits);
    }
}

#[test]
fn psam_alternates_and_then_always_ascends() {
    let spec = DynamicsSpec { period: 3, until: 7, rho: 0.1, ..DynamicsSpec::of(DynamicsKind::Psam) };
    let mut walker = Walker::new(surface("quadratic"), spec, &[1.0, 1.0], 0, 0).unwrap();
    let ascends: Vec<bool> = (0..10)
        .map(|_| {
            let above = walker.ascent_point().is_some();
            walker.step();
            above
        })
        .collect();
    assert_eq!(ascends, [true, false, false, true, false, false, true, true, true, true]);
    assert_eq!(walker.evaluations(), spec.evaluations(10));
}

#[test]
fn swa_averages_the_iterates_after_its_start() {
    let spec = DynamicsSpec { average_from: 4, lr: 0.1, ..DynamicsSpec::of(DynamicsKind::Swa) };
    let mut walker = Walker::new(surface("quadratic"), spec, &[1.0, -1.0], 3, 0).unwrap();
    let mut seen = Vec::new();
    for t in 1..=10 {
        walker.step();
        if t <= 4 {
            assert_eq!(walker.solution(), walker.position());
        } else {
            seen.push(walker.position().to_vec());
        }
    }
    for d in 0..2 {
        let mean = seen.iter().map(|w| w[d]).sum::<f64>() / 6.0;
        assert!((walker.solution()[d] - mean).abs() < 1e-15);
    }
}

#[test]
fn a_clone_repeats_and_a_kept_clone_steps_back() {
    for kind in DynamicsKind::ALL {
        let mut walker = Walker::new(surface("escape2d"), DynamicsSpec::of(*kind), &[1.0, 1.0], 9, 4).unwrap();
        walker.step();
        let before = walker.clone();
        walker.step();
        let (there, average) = (walker.position().to_vec(), walker.solution().to_vec());
        walker = before;
        walker.step();
        assert_eq!((walker.position(), walker.solution()), (&there[..], &average[..]), "{kind}");
    }
}

#[test]
fn sgds_noise_covariance_is_that_of_its_gradients() {
    let spec = DynamicsSpec { batch: 4, ..DynamicsSpec::of(DynamicsKind::Sgd) };
    let mut walker = Walker::new(surface("escape2d"), spec, &[1.0, 1.0], 1, 0).unwrap();
    let exact = walker.noise_covariance();
    let full = walker.gradient();
    let n = 40_000;
    let mut seen = [0.0; 3];
    for _ in 0..n {
        let g = walker.step_gradient();
        let e = [g[0] - full[0], g[1] - full[1]];
        seen = [seen[0] + e[0] * e[0], seen[1] + e[0] * e[1], seen[2] + e[1] * e[1]];
    }
    let seen = seen.map(|x| x / f64::from(n));
    for (a, b) in seen.iter().zip([exact[0], exact[1], exact[3]]) {
        assert!((a / b - 1.0).abs() < 0.04, "{seen:?} {exact:?}");
    }
    let gd = Walker::new(surface("escape2d"), DynamicsSpec::default(), &[1.0, 1.0], 1, 0).unwrap();
    assert_eq!(gd.escape_indicator(), 0.0);
}

#[test]
fn bad_starts_are_named() {
    let make =
        |at: &[f64]| Walker::new(surface("escape2d"), DynamicsSpec::default(), at, 0, 0).unwrap_err().to_string();
    assert!(make(&[1.0]).contains("dimension 2") && make(&[1.0, f64::NAN]).contains("NaN"));
}
