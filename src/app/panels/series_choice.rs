//! A field for where something is measured: at an open checkpoint, or at those of a folder or of a run, one after the other.

use std::path::{Path, PathBuf};

use egui::{ComboBox, DragValue, Ui};

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
