//! The plots of an escape table: histograms of exit steps, and the mean over ρ.

use egui::{Color32, RichText, Stroke, Ui};
use egui_plot::{Bar, BarChart, Line, Plot, Points};

use crate::{
    app::theme,
    figure::{STAYED, colors, escape_top, mean_curve, mean_with_interval, method_color},
    valley::{Escape, Exits},
};

/// Room for the numbers at the left, the same for all plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 34.0;
/// Room for the numbers and the label of the x-axis under the last plot.
const X_AXIS: f32 = 34.0;

/// A histogram per method, under each other with one x-axis.
pub fn histograms(ui: &mut Ui, table: &Escape, height: f32) {
    let methods = &table.spec().methods;
    let top = escape_top(table).log10();
    let each = (height - X_AXIS) / methods.len() as f32 - ui.spacing().item_spacing.y;
    for (index, (method, exits)) in table.cells().enumerate() {
        let is_last = index + 1 == methods.len();
        let color = theme::color(method_color(methods, index));
        let place = Place { height: each + if is_last { X_AXIS } else { 0.0 }, is_last, top };
        histogram(ui, &method.title(), exits, color, place);
    }
}

/// Where a histogram stands.
struct Place {
    height: f32,
    /// The lowest one carries the x-axis for all.
    is_last: bool,
    /// Where the x-axis ends, as a power of ten.
    top: f64,
}

fn histogram(ui: &mut Ui, title: &str, exits: &Exits, color: Color32, place: Place) {
    let Place { height, is_last, top } = place;
    let histogram = exits.histogram();
    let bars = histogram.edges().windows(2).zip(histogram.counts()).filter(|(_, count)| **count > 0);
    let bars: Vec<Bar> = bars
        .map(|(edges, count)| {
            let (low, high) = (edges[0].log10(), edges[1].log10());
            let bar = Bar::new(f64::midpoint(low, high), *count as f64).width(0.92 * (high - low));
            bar.fill(color.gamma_multiply(0.8))
        })
        .collect();
    let limit = (exits.limit() as f64).log10();
    let grey = theme::color(colors::GD).gamma_multiply(0.8);
    let mut plot = Plot::new(("escape histogram", title))
        .height(height)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .show_axes([is_last, true])
        .y_axis_min_width(Y_AXIS_WIDTH)
        .include_y(0.0)
        .include_y(1.0)
        .include_x(-0.08)
        .include_x(top + 2.0 * STAYED)
        .grid_color(ui.visuals().weak_text_color().gamma_multiply(0.45))
        .x_grid_spacer(|input| theme::round_marks(&input, true, 56.0))
        .y_grid_spacer(|input| theme::round_marks(&input, false, 26.0))
        .grid_spacing(theme::GRID)
        .x_axis_formatter(|mark, _| theme::axis_number(mark, true))
        .y_axis_formatter(|mark, _| if mark.value.fract() == 0.0 { format!("{}", mark.value) } else { String::new() })
        .set_margin_fraction(egui::vec2(0.0, 0.16));
    if is_last {
        plot = plot.x_axis_label("steps until the run left");
    }
    let response = plot.show(ui, |p| {
        p.bar_chart(BarChart::new("", bars).color(color).allow_hover(false));
        if exits.censored() > 0 {
            let bar = Bar::new(limit + STAYED, exits.censored() as f64).width(STAYED * 0.8).fill(grey);
            p.bar_chart(BarChart::new("", vec![bar]).color(grey).allow_hover(false));
        }
    });
    let rect = response.response.rect;
    let words = format!("{title}: {} of {} left", exits.exited().len(), exits.runs());
    let stayed = if exits.censored() > 0 { format!(", {} stayed", exits.censored()) } else { String::new() };
    let words = format!("{words}{stayed}");
    let painter = ui.painter().with_clip_rect(rect);
    let ink = ui.visuals().strong_text_color();
    let galley = painter.layout_no_wrap(words.clone(), egui::FontId::proportional(11.0), ink);
    let at = egui::pos2(rect.right() - galley.rect.width() - 6.0, rect.top() + 3.0);
    painter.rect_filled(
        galley.rect.translate(at.to_vec2()).expand(2.0),
        3.0,
        ui.visuals().extreme_bg_color.gamma_multiply(0.8),
    );
    painter.galley(at, galley, ink);
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("Exit steps of {words}")));
}

/// Mean exit steps over ρ on a logarithmic axis, with 95 % intervals; hollow where it is a lower bound.
pub fn means(ui: &mut Ui, table: &Escape, threshold: f64, height: f32) {
    let methods = &table.spec().methods;
    let weak = ui.visuals().weak_text_color();
    let title = format!("Mean steps until the accuracy is below {} %, 95 % intervals", (1e6 * threshold).round() / 1e4);
    ui.label(RichText::new(title).small().strong());
    let response = Plot::new("escape means")
        .height(height - 20.0)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .y_axis_min_width(48.0)
        .include_y(0.0)
        .include_x(0.0)
        .x_axis_label("radius ρ (SGD at 0)")
        .y_axis_formatter(|mark, _| theme::axis_number(mark, true))
        .x_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .x_grid_spacer(|input| theme::round_marks(&input, false, 70.0))
        .y_grid_spacer(|input| theme::round_marks(&input, true, 36.0))
        .grid_spacing(theme::GRID)
        .grid_color(weak.gamma_multiply(0.45))
        .set_margin_fraction(egui::vec2(0.08, 0.08))
        .show(ui, |p| {
            for (kind, _) in table.trends() {
                let line: Vec<[f64; 2]> = mean_curve(table, kind).into_iter().map(|[x, y]| [x, y.log10()]).collect();
                p.line(Line::new("", line).stroke(Stroke::new(1.0, weak)).allow_hover(false));
            }
            for (index, (method, exits)) in table.cells().enumerate() {
                let Some((mean, interval)) = mean_with_interval(exits) else { continue };
                let color = theme::color(method_color(methods, index));
                if let Some(i) = interval {
                    let line = vec![[method.rho, i.low.log10()], [method.rho, i.high.log10()]];
                    p.line(Line::new("", line).stroke(Stroke::new(2.0, color)).allow_hover(false));
                }
                let point = Points::new("", vec![[method.rho, mean.log10()]]).color(color).radius(4.5);
                p.points(point.filled(exits.censored() == 0).allow_hover(false));
            }
        });
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Mean exit steps over the radius"));
}
