//! The offer of two samples where there is no file yet.

use egui::Ui;

use crate::app::{
    action::{Action, Actions},
    samples::Samples,
};

/// A button that makes them, or how far they are.
pub fn offer(ui: &mut Ui, samples: &Samples, actions: &mut Actions) {
    match samples.share() {
        Some(share) => {
            let words = format!("Training two samples: {:.0} %", 100.0 * share);
            ui.add(egui::ProgressBar::new(share as f32).desired_width(240.0).text(words));
        }
        None => {
            let help = "An SGD and a SAM minimum of the built-in digits, trained here in seconds";
            if ui.button("Two samples").on_hover_text(help).clicked() {
                actions.ask(Action::Samples);
            }
        }
    }
}
