//! A field for where something is measured: at an open checkpoint, or at those of a folder or of a run, one after the other.

use std::path::{Path, PathBuf};

use egui::{ComboBox, DragValue, Response, Ui};

use super::fields::inline;
use crate::app::{kinds::series::Series, library::Library, opened::short};

/// Checkpoints of a path that are measured at most.
const MOST: usize = 1000;

/// Draws it; `id` tells it from those of other panels.
pub fn ui(ui: &mut Ui, id: &str, series: &mut Series, library: &Library) {
    let present = series.at(library).map(Path::to_path_buf);
    let points = library.points().map(|point| (point.path.clone(), short(&point.path)));
    let trails = library.trails().map(|trail| {
        let words = format!("{}, {} checkpoints", short(&trail.path), trail.found.points.len());
        (trail.path.clone(), words)
    });
    let all: Vec<(PathBuf, String)> = points.chain(trails).collect();
    let shown = all.iter().find(|(path, _)| Some(path) == present.as_ref());
    let shown = shown.map_or("none is open".to_string(), |(_, words)| words.clone());
    inline(ui, "at", "A checkpoint, or all of a folder or of a run, one after the other", |ui| {
        let combo = ComboBox::from_id_salt(("series", id)).width(170.0).selected_text(shown).truncate();
        combo
            .show_ui(ui, |ui| {
                for (path, words) in all {
                    if ui.selectable_label(present.as_ref() == Some(&path), words).clicked() {
                        series.chosen = Some(path);
                    }
                }
            })
            .response
    });
    if series.is_path(library) {
        inline(ui, "of them at most", "So many checkpoints of the path, spread evenly, its ends among them", |ui| {
            ui.add(DragValue::new(&mut series.most).range(1..=MOST))
        });
    }
}

/// A field for the images of a batch; 0 is as in the run that the checkpoint is of.
pub fn batch(ui: &mut Ui, batch: &mut u64) -> Response {
    let field = DragValue::new(batch).range(0..=1_000_000_000u64);
    ui.add(field.custom_formatter(|n, _| if n == 0.0 { "as in its run".into() } else { format!("{n}") }))
}

/// Which checkpoint of several is shown, of those that were measured; drawn only where there are several.
pub fn shown(ui: &mut Ui, id: &str, names: &[String], present: usize) -> Option<usize> {
    if names.len() < 2 {
        return None;
    }
    let mut chosen = None;
    let text = names.get(present).cloned().unwrap_or_default();
    let combo = ComboBox::from_id_salt(("shown of a series", id)).width(120.0).selected_text(text).truncate();
    let combo = combo.show_ui(ui, |ui| {
        for (number, name) in names.iter().enumerate() {
            if ui.selectable_label(number == present, name).clicked() {
                chosen = Some(number);
            }
        }
    });
    combo.response.accessible_name("Checkpoint shown").on_hover_text("The checkpoint whose numbers are told");
    chosen
}
