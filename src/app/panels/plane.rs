//! The Plane panel: loss on a plane around a checkpoint, through three of them, or along a path.

use egui::{ComboBox, DragValue, Ui};

use super::{
    beside::Beside,
    fields,
    frame::{self, Measures},
    plane_plot::{self, Under},
    plane_side,
};
use crate::{
    app::{
        action::Action,
        content::Content,
        desk::Desk,
        kinds::plane::{PlaneForm, PlaneKind, Planes},
        offer::Offer,
        opened::short,
        panel::Window,
        panel_id::PanelId,
    },
    explore::{PlaneRequest, Request as _},
    figure::{Colormap, Scale},
    survey::Basis,
};

/// See the module.
pub struct PlanePanel;

impl Measures for PlanePanel {
    type Kind = Planes;

    const ID: PanelId = PanelId::PLANE;
    const TITLE: &'static str = "Plane";
    const BESIDE: Option<Beside> = Some(Beside { id: "plane side", side: 252.0, narrow: 560.0, height: 380.0 });
    const TEACHES: &'static str = "Here the loss on a plane through parameter space is drawn as a map: around one checkpoint along random \
         directions or eigenvectors of the Hessian, through three checkpoints, or along the two principal components of a path.";
    const HELP: &'static [(&'static str, &'static str)] = &[
        (
            "the plane",
            "Training loss at θ + a u + b v, point by point; a cell has the colour of the point in its middle, and nothing is smoothed. Points that are not measured yet borrow the colour of the nearest one that is, a little paler.",
        ),
        (
            "around A",
            "u and v are Gaussian; normalised filter by filter they have the length of the weights (Li et al. 2018). Biases and the parameters of batch norm do not move, unless they are kept. Or u and v are what two files hold, as it is.",
        ),
        (
            "along eigenvectors",
            "u and v are eigenvectors of the Hessian of the training loss at A, of length 1, so that coordinates are distances: 1 has the largest eigenvalue, 2 the second largest, −1 the smallest. The eigenvalue is the curvature along it. They are searched by block Lanczos before the first point is measured; the component of the largest magnitude is positive.",
        ),
        (
            "through A, B, C",
            "u runs from A to B; v is what C − A has beside it. Coordinates are distances in parameter space (Garipov et al. 2018), or shares of B − A and C − A.",
        ),
        (
            "along a path",
            "u and v are the two leading principal components of the path, around its last point. A checkpoint lies off the plane: its own loss, the plane's loss at its foot and its distance are told beside it.",
        ),
        (
            "marks",
            "A hollow circle is where a path begins, a dot is a checkpoint, the star is the lowest measured point. A grey cell with a stripe is not finite, or has no logarithm.",
        ),
    ];

    fn button(&self, _window: &Window<'_>) -> (&'static str, &'static str) {
        ("Measure plane", "Coarse first, then finer")
    }

    fn tools(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let desk = &*window.desk;
        let found = desk.surveys.of::<Planes>().found();
        let export = ui.add_enabled(found.is_some(), egui::Button::new("Export…"));
        let clicked = export.on_hover_text("PNG, SVG, PDF, CSV, NPZ, VTP or GLB").clicked();
        if let (true, Some((entry, found))) = (clicked, found) {
            let (look, dark) = (desk.plane_look, ui.visuals().dark_mode);
            let content = Content::Plane { view: Box::new(found.view()), look, dark };
            let name = format!("plane {}", found.short_title());
            window.actions.offer(Offer::measured(content, &name, entry.methods()));
        }
        frame::help(self, ui, window);
        let has_some = self.has_picture(window);
        if ui.add_enabled(has_some, egui::Button::new("Show as surface")).clicked() {
            window.actions.ask(Action::ShowPanel(PanelId::SURFACE));
        }
    }

    fn controls(&self, ui: &mut Ui, window: &mut Window<'_>) {
        controls(ui, window.desk);
    }

    fn looks(&self, ui: &mut Ui, window: &mut Window<'_>) {
        ui.separator();
        looks(ui, window.desk);
    }

    fn picture(&self, ui: &mut Ui, window: &mut Window<'_>, height: f32) {
        let look = window.desk.plane_look;
        let Desk { surveys, heat, .. } = &mut *window.desk;
        let Some((entry, found)) = surveys.of::<Planes>().found() else { return };
        heat.update(ui.ctx(), entry, found, look);
        map(ui, window.desk, height);
    }

    fn side(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let Some((entry, found)) = window.desk.surveys.of::<Planes>().found() else { return };
        plane_side::ui(ui, window.desk, entry, found, window.actions);
    }

    fn provenance(&self, window: &Window<'_>) -> Vec<String> {
        let found = window.desk.surveys.of::<Planes>().found();
        let words = found.map(|(_, f)| format!("{}; measured on {}.", f.about.caption(), f.about.device));
        words.into_iter().chain([frame::POINTER.to_string()]).collect()
    }
}

