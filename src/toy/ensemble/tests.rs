//! The noise paper's figure, and that seeds decide everything.

use super::*;
use crate::toy::surface::Covariance;

static GO: AtomicBool = AtomicBool::new(false);

fn finished(spec: EnsembleSpec) -> Ensemble {
    let mut ensemble = Ensemble::new(spec).unwrap();
    assert_eq!(ensemble.finish(&GO).unwrap(), Progress::Done);
    ensemble
}

#[test]
fn two_thousand_runs_escape_as_often_as_in_independent_simulations() {
    let ensemble = finished(EnsembleSpec { runs: 2000, seed: 1, ..EnsembleSpec::default() });
    let bands = [[0.0, 0.0], [0.0, 0.03], [0.0, 0.03], [0.30, 0.35], [0.24, 0.29], [0.38, 0.45]];
    for (results, [low, high]) in ensemble.results().iter().zip(bands) {
        let rate = results.success(SuccessRule::Final).rate();
        assert!((low..=high).contains(&rate), "{}: {rate} outside {low}..{high}", results.spec().kind);
    }
}

#[test]
fn threads_batches_and_company_do_not_change_a_run() {
    let spec = EnsembleSpec { runs: 40, seed: 5, ..EnsembleSpec::default() };
    let whole = finished(spec.clone());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut slow = Ensemble::new(spec.clone()).unwrap();
    pool.install(|| while slow.advance(7, &GO).unwrap() != Progress::Done {});
    assert_eq!(whole.results(), slow.results());
    let alone = finished(EnsembleSpec { dynamics: vec![DynamicsSpec::of(DynamicsKind::Leading)], runs: 11, ..spec });
    assert_eq!(alone.results()[0].outcomes(), &whole.results()[3].outcomes()[..11]);
    assert!(alone.results()[0].ends().eq(whole.results()[3].ends().take(11)));
}

#[test]
fn a_run_of_the_kernel_is_the_walk_that_stepping_makes() {
    let ensemble = finished(EnsembleSpec { runs: 6, seed: 2, ..EnsembleSpec::default() });
    for results in ensemble.results() {
        for (run, end) in (0..).zip(results.ends()) {
            let surface = ensemble.spec().surface.build(2, run).unwrap();
            let mut walker = Walker::new(surface, *results.spec(), &[1.0, 1.0], 2, run).unwrap();
            let mut indicator = 0.0;
            for _ in 0..500 {
                indicator += walker.escape_indicator();
                walker.step();
            }
            let off = (end[0] - walker.position()[0]).hypot(end[1] - walker.position()[1]);
            assert!(off < 1e-9, "{} run {run}: {off}", results.spec().kind);
            assert!(indicator >= 0.0);
        }
    }
    // The indicator of Fig. 2 (right), averaged: the walker's sum over the same runs.
    let leading = &ensemble.results()[3];
    let mut sum = 0.0;
    for run in 0..6 {
        let surface = ensemble.spec().surface.build(2, run).unwrap();
        let mut walker = Walker::new(surface, *leading.spec(), &[1.0, 1.0], 2, run).unwrap();
        for _ in 0..500 {
            sum += walker.escape_indicator();
            walker.step();
        }
    }
    assert!((sum / 3000.0 - leading.mean_trace()).abs() < 1e-9);
}

#[test]
fn every_surface_and_dynamics_that_fit_run() {
    for name in SurfaceSpec::NAMES {
        let surface = SurfaceSpec::named(name).unwrap();
        let built = surface.build(0, 0).unwrap();
        let dynamics: Vec<DynamicsSpec> = DynamicsKind::ALL
            .iter()
            .map(|kind| DynamicsSpec { lr: 1e-3, ..DynamicsSpec::of(*kind) })
            .filter(|spec| spec.check(&*built).is_ok())
            .collect();
        let kinds = dynamics.len();
        let ensemble = finished(EnsembleSpec { surface, dynamics, runs: 3, steps: 20, ..EnsembleSpec::default() });
        assert!(kinds == if built.samples().is_some() { 12 } else { 9 }, "{name} {kinds}");
        assert!(
            ensemble.results().iter().all(|r| r.outcomes().len() == 3 && r.ends().flatten().all(|x| x.is_finite()))
        );
    }
}

#[test]
fn a_raised_flag_ends_it_and_keeps_what_was_done() {
    let mut ensemble = Ensemble::new(EnsembleSpec { runs: 30, ..EnsembleSpec::default() }).unwrap();
    assert_eq!(ensemble.advance(10, &GO).unwrap(), Progress::Running(10));
    let before = ensemble.results().to_vec();
    assert_eq!(ensemble.advance(10, &AtomicBool::new(true)).unwrap(), Progress::Cancelled);
    assert_eq!(ensemble.results(), before);
    assert_eq!(ensemble.finish(&GO).unwrap(), Progress::Done);
    assert_eq!(ensemble.results()[0].outcomes().len(), 30);
    // In the middle of long runs too: these would take minutes.
    for name in ["escape2d", "himmelblau"] {
        let dynamics = vec![DynamicsSpec { lr: 1e-4, ..DynamicsSpec::of(DynamicsKind::Const) }; 20];
        let surface = SurfaceSpec::named(name).unwrap();
        let spec = EnsembleSpec { surface, dynamics, runs: 200, steps: 1_000_000, ..EnsembleSpec::default() };
        let (mut long, stop) = (Ensemble::new(spec).unwrap(), AtomicBool::new(false));
        let begin = std::time::Instant::now();
        let raise = || {
            while begin.elapsed().as_millis() < 30 {
                std::hint::spin_loop();
            }
            stop.store(true, Ordering::Relaxed);
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let (progress, ()) = pool.join(|| long.finish(&stop).unwrap(), raise);
        assert_eq!((progress, long.results()[0].outcomes().len()), (Progress::Cancelled, 0));
        assert!(begin.elapsed().as_secs() < 10, "{name}");
    }
}

#[test]
fn bad_requests_are_errors() {
    let good = EnsembleSpec::default();
    for (spec, word) in [
        (EnsembleSpec { runs: 0, ..good.clone() }, "runs is 0"),
        (EnsembleSpec { steps: 0, ..good.clone() }, "steps is 0"),
        (EnsembleSpec { dynamics: vec![], ..good.clone() }, "dynamics is 0"),
        (EnsembleSpec { start: Some(vec![1.0]), ..good.clone() }, "start has 1"),
        (EnsembleSpec { surface: SurfaceSpec::Escape2d { points: 0 }, ..good.clone() }, "points is 0"),
        (EnsembleSpec { surface: SurfaceSpec::Sextic {}, ..good.clone() }, "samples"),
        (EnsembleSpec { dynamics: vec![DynamicsSpec { lr: f64::NAN, ..Default::default() }], ..good.clone() }, "NaN"),
        (EnsembleSpec { region: Some(Region::Far { centre: vec![0.0; 2], radius: -1.0 }), ..good }, "radius"),
    ] {
        let text = Ensemble::new(spec).unwrap_err().to_string();
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn released_running_sums_are_another_noise() {
    let spec = |covariance| {
        let leading = DynamicsSpec { covariance, ..DynamicsSpec::of(DynamicsKind::Leading) };
        EnsembleSpec { dynamics: vec![leading], runs: 60, seed: 3, ..EnsembleSpec::default() }
    };
    let (paper, released) = (finished(spec(Covariance::Centred)), finished(spec(Covariance::RunningSum)));
    assert!(!paper.results()[0].ends().eq(released.results()[0].ends()));
}
