//! A step that is interrupted.

use super::*;
use crate::run::{BatchSize, Length};

/// Wherever it looks: in the gradient, in the slice, which comes after the optimizer's step, and nowhere.
#[test]
fn an_interrupted_step_leaves_the_walk_where_it_was() {
    for kind in [OptimizerKind::Sgd, OptimizerKind::Sam] {
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
