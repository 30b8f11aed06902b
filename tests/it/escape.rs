//! Escapes from a minimum: against an independent loop and closed forms, on the command line and in the window.

use std::{
    fs,
    path::{Path, PathBuf},
};

use egui_kittest::kittest::Queryable as _;
use safetensors::{Dtype, tensor::TensorView};
use serde_json::Value;
use valleyscope::{
    checkpoint,
    engine::{Found, Record, Walk},
    explore::{Ended, EscapeJob, EscapeRequest, Job as _, SharedConstants, Subject},
    net::{Network, State},
    objective::{Interrupt, Subset},
    optim::{OptimizerKind, OptimizerSpec},
    probe::{NormMode, ProbeSpec},
    run::{BatchSize, Length, LossKind, RunSpec},
    valley::{Exit, Method},
};

use crate::{
    explore_window::{export, fill, has, press, wait_for},
    support::program,
    window::{click, show, window},
};

const NET: &str = "mlp:64-16-10";
/// The same with batch norm.
const NORMED: &str = "conv(4,3) batchnorm relu pool(2) flatten linear(10)";

fn without_probes() -> ProbeSpec {
    let mut probes = ProbeSpec::default();
    probes.set_names("none").unwrap();
    probes
}

/// A network trained on the digits until nearly all of them are right.
fn minimum(folder: &Path, net: &str) -> PathBuf {
    let spec = RunSpec {
        net: net.into(),
        lr: 0.3,
        batch: BatchSize::Of(50),
        length: Length::Epochs(12),
        probes: without_probes(),
        ..RunSpec::default()
    };
    let mut walk = Walk::new(spec, Interrupt::default()).unwrap();
    let mut records = Vec::new();
    while !walk.is_complete() {
        walk.step(&mut records).unwrap();
    }
    let network = walk.objective().network();
    let path = folder.join("minimum.safetensors");
    // What was read is not written over.
    fs::remove_file(&path).ok();
    checkpoint::save(&path, network.layout(), network.buffers(), &here(&walk)).unwrap();
    path
}

/// Where a walk is, running statistics included.
fn here(walk: &Walk) -> State {
    let [Record::Checkpoint { values, .. }, _] = walk.last_checkpoint() else { panic!("a checkpoint is one") };
    let (theta, buffers) = values.split_at(walk.theta().len());
    State { theta: theta.to_vec(), buffers: buffers.to_vec() }
}

/// A table with SGD and every kind at every ρ.
fn request(checkpoint: &Path, net: &str, kinds: &[OptimizerKind], rhos: &[f64]) -> EscapeRequest {
    EscapeRequest {
        subject: Subject { net: net.into(), norm_mode: NormMode::Running, ..Subject::default() },
        checkpoint: checkpoint.into(),
        kinds: kinds.into(),
        rho: (!rhos.is_empty()).then(|| rhos.into()),
        lr: 0.8,
        batch: Some(32),
        seeds: 3,
        steps: 60,
        ..EscapeRequest::default()
    }
}

fn finish(job: &mut EscapeJob) -> Vec<Ended> {
    let mut all = Vec::new();
    while let Some(ended) = job.advance().unwrap() {
        all.extend(ended);
    }
    all.sort_by_key(|e| (e.job.method, e.job.seed));
    all
}

fn ends(request: &EscapeRequest) -> Vec<Ended> {
    finish(&mut EscapeJob::open(request, Interrupt::default(), &mut |_| {}).unwrap())
}

/// A table with SGD and SAM.
fn of_sam(checkpoint: &Path, net: &str, rhos: &[f64]) -> EscapeRequest {
    request(checkpoint, net, &[OptimizerKind::Sam], rhos)
}

/// A table with SGD alone.
fn of_sgd(checkpoint: &Path, net: &str) -> EscapeRequest {
    request(checkpoint, net, &[OptimizerKind::Sgd], &[])
}

