//! The Valley panel: asymmetric directions at A, the shift between test and training loss, and how sharp A is.

use egui::{ComboBox, DragValue, RichText, Ui};

use super::{fields, progress, valley_side, valley_slices};
use crate::{
    app::{
        action::{Action, Actions},
        desk::Desk,
        dock::Panel,
        export::Content,
        library::Role,
        opened::short,
        theme,
        valley::ValleyForm,
    },
    explore::{Origin, SamGapSpec, Unit},
};

/// Width of the column beside the plots.
const SIDE: f32 = 268.0;
/// A narrower panel has the column under the plots.
const NARROW: f32 = 600.0;

/// Draws the panel. What is set here is the desk's own and cheap to undo, so it changes right here.
pub fn ui(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    header(ui, desk, actions);
    controls(ui, &mut desk.valley);
    // The newest has its bar in the header.
    let newest = progress::newest(desk.surveys.valleys.iter().map(|v| (v.id, &v.phase))).map(|(id, _)| id);
    for valley in desk.surveys.valleys.iter().filter(|v| Some(v.id) != newest) {
        progress::ui(ui, valley.id, &valley.phase, actions);
    }
    if desk.surveys.current_valley().is_none_or(|v| v.about.is_none()) {
        return empty(ui, desk, actions);
    }
    ui.separator();
    chooser(ui, desk, actions);
    let slices = |ui: &mut Ui, desk: &mut Desk, height: f32| {
        if let Some(entry) = desk.surveys.current_valley_mut() {
            valley_slices::ui(ui, entry, height);
        }
    };
    if ui.available_width() < NARROW {
        egui::ScrollArea::vertical().show(ui, |ui| {
            slices(ui, desk, 460.0);
            valley_side::ui(ui, desk, actions);
        });
        return;
    }
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - SIDE - 8.0;
        ui.allocate_ui(egui::vec2(width, height), |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                slices(ui, desk, height);
            });
        });
        ui.vertical(|ui| {
            ui.set_width(SIDE);
            let area = egui::ScrollArea::vertical().id_salt("valley side").auto_shrink([false, false]);
            area.show(ui, |ui| valley_side::ui(ui, desk, actions));
        });
    });
}

fn header(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let subject = desk.subject.check().map(|()| Default::default());
        let request = subject.and_then(|subject| desk.valley.request(&desk.library, subject)).map(drop);
        let button = ui.add_enabled(request.is_ok(), egui::Button::new(RichText::new("Measure valley").strong()));
        let button = match &request {
            Ok(()) => button.on_hover_text("Sharpness first, then directions from files, then random ones"),
            Err(why) => button.on_disabled_hover_text(why),
        };
        if button.clicked() {
            actions.ask(Action::MeasureValley);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let view = desk.surveys.current_valley().and_then(|v| v.about.as_ref());
            let export = ui.add_enabled(view.is_some(), egui::Button::new("Export…"));
            if export.on_hover_text("PNG or SVG, CSV with a row per direction, or JSON with everything").clicked()
                && let Some(view) = desk.surveys.current_valley().and_then(|v| v.view())
            {
                let content = Content::Valley { view: Box::new(view), dark: ui.visuals().dark_mode };
                actions.ask(Action::Export(Box::new(content), "valley".into()));
            }
            theme::help_button(ui, "Valley", |ui| explain(ui, desk));
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                match progress::newest(desk.surveys.valleys.iter().map(|v| (v.id, &v.phase))) {
                    Some((id, phase)) => progress::ui(ui, id, phase, actions),
                    None => subject_words(ui, desk, &request, actions),
                }
            });
        });
    });
}

