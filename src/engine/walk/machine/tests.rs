//! A step that is interrupted.

use super::*;
use crate::{
    objective::faulty::{Fault, faulty},
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
