//! Large text: at 150 % of its size no words stand over others, in any workspace of a window of 1280 × 800 pixels.

use egui::{Key, Modifiers, Rect, Role, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    explore_window::{Window, has, wait_for},
    pictures::files,
    window::{click, show, wait, window},
};

/// What has words of its own. Those inside of plots are no widgets: they stand where the curves leave room for them.
const SAYING: [Role; 10] = [
    Role::Label,
    Role::Button,
    Role::CheckBox,
    Role::RadioButton,
    Role::ComboBox,
    Role::SpinButton,
    Role::TextInput,
    Role::Link,
    Role::Tab,
    Role::DisclosureTriangle,
];

/// A line of words, and where it is seen.
#[derive(Clone, Debug)]
struct Words {
    text: String,
    rect: Rect,
}

/// Every line of words that is drawn, as far as it is not cut off.
fn drawn(shape: &Shape, clip: Rect, into: &mut Vec<Words>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| drawn(shape, clip, into)),
        Shape::Text(text) => {
            for row in &text.galley.rows {
                let ink = row.visuals.mesh_bounds.translate(row.pos.to_vec2() + text.pos.to_vec2());
                let rect = ink.intersect(clip);
                if rect.is_positive() {
                    into.push(Words { text: text.galley.text().to_owned(), rect });
                }
            }
        }
        _ => {}
    }
}

/// The words of all widgets in the window.
fn words(w: &Window) -> Vec<Words> {
    let nodes = w.root().children_recursive().filter(|node| SAYING.contains(&node.accesskit_node().role()));
    let widgets: Vec<Rect> = nodes.map(|node| node.rect().expand(1.0)).collect();
    let mut all = Vec::new();
    for clipped in &w.output().shapes {
        drawn(&clipped.shape, clipped.clip_rect, &mut all);
    }
    all.retain(|words| widgets.iter().any(|widget| widget.contains(words.rect.center())));
    all
}

/// Words that stand over others.
fn collisions(w: &Window) -> Vec<String> {
    let all = words(w);
    let mut found = Vec::new();
    for (i, one) in all.iter().enumerate() {
        for other in &all[..i] {
            let both = one.rect.intersect(other.rect);
            // Letters may touch, as those of one line of text and the next do.
            if both.width() > 1.5 && both.height() > 2.5 {
                found.push(format!("{:?} over {:?} at {:?}", one.text, other.text, both));
            }
        }
    }
    found
}

#[test]
fn no_words_stand_over_others_in_large_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut w = window(folder.path(), true, files(folder.path()));
    wait_for(&mut w, "measured in");
    w.key_press_modifiers(Modifiers::COMMAND, Key::P);
    w.run_steps(4);
    w.get_by_label("Command palette").type_text("text size 150");
    w.run_steps(4);
    w.key_press(Key::Enter);
    w.run_steps(10);
    assert!((w.ctx.zoom_factor() - 1.5).abs() < 1e-3, "{}", w.ctx.zoom_factor());
    let mut wrong = Vec::new();
    let mut look = |w: &mut Window, panel: &str| {
        w.remove_cursor();
        w.run_steps(8);
        assert!(words(w).len() > 15, "{panel} is empty");
        wrong.extend(collisions(w).into_iter().map(|words| format!("{panel}: {words}")));
    };
    for panel in [
        "Set up", "Walk", "Runs", "Slice", "Epochs", "Table", "Files", "Line", "Plane", "Escape", "Valley", "Spectrum",
        "Noise",
    ] {
        show(&mut w, panel);
        look(&mut w, panel);
    }
    for place in ["Start", "Gallery", "Laboratory"] {
        click(&mut w, &format!("Workspace {place}"));
        look(&mut w, place);
    }
    click(&mut w, "Many runs");
    wait(&mut w, "the ensemble", |w| has(w, "of 100 runs"));
    look(&mut w, "Many runs");
    click(&mut w, "Theorems");
    wait_for(&mut w, "holds");
    look(&mut w, "Theorems");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
