//! The landscape as a surface to turn in the hand, with the paths and the balls of the rules on it.

use std::sync::Arc;

use eframe::egui_wgpu::RenderState;
use egui::Ui;

use crate::app::{
    action::{Action, Actions},
    export::Content,
    lab::Lab,
};

/// Draws the picture.
pub fn ui(ui: &mut Ui, lab: &mut Lab, gpu: Option<&RenderState>, actions: &mut Actions) {
    if let Some(scene) = lab.new_scene(ui.ctx()) {
        lab.solid.show(Arc::new(scene));
    }
    if let (Some(picture), Some(gpu)) = (lab.solid.ui(ui, gpu), gpu) {
        let content = Content::Surface { picture, device: gpu.device.clone(), queue: gpu.queue.clone() };
        actions.ask(Action::Export(Box::new(content), "landscape".into()));
    }
}
