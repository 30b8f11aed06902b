//! The Line panel: loss and error on the line between A and B, or along random directions through A.

use egui::{DragValue, RichText, Ui};

use super::{
    fields,
    line_plot::{self, Place, Quantity},
    progress,
};
use crate::{
    app::{
        action::{Action, Actions},
        desk::Desk,
        dock::Panel,
        explorations::{LineEntry, SurveyId},
        export::Content,
        library::{Role, short},
        theme,
    },
    present::CurveView,
    probe::NormMode,
    survey::{CurveSummary, EndSlopes, Side},
};

/// Width of the column beside the plots.
const SIDE: f32 = 258.0;
/// A narrower panel has the column under the plots.
const NARROW: f32 = 560.0;

/// Draws the panel. What is set here is the desk's own and cheap to undo, so it changes right here.
pub fn ui(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    header(ui, desk, actions);
    controls(ui, desk);
    // The newest has its bar in the header.
    let newest = progress::newest(desk.surveys.lines.iter().map(|l| (l.id, &l.phase))).map(|(id, _)| id);
    for line in desk.surveys.lines.iter().filter(|l| Some(l.id) != newest) {
        progress::ui(ui, line.id, &line.phase, actions);
    }
    if desk.surveys.lines.iter().all(|l| l.curves.iter().all(|c| c.points.is_empty())) {
        return empty(ui, desk, actions);
    }
    ui.separator();
    if ui.available_width() < NARROW {
        egui::ScrollArea::vertical().show(ui, |ui| {
            plots(ui, desk, 420.0);
            side(ui, desk, actions);
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
            area.show(ui, |ui| side(ui, desk, actions));
        });
    });
}