/// The plainest way to measure an exit: a walk, and the full training error after every step.
fn plainly(request: &EscapeRequest, net: &str, method: Method, seed: u64) -> Exit {
    let spec = RunSpec {
        net: net.into(),
        init: Some(request.checkpoint.clone()),
        lr: request.lr,
        batch: BatchSize::Of(request.batch.unwrap()),
        length: Length::Steps(request.steps),
        optimizer: OptimizerSpec { kind: method.kind, rho: method.rho, ..request.constants.spec() },
        probes: without_probes(),
        seed,
        ..RunSpec::default()
    };
    let mut walk = Walk::new(spec, Interrupt::default()).unwrap();
    for t in 1..=request.steps {
        assert_eq!(walk.step(&mut Vec::new()).unwrap(), Found::Finite);
        let error = walk.objective().evaluate(&here(&walk), Subset::Train, NormMode::Running).unwrap().error;
        if 1.0 - error < request.threshold {
            return Exit::Exited(t);
        }
    }
    Exit::Censored(request.steps)
}

#[test]
fn a_plain_walk_leaves_at_the_same_step() {
    let folder = tempfile::tempdir().unwrap();
    for (net, momentum) in [(NET, 0.0), (NORMED, 0.5)] {
        let start = minimum(folder.path(), net);
        let kinds = [OptimizerKind::Sam, OptimizerKind::Asam, OptimizerKind::Psam];
        let constants = OptimizerSpec { momentum, psam_period: 2, ..OptimizerSpec::default() };
        let mut request = EscapeRequest {
            constants: SharedConstants::of(&constants, &kinds),
            steps: 40,
            ..request(&start, net, &kinds, &[0.1, 0.5])
        };
        request.subject.seed = 5;
        let found = ends(&request);
        assert_eq!(found.len(), 21);
        for ended in &found {
            let method = request.methods()[ended.job.method];
            assert_eq!(ended.seed, 5 + ended.job.seed as u64);
            let expected = plainly(&request, net, method, ended.seed);
            assert_eq!(ended.run.exit, expected, "{net}, {} with seed {}", method.title(), ended.seed);
        }
        let left = found.iter().filter(|e| matches!(e.run.exit, Exit::Exited(_))).count();
        assert!(left >= 10, "only {left} of {} left: {found:?}", found.len());
        // Looking at all images always makes no difference.
        assert_eq!(ends(&EscapeRequest { full_checks: true, ..request.clone() }), found);
    }
}

