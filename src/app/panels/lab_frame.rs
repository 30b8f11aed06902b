//! The plot that a landscape is drawn in: drag pans, scroll zooms, a double click shows all, a click says where.

use egui::{FontId, PointerButton, Pos2, Ui, Vec2, vec2};
use egui_plot::{Plot, PlotBounds, PlotPoint, PlotTransform, PlotUi};

use crate::app::{
    lab::{
        Lab,
        view::{Bounds, View},
    },
    theme,
};

/// Points of scrolling that make everything e times larger.
const SCROLL: f64 = 300.0;

/// What a hand did, and where things are.
pub struct Frame {
    pub transform: PlotTransform,
    /// The place under the pointer.
    pub hover: Option<[f64; 2]>,
    /// The place that was clicked.
    pub clicked: Option<[f64; 2]>,
    /// A second click at once: the first one meant no place.
    pub is_double: bool,
}

impl Frame {
    /// Where a place is on the screen.
    pub fn at(&self, [x, y]: [f64; 2]) -> Pos2 {
        self.transform.position_from_point(&PlotPoint::new(x, y))
    }

    /// The plot's inside.
    pub fn rect(&self) -> egui::Rect {
        *self.transform.frame()
    }
}

/// Places the start where the hand says.
pub fn place(lab: &mut Lab, frame: &Frame, bounds: Bounds) {
    if frame.is_double {
        lab.unplace_start();
    } else if let Some(at) = frame.clicked {
        lab.place_start(at, bounds);
    }
}

/// What the plot is.
pub struct Spec<'a> {
    /// Its name for screen readers and tests.
    pub name: &'a str,
    pub labels: [String; 2],
    pub size: Vec2,
    pub bounds: Bounds,
    pub grid: bool,
}

/// Draws the plot with what `draw` puts in, and moves the view by what the hand does.
pub fn show<'a>(ui: &mut Ui, spec: &Spec<'_>, view: &mut View, draw: impl FnOnce(&mut PlotUi<'a>) + 'a) -> Frame {
    let [x, y] = spec.bounds;
    let ink = ui.visuals().text_color();
    let label = |text: &str| theme::markup_job(text, FontId::proportional(12.0), ink);
    let bounds = PlotBounds::from_min_max([x[0], y[0]], [x[1], y[1]]);
    let shown = Plot::new(("landscape", spec.name.to_owned()))
        .width(spec.size.x)
        .height(spec.size.y)
        .show_x(false)
        .show_y(false)
        .show_grid(spec.grid)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .x_grid_spacer(|input| theme::round_marks(&input, false, 76.0))
        .y_grid_spacer(|input| theme::round_marks(&input, false, 46.0))
        .grid_spacing(theme::GRID)
        .grid_color(ui.visuals().weak_text_color().gamma_multiply(0.45))
        .y_axis_min_width(40.0)
        .x_axis_label(label(&spec.labels[0]))
        .y_axis_label(label(&spec.labels[1]))
        .x_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .y_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .set_margin_fraction(Vec2::ZERO)
        .show(ui, move |p| {
            p.set_plot_bounds(bounds);
            draw(p);
        });
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, spec.name));
    let (response, transform) = (&shown.response, shown.transform);
    if view.set_frame(transform.frame().size()) {
        ui.ctx().request_repaint();
    }
    let place = |at: Pos2| {
        let p = transform.value_from_position(at);
        [p.x, p.y]
    };
    let hover = response.hover_pos().filter(|p| transform.frame().contains(*p)).map(place);
    if response.dragged() && response.drag_delta() != vec2(0.0, 0.0) {
        let by = response.drag_delta();
        let unit = transform.dvalue_dpos();
        view.pan(spec.bounds, [f64::from(by.x) * unit[0], f64::from(by.y) * unit[1]]);
    }
    if let Some(around) = hover {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        if scroll != 0.0 || pinch != 1.0 {
            view.zoom(spec.bounds, (f64::from(scroll) / SCROLL).exp() * f64::from(pinch), around);
        }
    }
    let is_double = response.double_clicked();
    if is_double {
        view.reset();
    }
    let clicked = response.clicked_by(PointerButton::Primary) && !is_double;
    let clicked = if clicked { response.interact_pointer_pos().map(place) } else { None };
    Frame { transform, hover, clicked, is_double }
}
