//! Checkpoints, lines and planes in the window, driven through its accessible names.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use serde_json::Value;
use valleyscope::{app::App, checkpoint, net::Network, probe::vector};

use crate::{
    support::close,
    window::{click, show, wait, window},
};

pub type Window = Harness<'static, App>;

/// Checkpoints of a small network on the digits, each from another seed.
fn checkpoints(folder: &Path, count: u64) -> Vec<PathBuf> {
    let network = Network::build("mlp:64-16-10", [1, 8, 8], 10).unwrap();
    let save = |seed: u64| {
        let path = folder.join(format!("net-{seed}.safetensors"));
        checkpoint::save(&path, network.layout(), network.buffers(), &network.initial_state(seed)).unwrap();
        path
    };
    (1..=count).map(save).collect()
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

fn drop_files(w: &mut Window, paths: &[PathBuf]) {
    for path in paths {
        w.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
    }
    w.run_steps(2);
}

pub fn has(w: &Window, part: &str) -> bool {
    w.query_all_by_label_contains(part).next().is_some()
}

pub fn wait_for(w: &mut Window, part: &str) {
    wait(w, part, |w| has(w, part));
}

/// Clicks the only thing of this name, scrolled into view first.
pub fn press(w: &mut Window, label: &str) {
    w.get_by_label(label).scroll_to_me();
    // Scrolling takes a moment, and a click must not miss what it moves.
    w.run_steps(30);
    click(w, label);
}

/// Types a text or a number into a field, as a person does.
pub fn fill(w: &mut Window, label: &str, text: &str) {
    w.get_by_label(label).scroll_to_me();
    // Scrolling takes a moment, and a click must not miss what it moves.
    w.run_steps(6);
    for _ in 0..15 {
        let before = w.get_by_label(label).rect();
        w.run_steps(2);
        if w.get_by_label(label).rect() == before {
            break;
        }
    }
    w.get_by_label(label).click();
    w.run_steps(2);
    w.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    w.run_steps(1);
    w.get_by_label(label).type_text(text);
    w.run_steps(2);
    w.key_press(egui::Key::Enter);
    w.run_steps(2);
}

/// Saves what a panel exports under a name and gives back the file's text.
pub fn export(w: &mut Window, path: &Path) -> String {
    click(w, "Export…");
    w.run_steps(2);
    fill(w, "Save as", path.to_str().unwrap());
    click(w, "Save");
    wait_for(w, "Saved ");
    click(w, "Close");
    std::fs::read_to_string(path).unwrap()
}

/// The columns of a CSV by name; lines that begin with # are comments.
fn column(csv: &str, name: &str) -> Vec<f64> {
    let mut lines = csv.lines().filter(|l| !l.starts_with('#'));
    let index = lines.next().unwrap().split(',').position(|c| c == name).unwrap_or_else(|| panic!("no {name}: {csv}"));
    lines.map(|l| l.split(',').nth(index).unwrap().parse().unwrap()).collect()
}

#[test]
fn two_dropped_checkpoints_become_a_line_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let files = checkpoints(folder.path(), 3);
    let mut w = window(folder.path(), true, vec![]);
    drop_files(&mut w, &files[..2]);
    wait_for(&mut w, "Show net-1.safetensors – net-2.safetensors");
    wait_for(&mut w, "measured in");
    // The distance in the panel is the one of the parameters.
    let network = Network::build("mlp:64-16-10", [1, 8, 8], 10).unwrap();
    let [a, b] = [1, 2].map(|seed| network.initial_state(seed).theta);
    let distance = format!("{:.5}", vector::distance(&a, &b));
    assert!(has(&w, &distance), "{distance} is not in the panel");
    assert!(has(&w, "mlp:64-16-10 · 1,210 parameters · safetensors"), "the network is recognised");
    assert!(has(&w, "no batch norm"));
    // A third file is C; then everything can be asked for.
    drop_files(&mut w, &files[2..]);
    wait(&mut w, "C", |w| w.query_by_label("C: net-3.safetensors").is_some());
    fill(&mut w, "Training images", "300");
    press(&mut w, "Random");
    fill(&mut w, "K", "4");
    click(&mut w, "Measure directions");
    wait_for(&mut w, "Show 4 directions at net-1.safetensors");
    wait_for(&mut w, "training loss at α = 1");
    // Taking out and bringing back.
    click(&mut w, "Remove net-1.safetensors – net-2.safetensors");
    assert!(!has(&w, "Show net-1.safetensors – net-2.safetensors"));
    click(&mut w, "Bring back");
    assert!(has(&w, "Show net-1.safetensors – net-2.safetensors"));
    press(&mut w, "Plane through A, B, C");
    wait_for(&mut w, "Through net-1.safetensors, net-2.safetensors and net-3.safetensors");
    show(&mut w, "Line");
    w.run_steps(2);
    click(&mut w, "Explain Line");
    assert!(w.query_by_label("one-sided slopes").is_some(), "the card explains the numbers");
}

