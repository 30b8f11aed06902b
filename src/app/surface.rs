//! A loss plane as a surface that one turns: the picture, its numbers, and the hand on it.

mod canvas;
#[cfg(test)]
mod tests;
mod writing;

use std::sync::Arc;

use eframe::egui_wgpu::RenderState;
use egui::{FontId, Key, Modifiers, PointerButton, Rect, Response, Sense, Stroke, Ui, vec2};

use self::canvas::Canvas;
use super::theme;
use crate::{
    figure::{Color, Theme},
    scene::{Camera, Look, Mesh, Overlay, Picture, Scene, pick},
};

/// Radians for each point that the pointer is dragged: half a turn across a panel.
const TURN: f32 = 0.006;
/// Radians for each press of an arrow key.
const KEY_TURN: f64 = 0.1;
const KEY_ZOOM: f64 = 1.15;
/// Points of scrolling that make everything e times larger.
const SCROLL: f64 = 400.0;

/// A surface and where one stands before it.
///
/// The picture is drawn anew only when the surface, the camera or the size has changed.
#[derive(Default)]
pub struct SurfaceView {
    given: Option<Arc<Scene>>,
    /// What the person chose, over what the scene says.
    log: Option<bool>,
    wireframe: bool,
    camera: Camera,
    laid_out: Option<LaidOut>,
    canvas: Option<Canvas>,
    id: Option<egui::Id>,
}

/// A scene as it is shown.
struct LaidOut {
    scene: Arc<Scene>,
    /// Or why there is nothing to see.
    mesh: Result<Mesh, String>,
}

impl LaidOut {
    fn new(given: &Arc<Scene>, log: bool) -> LaidOut {
        let scene = if given.log == log { given.clone() } else { Arc::new(Scene { log, ..(**given).clone() }) };
        LaidOut { mesh: Mesh::new(&scene).map_err(|e| e.to_string()), scene }
    }
}

impl SurfaceView {
    /// Shows a surface. The camera stays where it is, so this may be called whenever more points were measured; the
    /// same scene again costs nothing.
    pub fn show(&mut self, scene: Arc<Scene>) {
        if !self.given.as_ref().is_some_and(|given| Arc::ptr_eq(given, &scene)) {
            self.given = Some(scene);
            self.laid_out = None;
        }
    }

    /// Whether the keyboard turns the surface at the moment, so that shortcuts of others should wait.
    pub fn has_focus(&self, ctx: &egui::Context) -> bool {
        self.id.is_some_and(|id| ctx.memory(|m| m.has_focus(id)))
    }

    /// Draws the panel. Returns the picture to be saved when that was asked for; [`Picture::png`] takes a while, so it
    /// is for another thread.
    pub fn ui(&mut self, ui: &mut Ui, gpu: Option<&RenderState>) -> Option<Picture> {
        let Some(gpu) = gpu else {
            theme::teach(
                ui,
                "A surface is drawn by a graphics device, and this window runs without one. The same numbers can be \
                 seen as a map, and exported for other viewers.",
            );
            return None;
        };
        let Some(given) = self.given.clone() else {
            theme::teach(ui, "A loss plane is shown here as a surface to turn in the hand, once it has been measured.");
            return None;
        };
        let theme = if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light };
        let (log, is_asked_for) = self.header(ui, self.log.unwrap_or(given.log));
        if self.laid_out.as_ref().is_none_or(|l| l.scene.log != log) {
            self.laid_out = Some(LaidOut::new(&given, log));
            // What is on the device is another surface.
            self.canvas.iter_mut().for_each(Canvas::forget);
        }
        let LaidOut { scene, mesh } = self.laid_out.as_ref()?;
        let mesh = match mesh {
            Ok(mesh) => mesh,
            Err(why) => {
                theme::teach(ui, &format!("There is nothing to show: {why}."));
                return None;
            }
        };
        let room = ui.available_size().max(vec2(120.0, 90.0));
        let (_, response) = ui.allocate_exact_size(room, Sense::click_and_drag());
        self.id = Some(response.id);
        response.widget_info(|| {
            let words =
                format!("{} over {} and {}, in three dimensions", scene.value_label, scene.a_label, scene.b_label);
            egui::WidgetInfo::labeled(egui::Role::Image, true, words)
        });
        steer(&mut self.camera, ui, &response);
        if ui.is_rect_visible(response.rect) {
            let background = ui.visuals().panel_fill;
            let look = Look {
                theme,
                background: Color { r: background.r(), g: background.g(), b: background.b() },
                wireframe: self.wireframe,
                scale: ui.ctx().pixels_per_point(),
            };
            let canvas = self.canvas.get_or_insert_with(|| Canvas::new(gpu));
            canvas.paint(ui, response.rect, scene, mesh, &self.camera, &look);
            annotate(ui, &response, scene, mesh, &self.camera, theme);
        }
        is_asked_for.then(|| Picture {
            scene: scene.clone(),
            camera: self.camera,
            look: Look { wireframe: self.wireframe, ..Look::page(theme) },
        })
    }

    /// Buttons. Returns whether heights are logarithmic, and whether a picture is to be saved.
    fn header(&mut self, ui: &mut Ui, mut log: bool) -> (bool, bool) {
        let row = ui.horizontal_wrapped(|ui| {
            if ui.button("Reset view").on_hover_text("R, or double-click. Back to where one stood first").clicked() {
                self.camera = Camera::default();
            }
            if ui.button("Top view").on_hover_text("T. Straight down, as on a map").clicked() {
                self.camera = Camera::top();
            }
            let height = ui.checkbox(&mut log, "Log height");
            if height.on_hover_text("Heights and colours by the logarithm of the value").changed() {
                self.log = Some(log);
            }
            ui.checkbox(&mut self.wireframe, "Grid lines").on_hover_text("Lines between the measured points");
            ui.button("Save PNG (4K)").on_hover_text("3840 × 2160 pixels, as it is turned now").clicked()
        });
        (log, row.inner)
    }
}

