//! Beside the slices of a valley: the share of asymmetric directions, the histogram of c, and the numbers.

use egui::{RichText, Ui, vec2};

use super::{
    fields::{heading, number},
    norm_switch, progress,
};
use crate::{
    app::{
        action::Actions,
        chart::{self, Hover, Interaction},
        desk::Desk,
        kinds::valley::{ValleyShown, Valleys},
        plain::plain,
        theme,
    },
    figure::valley_histogram,
    survey::Side,
    valley::{SamGap, Share, Verdict},
};

/// Draws the column.
pub fn ui(ui: &mut Ui, desk: &Desk, actions: &mut Actions) {
    let valleys = desk.surveys.of::<Valleys>();
    let Some((entry, found)) = valleys.found() else { return };
    let about = &found.about;
    norm_switch::heading(ui, valleys, entry, about, actions);
    if let Some(share) = found.report.share() {
        share_ui(ui, &share);
    }
    egui::Grid::new("valley numbers").num_columns(2).spacing([8.0, 2.0]).show(ui, |ui| numbers(ui, found));
    ui.add_space(4.0);
    for note in &about.notes {
        ui.add(egui::Label::new(RichText::new(plain(note)).small().weak()).wrap());
    }
    ui.label(RichText::new(format!("{} on {}", progress::words(&entry.phase), about.device)).small().weak());
}

fn share_ui(ui: &mut Ui, share: &Share) {
    let a = share.asymmetric;
    let words = format!("{} of {} random directions asymmetric", a.successes, a.runs);
    ui.label(RichText::new(words).strong());
    let percent = |x: f64| format!("{:.1} %", 100.0 * x);
    let words = format!("{}, 95 % interval {} to {}", percent(a.rate()), percent(a.low), percent(a.high));
    ui.label(RichText::new(words).small());
    let o = share.others;
    let others =
        [("balanced", o.balanced), ("falling", o.falling), ("too flat", o.too_flat), ("not finite", o.not_finite)];
    let words: Vec<String> = others.iter().filter(|o| o.1 > 0).map(|(name, n)| format!("{n} {name}")).collect();
    if !words.is_empty() {
        ui.label(RichText::new(format!("not: {}", words.join(", "))).small().weak());
    }
    if a.successes > 0 {
        histogram(ui, share);
    }
}

/// How many of the asymmetric directions have which c; the axis is logarithmic.
fn histogram(ui: &mut Ui, share: &Share) {
    let mut panel = valley_histogram(share);
    // The axis has c itself.
    for point in panel.series.iter_mut().flat_map(|s| &mut s.curve.lines).flatten() {
        point[0] *= std::f64::consts::LOG10_2;
    }
    panel.x_range = share.c.edges().last().map(|end| (0.0, end.log10()));
    panel.x_label = "c".into();
    panel.y_label.clear();
    let how = Interaction {
        hover: Hover::At(None),
        x_powers: true,
        y_width: 24.0,
        apart: [30.0, 26.0],
        ..Interaction::default()
    };
    let size = vec2(ui.available_width(), 110.0);
    chart::show(ui, "histogram of c", &panel, size, &how).named("Histogram of c");
}

fn numbers(ui: &mut Ui, found: &ValleyShown) {
    let report = &found.report;
    let known = |x: Option<f64>| x.map_or("–".into(), theme::value);
    if let Some(train) = report.train {
        number(ui, "L(w) training", theme::value(train.loss));
    }
    if let Some(test) = report.test {
        number(ui, "L(w) test", theme::value(test.loss));
    }
    if let Some(noise) = report.noise {
        number(ui, "relative rounding", format!("{noise:.1e}").replace('-', "−"));
    }
    for s in &report.sharpness {
        heading(ui, &format!("expected sharpness, δ = {}", s.spec.delta));
        let Some(e) = &s.estimate else { continue };
        number(ui, "mean rise", e.mean.map_or("–".into(), short));
        number(ui, "± standard error", e.standard_error.map_or("–".into(), short));
        number(ui, "draws", format!("{} of {}", e.finite + e.not_finite, s.spec.draws));
        if e.not_finite > 0 {
            number(ui, "not finite", e.not_finite.to_string());
        }
    }
    for g in &report.gaps {
        heading(ui, &format!("SAM gap, ρ = {}", g.spec.rho()));
        number(ui, "‖∇L(w)‖", known(g.gradient_norm));
        number(ui, "one step", known(g.gap.as_ref().and_then(SamGap::one_step_gap)));
        let made = g.gap.as_ref().and_then(SamGap::ascent).map_or(0, |a| a.steps);
        let name = format!("{made} of {} steps", g.spec.steps());
        number(ui, &name, known(g.gap.as_ref().and_then(SamGap::ascent_gap)));
    }
    let Some((direction, shown)) = found.shown() else { return };
    heading(ui, &shown.name);
    number(ui, "‖u‖ at ℓ = 1", known(shown.length));
    if shown.origin != 0.0 {
        number(ui, "w at ℓ =", theme::value(shown.origin));
    }
    match &shown.verdict {
        Some(Verdict::Asymmetric(a)) => {
            number(ui, "c", format!("{:.4} ± {:.4}", a.c, a.error));
            number(ui, "p", format!("{} at {:.3}", theme::value(a.p), a.p_at).replace('-', "−"));
            number(ui, "c p", format!("{} at {:.3}", theme::value(a.steep), a.steep_at).replace('-', "−"));
            number(ui, "flat side", if a.flat == Side::Left { "left" } else { "right" }.into());
        }
        Some(Verdict::NotAsymmetric { reason }) => {
            // Long, and the only words of its row.
            ui.label(RichText::new("not asymmetric").small());
            let words = reason.to_string().replace('-', "−").replace(", ", ",\n");
            ui.add(egui::Label::new(RichText::new(words).small()).wrap());
            ui.end_row();
        }
        None => number(ui, "verdict", "not yet".into()),
    }
    let Some(Some(outcome)) = found.shift(direction).map(|s| s.outcome.as_ref()) else { return };
    heading(ui, "test against training loss");
    match outcome {
        Ok(s) => {
            let end = if s.at_end { ", the end of what was tried" } else { "" };
            number(ui, "shift δ", format!("{}{end}", theme::value(s.delta)));
            number(ui, "gap ξ", theme::value(s.gap));
            number(ui, "  without a shift", theme::value(s.unshifted_gap));
            number(ui, "height", theme::value(s.height));
        }
        Err(why) => {
            ui.label(RichText::new("no shift").small());
            ui.add(egui::Label::new(RichText::new(why).small()).wrap());
            ui.end_row();
        }
    }
}

/// Three digits: as many as a standard error leaves.
fn short(x: f64) -> String {
    if !x.is_finite() {
        return theme::value(x);
    }
    let text = if x == 0.0 || (1e-3..1e4).contains(&x.abs()) {
        let digits = (2 - x.abs().max(1e-3).log10().floor() as i32).clamp(0, 5) as usize;
        format!("{x:.digits$}")
    } else {
        format!("{x:.2e}")
    };
    text.replace('-', "−")
}
