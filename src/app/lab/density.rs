//! Where many runs end in the plane, as a picture: the colour is that of the rules that end in a cell, it covers more the
//! more of them there are.

use egui::{Color32, ColorImage, TextureHandle, TextureOptions};

use super::{
    runs::Found,
    summary::{CELLS, Summary},
};
use crate::{
    app::theme,
    figure::{Color, colors::dynamics_color},
    toy::dynamics::DynamicsKind,
};

/// The picture.
#[derive(Default)]
pub struct Density {
    key: Option<(u64, Option<DynamicsKind>)>,
    texture: Option<TextureHandle>,
}

impl Density {
    /// Makes the picture anew when the answer, which `version` counts, or the rule that is shown is another.
    pub fn update(&mut self, ctx: &egui::Context, found: &Found, version: u64, only: Option<DynamicsKind>) {
        if self.key == Some((version, only)) {
            return;
        }
        self.key = Some((version, only));
        let shown: Vec<&Summary> = found.summaries.iter().filter(|s| only.is_none_or(|k| s.kind() == k)).collect();
        let image = ColorImage::new([CELLS, CELLS], pixels(&shown));
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::NEAREST),
            None => self.texture = Some(ctx.load_texture("density", image, TextureOptions::NEAREST)),
        }
    }

    pub fn texture(&self) -> Option<&TextureHandle> {
        self.texture.as_ref()
    }
}

/// The upper row first.
fn pixels(shown: &[&Summary]) -> Vec<Color32> {
    let total = |k: usize| shown.iter().map(|s| u64::from(s.density[k])).sum::<u64>();
    let most = (0..CELLS * CELLS).map(total).max().unwrap_or(0).max(1) as f64;
    let cell = |k: usize| {
        let n = total(k);
        if n == 0 {
            return Color32::TRANSPARENT;
        }
        let mixed = |channel: fn(Color) -> u8| {
            let sum: f64 =
                shown.iter().map(|s| f64::from(s.density[k]) * f64::from(channel(dynamics_color(s.kind())))).sum();
            (sum / n as f64).round() as u8
        };
        let color = theme::color(Color { r: mixed(|c| c.r), g: mixed(|c| c.g), b: mixed(|c| c.b) });
        // By the fourth root: a few runs among thousands are still to be seen.
        color.gamma_multiply((0.3 + 0.7 * (n as f64 / most).powf(0.25)) as f32)
    };
    (0..CELLS).rev().flat_map(|j| (0..CELLS).map(move |i| j * CELLS + i)).map(cell).collect()
}
