//! The window, driven through its accessible names; and once for real, on a display of its own.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use egui::Role;
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable as _},
};
use valleyscope::{
    app,
    engine::Walk,
    objective::Interrupt,
    probe::{ProbeValues, SLICE_POINTS, SliceRecord, StepRecord},
    run::RunSpec,
    runfile::{Reader, Writer},
};

/// So long only on a machine that draws on its processor beside this.
const PATIENCE: Duration = Duration::from_secs(300);

pub fn window(folder: &Path, quiet: bool, files: Vec<std::path::PathBuf>) -> Harness<'static, app::App> {
    opened(app::Options { files, runs_folder: Some(folder.into()), quiet, ..Default::default() })
}

/// A window with these options.
pub fn opened(options: app::Options) -> Harness<'static, app::App> {
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(4)
        .build_eframe(move |cc| app::App::new(cc, options).unwrap());
    harness.run_steps(2);
    harness
}

/// Lets the window live until `done`; a running run repaints for ever, so the harness must not wait for quiet.
pub fn wait(
    harness: &mut Harness<'static, app::App>,
    what: &str,
    mut done: impl FnMut(&Harness<'static, app::App>) -> bool,
) {
    let begun = Instant::now();
    while !done(harness) {
        if begun.elapsed() > PATIENCE {
            let failed = harness.query_all_by_label_contains("Not measured");
            let said: Vec<String> = failed.filter_map(|node| NodeT::accesskit_node(&node).label()).collect();
            panic!("waited in vain for {what}; the window says: {said:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
        harness.run_steps(1);
    }
}

pub fn click(harness: &mut Harness<'static, app::App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

/// Goes to a panel's workspace and brings the panel to the front.
pub fn show(harness: &mut Harness<'static, app::App>, panel: &str) {
    let workspace = match panel {
        "Set up" | "Runs" | "Walk" | "Slice" | "Epochs" | "Table" => "Walk",
        "Gallery" | "Laboratory" => panel,
        _ => "Checkpoints",
    };
    click(harness, &format!("Workspace {workspace}"));
    if panel != workspace || panel == "Walk" {
        click(harness, panel);
    }
}

fn only_run(folder: &Path) -> Option<Reader> {
    let mut files: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "valley"));
    Reader::open(files.first()?).ok()
}

#[test]
fn the_demonstration_begins_by_itself_and_obeys_its_buttons() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), false, vec![]);
    wait(&mut w, "the run to move", |w| w.query_by_label("Pause").is_some());
    wait(&mut w, "three iterations", |_| {
        only_run(folder.path()).and_then(|r| r.last_step().ok().flatten()).is_some_and(|t| t >= 2)
    });
    click(&mut w, "Pause");
    wait(&mut w, "the pause", |w| w.query_by_label("Play").is_some());
    let held = || only_run(folder.path()).and_then(|r| r.last_step().ok().flatten()).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    let at = held();
    click(&mut w, "Step");
    wait(&mut w, "one more iteration", |_| held() == at + 1);
    click(&mut w, "Step 10");
    wait(&mut w, "ten more iterations", |_| held() == at + 11);
    click(&mut w, "Stop");
    wait(&mut w, "the end", |_| only_run(folder.path()).is_some_and(|r| matches!(r.summary(), Ok(Some(_)))));
    // The panel's controls have names, and explain themselves.
    for label in
        ["Follow", "All", "Log", "Explain Training loss", "Explain Gradient cosine", "Export Distance from init"]
    {
        assert!(w.query_by_label(label).is_some(), "no {label}");
    }
    click(&mut w, "Explain Training loss");
    assert!(w.query_by_label("valley floor").is_some(), "the card names the floor");
}

#[test]
fn keys_do_what_the_buttons_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), false, vec![]);
    wait(&mut w, "the run to move", |w| w.query_by_label("Pause").is_some());
    w.key_press(egui::Key::Space);
    wait(&mut w, "the pause", |w| w.query_by_label("Play").is_some());
    w.key_press(egui::Key::Space);
    wait(&mut w, "the run to move on", |w| w.query_by_label("Pause").is_some());
    // Pressed out of habit, it ends nothing.
    w.key_press(egui::Key::Escape);
    w.run_steps(10);
    assert!(only_run(folder.path()).is_some_and(|r| matches!(r.summary(), Ok(None))), "Esc has ended the run");
    w.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::Escape);
    wait(&mut w, "the end", |_| only_run(folder.path()).is_some_and(|r| matches!(r.summary(), Ok(Some(_)))));
}

