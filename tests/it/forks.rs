//! Forks: a run that goes on from the middle of another one, in the very state that it had.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use clap::Parser as _;
use valleyscope::{
    cli::{Cli, Command as CliCommand},
    engine::{
        Answer, Command, Delivery, EndAt, Engine, Event, Explorer, ForkTo, LiveEnd, LiveJob, LiveRequest, Pause,
        Record, RecordTo, RunId, RunState,
    },
    explore::{Job as _, LineJob, LineRequest, Settings, Subject},
    objective::Interrupt,
    optim::{OptimizerKind, OptimizerSpec},
    probe::{NormBatch, NormMode},
    run::{BatchSize, Fork, Length, Outcome, RunSpec, Summary},
    runfile::Reader,
    survey::{Axis, LineSpec},
};

const PATIENCE: Duration = Duration::from_secs(90);
const NORMED: &str = "conv(3,3) batchnorm relu pool(2) flatten linear(10)";

fn until(engine: &Engine, mut done: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    let begun = Instant::now();
    loop {
        let left = PATIENCE.checked_sub(begun.elapsed()).unwrap_or_default();
        let event = engine.events().recv_timeout(left).unwrap_or_else(|_| panic!("waited in vain after {seen:?}"));
        let end = done(&event);
        seen.push(event);
        if end {
            return seen;
        }
    }
}

fn is_over(e: &Event) -> bool {
    matches!(e, Event::Finished { .. } | Event::Failed { .. } | Event::Cancelled { .. })
}

fn is_held(e: &Event) -> bool {
    matches!(e, Event::State { state: RunState::Paused(_), .. })
}

fn to_file(path: &Path) -> RecordTo {
    RecordTo::File { path: path.into(), overwrite: false }
}

/// A whole run into a file; a refusal in words.
fn run(spec: RunSpec, path: &Path) -> Result<(), String> {
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: to_file(path), paused: false });
    match until(&engine, is_over).pop() {
        Some(Event::Finished { .. }) => Ok(()),
        Some(Event::Failed { message, .. }) => Err(message),
        other => panic!("{other:?}"),
    }
}

/// What `path` at `step` is left as.
fn fork(path: &Path, step: u64) -> Fork {
    let reader = Reader::open(path).unwrap();
    Fork::of(reader.manifest(), &reader.changes().unwrap(), step, Some(path))
}

/// Everything that a file says of the iterations from `step` on, bit for bit: the debug form of a float is the shortest
/// text that reads back to the same bits.
fn tail(path: &Path, step: u64) -> Vec<String> {
    let r = Reader::open(path).unwrap();
    let steps = r.manifest().steps;
    let mut all: Vec<String> = Vec::new();
    all.extend(r.steps(step..u64::MAX).unwrap().iter().map(|x| format!("{x:?}")));
    all.extend(r.slices(step..u64::MAX).unwrap().iter().map(|x| format!("{x:?}")));
    all.extend(r.epochs().unwrap().iter().filter(|e| e.t > step).map(|x| format!("{x:?}")));
    all.extend(r.changes().unwrap().iter().filter(|c| c.t > step).map(|x| format!("{x:?}")));
    all.push(format!("{:?}", r.checkpoint(steps).unwrap()));
    all.push(format!("{:?}", r.average().unwrap().map(|a| (a.t, a.count, a.values))));
    let summary = Summary { seconds: 0.0, ..r.summary().unwrap().unwrap() };
    all.push(format!("{summary:?}"));
    all
}

fn assert_same(found: &[String], expected: &[String], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert_eq!(a, b, "{what}");
    }
}

/// A file as the version before made it: without the states to go on from.
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

