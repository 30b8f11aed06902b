//! The Line panel: loss and error on the line between A and B, or along random directions through A.

use egui::{DragValue, RichText, Ui};

use super::{
    fields,
    line_plot::{self, Place, Quantity},
    line_side, progress, run_choice,
};
use crate::app::{
    action::{Action, Actions},
    desk::Desk,
    dock::Panel,
    export::Content,
    library::Role,
    opened::short,
    questions::LineKind,
    store::Store,
    theme,
};

/// Width of the column beside the plots.
const SIDE: f32 = 258.0;
/// A narrower panel has the column under the plots.
const NARROW: f32 = 560.0;

/// Draws the panel. What is set here is the desk's own and cheap to undo, so it changes right here.
pub fn ui(ui: &mut Ui, desk: &mut Desk, store: &Store, actions: &mut Actions) {
    header(ui, desk, store, actions);
    controls(ui, desk, store);
    // The newest has its bar in the header.
    let newest = progress::newest(desk.surveys.lines.iter().map(|l| (l.id, &l.phase))).map(|(id, _)| id);
    for line in desk.surveys.lines.iter().filter(|l| Some(l.id) != newest) {
        progress::ui(ui, line.id, &line.phase, actions);
    }
    if desk.surveys.lines.iter().all(|l| l.curves.iter().all(|c| c.points.is_empty())) {
        return empty(ui, desk, store, actions);
    }
    ui.separator();
    if ui.available_width() < NARROW {
        egui::ScrollArea::vertical().show(ui, |ui| {
            plots(ui, desk, 420.0);
            line_side::ui(ui, desk, actions);
        });
        return;
    }
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - SIDE - 8.0;
        ui.allocate_ui(egui::vec2(width, height), |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                plots(ui, desk, height);
            });
        });
        ui.vertical(|ui| {
            ui.set_width(SIDE);
            let area = egui::ScrollArea::vertical().id_salt("line side").auto_shrink([false, false]);
            area.show(ui, |ui| line_side::ui(ui, desk, actions));
        });
    });
}

fn header(ui: &mut Ui, desk: &mut Desk, store: &Store, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let (words, action, request) = match desk.line.kind {
            LineKind::Between => ("Measure line A–B", Action::MeasureLine, asked(desk)),
            LineKind::Random => ("Measure directions", Action::MeasureLine, asked(desk)),
            LineKind::Runs => {
                let asked =
                    desk.line.spec().and_then(|spec| desk.runs.questions(store, spec, true, &Default::default()));
                ("Measure between runs", Action::MeasureRuns, asked.map(drop))
            }
        };
        let button = ui.add_enabled(request.is_ok(), egui::Button::new(RichText::new(words).strong()));
        let button = match &request {
            Ok(()) => button.on_hover_text("Adds a line to those that are shown"),
            Err(why) => button.on_disabled_hover_text(why),
        };
        if button.clicked() {
            actions.ask(action);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let has_some = desk.surveys.shown().next().is_some();
            let export = ui.add_enabled(has_some, egui::Button::new("Export…"));
            if export.on_hover_text("All lines that are shown: PNG, SVG, CSV, NPZ or JSON").clicked() {
                let mut view = desk.surveys.picture();
                view.log = desk.line_look.log;
                let content = Content::Line { view, dark: ui.visuals().dark_mode };
                actions.ask(Action::Export(Box::new(content), "line".into()));
            }
            theme::help_button(ui, "Line", |ui| explain(ui, desk));
            ui.toggle_value(&mut desk.line_look.log, "Log").on_hover_text("Logarithmic axis for the loss");
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                match progress::newest(desk.surveys.lines.iter().map(|l| (l.id, &l.phase))) {
                    Some((id, phase)) => progress::ui(ui, id, phase, actions),
                    None => subject_words(ui, desk, &request, actions),
                }
            });
        });
    });
}

/// Whether the line between files can be asked for.
fn asked(desk: &Desk) -> Result<(), String> {
    desk.line.of(&desk.library).and_then(|_| desk.line.spec()).and_then(|_| desk.subject.check())
}

