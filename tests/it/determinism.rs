//! The same spec and seed give the same records, bit for bit, on the CPU; another seed gives others.

use valleyscope::{
    engine::{Found, Record, Walk},
    objective::Interrupt,
    optim::{OptimizerKind, OptimizerSpec},
    probe::ProbeId,
    run::{BatchSize, Length, RunSpec},
};

fn records(spec: &RunSpec) -> Vec<Record> {
    let mut walk = Walk::new(spec.clone(), Interrupt::default()).unwrap();
    let mut records = Vec::new();
    walk.prepare(&mut records, &mut |_, _, _| {}).unwrap();
    while !walk.is_complete() {
        assert_eq!(walk.step(&mut records).unwrap(), Found::Finite);
    }
    records
}

/// All bits of all numbers: the debug form of an f64 is the shortest text that reads back to the same bits.
fn bits(records: &[Record]) -> String {
    format!("{records:?}")
}

#[test]
fn the_same_seed_gives_the_same_records() {
    let base = RunSpec { length: Length::Steps(25), ..RunSpec::default() };
    let conv =
        RunSpec { net: "conv(6,3) pool(2) relu flatten linear(10)".into(), length: Length::Steps(10), ..base.clone() };
    let momentum = RunSpec {
        optimizer: OptimizerSpec {
            kind: OptimizerKind::Nesterov,
            momentum: 0.9,
            weight_decay: 1e-3,
            ..OptimizerSpec::default()
        },
        lr: 0.02,
        ..base.clone()
    };
    let noisy = RunSpec {
        optimizer: OptimizerSpec { kind: OptimizerKind::Gd, noise: 0.05, ..OptimizerSpec::default() },
        batch: BatchSize::Full,
        data: valleyscope::data::DataSpec { train_count: Some(100), ..Default::default() },
        length: Length::Steps(5),
        ..base.clone()
    };
    for spec in [base, conv, momentum, noisy] {
        let first = bits(&records(&spec));
        assert_eq!(first, bits(&records(&spec)), "{}", spec.command_line());
        assert_ne!(first, bits(&records(&RunSpec { seed: spec.seed + 1, ..spec.clone() })));
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let spec = RunSpec { length: Length::Steps(8), ..RunSpec::default() };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        bits(&pool.install(|| records(&spec)))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn switching_a_probe_off_does_not_change_the_walk() {
    let all = RunSpec { length: Length::Steps(8), ..RunSpec::default() };
    let mut few = all.clone();
    few.probes.set_names("distance").unwrap();
    let distances = |spec| {
        let steps = records(spec).into_iter();
        steps
            .filter_map(|r| if let Record::Step(s) = r { s.value(ProbeId::DISTANCE) } else { None })
            .collect::<Vec<_>>()
    };
    assert_eq!(distances(&all), distances(&few));
}