/// Lets a run go on as several.
fn fork_into(of: RunId, branches: &[(RunId, OptimizerSpec, RecordTo)]) -> Command {
    let to = |(id, optimizer, record): &(RunId, OptimizerSpec, RecordTo)| ForkTo {
        id: *id,
        optimizer: *optimizer,
        record: record.clone(),
    };
    Command::Fork { of, branches: branches.iter().map(to).collect() }
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
    assert_eq!(format!("{first:?}"), format!("{of_parent:?}"), "the same batch, gradient, cosine and distance at θ_10");
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
    assert!(says(fork(&parent, 30).unchanged()).contains("longer with --steps"));
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

fn parsed(words: &[&str]) -> anyhow::Result<RunSpec> {
    let cli = Cli::try_parse_from([&["valleyscope", "walk"], words].concat())?;
    match cli.command {
        Some(CliCommand::Walk(args)) => args.spec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_command_line_of_a_fork_is_what_differs_and_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let parent = dir.path().join("a.valley");
    let optimizer = OptimizerSpec { kind: OptimizerKind::Sam, momentum: 0.9, nesterov: true, ..Default::default() };
    let spec = RunSpec {
        optimizer: OptimizerSpec { sam_shard: Some(20), ..optimizer },
        average: Some("swa:10%".parse().unwrap()),
        switch: "sam:sgd@20".parse().unwrap(),
        length: Length::Steps(24),
        checkpoint_every: Some(6),
        ..RunSpec::default()
    };
    run(spec, &parent).unwrap();
    let at = format!("{}@8", parent.display());
    let plain = parsed(&["--fork", &at]).unwrap();
    assert_eq!(plain, fork(&parent, 8).unchanged());
    assert_eq!(plain.arguments(), ["--fork", &at]);
    for words in [
        &["--rho", "0.3"][..],
        &["--optimizer", "sgd", "--steps", "60", "--lr", "0.01", "--schedule", "cosine"],
        &["--without", "average,nesterov,sam-shard,checkpoint-every", "--momentum", "0"],
        &["--switch", "none", "--epochs", "9", "--batch", "50", "--probes", "slice,epoch", "--every", "slice:4"],
        &["--optimizer", "psam", "--psam-period", "3", "--bn", "recalibrated", "--bn-batch", "60"],
        &["--device", "cpu", "--checkpoint-every", "2", "--average", "swa:50%:2", "--switch", "sam:asam@9"],
    ] {
        let spec = parsed(&[&["--fork", &at], words].concat()).unwrap();
        let line = spec.command_line();
        let args = spec.arguments();
        let back = parsed(&args.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        assert_eq!(back, spec, "{line}");
        assert_eq!(spec.check(), Ok(()), "{line}");
        // Through JSON, as a run file keeps it.
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<RunSpec>(&json).unwrap(), spec);
    }
    assert!(parsed(&["--fork", &at, "--rho", "0.3"]).unwrap().command_line().ends_with("@8 --rho 0.3"));
    let sgd = parsed(&["--fork", &at, "--optimizer", "sgd"]).unwrap();
    assert!(sgd.switch.is_empty(), "another optimizer ends the parent's plan");
    let says = |words: &[&str]| parsed(&[&["--fork", &at], words].concat()).unwrap_err().to_string();
    assert!(says(&["--seed", "1"]).contains("--seed cannot be given with --fork"));
    assert!(says(&["--train-count", "5"]).contains("--train-count cannot be given"));
    assert!(says(&["--optimizer", "sgd", "--rho", "1"]).contains("--rho means nothing"));
    let wrong = |at: &str| parsed(&["--fork", at]).unwrap_err().to_string();
    assert!(wrong(&format!("{}@99", parent.display())).contains("fork it at 24 or before"));
    assert!(wrong("/no/such.valley@3").contains("/no/such.valley does not exist"));
    assert!(wrong(&format!("{}@x", parent.display())).contains("write RUN@STEP"));
}

fn program(dir: &Path, args: &[&str]) -> std::process::Command {
    let mut command = crate::support::program(dir);
    command.current_dir(dir).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn succeed(dir: &Path, args: &[&str]) {
    let out = program(dir, args).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_fork_that_was_killed_opens_alone_and_can_be_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let path = |name: &str| -> PathBuf { home.join(name) };
    succeed(home, &["walk", "--steps", "40", "--momentum", "0.9", "--lr", "0.02", "--record", "a.valley"]);
    let fork = ["walk", "--fork", "a.valley@25", "--optimizer", "sam", "--steps", "500000", "--record", "b.valley"];
    let mut child = program(home, &fork).spawn().unwrap();
    let begun = Instant::now();
    let reached = || Reader::open(&path("b.valley")).ok().and_then(|r| r.last_step().ok().flatten()).unwrap_or(0);
    while reached() < 45 {
        assert!(begun.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let r = Reader::open(&path("b.valley")).unwrap();
    assert_eq!((r.summary().unwrap(), r.checkpoints().unwrap(), r.states().unwrap()), (None, vec![25], vec![25]));
    assert_eq!(r.steps(0..u64::MAX).unwrap()[0].t, 25);
    // It opens everywhere, without its parent.
    std::fs::remove_file(path("a.valley")).unwrap();
    succeed(home, &["export", "b.valley", "--csv", "tables"]);
    succeed(home, &["export", "b.valley", "--png", "pictures"]);
    succeed(home, &["inspect", "b.valley@25"]);
    let csv = std::fs::read_to_string(path("tables/steps.csv")).unwrap();
    assert!(csv.lines().nth(1).unwrap().starts_with("25,"), "{csv}");
    // And goes on: its own iterations again, then others.
    succeed(home, &["walk", "--fork", "b.valley@40", "--steps", "50", "--record", "c.valley"]);
    let c = Reader::open(&path("c.valley")).unwrap();
    assert_eq!((c.checkpoints().unwrap(), c.summary().unwrap().unwrap().steps), (vec![40, 50], 50));
    let (of_b, of_c) = (r.steps(40..45).unwrap(), c.steps(40..45).unwrap());
    assert_eq!(format!("{of_b:?}"), format!("{of_c:?}"));
    succeed(home, &["line", "b.valley@25", "c.valley", "--alphas", "0:1:3", "--json"]);
}

/// Records of one run among the events of several.
fn records_of(events: &[Event], run: u64) -> Vec<Record> {
    let of = |e: &Event| match e {
        Event::Records { id, records } if *id == run => records.clone(),
        _ => vec![],
    };
    events.iter().flat_map(of).collect()
}

#[test]
fn a_live_fork_advances_in_step_with_its_parent_and_equals_the_recorded_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let spec = RunSpec {
        length: Length::Steps(30),
        optimizer: OptimizerSpec { momentum: 0.9, ..OptimizerSpec::default() },
        average: Some("swa:10%:3".parse().unwrap()),
        lr: 0.05,
        ..RunSpec::default()
    };
    run(spec.clone(), &path("alone.valley")).unwrap();
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: to_file(&path("one.valley")), paused: true });
    until(&engine, is_held);
    engine.send(Command::Step(8));
    until(&engine, is_held);
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, rho: 0.1, ..engine.status().optimizer };
    engine.send(fork_into(1, &[(2, sam, to_file(&path("two.valley")))]));
    let begun = until(&engine, is_held);
    assert!(
        begun.iter().any(|e| matches!(e, Event::Started { id: 2, manifest, .. } if manifest.spec.optimizer == sam))
    );
    assert_eq!((engine.status().id, engine.status().t, engine.status().optimizer), (2, 8, sam));
    // A third one is stopped alone; what was never there is refused.
    engine.send(fork_into(2, &[(3, sam, RecordTo::Nowhere)]));
    until(&engine, is_held);
    engine.send(fork_into(77, &[(4, sam, RecordTo::Nowhere)]));
    let refused = until(&engine, is_over);
    assert!(
        matches!(refused.last(), Some(Event::Failed { id: 4, message }) if message.contains("over")),
        "{refused:?}"
    );
    engine.send(Command::Step(4));
    let mut held = 0;
    let together = until(&engine, |e| {
        held += u64::from(is_held(e));
        held == 3
    });
    let order: Vec<(u64, u64)> = together
        .iter()
        .filter_map(|e| if let Event::Records { id, records } = e { Some((*id, records)) } else { None })
        .flat_map(|(id, records)| records.iter().map(move |r| (r.t(), id)))
        .collect();
    for id in [1, 2, 3] {
        let steps: Vec<u64> = order.iter().filter(|(_, of)| *of == id).map(|(t, _)| *t).collect();
        assert_eq!((steps.first(), steps.last()), (Some(&8), Some(&11)), "each made four, run {id}");
    }
    assert!([1, 2, 3].iter().all(|id| engine.status_of(*id).unwrap().t == 12));
    engine.send(Command::StopOne(3));
    let stopped = until(&engine, is_over);
    let Some(Event::Finished { id: 3, summary }) = stopped.last() else { panic!("{stopped:?}") };
    assert_eq!((summary.outcome.clone(), summary.steps), (Outcome::Stopped, 12));
    // A change is for the one that is selected.
    engine.send(Command::Select(1));
    engine.send(Command::SetLearningRate(-1.0));
    until(&engine, |e| matches!(e, Event::Warning { id: 1, .. }));
    assert_eq!(engine.status().id, 1);
    engine.send(Command::Resume);
    let mut over = 0;
    let end = until(&engine, |e| {
        over += u64::from(is_over(e));
        over == 2
    });
    assert!(records_of(&end, 2).iter().any(|r| r.t() == 29) && records_of(&end, 3).is_empty());
    drop(engine);
    assert_same(&tail(&path("one.valley"), 0), &tail(&path("alone.valley"), 0), "a fork does not touch its parent");
    run(fork(&path("one.valley"), 8).under(sam), &path("recorded.valley")).unwrap();
    assert_same(&tail(&path("two.valley"), 8), &tail(&path("recorded.valley"), 8), "live and recorded");
    let lineage = |name: &str| Reader::open(&path(name)).unwrap().manifest().spec.fork.clone().unwrap();
    assert_eq!(lineage("two.valley"), lineage("recorded.valley"));
}

#[test]
fn the_branches_of_one_fork_leave_at_the_same_iteration_while_the_run_moves() {
    let engine = Engine::spawn(Delivery::Prompt, || {}).unwrap();
    let spec = RunSpec { length: Length::Steps(100_000), ..RunSpec::default() };
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: RecordTo::Nowhere, paused: false });
    until(&engine, |e| matches!(e, Event::Records { records, .. } if records.iter().any(|r| r.t() > 3)));
    let sam = |rho| OptimizerSpec { kind: OptimizerKind::Sam, rho, ..OptimizerSpec::default() };
    let branches = [2, 3, 4].map(|id| (id, sam(0.01 * id as f64), RecordTo::Nowhere));
    engine.send(fork_into(1, &branches));
    let mut left = Vec::new();
    until(&engine, |e| {
        if let Event::Started { manifest, .. } = e {
            left.push((manifest.spec.fork.as_ref().unwrap().step, manifest.spec.optimizer.rho));
        }
        left.len() == 3
    });
    assert!(left[0].0 > 3 && left.iter().all(|l| l.0 == left[0].0), "{left:?}");
    assert_eq!(left.iter().map(|l| l.1).collect::<Vec<_>>(), [0.02, 0.03, 0.04]);
    engine.send(Command::Stop);
}

