//! A step that is interrupted.

use super::*;
use crate::{
    objective::{
        ObjectiveError,
        faulty::{Fault, faulty},
    },
    probe::{AlongStep, ProbeId},
    run::{BatchSize, Length},
};

/// Wherever it looks: in the gradient, in the slice and the losses that a probe asks for, which come after the optimizer's
/// step, and nowhere.
#[test]
fn an_interrupted_step_leaves_the_walk_where_it_was() {
    for kind in [OptimizerKind::Sgd, OptimizerKind::Sam, OptimizerKind::Adam, OptimizerKind::Muon] {
        let mut spec = RunSpec {
            optimizer: OptimizerSpec { kind, momentum: 0.9, noise: 0.05, ..OptimizerSpec::default() },
            batch: BatchSize::Of(20),
            length: Length::Steps(5),
            ..RunSpec::default()
        };
        spec.probes.set_names("all,critical-sharpness").unwrap();
        let interrupt = Interrupt::default();
        let mut walk = Walk::new(spec, interrupt.clone()).unwrap();
        walk.prepare(&mut Vec::new(), &mut |_, _, _| {}).unwrap();
        walk.step(&mut Vec::new()).unwrap();
        let (before, mut looks) = (walk.standing(), 0);
        loop {
            interrupt.raise_at_look(looks + 1);
            let made = walk.step(&mut Vec::new());
            interrupt.raise_at_look(0);
            interrupt.answer();
            if made.is_ok() {
                break;
            }
            assert_eq!(walk.standing(), before, "{kind}, look {looks}");
            looks += 1;
        }
        assert!(looks > 10, "a slice has as many points: {looks}");
        assert_ne!(walk.standing().vectors, before.vectors);
    }
}

const LANGEVIN: [OptimizerKind; 6] = [
    OptimizerKind::GldConst,
    OptimizerKind::GldDynamic,
    OptimizerKind::GldDiag,
    OptimizerKind::GldLeading,
    OptimizerKind::GldHessian,
    OptimizerKind::GldEigvec,
];

/// A small run of a Langevin dynamics; σ of `gld-const` is that of SGD.
fn langevin(kind: OptimizerKind, net: &str) -> RunSpec {
    let mut optimizer = OptimizerSpec { kind, momentum: 0.5, gld_batch: Some(20), ..OptimizerSpec::default() };
    for (key, value) in [
        ("gld_sigma", crate::optim::Value::Number(0.0)),
        ("gld_rank", crate::optim::Value::Count(3)),
        ("gld_every", crate::optim::Value::Count(3)),
    ] {
        crate::optim::constant(key).unwrap().set(&mut optimizer, value);
    }
    let mut spec = RunSpec { net: net.into(), optimizer, lr: 0.05, length: Length::Steps(9), ..RunSpec::default() };
    (spec.data.train_count, spec.data.test_count) = (Some(80), Some(20));
    spec.probes.set_names("slice,langevin-noise-norm,sgd-noise-norm").unwrap();
    spec
}

/// Wherever a measurement of the covariance looks, too; what it has measured is not lost, and nothing of it is told before
/// the step is made.
#[test]
fn an_interrupted_measurement_leaves_the_walk_where_it_was() {
    for kind in LANGEVIN {
        let interrupt = Interrupt::default();
        let spec = langevin(kind, "linear(10)");
        let (mut walk, mut whole) =
            (Walk::new(spec.clone(), interrupt.clone()).unwrap(), Walk::new(spec, Interrupt::default()).unwrap());
        walk.prepare(&mut Vec::new(), &mut |_, _, _| {}).unwrap();
        whole.prepare(&mut Vec::new(), &mut |_, _, _| {}).unwrap();
        let mut stops = 0;
        for _ in 0..5 {
            let before = walk.standing();
            for look in 0.. {
                interrupt.raise_at_look(look + 1);
                let made = walk.step(&mut Vec::new());
                interrupt.raise_at_look(0);
                if interrupt.is_raised() {
                    interrupt.answer();
                }
                match made {
                    Ok(_) => break,
                    Err(WalkError::Objective(ObjectiveError::Interrupted)) => stops += 1,
                    Err(e) => panic!("{kind}, look {look}: {e}"),
                }
                assert_eq!(walk.standing(), before, "{kind}, look {look}");
            }
            whole.step(&mut Vec::new()).unwrap();
            assert_eq!(walk.standing(), whole.standing(), "{kind}");
        }
        assert!(stops > 10, "{stops}");
    }
}

