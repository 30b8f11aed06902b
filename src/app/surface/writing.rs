//! Text and marks over a surface.

use egui::{FontId, Pos2, Rect, Shape, Stroke, Ui, epaint::Mesh, pos2, vec2};

use super::theme;
use crate::{
    figure::{Color, Theme},
    scene::{Bar, Label, LabelKind, Overlay},
};

/// Writes numbers, names and the bar of colours over the picture in `rect`.
pub fn paint(ui: &Ui, rect: Rect, overlay: &Overlay, lut: &[[u8; 4]; 256], theme: Theme) {
    if let Some(bar) = &overlay.bar {
        paint_bar(ui, rect, bar, lut, theme);
    }
    for label in &overlay.labels {
        write(ui, rect, label, theme);
    }
}

/// A ring around the point that numbers are about.
pub fn ring(ui: &Ui, rect: Rect, place: Option<(f64, f64)>, theme: Theme) {
    if let Some((x, y)) = place {
        let page = theme.page();
        let middle = point(rect, x, y);
        ui.painter().circle_stroke(middle, 5.0, Stroke::new(3.0, theme::color(page.background)));
        ui.painter().circle_stroke(middle, 5.0, Stroke::new(1.5, theme::color(page.ink)));
    }
}

fn point(rect: Rect, x: f64, y: f64) -> Pos2 {
    pos2(rect.left() + x as f32, rect.top() + y as f32)
}

fn write(ui: &Ui, rect: Rect, label: &Label, theme: Theme) {
    let page = theme.page();
    let color = theme::color(if label.kind == LabelKind::Number { page.muted } else { page.ink });
    let font = FontId::proportional(label.kind.size() as f32);
    let painter = ui.painter_at(rect);
    let galley = if label.kind == LabelKind::Marker {
        painter.layout_no_wrap(label.text.clone(), font, color)
    } else {
        painter.layout_job(theme::markup_job(&label.text, font, color))
    };
    let corner = point(rect, label.x, label.y) - galley.size() / 2.0;
    // A rim of the background, so that the letters read on the surface too.
    for offset in [vec2(-1.0, -1.0), vec2(1.0, -1.0), vec2(-1.0, 1.0), vec2(1.0, 1.0)] {
        painter.galley_with_override_text_color(corner + offset, galley.clone(), ui.visuals().panel_fill);
    }
    painter.galley(corner, galley, color);
}

fn paint_bar(ui: &Ui, rect: Rect, bar: &Bar, lut: &[[u8; 4]; 256], theme: Theme) {
    let corner = point(rect, bar.x, bar.y);
    let outer = Rect::from_min_size(corner, vec2(bar.width as f32, bar.height as f32));
    let mut mesh = Mesh::default();
    for (k, [r, g, b, _]) in lut.iter().enumerate() {
        let y = outer.bottom() - outer.height() * k as f32 / 255.0;
        mesh.colored_vertex(pos2(outer.left(), y), theme::color(Color { r: *r, g: *g, b: *b }));
        mesh.colored_vertex(pos2(outer.right(), y), theme::color(Color { r: *r, g: *g, b: *b }));
        if k > 0 {
            let n = 2 * k as u32;
            mesh.add_triangle(n - 2, n - 1, n);
            mesh.add_triangle(n - 1, n, n + 1);
        }
    }
    let painter = ui.painter_at(rect);
    painter.add(Shape::mesh(mesh));
    let frame = Stroke::new(0.8, theme::color(theme.page().frame));
    painter.rect_stroke(outer, 0.0, frame, egui::StrokeKind::Outside);
    for tick in &bar.ticks {
        let y = rect.top() + *tick as f32;
        painter.hline(outer.right()..=outer.right() + 3.5, y, frame);
    }
}
