//! The keyboard alone: Tab comes to every widget once, in the order in which one reads, and each of them says what it is.

use egui::{Key, Rect, Role};
use egui_kittest::{
    Node,
    kittest::{NodeT as _, Queryable as _},
};

use crate::{
    explore_window::{Window, has, wait_for},
    pictures::files,
    window::{click, show, wait, window},
};

/// More widgets than any panel has.
const MANY: usize = 500;

/// A widget that Tab has come to.
#[derive(Clone, Debug)]
struct Stop {
    id: String,
    name: String,
    rect: Rect,
}

impl Stop {
    fn at(node: &Node<'_>) -> Stop {
        let inner = node.accesskit_node();
        // What a label says is its value.
        let name = if inner.role() == Role::Label { inner.value() } else { inner.label() };
        Stop { id: id(node), name: name.unwrap_or_default(), rect: node.rect() }
    }
}

fn id(node: &Node<'_>) -> String {
    format!("{:?}", node.accesskit_node().id())
}

/// The widget that has the keyboard.
fn focused(w: &Window) -> Option<Stop> {
    w.root().children_recursive().find(|node| node.is_focused()).map(|node| Stop::at(&node))
}

/// Where a widget is by now: a text field that gets the keyboard is scrolled into view.
fn place(w: &Window, stop: &Stop) -> Rect {
    w.root().children_recursive().find(|node| id(node) == stop.id).map_or(stop.rect, |node| node.rect())
}

/// Whether somebody who reads may come to `next` after `before`: it is not above, or it is in a column at the right.
fn follows(before: Rect, next: Rect) -> bool {
    let is_above = next.bottom() <= before.top() + 1.0;
    let is_beside = next.left() >= before.right() - 1.0;
    !is_above || is_beside
}

/// Presses Tab until it is back where it was first; returns where it has been.
fn round(w: &mut Window, panel: &str) -> Vec<Stop> {
    w.key_press(Key::Escape);
    w.run_steps(2);
    assert!(focused(w).is_none(), "{panel}: Esc takes the keyboard from whatever had it");
    let mut stops: Vec<Stop> = Vec::new();
    while stops.len() < MANY {
        w.key_press(Key::Tab);
        w.run_steps(2);
        let Some(now) = focused(w) else { panic!("{panel}: after {:?} the keyboard is nowhere", stops.last()) };
        if stops.first().is_some_and(|first| first.id == now.id) {
            return stops;
        }
        assert!(stops.iter().all(|stop| stop.id != now.id), "{panel}: {now:?} comes again before all have come");
        if let Some(before) = stops.last() {
            let is_next = follows(place(w, before), now.rect);
            assert!(is_next, "{panel}: after {before:?} the keyboard jumps up to {now:?}");
        }
        stops.push(now);
    }
    panic!("{panel}: Tab does not come back to {:?}", stops.first())
}

#[test]
fn tab_goes_down_the_form_of_a_run_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    let tab = |name| w.get_by_role_and_label(Role::Button, name).rect();
    let (top, right) = (tab("Set up").bottom(), tab("Walk").left());
    let mut stops = round(&mut w, "Set up");
    stops.retain(|stop| stop.rect.top() >= top && stop.rect.right() <= right);
    for pair in stops.windows(2) {
        let [before, next] = [&pair[0], &pair[1]];
        let is_below = next.rect.top() >= before.rect.bottom() - 1.0;
        let is_beside = next.rect.left() >= before.rect.right() - 1.0 && next.rect.bottom() > before.rect.top();
        assert!(is_below || is_beside, "{next:?} comes after {before:?}");
    }
    let names: Vec<&str> = stops.iter().map(|stop| stop.name.as_str()).collect();
    let expected = [
        "Data set",
        "Network",
        "Optimizer",
        "Learning rate η",
        "Learning rate η slider",
        "Batch",
        "Length",
        "Length unit",
        "More on the data",
        "More on the probes",
        "Sweep",
        "Copy",
        "Start run",
        "Reset",
    ];
    let mut rest = names.iter();
    for name in expected {
        assert!(rest.any(|found| *found == name), "{name} is not in its place: {names:?}");
    }
}

#[test]
fn tab_comes_to_every_widget_once_and_each_has_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, files(folder.path()));
    wait_for(&mut w, "measured in");
    let look = |w: &mut Window, panel: &str| {
        let stops = round(w, panel);
        let silent: Vec<&Stop> = stops.iter().filter(|stop| stop.name.trim().is_empty()).collect();
        assert!(silent.is_empty(), "{panel}: these say nothing: {silent:?}");
        assert!(stops.len() > 10, "{panel}: {stops:?}");
    };
    for panels in [
        ["Set up", "Walk"],
        ["Runs", "Slice"],
        ["Runs", "Epochs"],
        ["Runs", "Table"],
        ["Files", "Line"],
        ["Files", "Plane"],
        ["Files", "Escape"],
        ["Files", "Valley"],
        ["Files", "Spectrum"],
        ["Files", "Noise"],
    ] {
        panels.iter().for_each(|panel| show(&mut w, panel));
        look(&mut w, &panels.join(" and "));
    }
    for place in ["Start", "Gallery", "Laboratory"] {
        click(&mut w, &format!("Workspace {place}"));
        w.run_steps(4);
        look(&mut w, place);
    }
    click(&mut w, "Many runs");
    let is_done = |w: &Window| has(w, "of 100 runs") && w.query_by_label("Stop the runs").is_none();
    wait(&mut w, "the ensemble", is_done);
    look(&mut w, "Many runs");
    click(&mut w, "Theorems");
    wait_for(&mut w, "holds");
    look(&mut w, "Theorems");
}

#[test]
fn space_presses_what_has_the_keyboard_and_plays_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, vec![]);
    w.get_by_label("More on the data").focus();
    w.run_steps(2);
    w.key_press(Key::Space);
    w.run_steps(4);
    assert!(w.query_by_label("Random labels").is_some(), "the section is open");
    // Esc gives the keys back to the window.
    w.key_press(Key::Escape);
    w.run_steps(2);
    w.key_press(Key::Questionmark);
    w.run_steps(4);
    assert!(w.query_by_label("Ten steps").is_some(), "the list of shortcuts");
}