/// The noise is measured when it is due and costs what it costs then; it is as long as SGD's.
#[test]
fn the_noise_is_measured_when_it_is_due_and_is_as_long_as_that_of_sgd() {
    for kind in LANGEVIN {
        let mut walk = Walk::new(langevin(kind, "linear(10)"), Interrupt::default()).unwrap();
        let mut records = Vec::new();
        walk.prepare(&mut records, &mut |_, _, _| {}).unwrap();
        let mut last = 0;
        while !walk.is_complete() {
            let (t, before) = (walk.t(), walk.gradient_evaluations());
            walk.step(&mut records).unwrap();
            let cost = walk.gradient_evaluations() - before;
            let is_due = if kind == OptimizerKind::GldConst { t == 0 } else { t.is_multiple_of(3) };
            assert_eq!(cost > 1, is_due, "{kind}, iteration {t}: {cost}");
            assert!(!is_due || cost > 80, "a gradient of every example, and one of all");
            let Some(Record::Step(step)) = records.iter().rev().find(|r| matches!(r, Record::Step(_))) else {
                panic!("no step was told")
            };
            let [own, of_sgd] =
                [ProbeId::LANGEVIN_NOISE_NORM, ProbeId::SGD_NOISE_NORM].map(|probe| step.value(probe).unwrap());
            assert!(own > 0.0 && (own / of_sgd - 1.0).abs() < 1e-5, "{kind}: {own}, {of_sgd}");
            last = step.t;
        }
        assert_eq!(last, 8);
    }
}

