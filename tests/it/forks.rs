//! Forks: a run that goes on from the middle of another one, in the very state that it had.

use std::path::Path;

use valleyscope::{
    engine::{Command, Delivery, Engine},
    optim::{OptimizerKind, OptimizerSpec, Value, constant},
    probe::{NormBatch, NormMode, ProbeId, ProbeValues, StepRecord},
    run::{BatchSize, Fork, Length, Outcome, RunSpec},
    runfile::Reader,
};

use crate::{
    fork_files::{NORMED, assert_same, fork, run, tail},
    support::{is_held, is_over, to_file, until},
};

/// A file of format 2: without the states to go on from.
fn without_states(path: &Path, old: &Path) {
    std::fs::copy(path, old).unwrap();
    let db = rusqlite::Connection::open(old).unwrap();
    db.execute_batch(
        "DROP TABLE states; DROP TABLE vectors; DROP TABLE origin; ALTER TABLE steps RENAME TO narrow;
         CREATE TABLE steps (t INTEGER PRIMARY KEY, loss ANY, batch_loss ANY NOT NULL, grad_norm ANY, cosine ANY, \
         distance ANY, norm ANY, learning_rate ANY NOT NULL, batch INTEGER NOT NULL) STRICT",
    )
    .unwrap();
    let values = ["gradient", "cosine", "distance", "norm"].map(|name| {
        format!(
            "(SELECT value FROM probe_values WHERE t = narrow.t AND probe = (SELECT id FROM probes WHERE name = '{name}'))"
        )
    });
    db.execute_batch(&format!(
        "INSERT INTO steps SELECT t, loss, batch_loss, {}, learning_rate, batch FROM narrow; DROP TABLE narrow;
         DROP TABLE probe_values; DROP TABLE probes; PRAGMA user_version = 2",
        values.join(", ")
    ))
    .unwrap();
}

/// With a period that most forks are not at.
fn langevin(kind: OptimizerKind) -> OptimizerSpec {
    let mut spec = OptimizerSpec { kind, gld_batch: Some(20), ..OptimizerSpec::default() };
    for (key, count) in [("gld_rank", 2), ("gld_every", 6)] {
        constant(key).unwrap().set(&mut spec, Value::Count(count));
    }
    spec
}

fn specs() -> Vec<(&'static str, RunSpec)> {
    let base = RunSpec { length: Length::Steps(36), ..RunSpec::default() };
    let of = |kind| OptimizerSpec { kind, ..OptimizerSpec::default() };
    let mut small = base.clone();
    (small.data.train_count, small.data.test_count) = (Some(320), Some(100));
    small.batch = BatchSize::Of(32);
    let momentum = OptimizerSpec { momentum: 0.9, weight_decay: 1e-3, ..OptimizerSpec::default() };
    let psam = OptimizerSpec { psam_period: 3, nesterov: true, momentum: 0.5, ..of(OptimizerKind::Psam) };
    vec![
        (
            "momentum, schedule",
            RunSpec {
                optimizer: momentum,
                lr: 0.05,
                schedule: "cosine".parse().unwrap(),
                length: Length::Epochs(2),
                ..base
            },
        ),
        ("SAM in shards, thinned probes", {
            let mut spec =
                RunSpec { optimizer: OptimizerSpec { sam_shard: Some(8), ..of(OptimizerKind::Sam) }, ..small.clone() };
            (spec.probes.slice_every, spec.probes.step_every) = (3, 2);
            spec
        }),
        ("losses that a probe asks for, thinned", {
            let mut spec = RunSpec { optimizer: of(OptimizerKind::Sgd), length: Length::Steps(24), ..small.clone() };
            spec.probes.set_names("all,critical-sharpness").unwrap();
            (spec.probes.slice_every, spec.probes.step_every) = (2, 3);
            spec
        }),
        (
            "PSAM, an average, checkpoints",
            RunSpec {
                optimizer: psam,
                lr: 0.02,
                average: Some("swa:20%:4".parse().unwrap()),
                checkpoint_every: Some(7),
                ..small.clone()
            },
        ),
        (
            "switches, to gradient descent and back",
            RunSpec { switch: "sgd:gd@12,gd:sam@50%".parse().unwrap(), checkpoint_every: Some(9), ..small.clone() },
        ),
        (
            "batch norm, an average",
            RunSpec {
                net: NORMED.into(),
                optimizer: OptimizerSpec { momentum: 0.9, ..of(OptimizerKind::Asam) },
                lr: 0.01,
                norm_mode: NormMode::Recalibrated(NormBatch::Of(80)),
                average: Some("swa:50%".parse().unwrap()),
                length: Length::Steps(24),
                ..small.clone()
            },
        ),
        (
            "Adam, then SAM on it, an exponential average",
            RunSpec {
                optimizer: OptimizerSpec { sam_base: OptimizerKind::Adam, ..of(OptimizerKind::Adam) },
                switch: "adam:sam@15".parse().unwrap(),
                lr: 0.002,
                average: Some("ema:0.9".parse().unwrap()),
                checkpoint_every: Some(8),
                ..small.clone()
            },
        ),
        (
            "Muon, then AdamW, the mean of the last iterates",
            RunSpec {
                net: "conv(4,3,1,1) batchnorm relu conv(6,3,1,1) relu pool(2) flatten linear(10)".into(),
                optimizer: of(OptimizerKind::Muon),
                switch: "muon:adamw@16".parse().unwrap(),
                lr: 0.01,
                average: Some("lawa:3:2".parse().unwrap()),
                checkpoint_every: Some(7),
                length: Length::Steps(24),
                ..small.clone()
            },
        ),
        (
            "RMSProp",
            RunSpec {
                optimizer: OptimizerSpec { momentum: 0.5, ..of(OptimizerKind::RmsProp) },
                lr: 0.001,
                ..small.clone()
            },
        ),
        (
            "gradient descent, then the leading eigenvectors of Σ, then SGD",
            RunSpec {
                net: "linear(10)".into(),
                optimizer: langevin(OptimizerKind::Gd),
                switch: "gd:gld-leading@4,gld-leading:sgd@18".parse().unwrap(),
                checkpoint_every: Some(7),
                length: Length::Steps(24),
                ..small.clone()
            },
        ),
        (
            "the leading eigenvectors of H with batch norm, an average",
            RunSpec {
                net: NORMED.into(),
                optimizer: OptimizerSpec { momentum: 0.5, ..langevin(OptimizerKind::GldHessian) },
                lr: 0.01,
                norm_mode: NormMode::Running,
                average: Some("lawa:2:2".parse().unwrap()),
                checkpoint_every: Some(8),
                length: Length::Steps(24),
                ..small.clone()
            },
        ),
        (
            "variances of SGD, then isotropic noise as large",
            RunSpec {
                net: "linear(10)".into(),
                optimizer: OptimizerSpec { noise: 0.05, ..langevin(OptimizerKind::GldDiag) },
                switch: "gld-diag:gld-dynamic@15".parse().unwrap(),
                length: Length::Steps(24),
                ..small.clone()
            },
        ),
        ("isotropic noise", {
            let mut spec = RunSpec {
                net: "linear(10)".into(),
                optimizer: OptimizerSpec { noise: 0.05, ..of(OptimizerKind::Sam) },
                ..small
            };
            spec.probes.set_names("slice,cosine,distance").unwrap();
            spec
        }),
    ]
}

