//! Beside the plots of lines: their list, the switch of batch norm, and the numbers of one line.

use egui::{RichText, Ui};

use super::{
    fields::{eigenvalue, heading, number},
    frame, norm_switch, progress,
};
use crate::{
    app::{
        action::{Action, Actions},
        desk::Desk,
        kinds::line::{LineEntry, LineShown, Lines},
        plain::plain,
        theme,
    },
    present::CurveView,
    probe::NormMode,
    survey::{Band, CurveSummary, EndSlopes, Side, Slope},
};

/// The list of lines, the switch of batch norm, and the numbers of the line that is read out.
pub fn ui(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    let lines = desk.surveys.of_mut::<Lines>();
    let active = lines.chosen().map(|l| l.id);
    let mut chosen = None;
    for line in &mut lines.entries {
        if item(ui, line, active == Some(line.id), actions) {
            chosen = Some(line.id);
        }
    }
    if let Some(id) = chosen {
        lines.choose(id);
    }
    if lines.has_removed() {
        let back = ui.small_button("Bring back").on_hover_text("The line that was removed last");
        if back.clicked() {
            actions.restore::<Lines>();
        }
    }
    let Some(line) = lines.chosen() else { return };
    ui.separator();
    let matters = line.found.as_ref().is_some_and(|found| found.about.bn.is_some());
    let same = |mode: NormMode| lines.entries.iter().any(|l| l.is_twin(line, mode));
    norm_switch::ui(ui, line.id, matters, line.mode(), &same, actions);
    frame::command::<Lines>(ui, &line.request, actions);
    ui.separator();
    if let Some(found) = &line.found {
        numbers(ui, line, found);
    }
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
            if let Some(mode) = line.mode_words() {
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

fn numbers(ui: &mut Ui, line: &LineEntry, found: &LineShown) {
    let about = &found.about;
    ui.add(egui::Label::new(RichText::new(line.name()).strong()).wrap());
    let mode = about.bn.clone().unwrap_or("no batch norm".into());
    ui.add(egui::Label::new(RichText::new(mode).small().weak()).wrap());
    if let Some(words) = found.moment() {
        ui.add(egui::Label::new(RichText::new(words).small()).wrap());
    }
    egui::Grid::new("line numbers").num_columns(2).spacing([8.0, 2.0]).show(ui, |ui| {
        if let Some([loss, _]) = found.band() {
            return band(ui, found, loss);
        }
        let is_eigen = found.curves.iter().any(|curve| curve.eigen.is_some());
        let shown = if is_eigen { found.curves.len() } else { 1 };
        for curve in found.curves.iter().take(shown) {
            if let Some(eigen) = &curve.eigen {
                heading(ui, &format!("eigenvector {}", eigen.rank).replace('-', "−"));
                eigenvalue(ui, "v", eigen);
            }
            curve_numbers(ui, curve);
        }
    });
    ui.add_space(4.0);
    for note in &about.notes {
        ui.add(egui::Label::new(RichText::new(plain(note)).small().weak()).wrap());
    }
    ui.label(RichText::new(format!("{} on {}", progress::words(&line.phase), about.device)).small().weak());
}

fn curve_numbers(ui: &mut Ui, curve: &CurveView) {
    let s = &curve.summary;
    number(ui, if curve.ends[1].is_some() { "‖B − A‖" } else { "‖d‖" }, theme::value(s.distance));
    if curve.ends[1].is_some() {
        let cosine = s.gradient_cosine.map_or("–".into(), |c| format!("{c:+.6}").replace('-', "−"));
        number(ui, "cos(∇L(A), ∇L(B))", cosine);
    }
    if let (Some(test), true) = (&s.test, curve.ends[1].is_some()) {
        heading(ui, "minima");
        number(ui, "of the training loss", minimum(&s.train));
        number(ui, "of the test loss", minimum(test));
        let signed = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:+.4}").replace('-', "−"));
        number(ui, "shift in α", signed(s.shift.map(|s| s.alpha)));
        number(ui, "  as a distance", signed(s.shift.map(|s| s.distance)));
    }
    summary(ui, "training loss", &s.train, curve.ends[1].is_some());
    if let Some(test) = &s.test {
        summary(ui, "test loss", test, curve.ends[1].is_some());
    }
}

/// Where a curve has its minimum.
fn minimum(c: &CurveSummary) -> String {
    let Some(lowest) = c.lowest else { return "–".into() };
    let words = match c.minimum {
        Some(alpha) if alpha < 0.0 => format!("α {alpha:.4}, beyond A"),
        Some(alpha) if alpha > 1.0 => format!("α {alpha:.4}, beyond B"),
        Some(alpha) => format!("α {alpha:.4}"),
        // The end of what was measured.
        None => format!("at {:.2} or further", lowest.alpha),
    };
    words.replace('-', "−")
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
    let one = |slope: Option<Slope>| slope.map_or("–".into(), |s| format!("{:+.4}", s.per_alpha).replace('-', "−"));
    number(ui, &format!("slopes at {end}"), format!("{} | {}", one(s.left), one(s.right)));
    let flatter = match s.flatter {
        Some(Side::Left) => "left",
        Some(Side::Right) => "right",
        None => return,
    };
    number(ui, "  flatter side", flatter.into());
}

fn band(ui: &mut Ui, found: &LineShown, loss: &Band) {
    number(ui, "directions", loss.curves.to_string());
    let lengths = found.curves.iter().map(|c| c.distance);
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
