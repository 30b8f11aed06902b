//! The engine as its fronts see it: commands in, events out, records on disk.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use valleyscope::{
    checkpoint::Checkpoint,
    engine::{Command, Delivery, Engine, Event, Pace, Pause, Record, RecordTo, RunState},
    optim::{OptimizerKind, OptimizerSpec},
    probe::Change,
    run::{BatchSize, Length, Outcome, RunSpec},
    runfile::Reader,
};

use crate::support::{PATIENCE, is_held, is_over, to_file, until};

fn start(engine: &Engine, spec: RunSpec, record: RecordTo, paused: bool) {
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record, paused });
}

fn records(events: &[Event]) -> Vec<Record> {
    events.iter().flat_map(|e| if let Event::Records { records, .. } = e { records.clone() } else { vec![] }).collect()
}

fn steps(records: &[Record]) -> Vec<u64> {
    records.iter().filter_map(|r| if let Record::Step(s) = r { Some(s.t) } else { None }).collect()
}

#[test]
fn pause_step_and_resume_make_exactly_the_iterations_asked_for() {
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    start(&engine, RunSpec { length: Length::Steps(20), ..RunSpec::default() }, RecordTo::Nowhere, true);
    let begun = until(&engine, is_held);
    assert!(steps(&records(&begun)).is_empty());
    engine.send(Command::Step(1));
    assert_eq!(steps(&records(&until(&engine, is_held))), [0]);
    engine.send(Command::Step(4));
    assert_eq!(steps(&records(&until(&engine, is_held))), [1, 2, 3, 4]);
    engine.send(Command::Resume);
    let rest = until(&engine, is_over);
    assert_eq!(steps(&records(&rest)), (5..20).collect::<Vec<_>>());
    let Some(Event::Finished { summary, .. }) = rest.last() else { panic!("{rest:?}") };
    assert_eq!((summary.outcome.clone(), summary.steps), (Outcome::Finished, 20));
    assert_eq!(summary.gradient_evaluations, 20);
    // Nine points per slice, because the left end is known, and one evaluation at the start and at the epoch's end.
    assert_eq!(summary.full_loss_evaluations, 20 * 9 + 2);
}

#[test]
fn a_walk_in_pieces_equals_a_walk_in_one_go() {
    let spec = RunSpec { length: Length::Steps(12), ..RunSpec::default() };
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    start(&engine, spec.clone(), RecordTo::Nowhere, false);
    let whole = records(&until(&engine, is_over));
    start(&engine, spec, RecordTo::Nowhere, true);
    let mut pieces = records(&until(&engine, is_held));
    for n in [1, 5, 2] {
        engine.send(Command::Step(n));
        pieces.extend(records(&until(&engine, is_held)));
    }
    engine.send(Command::Resume);
    pieces.extend(records(&until(&engine, is_over)));
    assert_eq!(whole, pieces);
}

#[test]
fn live_changes_are_recorded_and_take_effect() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("changed.valley");
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    start(&engine, RunSpec { length: Length::Steps(6), ..RunSpec::default() }, to_file(&path), true);
    until(&engine, is_held);
    engine.send(Command::Step(2));
    until(&engine, is_held);
    engine.send(Command::SetLearningRate(0.025));
    engine.send(Command::SetBatch(50));
    engine.send(Command::SetLearningRate(-1.0));
    engine.send(Command::SetBatch(5000));
    let refused = until(&engine, |e| matches!(e, Event::Warning { message, .. } if message.contains("5000")));
    assert!(
        refused.iter().any(|e| matches!(e, Event::Warning { message, .. } if message.contains("learning rate is -1")))
    );
    engine.send(Command::Resume);
    until(&engine, is_over);
    let reader = Reader::open(&path).unwrap();
    let changes = reader.changes().unwrap();
    assert_eq!(changes.iter().map(|c| c.t).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(changes[0].change, Change::LearningRate { from: 0.1, to: 0.025 });
    assert_eq!(changes[1].change, Change::Batch { from: 100, to: 50 });
    let steps = reader.steps(0..6).unwrap();
    assert_eq!(steps.iter().map(|s| s.learning_rate).collect::<Vec<_>>(), [0.1, 0.1, 0.025, 0.025, 0.025, 0.025]);
    assert_eq!(steps.iter().map(|s| s.batch).collect::<Vec<_>>(), [100, 100, 50, 50, 50, 50]);
    assert_eq!(reader.checkpoints().unwrap(), [0, 6]);
}