#[test]
fn without_a_radius_sam_has_sgds_own_table() {
    let folder = tempfile::tempdir().unwrap();
    let start = minimum(folder.path(), NET);
    let plain = ends(&of_sgd(&start, NET));
    let sam = ends(&EscapeRequest { baseline: false, ..of_sam(&start, NET, &[0.0]) });
    assert_eq!(sam, plain);
    let seeds: Vec<Exit> = plain.iter().map(|e| e.run.exit).collect();
    assert!(seeds.iter().any(|e| *e != seeds[0]), "the seeds differ: {seeds:?}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let request = of_sam(&minimum(folder.path(), NORMED), NORMED, &[0.2]);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| ends(&request))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn a_table_that_was_stopped_goes_on_and_may_grow() {
    let folder = tempfile::tempdir().unwrap();
    let start = minimum(folder.path(), NET);
    let slow = EscapeRequest { lr: 0.4, steps: 200, ..of_sam(&start, NET, &[0.05, 0.5]) };
    let whole = EscapeRequest { seeds: 4, ..slow.clone() };
    let expected = ends(&whole);
    let record = Some(folder.path().join("table.escape"));
    let small = EscapeRequest { seeds: 2, record: record.clone(), rho: Some(vec![0.5]), ..slow };
    let mut job = EscapeJob::open(&small, Interrupt::default(), &mut |_| {}).unwrap();
    let mut first = Vec::new();
    while first.is_empty() {
        first.extend(job.advance().unwrap().unwrap());
    }
    drop(job);
    // Stopped on the way: what had ended is kept.
    let interrupt = Interrupt::default();
    let mut job = EscapeJob::open(&small, interrupt.clone(), &mut |_| {}).unwrap();
    assert_eq!(job.resumed().len(), first.len());
    interrupt.raise();
    assert!(job.advance().unwrap_err().is_interrupt());
    drop(job);
    let mut job =
        EscapeJob::open(&EscapeRequest { record, ..whole.clone() }, Interrupt::default(), &mut |_| {}).unwrap();
    assert_eq!(job.resumed().len(), first.len());
    let mut all: Vec<Ended> = job.resumed().to_vec();
    all.extend(finish(&mut job));
    all.sort_by_key(|e| (e.job.method, e.job.seed));
    assert_eq!(all, expected);
    drop(job);
    // Another rate is another table.
    let other = EscapeRequest { lr: 0.7, record: Some(folder.path().join("table.escape")), ..whole };
    let error = EscapeJob::open(&other, Interrupt::default(), &mut |_| {}).map(drop).unwrap_err().to_string();
    assert!(error.contains("rate is 0.4 there and 0.7 here"), "{error}");
}

/// Twenty images of the single number 1, one of them of the other class: with squared loss the two outputs s = w + b move
/// as e' = (1 − 2η) e around (0.95, 0.05), and SAM adds −2√2 η ρ sign(e). All images are told wrong but one as soon as
/// s_0 < s_1.
#[test]
fn a_linear_network_leaves_when_its_recurrence_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ones.safetensors");
    let bytes = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let (images, labels) = (bytes(&[1.0; 20]), (0..20).map(|i| u8::from(i == 7)).collect::<Vec<u8>>());
    let images = TensorView::new(Dtype::F32, vec![20, 1], &images).unwrap();
    let labels = TensorView::new(Dtype::U8, vec![20], &labels).unwrap();
    let tensors =
        [("images", images.clone()), ("labels", labels.clone()), ("test_images", images), ("test_labels", labels)];
    safetensors::serialize_to_file(tensors, None, &data).unwrap();
    let net = "flatten linear(2)";
    let network = Network::build(net, [1, 1, 1], 2).unwrap();
    let start = folder.path().join("linear.safetensors");
    // Weights, then biases.
    let state = State { theta: vec![0.48, 0.02, 0.48, 0.03], buffers: vec![] };
    checkpoint::save(&start, network.layout(), network.buffers(), &state).unwrap();
    let mut subject = Subject { net: net.into(), loss: LossKind::MeanSquared, ..Subject::default() };
    subject.data.name = data.display().to_string();
    let (rate, rhos) = (1.05, [0.001, 0.01, 0.1]);
    let request = EscapeRequest {
        subject,
        lr: rate,
        batch: Some(20),
        steps: 200,
        seeds: 2,
        threshold: 0.95,
        ..of_sam(&start, net, &rhos)
    };
    let mut expected = Vec::new();
    for rho in [0.0, 0.001, 0.01, 0.1] {
        let (mut e, mut t) = (0.01f64, 0);
        while 0.9 + e >= 0.0 {
            e = (1.0 - 2.0 * rate) * e - 2.0 * 2f64.sqrt() * rate * rho * e.signum();
            t += 1;
        }
        expected.extend([Exit::Exited(t); 2]);
    }
    let found: Vec<Exit> = ends(&request).iter().map(|e| e.run.exit).collect();
    assert_eq!(found, expected);
    assert!(
        matches!(found[0], Exit::Exited(t) if t > 30) && matches!(found[6], Exit::Exited(t) if t < 10),
        "{found:?}"
    );
}

