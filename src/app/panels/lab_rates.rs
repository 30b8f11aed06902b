//! Rates of success as bars with their intervals.

use egui::{Color32, FontId, RichText, Sense, Stroke, Ui, pos2, vec2};

use crate::{
    app::{
        lab::{Lab, runs::Found, summary::Summary},
        theme,
    },
    figure::colors::dynamics_color,
};

/// A bar for every rule with Wilson's interval; a click shows one rule alone.
pub fn ui(ui: &mut Ui, lab: &mut Lab, found: &Found) {
    let rule = lab.setup.rule;
    ui.label(RichText::new(format!("Success, by the rule \"{rule}\"")).small().strong());
    for s in &found.summaries {
        let p = s.success(rule);
        let color = theme::ink(ui, dynamics_color(s.kind()));
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 19.0), Sense::click());
        let [rate, low, high] = [p.rate(), p.low, p.high].map(|x| format!("{:.1}", 100.0 * x));
        let name =
            format!("{}: {rate} %, 95 % interval {low} to {high} %, {} of {} runs", s.kind(), p.successes, p.runs);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if response.clicked() {
            lab.only = if lab.only == Some(s.kind()) { None } else { Some(s.kind()) };
        }
        let is_faint = lab.only.is_some_and(|k| k != s.kind());
        bar(ui, rect, s, [p.rate(), p.low, p.high], if is_faint { color.gamma_multiply(0.35) } else { color });
        let median = s.median.map_or("none arrived".into(), |m| format!("median first passage {m:.0}"));
        let mean = theme::value(s.mean_trace);
        response.on_hover_text(format!("{name}\n{median}, mean Tr(HΣ) {mean}\nClick: show where this rule's runs end"));
    }
    ui.add_space(4.0);
}

fn bar(ui: &Ui, rect: egui::Rect, s: &Summary, [rate, low, high]: [f64; 3], color: Color32) {
    let painter = ui.painter();
    let (ink, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let font = FontId::proportional(12.0);
    painter.text(rect.left_center(), egui::Align2::LEFT_CENTER, s.kind().to_string(), font, ink);
    let track = egui::Rect::from_min_max(
        pos2(rect.left() + 66.0, rect.top() + 3.0),
        pos2(rect.right() - 56.0, rect.bottom() - 3.0),
    );
    painter.rect_filled(track, 2.0, weak.gamma_multiply(0.18));
    let x = |share: f64| track.left() + track.width() * share.clamp(0.0, 1.0) as f32;
    if rate.is_finite() {
        painter.rect_filled(track.with_max_x(x(rate)), 2.0, color);
        let middle = track.center().y;
        painter.hline(x(low)..=x(high), middle, Stroke::new(1.6, ink));
        for end in [low, high] {
            painter.vline(x(end), middle - 4.0..=middle + 4.0, Stroke::new(1.6, ink));
        }
    }
    let words = if rate.is_finite() { format!("{:.1} %", 100.0 * rate) } else { "…".into() };
    painter.text(rect.right_center(), egui::Align2::RIGHT_CENTER, words, FontId::monospace(11.5), ink);
}