#[test]
fn planes_are_measured_recorded_resumed_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let files = checkpoints(folder.path(), 1);
    let mut w = window(folder.path(), true, files);
    wait_for(&mut w, "A: net-1.safetensors");
    show(&mut w, "Plane");
    fill(&mut w, "grid", "5");
    fill(&mut w, "Training images", "200");
    fill(&mut w, "record", folder.path().join("plane.valleyplane").to_str().unwrap());
    click(&mut w, "Measure plane");
    wait_for(&mut w, "measured in");
    assert!(has(&w, "5 × 5") && !has(&w, "from the record"));
    let csv = export(&mut w, &folder.path().join("plane.csv"));
    let losses = column(&csv, "train_loss");
    assert!(losses.len() == 25 && losses.iter().all(|l| l.is_finite()));
    assert_eq!((column(&csv, "a")[12], column(&csv, "b")[12]), (0.0, 0.0), "the middle is the model");
    let picture = folder.path().join("plane.svg");
    assert!(export(&mut w, &picture).contains("<svg"));
    // The same again takes every point from the record.
    click(&mut w, "Measure plane");
    wait_for(&mut w, "from the record");
    assert!(!has(&w, "no device in use"), "the status names where it was measured");
    click(&mut w, "Remove plane");
    click(&mut w, "Remove plane");
    assert!(!has(&w, "5 × 5"));
    click(&mut w, "Bring back the plane");
    assert!(has(&w, "5 × 5"));
    click(&mut w, "Show as surface");
    assert!(has(&w, "Around net-1.safetensors"));
}

#[test]
fn a_folder_is_a_path_with_a_plane_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("epochs");
    std::fs::create_dir(&path).unwrap();
    checkpoints(&path, 4);
    let mut w = window(folder.path(), true, vec![path]);
    wait_for(&mut w, "a path of 4 checkpoints");
    // Its end becomes A by itself.
    wait(&mut w, "the end", |w| w.query_by_label("Take out net-4.safetensors").is_some());
    fill(&mut w, "Training images", "150");
    fill(&mut w, "grid", "5");
    click(&mut w, "Plane of its path");
    wait_for(&mut w, "variance explained");
    wait_for(&mut w, "measured in");
}

#[test]
fn a_runs_checkpoints_are_taken_from_the_runs_panel() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("made.valley");
    let status = crate::support::program(folder.path())
        .args(["walk", "--steps", "6", "--train-count", "200", "--checkpoint-every", "2", "--record"])
        .arg(&run)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let mut w = window(folder.path(), true, vec![run]);
    wait(&mut w, "the run", |w| w.query_all_by_label("Timeline").next().is_some());
    show(&mut w, "Runs");
    w.get_by_role_and_label(egui::Role::Button, "Checkpoints").click();
    wait_for(&mut w, "a path of 4 checkpoints");
    assert!(has(&w, "the data that the run was trained on"));
    wait(&mut w, "its end as A", |w| w.query_by_label("Take out made.valley@6").is_some());
    show(&mut w, "Escape");
    let can =
        |w: &Window| w.query_by_label("Measure escapes").is_some_and(|button| !button.accesskit_node().is_disabled());
    wait(&mut w, "that A is the minimum to escape from", can);
}

#[test]
fn an_empty_panel_offers_nothing_that_stands_beside_it_already() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    for panel in ["Line", "Plane", "Escape", "Spectrum", "Noise"] {
        show(&mut w, panel);
        let buttons = |part: &str| {
            let all = w.query_all_by_role(egui::Role::Button);
            all.filter_map(|b| b.accesskit_node().label()).filter(|label| label.contains(part)).count()
        };
        assert_eq!((buttons("samples"), buttons("Open f")), (1, 2), "{panel}: what the files at the left offer");
    }
}

#[test]
fn files_that_cannot_be_used_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("notes.pt");
    std::fs::write(&bad, "no weights at all").unwrap();
    let mut w = window(folder.path(), true, vec![]);
    drop_files(&mut w, &[bad]);
    wait_for(&mut w, "notes.pt is no checkpoint");
    click(&mut w, "Dismiss");
    // A network that nobody knows is shown, and what is missing is said before anything is measured.
    let odd = folder.path().join("odd.safetensors");
    let network = Network::build("conv(3,3) relu flatten linear(10)", [1, 8, 8], 10).unwrap();
    checkpoint::save(&odd, network.layout(), network.buffers(), &network.initial_state(1)).unwrap();
    drop_files(&mut w, &[odd]);
    wait_for(&mut w, "not recognised: ");
    assert!(has(&w, "odd.safetensors is of no known network"));
    assert!(!has(&w, "--net"), "the window speaks of its own fields");
    // Data that are not there are an error in the panel, not a dead window.
    fill(&mut w, "Network", "conv(3,3) relu flatten linear(10)");
    fill(&mut w, "Labels file", "/no/such/labels.txt");
    press(&mut w, "Plane around A");
    wait_for(&mut w, "Not measured: ");
    assert!(has(&w, "/no/such/labels.txt"));
}