#[test]
fn the_optimizer_changes_live_and_the_file_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("switched.valley");
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let spec = RunSpec {
        length: Length::Steps(30),
        average: Some("swa:50%".parse().unwrap()),
        switch: "sgd:psam@20".parse().unwrap(),
        ..RunSpec::default()
    };
    start(&engine, spec, to_file(&path), true);
    until(&engine, is_held);
    engine.send(Command::Step(4));
    until(&engine, is_held);
    let sgd = engine.status().optimizer;
    let sam = OptimizerSpec { kind: OptimizerKind::Sam, rho: 0.1, ..sgd };
    engine.send(Command::SetOptimizer(sam));
    engine.send(Command::SetOptimizer(OptimizerSpec { kind: OptimizerKind::Nesterov, ..sam }));
    until(&engine, |e| matches!(e, Event::Warning { message, .. } if message.contains("--momentum 0.9")));
    assert_eq!(engine.status().optimizer, sam);
    engine.send(Command::Resume);
    let events = until(&engine, is_over);
    let Some(Event::Finished { summary, .. }) = events.last() else { panic!("{events:?}") };
    // Four steps of SGD, sixteen of SAM; PSAM's E is 23 (75 %): it ascends at 20 and from 23 on.
    assert_eq!(summary.gradient_evaluations, 4 + 2 * 16 + 2 + 2 + 2 * 7);
    let reader = Reader::open(&path).unwrap();
    let psam = OptimizerSpec { kind: OptimizerKind::Psam, ..sam };
    let changes: Vec<_> = reader.changes().unwrap().into_iter().map(|c| (c.t, c.change)).collect();
    let expected = [(4, Change::Optimizer { from: sgd, to: sam }), (20, Change::Optimizer { from: sam, to: psam })];
    assert_eq!(changes, expected);
    assert!(changes[0].1.to_string().contains("SGD → SAM ρ 0.1"));
    // An epoch is 15 iterations: θ_15 and θ_30.
    let average = reader.average().unwrap().unwrap();
    assert_eq!((average.t, average.count), (30, 2));
    let counts: Vec<_> = reader.epochs().unwrap().iter().map(|e| e.average.map(|a| a.count)).collect();
    assert_eq!(counts, [None, Some(1), Some(2)]);
    let read = |name: &str| Checkpoint::read(&dir.path().join(name)).unwrap();
    let values: Vec<f32> = read("switched.valley@average").tensors.iter().flat_map(|t| t.values.clone()).collect();
    assert_eq!(values, average.values);
    let (a, b) = (reader.checkpoint(30).unwrap(), reader.checkpoint(0).unwrap());
    assert!(values != a && values != b && a != b);
}

#[test]
fn the_file_holds_what_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.valley");
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    start(&engine, RunSpec { length: Length::Epochs(2), ..RunSpec::default() }, to_file(&path), false);
    let events = until(&engine, is_over);
    let sent = records(&events);
    let reader = Reader::open(&path).unwrap();
    let mut read: Vec<Record> = Vec::new();
    read.extend(reader.steps(0..u64::MAX).unwrap().into_iter().map(Record::Step));
    read.extend(reader.slices(0..u64::MAX).unwrap().into_iter().map(Record::Slice));
    read.extend(reader.epochs().unwrap().into_iter().map(Record::Epoch));
    let key = |r: &Record| (matches!(r, Record::Slice(_)), matches!(r, Record::Epoch(_)), r.t());
    let mut sent = sent;
    sent.sort_by_key(key);
    read.sort_by_key(key);
    assert_eq!(sent, read);
    let Some(Event::Finished { summary, .. }) = events.last() else { panic!() };
    assert_eq!(reader.summary().unwrap().as_ref(), Some(&**summary));
}

#[test]
fn divergence_holds_the_run_and_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("diverged.valley");
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let spec = RunSpec { lr: 1e20, batch: BatchSize::Of(100), length: Length::Steps(50), ..RunSpec::default() };
    start(&engine, spec, to_file(&path), false);
    let events = until(&engine, is_held);
    let Some(Event::State { state: RunState::Paused(Pause::Diverged { t }), .. }) = events.last() else {
        panic!("{events:?}")
    };
    let at = *t;
    // Trying again changes nothing and writes nothing twice.
    engine.send(Command::Resume);
    until(&engine, is_held);
    engine.send(Command::Stop);
    until(&engine, is_over);
    let reader = Reader::open(&path).unwrap();
    let slices = reader.slices(0..u64::MAX).unwrap();
    let steps = reader.steps(0..u64::MAX).unwrap();
    let shown =
        slices.iter().any(|s| s.loss.iter().any(|x| !x.is_finite())) || steps.iter().any(|s| !s.batch_loss.is_finite());
    assert!(shown, "what is not finite is in the file: {slices:?}");
    assert!(at <= 2 && reader.last_step().unwrap().is_some());
}

