//! What a frame of the window costs with a lot in it: a run of a million steps, a hundred runs beside it, a plane of 512 × 512 points.
//!
//! The files are made up, in a folder that goes afterwards. A frame is the layout of all that is seen (the bars and the other half of
//! the window, too), the accessibility tree, and the triangles that a graphics device would get; times are the processor's, of the
//! thread that draws. The pointer moves from frame to frame over the plot, so that its read-outs are made. Nothing is asserted: a
//! frame that takes longer than it should has a mark.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench ends where something is wrong")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use egui::{Event, Key, Modifiers, Rect, pos2, vec2};
use egui_kittest::{Harness, kittest::Queryable as _, wgpu::WgpuTestRenderer};
use valleyscope::{
    app::{App, Options},
    checkpoint,
    engine::Walk,
    net::Network,
    objective::Interrupt,
    probe::{EpochRecord, ProbeId, ProbeValues, SliceRecord, StepRecord, slice_alpha},
    run::{Length, Manifest, Outcome, RunSpec, Summary},
    runfile::Writer,
};

type Window = Harness<'static, App>;

/// Milliseconds that a frame should take at most.
const GOAL: f64 = 4.0;
/// Frames in a row of the table.
const FRAMES: usize = 60;
/// Steps of the long run.
const LONG: u64 = 1_000_000;
/// Short runs, and steps of each.
const RUNS: u64 = 100;
const SHORT: u64 = 2_000;
/// Points along each side of the plane.
const SIDE: u32 = 512;
/// How long the window may take for anything.
const PATIENCE: Duration = Duration::from_secs(300);

fn main() {
    // cargo adds an argument of its own.
    let only: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if !only.is_empty() && !only.iter().any(|a| a == "frames") {
        return;
    }
    let folder = tempfile::tempdir().expect("there is room for some files");
    let begun = Instant::now();
    let long = folder.path().join("long.valley");
    let walk = Walk::new(RunSpec::default(), Interrupt::default()).expect("the digits are built in");
    let plain = walk.manifest();
    write_run(&long, plain, LONG, 0);
    let short: Vec<PathBuf> = (1..=RUNS).map(|k| folder.path().join(format!("short-{k}.valley"))).collect();
    short.iter().zip(1..).for_each(|(path, k)| write_run(path, plain, SHORT, k));
    let megabytes = fs::metadata(&long).map_or(0.0, |m| m.len() as f64 / 1e6);
    let seconds = begun.elapsed().as_secs_f64();
    println!("\na run of {LONG} steps ({megabytes:.0} MB) and {RUNS} of {SHORT} steps, written in {seconds:.1} s\n");

    {
        let mut w = window(folder.path());
        open_long(&mut w, &long);
        head();
        walk_panels(&mut w, "1 long run");
    }
    let mut w = window(folder.path());
    open(&mut w, &short);
    wait(&mut w, "the short runs", all_are_read);
    walk_panels(&mut w, "100 runs");

    open(&mut w, &[long]);
    wait(&mut w, "the long run beside them", |w| all_are_read(w) && !has(w, " reading "));
    walk_panels(&mut w, "101 runs");

    measure_plane(&mut w, folder.path());
    for (panel, over) in [
        ("Files", None),
        ("Line", None),
        ("Plane", Some("Map of")),
        ("Surface", Some("in three dimensions")),
        ("Escape", None),
        ("Valley", None),
        ("Spectrum", None),
        ("Noise", None),
    ] {
        press(&mut w, "Workspace Checkpoints");
        press(&mut w, panel);
        measure(&mut w, "101 runs, plane", panel, over);
    }
    for panel in ["Laboratory", "Gallery"] {
        press(&mut w, &format!("Workspace {panel}"));
        measure(&mut w, "101 runs, plane", panel, None);
    }
    key(&mut w, Modifiers::ALT, Key::Home);
    measure(&mut w, "101 runs, plane", "Start page", None);
    key(&mut w, Modifiers::COMMAND, Key::P);
    measure(&mut w, "101 runs, plane", "Command palette", None);
    println!("\n  the window takes {} of memory, {} at most so far", memory("VmRSS"), memory("VmHWM"));
}

/// The panels of the Walk workspace: those at the left beside a panel that has nothing to draw, the others beside a form.
fn walk_panels(w: &mut Window, with: &str) {
    press(w, "Workspace Walk");
    for panel in ["Set up", "Runs"] {
        press(w, "Slice");
        press(w, panel);
        measure(w, with, panel, None);
    }
    press(w, "Set up");
    press(w, "Walk");
    measure(w, with, "Walk", Some("Training loss plot"));
    press(w, "Epochs");
    measure(w, with, "Epochs", Some("Loss over epochs"));
    press(w, "Table");
    measure(w, with, "Table", None);
    press(w, "Slice");
    press(w, "Pin");
    measure(w, with, "Slice, pinned", Some("Loss along the step"));
    press(w, "Unpin all");
}

