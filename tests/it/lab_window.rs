//! The laboratory in the window, driven through its accessible names.

use std::path::Path;

use egui::{Key, Modifiers, Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use valleyscope::app::App;

use crate::window::{click, wait, window};

type Window = Harness<'static, App>;

/// The window with the laboratory in front.
fn laboratory(folder: &Path) -> Window {
    let mut w = window(folder, true, vec![]);
    w.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    w.run_steps(4);
    assert!(w.query_by_label("Map of the landscape").is_some(), "Ctrl+3 shows the laboratory");
    w
}

fn has(w: &Window, part: &str) -> bool {
    w.query_all_by_label_contains(part).next().is_some()
}

/// The texts in view that contain a part.
fn texts(w: &Window, part: &str) -> Vec<String> {
    let text = |n: egui_kittest::Node<'_>| {
        let node = n.accesskit_node();
        node.label().or(node.value()).unwrap_or_default()
    };
    w.query_all_by_label_contains(part).map(text).collect()
}

fn text(w: &Window, part: &str) -> String {
    texts(w, part).into_iter().next().unwrap_or_else(|| panic!("nothing says {part:?}"))
}

fn choose_landscape(w: &mut Window, title: &str) {
    w.get_by_role_and_label(Role::ComboBox, "Landscape").click();
    w.run_steps(4);
    w.get_by_label(title).scroll_to_me();
    w.run_steps(20);
    click(w, title);
    w.run_steps(3);
}

/// Types into a field, as a person does.
fn fill(w: &mut Window, label: &str, text: &str) {
    w.get_by_label(label).click();
    w.run_steps(2);
    w.key_press_modifiers(Modifiers::COMMAND, Key::A);
    w.run_steps(1);
    w.get_by_label(label).type_text(text);
    w.run_steps(3);
}

fn number(w: &Window, label: &str) -> f64 {
    w.get_by_role_and_label(Role::SpinButton, label)
        .accesskit_node()
        .numeric_value()
        .unwrap_or_else(|| panic!("{label} has no number"))
}

#[test]
fn a_step_back_returns_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = laboratory(folder.path());
    // Every number of every rule that is in view, but for how long the perturbed loss took.
    let state = |w: &Window| -> Vec<String> { texts(w, ".").into_iter().filter(|t| !t.contains(" ms)")).collect() };
    assert!(has(&w, "t = 0"));
    for _ in 0..3 {
        click(&mut w, "One step");
    }
    let before = state(&w);
    assert!(has(&w, "t = 3"));
    click(&mut w, "One step");
    assert!(has(&w, "t = 4") && state(&w) != before, "the rules have moved");
    click(&mut w, "One step back");
    assert!(has(&w, "t = 3"));
    assert_eq!(state(&w), before);
    // The keys do the same; Shift makes ten of one.
    w.key_press(Key::ArrowRight);
    w.run_steps(2);
    assert!(has(&w, "t = 4"));
    w.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    w.run_steps(2);
    assert!(has(&w, "t = 14"));
    w.key_press(Key::Space);
    wait(&mut w, "the walk to go on", |w| !has(w, "t = 14") && w.query_by_label("Hold the walk").is_some());
    w.key_press(Key::Space);
    w.run_steps(2);
    assert!(w.query_by_label("Run the walk").is_some());
    w.key_press(Key::Home);
    w.run_steps(2);
    assert!(has(&w, "t = 0"));
}

#[test]
fn a_click_places_the_start_and_undo_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = laboratory(folder.path());
    assert_eq!((number(&w, "start w_1"), number(&w, "start w_2")), (1.0, 1.0));
    w.get_by_label("Map of the landscape").click();
    w.run_steps(4);
    let (x, y) = (number(&w, "start w_1"), number(&w, "start w_2"));
    // The middle of the picture is nearly the middle of the plot, where the landscape's window has (0, 0).
    assert!(x.abs() < 0.6 && y.abs() < 0.6, "{x} {y}");
    click(&mut w, "Undo");
    assert_eq!((number(&w, "start w_1"), number(&w, "start w_2")), (1.0, 1.0));
}

#[test]
fn the_radius_moves_the_minimum_of_the_perturbed_loss() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = laboratory(folder.path());
    choose_landscape(&mut w, "Asymmetric valley (valley)");
    assert!(w.query_by_label("Curve of the landscape").is_some(), "a line is a curve");
    // The valley has c = 4: its minimum moves by exactly (c − 1)/(c + 1) = 0.6 of ρ.
    let shift = |w: &Window| -> f64 {
        let words = text(w, "minimum 0 → ");
        words.split("→ ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
    };
    assert!((shift(&w) - 0.6 * number(&w, "ρ")).abs() < 1e-5);
    let rail = w.get_by_role_and_label(Role::Slider, "ρ").rect();
    let at = egui::pos2(rail.left() + 0.6 * rail.width(), rail.center().y);
    for pressed in [true, false] {
        w.event(egui::Event::PointerMoved(at));
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        w.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        w.run_steps(2);
    }
    let rho = number(&w, "ρ");
    assert!(rho > 0.25, "{rho}");
    assert!((shift(&w) - 0.6 * rho).abs() < 1e-5, "{} {rho}", shift(&w));
    assert!(text(&w, "minimum 0 → ").contains("where the theorem says"));
}

