//! Beside the map of a plane: the switch of batch norm, its numbers, and the checkpoints on it.

use egui::{RichText, Ui};

use super::{
    fields::{eigenvalue, number},
    norm_switch, progress,
};
use crate::app::{
    action::Actions,
    desk::Desk,
    heatmap::Extremes,
    kinds::plane::{PlaneEntry, PlaneShown, Planes},
    plain::plain,
    theme,
};

/// Checkpoints in the list.
const LISTED: usize = 400;

/// Draws the column.
pub fn ui(ui: &mut Ui, desk: &Desk, entry: &PlaneEntry, found: &PlaneShown, actions: &mut Actions) {
    norm_switch::heading(ui, desk.surveys.of::<Planes>(), entry, &found.about, actions);
    egui::Grid::new("plane numbers").num_columns(2).spacing([8.0, 2.0]).show(ui, |ui| numbers(ui, desk, found));
    ui.add_space(4.0);
    for note in &found.about.notes {
        ui.add(egui::Label::new(RichText::new(plain(note)).small().weak()).wrap());
    }
    let words = format!("{} on {}", progress::words(&entry.phase), found.about.device);
    ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
    places(ui, found);
}

fn numbers(ui: &mut Ui, desk: &Desk, found: &PlaneShown) {
    let layout = &found.layout;
    let (a, b) = (layout.grid.a(), layout.grid.b());
    let (done, total) = found.plane.progress();
    number(
        ui,
        "points",
        if done == total { format!("{} × {}", a.count(), b.count()) } else { format!("{done} of {total}") },
    );
    if found.resumed > 0 {
        number(ui, "  from the record", found.resumed.to_string());
    }
    if let Some(Extremes { range: (low, high), lowest: (a, b) }) = desk.heat.extremes() {
        number(ui, "training loss", format!("{} to {}", theme::value(low), theme::value(high)));
        number(ui, "lowest at", format!("{}, {}", theme::value(a), theme::value(b)));
    }
    let tally = desk.heat.shown().map(|(_, ground)| ground.tally()).unwrap_or_default();
    for (what, count) in [("not finite", tally.not_finite), ("no logarithm", tally.not_positive)] {
        if count > 0 {
            number(ui, what, format!("{count} points"));
        }
    }
    number(ui, "‖u‖", theme::value(layout.norms[0]));
    number(ui, "‖v‖", theme::value(layout.norms[1]));
    number(ui, "cos(u, v)", format!("{:.6}", layout.cosine).replace('-', "−"));
    for (name, eigen) in ["u", "v"].into_iter().zip(&layout.eigen) {
        eigenvalue(ui, name, eigen);
    }
    if let Some([first, second]) = layout.explained {
        number(ui, "variance explained", format!("{:.1} % + {:.1} %", 100.0 * first, 100.0 * second));
    }
}

/// The checkpoints on the plane: their own loss, the plane's there, and how far they lie off it.
fn places(ui: &mut Ui, found: &PlaneShown) {
    ui.separator();
    egui::Grid::new("places").num_columns(4).spacing([6.0, 2.0]).striped(true).show(ui, |ui| {
        for (head, help) in [
            ("checkpoint", "In the order of the path"),
            ("loss", "Training loss at the checkpoint itself"),
            ("in plane", "Training loss at the nearest point of the plane"),
            ("off", "Distance from the plane, in parameter space"),
        ] {
            ui.label(RichText::new(head).small().strong()).on_hover_text(help);
        }
        ui.end_row();
        let step = found.layout.places.len().div_ceil(LISTED).max(1);
        for place in found.layout.places.iter().step_by(step) {
            let name = egui::Label::new(RichText::new(&place.name).small()).truncate();
            ui.scope(|ui| {
                ui.set_max_width(70.0);
                ui.add(name).on_hover_text(format!(
                    "{}: a {}, b {}",
                    place.name,
                    theme::value(place.a),
                    theme::value(place.b)
                ));
            });
            let short = |x: Option<f64>| x.map_or("…".into(), |x| format!("{x:.4}").replace('-', "−"));
            for words in [short(place.loss), short(place.in_plane), short(Some(place.off_plane))] {
                ui.label(RichText::new(words).small().monospace());
            }
            ui.end_row();
        }
    });
}
