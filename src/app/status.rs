//! The bar at the bottom: device, speed, what goes on, and what the window could not keep up with.

use egui::{RichText, Ui};

use super::{
    action::Actions,
    jobs::{self, Job},
    store::{Run, Store},
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

/// What the bar tells, beside the jobs.
pub struct Told<'a> {
    pub store: &'a Store,
    pub status: &'a Status,
    /// The device of the newest measurement.
    pub measured_on: Option<&'a str>,
    pub frames: &'a Frames,
    pub missed: u64,
}

/// Draws the bar.
pub fn ui(ui: &mut Ui, told: &Told<'_>, jobs: Vec<Job>, actions: &mut Actions) {
    let Told { store, status, measured_on, frames, missed } = *told;
    ui.horizontal(|ui| {
        let small = |text: String| RichText::new(text).small();
        let of = |run: &Run| run.history.as_ref().map(|history| history.manifest().device.clone());
        let live = store.live().and_then(of);
        match live.or(measured_on.map(str::to_owned)).or_else(|| store.active().and_then(of)) {
            Some(device) => ui.label(small(device)).on_hover_text("Where the tensors live"),
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