fn controls(ui: &mut Ui, desk: &mut Desk) {
    let trails: Vec<_> = desk.library.trails().map(|t| t.path.clone()).collect();
    let form = &mut desk.surveys.of_mut::<Planes>().form;
    let trail = form.trail(&desk.library);
    ui.horizontal_wrapped(|ui| {
        for kind in PlaneKind::ALL {
            ui.selectable_value(&mut form.kind, kind, kind.name()).on_hover_text(kind.help());
        }
        ui.separator();
        match form.kind {
            PlaneKind::Around => {
                let is_drawn = form.u.trim().is_empty() && form.v.trim().is_empty();
                ui.add_enabled_ui(is_drawn, |ui| fields::directions(ui, &mut form.directions));
                for (name, option, path) in [("u", "direction_u", &mut form.u), ("v", "direction_v", &mut form.v)] {
                    fields::inline(ui, name, PlaneRequest::options().help(option), |ui| {
                        ui.add(egui::TextEdit::singleline(path).hint_text("no file").desired_width(90.0))
                    });
                }
            }
            PlaneKind::Eigen => {
                fields::eigenvectors(ui, &mut form.eigen, "1, 2");
                fields::search_seed(ui, &mut form.eigen);
            }
            PlaneKind::Through => {
                let help = "orthonormal: true distances and angles. plain: B at (1, 0), C at (0, 1)";
                fields::inline(ui, "axes", help, |ui| fields::choice(ui, "basis", 96.0, &mut form.basis, Basis::ALL));
            }
            PlaneKind::Path => {
                let shown = trail.as_deref().map_or("none is open".into(), short);
                let combo = ComboBox::from_id_salt("trail").width(170.0).selected_text(shown).show_ui(ui, |ui| {
                    for path in trails {
                        let is_on = trail.as_ref() == Some(&path);
                        if ui.selectable_label(is_on, short(&path)).clicked() {
                            form.path = Some(path);
                        }
                    }
                });
                combo.response.accessible_name("path");
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        if !form.by_hand {
            fields::inline(ui, "grid", "Points along each side", |ui| {
                ui.add(DragValue::new(&mut form.grid).range(fields::limits::<PlaneRequest>("grid")))
            });
        }
        let by_hand = ui.checkbox(&mut form.by_hand, "window");
        by_hand.on_hover_text("Choose the part of the plane; off, it shows all checkpoints, or −1 to 1 around A");
        if form.by_hand {
            fields::range(ui, "a", &mut form.a);
            fields::range(ui, "b", &mut form.b);
        }
        ui.checkbox(&mut form.test, "test set").on_hover_text("Measure the test images, too");
        let help = "Keep every point in this file, and go on with those it has: a plane that was stopped is resumed";
        fields::inline(ui, "record", help, |ui| {
            ui.add(egui::TextEdit::singleline(&mut form.record).hint_text("no file").desired_width(120.0))
        });
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = PlaneForm { kind: form.kind, path: form.path.take(), ..Default::default() };
        }
    });
}

/// How it is drawn.
fn looks(ui: &mut Ui, desk: &mut Desk) {
    let look = &mut desk.plane_look;
    let mut log = look.is_log();
    ui.toggle_value(&mut log, "Log").on_hover_text("Colours and heights by the logarithm of the loss");
    look.scale = if log { Scale::Log10 } else { Scale::Linear };
    ui.toggle_value(&mut look.contours, "Contours")
        .on_hover_text("14 lines of equal loss, evenly spaced in the colours");
    ui.toggle_value(&mut look.equal, "Equal axes").on_hover_text("A unit of a is as long as a unit of b");
    let maps: Vec<Colormap> = Colormap::ALL.iter().copied().filter(|m| !m.is_diverging()).collect();
    let map = fields::choice(ui, "colour map", 74.0, &mut look.map, &maps);
    map.accessible_name("Colour map").on_hover_text("Colours, dark to light");
}

fn map(ui: &mut Ui, desk: &Desk, height: f32) {
    let Some((entry, found)) = desk.surveys.of::<Planes>().found() else { return };
    let id = egui::Id::unique("plane hover");
    let before = ui.ctx().data(|d| d.get_temp::<Option<Under>>(id)).flatten();
    plane_plot::readout(ui, found, before.as_ref());
    let size = egui::vec2(ui.available_width(), height - 24.0);
    let under = plane_plot::show(ui, &desk.heat, found, entry.id, desk.plane_look, size);
    if under != before {
        ui.ctx().request_repaint();
    }
    ui.ctx().data_mut(|d| d.insert_temp(id, under));
}
