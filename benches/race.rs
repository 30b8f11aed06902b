//! Speed as ratios measured in one run: walk steps per second beside PyTorch's on the same two threads, and the window's
//! own numbers (decimation, memory of a long history); planes and the noise paper's escape figure beside PyTorch's, too.
//!
//! With the argument `toy` only the escape figure; the argument `frames` alone is for the other bench. PyTorch's side needs `VALLEYSCOPE_PYTHON` (an interpreter with torch)
//! and `VALLEYSCOPE_SHARED` (data, and `bench/pytorch_walk.py`); without them only our side is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]

use std::{path::PathBuf, process::Command, time::Instant};

use valleyscope::{
    checkpoint,
    data::{DataSpec, Pixels},
    engine::{Record, Walk},
    explore::{Job as _, PlaneJob, PlaneRequest, Subject},
    history::{History, Quantity},
    net::Network,
    objective::Interrupt,
    probe::{ProbeId, ProbeValues, SliceRecord, StepRecord},
    run::{BatchSize, DeviceChoice, Length, RunSpec},
    toy::ensemble::{Ensemble, EnsembleSpec},
};

struct Workload {
    name: &'static str,
    spec: RunSpec,
    steps: u64,
}

fn main() {
    rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .use_current_thread()
        .build_global()
        .expect("the pool is made once, here");
    let shared = std::env::var_os("VALLEYSCOPE_SHARED").map(PathBuf::from);
    // cargo adds an argument of its own.
    let only: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wants = |name: &str| only.iter().any(|a| a == name);
    if !only.is_empty() && !wants("race") {
        if wants("toy") {
            race_toy(shared.as_deref());
        }
        return;
    }
    println!("walk steps per second, two threads\n");
    println!("  {:<8} {:>14} {:>16} {:>8}", "workload", "valleyscope", "PyTorch", "ratio");
    match &shared {
        Some(shared) => {
            for w in workloads(shared) {
                race(&w, shared);
            }
            race_plane(shared);
        }
        None => println!("  (set VALLEYSCOPE_SHARED to a folder with data/mnist and data/fashion-mnist)"),
    }
    race_toy(shared.as_deref());
    long_history();
}

fn workloads(shared: &std::path::Path) -> [Workload; 2] {
    let data = |name: &str, count, pixels| DataSpec {
        name: name.into(),
        train_count: Some(count),
        test_count: Some(100),
        pixels: Some(pixels),
        dir: Some(shared.join("data")),
        ..DataSpec::default()
    };
    let mut base = RunSpec { lr: 0.1, device: DeviceChoice::Cpu, ..RunSpec::default() };
    base.probes.epoch = false;
    let mlp = RunSpec {
        data: data("mnist", 2000, Pixels::Unit),
        net: "mlp:784-128-64-10".into(),
        batch: BatchSize::Of(100),
        ..base.clone()
    };
    let lenet = RunSpec {
        data: data("fashion-mnist", 1200, Pixels::Signed),
        net: "lenet".into(),
        batch: BatchSize::Of(20),
        lr: 0.05,
        ..base
    };
    [Workload { name: "mlp", spec: mlp, steps: 60 }, Workload { name: "lenet", spec: lenet, steps: 6 }]
}

/// Three rounds of each side in turn; the median of each.
fn race(w: &Workload, shared: &std::path::Path) {
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..3 {
        ours.push(our_seconds(w));
        theirs.extend(pytorch_seconds(w, shared));
    }
    let (a, b) = (median(&mut ours), median(&mut theirs));
    let text = |s: f64| if s.is_nan() { "not installed".into() } else { format!("{:.2}", 1.0 / s) };
    let ratio = if b.is_nan() { "–".into() } else { format!("{:.2}×", b / a) };
    println!("  {:<8} {:>14} {:>16} {:>8}", w.name, text(a), text(b), ratio);
}

/// The 21×21 filter-normalised plane of LeNet on 1,200 images, in planes per second.
fn race_plane(shared: &std::path::Path) {
    let workload = |name| Workload { name, spec: RunSpec::default(), steps: 1 };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(our_plane(shared));
        theirs.extend(pytorch_seconds(&workload("plane"), shared));
    }
    let (a, b) = (median(&mut ours), median(&mut theirs));
    println!("\nthe 21×21 plane of lenet on 1,200 images, seconds\n");
    println!("  {:<8} {a:>14.2} {b:>16.2} {:>7.2}×", "plane", b / a);
}

