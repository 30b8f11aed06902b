//! Speed as ratios measured in one run, beside PyTorch's on the same two threads: steps of walks, a plane, a gradient, a
//! product with the Hessian, the loss of a wide network, the noise paper's escape figure; and the window's own numbers
//! (decimation, memory of a long history).
//!
//! Arguments choose workloads by name; `frames` alone is for the other bench. PyTorch's side needs `VALLEYSCOPE_PYTHON` (an interpreter with torch) and
//! `VALLEYSCOPE_SHARED` (data, and `bench/pytorch_walk.py`); without them only our side is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use valleyscope::{
    checkpoint, data,
    data::{DataSpec, Pixels},
    device,
    engine::{Record, Walk},
    explore::{Job as _, PlaneJob, PlaneRequest, Subject},
    history::{History, Quantity},
    net::{Kernels, Network},
    objective::{Curvature, Interrupt, Objective, Subset},
    probe::{NormBatch, NormMode, ProbeId, ProbeValues, SliceRecord, StepRecord},
    run::{BatchSize, DeviceChoice, Length, LossKind, RunSpec},
    toy::ensemble::{Ensemble, EnsembleSpec},
};

const THREADS: usize = 2;

/// A row of the table.
struct Workload {
    /// The script's name of it.
    name: &'static str,
    /// Of ours that are timed, and of the script's.
    steps: u64,
    /// Seconds of one step.
    ours: fn(&Path, u64) -> f64,
    /// Operations of one step when nothing is shared, 10⁹.
    work: fn(&Path) -> f64,
}

const WORKLOADS: [Workload; 7] = [
    Workload { name: "mlp", steps: 60, ours: |s, n| walk_seconds(&mlp(s), n), work: |s| walk_work(&mlp(s)) },
    Workload { name: "lenet", steps: 10, ours: |s, n| walk_seconds(&lenet(s), n), work: |s| walk_work(&lenet(s)) },
    Workload { name: "plane", steps: 1, ours: plane_seconds, work: |s| 441.0 * forward_work(&lenet(s)) },
    Workload { name: "resnet8", steps: 4, ours: |s, n| walk_seconds(&resnet(s), n), work: |s| walk_work(&resnet(s)) },
    Workload { name: "gradient", steps: 20, ours: gradient_seconds, work: |s| 3.0 * forward_work(&lenet(s)) },
    // A pass along a direction is three forwards, the way back five.
    Workload { name: "hvp", steps: 20, ours: product_seconds, work: |s| 8.0 * forward_work(&lenet(s)) },
    Workload { name: "vgg", steps: 2, ours: vgg_seconds, work: |s| forward_work(&vgg(s)) },
];

fn main() {
    rayon::ThreadPoolBuilder::new()
        .num_threads(THREADS)
        .use_current_thread()
        .build_global()
        .expect("the pool is made once, here");
    let shared = std::env::var_os("VALLEYSCOPE_SHARED").map(PathBuf::from);
    // cargo adds an argument of its own.
    let only: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if only.iter().all(|a| a == "frames") && !only.is_empty() {
        return;
    }
    let is_asked = |name: &str| only.is_empty() || only.iter().any(|a| a == name || a == "race");
    let kernels = Kernels::chosen().expect("the environment names kernels that are here");
    let peak = peak(kernels);
    println!("{THREADS} threads, kernels {}, {peak:.0} GFLOP/s in registers\n", kernels.name());
    println!(
        "  {:<9} {:>12} {:>12} {:>7} {:>12} {:>7} {:>9} {:>8}",
        "workload", "ours, ms", "PyTorch, ms", "ratio", "its bf16", "ratio", "GFLOP/s", "of peak"
    );
    match &shared {
        Some(shared) => WORKLOADS.iter().filter(|w| is_asked(w.name)).for_each(|w| race(w, shared, peak)),
        None => println!("  (set VALLEYSCOPE_SHARED to a folder with data/mnist and data/fashion-mnist)"),
    }
    if is_asked("toy") {
        race_toy(shared.as_deref());
    }
    if is_asked("history") {
        long_history();
    }
}