#[test]
fn a_fork_that_changes_nothing_equals_the_uninterrupted_run_bit_for_bit() {
    for (what, spec) in specs() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("parent.valley");
        run(spec, &parent).unwrap();
        let old = dir.path().join("old.valley");
        without_states(&parent, &old);
        for step in [0, 1, 14, 17, 20] {
            for from in [&parent, &old] {
                let child = dir.path().join(format!("{step}-{}", from.file_name().unwrap().to_str().unwrap()));
                run(fork(from, step).unchanged(), &child).unwrap();
                assert_same(&tail(&child, step), &tail(&parent, step), &format!("{what}, fork at {step} of {from:?}"));
                let r = Reader::open(&child).unwrap();
                assert_eq!(r.manifest().notes, Vec::<String>::new(), "{what}: nothing to be warned of");
                assert_eq!(r.checkpoints().unwrap()[0], step);
                assert!(r.steps(0..step).unwrap().is_empty() && r.changes().unwrap().iter().all(|c| c.t > step));
            }
        }
    }
}

#[test]
fn a_fork_of_a_fork_needs_no_ancestor_and_live_changes_are_followed() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let spec = RunSpec {
        length: Length::Steps(40),
        optimizer: OptimizerSpec { momentum: 0.5, ..OptimizerSpec::default() },
        switch: "sgd:nesterov@31".parse().unwrap(),
        ..RunSpec::default()
    };
    let parent = path("parent.valley");
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: to_file(&parent), paused: true });
    until(&engine, is_held);
    let steps = |n| {
        engine.send(Command::Step(n));
        until(&engine, is_held);
    };
    steps(5);
    engine.send(Command::SetLearningRate(0.05));
    engine.send(Command::SetBatch(60));
    steps(4);
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, ..engine.status().optimizer };
    engine.send(Command::SetOptimizer(sam));
    engine.send(Command::Resume);
    until(&engine, is_over);
    drop(engine);
    for step in [4, 5, 9, 30, 31, 35] {
        let child = path(&format!("child-{step}.valley"));
        let mut changed: Vec<String> = tail(&parent, step);
        run(fork(&parent, step).unchanged(), &child).unwrap();
        // What a hand changes later, a fork does not know.
        if step >= 9 {
            assert_same(&tail(&child, step), &changed, &format!("fork at {step}"));
        } else {
            changed.truncate(1);
            assert_eq!(tail(&child, step)[0], changed[0], "the first step still is the same, at {step}");
        }
    }
    // The child under another optimizer, and a grandchild that changes nothing, when parent and child's parent are gone.
    let child = path("sam.valley");
    run(fork(&parent, 12).under(OptimizerSpec { rho: 0.2, ..sam }), &child).unwrap();
    let identity = Reader::open(&parent).unwrap().manifest().identity();
    std::fs::remove_file(&parent).unwrap();
    let grandchild = path("grandchild.valley");
    run(fork(&child, 20).unchanged(), &grandchild).unwrap();
    assert_same(&tail(&grandchild, 20), &tail(&child, 20), "grandchild");
    let of = Reader::open(&grandchild).unwrap().manifest().spec.fork.clone().unwrap();
    let ancestors: Vec<_> = of.ancestors().map(|f| (f.step, f.run.clone())).collect();
    assert_eq!(ancestors, [(20, Reader::open(&child).unwrap().manifest().identity()), (12, identity)]);
    // In the same folder under its own name a parent is found, elsewhere it is named.
    let away = path("away");
    std::fs::create_dir(&away).unwrap();
    std::fs::rename(&child, away.join("sam.valley")).unwrap();
    let mut again = of.unchanged();
    again.optimizer.rho = 0.3;
    let error = run(again.clone(), &path("lost.valley")).unwrap_err();
    assert!(error.contains(child.to_str().unwrap()) && error.contains("put its file there"), "{error}");
    run(again, &away.join("found.valley")).unwrap();
}

