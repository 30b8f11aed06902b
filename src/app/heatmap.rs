//! A plane as colours: the texture of its cells, its contour lines and its colour bar.

use std::time::{Duration, Instant};

use egui::{
    Align2, Color32, ColorImage, FontId, Mesh, Rect, Shape, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui,
    pos2, vec2,
};

use super::{
    kinds::plane::{PlaneEntry, PlaneShown},
    look::PlaneLook,
    shelf::SurveyId,
    theme,
};
use crate::{
    figure::{Grid, Heat, Isoline, Shades, Tally},
    survey::Shown,
};

/// The picture is made anew so often while its plane is being measured.
const EVERY: Duration = Duration::from_millis(80);
/// Contour lines of a plane.
const CONTOURS: usize = 14;
/// A cell that borrows the value of a neighbour is paler, once nothing more comes.
const BORROWED: f32 = 0.6;
/// Cells without a finite value are crossed out while they are so few.
const CROSSED: usize = 4000;
/// Points of a plane whose contour lines are drawn while it is being measured.
const SMALL: usize = 10_000;

/// What a picture was made of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    id: SurveyId,
    version: u64,
    look: PlaneLook,
    is_going: bool,
}

/// The picture of one plane.
#[derive(Default)]
pub struct HeatMap {
    made: Option<(Key, Instant)>,
    /// How long that took.
    cost: Duration,
    texture: Option<TextureHandle>,
    pub contours: Vec<Isoline>,
    /// Columns and rows of measured cells without a place on the colour scale.
    pub crossed: Vec<[usize; 2]>,
    pub tally: Tally,
    shades: Option<Shades>,
}

impl HeatMap {
    /// Makes the picture anew when the plane's numbers or its look have changed.
    pub fn update(&mut self, ctx: &egui::Context, entry: &PlaneEntry, found: &PlaneShown, look: PlaneLook) {
        let is_going = entry.phase.measuring().is_some();
        let key = Key { id: entry.id, version: entry.version, look, is_going };
        if let Some((made, at)) = self.made {
            if made == key {
                return;
            }
            let is_soon = at.elapsed() < EVERY.max(6 * self.cost) && Key { version: made.version, ..key } == made;
            if is_soon && is_going {
                return ctx.request_repaint_after(EVERY);
            }
        }
        let begun = Instant::now();
        self.make(ctx, entry, found, look);
        self.cost = begun.elapsed();
        self.made = Some((key, Instant::now()));
    }

    fn make(&mut self, ctx: &egui::Context, entry: &PlaneEntry, found: &PlaneShown, look: PlaneLook) {
        let grid = found.layout.grid;
        let (width, height) = (grid.a().count(), grid.b().count());
        let losses: Vec<Option<f64>> = found.plane.values().iter().map(|m| m.map(|m| m.train.loss)).collect();
        self.crossed.clear();
        // The survey's grid rises and is full; anything else would be no plane.
        let Ok(values) = Grid::new(grid.a().values(), grid.b().values(), losses) else { return };
        // Of a large plane, lines that change with every point would cost more than the measuring.
        let is_ready = found.plane.is_done() || grid.count() <= SMALL;
        let contours = if look.contours && is_ready { CONTOURS } else { 0 };
        let heat = Heat { grid: values, scale: look.scale, map: look.map, range: None, contours, label: String::new() };
        let shades = heat.shades();
        self.contours = if contours > 0 { heat.isolines() } else { Vec::new() };
        self.tally = heat.tally();
        let shown = found.plane.coarse_values();
        let mut pixels = vec![Color32::TRANSPARENT; width * height];
        for (k, Shown { measured, here }) in shown.iter().enumerate() {
            let place = shades.place(measured.train.loss);
            let (i, j) = (k % width, k / width);
            let color = theme::color(shades.color(place));
            // The first row of a texture is the upper one.
            let is_pale = !here && entry.phase.measuring().is_none();
            pixels[(height - 1 - j) * width + i] = if is_pale { color.gamma_multiply(BORROWED) } else { color };
            if *here && place.is_nan() && self.crossed.len() < CROSSED {
                self.crossed.push([i, j]);
            }
        }
        let image = ColorImage::new([width, height], pixels);
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::NEAREST),
            None => self.texture = Some(ctx.load_texture("plane", image, TextureOptions::NEAREST)),
        }
        self.shades = Some(shades);
    }

    pub fn texture(&self) -> Option<&TextureHandle> {
        self.texture.as_ref()
    }

    /// The colour of a contour line.
    pub fn ink(&self, contour: &Isoline) -> Color32 {
        self.shades.as_ref().map_or(theme::shade(102), |shades| ink(shades, contour))
    }

    /// The colour scale in `rect`: colours, numbers, and what they are.
    pub fn bar(&self, ui: &Ui, rect: Rect, label: &str) {
        if let Some(shades) = &self.shades {
            bar(ui, rect, label, shades, self.tally);
        }
    }
}

