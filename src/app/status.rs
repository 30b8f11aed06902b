//! The bar at the bottom: device, speed, what goes on, and what the window could not keep up with.

use egui::{RichText, Ui};

use super::{
    action::Actions,
    jobs::{self, Job},
    store::Store,
};
use crate::engine::Status;

/// Frame times, to tell frames that came late.
#[derive(Debug, Default)]
pub struct Frames {
    dropped: u64,
    shown: u64,
    /// What making a frame takes, seconds, over the last few.
    takes: f64,
}

impl Frames {
    /// Counts a frame whose making took `seconds`.
    pub fn count(&mut self, seconds: f32) {
        self.shown += 1;
        self.takes += (f64::from(seconds) - self.takes) * 0.1;
        // At 60 frames a second a frame has 16.7 ms; one that takes longer makes the next ones be dropped.
        self.dropped += (f64::from(seconds) * 60.0) as u64;
    }
}

/// Draws the bar.
pub fn ui(
    ui: &mut Ui,
    store: &Store,
    status: &Status,
    jobs: Vec<Job>,
    frames: &Frames,
    missed: u64,
    actions: &mut Actions,
) {
    ui.horizontal(|ui| {
        let small = |text: String| RichText::new(text).small();
        match store.live().or(store.active()).and_then(|r| r.history.as_ref()) {
            Some(h) => ui.label(small(h.manifest().device.clone())).on_hover_text("Where the tensors live"),
            None => ui.label(small("no device in use".into())),
        };
        ui.separator();
        if store.live().is_some() {
            ui.label(small(format!("{:.1} it/s", status.steps_per_second))).on_hover_text("Iterations per second");
            ui.label(small(format!("{:.0} full losses/s", status.evaluations_per_second)))
                .on_hover_text("Passes over the whole training set per second");
            ui.separator();
        }
        if jobs.is_empty() {
            ui.label(small("idle".into()));
        }
        jobs::ui(ui, jobs, actions);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(small(format!("{:.1} ms a frame", 1e3 * frames.takes)).weak()).on_hover_text(format!(
                "Time that drawing the window takes. {} frames were shown, {} came late. A slow window never slows the training",
                frames.shown, frames.dropped
            ));
            if missed > 0 {
                ui.label(small(format!("{missed} records read back from the run file")));
            }
        });
    });
}
