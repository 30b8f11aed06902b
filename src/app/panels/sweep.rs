//! The part of the form that makes many runs of one: lists of values, and the button that starts them.

use egui::{RichText, Ui};

use super::fields::{row, text};
use crate::{
    app::{
        action::{Action, Actions},
        sweep::Lists,
        theme,
    },
    run::RunSpec,
};

/// What every list may be.
const HELP: &str = "Values with commas, or 1..5 for 1, 2, 3, 4 and 5; empty takes the value of the form. There is a run for each \
                    combination";

/// Draws the fields; `spec` is what the form says besides, and `busy` that a run is going, which the first one would end.
pub fn fields(ui: &mut Ui, lists: &mut Lists, spec: &Result<RunSpec, String>, busy: bool, actions: &mut Actions) {
    row(ui, "Rates η", HELP, |ui| text(ui, &mut lists.rates, "0.05, 0.1, 0.2"));
    row(ui, "Batch sizes", HELP, |ui| text(ui, &mut lists.batches, "50, 100, full"));
    row(ui, "Radii ρ", HELP, |ui| text(ui, &mut lists.radii, "0.02, 0.05"));
    row(ui, "Seeds", HELP, |ui| text(ui, &mut lists.seeds, "1..5"));
    ui.label("");
    let sweep = match spec {
        Ok(spec) => lists.of(spec),
        // The form says what is wrong with it.
        Err(_) => Ok(None),
    };
    ui.vertical(|ui| {
        let words = match &sweep {
            Ok(Some(sweep)) => format!("Start sweep of {}", runs(sweep.runs.len())),
            Ok(None) | Err(_) => "Start sweep".into(),
        };
        let ready = matches!(sweep, Ok(Some(_)));
        let button = ui.add_enabled(ready, egui::Button::new(words));
        let ends = if busy { " The present run is ended." } else { "" };
        let button = button.on_hover_text(format!("One run after the other, each in a file of its own.{ends}"));
        match sweep {
            Ok(Some(sweep)) if button.clicked() => actions.ask(Action::Sweep(Box::new(sweep))),
            Ok(_) => {}
            Err(why) => {
                ui.add(egui::Label::new(RichText::new(why).small().color(theme::error(ui))).wrap());
            }
        }
    });
    ui.end_row();
}

fn runs(count: usize) -> String {
    if count == 1 { "1 run".into() } else { format!("{count} runs") }
}
