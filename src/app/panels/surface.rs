//! The Surface panel: the plane that is shown, as a surface to turn.

use eframe::egui_wgpu::RenderState;
use egui::{RichText, Ui};

use super::progress;
use crate::app::{
    action::{Action, Actions},
    desk::Desk,
    dock::Panel,
    export::Content,
    theme,
};

/// Draws the panel.
pub fn ui(ui: &mut Ui, desk: &mut Desk, gpu: Option<&RenderState>, actions: &mut Actions) {
    let Some(entry) = desk.surveys.current().filter(|e| e.found.is_some()) else {
        theme::teach(
            ui,
            "Here the plane that was measured last is shown as a surface to turn in the hand, with its checkpoints and its \
             path.",
        );
        ui.vertical_centered(|ui| {
            if desk.plane.of(&desk.library).is_ok() {
                if ui.button("Measure the plane").clicked() {
                    actions.ask(Action::MeasurePlane);
                    actions.ask(Action::ShowPanel(Panel::Surface));
                }
            } else if ui.button("Choose a plane").on_hover_text("Goes to the Plane panel").clicked() {
                actions.ask(Action::ShowPanel(Panel::Plane));
            }
        });
        return;
    };
    ui.horizontal(|ui| {
        ui.add(egui::Label::new(RichText::new(entry.name()).strong()).truncate());
    });
    progress::ui(ui, entry.id, &entry.phase, actions);
    desk.update_surface(ui.ctx());
    if let (Some(picture), Some(gpu)) = (desk.surface.ui(ui, gpu), gpu) {
        let content = Content::Surface { picture, device: gpu.device.clone(), queue: gpu.queue.clone() };
        actions.ask(Action::Export(Box::new(content), "surface".into()));
    }
}
