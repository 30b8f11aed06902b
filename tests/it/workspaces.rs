//! Workspaces, the palette, the start page, the samples, undo, and runs that are not kept, driven through accessible names.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use valleyscope::app;

use crate::{
    explore_window::{Window, has, wait_for},
    window::{click, opened, wait, window},
};

fn ctrl(w: &mut Window, key: Key) {
    w.key_press_modifiers(Modifiers::COMMAND, key);
    w.run_steps(4);
}

/// A recorded run of so many iterations.
fn recorded(folder: &Path, name: &str, steps: u64) -> PathBuf {
    let file = folder.join(name);
    let run = crate::support::program(folder)
        .args(["walk", "--steps", &steps.to_string(), "--train-count", "200", "--record"])
        .arg(&file)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(run.unwrap().success());
    file
}

#[test]
fn every_workspace_has_its_key_and_only_its_own_panels() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    let signs = [
        (Key::Num1, "Start run", "Open folder…"),
        (Key::Num2, "Open folder…", "Start run"),
        (Key::Num3, "Map of the landscape", "Start run"),
        (Key::Num4, "Paper", "Map of the landscape"),
    ];
    for (key, own, foreign) in signs {
        ctrl(&mut w, key);
        assert!(w.query_by_label(own).is_some(), "{key:?}: no {own}");
        assert!(w.query_by_label(foreign).is_none(), "{key:?}: {foreign} belongs elsewhere");
        assert_eq!(w.query_by_label("Play").is_some(), key == Key::Num1, "{key:?}");
    }
    w.key_press_modifiers(Modifiers::ALT, Key::Home);
    w.run_steps(4);
    assert!(has(&w, "Recent runs") && w.query_by_label("Paper").is_none());
}

#[test]
fn the_palette_does_what_is_named_and_escape_leaves_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    ctrl(&mut w, Key::P);
    w.get_by_label("Command palette").type_text("reproduce valleys-cases");
    w.run_steps(4);
    let offers = |w: &Window, name: &str| w.query_all_by_label(name).next().is_some();
    assert!(offers(&w, "Reproduce valleys-cases") && !offers(&w, "Go to Walk"));
    w.key_press(Key::Escape);
    w.run_steps(4);
    assert!(w.query_by_label("Command palette").is_none());
    ctrl(&mut w, Key::P);
    w.get_by_label("Command palette").type_text("go gallery");
    w.run_steps(4);
    w.key_press(Key::Enter);
    w.run_steps(4);
    assert!(w.query_by_label("Paper").is_some(), "the gallery is in front");
    w.key_press(Key::Questionmark);
    w.run_steps(4);
    assert!(w.query_by_label("Ten steps").is_some(), "the list of shortcuts");
    // It finds its place in the first frames.
    w.run_steps(20);
    click(&mut w, "Close");
    wait(&mut w, "the list to close", |w| w.query_by_label("Ten steps").is_none());
}

#[test]
fn the_start_page_has_recent_runs_and_opens_them() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), "old.valley", 12);
    let mut w = opened(app::Options {
        runs_folder: Some(folder.path().into()),
        quiet: true,
        start_page: true,
        ..Default::default()
    });
    wait_for(&mut w, "12 iterations");
    let card = w.query_all_by_label_contains("Open run ").next().unwrap();
    card.click();
    w.run_steps(3);
    wait(&mut w, "the run", |w| w.query_all_by_label("Timeline").next().is_some());
    // One that is open is shown.
    w.key_press_modifiers(Modifiers::ALT, Key::Home);
    w.run_steps(4);
    assert!(has(&w, "Recent runs"));
    w.query_all_by_label_contains("Open run ").next().unwrap().click();
    w.run_steps(4);
    assert!(w.query_all_by_label("Timeline").next().is_some() && !has(&w, "Recent runs"));
}

#[test]
fn the_demonstration_goes_with_the_window_unless_it_is_kept() {
    for keeps in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let runs = || {
            let names = std::fs::read_dir(folder.path()).unwrap().flatten().map(|e| e.file_name());
            names.filter(|name| name.to_string_lossy().contains(".valley")).collect::<Vec<_>>()
        };
        let mut w = window(folder.path(), false, vec![]);
        wait(&mut w, "the run to move", |w| w.query_by_label("Pause").is_some());
        if keeps {
            crate::window::show(&mut w, "Runs");
            click(&mut w, "Keep");
            assert!(w.query_by_label("Keep").is_none());
        }
        drop(w);
        let left = runs();
        assert_eq!(left.len(), usize::from(keeps), "{left:?}");
    }
}

#[test]
fn a_preset_is_taken_back_and_set_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    // What is undone must have stood for a while.
    w.run_steps(90);
    let line = |w: &Window, part: &str| has(w, part);
    assert!(line(&w, "--batch 100"));
    click(&mut w, "explore");
    assert!(line(&w, "--batch 10 "));
    w.run_steps(90);
    ctrl(&mut w, Key::Z);
    assert!(line(&w, "--batch 100"), "undone");
    w.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    w.run_steps(4);
    assert!(line(&w, "--batch 10 "), "done again");
}

#[test]
fn two_samples_are_trained_and_measured_from_one_click() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    ctrl(&mut w, Key::Num2);
    click(&mut w, "Two samples");
    wait(&mut w, "the samples", |w| has(w, "Take out sample-sgd.valley@") && has(w, "Take out sample-sam.valley@"));
    wait_for(&mut w, "barrier above chord");
    click(&mut w, "Plane");
    wait_for(&mut w, "measured in");
}