fn expected() -> Value {
    let path = crate::support::shared().join("fixtures/expected.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn choose(w: &mut Window, field: &str, value: &str) {
    press(w, field);
    w.run_steps(2);
    click(w, value);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn the_valley_between_two_files_has_the_reference_barrier() {
    let folder = tempfile::tempdir().unwrap();
    let (shared, expected) = (crate::support::shared(), expected());
    let lenet = &expected["archs"]["lenet"];
    // The reference numbers have the last labels replaced.
    let idx = std::process::Command::new("gzip")
        .args(["-dc"])
        .arg(shared.join("data/fashion-mnist/train-labels-idx1-ubyte.gz"))
        .output()
        .unwrap()
        .stdout;
    let replaced = lenet["images"]["train"]["corrupted_labels"]["labels"].as_array().unwrap();
    let labels = idx[8..1008].iter().map(u8::to_string).chain(replaced.iter().map(Value::to_string));
    let labels_file = folder.path().join("labels.txt");
    std::fs::write(&labels_file, labels.collect::<Vec<_>>().join("\n")).unwrap();
    let files = ["lenet_a.pt", "lenet_c.safetensors"].map(|f| shared.join("fixtures").join(f));
    let mut w = window(folder.path(), true, files.into());
    // The images of the default data set are too small for this network: another one is chosen, and that is said.
    wait_for(&mut w, "lenet_a.pt takes 28×28 in 10 classes, digits has 8×8");
    wait(&mut w, "the first answer", |w| has(w, "Not measured: ") || has(w, "measured in"));
    // Where the user's own folder has the data.
    if has(&w, "measured in") {
        click(&mut w, "Remove lenet_a.pt – lenet_c.safetensors");
    }
    fill(&mut w, "Training images", "1200");
    fill(&mut w, "Test images", "1000");
    choose(&mut w, "Pixels", "-1:1");
    fill(&mut w, "Labels file", labels_file.to_str().unwrap());
    fill(&mut w, "Data folder", shared.join("data").to_str().unwrap());
    click(&mut w, "Measure line A–B");
    wait_for(&mut w, "measured in");
    let results = &lenet["results"]["eval"];
    assert!(has(&w, "0.9446"), "the barrier of 0.9447 is read out");
    let csv = export(&mut w, &folder.path().join("line.csv"));
    let slice = &results["slice_a_to_c"];
    for (name, key) in [("alpha", "alphas"), ("train_loss", "train_loss"), ("test_loss", "test_loss")] {
        let reference: Vec<f64> = slice[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        let found = column(&csv, name);
        assert_eq!(found.len(), reference.len());
        assert!(found.iter().zip(&reference).all(|(x, y)| close(*x, *y, 1e-5)), "{name}: {found:?} {reference:?}");
    }
    show(&mut w, "Plane");
    fill(&mut w, "grid", "5");
    click(&mut w, "Measure plane");
    wait_for(&mut w, "measured in");
    let csv = export(&mut w, &folder.path().join("plane.csv"));
    let at_a = results["points"]["a"]["train"]["loss"].as_f64().unwrap();
    assert!(close(column(&csv, "train_loss")[12], at_a, 1e-5));
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn the_switch_of_batch_norm_compares_modes() {
    let folder = tempfile::tempdir().unwrap();
    let (shared, expected) = (crate::support::shared(), expected());
    let files = ["resnet8_a.safetensors", "resnet8_b.pt"].map(|f| shared.join("fixtures").join(f));
    let mut w = window(folder.path(), true, files.into());
    wait_for(&mut w, "takes 3×32×32 in 10 classes");
    wait_for(&mut w, "Not measured: ");
    fill(&mut w, "Training images", "1000");
    fill(&mut w, "Data folder", shared.join("data/cifar-10-subset").to_str().unwrap());
    press(&mut w, "Part of the set");
    fill(&mut w, "α from", "0");
    fill(&mut w, "α to", "1");
    fill(&mut w, "α points", "3");
    press(&mut w, "test set");
    click(&mut w, "Measure line A–B");
    wait_for(&mut w, "measured in");
    let at_a = |mode: &str| {
        let loss = expected["archs"]["resnet8"]["results"][mode]["points"]["a"]["train"]["loss"].as_f64().unwrap();
        format!("{loss:.5}")
    };
    assert!(has(&w, &at_a("train")) && has(&w, "batch statistics"), "batch statistics are the default");
    click(&mut w, "Compare with running");
    wait_for(&mut w, "Show resnet8_a.safetensors – resnet8_b.pt · running");
    wait(&mut w, "the other mode", |w| has(w, "measured in") && has(w, "running statistics"));
    assert!(has(&w, &at_a("eval")), "L(A) with running statistics is {}", at_a("eval"));
    assert!(has(&w, "Show resnet8_a.safetensors – resnet8_b.pt · batch"), "both are shown");
}