/// Around what, on what; or why it cannot be measured.
fn subject_words(ui: &mut Ui, desk: &Desk, request: &Result<(), String>, actions: &mut Actions) {
    if let Err(why) = request {
        ui.add(egui::Label::new(RichText::new(why).small().color(ui.visuals().warn_fg_color)).truncate());
        return;
    }
    let name = desk.library.at(Role::A).map_or("–".into(), |p| short(&p.path));
    let words = RichText::new(format!("{name} on {}", desk.subject.words())).small().weak();
    let link = ui.add(egui::Label::new(words).truncate().sense(egui::Sense::click()));
    if link.on_hover_text("Click: change data, network or batch norm").clicked() {
        actions.ask(Action::ShowPanel(Panel::Checkpoints));
    }
}

fn controls(ui: &mut Ui, form: &mut ValleyForm) {
    let real = |ui: &mut Ui, value: &mut f64, name: &str, speed: f64| {
        let field = DragValue::new(value).speed(speed).range(0.0..=f64::INFINITY).max_decimals(6);
        ui.add(field).accessible_name(name.to_string())
    };
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut form.random, "random").on_hover_text("Gaussian directions");
        ui.add_enabled_ui(form.random, |ui| {
            fields::inline(ui, "K", "How many directions", |ui| {
                ui.add(DragValue::new(&mut form.count).range(1..=10_000))
            });
            fields::directions(ui, &mut form.directions);
        });
        ui.separator();
        ui.checkbox(&mut form.towards, "to B and C").on_hover_text("The directions from A to the other checkpoints");
        let help = "A file with a direction, such as an eigenvector of the Hessian";
        fields::inline(ui, "file", help, |ui| {
            ui.add(egui::TextEdit::singleline(&mut form.given).hint_text("no file").desired_width(90.0))
        });
    });
    ui.horizontal_wrapped(|ui| {
        let help = "Nearer to A than this, slopes do not count; and how far from it they are compared";
        ui.label("ζ").on_hover_text(help);
        real(ui, &mut form.zeta, "ζ", 0.01).on_hover_text(help);
        ui.label("r").on_hover_text(help);
        real(ui, &mut form.r, "r", 0.01).on_hover_text(help);
        let help = "direction: in lengths of the direction. distance: in parameter space, the direction has length 1";
        fields::inline(ui, "in", help, |ui| fields::choice(ui, "valley unit", 74.0, &mut form.unit, Unit::ALL));
        fields::inline(ui, "points", "On either side; more are added where the verdict is open", |ui| {
            ui.add(DragValue::new(&mut form.points).range(5..=4096))
        });
        let help = "The point that is taken for w: A itself, or the lowest point of each slice";
        fields::inline(ui, "w", help, |ui| fields::choice(ui, "valley origin", 88.0, &mut form.origin, Origin::ALL));
        ui.separator();
        ui.checkbox(&mut form.shift, "shift").on_hover_text("Test against training loss along directions from files");
    });
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut form.sharpness, "sharpness").on_hover_text("Mean rise of the loss under Gaussian noise");
        ui.add_enabled_ui(form.sharpness, |ui| {
            real(ui, &mut form.delta, "δ", 0.001).on_hover_text("δ, the standard deviation of the noise");
            let draws = DragValue::new(&mut form.draws).range(1..=1_000_000).suffix(" draws");
            ui.add(draws).accessible_name("draws");
        });
        ui.separator();
        ui.checkbox(&mut form.gap, "SAM gap").on_hover_text("The largest rise within a distance ρ");
        ui.add_enabled_ui(form.gap, |ui| {
            real(ui, &mut form.rho, "ρ", 0.005).on_hover_text("ρ, the radius of the ball");
            let steps = DragValue::new(&mut form.steps).range(0..=SamGapSpec::MAX_STEPS).suffix(" steps");
            ui.add(steps).accessible_name("ascent steps").on_hover_text("Steps of projected ascent");
        });
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = ValleyForm::default();
        }
    });
}

