//! The plot that a landscape is drawn in: drag pans, scroll zooms, a double click shows all, a click says where.

use egui::{PointerButton, Pos2, Ui, Vec2, vec2};
use egui_plot::{PlotPoint, PlotTransform};

use crate::{
    app::{
        chart::{self, Hover, Interaction},
        ground::Ground,
        lab::{
            Lab,
            view::{Bounds, View},
        },
    },
    figure::{Panel, Series},
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
    pub ground: Option<&'a Ground>,
}

/// Draws the plot with `series` in it, and moves the view by what the hand does.
pub fn show(ui: &mut Ui, spec: Spec<'_>, view: &mut View, series: Vec<Series>) -> Frame {
    let Spec { name, labels: [x_label, y_label], size, bounds, ground } = spec;
    let [x_range, y_range] = bounds.map(|[low, high]| Some((low, high)));
    let panel = Panel { x_label, y_label, x_range, y_range, series, ..Panel::default() };
    let how =
        Interaction { hover: Hover::At(None), y_width: 40.0, apart: [76.0, 46.0], ground, ..Interaction::default() };
    let shown = chart::show(ui, name, &panel, size, &how);
    shown.named(name);
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
        view.pan(bounds, [f64::from(by.x) * unit[0], f64::from(by.y) * unit[1]]);
    }
    if let Some(around) = hover {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        if scroll != 0.0 || pinch != 1.0 {
            view.zoom(bounds, (f64::from(scroll) / SCROLL).exp() * f64::from(pinch), around);
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
