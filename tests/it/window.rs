//! The window, driven through its accessible names; and once for real, on a display of its own.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use egui::Role;
use egui_kittest::{Harness, kittest::Queryable as _};
use valleyscope::{app, runfile::Reader};

const PATIENCE: Duration = Duration::from_secs(60);

pub fn window(folder: &Path, quiet: bool, files: Vec<std::path::PathBuf>) -> Harness<'static, app::App> {
    let options = app::Options { files, runs_folder: Some(folder.into()), quiet };
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
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
        harness.run_steps(1);
    }
}

pub fn click(harness: &mut Harness<'static, app::App>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
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
    w.key_press(egui::Key::Escape);
    wait(&mut w, "the end", |_| only_run(folder.path()).is_some_and(|r| matches!(r.summary(), Ok(Some(_)))));
}

#[test]
fn a_run_is_set_up_in_the_form_and_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    assert!(w.query_by_label("Watch the demonstration").is_some(), "the empty panel offers something");
    click(&mut w, "a stack");
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
    click(&mut w, "Runs");
    assert!(w.query_by_label_contains("finished, 30 iterations").is_some());
    click(&mut w, "Take out");
    assert!(w.query_by_label_contains("finished, 30 iterations").is_none());
    click(&mut w, "Bring back");
    wait(&mut w, "the run to come back", |w| w.query_by_label_contains("finished, 30 iterations").is_some());
    for panel in ["Epochs", "Gallery"] {
        click(&mut w, panel);
    }
    assert!(w.query_by_label("Run walk-gd").is_some());
}

#[test]
fn the_window_is_drawn_on_the_gpu_path() {
    let folder = tempfile::tempdir().unwrap();
    let options = app::Options { files: vec![], runs_folder: Some(folder.path().into()), quiet: true };
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

/// A real window on a real (virtual) display, with real keys.
#[test]
#[cfg_attr(not(xvfb), ignore = "Xvfb or xdotool is not installed")]
fn a_real_window_opens_runs_and_closes() {
    use std::{
        io::Read as _,
        process::{Command, Stdio},
    };
    let home = tempfile::tempdir().unwrap();
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-noreset", "-screen", "0", "1280x800x24"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut number = String::new();
    let mut out = server.stdout.take().unwrap();
    let mut byte = [0];
    while out.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        number.push(byte[0] as char);
    }
    let display = format!(":{number}");
    let mut program =
        crate::support::program(home.path()).env("DISPLAY", &display).stdout(Stdio::null()).spawn().unwrap();
    let hands =
        |args: &[&str]| Command::new("xdotool").args(args).env("DISPLAY", &display).output().unwrap().status.success();
    let runs = home.path().join("data/valleyscope/runs");
    let mut until = |what: &str, done: &mut dyn FnMut() -> bool| {
        let begun = Instant::now();
        while !done() {
            assert!(program.try_wait().unwrap().is_none(), "the program ended while waiting for {what}");
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let steps = || only_run(&runs).and_then(|r| r.last_step().ok().flatten()).unwrap_or(0);
    until("a window", &mut || hands(&["search", "--name", "Valleyscope"]));
    until("the first iterations", &mut || steps() >= 3);
    assert!(hands(&["mousemove", "640", "400", "key", "Escape"]));
    until("the end of the run", &mut || {
        hands(&["key", "Escape"]);
        only_run(&runs).is_some_and(|r| matches!(r.summary(), Ok(Some(_))))
    });
    program.kill().unwrap();
    program.wait().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
}