/// Opens the long run as somebody does who drops it on the window, at sixty frames a second.
fn open_long(w: &mut Window, path: &Path) {
    let before = memory("VmRSS");
    let begun = Instant::now();
    w.input_mut().dropped_files.push(Arc::new(Dropped(path.to_path_buf())));
    let (mut first, mut worst) = (None, 0.0f64);
    loop {
        let frame = Instant::now();
        let [layout, triangles] = frame_of(w);
        worst = worst.max(layout + triangles);
        let is_drawn = w.query_by_label("Training loss plot").is_some();
        if is_drawn && first.is_none() {
            first = Some(begun.elapsed());
        }
        if is_drawn && !has(w, " reading ") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the run is never read");
        std::thread::sleep(Duration::from_micros(16_667).saturating_sub(frame.elapsed()));
    }
    let all = begun.elapsed().as_secs_f64();
    let first = first.map_or(f64::NAN, |first| first.as_secs_f64());
    println!("opening the run of {LONG} steps\n");
    println!("  {first:>8.3} s to the first frame with a curve");
    println!("  {all:>8.3} s until all of it is there; the worst frame on the way took {:.1} ms", 1e3 * worst);
    println!("  {before} of memory before, {} after\n", memory("VmRSS"));
}

fn head() {
    println!(
        "milliseconds a frame, of {FRAMES}: in the middle, at worst, its triangles; and in the middle and at worst while the view is \
         zoomed, when many lines are drawn anew in some of the frames only, and in the frame after that, in which it rests\n"
    );
    println!(
        "  {:<16} {:<16} {:>8} {:>8} {:>9} {:>8} {:>8} {:>8}",
        "in the window", "panel", "median", "worst", "triangles", "zooming", "worst", "resting"
    );
}

/// Frames of what is in front. The pointer moves over what is called `over`, or else over the middle of the window.
fn measure(w: &mut Window, with: &str, panel: &str, over: Option<&str>) {
    // Lists find their places, and what is drawn coarsely while it moves is drawn well.
    w.run_steps(10);
    let named = over.and_then(|name| w.query_all_by_label_contains(name).next().map(|node| node.rect()));
    let place = named.unwrap_or_else(|| Rect::from_min_max(pos2(520.0, 200.0), pos2(1380.0, 760.0))).shrink(20.0);
    let along = |k: usize| {
        let share = (k % FRAMES) as f32 / FRAMES as f32;
        pos2(place.left() + share * place.width(), place.center().y + 20.0 * (0.7 * k as f32).sin())
    };
    // What is told at the pointer appears when it rests, and then follows it.
    w.hover_at(along(0));
    w.run_steps(60);
    let frames: Vec<[f64; 2]> = (0..FRAMES).map(|k| moved(w, Event::PointerMoved(along(k)))).collect();
    let (median, worst) = middle_and_worst(frames.iter().map(|[layout, triangles]| layout + triangles));
    let (triangles, _) = middle_and_worst(frames.iter().map(|[_, triangles]| *triangles));
    let zooming = over.filter(|_| named.is_some()).map(|_| {
        // In and out again, a little further in.
        let frames = (0..FRAMES).map(|k| moved(w, wheel(if k % 12 < 6 { 12.0 } else { -12.0 })));
        let frames: Vec<f64> = frames.map(|[layout, triangles]| layout + triangles).collect();
        // The wheel goes on for some frames; then everything is drawn well again.
        let resting = (0..FRAMES).map(|_| frame_of(w).iter().sum::<f64>() * 1e3).fold(0.0, f64::max);
        let (middle, worst) = middle_and_worst(frames.into_iter());
        [middle, worst, resting]
    });
    let marked = |ms: f64| if ms > GOAL { format!("{ms:.2}*") } else { format!("{ms:.2} ") };
    let [zooming, in_zoom, resting] = zooming.map_or(["–  "; 3].map(String::from), |all| all.map(marked));
    let (median, worst) = (marked(median), marked(worst));
    println!("  {with:<16} {panel:<16} {median:>8} {worst:>8} {triangles:>8.2} {zooming:>8} {in_zoom:>8} {resting:>8}");
    w.remove_cursor();
    w.run_steps(10);
}