fn our_plane(shared: &std::path::Path) -> f64 {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    let centre = folder.path().join("lenet.safetensors");
    let network = Network::build("lenet", [1, 28, 28], 10).expect("it is built in");
    checkpoint::save(&centre, network.layout(), network.buffers(), &network.initial_state(1)).expect("it is written");
    let [_, lenet] = workloads(shared);
    let request = PlaneRequest {
        subject: Subject { data: lenet.spec.data, device: DeviceChoice::Cpu, ..Subject::default() },
        files: vec![centre],
        grid: 21,
        ..PlaneRequest::default()
    };
    let mut job = PlaneJob::open(&request, Interrupt::default(), &mut |_| {}).expect("the workload is right");
    let begun = Instant::now();
    while job.advance().expect("the plane is measured").is_some() {}
    begun.elapsed().as_secs_f64()
}

/// The noise paper's figure, 6 dynamics × 100 runs × 500 iterations × 100 points in f64, in milliseconds: three rounds of
/// each side in turn, the median of twenty in each.
fn race_toy(shared: Option<&std::path::Path>) {
    let workload = Workload { name: "toy", spec: RunSpec::default(), steps: 20 };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(median(&mut (0..20).map(our_toy).collect::<Vec<_>>()));
        theirs.extend(shared.and_then(|folder| pytorch_seconds(&workload, folder)));
    }
    let (a, b) = (median(&mut ours), median(&mut theirs));
    println!("\nthe escape figure, 6 dynamics × 100 runs × 500 iterations × 100 points, milliseconds\n");
    println!("  {:<8} {:>14.1} {:>16.1} {:>7.2}×", "toy", 1e3 * a, 1e3 * b, b / a);
}

fn our_toy(seed: u64) -> f64 {
    let begun = Instant::now();
    let spec = EnsembleSpec { seed, ..EnsembleSpec::default() };
    let mut ensemble = Ensemble::new(spec).expect("the paper's figure is right");
    ensemble.finish(&false.into()).expect("it was checked");
    std::hint::black_box(ensemble.results());
    begun.elapsed().as_secs_f64()
}

/// NaN of nothing.
fn median(v: &mut [f64]) -> f64 {
    v.sort_by(f64::total_cmp);
    v.get(v.len() / 2).copied().unwrap_or(f64::NAN)
}

fn our_seconds(w: &Workload) -> f64 {
    let spec = RunSpec { length: Length::Steps(w.steps + 3), ..w.spec.clone() };
    let mut walk = Walk::new(spec, Interrupt::default()).expect("the workload is right");
    let mut records: Vec<Record> = Vec::new();
    for _ in 0..3 {
        walk.step(&mut records).expect("the step is made");
    }
    let begun = Instant::now();
    while !walk.is_complete() {
        walk.step(&mut records).expect("the step is made");
    }
    begun.elapsed().as_secs_f64() / w.steps as f64
}

fn pytorch_seconds(w: &Workload, shared: &std::path::Path) -> Option<f64> {
    let python = std::env::var_os("VALLEYSCOPE_PYTHON")?;
    let out = Command::new(python)
        .arg(shared.join("bench/pytorch_walk.py"))
        .args(["--workload", w.name, "--threads", "2", "--steps", &w.steps.to_string(), "--data"])
        .arg(shared.join("data"))
        .output()
        .ok()?;
    let line: serde_json::Value = serde_json::from_slice(&out.stdout).ok()?;
    line["median"].as_f64()
}

/// A million steps in memory: bytes, and what a frame of the Walk panel costs.
fn long_history() {
    let manifest = Walk::new(RunSpec::default(), Interrupt::default()).expect("the digits are built in");
    let mut history = History::new(manifest.manifest().clone());
    let n = 1_000_000u64;
    for t in 0..n {
        let wave = (t as f64 * 0.01).sin();
        let values = ProbeValues::NONE
            .with(ProbeId::GRADIENT, Some(1.0))
            .with(ProbeId::COSINE, Some(wave))
            .with(ProbeId::DISTANCE, Some(t as f64))
            .with(ProbeId::NORM, Some(1.0));
        history.push_step(StepRecord { t, loss: Some(wave), batch_loss: wave, values, learning_rate: 0.1, batch: 100 });
        history.push_slice(SliceRecord { t, loss: std::array::from_fn(|k| wave + (k as f64 - 4.5).abs()) });
    }
    let begun = Instant::now();
    let frames = 20;
    for i in 0..frames {
        let end = n as f64 - f64::from(i);
        for q in [
            Quantity::SLICE,
            Quantity::FLOOR,
            Quantity::BARRIER,
            Quantity::COSINE,
            Quantity::HEIGHT,
            Quantity::DISTANCE,
        ] {
            std::hint::black_box(history.curve(q, 0.0, end, 1600));
        }
    }
    let frame = begun.elapsed().as_secs_f64() * 1e3 / f64::from(frames);
    println!("\na run of {n} steps with slices, in memory\n");
    println!("  {:>8.1} MB", history.bytes() as f64 / 1e6);
    println!("  {frame:>8.2} ms to decimate the four plots to 1600 columns (a frame at 60 Hz has 16.7 ms)");
}
