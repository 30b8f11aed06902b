//! What lies under the lines of a plot: the cells of a plane as colours, its contour lines, and its colour scale.

use std::sync::Arc;

use egui::{
    Align2, Color32, ColorImage, FontId, Mesh, Rect, Shape, Stroke, StrokeKind, TextureHandle, TextureId,
    TextureOptions, Ui, pos2, vec2,
};
use egui_plot::{Line, PlotImage, PlotItem, PlotPoint, PlotUi};

use super::{sketch::Sketch, theme};
use crate::figure::{self, Heat, Isoline, Panel, Shades, Tally};

/// A cell that borrows the value of another one is paler.
const BORROWED: f32 = 0.6;
/// Cells without a finite value are crossed out while they are so few.
const CROSSED: usize = 4000;

/// What the colour of a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// Its own value.
    Own(f64),
    /// That of a neighbour; drawn paler if so wished.
    Borrowed {
        value: f64,
        pale: bool,
    },
    Blank,
}

/// A [`Heat`] made ready for the window. It belongs to nobody's frame: it is made anew when its numbers change.
#[derive(Clone)]
pub struct Ground {
    texture: TextureHandle,
    /// (low, high) of what the cells cover, along both axes.
    extent: [(f64, f64); 2],
    /// Contour lines, and strokes over cells that have been measured and have no place on the colour scale.
    lines: Arc<Vec<(Color32, Vec<[f64; 2]>)>>,
    shades: Shades,
    tally: Tally,
}

impl Ground {
    /// The cells of `heat` with their own values.
    pub fn of(ctx: &egui::Context, heat: &Heat, how: TextureOptions) -> Ground {
        let values = heat.grid.values();
        Ground::with(ctx, heat, how, |k| values[k].map_or(Cell::Blank, Cell::Own))
    }

    /// Cells as `cell` says, by their index `j · columns + i`; all else is that of `heat`.
    pub fn with(ctx: &egui::Context, heat: &Heat, how: TextureOptions, cell: impl Fn(usize) -> Cell) -> Ground {
        let (width, height) = (heat.grid.a().len(), heat.grid.b().len());
        let shades = heat.shades();
        let extent = [heat.grid.a_extent(), heat.grid.b_extent()];
        let side = |k: usize, count: usize, i: usize| {
            let (low, high) = extent[k];
            let at = |i: usize| low + (high - low) * i as f64 / count as f64;
            (at(i), at(i + 1))
        };
        let (mut pixels, mut strokes) = (vec![Color32::TRANSPARENT; width * height], Vec::new());
        for k in 0..width * height {
            let (i, j) = (k % width, k / width);
            let (value, is_pale, is_own) = match cell(k) {
                Cell::Blank => continue,
                Cell::Own(value) => (value, false, true),
                Cell::Borrowed { value, pale } => (value, pale, false),
            };
            let place = shades.place(value);
            let color = theme::color(shades.color(place));
            // The first row of a texture is the upper one.
            pixels[(height - 1 - j) * width + i] = if is_pale { color.gamma_multiply(BORROWED) } else { color };
            if is_own && place.is_nan() && strokes.len() < CROSSED {
                let (x, y) = (side(0, width, i), side(1, height, j));
                strokes.push(vec![[x.0, y.0], [x.1, y.1]]);
            }
        }
        let texture = ctx.load_texture("ground", ColorImage::new([width, height], pixels), how);
        let contours = if heat.contours > 0 { heat.isolines() } else { Vec::new() };
        let mut lines = Vec::new();
        for contour in contours {
            let color = ink(&shades, &contour);
            lines.extend(contour.lines.into_iter().map(|line| (color, line)));
        }
        let stripe = theme::color(figure::colors::NOT_FINITE_STRIPE);
        lines.extend(strokes.into_iter().map(|stroke| (stripe, stroke)));
        Ground { texture, extent, lines: Arc::new(lines), shades, tally: heat.tally() }
    }

    /// What the colours alone do not say.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Draws colours, contour lines and strokes into a plot.
    pub fn draw(&self, p: &mut PlotUi<'_>) {
        let [(left, right), (low, high)] = self.extent;
        let middle = PlotPoint::new(left / 2.0 + right / 2.0, low / 2.0 + high / 2.0);
        let size = [(right - left) as f32, (high - low) as f32];
        p.image(PlotImage::new("", self.texture.id(), middle, size).allow_hover(false));
        if self.lines.is_empty() {
            return;
        }
        // A texture is never made again under the same number.
        let (TextureId::Managed(revision) | TextureId::User(revision)) = self.texture.id();
        let lines = Arc::clone(&self.lines);
        // A steep contour has several points to a column of the screen. The plot would take them for a dense curve and draw their
        // hull in place of the line, which is no wider than a hair there: what is seen of it are dots.
        let thin = |(color, line): &(Color32, Vec<[f64; 2]>)| -> Box<dyn PlotItem> {
            let line = Line::new("", line.clone()).stroke(Stroke::new(1.1, *color));
            Box::new(line.allow_band(false).allow_hover(false))
        };
        let id = p.response().id.with("ground");
        p.add(Sketch::new(id, revision, move || lines.iter().map(thin).collect()));
    }

