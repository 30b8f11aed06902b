//! The Plane panel: loss on a plane around a checkpoint, through three of them, or along a path.

use egui::{ComboBox, DragValue, RichText, Ui};

use super::{
    fields,
    plane_plot::{self, Under},
    plane_side, progress,
};
use crate::{
    app::{
        action::{Action, Actions},
        desk::Desk,
        dock::Panel,
        export::Content,
        library::Role,
        opened::short,
        questions::{PlaneForm, PlaneKind},
        survey::{Found, PlaneEntry},
        theme,
    },
    figure::{Colormap, Scale},
    survey::Basis,
};

/// Width of the column beside the map.
const SIDE: f32 = 252.0;
const NARROW: f32 = 560.0;

/// Draws the panel. What is set here is the desk's own and cheap to undo, so it changes right here.
pub fn ui(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    header(ui, desk, actions);
    controls(ui, desk);
    // The newest has its bar in the header.
    let newest = progress::newest(desk.surveys.planes.iter().map(|l| (l.id, &l.phase))).map(|(id, _)| id);
    for plane in desk.surveys.planes.iter().filter(|l| Some(l.id) != newest) {
        progress::ui(ui, plane.id, &plane.phase, actions);
    }
    let look = desk.plane_look;
    let Desk { surveys, heat, .. } = desk;
    let Some((entry, found)) = surveys.current().and_then(|e| Some((e, e.found.as_ref()?))) else {
        return empty(ui, desk, actions);
    };
    heat.update(ui.ctx(), entry, found, look);
    ui.separator();
    looks(ui, desk, actions);
    let Some(entry) = desk.surveys.current() else { return };
    let Some(found) = &entry.found else { return };
    if ui.available_width() < NARROW {
        egui::ScrollArea::vertical().show(ui, |ui| {
            map(ui, desk, entry, found, 380.0);
            plane_side::ui(ui, desk, entry, found, actions);
        });
        return;
    }
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - SIDE - 8.0;
        ui.allocate_ui(egui::vec2(width, height), |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                map(ui, desk, entry, found, height);
            });
        });
        ui.vertical(|ui| {
            ui.set_width(SIDE);
            let area = egui::ScrollArea::vertical().id_salt("plane side").auto_shrink([false, false]);
            area.show(ui, |ui| plane_side::ui(ui, desk, entry, found, actions));
        });
    });
}

fn header(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let request = desk.plane.of(&desk.library).and_then(|_| desk.subject.check());
        let button = ui.add_enabled(request.is_ok(), egui::Button::new(RichText::new("Measure plane").strong()));
        let button = match &request {
            Ok(()) => button.on_hover_text("Coarse first, then finer"),
            Err(why) => button.on_disabled_hover_text(why),
        };
        if button.clicked() {
            actions.ask(Action::MeasurePlane);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let found = desk.surveys.current().and_then(|e| e.found.as_ref());
            let export = ui.add_enabled(found.is_some(), egui::Button::new("Export…"));
            if let (true, Some(found)) = (export.on_hover_text("PNG, SVG, CSV, NPZ, VTP or GLB").clicked(), found) {
                let (log, dark) = (desk.plane_look.is_log(), ui.visuals().dark_mode);
                let content = Content::Plane { view: Box::new(found.view()), log, dark };
                actions.ask(Action::Export(Box::new(content), "plane".into()));
            }
            theme::help_button(ui, "Plane", |ui| explain(ui, desk));
            let surface = ui.add_enabled(found.is_some(), egui::Button::new("Show as surface"));
            if surface.clicked() {
                actions.ask(Action::ShowPanel(Panel::Surface));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let measuring = progress::newest(desk.surveys.planes.iter().map(|p| (p.id, &p.phase)));
                if let Some((id, phase)) = measuring {
                    return progress::ui(ui, id, phase, actions);
                }
                if let Err(why) = &request {
                    let words = RichText::new(why).small().color(ui.visuals().warn_fg_color);
                    ui.add(egui::Label::new(words).truncate());
                    return;
                }
                let words = RichText::new(format!("on {}", desk.subject.words())).small().weak();
                let link = ui.add(egui::Label::new(words).truncate().sense(egui::Sense::click()));
                if link.on_hover_text("Click: change data, network or batch norm").clicked() {
                    actions.ask(Action::ShowPanel(Panel::Checkpoints));
                }
            });
        });
    });
}

