//! The landscape as a surface to turn in the hand, with the paths and the balls of the rules on it.

use std::sync::Arc;

use eframe::egui_wgpu::RenderState;
use egui::Ui;

use crate::app::{action::Actions, content::Content, lab::Lab, offer::Offer};

/// Draws the picture.
pub fn ui(ui: &mut Ui, lab: &mut Lab, gpu: Option<&RenderState>, actions: &mut Actions) {
    if let Some(scene) = lab.new_scene(ui.ctx()) {
        lab.solid.show(Arc::new(scene));
    }
    if let (Some(picture), Some(gpu)) = (lab.solid.ui(ui, gpu), gpu) {
        let content = Content::Surface { picture, device: gpu.device.clone(), queue: gpu.queue.clone() };
        let title = lab.session().map_or("landscape", |session| session.about().title);
        actions.offer(Offer::new(content, &format!("surface {title}")));
    }
}