/// From where to where, on what; or why it cannot be measured.
fn subject_words(ui: &mut Ui, desk: &Desk, request: &Result<(), String>, actions: &mut Actions) {
    let name = |role| desk.library.at(role).map_or("–".into(), |p| short(&p.path));
    if let Err(why) = request {
        ui.add(egui::Label::new(RichText::new(why).small().color(ui.visuals().warn_fg_color)).truncate());
        return;
    }
    if desk.line.kind == LineKind::Runs {
        let words = "on the data of the runs, while they go on; with batch norm, statistics are computed anew where that \
                     is affordable";
        ui.add(egui::Label::new(RichText::new(words).small().weak()).truncate());
        return;
    }
    let ends = if desk.line.is_random() { name(Role::A) } else { format!("{} → {}", name(Role::A), name(Role::B)) };
    let words = format!("{ends} on {}", desk.subject.words());
    let link = ui.add(egui::Label::new(RichText::new(words).small().weak()).truncate().sense(egui::Sense::click()));
    if link.on_hover_text("Click: change data, network or batch norm").clicked() {
        actions.ask(Action::ShowPanel(Panel::Checkpoints));
    }
}

fn controls(ui: &mut Ui, desk: &mut Desk, store: &Store) {
    let (form, runs) = (&mut desk.line, &mut desk.runs);
    ui.horizontal_wrapped(|ui| {
        for (kind, words, help) in [
            (LineKind::Between, "A–B", "The straight line: (1−α) A + α B"),
            (LineKind::Random, "Random", "Random directions through A: A + α d"),
            (LineKind::Runs, "Between runs", "From one run to one or more others, again and again while they go on"),
        ] {
            ui.selectable_value(&mut form.kind, kind, words).on_hover_text(help);
        }
        ui.separator();
        if form.kind == LineKind::Runs {
            run_choice::ui(ui, runs, store);
            ui.separator();
        }
        fields::range(ui, "α", form.range_mut());
        ui.separator();
        if form.is_random() {
            fields::inline(ui, "K", "How many directions; three or more are drawn as a band", |ui| {
                ui.add(DragValue::new(&mut form.count).range(1..=200))
            });
            fields::directions(ui, &mut form.directions);
        } else {
            let widen = ui.checkbox(&mut form.widen, "widen to");
            widen.on_hover_text("Go on beyond both ends until the training loss is so many times the higher end's");
            let ratio = DragValue::new(&mut form.ratio).speed(0.05).range(1.01..=1000.0).suffix("×");
            ui.add_enabled(form.widen, ratio).accessible_name("widen ratio");
            let refine = ui.checkbox(&mut form.refine, "refine by");
            refine.on_hover_text("Add points where the curve bends by more than this share of its range");
            let extra = DragValue::new(&mut form.extra).range(1..=1000).suffix(" points");
            ui.add_enabled(form.refine, extra).accessible_name("refine points");
            let bend = DragValue::new(&mut form.tolerance).speed(0.05).range(0.01..=50.0).prefix("at ").suffix(" %");
            ui.add_enabled(form.refine, bend).accessible_name("refine tolerance");
        }
        ui.checkbox(&mut form.test, "test set").on_hover_text("Measure the test images, too");
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = Default::default();
        }
    });
}