#[test]
fn a_fork_under_sam_differs_from_its_first_step_on_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (parent, child) = (dir.path().join("sgd.valley"), dir.path().join("sam.valley"));
    run(RunSpec { length: Length::Steps(30), ..RunSpec::default() }, &parent).unwrap();
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, ..OptimizerSpec::default() };
    run(RunSpec { length: Length::Steps(50), ..fork(&parent, 10).under(sam) }, &child).unwrap();
    let (a, b) = (Reader::open(&parent).unwrap(), Reader::open(&child).unwrap());
    let (first, of_parent) = (b.steps(0..11).unwrap().remove(0), a.steps(10..11).unwrap().remove(0));
    let at = |step: &StepRecord| {
        let known = ProbeId::FIRST.iter().fold(ProbeValues::NONE, |all, id| all.with(*id, step.value(*id)));
        format!("{:?}", StepRecord { values: known, ..*step })
    };
    assert_eq!(at(&first), at(&of_parent), "the same batch, gradient, cosine and distance at θ_10");
    assert_ne!(first.value(ProbeId::SLOPE), of_parent.value(ProbeId::SLOPE), "another step");
    let (slice, of_parent) = (b.slices(10..11).unwrap().remove(0), a.slices(10..11).unwrap().remove(0));
    assert!(slice.start().to_bits() == of_parent.start().to_bits() && slice.end() != of_parent.end());
    let changes: Vec<_> = b.changes().unwrap().iter().map(|c| (c.t, c.change.to_string())).collect();
    assert_eq!(changes, [(10, "optimizer SGD → SAM ρ 0.05".to_string())]);
    let summary = b.summary().unwrap().unwrap();
    assert_eq!((summary.outcome, summary.steps, summary.gradient_evaluations), (Outcome::Finished, 50, 10 + 2 * 40));
    // The child's own θ_0 is the root's.
    let (start, end) = (a.checkpoint(0).unwrap(), b.checkpoint(50).unwrap());
    let distance = valleyscope::probe::vector::distance(&start, &end);
    assert_eq!(summary.distance.to_bits(), distance.to_bits());
    // What cannot be is said.
    let says = |spec: RunSpec| run(spec, &dir.path().join("no.valley")).unwrap_err();
    assert!(says(fork(&parent, 31).unchanged()).contains("fork it at 30 or before"));
    assert!(says(fork(&parent, 30).unchanged()).contains("make it longer (--steps"));
    assert!(says(RunSpec { seed: 5, ..fork(&parent, 3).unchanged() }).contains("the seed cannot change in a fork"));
    let early = RunSpec { switch: "sgd:sam@5".parse().unwrap(), ..fork(&parent, 9).unchanged() };
    assert!(says(early).contains("before the fork at 9"));
    let other = Fork { run: "0".repeat(16), ..fork(&parent, 9) };
    assert!(says(other.unchanged()).contains("is another run"));
    assert!(!dir.path().join("no.valley").exists(), "a fork that cannot be made leaves no file");
}

#[test]
fn data_that_changed_are_said_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let labels = dir.path().join("labels.txt");
    let write = |first: usize| {
        let lines: Vec<String> = (0..200).map(|i| ((i + first) % 10).to_string()).collect();
        std::fs::write(&labels, lines.join("\n")).unwrap();
    };
    write(0);
    let mut spec = RunSpec { length: Length::Steps(12), ..RunSpec::default() };
    (spec.data.train_count, spec.data.labels) = (Some(200), Some(labels.clone()));
    let (parent, child) = (dir.path().join("a.valley"), dir.path().join("b.valley"));
    run(spec, &parent).unwrap();
    write(1);
    run(fork(&parent, 5).unchanged(), &child).unwrap();
    let notes = Reader::open(&child).unwrap().manifest().notes.clone().join("\n");
    assert!(notes.contains("from iteration 0 on they are not the recorded ones"), "{notes}");
}
