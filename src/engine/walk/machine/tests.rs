//! A step that is interrupted.

use super::*;
use crate::{
    objective::faulty::{Fault, faulty},
    run::{BatchSize, Length},
};

/// Wherever it looks: in the gradient, in the slice, which comes after the optimizer's step, and nowhere.
#[test]
fn an_interrupted_step_leaves_the_walk_where_it_was() {
    for kind in [OptimizerKind::Sgd, OptimizerKind::Sam, OptimizerKind::Adam, OptimizerKind::Muon] {
        let spec = RunSpec {
            optimizer: OptimizerSpec { kind, momentum: 0.9, noise: 0.05, ..OptimizerSpec::default() },
            batch: BatchSize::Of(20),
            length: Length::Steps(5),
            ..RunSpec::default()
        };
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