/// One frame in which this happens.
fn moved(w: &mut Window, event: Event) -> [f64; 2] {
    w.event(event);
    frame_of(w).map(|seconds| 1e3 * seconds)
}

/// Seconds of work for the layout of a frame, and for its triangles.
fn frame_of(w: &mut Window) -> [f64; 2] {
    let begun = worked();
    w.step();
    let drawn = worked();
    let (shapes, scale) = (w.output().shapes.clone(), w.output().pixels_per_point);
    let cloned = worked();
    std::hint::black_box(w.ctx.tessellate(shapes, scale));
    [drawn - begun, worked() - cloned]
}

fn wheel(by: f32) -> Event {
    Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, by),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    }
}

/// NaN of nothing.
fn middle_and_worst(of: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut all: Vec<f64> = of.collect();
    all.sort_by(f64::total_cmp);
    (all.get(all.len() / 2).copied().unwrap_or(f64::NAN), all.last().copied().unwrap_or(f64::NAN))
}

/// Seconds that the processor has worked for this thread: other programs may be busy beside it.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library has no clock of a thread")]
fn worked() -> f64 {
    let mut time = std::mem::MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the call writes one timespec, to a place that has room for it; all zeros are one, too, should it fail.
    let time = unsafe {
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, time.as_mut_ptr());
        time.assume_init()
    };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Seconds, where nobody tells those of a thread.
#[cfg(not(unix))]
fn worked() -> f64 {
    static BEGUN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGUN.elapsed().as_secs_f64()
}

/// What the system says of this process's memory.
fn memory(of: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(of)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kilobytes.map_or("an unknown amount".into(), |kb| format!("{:.0} MB", kb / 1e3))
}

/// An empty window, with a graphics device where there is one: surfaces are drawn by it.
fn window(folder: &Path) -> Window {
    let options = Options { runs_folder: Some(folder.join("runs")), quiet: true, ..Options::default() };
    let builder = Harness::builder().with_size([1440.0, 900.0]).with_max_steps(4).with_step_dt(1.0 / 60.0);
    let builder = match device() {
        Some(renderer) => builder.renderer(renderer),
        None => builder,
    };
    let mut w = builder.build_eframe(move |cc| App::new(cc, options).expect("the engine has its thread"));
    w.run_steps(2);
    w
}

/// `None`, and a word about it, where the system has no device, not even one in software.
fn device() -> Option<WgpuTestRenderer> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let device = std::panic::catch_unwind(WgpuTestRenderer::new).ok();
    std::panic::set_hook(hook);
    if device.is_none() {
        println!("(no graphics device: the surface is not drawn)");
    }
    device
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|e| e.to_string())
    }
}

fn open(w: &mut Window, paths: &[PathBuf]) {
    for path in paths {
        w.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
    }
    w.run_steps(2);
}

/// Whether no file is still to be read, and the legend has more runs than it has room for.
fn all_are_read(w: &Window) -> bool {
    has(w, "More runs of the legend") && !has(w, "Reading ")
}

fn has(w: &Window, part: &str) -> bool {
    w.query_all_by_label_contains(part).next().is_some()
}

fn wait(w: &mut Window, what: &str, mut done: impl FnMut(&Window) -> bool) {
    let begun = Instant::now();
    while !done(w) {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
        w.run_steps(1);
    }
}

/// Clicks what has this name, or the first of several.
fn press(w: &mut Window, label: &str) {
    let found = w.query_all_by_label(label).next();
    found.unwrap_or_else(|| panic!("the window has no {label}")).click();
    w.run_steps(4);
    w.remove_cursor();
    w.run_steps(2);
}

fn key(w: &mut Window, modifiers: Modifiers, key: Key) {
    w.key_press_modifiers(modifiers, key);
    w.run_steps(4);
}

/// Types a text or a number into a field.
fn fill(w: &mut Window, label: &str, text: &str) {
    w.get_by_label(label).scroll_to_me();
    w.run_steps(30);
    w.get_by_label(label).click();
    w.run_steps(2);
    key(w, Modifiers::COMMAND, Key::A);
    w.get_by_label(label).type_text(text);
    w.run_steps(2);
    key(w, Modifiers::NONE, Key::Enter);
}