fn header(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let request = desk.line.of(&desk.library).and_then(|_| desk.line.spec()).and_then(|_| desk.subject.check());
        let words = if desk.line.random { "Measure directions" } else { "Measure line A–B" };
        let button = ui.add_enabled(request.is_ok(), egui::Button::new(RichText::new(words).strong()));
        let button = match &request {
            Ok(()) => button.on_hover_text("Adds a line to those that are shown"),
            Err(why) => button.on_disabled_hover_text(why),
        };
        if button.clicked() {
            actions.ask(Action::MeasureLine);
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

/// From where to where, on what; or why it cannot be measured.
fn subject_words(ui: &mut Ui, desk: &Desk, request: &Result<(), String>, actions: &mut Actions) {
    let name = |role| desk.library.at(role).map_or("–".into(), |p| short(&p.path));
    if let Err(why) = request {
        ui.add(egui::Label::new(RichText::new(why).small().color(ui.visuals().warn_fg_color)).truncate());
        return;
    }
    let ends = if desk.line.random { name(Role::A) } else { format!("{} → {}", name(Role::A), name(Role::B)) };
    let words = format!("{ends} on {}", desk.subject.words());
    let link = ui.add(egui::Label::new(RichText::new(words).small().weak()).truncate().sense(egui::Sense::click()));
    if link.on_hover_text("Click: change data, network or batch norm").clicked() {
        actions.ask(Action::ShowPanel(Panel::Checkpoints));
    }
}

fn controls(ui: &mut Ui, desk: &mut Desk) {
    let form = &mut desk.line;
    ui.horizontal_wrapped(|ui| {
        ui.selectable_value(&mut form.random, false, "A–B").on_hover_text("The straight line: (1−α) A + α B");
        ui.selectable_value(&mut form.random, true, "Random").on_hover_text("Random directions through A: A + α d");
        ui.separator();
        fields::range(ui, "α", form.range_mut());
        ui.separator();
        if form.random {
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

fn empty(ui: &mut Ui, desk: &Desk, actions: &mut Actions) {
    if desk.surveys.lines.iter().any(|l| l.phase.measuring().is_some()) {
        return theme::teach(ui, "Files and data are being read; the first points are on their way…");
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

/// The list of lines, the switch of batch norm, and the numbers of the line that is read out.
fn side(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    let active = desk.surveys.active().map(|l| l.id);
    let mut chosen = None;
    for line in &mut desk.surveys.lines {
        if item(ui, line, active == Some(line.id), actions) {
            chosen = Some(line.id);
        }
    }
    if let Some(id) = chosen {
        desk.surveys.set_active(id);
    }
    if desk.surveys.can_restore_line() {
        let back = ui.small_button("Bring back").on_hover_text("The line that was removed last");
        if back.clicked() {
            actions.ask(Action::RestoreLine);
        }
    }
    let Some(line) = desk.surveys.active() else { return };
    ui.separator();
    let about = line.about.as_ref();
    let same = |mode: NormMode| desk.surveys.lines.iter().any(|l| is_twin(l, line, mode));
    compare(ui, line.id, about.is_some_and(|a| a.bn.is_some()), line.request.subject.norm_mode, &same, actions);
    ui.separator();
    numbers(ui, line);
}

/// Whether a line is `line` again, with the statistics of `mode`.
fn is_twin(other: &LineEntry, line: &LineEntry, mode: NormMode) -> bool {
    other.request.of == line.request.of && other.request.subject.norm_mode == mode
}

/// One line of the list; true when it was chosen.
fn item(ui: &mut Ui, line: &mut LineEntry, is_active: bool, actions: &mut Actions) -> bool {
    let name = line.name();
    let mut clicked = false;
    ui.horizontal(|ui| {
        let shown = ui.checkbox(&mut line.visible, "").on_hover_text("Show it");
        let visible = line.visible;
        shown.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, visible, format!("Show {name}")));
        let (rect, _) = ui.allocate_exact_size(egui::vec2(12.0, 12.0), egui::Sense::hover());
        ui.painter().rect_filled(rect, 3.0, theme::color(line.color));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let remove = ui.small_button("×").on_hover_text("Take it out of the picture");
            remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Remove {name}")));
            if remove.clicked() {
                actions.ask(Action::RemoveSurvey(line.id));
            }
            if let Some(mode) = line.mode() {
                ui.label(RichText::new(mode).small().weak());
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let title = RichText::new(line.title());
                let words = if is_active { title.strong() } else { title };
                let label = ui.add(egui::Label::new(words).truncate().sense(egui::Sense::click()));
                clicked = label
                    .on_hover_text(format!("{name}\n{}\nClick: its numbers", progress::words(&line.phase)))
                    .clicked();
            });
        });
    });
    clicked
}

/// The switch between the three kinds of batch-norm statistics.
pub fn compare(
    ui: &mut Ui,
    id: SurveyId,
    matters: bool,
    present: NormMode,
    is_there: &dyn Fn(NormMode) -> bool,
    actions: &mut Actions,
) {
    let label = ui.label(RichText::new("batch norm").small()).on_hover_text("The statistics behind these numbers");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        for name in NormMode::NAMES {
            let Ok(mode) = name.parse::<NormMode>() else { continue };
            let batch = match present {
                NormMode::Batch(b) | NormMode::Recalibrated(b) => b,
                NormMode::Running => Default::default(),
            };
            let mode = mode.with_batch(batch);
            let is_on = mode == present;
            let enabled = matters && (is_on || !is_there(mode));
            let button =
                ui.add_enabled(enabled, egui::Button::selectable(is_on && matters, RichText::new(name).small()));
            let button = button
                .labelled_by(label.id)
                .on_hover_text(format!("Measure the same again with {}", mode.words()))
                .on_disabled_hover_text(if matters { "It is there already" } else { "This network has no batch norm" });
            button.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::Button, enabled, is_on, format!("Compare with {name}"))
            });
            if button.clicked() && !is_on {
                actions.ask(Action::MeasureAgain(id, mode));
            }
        }
    });
}