/// Moves the camera by what the hand does.
fn steer(camera: &mut Camera, ui: &Ui, response: &Response) {
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.double_clicked() {
        *camera = Camera::default();
    }
    let moved = response.drag_delta();
    if moved != vec2(0.0, 0.0) {
        let is_pan = !response.dragged_by(PointerButton::Primary) || ui.input(|i| i.modifiers.shift);
        if is_pan {
            let size = (f64::from(response.rect.width()), f64::from(response.rect.height()));
            camera.pan((f64::from(moved.x), f64::from(moved.y)), size);
        } else {
            camera.orbit(f64::from(-moved.x * TURN), f64::from(moved.y * TURN));
        }
    }
    if response.hovered() {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        if scroll != 0.0 || pinch != 1.0 {
            camera.zoom((f64::from(scroll) / SCROLL).exp() * f64::from(pinch));
        }
    }
    if response.has_focus() {
        let arrows = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, arrows));
        keys(camera, ui);
    }
}

/// Moves the camera by keys.
fn keys(camera: &mut Camera, ui: &Ui) {
    // A plus may need Shift, depending on the keyboard.
    let presses = |key| {
        f64::from(ui.input_mut(|i| {
            (i.count_and_consume_key(Modifiers::NONE, key) + i.count_and_consume_key(Modifiers::SHIFT, key)) as u32
        }))
    };
    let (right, up) =
        (presses(Key::ArrowRight) - presses(Key::ArrowLeft), presses(Key::ArrowUp) - presses(Key::ArrowDown));
    if right != 0.0 || up != 0.0 {
        camera.orbit(right * KEY_TURN, up * KEY_TURN);
    }
    let nearer = presses(Key::Plus) + presses(Key::Equals) - presses(Key::Minus);
    if nearer != 0.0 {
        camera.zoom(KEY_ZOOM.powf(nearer));
    }
    if presses(Key::R) > 0.0 {
        *camera = Camera::default();
    }
    if presses(Key::T) > 0.0 {
        *camera = Camera::top();
    }
}

/// Numbers, names, what is under the pointer, and what is missing.
fn annotate(ui: &mut Ui, response: &Response, scene: &Scene, mesh: &Mesh, camera: &Camera, theme: Theme) {
    let rect = response.rect;
    let size = (f64::from(rect.width()), f64::from(rect.height()));
    let overlay = Overlay::new(scene, mesh.space(), camera, size);
    writing::paint(ui, rect, &overlay, &scene.lut, theme);
    if response.has_focus() {
        let stroke = Stroke::new(1.0, ui.visuals().selection.stroke.color);
        ui.painter().rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
    }
    let mut lines = Vec::new();
    let pointer = response.hover_pos().filter(|_| !response.dragged());
    let found = pointer.and_then(|p| {
        let at = (f64::from(p.x - rect.left()), f64::from(p.y - rect.top()));
        pick(scene, mesh, &camera.ray(at, size))
    });
    if let Some(found) = found {
        writing::ring(ui, rect, camera.project(found.place, size), theme);
        // Measured numbers, not interpolated ones; which point they belong to is ringed.
        let numbers = format!(
            "{} {:.4}   {} {:.4}   {} {:.6}   point {}, {}",
            scene.a_label, found.a, scene.b_label, found.b, scene.value_label, found.value, found.i, found.j
        );
        lines.push(numbers.replace('-', "−"));
    }
    let holes = mesh.holes();
    if holes > 0 {
        let what = if scene.log { "a positive, finite value" } else { "a finite value" };
        lines.push(format!("{holes} of {} points are without {what}", mesh.count()));
    }
    let line = 18.0;
    let mut top = rect.bottom() - 4.0 - line * lines.len() as f32;
    for text in lines {
        let place = Rect::from_min_size(egui::pos2(rect.left() + 5.0, top), vec2(rect.width() - 16.0, line));
        let area = egui::UiBuilder::new().max_rect(place).layout(egui::Layout::left_to_right(egui::Align::Center));
        let words = theme::markup_job(&text, FontId::proportional(12.5), ui.visuals().text_color());
        // A pane under the words, for when the surface is there.
        let pane = egui::Frame::new().fill(ui.visuals().panel_fill.gamma_multiply(0.8)).inner_margin(vec2(3.0, 0.0));
        pane.show(&mut ui.new_child(area), |ui| ui.add(egui::Label::new(words).truncate().selectable(false)));
        top += line;
    }
}