#[test]
fn a_gradient_that_is_not_finite_leaves_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let start = minimum(folder.path(), NET);
    let request = EscapeRequest { lr: 1e30, check: 50, ..of_sgd(&start, NET) };
    let mut job = EscapeJob::open(&request, Interrupt::default(), &mut |_| {}).unwrap();
    for ended in finish(&mut job) {
        assert!(matches!(ended.run.exit, Exit::Exited(2 | 3)) && !ended.run.finite, "{ended:?}");
    }
    let cell = &job.table().summary()[0];
    assert_eq!((cell.exited, cell.diverged, cell.censored), (3, 3, 0));
}

fn lines(home: &Path, arguments: &[&str]) -> Vec<Value> {
    let out = program(home).arg("escape").args(arguments).arg("--json").output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
}

#[test]
fn the_command_line_prints_every_run_and_every_row() {
    let home = tempfile::tempdir().unwrap();
    let start = minimum(home.path(), NET);
    let (start, record, csv) = (start.to_str().unwrap(), home.path().join("t.escape"), home.path().join("t.csv"));
    let common = [start, "--rho", "0.05,0.5", "--lr", "0.8", "--batch", "32", "--steps", "20", "--bn", "running"];
    let run = |more: &[&str]| lines(home.path(), &[&common[..], more].concat());
    let of = |lines: &[Value], event: &str| -> Vec<Value> {
        lines.iter().filter(|l| l["event"] == event).cloned().collect()
    };
    let part = run(&["--seeds", "2", "--record", record.to_str().unwrap()]);
    assert_eq!((of(&part, "exit").len(), of(&part, "done")[0]["runs"].as_u64()), (6, Some(6)));
    let resumed = run(&["--seeds", "3", "--record", record.to_str().unwrap(), "--out", csv.to_str().unwrap()]);
    assert_eq!(resumed[0]["resumed"], 6);
    let whole = run(&["--seeds", "3"]);
    let sorted = |lines: &[Value]| {
        let mut exits: Vec<String> = of(lines, "exit").iter().map(Value::to_string).collect();
        exits.sort();
        exits
    };
    assert_eq!(sorted(&resumed), sorted(&whole));
    assert_eq!(of(&resumed, "cell"), of(&whole, "cell"));
    for exit in of(&whole, "exit") {
        assert_eq!(exit["outcome"] == "exited", exit["steps"].is_u64(), "{exit}");
    }
    let cells = of(&whole, "cell");
    assert_eq!(cells.iter().map(|c| c["rho"].as_f64().unwrap()).collect::<Vec<_>>(), [0.0, 0.05, 0.5]);
    for cell in &cells {
        assert_eq!(cell["exited"].as_u64().unwrap() + cell["censored"].as_u64().unwrap(), 3, "{cell}");
    }
    assert_eq!(of(&whole, "trend").len(), 1);
    let rows = std::fs::read_to_string(csv).unwrap();
    assert_eq!(rows.lines().filter(|l| l.starts_with("sgd,") || l.starts_with("sam,")).count(), 9);
    // The printed table says what its numbers are.
    let out = program(home.path()).arg("escape").args(common).args(["--seeds", "2"]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    for part in
        ["% training accuracy", "SAM ρ 0.05", "stayed", "SGD takes", "mean ± standard deviation", "η 0.8 constant"]
    {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn bad_input_gets_an_answer_that_helps() {
    let home = tempfile::tempdir().unwrap();
    let start = minimum(home.path(), NET);
    let untrained = home.path().join("untrained.safetensors");
    let network = Network::build(NET, [1, 8, 8], 10).unwrap();
    checkpoint::save(&untrained, network.layout(), network.buffers(), &network.initial_state(1)).unwrap();
    let start = start.to_str().unwrap();
    for (arguments, parts) in [
        (vec![untrained.to_str().unwrap()], ["below the threshold of 90 %", "lower threshold (--threshold)"]),
        (vec![start, "--threshold", "1.5"], ["the threshold is 1.5", "such as 0.9"]),
        (vec![start, "--rho", "-1"], ["radius ρ is -1", "--rho 0"]),
        (vec![start, "--rho", "0.1,0.1"], ["there twice", "leave one out"]),
        (vec![start, "--optimizer", "gd"], ["gd takes all images", "use sgd"]),
        (vec![start, "--optimizer", "sgd", "--rho", "0.1"], ["rho means nothing", "--optimizer sam"]),
        (vec![start, "--psam-period", "3"], ["psam-period means nothing", "--optimizer psam"]),
        (vec![start, "--batch", "0"], ["batch of 0", "--batch 1"]),
        (vec![start, "--batch", "5000"], ["batch of 5000", "1437 or less (--batch 1437)"]),
        (vec![start, "--steps", "0"], ["step limit is 0", "at least 1"]),
        (vec![start, "--seeds", "0"], ["0 seeds", "at least one"]),
        (vec![start, "--lr", "0"], ["learning rate is 0", "above 0"]),
        (vec![start, "--check", "0"], ["every 0 steps", "--check 1"]),
        (vec![start, "--momentum", "1"], ["momentum is 1", "below 1"]),
        (vec![start, "--out", "a.pgn"], ["a.pgn", "did you mean \"png\""]),
        (vec!["nothing.pt"], ["nothing.pt", "No such file"]),
        // Looked at before any file is read.
        (vec!["nothing.pt", "--record", "/no/such/t.valley"], ["--record /no/such/t.valley", "choose another place"]),
        (vec![start, "--record", start], ["minimum.safetensors", "no escape table"]),
    ] {
        let out = program(home.path()).arg("escape").args(&arguments).output().unwrap();
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && !error.contains("panicked"), "{arguments:?}: {error}");
        for part in parts {
            assert!(error.contains(part), "{arguments:?}: {part} is not in {error}");
        }
    }
}

#[test]
fn the_panel_fills_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let start = minimum(folder.path(), NET);
    let mut w = window(folder.path(), true, vec![]);
    show(&mut w, "Escape");
    assert!(has(&w, "how fast SGD and SAM leave a minimum"), "the empty panel teaches");
    drop(w);
    let mut w = window(folder.path(), true, vec![start.clone()]);
    wait_for(&mut w, "A: minimum.safetensors");
    show(&mut w, "Escape");
    fill(&mut w, "ρ", "0.05, x");
    assert!(has(&w, "\"x\" is no radius"));
    fill(&mut w, "ρ", "0.05, 0.5");
    fill(&mut w, "rate η", "0.8");
    fill(&mut w, "batch of", "32");
    fill(&mut w, "seeds", "3");
    fill(&mut w, "at most", "60");
    click(&mut w, "Measure escapes");
    wait_for(&mut w, "measured in");
    assert!(has(&w, "SAM ρ 0.5") && has(&w, "Exit steps of SGD") && has(&w, "Mean exit steps over the radius"));
    let csv = export(&mut w, &folder.path().join("escape.csv"));
    let expected = ends(&of_sam(&start, NET, &[0.05, 0.5]));
    let steps = expected.iter().map(|e| match e.run.exit {
        Exit::Exited(steps) => steps.to_string(),
        Exit::Censored(_) => String::new(),
    });
    let found: Vec<&str> = csv.lines().skip_while(|l| !l.starts_with("optimizer")).skip(1).collect();
    let found: Vec<&str> = found.iter().map(|l| l.split(',').nth(4).unwrap()).collect();
    assert_eq!(found, steps.collect::<Vec<_>>());
    click(&mut w, "Explain Escape");
    assert!(w.query_by_label("exit time").is_some());
    w.key_press(egui::Key::Escape);
    w.run_steps(2);
    // A long one can be stopped.
    fill(&mut w, "rate η", "0.00001");
    fill(&mut w, "at most", "1000000");
    press(&mut w, "Measure escapes");
    wait_for(&mut w, "of 9 runs");
    click(&mut w, "Stop measuring");
    wait_for(&mut w, "stopped before it was complete");
}