fn controls(ui: &mut Ui, desk: &mut Desk) {
    let trails: Vec<_> = desk.library.trails().map(|t| t.path.clone()).collect();
    let trail = desk.plane.trail(&desk.library);
    let form = &mut desk.plane;
    ui.horizontal_wrapped(|ui| {
        for kind in PlaneKind::ALL {
            ui.selectable_value(&mut form.kind, kind, kind.name()).on_hover_text(kind.help());
        }
        ui.separator();
        match form.kind {
            PlaneKind::Around => fields::directions(ui, &mut form.directions),
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
                ui.add(DragValue::new(&mut form.grid).range(2..=1025))
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

/// Which plane, and how it is drawn.
fn looks(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    let Some(current) = desk.surveys.current() else { return };
    let (id, name) = (current.id, current.name());
    let all: Vec<_> = desk.surveys.planes.iter().map(|p| (p.id, p.name())).collect();
    let mut chosen = id;
    ui.horizontal_wrapped(|ui| {
        let combo = ComboBox::from_id_salt("planes").width(290.0).selected_text(name.clone()).truncate();
        let shown = combo.show_ui(ui, |ui| {
            for (id, name) in &all {
                ui.selectable_value(&mut chosen, *id, name);
            }
        });
        shown.response.on_hover_text(name).accessible_name("Plane shown");
        let remove = ui.small_button("×").on_hover_text("Take this plane out of the window");
        remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Remove plane"));
        if remove.clicked() {
            actions.ask(Action::RemoveSurvey(id));
        }
        if desk.surveys.can_restore_plane() && ui.small_button("Bring back").clicked() {
            actions.ask(Action::RestorePlane);
        }
        ui.separator();
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
    });
    desk.surveys.set_current(chosen);
}

fn map(ui: &mut Ui, desk: &Desk, entry: &PlaneEntry, found: &Found, height: f32) {
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

fn empty(ui: &mut Ui, desk: &Desk, actions: &mut Actions) {
    if desk.surveys.planes.iter().any(|p| p.phase.measuring().is_some()) {
        return theme::teach(ui, "Files and data are being read; the first points are on their way…");
    }
    theme::teach(
        ui,
        "Here the loss on a plane through parameter space is drawn as a map: around one checkpoint along random \
         directions, through three checkpoints, or along the two principal components of a path.",
    );
    ui.vertical_centered(|ui| {
        if desk.library.at(Role::A).is_none() && desk.library.trails().next().is_none() {
            if ui.button("Open a checkpoint…").clicked() {
                actions.ask(Action::OpenDialog);
            }
            if ui.button("Open a folder of checkpoints…").clicked() {
                actions.ask(Action::OpenFolderDialog);
            }
        } else if desk.plane.of(&desk.library).is_ok() && ui.button("Measure the plane").clicked() {
            actions.ask(Action::MeasurePlane);
        }
        if desk.surveys.can_restore_plane() && ui.button("Bring back the plane").clicked() {
            actions.ask(Action::RestorePlane);
        }
    });
}

/// The "?" card.
fn explain(ui: &mut Ui, desk: &Desk) {
    for (word, meaning) in [
        (
            "the plane",
            "Training loss at θ + a u + b v, point by point; a cell has the colour of the point in its middle, and nothing is smoothed. Points that are not measured yet borrow the colour of the nearest one that is, a little paler.",
        ),
        (
            "around A",
            "u and v are Gaussian; normalised filter by filter they have the length of the weights (Li et al. 2018). Biases and the parameters of batch norm do not move, unless they are kept.",
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
    ] {
        theme::define(ui, word, meaning);
    }
    if let Some(found) = desk.surveys.current().and_then(|e| e.found.as_ref()) {
        ui.separator();
        let words = format!("{}; measured on {}.", found.about.caption(), found.about.device);
        ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
    }
    ui.label(
        RichText::new("Drag to pan, Ctrl+scroll to zoom, right-drag a box, double-click to see all.").small().weak(),
    );
}
