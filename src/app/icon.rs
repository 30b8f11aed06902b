//! Icons drawn as shapes: they need no font and take the colour of the text.

use egui::{Color32, Painter, Pos2, Rect, Response, Shape, Stroke, Ui, pos2, vec2};

/// What a button shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Play,
    Pause,
    Step,
    Back,
    Rewind,
    Leap,
    Stop,
    Menu,
    Save,
}

/// A square button with an icon; `name` is what it is called, for screen readers and tests.
pub fn button(ui: &mut Ui, icon: Icon, name: &str, enabled: bool, side: f32) -> Response {
    let response = ui.add_enabled(enabled, egui::Button::new("").min_size(vec2(side + 4.0, side)));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, name));
    let visuals = ui.style().interact(&response);
    let color = if enabled { visuals.fg_stroke.color } else { ui.visuals().weak_text_color().gamma_multiply(0.6) };
    let square = Rect::from_center_size(response.rect.center(), vec2(side * 0.44, side * 0.44));
    draw(ui.painter(), icon, square, color);
    response
}

fn draw(painter: &Painter, icon: Icon, r: Rect, color: Color32) {
    let bar = |from: f32, to: f32| {
        let x = |share: f32| r.left() + share * r.width();
        painter.rect_filled(Rect::from_min_max(pos2(x(from), r.top()), pos2(x(to), r.bottom())), 0.0, color);
    };
    let triangle = |from: f32, to: f32| {
        let x = |share: f32| r.left() + share * r.width();
        let points: Vec<Pos2> = vec![pos2(x(from), r.top()), pos2(x(to), r.center().y), pos2(x(from), r.bottom())];
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    };
    let backwards = |from: f32, to: f32| {
        let x = |share: f32| r.left() + share * r.width();
        let points: Vec<Pos2> = vec![pos2(x(to), r.top()), pos2(x(to), r.bottom()), pos2(x(from), r.center().y)];
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    };
    match icon {
        Icon::Play => triangle(0.05, 1.0),
        Icon::Pause => {
            bar(0.05, 0.38);
            bar(0.62, 0.95);
        }
        Icon::Step => {
            triangle(0.0, 0.75);
            bar(0.78, 1.0);
        }
        Icon::Back => {
            backwards(0.25, 1.0);
            bar(0.0, 0.22);
        }
        Icon::Rewind => {
            backwards(0.18, 0.6);
            backwards(0.58, 1.0);
            bar(0.0, 0.16);
        }
        Icon::Leap => {
            triangle(0.0, 0.42);
            triangle(0.4, 0.82);
            bar(0.84, 1.0);
        }
        Icon::Stop => {
            painter.rect_filled(r, 1.0, color);
        }
        Icon::Menu => {
            for share in [0.1, 0.5, 0.9] {
                let y = r.top() + share * r.height();
                painter.hline(r.x_range(), y, Stroke::new(1.6, color));
            }
        }
        Icon::Save => {
            let stroke = Stroke::new(1.4, color);
            let (x, y) = (r.center().x, r.bottom() - r.height() * 0.3);
            let wing = r.width() * 0.28;
            painter.line_segment([pos2(x, r.top()), pos2(x, y)], stroke);
            painter.line_segment([pos2(x - wing, y - wing), pos2(x, y)], stroke);
            painter.line_segment([pos2(x + wing, y - wing), pos2(x, y)], stroke);
            painter.hline(r.x_range(), r.bottom(), stroke);
        }
    }
}