/// The engine waits at each of its events until it may go on, so the order of what happens does not depend on how fast
/// anything is.
#[test]
fn stop_ends_an_evaluation_before_its_next_piece_even_while_preparing() {
    let (permit, gate) = std::sync::mpsc::sync_channel::<()>(1);
    let engine = Engine::spawn(Delivery::Complete, move || {
        gate.recv().ok();
    })
    .unwrap();
    // Dropped before the engine, whatever fails: then the engine waits no more, and can end.
    let go = permit;
    let mut spec = RunSpec::default();
    // Gradients of single examples, for all 1,437 of them, a few at a time; of a network so large that this takes longer than
    // the time between two messages on any machine.
    spec.optimizer.noise = 0.1;
    spec.net = "mlp:64-1500-1500-10".into();
    start(&engine, spec, RecordTo::Nowhere, false);
    loop {
        match engine.events().recv_timeout(PATIENCE) {
            Ok(Event::Preparing { done, total, .. }) if total > 0 => {
                assert!(done < total, "all {total} examples are done already");
                break;
            }
            Ok(event) => {
                assert!(!is_over(&event), "{event:?}");
                go.send(()).unwrap();
            }
            Err(e) => panic!("waited in vain: {e}"),
        }
    }
    engine.send(Command::Stop);
    drop(go);
    let events = until(&engine, is_over);
    // Not one more piece, let alone an iteration.
    assert!(matches!(events[..], [Event::Cancelled { .. }]), "{events:?}");
}

/// A run that is held before its first iteration, and then killed, would keep where it was to begin.
#[test]
fn where_a_run_begins_is_kept_before_its_first_iteration() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("held.valley");
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    start(&engine, RunSpec::default(), RecordTo::File { path: path.clone(), overwrite: false }, true);
    until(&engine, |event| matches!(event, Event::Started { .. }));
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.last_step().unwrap(), None);
    assert_eq!(reader.checkpoint(0).unwrap().len() as u64, reader.manifest().parameters);
}

/// A window that never looks: training goes on, memory stays bounded, and nothing is missing from the file.
#[test]
fn a_front_that_does_not_listen_neither_slows_the_run_nor_loses_a_record() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("unseen.valley");
    let engine = Engine::spawn(Delivery::Prompt, || {}).unwrap();
    let mut spec = RunSpec { net: "linear(2)".into(), length: Length::Steps(150_000), ..RunSpec::default() };
    spec.data.name = "moons".into();
    spec.data.train_count = Some(4);
    spec.data.test_count = Some(2);
    spec.batch = BatchSize::Of(4);
    spec.probes.set_names("distance").unwrap();
    start(&engine, spec, to_file(&path), false);
    let begun = Instant::now();
    while engine.status().t < 150_000 {
        assert!(begun.elapsed() < Duration::from_secs(300), "at {:?}", engine.status());
        std::thread::sleep(Duration::from_millis(20));
    }
    let events = until(&engine, is_over);
    let kept = records(&events).len() as u64;
    let missed: Vec<(u64, u64)> = events
        .iter()
        .filter_map(|e| if let Event::Missed { from, to, .. } = e { Some((*from, *to)) } else { None })
        .collect();
    assert!(engine.missed_records() > 0 && !missed.is_empty(), "{kept} kept, {missed:?} missed");
    let mut covered: Vec<bool> = vec![false; 150_000];
    steps(&records(&events)).into_iter().for_each(|t| covered[t as usize] = true);
    missed.iter().for_each(|(a, b)| covered[*a as usize..(*b as usize).min(150_000)].fill(true));
    assert!(covered.iter().all(|c| *c), "the front is told of everything it did not get");
    assert_eq!(Reader::open(&path).unwrap().steps(0..u64::MAX).unwrap().len(), 150_000);
}

#[test]
fn what_cannot_begin_says_why() {
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let says = |spec: RunSpec, record: RecordTo| {
        start(&engine, spec, record, false);
        match until(&engine, is_over).pop() {
            Some(Event::Failed { message, .. }) => message,
            other => panic!("{other:?}"),
        }
    };
    let plain = RunSpec::default;
    assert!(says(RunSpec { lr: f64::NAN, ..plain() }, RecordTo::Nowhere).contains("learning rate is NaN"));
    assert!(says(RunSpec { batch: BatchSize::Of(2000), ..plain() }, RecordTo::Nowhere).contains("1437"));
    assert!(says(RunSpec { net: "lenett".into(), ..plain() }, RecordTo::Nowhere).contains("lenet"));
    assert!(says(plain(), to_file(Path::new("/no/such/folder/run.valley"))).contains("/no/such/folder"));
    // And the engine still works.
    start(&engine, RunSpec { length: Length::Steps(1), ..plain() }, RecordTo::Nowhere, false);
    assert!(matches!(until(&engine, is_over).last(), Some(Event::Finished { .. })));
}

#[test]
fn a_brake_changes_the_speed_and_nothing_else() {
    let spec = RunSpec { length: Length::Steps(6), ..RunSpec::default() };
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    start(&engine, spec.clone(), RecordTo::Nowhere, false);
    let fast = records(&until(&engine, is_over));
    engine.send(Command::SetPace(Pace::AtMost(20.0)));
    let begun = Instant::now();
    start(&engine, spec, RecordTo::Nowhere, false);
    let slow = records(&until(&engine, is_over));
    assert!(begun.elapsed() >= Duration::from_millis(240), "six iterations at 20 a second took {:?}", begun.elapsed());
    assert_eq!(fast, slow);
}
