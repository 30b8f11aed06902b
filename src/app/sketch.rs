//! Lines and dots of a plot that stay as they are for many frames. They are drawn when they or the view have changed, and a frame that
//! shows them again takes what was drawn: a texture, or their triangles where no graphics device is. While the view moves, what was
//! drawn moves with it, and is drawn anew in every so manieth frame, and when the view rests.

mod press;
#[cfg(test)]
mod tests;

use std::{ops::RangeInclusive, sync::Arc};

use eframe::egui_wgpu::RenderState;
use egui::{
    Color32, Context, Id, Mesh, Pos2, Rect, Shape, Ui,
    emath::GuiRounding as _,
    epaint::{CircleShape, TessellationOptions, Tessellator, Vertex},
    pos2,
};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};

use self::press::{Press, Print};

/// While the view moves, so many corners of triangles are drawn anew in a frame: what has more is late by as many frames.
const CORNERS: usize = 4_000;
/// It is late by no more than this.
const LATEST: usize = 8;
/// The middle of a dot's square, as the shader knows it.
const DISC: f32 = 4.0;

/// What a drawing was made of.
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

/// What was drawn.
#[derive(Clone)]
enum Drawing {
    Mesh(Arc<Mesh>),
    /// With where it lies.
    Print(Arc<Print>, Rect),
}

/// The same, and since when.
#[derive(Clone)]
struct Kept {
    key: Key,
    /// Where it was drawn.
    transform: PlotTransform,
    drawing: Drawing,
    /// What was in view in the last frame.
    seen: PlotBounds,
    /// How many frames have moved it.
    moved: usize,
    /// As many frames at most show it in a view that moves.
    lasts: usize,
}

impl Kept {
    /// Whether it is good enough for a view that is another one than in the last frame, and probably in the next.
    fn may_be_moved(&self, key: &Key) -> bool {
        let is_same = Key { bounds: self.key.bounds, ..*key } == self.key;
        is_same && key.bounds != self.seen && self.moved + 1 < self.lasts
    }

    /// Where a place on the screen, as it was drawn, is now.
    fn now(&self, transform: &PlotTransform, at: Pos2) -> Pos2 {
        transform.position_from_point(&self.transform.value_from_position(at))
    }

    fn show(&self, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let is_moved = self.key.bounds != *transform.bounds();
        match &self.drawing {
            Drawing::Mesh(mesh) if mesh.is_empty() => {}
            Drawing::Mesh(mesh) if is_moved => {
                let mut moved = Mesh::clone(mesh);
                moved.vertices.iter_mut().for_each(|corner| corner.pos = self.now(transform, corner.pos));
                shapes.push(Shape::mesh(moved));
            }
            Drawing::Mesh(mesh) => shapes.push(Shape::Mesh(Arc::clone(mesh))),
            Drawing::Print(print, place) => {
                let place = match is_moved {
                    true => Rect::from_min_max(self.now(transform, place.min), self.now(transform, place.max)),
                    false => *place,
                };
                let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                shapes.push(Shape::image(print.texture, place, whole, Color32::WHITE));
            }
        }
    }
}

fn press_id() -> Id {
    Id::unique("press of sketches")
}

/// Lets sketches be kept by the graphics device.
pub fn print_with(ctx: &Context, gpu: &RenderState) {
    let press = Arc::new(Press::new(gpu));
    ctx.data_mut(|d| d.insert_temp(press_id(), press));
}

/// Lines and dots in a plot, as one item.
pub struct Sketch<'a> {
    base: PlotItemBase,
    id: Id,
    revision: u64,
    items: Box<dyn Fn() -> Vec<Box<dyn PlotItem>> + 'a>,
}

impl<'a> Sketch<'a> {
    /// Items that are kept under `id` for as long as their revision is the same; `items` makes them, when they are needed.
    pub fn new(id: Id, revision: u64, items: impl Fn() -> Vec<Box<dyn PlotItem>> + 'a) -> Sketch<'a> {
        Sketch { base: PlotItemBase::new(String::new()), id, revision, items: Box::new(items) }
    }

    /// All of it as triangles; dots as squares that only a press makes round, or as polygons.
    fn mesh(&self, ui: &Ui, transform: &PlotTransform, key: &Key, has_press: bool) -> Mesh {
        let mut shapes = Vec::new();
        for item in (self.items)() {
            item.shapes(ui, transform, &mut shapes);
        }
        // The colours of lines are not in the font's texture, and a press has no use for its discs.
        let mut tessellator = Tessellator::new(key.scale, key.options, [1, 1], Vec::new());
        let mut mesh = Mesh::default();
        for shape in shapes {
            match shape {
                Shape::Circle(dot) if has_press && dot.stroke.is_empty() => disc(&mut mesh, &dot, key),
                shape => tessellator.tessellate_shape(shape, &mut mesh),
            }
        }
        mesh
    }

    /// Draws it, in the place of what was drawn before.
    fn draw(&self, ui: &Ui, transform: &PlotTransform, key: Key, before: Option<Kept>) -> Kept {
        let press: Option<Arc<Press>> = ui.ctx().data(|d| d.get_temp(press_id()));
        let has_press = press.is_some();
        let mesh = self.mesh(ui, transform, &key, has_press);
        let lasts = (mesh.vertices.len() / CORNERS).clamp(1, LATEST);
        // On whole pixels, or it would be blurred.
        let place = key.clip.round_to_pixels(key.scale);
        let printed = press.filter(|_| !mesh.is_empty() && place.is_positive()).and_then(|press| {
            let before = before.as_ref().and_then(|kept| match &kept.drawing {
                Drawing::Print(print, _) => Some(print),
                Drawing::Mesh(_) => None,
            });
            press.print(&mesh, place, key.scale, before)
        });
        let drawing = match printed {
            Some(print) => Drawing::Print(print, place),
            None if has_press => Drawing::Mesh(Arc::new(self.mesh(ui, transform, &key, false))),
            None => Drawing::Mesh(Arc::new(mesh)),
        };
        Kept { key, transform: *transform, drawing, seen: key.bounds, moved: 0, lasts }
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
        let before: Option<Kept> = ctx.data(|d| d.get_temp(self.id));
        let kept = match before {
            Some(kept) if kept.key == key => Kept { seen: key.bounds, moved: 0, ..kept },
            Some(kept) if kept.may_be_moved(&key) => {
                ctx.request_repaint();
                Kept { seen: key.bounds, moved: kept.moved + 1, ..kept }
            }
            before => self.draw(ui, transform, key, before),
        };
        kept.show(transform, shapes);
        ctx.data_mut(|d| d.insert_temp(self.id, kept));
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

/// A dot as a square around it, a pixel wider at every side: within it the shader knows how far from the middle a pixel is.
fn disc(mesh: &mut Mesh, dot: &CircleShape, key: &Key) {
    let half = dot.radius + 1.0 / key.scale;
    if dot.radius <= 0.0 || !key.clip.expand(half).contains(dot.center) {
        return;
    }
    let first = mesh.vertices.len() as u32;
    for [x, y] in [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]] {
        let pos = pos2(dot.center.x + half * x, dot.center.y + half * y);
        mesh.vertices.push(Vertex { pos, uv: pos2(DISC + x, DISC + y), color: dot.fill });
    }
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first + 1, first + 2, first + 3);
}