#[test]
fn a_run_is_set_up_in_the_form_and_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    assert!(w.query_by_label("Watch the demonstration").is_some(), "the empty panel offers something");
    click(&mut w, "a stack");
    click(&mut w, "More on the optimizer");
    click(&mut w, "cosine");
    // The stack is for 28×28 images: the form says so before anything is started.
    assert!(w.query_by_label_contains("larger than its").is_some());
    click(&mut w, "lenet");
    assert!(
        w.query_by_label_contains("larger than its").is_some(),
        "lenet's second window is too large for 8×8 images"
    );
    click(&mut w, "mlp");
    assert!(w.query_by_label_contains("valleyscope walk --data digits --net mlp").is_some());
    assert!(w.query_by_label_contains("--schedule cosine").is_some());
    click(&mut w, "Start run");
    wait(&mut w, "the run to move", |w| w.query_by_label("Pause").is_some());
    click(&mut w, "Stop");
    wait(&mut w, "the end", |_| only_run(folder.path()).is_some_and(|r| matches!(r.summary(), Ok(Some(_)))));
    let manifest = only_run(folder.path()).unwrap().manifest().clone();
    assert_eq!(manifest.spec.schedule.to_string(), "cosine");
}

#[test]
fn the_optimizer_is_chosen_in_the_form_and_changed_live() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    assert!(w.query_by_label("Radius ρ").is_none(), "SGD has no radius");
    w.get_by_role_and_label(Role::ComboBox, "Optimizer").click();
    w.run_steps(3);
    click(&mut w, "psam");
    assert!(w.query_by_label_contains("--optimizer psam --rho 0.05 --psam-until 75% --psam-period 20").is_some());
    for label in ["Radius ρ", "Norm p", "Shard m", "SAM always from E", "Period n"] {
        assert!(w.query_all_by_label(label).next().is_some(), "no {label}");
    }
    click(&mut w, "Start run");
    wait(&mut w, "the run to move", |w| w.query_by_label("Pause").is_some());
    wait(&mut w, "an iteration", |_| only_run(folder.path()).is_some_and(|r| matches!(r.last_step(), Ok(Some(_)))));
    click(&mut w, "Pause");
    wait(&mut w, "the pause", |w| w.query_by_label("Play").is_some());
    w.get_by_role_and_label(Role::ComboBox, "Live optimizer").click();
    w.run_steps(3);
    click(&mut w, "sgd");
    click(&mut w, "Step");
    wait(&mut w, "the change", |_| only_run(folder.path()).is_some_and(|r| r.changes().is_ok_and(|c| c.len() == 1)));
    let change = only_run(folder.path()).unwrap().changes().unwrap().remove(0).change.to_string();
    assert_eq!(change, "optimizer PSAM ρ 0.05 E 75% n 20 → SGD");
    click(&mut w, "Stop");
}

#[test]
fn a_slider_that_was_dragged_is_one_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), false, vec![]);
    wait(&mut w, "the run to move", |w| w.query_by_label("Pause").is_some());
    let reached = || only_run(folder.path()).and_then(|r| r.last_step().ok().flatten());
    wait(&mut w, "an iteration", |_| reached().is_some());
    click(&mut w, "Pause");
    wait(&mut w, "the pause", |w| w.query_by_label("Play").is_some());
    let rail = w.get_by_label("η slider").rect();
    let at = |share: f32| egui::pos2(rail.left() + share * rail.width(), rail.center().y);
    w.hover_at(at(0.9));
    w.drag_at(at(0.9));
    for share in [0.8, 0.7, 0.6, 0.5] {
        w.hover_at(at(share));
        w.run_steps(2);
    }
    w.drop_at(at(0.5));
    w.run_steps(3);
    // A second step would bring a second change.
    for _ in 0..2 {
        let before = reached();
        click(&mut w, "Step");
        wait(&mut w, "one more iteration", |_| reached() > before);
    }
    let changes = only_run(folder.path()).unwrap().changes().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    let rate = w.get_by_role_and_label(Role::SpinButton, "η").accesskit_node().numeric_value().unwrap();
    assert!((0.001..0.01).contains(&rate), "the middle of the rail is 10^-2.5, not {rate}");
    click(&mut w, "Stop");
}

#[test]
fn files_open_and_bad_ones_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("made.valley");
    let status = crate::support::program(folder.path())
        .args(["walk", "--steps", "30", "--record"])
        .arg(&run)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let bad = folder.path().join("bad.valley");
    std::fs::write(&bad, "no run at all").unwrap();
    let mut w = window(folder.path(), true, vec![run, bad]);
    wait(&mut w, "the run", |w| w.query_all_by_label("Timeline").next().is_some());
    wait(&mut w, "the complaint", |w| w.query_by_label_contains("bad.valley").is_some());
    assert!(w.query_by_label_contains("bad.valley").is_some(), "the window says what is wrong with the file");
    click(&mut w, "Dismiss");
    assert!(w.query_by_label("Dismiss").is_none());
    show(&mut w, "Runs");
    assert!(w.query_by_label_contains("finished, 30 iterations").is_some());
    click(&mut w, "Take out");
    assert!(w.query_by_label_contains("finished, 30 iterations").is_none());
    click(&mut w, "Bring back");
    wait(&mut w, "the run to come back", |w| w.query_by_label_contains("finished, 30 iterations").is_some());
    for panel in ["Epochs", "Gallery"] {
        show(&mut w, panel);
    }
    assert!(w.query_by_label("Run walk-gd").is_some());
}

