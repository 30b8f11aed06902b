//! Forks of runs that go on: branches side by side, and the line between them.

use valleyscope::{
    engine::{
        Answer, Command, Delivery, EndAt, Engine, Event, Explorer, ForkTo, LiveEnd, LiveJob, LiveRequest, Pause,
        Record, RecordTo, RunId, RunState,
    },
    explore::{Job as _, LineJob, LineRequest, Settings, Subject},
    objective::Interrupt,
    optim::{OptimizerKind, OptimizerSpec},
    probe::{NormBatch, NormMode},
    run::{BatchSize, Length, Outcome, RunSpec},
    runfile::Reader,
    survey::{Axis, LineSpec},
};

use crate::{
    fork_files::{NORMED, assert_same, fork, run, tail},
    support::{PATIENCE, is_held, is_over, to_file, until},
};

/// Lets a run go on as several.
fn fork_into(of: RunId, branches: &[(RunId, OptimizerSpec, RecordTo)]) -> Command {
    let to = |(id, optimizer, record): &(RunId, OptimizerSpec, RecordTo)| ForkTo {
        id: *id,
        optimizer: *optimizer,
        lr: None,
        record: record.clone(),
    };
    Command::Fork { of, branches: branches.iter().map(to).collect() }
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
fn a_live_fork_goes_on_at_another_rate() {
    let engine = Engine::spawn(Delivery::Complete, || {}).unwrap();
    let spec = RunSpec { length: Length::Steps(30), lr: 0.1, ..RunSpec::default() };
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record: RecordTo::Nowhere, paused: true });
    until(&engine, is_held);
    engine.send(Command::Step(3));
    until(&engine, is_held);
    let branch = ForkTo { id: 2, optimizer: engine.status().optimizer, lr: Some(0.05), record: RecordTo::Nowhere };
    engine.send(Command::Fork { of: 1, branches: vec![branch] });
    let begun = until(&engine, is_held);
    assert!(begun.iter().any(|e| matches!(e, Event::Started { id: 2, manifest, .. } if manifest.spec.lr == 0.05)));
    let rates = [1, 2].map(|id| engine.status_of(id).unwrap().learning_rate);
    assert_eq!(rates, [0.1, 0.05], "the run itself keeps its own");
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