/// A σ that is given costs nothing, and θ_{t+1} = θ_t − η(∇L + ε): the steps beside those of gradient descent are −ηε.
#[test]
fn the_noise_multiplies_the_rate() {
    let step = |kind, sigma: f64| {
        let mut spec = langevin(kind, "linear(10)");
        spec.optimizer.momentum = 0.0;
        crate::optim::constant("gld_sigma").unwrap().set(&mut spec.optimizer, crate::optim::Value::Number(sigma));
        let mut walk = Walk::new(spec, Interrupt::default()).unwrap();
        walk.prepare(&mut Vec::new(), &mut |_, _, _| {}).unwrap();
        walk.step(&mut Vec::new()).unwrap();
        (walk.theta().to_vec(), walk.gradient_evaluations())
    };
    let (descent, _) = step(OptimizerKind::Gd, 0.5);
    let (noisy, cost) = step(OptimizerKind::GldConst, 0.5);
    assert_eq!(cost, 1);
    let n = descent.len() as f64;
    let moved: Vec<f64> = noisy.iter().zip(&descent).map(|(a, b)| f64::from(*a) - f64::from(*b)).collect();
    let variance = moved.iter().map(|x| x * x).sum::<f64>() / n;
    let expected = (0.05 * 0.5f64).powi(2);
    // Of n squares of normal numbers: √(2/n) of it.
    assert!((variance / expected - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{variance}, not {expected}");
}

/// With batch norm, in every mode; and a seed repeats it.
#[test]
fn langevin_dynamics_walk_with_batch_norm() {
    use crate::probe::{NormBatch, NormMode};
    let net = "conv(2,3) batchnorm relu pool(2) flatten linear(10)";
    for kind in LANGEVIN {
        for mode in [NormMode::Running, NormMode::Batch(NormBatch::Of(40)), NormMode::Recalibrated(NormBatch::Of(40))] {
            let run = |seed| {
                let mut spec = langevin(kind, net);
                (spec.norm_mode, spec.seed, spec.length) = (mode, seed, Length::Steps(2));
                (spec.data.train_count, spec.data.test_count) = (Some(40), Some(20));
                let mut walk = Walk::new(spec, Interrupt::default()).unwrap();
                walk.prepare(&mut Vec::new(), &mut |_, _, _| {}).unwrap();
                while !walk.is_complete() {
                    assert_eq!(walk.step(&mut Vec::new()).unwrap(), Found::Finite);
                }
                walk.standing()
            };
            assert_eq!(run(1), run(1), "{kind}, {mode:?}");
            assert_ne!(run(1).theta, run(2).theta, "{kind}, {mode:?}");
        }
    }
}

/// To another dynamics, and to another batch of the SGD that it is held against: measured anew at once.
#[test]
fn a_change_of_the_dynamics_is_seen_at_once() {
    let mut walk = Walk::new(langevin(OptimizerKind::GldLeading, "linear(10)"), Interrupt::default()).unwrap();
    let mut records = Vec::new();
    walk.prepare(&mut records, &mut |_, _, _| {}).unwrap();
    let mut length = |walk: &mut Walk| {
        records.clear();
        let before = walk.gradient_evaluations();
        walk.step(&mut records).unwrap();
        let found = records.iter().find_map(|r| if let Record::Step(s) = r { Some(*s) } else { None }).unwrap();
        (found.value(ProbeId::LANGEVIN_NOISE_NORM), walk.gradient_evaluations() - before)
    };
    let (first, _) = length(&mut walk);
    let larger = OptimizerSpec { gld_batch: Some(80), ..*walk.optimizer() };
    walk.set_optimizer(larger).unwrap();
    let (second, cost) = length(&mut walk);
    let ratio = first.unwrap() / second.unwrap();
    assert!(cost > 80 && (1.2..3.0).contains(&ratio), "about twice as long: {ratio}");
    walk.set_optimizer(OptimizerSpec { kind: OptimizerKind::GldEigvec, ..larger }).unwrap();
    let (_, cost) = length(&mut walk);
    assert!(cost > 80, "{cost}");
    assert_eq!(walk.standing().numbers.spread.map(|spread| spread.directions), Some(1));
    walk.set_optimizer(OptimizerSpec { kind: OptimizerKind::Gd, ..larger }).unwrap();
    assert_eq!(length(&mut walk), (None, 1));
    assert_eq!(walk.standing().numbers.spread, None);
}

/// A device that fails in the middle of a run: the run goes on from where it is, on the CPU, and says so once.
#[test]
fn a_walk_goes_on_when_its_device_fails() {
    let spec = RunSpec { batch: BatchSize::Of(20), length: Length::Steps(6), ..RunSpec::default() };
    let run = |fault: Option<(Fault, usize)>| {
        let mut walk = Walk::new(spec.clone(), Interrupt::default()).unwrap();
        if let Some((fault, after)) = fault {
            walk.objective = Arc::new(faulty(&walk.objective, fault, after));
        }
        let mut records = Vec::new();
        walk.prepare(&mut records, &mut |_, _, _| {}).unwrap();
        while !walk.is_complete() {
            walk.step(&mut records).unwrap();
        }
        let notes: Vec<String> = records
            .iter()
            .filter_map(|r| if let Record::Note { words, .. } = r { Some(words.clone()) } else { None })
            .collect();
        assert_eq!(notes, walk.manifest().notes);
        (walk.theta().to_vec(), records.iter().filter(|r| matches!(r, Record::Slice(_))).count(), notes)
    };
    let (whole, slices, none) = run(None);
    assert!(none.is_empty());
    for fault in [Fault::Panic, Fault::Error] {
        for after in [0, 5, 12, 13, 14, 15] {
            let (theta, same, notes) = run(Some((fault, after)));
            assert!(crate::probe::vector::distance(&theta, &whole) < 1e-4, "{fault:?} after {after}");
            assert_eq!(same, slices);
            assert!(matches!(&notes[..], [one] if one.contains("the run went on on the CPU")), "{notes:?}");
        }
    }
}

/// Least squares of a linear network are a quadratic in θ: there the critical sharpness of gradient descent is the curvature
/// along the gradient. Without slices it costs two losses more and is the same.
#[test]
fn critical_sharpness_is_the_curvature_along_the_step_of_a_quadratic() {
    let mut spec = RunSpec {
        net: "linear(10)".into(),
        loss: crate::run::LossKind::MeanSquared,
        optimizer: OptimizerSpec { kind: OptimizerKind::Gd, ..OptimizerSpec::default() },
        batch: BatchSize::Full,
        lr: 0.1,
        length: Length::Steps(4),
        ..RunSpec::default()
    };
    (spec.data.train_count, spec.data.test_count) = (Some(200), Some(50));
    let run = |spec: &RunSpec, names: &str| {
        let mut spec = spec.clone();
        spec.probes.set_names(names).unwrap();
        let mut walk = Walk::new(spec, Interrupt::default()).unwrap();
        let mut records = Vec::new();
        walk.prepare(&mut records, &mut |_, _, _| {}).unwrap();
        while !walk.is_complete() {
            walk.step(&mut records).unwrap();
        }
        let steps: Vec<StepRecord> =
            records.iter().filter_map(|r| if let Record::Step(s) = r { Some(*s) } else { None }).collect();
        let slices: Vec<SliceRecord> =
            records.iter().filter_map(|r| if let Record::Slice(s) = r { Some(*s) } else { None }).collect();
        (steps, slices, walk.full_loss_evaluations())
    };
    let critical = |step: &StepRecord| step.value(ProbeId::CRITICAL_SHARPNESS).unwrap();
    let (steps, slices, counted) = run(&spec, "all,critical-sharpness");
    let (plain, _, fewer) = run(&spec, "all");
    assert!(
        (steps.len(), slices.len()) == (4, 4) && plain.iter().all(|s| s.value(ProbeId::CRITICAL_SHARPNESS).is_none())
    );
    let asked = counted - fewer;
    assert!((7 * 4..=16 * 4).contains(&asked), "{asked} losses more");
    for (step, slice) in steps.iter().zip(&slices) {
        let sharpness = AlongStep::of(slice, Some(step)).sharpness.unwrap();
        assert!((critical(step) / sharpness - 1.0).abs() < 0.05, "{} is not {sharpness}", critical(step));
    }
    let (alone, none, _) = run(&spec, "critical-sharpness");
    assert!(none.is_empty() && alone.iter().zip(&steps).all(|(a, b)| critical(a) == critical(b)));
}
