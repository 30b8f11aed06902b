//! The map of a plane: coloured cells, contour lines, checkpoints and the path, and the numbers under the pointer.

use egui::{RichText, Stroke, Ui, vec2};
use egui_plot::{Line, Plot, PlotImage, PlotPoint, PlotResponse, Points};

use crate::{
    app::{heatmap::HeatMap, kinds::plane::PlaneShown, look::PlaneLook, marks, theme},
    explore::Place,
    figure::Scale,
    present::{self, plane_markers, plane_path},
    survey::{Measured, Node},
};

/// Width of the colour bar with its numbers.
const BAR: f32 = 78.0;
/// More points than this of a path are drawn as a line without dots.
const DOTS: usize = 120;
/// A checkpoint this near to the pointer, in points, is named.
const REACH: f32 = 14.0;

/// The measured point under the pointer, and the checkpoint near to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Under {
    node: Node,
    place: Option<usize>,
}

/// Draws map and colour bar in the room given; returns what is under the pointer.
pub fn show(
    ui: &mut Ui,
    heat: &HeatMap,
    found: &PlaneShown,
    id: u64,
    look: PlaneLook,
    size: egui::Vec2,
) -> Option<Under> {
    let mut under = None;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let room = vec2((size.x - BAR).max(120.0), size.y);
        ui.allocate_ui(room, |ui| {
            let shown = map(ui, heat, found, id, look, room);
            decorate(ui, found, &shown);
            under = shown.inner.filter(|_| shown.response.hovered()).and_then(|at| beneath(found, &shown, at));
            shown.response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Image, true, format!("Map of {}", found.layout.title))
            });
        });
        let (rect, response) = ui.allocate_exact_size(vec2(BAR - 6.0, size.y - 60.0), egui::Sense::hover());
        let words = if look.scale == Scale::Log10 { "training loss, logarithmic" } else { "training loss" };
        heat.bar(ui, rect.with_min_y(rect.top() + 10.0), words);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Colour scale"));
    });
    under
}

fn map(
    ui: &mut Ui,
    heat: &HeatMap,
    found: &PlaneShown,
    id: u64,
    look: PlaneLook,
    size: egui::Vec2,
) -> PlotResponse<Option<PlotPoint>> {
    let grid = found.layout.grid;
    let (a, b) = (grid.a(), grid.b());
    let mut plot = Plot::new(("plane", id, look.equal))
        .width(size.x)
        .height(size.y)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .show_grid(false)
        .x_grid_spacer(|input| theme::round_marks(&input, false, 80.0))
        .y_grid_spacer(|input| theme::round_marks(&input, false, 50.0))
        .grid_spacing(theme::GRID)
        .y_axis_min_width(52.0)
        .x_axis_label(theme::marked_up(ui, &found.layout.a_label))
        .y_axis_label(theme::marked_up(ui, &found.layout.b_label))
        .x_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .y_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .set_margin_fraction(egui::Vec2::ZERO);
    if look.equal {
        plot = plot.data_aspect(1.0);
    }
    plot.show(ui, |p| {
        if let Some(texture) = heat.texture() {
            let middle = PlotPoint::new((a.start() + a.end()) / 2.0, (b.start() + b.end()) / 2.0);
            // Cells reach half a step beyond the outermost points.
            let size = [(a.end() - a.start() + a.step()) as f32, (b.end() - b.start() + b.step()) as f32];
            p.image(PlotImage::new("", texture.id(), middle, size).allow_hover(false));
        }
        let thin = |line: Vec<[f64; 2]>, color| Line::new("", line).stroke(Stroke::new(1.1, color)).allow_hover(false);
        for contour in &heat.contours {
            for line in &contour.lines {
                p.line(thin(line.clone(), heat.ink(contour)));
            }
        }
        let (half_a, half_b) = (a.step() / 2.0, b.step() / 2.0);
        for [i, j] in &heat.crossed {
            let (x, y) = (a.at(*i), b.at(*j));
            let grey = theme::color(crate::figure::colors::NOT_FINITE_STRIPE);
            p.line(thin(vec![[x - half_a, y - half_b], [x + half_a, y + half_b]], grey));
        }
        if let Some(path) = plane_path(&found.layout) {
            let color = theme::color(path.color);
            let path: Vec<[f64; 2]> = path.places().collect();
            p.line(Line::new("", path.clone()).stroke(Stroke::new(3.5, theme::glow(150))).allow_hover(false));
            p.line(Line::new("", path.clone()).stroke(Stroke::new(1.8, color)).allow_hover(false));
            if path.len() <= DOTS {
                p.points(Points::new("", path).color(color).radius(2.5).allow_hover(false));
            }
        }
        p.pointer_coordinate()
    })
}