#[test]
fn recorded_forks_advance_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    run(RunSpec { length: Length::Steps(20), ..RunSpec::default() }, &path("a.valley")).unwrap();
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let left = fork(&path("a.valley"), 10);
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, ..OptimizerSpec::default() };
    let start = |id, spec: RunSpec, record| (id, Box::new(spec), record);
    let (id, spec, record) = start(1, left.clone().unchanged(), to_file(&path("b.valley")));
    engine.send(Command::Start { id, spec, record, paused: true });
    let (id, spec, record) = start(2, left.under(sam), to_file(&path("c.valley")));
    engine.send(Command::Join { id, spec, record, paused: true });
    let mut watch = engine.snapshots().watch(&[1, 2]);
    let mut held = 0;
    until(&engine, |e| {
        held += u64::from(is_held(e));
        held == 2
    });
    let first = watch.next(PATIENCE).unwrap();
    let where_are = |s: &[valleyscope::engine::Snapshot]| s.iter().map(|s| (s.id, s.t)).collect::<Vec<_>>();
    assert_eq!(where_are(&first), [(1, 10), (2, 10)]);
    assert_eq!(first[0].state, first[1].state, "both stand at the fork");
    engine.send(Command::Step(3));
    let later = loop {
        let found = watch.next(PATIENCE).unwrap();
        assert_eq!(found[0].t, found[1].t, "runs that move are shown when they are level");
        if found[0].t == 13 {
            break found;
        }
    };
    assert_ne!(later[0].state.theta, later[1].state.theta);
    engine.send(Command::Stop);
    let mut over = 0;
    let end = until(&engine, |e| {
        over += u64::from(is_over(e));
        over == 2
    });
    let stopped = |id: u64| {
        end.iter().any(|e| matches!(e, Event::Finished { id: of, summary } if *of == id && summary.steps == 13))
    };
    assert!(stopped(1) && stopped(2));
    let last = watch.next(PATIENCE).unwrap();
    assert!(last.iter().all(|s| s.is_last && s.t == 13));
    let kept = Reader::open(&path("b.valley")).unwrap().checkpoint(13).unwrap();
    assert_eq!(last[0].state.theta, kept);
    assert!(!matches!(end.last(), Some(Event::State { state: RunState::Paused(Pause::Disk(_)), .. })));
}

