//! The part of the window that a surface is drawn into: a texture of its own, drawn only when something has changed.

use std::sync::Arc;

use eframe::egui_wgpu::{RenderState, wgpu};
use egui::{Color32, Rect, TextureId, Ui, emath::GuiRounding as _, pos2};

use crate::scene::{Camera, Look, Mesh, Renderer, Scene, Target};

/// What egui takes as a texture: display values.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Four samples a pixel, which every device can do.
const SAMPLES: u32 = 4;

/// A renderer with its texture in the window.
pub struct Canvas {
    gpu: RenderState,
    renderer: Renderer,
    is_uploaded: bool,
    drawn: Option<Drawn>,
}

/// What is in the texture.
struct Drawn {
    target: Target,
    texture: TextureId,
    camera: Camera,
    look: Look,
}

impl Canvas {
    pub fn new(gpu: &RenderState) -> Canvas {
        let renderer = Renderer::new(&gpu.device, &gpu.queue, FORMAT, SAMPLES);
        Canvas { gpu: gpu.clone(), renderer, is_uploaded: false, drawn: None }
    }

    /// Takes the surface anew at the next painting.
    pub fn forget(&mut self) {
        self.is_uploaded = false;
    }

    /// Paints the surface, which is the same as before unless it was forgotten.
    pub fn paint(&mut self, ui: &Ui, rect: Rect, scene: &Arc<Scene>, mesh: &Mesh, camera: &Camera, look: &Look) {
        let is_new = !self.is_uploaded;
        if is_new {
            self.renderer.upload(scene, mesh);
            self.is_uploaded = true;
        }
        // On whole pixels, or the picture would be blurred.
        let rect = rect.round_to_pixels(look.scale);
        let size = [rect.width(), rect.height()].map(|n| (n * look.scale).round().max(1.0) as u32);
        let is_fitting = |drawn: &Drawn| drawn.target.size() == size;
        let is_current = |drawn: &Drawn| is_fitting(drawn) && drawn.camera == *camera && drawn.look == *look;
        if is_new || !self.drawn.as_ref().is_some_and(is_current) {
            let (target, texture) = match self.drawn.take() {
                Some(drawn) if is_fitting(&drawn) => (drawn.target, drawn.texture),
                old => self.target(size, old.map(|drawn| drawn.texture)),
            };
            self.renderer.draw(&target, camera, look);
            self.drawn = Some(Drawn { target, texture, camera: *camera, look: *look });
        }
        if let Some(drawn) = &self.drawn {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(drawn.texture, rect, whole, Color32::WHITE);
        }
    }

    /// A target of a new size, under the name of the one before if there was one.
    fn target(&self, size: [u32; 2], before: Option<TextureId>) -> (Target, TextureId) {
        let target = self.renderer.target(size);
        let mut window = self.gpu.renderer.write();
        let (device, view, filter) = (&self.gpu.device, target.view(), wgpu::FilterMode::Nearest);
        let texture = match before {
            Some(texture) => {
                window.update_egui_texture_from_wgpu_texture(device, view, filter, texture);
                texture
            }
            None => window.register_native_texture(device, view, filter),
        };
        drop(window);
        (target, texture)
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        if let Some(drawn) = &self.drawn {
            self.gpu.renderer.write().free_texture(&drawn.texture);
        }
    }
}
