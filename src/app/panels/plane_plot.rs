//! The map of a plane: coloured cells, contour lines, checkpoints and the path, and the numbers under the pointer.

use egui::{RichText, Ui, vec2};

use crate::{
    app::{
        chart::{self, Hand, Hover, Interaction, Shown},
        heatmap::HeatMap,
        kinds::plane::PlaneShown,
        theme,
    },
    explore::Place,
    figure::Scale,
    present::PlaneLook,
    survey::{Measured, Node},
};

/// Width of the colour bar with its numbers.
const BAR: f32 = 78.0;
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
    let (panel, ground) = heat.shown()?;
    let mut under = None;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let room = vec2((size.x - BAR).max(120.0), size.y);
        ui.allocate_ui(room, |ui| {
            let how = Interaction {
                hand: Hand::Free { group: None },
                hover: Hover::At(None),
                y_width: 52.0,
                apart: [80.0, 50.0],
                ground: Some(ground),
                ..Interaction::default()
            };
            // Axes that become equal show all of the plane again.
            let shown = chart::show(ui, &format!("plane {id} {}", look.equal), panel, room, &how);
            under = shown.response.hover_pos().and_then(|at| beneath(found, &shown, at));
            shown.named(&format!("Map of {}", found.layout.title));
        });
        let (rect, response) = ui.allocate_exact_size(vec2(BAR - 6.0, size.y - 60.0), egui::Sense::hover());
        let words = if look.scale == Scale::Log10 { "training loss, logarithmic" } else { "training loss" };
        ground.bar(ui, rect.with_min_y(rect.top() + 10.0), words);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Colour scale"));
    });
    under
}

fn beneath(found: &PlaneShown, shown: &Shown, pointer: egui::Pos2) -> Option<Under> {
    let at = shown.transform.value_from_position(pointer);
    let (a, b) = (found.layout.grid.a(), found.layout.grid.b());
    let nearest = |axis: &crate::survey::Axis, x: f64| {
        let k = ((x - axis.start()) / axis.step()).round();
        (k >= 0.0 && k < axis.count() as f64).then_some(k as usize)
    };
    let node = Node { i: nearest(a, at.x)?, j: nearest(b, at.y)? };
    let away = |p: &Place| shown.at([p.a, p.b]).map_or(f32::INFINITY, |place| place.distance(pointer));
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
            let why = found.about.limits.why(a, b).filter(|_| !train.loss.is_finite());
            let why = why
                .map_or(String::new(), |why| format!("  {why}; batch and recalibrated statistics have no such limit"));
            format!("loss {}  error {}{test}{why}", theme::value(train.loss), theme::percent(train.error))
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
