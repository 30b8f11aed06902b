//! A surface as a PNG, with its numbers and names.

use std::sync::Arc;

use super::{Bar, Camera, Image, LabelKind, Look, Mesh, Overlay, RenderError, Scene, render_to_image};
use crate::figure::{Caption, Color, PngError, with_captions};

/// The shorter side of the pictures that lines and text are designed for; in larger ones they are larger.
const DESIGNED: f64 = 720.0;

/// A surface as it is seen from somewhere, ready to be drawn at any size. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Picture {
    pub scene: Arc<Scene>,
    pub camera: Camera,
    pub look: Look,
}

/// Why there is no PNG.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Png(#[from] PngError),
}

impl Picture {
    /// Width and height of a 4K picture.
    pub const FOUR_K: [u32; 2] = [3840, 2160];

    /// The picture as PNG. `look.scale` is chosen to fit the size.
    ///
    /// # Errors
    /// When the scene cannot be shown or the device cannot draw it.
    pub fn png(&self, device: &wgpu::Device, queue: &wgpu::Queue, size: [u32; 2]) -> Result<Vec<u8>, PictureError> {
        let (width, height) = (f64::from(size[0]), f64::from(size[1]));
        let scale = (width.min(height) / DESIGNED).max(0.5);
        let look = Look { scale: scale as f32, ..self.look };
        let mut image = render_to_image(device, queue, &self.scene, &self.camera, size, &look)?;
        let mesh = Mesh::new(&self.scene).map_err(RenderError::from)?;
        let overlay = Overlay::new(&self.scene, mesh.space(), &self.camera, (width / scale, height / scale));
        if let Some(bar) = &overlay.bar {
            paint_bar(&mut image, bar, &self.scene.lut, look.theme.page().frame, scale);
        }
        let page = look.theme.page();
        let captions: Vec<Caption> = overlay
            .labels
            .into_iter()
            .map(|l| Caption {
                x: l.x,
                y: l.y,
                size: l.kind.size(),
                color: if l.kind == LabelKind::Number { page.muted } else { page.ink },
                rim: look.background,
                text: l.text,
                is_markup: l.kind != LabelKind::Marker,
            })
            .collect();
        Ok(with_captions(image.rgba, size, scale, &captions)?)
    }
}

/// The colours from high to low, a frame, and ticks.
fn paint_bar(image: &mut Image, bar: &Bar, lut: &[[u8; 4]; 256], frame: Color, scale: f64) {
    let pixel = |v: f64| (v * scale).round() as i64;
    let (x0, x1, y0, y1) = (pixel(bar.x), pixel(bar.x + bar.width), pixel(bar.y), pixel(bar.y + bar.height));
    let thick = pixel(0.8).max(1);
    let frame = [frame.r, frame.g, frame.b, 255];
    let mut fill = |xs: std::ops::Range<i64>, ys: std::ops::Range<i64>, color: &dyn Fn(i64) -> [u8; 4]| {
        for y in ys.start.max(0)..ys.end.min(i64::from(image.height)) {
            for x in xs.start.max(0)..xs.end.min(i64::from(image.width)) {
                // Both are inside the picture.
                let at = 4 * (y as usize * image.width as usize + x as usize);
                image.rgba[at..at + 4].copy_from_slice(&color(y));
            }
        }
    };
    fill(x0 - thick..x1 + thick, y0 - thick..y1 + thick, &|_| frame);
    fill(x0..x1, y0..y1, &|y| {
        let share = 1.0 - (y - y0) as f64 / (y1 - y0 - 1).max(1) as f64;
        lut[(share * 255.0).round() as usize]
    });
    for tick in &bar.ticks {
        let y = pixel(*tick);
        fill(x1 + thick..x1 + thick + pixel(3.0), y..y + thick, &|_| frame);
    }
}