/// Brings a plane with made-up losses into the window: a record of it is begun there, filled here, and taken up again there.
fn measure_plane(w: &mut Window, folder: &Path) {
    let network = Network::build("mlp:64-16-10", [1, 8, 8], 10).expect("it is written right");
    let (centre, record) = (folder.join("centre.safetensors"), folder.join("plane.plane"));
    checkpoint::save(&centre, network.layout(), network.buffers(), &network.initial_state(1)).expect("there is room");
    open(w, &[centre]);
    wait(w, "the checkpoint", |w| w.query_by_label("A: centre.safetensors").is_some());
    press(w, "Workspace Checkpoints");
    press(w, "Plane");
    fill(w, "grid", &SIDE.to_string());
    fill(w, "Training images", "100");
    fill(w, "record", record.to_str().expect("its name is a text"));
    press(w, "Measure plane");
    wait(w, "the first points", |w| has(w, "cos(u, v)"));
    if w.query_by_label("Stop measuring").is_some() {
        press(w, "Stop measuring");
    }
    wait(w, "the measuring to stop", |w| has(w, "stopped before it was complete") || has(w, "measured in"));
    fill_record(&record).expect("it is a record of a plane");
    press(w, "Measure plane");
    wait(w, "the plane", |w| has(w, "from the record") && has(w, "measured in"));
}

/// Every point that is not there yet: a bowl with ripples, so that it has contour lines of some length.
fn fill_record(path: &Path) -> rusqlite::Result<()> {
    let mut db = rusqlite::Connection::open(path)?;
    let transaction = db.transaction()?;
    {
        let mut point = transaction.prepare("INSERT OR IGNORE INTO points VALUES (?1, ?2, ?3, ?4, NULL, NULL)")?;
        let place = |k: u32| 2.0 * f64::from(k) / f64::from(SIDE - 1) - 1.0;
        for j in 0..SIDE {
            for i in 0..SIDE {
                let (a, b) = (place(i), place(j));
                let loss = 0.05 + 2.0 * a * a + b * b + 0.2 * (1.0 + (9.0 * a).sin() * (7.0 * b).cos());
                point.execute((j, i, loss, 0.1 * loss))?;
            }
        }
    }
    transaction.commit()
}

/// A run with a slice, a step and all probes at every iteration, and its epochs: a walk that bounces between walls.
fn write_run(path: &Path, plain: &Manifest, steps: u64, seed: u64) {
    let spec = RunSpec { seed, length: Length::Steps(steps), ..plain.spec.clone() };
    let manifest = Manifest { spec, steps, ..plain.clone() };
    let mut writer = Writer::create(path, &manifest, false).expect("there is room");
    let mut noise = Noise(seed);
    let epoch = manifest.steps_per_epoch.max(1);
    let mut wall = 0.5;
    for t in 0..steps {
        let side = if t.is_multiple_of(2) { -0.5 } else { 0.5 };
        let next = side + 0.2 * noise.next();
        let floor = 0.3 + 0.01 * seed as f64 + 2.0 * (-4.0 * t as f64 / steps as f64).exp();
        let bump = if t % 13 == 9 { 0.5 } else { 0.0 };
        let loss = std::array::from_fn(|k| {
            let place = wall + slice_alpha(k) * (next - wall);
            floor + place * place + if k == 5 { bump } else { 0.0 }
        });
        let values = ProbeId::all().fold(ProbeValues::NONE, |all, id| all.with(id, Some(1.0 + noise.next())));
        let values = values
            .with(ProbeId::COSINE, Some(-0.5 + 0.4 * noise.next()))
            .with(ProbeId::DISTANCE, Some((t as f64).sqrt()));
        let batch_loss = loss[0] + 0.1 * noise.next();
        let step = StepRecord { t, loss: Some(loss[0]), batch_loss, values, learning_rate: 0.1, batch: 100 };
        writer.step(&step).and_then(|()| writer.slice(&SliceRecord { t, loss })).expect("it is written");
        if (t + 1).is_multiple_of(epoch) {
            writer.epoch(&an_epoch((t + 1) / epoch, t + 1, floor)).expect("it is written");
        }
        if t % 8192 == 8191 {
            writer.commit().expect("it is written");
        }
        wall = next;
    }
    let summary = Summary {
        outcome: Outcome::Finished,
        seconds: 1.0,
        steps,
        gradient_evaluations: steps,
        full_loss_evaluations: 10 * steps,
        loss: Some(0.3),
        distance: (steps as f64).sqrt(),
        norm: 1.0,
    };
    writer.finish(&summary).expect("it is written");
}

fn an_epoch(epoch: u64, t: u64, floor: f64) -> EpochRecord {
    EpochRecord {
        epoch,
        t,
        train_loss: floor,
        train_error: 0.1 * floor,
        test_loss: 1.1 * floor,
        test_error: 0.12 * floor,
        slices: 10,
        barriers: 1,
        mean_height: Some(0.2),
        average: None,
    }
}

/// A small generator, so that the files are the same everywhere.
struct Noise(u64);

impl Noise {
    /// Uniform in −1..1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}