#[test]
fn an_ensemble_follows_and_shows_that_gradient_descent_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = laboratory(folder.path());
    click(&mut w, "Many runs");
    wait(&mut w, "the ensemble", |w| has(w, "of 100 runs"));
    assert!(text(&w, "gd: ").starts_with("gd: 0.0 %, 95 % interval 0.0 to 3.7 %, 0 of 100 runs"));
    assert!(!has(&w, "eigvec: 0.0 %"), "noise along the first eigenvector escapes");
    // A larger one is asked for, can be stopped, and says how far it is.
    click(&mut w, "100,000");
    click(&mut w, "Run the ensemble");
    wait(&mut w, "the runs to begin", |w| w.query_by_label("Stop the runs").is_some() && !has(w, "of 100 runs"));
    click(&mut w, "Stop the runs");
    wait(&mut w, "the end", |w| w.query_by_label("Stop the runs").is_none());
    assert!(text(&w, "gd: ").starts_with("gd: 0.0 %"));
}

#[test]
fn a_bad_formula_shows_its_error_under_its_character() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = laboratory(folder.path());
    choose_landscape(&mut w, "Your formula");
    fill(&mut w, "Formula", "x^2 + sinn(y)");
    let error = text(&w, "column 7");
    assert!(error.contains("sin"), "{error}");
    assert_eq!(
        text(&w, "      ^").trim_end(),
        format!("{}^", " ".repeat(7)),
        "the field has a margin of one character"
    );
    assert!(w.query_by_label("Map of the landscape").is_some(), "the landscape before is still there");
    fill(&mut w, "Formula", "x^2 + sin(y)");
    assert!(!has(&w, "column "));
}

#[test]
fn theorems_are_measured_and_marked() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = laboratory(folder.path());
    click(&mut w, "Theorems");
    for (card, name) in [
        ("SAM sharpens (Thm 3.2.1)", "Theorem 3.2.1"),
        ("SAM moves flatwards (Thm 3.3.2)", "Theorem 3.3.2"),
        ("Escaping efficiency (Eq. 13)", "Escaping efficiency, Eq. (13)"),
        ("Anisotropic noise (Prop. 1)", "Proposition 1"),
        ("Flat side generalises (Thm 1)", "Theorem 1"),
        ("Three cases in a valley", "The three cases"),
    ] {
        click(&mut w, card);
        wait(&mut w, name, |w| w.query_by_label(name).is_some() && has(w, "holds"));
        assert!(!has(&w, "fails"), "{name}");
    }
    assert!(has(&w, "At 0.400 the expected population loss is"), "the three cases say where the solution stands");
    // Without a shift nothing is gained, and the card says so.
    let rail = w.get_by_role_and_label(Role::Slider, "shift δ").rect();
    for pressed in [true, false] {
        let pos = egui::pos2(rail.left() + 1.0, rail.center().y);
        w.event(egui::Event::PointerMoved(pos));
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        w.event(egui::Event::PointerButton { pos, button, pressed, modifiers });
        w.run_steps(2);
    }
    wait(&mut w, "the failure", |w| has(w, "fails"));
    click(&mut w, "Reset the card");
    wait(&mut w, "the usual numbers", |w| !has(w, "fails"));
}

#[test]
fn the_picture_is_saved_with_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = laboratory(folder.path());
    click(&mut w, "Export the picture");
    w.run_steps(2);
    let path = folder.path().join("map.csv");
    fill(&mut w, "Save as", path.to_str().unwrap());
    click(&mut w, "Save");
    wait(&mut w, "the file", |w| has(w, "Saved "));
    click(&mut w, "Copy numbers");
    wait(&mut w, "the numbers", |w| has(w, "Copied the numbers"));
    wait(&mut w, "the preview", |w| has(w, "How the picture will look"));
    click(&mut w, "Close");
    let csv = std::fs::read_to_string(&path).unwrap();
    let row: Vec<f64> = csv.lines().nth(1).unwrap().split(',').map(|x| x.parse().unwrap()).collect();
    let surface = valleyscope::toy::surfaces::SurfaceSpec::named("escape2d").unwrap().build(0, 0).unwrap();
    assert_eq!(row[2], surface.value(&row[..2]));
    click(&mut w, "Export Escape indicator");
    let path = folder.path().join("indicator.csv");
    fill(&mut w, "Save as", path.to_str().unwrap());
    click(&mut w, "Save");
    wait(&mut w, "the file", |w| has(w, "Saved "));
    assert!(std::fs::read_to_string(&path).unwrap().contains("leading,0,"));
}