#[test]
fn a_long_run_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.valley");
    let walk = Walk::new(RunSpec::default(), Interrupt::default()).unwrap();
    let mut writer = Writer::create(&path, walk.manifest(), false).unwrap();
    let step = |t| StepRecord {
        t,
        loss: Some(1.0),
        batch_loss: 1.0,
        values: ProbeValues::NONE,
        learning_rate: 0.1,
        batch: 100,
    };
    for t in 0..10_000 {
        writer.step(&step(t)).unwrap();
        writer.slice(&SliceRecord { t, loss: [1.0; SLICE_POINTS] }).unwrap();
    }
    drop(writer);
    let mut w = window(folder.path(), true, vec![path]);
    wait(&mut w, "its beginning", |w| w.query_by_label("Training loss plot").is_some());
    show(&mut w, "Runs");
    wait(&mut w, "its end", |w| w.query_by_label_contains("still going elsewhere), 10000 iterations").is_some());
    assert!(w.query_all_by_label_contains(" reading ").next().is_none(), "it is still being read");
}

#[test]
fn the_window_is_drawn_on_the_gpu_path() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        app::Options { files: vec![], runs_folder: Some(folder.path().into()), quiet: true, ..Default::default() };
    let mut w = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(4)
        .wgpu()
        .build_eframe(move |cc| app::App::new(cc, options).unwrap());
    w.run_steps(3);
    let picture = w.render().unwrap();
    let first = *picture.get_pixel(0, 0);
    assert!(picture.pixels().any(|p| *p != first), "the picture is not blank");
}

/// Ended with the test, however that ends.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A real window on a real (virtual) display, with real keys. Nothing here waits for time: the display says which
/// windows it shows and which has the focus, the program's run file says what it has done.
#[test]
#[cfg_attr(not(xvfb), ignore = "Xvfb or xdotool is not installed")]
fn a_real_window_opens_runs_and_closes() {
    use std::{
        io::Read as _,
        process::{Command, Stdio},
    };
    /// For a machine that has much else to do: nothing waits this long when all is well.
    const DEADLINE: Duration = Duration::from_secs(300);
    let home = tempfile::tempdir().unwrap();
    let server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-noreset", "-screen", "0", "1280x800x24"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Running(server.unwrap());
    let mut number = String::new();
    let mut out = server.0.stdout.take().unwrap();
    let mut byte = [0];
    while out.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        number.push(byte[0] as char);
    }
    let display = format!(":{number}");
    let said = home.path().join("said");
    let program = crate::support::program(home.path())
        .env("DISPLAY", &display)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&said).unwrap())
        .spawn();
    let mut program = Running(program.unwrap());
    // What it prints, if it does what it should.
    let hands = |args: &[&str]| {
        let done = Command::new("xdotool").args(args).env("DISPLAY", &display).output().unwrap();
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_string())
    };
    let runs = home.path().join("data/valleyscope/runs");
    let mut until = |what: &str, done: &mut dyn FnMut() -> bool| {
        let begun = Instant::now();
        while !done() {
            let words = || std::fs::read_to_string(&said).unwrap_or_default();
            assert!(program.0.try_wait().unwrap().is_none(), "it ended while waiting for {what}: {}", words());
            assert!(begun.elapsed() < DEADLINE, "waited in vain for {what}: {}", words());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let mut window = String::new();
    until("a window", &mut || {
        let shown = hands(&["search", "--onlyvisible", "--name", "Valleyscope"]).unwrap_or_default();
        window = shown.lines().next().unwrap_or_default().to_string();
        !window.is_empty()
    });
    until("the first iterations", &mut || {
        only_run(&runs).and_then(|r| r.last_step().ok().flatten()).is_some_and(|t| t >= 3)
    });
    // There is no window manager here that would give a new window the focus, and without it keys go astray.
    let mut focus = || {
        hands(&["windowfocus", &window]);
        hands(&["getwindowfocus", "-f"]).as_ref() == Some(&window)
    };
    until("the focus", &mut focus);
    until("the end of the run", &mut || {
        if focus() {
            hands(&["key", "shift+Escape"]);
        }
        only_run(&runs).is_some_and(|r| matches!(r.summary(), Ok(Some(_))))
    });
    // Asked to end from outside, it keeps what it keeps when it is closed.
    let asked = Command::new("kill").arg("-TERM").arg(program.0.id().to_string()).status();
    assert!(asked.unwrap().success());
    let begun = Instant::now();
    let ended = loop {
        match program.0.try_wait().unwrap() {
            Some(ended) => break ended,
            None => assert!(begun.elapsed() < DEADLINE, "it does not end"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(ended.code(), Some(143));
    let kept = std::fs::read_to_string(home.path().join("data/valleyscope/app.ron")).unwrap();
    assert!(kept.contains("session-1"), "{kept}");
}