/// Which valley is shown.
fn chooser(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    let Some(current) = desk.surveys.current_valley() else { return };
    let (id, name) = (current.id, current.name());
    let all: Vec<_> = desk.surveys.valleys.iter().map(|v| (v.id, v.name())).collect();
    let mut chosen = id;
    ui.horizontal_wrapped(|ui| {
        let combo = ComboBox::from_id_salt("valleys").width(260.0).selected_text(name.clone()).truncate();
        let shown = combo.show_ui(ui, |ui| {
            for (id, name) in &all {
                ui.selectable_value(&mut chosen, *id, name);
            }
        });
        shown.response.on_hover_text(name).accessible_name("Valley shown");
        let remove = ui.small_button("×").on_hover_text("Take this valley out of the window");
        remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Remove valley"));
        if remove.clicked() {
            actions.ask(Action::RemoveSurvey(id));
        }
        if desk.surveys.can_restore_valley() && ui.small_button("Bring back").clicked() {
            actions.ask(Action::RestoreValley);
        }
    });
    desk.surveys.set_current_valley(chosen);
}

fn empty(ui: &mut Ui, desk: &Desk, actions: &mut Actions) {
    if desk.surveys.valleys.iter().any(|v| v.phase.measuring().is_some()) {
        return theme::teach(ui, "Files and data are being read; the first numbers are on their way…");
    }
    theme::teach(
        ui,
        "Here the valley around a checkpoint is judged: along which directions does the loss rise slowly on one side and \
         fast on the other, and by which factor c? How much does it rise under noise, and in the worst place nearby? With a \
         second checkpoint as B: how far is the test loss shifted against the training loss on the way to it?",
    );
    ui.vertical_centered(|ui| {
        if desk.library.at(Role::A).is_none() {
            if ui.button("Open a checkpoint…").clicked() {
                actions.ask(Action::OpenDialog);
            }
        } else if ui.button("Measure the valley").clicked() {
            actions.ask(Action::MeasureValley);
        }
        if desk.surveys.can_restore_valley() && ui.button("Bring back the valley").clicked() {
            actions.ask(Action::RestoreValley);
        }
    });
}

/// The "?" card.
fn explain(ui: &mut Ui, desk: &Desk) {
    for (word, meaning) in [
        (
            "asymmetric direction",
            "u is (r, p, c, ζ)-asymmetric at w when for all ζ < ℓ < r the loss rises from w along u with a slope between 0 and p, and along −u with a slope above c p (He, Huang, Yuan 2019; Park 2022, Def. 2.3.1). Shown is the largest c, the smallest slope of the steep side over the largest one of the flat side, with p and the flat side. Directions count with c > 1.02, and more than their error above 1.",
        ),
        (
            "why not",
            "balanced: neither side is steeper than the other everywhere. falls: the loss falls away from w. too flat: a slope that cannot be told from 0. not finite: an infinite loss within r.",
        ),
        (
            "the pictures",
            "Training loss over ℓ. The tinted side is the steep one; the thin lines are at ζ. Large: the flat side stays under the dashed line with slope p, the steep side above the one with slope c p.",
        ),
        (
            "share",
            "Of the random directions, with Wilson's 95 % interval. Directions that could not be told count as not asymmetric.",
        ),
        (
            "shift and gap",
            "ξ_δ = max over |v| ≤ R of |L′(w + v + δ) − L_{train}(w + v)| along the direction, L′ = L_{test} − min L_{test} + min L_{train} (Park 2022, Def. 2.3.2). δ is the shift with the smallest ξ.",
        ),
        (
            "expected sharpness",
            "Mean of L(w + ν) − L(w) over draws of ν from N(0, δ²I), all parameters moved (Zhu et al. 2019, Eq. 88), ± its standard error.",
        ),
        (
            "SAM gap",
            "max over ‖ε‖ ≤ ρ of L(w + ε) − L(w), on the full training loss: at SAM's own ε = ρ g/‖g‖ (Foret et al. 2021), and the highest of K steps of projected ascent. Both are lower bounds of the maximum.",
        ),
    ] {
        theme::define(ui, word, meaning);
    }
    if let Some(view) = desk.surveys.current_valley().and_then(|v| v.view()) {
        ui.separator();
        ui.add(egui::Label::new(RichText::new(view.caption).small().weak()).wrap());
    }
}