/// Three rounds of each side in turn; the median of each. Shared first products make the rate larger than the machine's.
fn race(w: &Workload, shared: &Path, peak: f64) {
    let (mut ours, mut theirs, mut rough) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push((w.ours)(shared, w.steps));
        theirs.extend(pytorch_seconds(w, shared, &[]));
        rough.extend(pytorch_seconds(w, shared, &["--bf16"]));
    }
    let [a, b, c] = [&mut ours, &mut theirs, &mut rough].map(|seconds| median(seconds));
    let text = |s: f64| if s.is_nan() { "–".into() } else { format!("{:.2}", 1e3 * s) };
    let ratio = |s: f64| if s.is_nan() { "–".into() } else { format!("{:.2}×", s / a) };
    let rate = (w.work)(shared) / a;
    let share = format!("{:.0} %", 100.0 * rate / peak);
    let [ms, their_ms, rough_ms] = [a, b, c].map(text);
    let [their_ratio, rough_ratio] = [b, c].map(ratio);
    let name = w.name;
    println!(
        "  {name:<9} {ms:>12} {their_ms:>12} {their_ratio:>7} {rough_ms:>12} {rough_ratio:>7} {rate:>9.0} {share:>8}"
    );
}

/// GFLOP/s of all threads when nothing leaves the registers.
fn peak(kernels: Kernels) -> f64 {
    struct Loop;

    const SUMS: usize = 12;
    const ROUNDS: usize = 4_000_000;

    impl pulp::WithSimd for Loop {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) -> f64 {
            let begun = Instant::now();
            let (mut sums, by) = ([simd.splat_f32s(1.0); SUMS], simd.splat_f32s(std::hint::black_box(0.5)));
            for _ in 0..ROUNDS {
                sums.iter_mut().for_each(|sum| *sum = simd.mul_add_e_f32s(*sum, by, by));
            }
            std::hint::black_box(sums);
            (2 * SUMS * ROUNDS * S::F32_LANES) as f64 / begun.elapsed().as_secs_f64() / 1e9
        }
    }

    // All of them at once, as in the work that it is compared with.
    let rates: Vec<f64> = rayon::broadcast(|_| kernels.run(Loop));
    rates.iter().sum()
}

fn images(shared: &Path, name: &str, count: usize, pixels: Pixels) -> DataSpec {
    DataSpec {
        name: name.into(),
        train_count: Some(count),
        test_count: Some(100),
        pixels: Some(pixels),
        dir: Some(shared.join("data")),
        ..DataSpec::default()
    }
}

fn spec(data: DataSpec, net: &str, batch: u64, lr: f64) -> RunSpec {
    let mut spec = RunSpec {
        data,
        net: net.into(),
        batch: BatchSize::Of(batch),
        lr,
        device: DeviceChoice::Cpu,
        ..RunSpec::default()
    };
    spec.probes.epoch = false;
    spec
}

fn mlp(shared: &Path) -> RunSpec {
    spec(images(shared, "mnist", 2000, Pixels::Unit), "mlp:784-128-64-10", 100, 0.1)
}

fn lenet(shared: &Path) -> RunSpec {
    spec(images(shared, "fashion-mnist", 1200, Pixels::Signed), "lenet", 20, 0.05)
}

fn cifar(shared: &Path) -> DataSpec {
    let dir = Some(shared.join("data/cifar-10-subset"));
    DataSpec { dir, allow_partial: true, ..images(shared, "cifar-10", 500, Pixels::Signed) }
}

/// All 500 images are one batch for its statistics.
fn resnet(shared: &Path) -> RunSpec {
    RunSpec { norm_mode: NormMode::Batch(NormBatch::All), ..spec(cifar(shared), "resnet8", 50, 0.1) }
}

fn vgg(shared: &Path) -> RunSpec {
    spec(cifar(shared), "vgg11", 50, 0.1)
}

fn objective(spec: &RunSpec) -> Objective {
    let data = data::load(&spec.data, 0).expect("the data are there");
    let network = Network::build(&spec.net, data.shape, data.classes).expect("it is built in");
    let cpu = device::choose(DeviceChoice::Cpu).expect("there is one");
    Objective::new(network, &data, LossKind::CrossEntropy, cpu.device, true).expect("they fit each other")
}