/// Checkpoints with their names, and the lowest point.
fn decorate(ui: &Ui, found: &PlaneShown, shown: &PlotResponse<Option<PlotPoint>>) {
    let rect = shown.response.rect;
    let painter = ui.painter().with_clip_rect(rect);
    let rim = theme::shade(210);
    for marker in plane_markers(&found.layout, lowest(found)) {
        let position = shown.transform.position_from_point(&PlotPoint::new(marker.a, marker.b));
        let fill = theme::color(marker.color);
        marks::mark(&painter, position, marker.mark.into(), fill, rim);
        if !marker.name.is_empty() && rect.expand(4.0).contains(position) {
            marks::name(&painter, rect, position, &marker.name, fill, rim);
        }
    }
}

/// The lowest finite measured point: a, b and its loss.
pub fn lowest(found: &PlaneShown) -> Option<(f64, f64, f64)> {
    present::lowest(&found.layout, found.plane.values())
}

fn beneath(found: &PlaneShown, shown: &PlotResponse<Option<PlotPoint>>, at: PlotPoint) -> Option<Under> {
    let (a, b) = (found.layout.grid.a(), found.layout.grid.b());
    let nearest = |axis: &crate::survey::Axis, x: f64| {
        let k = ((x - axis.start()) / axis.step()).round();
        (k >= 0.0 && k < axis.count() as f64).then_some(k as usize)
    };
    let node = Node { i: nearest(a, at.x)?, j: nearest(b, at.y)? };
    let pointer = shown.transform.position_from_point(&at);
    let away = |p: &Place| {
        let place = shown.transform.position_from_point(&PlotPoint::new(p.a, p.b));
        place.distance(pointer)
    };
    let places = found.layout.places.iter().enumerate();
    let near = places.min_by(|x, y| away(x.1).total_cmp(&away(y.1))).filter(|(_, p)| away(p) < REACH);
    Some(Under { node, place: near.map(|(k, _)| k) })
}

/// The numbers under the pointer, in one line.
pub fn readout(ui: &mut Ui, found: &PlaneShown, under: Option<&Under>) {
    let words = under.map_or("point at the map to read its numbers".into(), |under| words(found, under));
    ui.add(egui::Label::new(RichText::new(words).monospace().small()).truncate());
}

fn words(found: &PlaneShown, under: &Under) -> String {
    let (a, b) = found.layout.grid.at(under.node);
    let mut words = format!("a {}  b {}  ", theme::value(a), theme::value(b));
    words += &match found.plane.get(under.node) {
        Some(Measured { train, test }) => {
            let test = test.map_or(String::new(), |t| {
                format!("  test loss {}  error {}", theme::value(t.loss), theme::percent(t.error))
            });
            format!("loss {}  error {}{test}", theme::value(train.loss), theme::percent(train.error))
        }
        None => "not measured yet".into(),
    };
    if let Some(place) = under.place.and_then(|k| found.layout.places.get(k)) {
        let own = place.loss.map_or("not measured yet".into(), theme::value);
        let here = place.in_plane.map_or("not measured yet".into(), theme::value);
        let off = theme::value(place.off_plane);
        words += &format!("  |  {}: own loss {own}, in the plane {here}, off the plane {off}", place.name);
    }
    words
}