/// The colour of a contour line over its own height.
pub fn ink(shades: &Shades, contour: &Isoline) -> Color32 {
    if shades.is_dark(contour.place) { theme::glow(115) } else { theme::shade(102) }
}

/// A colour scale in `rect`: colours, numbers, and what they are.
pub fn bar(ui: &Ui, rect: Rect, label: &str, shades: &Shades, tally: Tally) {
    let painter = ui.painter();
    let bar = Rect::from_min_max(rect.min, pos2(rect.left() + 14.0, rect.bottom()));
    let mut mesh = Mesh::default();
    const STEPS: u32 = 64;
    for k in 0..=STEPS {
        let share = f64::from(k) / f64::from(STEPS);
        let y = bar.bottom() - share as f32 * bar.height();
        let color = theme::color(shades.color(share));
        mesh.colored_vertex(pos2(bar.left(), y), color);
        mesh.colored_vertex(pos2(bar.right(), y), color);
        if k > 0 {
            let n = 2 * k;
            mesh.add_triangle(n - 2, n - 1, n);
            mesh.add_triangle(n - 1, n, n + 1);
        }
    }
    painter.add(Shape::mesh(mesh));
    let frame = Stroke::new(0.8, ui.visuals().weak_text_color());
    painter.rect_stroke(bar, 0.0, frame, StrokeKind::Outside);
    let color = ui.visuals().text_color();
    for tick in shades.ticks((rect.height() / 42.0) as usize) {
        let y = bar.bottom() - shades.place(tick.value) as f32 * bar.height();
        painter.hline(bar.right()..=bar.right() + 3.0, y, frame);
        let words = ui.fonts_mut(|f| f.layout_job(theme::markup_job(&tick.label, FontId::proportional(11.0), color)));
        let half = words.rect.height() / 2.0;
        painter.galley(pos2(bar.right() + 6.0, y - half), words, color);
    }
    let galley = painter.layout_no_wrap(label.into(), FontId::proportional(12.0), color);
    // Turned to the left around its corner, so that it reads upwards.
    let at = pos2(rect.right() - galley.rect.height(), rect.center().y + galley.rect.width() / 2.0);
    let shape = egui::epaint::TextShape::new(at, galley, color).with_angle(-std::f32::consts::FRAC_PI_2);
    painter.add(shape);
    for (what, n) in [("not finite", tally.not_finite), ("≤ 0", tally.not_positive)] {
        if n > 0 {
            let sample = Rect::from_min_size(pos2(bar.left(), bar.bottom() + 6.0), vec2(14.0, 10.0));
            painter.rect_filled(sample, 0.0, theme::color(crate::figure::colors::NOT_FINITE));
            painter.line_segment([sample.left_bottom(), sample.right_top()], frame);
            painter.text(
                sample.right_center() + vec2(4.0, 0.0),
                Align2::LEFT_CENTER,
                what,
                FontId::proportional(10.0),
                color,
            );
        }
    }
}
