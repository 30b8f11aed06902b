//! Reading a walk in the window: pins and their numbers, what the pointer tells over epochs, runs held against each other.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use valleyscope::{app::App, runfile::Reader};

use crate::window::{click, wait, window};

type Window = Harness<'static, App>;

fn recorded(folder: &Path, seed: &str) -> PathBuf {
    let run = folder.join(format!("seed-{seed}.valley"));
    let status = crate::support::program(folder)
        .args(["walk", "--steps", "60", "--seed", seed, "--record"])
        .arg(&run)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    run
}

/// A window with these runs, all of them in view.
fn showing(folder: &Path, runs: &[PathBuf]) -> Window {
    let mut w = window(folder, true, runs.to_vec());
    wait(&mut w, "the runs", |w| w.query_all_by_label("Timeline").next().is_some());
    if runs.len() > 1 {
        wait(&mut w, "all runs", |w| w.query_all_by_label_contains("Curves of").count() == runs.len());
    }
    w.run_steps(3);
    w
}

fn has(w: &Window, part: &str) -> bool {
    w.query_all_by_label_contains(part).next().is_some()
}

/// The pinned iterations, as their chips say.
fn pinned(w: &Window) -> Vec<u64> {
    let chips = w.query_all_by_label_contains("Pinned iteration ");
    let of = |label: String| label.rsplit(' ').next().and_then(|t| t.parse().ok());
    chips.filter_map(|node| node.accesskit_node().label().and_then(of)).collect()
}

/// A number as the window writes it.
fn words(x: f64) -> String {
    let exponent: i32 = format!("{x:.5e}").split_once('e').unwrap().1.parse().unwrap();
    let text = match exponent {
        _ if x == 0.0 => "0".into(),
        -4..6 => format!("{x:.*}", (5 - exponent) as usize),
        _ => format!("{x:.4e}"),
    };
    text.replace('-', "−")
}

#[test]
fn a_click_pins_a_step_and_its_numbers_are_those_of_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let run = recorded(folder.path(), "1");
    let mut w = showing(folder.path(), std::slice::from_ref(&run));
    assert!(!has(&w, "Pinned: "));
    w.get_by_label("Training loss plot").click();
    w.run_steps(3);
    click(&mut w, "Pinned: 1");
    let [t] = pinned(&w)[..] else { panic!("{:?}", pinned(&w)) };
    assert!((20..40).contains(&t), "the middle of the plot is nearly the middle of the run: {t}");
    assert!(has(&w, &format!("Step from iteration {t}")) && w.query_by_label("Loss along the step").is_some());
    let slice = Reader::open(&run).unwrap().slices(t..t + 1).unwrap()[0];
    let numbers = [slice.start(), slice.end(), slice.floor(), slice.height(), slice.curvature(), slice.curvatures()[0]];
    for x in numbers {
        let words = words(x);
        assert!(w.query_all_by_label(&words).next().is_some(), "nothing says {words}");
    }
    // A second pin, and the keys that go from one to the other.
    click(&mut w, "Pin");
    assert_eq!(pinned(&w), [t, 59]);
    assert!(has(&w, "Step from iteration 59"));
    w.key_press(Key::ArrowLeft);
    w.run_steps(2);
    assert!(has(&w, &format!("Step from iteration {t}")));
    w.key_press_modifiers(Modifiers::ALT, Key::ArrowRight);
    w.run_steps(2);
    assert!(has(&w, "Step from iteration 59"));
    click(&mut w, &format!("Unpin iteration {t}"));
    assert_eq!(pinned(&w), [59]);
    click(&mut w, "Unpin all");
    assert!(pinned(&w).is_empty());
    click(&mut w, "Bring back");
    click(&mut w, "Bring back");
    assert_eq!(pinned(&w), [t, 59]);
}

#[test]
fn the_pointer_tells_the_numbers_of_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let run = recorded(folder.path(), "1");
    let mut w = showing(folder.path(), std::slice::from_ref(&run));
    click(&mut w, "Epochs");
    w.get_by_label("Loss over epochs").hover();
    w.run_steps(8);
    for head in ["test L", "test error", "barriers", "height"] {
        assert!(w.query_all_by_label(head).next().is_some(), "no column {head}");
    }
    let epochs = Reader::open(&run).unwrap().epochs().unwrap();
    let is_told = |error: f64| w.query_all_by_label(&format!("{:.2} %", 100.0 * error)).next().is_some();
    assert!(epochs.iter().any(|e| is_told(e.train_error) && is_told(e.test_error)), "{epochs:?}");
}

#[test]
fn runs_are_held_against_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let runs = ["1", "2"].map(|seed| recorded(folder.path(), seed));
    let mut w = showing(folder.path(), &runs);
    assert!(!has(&w, "minus "));
    click(&mut w, "Compare runs");
    w.query_all_by_label_contains("Difference to ").next().unwrap().click();
    w.run_steps(3);
    assert_eq!(w.query_all_by_label_contains("minus ").count(), 4, "each of the four titles says it");
    click(&mut w, "Compare runs");
    click(&mut w, "Side by side");
    assert_eq!(w.query_all_by_label_contains("Training loss plot of ").count(), 2);
    click(&mut w, "Compare runs");
    click(&mut w, "Overlay");
    assert!(w.query_by_label("Training loss plot").is_some() && !has(&w, "minus "));
}