#[test]
fn the_live_line_is_the_line_between_the_recorded_points() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let mut spec = RunSpec { net: NORMED.into(), lr: 0.02, length: Length::Steps(30), ..RunSpec::default() };
    (spec.data.train_count, spec.data.test_count, spec.batch) = (Some(200), Some(100), BatchSize::Of(50));
    spec.probes.set_names("distance").unwrap();
    let subject = Subject::of_run(&spec, NormMode::Recalibrated(NormBatch::Auto));
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: to_file(&path("a.valley")), paused: true });
    until(&engine, is_held);
    engine.send(Command::Step(6));
    until(&engine, is_held);
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, rho: 0.2, ..OptimizerSpec::default() };
    engine.send(fork_into(1, &[(2, sam, to_file(&path("b.valley")))]));
    until(&engine, is_held);
    let end = |name: &str, id| LiveEnd { name: name.into(), at: EndAt::Run(id) };
    let line = LineSpec::plain(Axis::new(-0.5, 1.5, 9).unwrap());
    let ends = [end("SGD", 1), end("SAM", 2)];
    let live = LiveRequest { subject: subject.clone(), ends, line, test: true, snapshots: engine.snapshots() };
    let explorer = Explorer::<LiveJob>::start(live, &Settings::default(), || {}).unwrap();
    let next = || loop {
        match explorer.answers().recv_timeout(PATIENCE).unwrap() {
            Answer::Found(found) => return Some(found),
            Answer::Done { .. } => return None,
            Answer::Begun(_) | Answer::Progress { .. } => {}
            Answer::Failed(why) => panic!("{why}"),
            Answer::Preparing(_) | Answer::Stopped => panic!("it was neither prepared nor stopped"),
        }
    };
    let first = next().unwrap();
    assert_eq!((first.at, first.summary.distance), ([Some(6), Some(6)], 0.0), "both stand at the fork");
    assert!(first.points.iter().all(|p| p.measured == first.points[0].measured));
    // While they move, both ends are always of one iteration.
    engine.send(Command::Step(12));
    let mut at = 6;
    let last = loop {
        let found = next().unwrap();
        assert!(found.at[0] == found.at[1] && found.at[0] > Some(at), "{:?} after {at}", found.at);
        at = found.at[0].unwrap();
        if at == 18 {
            break found;
        }
    };
    engine.send(Command::Stop);
    let mut over = 0;
    until(&engine, |e| {
        over += u64::from(is_over(e));
        over == 2
    });
    while next().is_some() {}
    let request = LineRequest {
        a: path("a.valley@18"),
        b: Some(path("b.valley@18")),
        subject,
        alphas: Some(line.alphas),
        gradients: false,
        ..LineRequest::default()
    };
    let mut job = LineJob::open(&request, Interrupt::default(), &mut |_| {}).unwrap();
    while job.advance().unwrap().is_some() {}
    assert_eq!(format!("{:?}", job.curves[0].line.points()), format!("{:?}", last.points));
    assert_eq!(format!("{:?}", job.summary(0)), format!("{:?}", last.summary));
    assert!(last.summary.distance > 0.0);
}
