//! Lines of a plot that stay as they are for many frames, kept as the triangles that they are drawn with: while neither they nor the
//! view have changed, a frame copies them instead of making them.

use std::{ops::RangeInclusive, sync::Arc};

use egui::{
    Color32, Id, Mesh, Rect, Shape, Ui,
    epaint::{TessellationOptions, Tessellator},
};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};

/// What the triangles were made of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    revision: u64,
    is_dark: bool,
    bounds: PlotBounds,
    frame: Rect,
    clip: Rect,
    scale: f32,
    options: TessellationOptions,
}

/// Lines in a plot, as one item.
pub struct Sketch<'a> {
    base: PlotItemBase,
    id: Id,
    revision: u64,
    items: Box<dyn Fn() -> Vec<Box<dyn PlotItem>> + 'a>,
}

impl<'a> Sketch<'a> {
    /// Lines that are kept under `id` for as long as their revision is the same; `items` makes them, when they are needed.
    pub fn new(id: Id, revision: u64, items: impl Fn() -> Vec<Box<dyn PlotItem>> + 'a) -> Sketch<'a> {
        Sketch { base: PlotItemBase::new(String::new()), id, revision, items: Box::new(items) }
    }

    fn mesh(&self, ui: &Ui, transform: &PlotTransform, key: &Key) -> Mesh {
        let mut shapes = Vec::new();
        for item in (self.items)() {
            item.shapes(ui, transform, &mut shapes);
        }
        // The colours of lines are not in the font's texture, and dots can do without its discs.
        let mut tessellator = Tessellator::new(key.scale, key.options, [1, 1], Vec::new());
        let mut mesh = Mesh::default();
        shapes.into_iter().for_each(|shape| tessellator.tessellate_shape(shape, &mut mesh));
        mesh
    }
}

impl PlotItem for Sketch<'_> {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let ctx = ui.ctx();
        let key = Key {
            revision: self.revision,
            is_dark: ui.visuals().dark_mode,
            bounds: *transform.bounds(),
            frame: *transform.frame(),
            clip: ui.clip_rect(),
            scale: ctx.pixels_per_point(),
            options: ctx.tessellation_options(|options| *options),
        };
        let kept: Option<(Key, Arc<Mesh>)> = ctx.data(|d| d.get_temp(self.id));
        let mesh = match kept.filter(|(made, _)| *made == key) {
            Some((_, mesh)) => mesh,
            None => {
                let mesh = Arc::new(self.mesh(ui, transform, &key));
                ctx.data_mut(|d| d.insert_temp(self.id, (key, Arc::clone(&mesh))));
                mesh
            }
        };
        if !mesh.is_empty() {
            shapes.push(Shape::Mesh(mesh));
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        Color32::TRANSPARENT
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use egui_plot::{Line, Plot};

    use super::*;

    /// How often lines are made, in frames with these revisions and lower ends of y.
    fn made(frames: &[(u64, f64)]) -> Vec<usize> {
        let (ctx, count) = (egui::Context::default(), Cell::new(0));
        let frame = |&(revision, low): &(u64, f64)| {
            let before = count.get();
            let draw = |ui: &mut Ui| {
                let plot = Plot::new("a plot of a test").width(200.0).height(100.0).show_axes([false, false]);
                plot.show(ui, |p| {
                    p.set_plot_bounds(PlotBounds::from_min_max([0.0, low], [1.0, 1.0]));
                    p.add(Sketch::new(Id::unique("a sketch of a test"), revision, || {
                        count.set(count.get() + 1);
                        vec![Box::new(Line::new("", vec![[0.0, 0.0], [1.0, 1.0]]).stroke((2.0, Color32::WHITE)))]
                    }));
                });
            };
            let _ = ctx.run_ui(egui::RawInput::default(), draw);
            count.get() - before
        };
        frames.iter().map(frame).collect()
    }

    #[test]
    fn lines_are_made_again_only_when_they_or_the_view_have_changed() {
        // In its first frame a plot does not know its place yet.
        let all = made(&[(1, 0.0), (1, 0.0), (1, 0.0), (2, 0.0), (2, 0.0), (2, -1.0), (2, -1.0)]);
        assert_eq!(all[2..], [0, 1, 0, 1, 0]);
    }
}