    /// A colour scale in `rect`: colours, numbers, and what they are.
    pub fn bar(&self, ui: &Ui, rect: Rect, label: &str) {
        let painter = ui.painter();
        let bar = Rect::from_min_max(rect.min, pos2(rect.left() + 14.0, rect.bottom()));
        painter.add(Shape::mesh(scale(bar, &self.shades)));
        let frame = Stroke::new(0.8, ui.visuals().weak_text_color());
        painter.rect_stroke(bar, 0.0, frame, StrokeKind::Outside);
        let color = ui.visuals().text_color();
        for tick in self.shades.ticks((rect.height() / 42.0) as usize) {
            let y = bar.bottom() - self.shades.place(tick.value) as f32 * bar.height();
            painter.hline(bar.right()..=bar.right() + 3.0, y, frame);
            let words = theme::markup_job(&tick.label, FontId::proportional(11.0), color);
            let words = ui.fonts_mut(|f| f.layout_job(words));
            let half = words.rect.height() / 2.0;
            painter.galley(pos2(bar.right() + 6.0, y - half), words, color);
        }
        let galley = painter.layout_no_wrap(label.into(), FontId::proportional(12.0), color);
        // Turned to the left around its corner, so that it reads upwards.
        let at = pos2(rect.right() - galley.rect.height(), rect.center().y + galley.rect.width() / 2.0);
        painter.add(egui::epaint::TextShape::new(at, galley, color).with_angle(-std::f32::consts::FRAC_PI_2));
        for (what, n) in [("not finite", self.tally.not_finite), ("≤ 0", self.tally.not_positive)] {
            if n > 0 {
                let sample = Rect::from_min_size(pos2(bar.left(), bar.bottom() + 6.0), vec2(14.0, 10.0));
                painter.rect_filled(sample, 0.0, theme::color(figure::colors::NOT_FINITE));
                painter.line_segment([sample.left_bottom(), sample.right_top()], frame);
                let at = sample.right_center() + vec2(4.0, 0.0);
                painter.text(at, Align2::LEFT_CENTER, what, FontId::proportional(10.0), color);
            }
        }
    }
}

/// Takes the heat of a panel out of it, to be made a [`Ground`]. The panel goes on showing all that its cells cover, and not only what
/// its marks do.
pub fn taken(panel: &mut Panel) -> Option<Heat> {
    let heat = panel.heat.take()?;
    panel.x_range = panel.x_range.or(Some(heat.grid.a_extent()));
    panel.y_range = panel.y_range.or(Some(heat.grid.b_extent()));
    Some(heat)
}

/// The colours of a scale from bottom to top.
fn scale(bar: Rect, shades: &Shades) -> Mesh {
    const STEPS: u32 = 64;
    let mut mesh = Mesh::default();
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
    mesh
}

/// The colour of a contour line over its own height.
fn ink(shades: &Shades, contour: &Isoline) -> Color32 {
    if shades.is_dark(contour.place) { theme::glow(115) } else { theme::shade(102) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::{Color, Colormap, Grid, Kind, Scale, Series},
        history::Curve,
    };

    #[test]
    fn without_its_heat_a_panel_shows_all_of_the_plane() {
        let axis = || vec![-1.0, 0.0, 1.0];
        let grid = Grid::new(axis(), axis(), vec![Some(1.0); 9]).unwrap();
        let label = String::new();
        let heat = Heat { grid, scale: Scale::Linear, map: Colormap::Viridis, range: None, contours: 0, label };
        let color = Color { r: 0, g: 0, b: 0 };
        let curve = Curve::through([[0.0, 0.0]]);
        let dot = Series { name: String::new(), in_legend: false, color, kind: Kind::Points, curve };
        let mut panel = Panel { heat: Some(heat), series: vec![dot], ..Panel::default() };
        let before = figure::ranges(&panel);
        assert!(taken(&mut panel).is_some() && panel.heat.is_none());
        assert_eq!((figure::ranges(&panel), before), (((-1.5, 1.5), (-1.5, 1.5)), before));
        assert!(taken(&mut panel).is_none());
        assert_eq!(figure::ranges(&panel), before, "nothing is left to take");
    }
}
