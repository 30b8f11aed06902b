//! The part of the form that makes many runs of one: lists of values.

use egui::Ui;

use super::fields::{row, text};
use crate::app::sweep::Lists;

/// What every list may be.
const HELP: &str = "Values with commas, or 1..5 for 1, 2, 3, 4 and 5; empty takes the value of the form. There is a run for each \
                    combination";

/// Draws the fields; the button that starts the runs stands under the form.
pub fn fields(ui: &mut Ui, lists: &mut Lists) {
    row(ui, "Rates η", HELP, |ui| text(ui, &mut lists.rates, "0.05, 0.1, 0.2"));
    row(ui, "Batch sizes", HELP, |ui| text(ui, &mut lists.batches, "50, 100, full"));
    row(ui, "Radii ρ", HELP, |ui| text(ui, &mut lists.radii, "0.02, 0.05"));
    row(ui, "Seeds", HELP, |ui| text(ui, &mut lists.seeds, "1..5"));
}