fn empty(ui: &mut Ui, desk: &Desk, store: &Store, actions: &mut Actions) {
    if desk.surveys.lines.iter().any(|l| l.phase.measuring().is_some()) {
        return theme::teach(ui, "Files and data are being read; the first points are on their way…");
    }
    if desk.line.kind == LineKind::Runs {
        let chosen = desk.runs.chosen(store);
        theme::teach(
            ui,
            "Here the loss and the error on the straight line through two runs are drawn while both still train: the two \
             branches of a fork, SGD and SAM. Which side of each solution is flat, and how far is the minimum of the test \
             loss from that of the training loss? Choose a run as A and others as B; those that have ended are measured \
             where they ended.",
        );
        let ready = chosen.0.is_some() && !chosen.1.is_empty();
        ui.vertical_centered(|ui| {
            if ready && ui.button("Measure the line").clicked() {
                actions.ask(Action::MeasureRuns);
            }
        });
        return;
    }
    theme::teach(
        ui,
        "Here the loss and the error on the straight line between two checkpoints are drawn: is there a barrier between \
         them, which side of each is flatter, where is the lowest point? Or along random directions through one of them.",
    );
    ui.vertical_centered(|ui| {
        if desk.library.at(Role::A).is_none() || desk.library.at(Role::B).is_none() {
            if ui.button("Open two checkpoints…").clicked() {
                actions.ask(Action::OpenDialog);
            }
        } else if ui.button("Measure the line").clicked() {
            actions.ask(Action::MeasureLine);
        }
        if desk.surveys.can_restore_line() && ui.button("Bring back the line").clicked() {
            actions.ask(Action::RestoreLine);
        }
    });
}

fn plots(ui: &mut Ui, desk: &Desk, height: f32) {
    let id = egui::Id::unique("line hover");
    let before = ui.ctx().data(|d| d.get_temp::<Option<f64>>(id)).flatten();
    line_plot::readout(ui, desk, before);
    let rest = height - 22.0;
    let mut hover = None;
    for (quantity, share, is_last) in [(Quantity::Loss, 0.6, false), (Quantity::Error, 0.4, true)] {
        let room = (rest * share).max(90.0) - if is_last { 4.0 } else { 6.0 };
        let place = Place { height: room, is_last, hover: before };
        hover = line_plot::show(ui, quantity, desk, place).or(hover);
    }
    ui.ctx().data_mut(|d| d.insert_temp(id, hover));
}

/// The "?" card.
fn explain(ui: &mut Ui, desk: &Desk) {
    for (word, meaning) in [
        (
            "the line",
            "Loss and error at (1−α) A + α B: α = 0 is A, α = 1 is B. Running statistics of batch norm are combined in the same way. Solid: training images; dotted: test images. A star marks the lowest measured loss of each.",
        ),
        (
            "barrier",
            "The most that the loss rises above the chord, the straight line from L(A) to L(B): max of L(α) − ((1−α) L(A) + α L(B)) over the measured 0 ≤ α ≤ 1 (Garipov et al. 2018; Frankle et al. 2020). Above the higher end: L(α) − max(L(A), L(B)).",
        ),
        ("distance", "‖B − A‖_2 over all parameters; running statistics are none."),
        ("gradient cosine", "cos of the angle between the gradients of the full training loss at A and at B."),
        (
            "one-sided slopes",
            "ΔL/Δα to the left and to the right of an end, over the nearest points at the same distance on both sides. The side with the smaller |slope| is the flatter one.",
        ),
        (
            "shift",
            "Minimum of the test loss − minimum of the training loss, each of the parabola through the lowest point and its two neighbours; in α, and as a distance ‖·‖_2. A minimum at the end of what was measured has no place: measure further out, or widen. The arrow at the bottom of the plot goes from the one to the other.",
        ),
        (
            "between runs",
            "A and B are where the two runs are: as soon as a measurement is done, the next one begins at their newest iterates, both after the same iteration. A run that has ended is measured where it ended.",
        ),
        (
            "random directions",
            "A + α d, d Gaussian; normalised filter by filter it has the length of the weights (Li et al. 2018). The band reaches from the least to the greatest loss, the darker one holds the middle half, the line is the mean.",
        ),
    ] {
        theme::define(ui, word, meaning);
    }
    ui.separator();
    for line in desk.surveys.shown() {
        let Some(about) = &line.about else { continue };
        let words = format!("{}: {}; measured on {}.", line.name(), about.caption(), about.device);
        ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
    }
    ui.label(
        RichText::new("Drag to pan, Ctrl+scroll to zoom, right-drag a box, double-click to see all.").small().weak(),
    );
}