/// Operations of one loss over all training images, 10⁹.
fn forward_work(spec: &RunSpec) -> f64 {
    let objective = objective(spec);
    2.0 * objective.network().multiplications() as f64 * objective.count(Subset::Train) as f64 / 1e9
}

/// Nine losses, and a gradient of the batch.
fn walk_work(spec: &RunSpec) -> f64 {
    let objective = objective(spec);
    let BatchSize::Of(batch) = spec.batch else { return f64::NAN };
    let share = batch as f64 / objective.count(Subset::Train) as f64;
    (9.0 + 3.0 * share) * forward_work(spec)
}

/// Median of the seconds of several.
fn timed(steps: u64, mut step: impl FnMut()) -> f64 {
    step();
    let mut seconds: Vec<f64> = (0..steps)
        .map(|_| {
            let begun = Instant::now();
            step();
            begun.elapsed().as_secs_f64()
        })
        .collect();
    median(&mut seconds)
}

fn gradient_seconds(shared: &Path, steps: u64) -> f64 {
    let objective = objective(&lenet(shared));
    let at = objective.network().initial_state(1);
    timed(steps, || {
        std::hint::black_box(objective.full_gradient(&at, NormMode::Running).expect("nothing interrupts it"));
    })
}

fn product_seconds(shared: &Path, steps: u64) -> f64 {
    let objective = objective(&lenet(shared));
    let at = objective.network().initial_state(1);
    let v = objective.network().initial_state(2).theta;
    timed(steps, || {
        let product =
            objective.full_curvature_products(&at, &[&v], Curvature::Hessian, NormMode::Running, &mut |_, _| ());
        std::hint::black_box(product.expect("nothing interrupts it"));
    })
}

fn vgg_seconds(shared: &Path, steps: u64) -> f64 {
    let objective = objective(&vgg(shared));
    let at = objective.network().initial_state(1);
    timed(steps, || {
        let loss = objective.evaluate(&at, Subset::Train, NormMode::Running);
        std::hint::black_box(loss.expect("nothing interrupts it"));
    })
}

/// The 21×21 filter-normalised plane of LeNet on 1,200 images.
fn plane_seconds(shared: &Path, _steps: u64) -> f64 {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    let centre = folder.path().join("lenet.safetensors");
    let network = Network::build("lenet", [1, 28, 28], 10).expect("it is built in");
    checkpoint::save(&centre, network.layout(), network.buffers(), &network.initial_state(1)).expect("it is written");
    let request = PlaneRequest {
        subject: Subject { data: lenet(shared).data, device: DeviceChoice::Cpu, ..Subject::default() },
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
fn race_toy(shared: Option<&Path>) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(median(&mut (0..20).map(our_toy).collect::<Vec<_>>()));
        theirs.extend(shared.and_then(|folder| script_seconds("toy", 20, folder, &[])));
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

/// Seconds of a walk step.
fn walk_seconds(spec: &RunSpec, steps: u64) -> f64 {
    let spec = RunSpec { length: Length::Steps(steps + 3), ..spec.clone() };
    let mut walk = Walk::new(spec, Interrupt::default()).expect("the workload is right");
    let mut records: Vec<Record> = Vec::new();
    for _ in 0..3 {
        walk.step(&mut records).expect("the step is made");
    }
    let begun = Instant::now();
    while !walk.is_complete() {
        walk.step(&mut records).expect("the step is made");
    }
    begun.elapsed().as_secs_f64() / steps as f64
}

fn pytorch_seconds(w: &Workload, shared: &Path, more: &[&str]) -> Option<f64> {
    script_seconds(w.name, w.steps, shared, more)
}

/// Of one step of the script.
fn script_seconds(workload: &str, steps: u64, shared: &Path, more: &[&str]) -> Option<f64> {
    let python = std::env::var_os("VALLEYSCOPE_PYTHON")?;
    let threads = THREADS.to_string();
    let out = Command::new(python)
        .arg(shared.join("bench/pytorch_walk.py"))
        .args(["--workload", workload, "--threads", &threads, "--steps", &steps.to_string(), "--data"])
        .arg(shared.join("data"))
        .args(more)
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