fn numbers(ui: &mut Ui, line: &LineEntry) {
    let Some(about) = &line.about else { return };
    ui.add(egui::Label::new(RichText::new(line.name()).strong()).wrap());
    let mode = about.bn.clone().unwrap_or("no batch norm".into());
    ui.add(egui::Label::new(RichText::new(mode).small().weak()).wrap());
    egui::Grid::new("line numbers").num_columns(2).spacing([8.0, 2.0]).show(ui, |ui| {
        if let Some([loss, _]) = line.band() {
            return band(ui, line, loss);
        }
        let Some(curve) = line.curves.first() else { return };
        curve_numbers(ui, curve);
    });
    ui.add_space(4.0);
    for note in &about.notes {
        ui.add(egui::Label::new(RichText::new(note).small().weak()).wrap());
    }
    ui.label(RichText::new(format!("{} on {}", progress::words(&line.phase), about.device)).small().weak());
}

/// A name and a number.
pub fn number(ui: &mut Ui, name: &str, value: String) {
    ui.label(RichText::new(name).small());
    ui.label(RichText::new(value).small().monospace());
    ui.end_row();
}

fn heading(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).small().strong());
    ui.end_row();
}

fn curve_numbers(ui: &mut Ui, curve: &CurveView) {
    let s = &curve.summary;
    number(ui, if curve.ends[1].is_some() { "‖B − A‖" } else { "‖d‖" }, theme::value(s.distance));
    if curve.ends[1].is_some() {
        let cosine = s.gradient_cosine.map_or("–".into(), |c| format!("{c:+.6}").replace('-', "−"));
        number(ui, "cos(∇L(A), ∇L(B))", cosine);
    }
    summary(ui, "training loss", &s.train, curve.ends[1].is_some());
    if let Some(test) = &s.test {
        summary(ui, "test loss", test, curve.ends[1].is_some());
    }
}

fn summary(ui: &mut Ui, name: &str, c: &CurveSummary, has_b: bool) {
    heading(ui, name);
    let known = |x: Option<f64>| x.map_or("not measured".into(), theme::value);
    number(ui, "L(A)", known(c.at_a));
    if has_b {
        number(ui, "L(B)", known(c.at_b));
        if let Some(b) = c.barrier {
            let place = if b.above_chord > 0.0 { format!(" at {:.3}", b.alpha) } else { String::new() };
            number(ui, "barrier above chord", format!("{}{place}", theme::value(b.above_chord)));
            number(ui, "above higher end", theme::value(b.above_higher_end));
        }
    }
    if let Some(low) = c.lowest {
        number(ui, "minimum", format!("{} at {:.3}", theme::value(low.loss), low.alpha));
    }
    slopes(ui, "A", c.slopes_a.as_ref());
    if has_b {
        slopes(ui, "B", c.slopes_b.as_ref());
    }
    if c.not_finite > 0 {
        number(ui, "not finite", format!("{} of {}", c.not_finite, c.points));
    }
}

fn slopes(ui: &mut Ui, end: &str, slopes: Option<&EndSlopes>) {
    let Some(s) = slopes else { return };
    let one = |slope: Option<crate::survey::Slope>| {
        slope.map_or("–".into(), |s| format!("{:+.4}", s.per_alpha).replace('-', "−"))
    };
    number(ui, &format!("slopes at {end}"), format!("{} | {}", one(s.left), one(s.right)));
    let flatter = match s.flatter {
        Some(Side::Left) => "left",
        Some(Side::Right) => "right",
        None => return,
    };
    number(ui, "  flatter side", flatter.into());
}

fn band(ui: &mut Ui, line: &LineEntry, loss: &crate::survey::Band) {
    number(ui, "directions", loss.curves.to_string());
    let lengths = line.curves.iter().map(|c| c.distance);
    let (low, high) = lengths.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    number(ui, "‖d‖", format!("{} to {}", theme::value(low), theme::value(high)));
    let ends = [loss.points.first(), loss.points.iter().find(|p| p.alpha == 0.0), loss.points.last()];
    for point in ends.into_iter().flatten() {
        let Some(s) = point.spread else { continue };
        heading(ui, &format!("training loss at α = {}", point.alpha));
        number(ui, "least to greatest", format!("{} to {}", theme::value(s.min), theme::value(s.max)));
        number(ui, "middle half", format!("{} to {}", theme::value(s.lower_quartile), theme::value(s.upper_quartile)));
        number(ui, "mean", theme::value(s.mean));
    }
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
