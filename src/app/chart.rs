//! A panel of a figure, drawn in the window: what is seen is what is saved.

use egui::{Align2, Color32, FontId, Response, RichText, Stroke, Ui, Vec2, pos2, vec2};
use egui_plot::{Bar, BarChart, HLine, Line, LineStyle, Plot, PlotBounds, PlotPoint, Points, Polygon, VLine};

use super::{
    marks::{self, Mark},
    theme,
};
use crate::figure::{Kind, Panel, Series};

/// Room for the numbers at the left.
const Y_AXIS_WIDTH: f32 = 46.0;
/// Room for half a number at the right.
const OVERHANG: f32 = 10.0;
/// A logarithmic axis shows at most so many decades below the largest value.
const DECADES: f64 = 9.0;
/// Beyond so many points for each point of the screen, of every column only what stands out is drawn.
const DENSE: usize = 4;

/// Draws a panel in the room given. Its title and its legend are the caller's, see [`legend`].
pub fn show(ui: &mut Ui, id: &str, panel: &Panel, size: Vec2) -> Response {
    let log = panel.log_y;
    let (x, y) = (x_range(panel), y_range(panel));
    let columns = size.x.max(40.0) as usize;
    let weak = ui.visuals().weak_text_color();
    let inks: Vec<Color32> = panel.series.iter().map(|s| theme::ink(ui, s.color)).collect();
    let mut plot = Plot::new(("chart", id.to_owned()))
        // The number at the right end of the axis reaches beyond it.
        .width(size.x - OVERHANG)
        .height(size.y)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .y_axis_min_width(Y_AXIS_WIDTH)
        .x_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .y_axis_formatter(move |mark, _| theme::axis_number(mark, log))
        .x_grid_spacer(|input| theme::round_marks(&input, false, 62.0))
        .y_grid_spacer(move |input| theme::round_marks(&input, log, 30.0))
        .grid_color(weak.gamma_multiply(0.45))
        .grid_spacing(theme::GRID)
        .label_formatter(move |at| {
            let (name, p) = match at {
                egui_plot::HoverPosition::NearDataPoint { plot_name, position, .. } => (*plot_name, position),
                egui_plot::HoverPosition::Elsewhere { position } => ("", position),
            };
            let y = if log { 10f64.powf(p.y) } else { p.y };
            Some(format!("{name}\n{}, {}", theme::value(p.x), theme::value(y)).trim().to_owned())
        })
        .set_margin_fraction(Vec2::ZERO);
    if !panel.x_label.is_empty() {
        plot = plot.x_axis_label(theme::markup_job(&panel.x_label, FontId::proportional(11.0), weak));
    }
    if !panel.y_label.is_empty() {
        plot = plot.y_axis_label(theme::markup_job(&panel.y_label, FontId::proportional(11.0), weak));
    }
    let shown = plot.show(ui, |p| {
        p.set_plot_bounds(PlotBounds::from_min_max([x.0, y.0], [x.1, y.1]));
        for guide in panel.guides.iter().filter_map(|g| placed(g.value, log)) {
            p.hline(HLine::new("", guide).color(weak).style(LineStyle::dashed_dense()).allow_hover(false));
        }
        for marker in &panel.markers {
            p.vline(VLine::new("", marker.x).color(weak).style(LineStyle::dashed_dense()).allow_hover(false));
        }
        for (series, color) in panel.series.iter().zip(&inks) {
            draw(p, series, *color, log, columns);
        }
    });
    let painter = ui.painter().with_clip_rect(*shown.transform.frame());
    let rect = *shown.transform.frame();
    let at = |x: f64, y: f64| shown.transform.position_from_point(&PlotPoint::new(x, y));
    let ground = ui.visuals().extreme_bg_color;
    for (series, color) in panel.series.iter().zip(&inks) {
        let mark = match series.kind {
            Kind::Star => Mark::Star,
            Kind::Hollow => Mark::Hollow,
            _ => continue,
        };
        for [x, y] in series.curve.points() {
            if let Some(y) = placed(y, log) {
                marks::mark(&painter, at(x, y), mark, *color, ground);
            }
        }
    }
    for tag in &panel.tags {
        if let Some(y) = placed(tag.y, log) {
            marks::name(&painter, rect, at(tag.x, y), &tag.label, ui.visuals().text_color(), ground);
        }
    }
    let font = FontId::proportional(11.0);
    for guide in panel.guides.iter().filter(|g| !g.label.is_empty()) {
        let Some(y) = placed(guide.value, log) else { continue };
        let words = painter.layout_job(theme::markup_job(&guide.label, font.clone(), weak));
        painter.galley(pos2(rect.right() - words.size().x - 4.0, at(x.0, y).y - words.size().y - 1.0), words, weak);
    }
    for (k, marker) in panel.markers.iter().filter(|m| !m.label.is_empty()).enumerate() {
        // One under the other, so that near ones do not cover each other.
        let place = at(marker.x, y.1) + vec2(3.0, 2.0 + 12.0 * k as f32);
        let is_right = place.x > rect.center().x;
        let (anchor, place) =
            if is_right { (Align2::RIGHT_TOP, place - vec2(6.0, 0.0)) } else { (Align2::LEFT_TOP, place) };
        painter.text(place, anchor, &marker.label, font.clone(), ui.visuals().text_color());
    }
    if panel.series.iter().all(|s| s.curve.is_empty()) && !panel.when_empty.is_empty() {
        painter.text(rect.center(), Align2::CENTER_CENTER, &panel.when_empty, font, weak);
    }
    shown.response
}

/// What the colours of a panel mean, in a line.
pub fn legend(ui: &mut Ui, panel: &Panel) {
    let named = panel.series.iter().filter(|s| s.in_legend).map(|s| (&s.name, s.color, s.kind));
    let keys = panel.key.iter().map(|k| (&k.name, k.color, k.kind));
    let entries: Vec<_> = named.chain(keys).collect();
    if entries.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (name, color, kind) in entries {
            let words = RichText::new(name).small();
            let width = ui.painter().layout_no_wrap(name.clone(), FontId::proportional(11.0), Color32::WHITE).size().x;
            // Sample and name stay together.
            if ui.available_size_before_wrap().x < width + 30.0 {
                ui.end_row();
            }
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 14.0), egui::Sense::hover());
            let (painter, ink) = (ui.painter(), theme::ink(ui, color));
            let (left, right) = (rect.left_center(), rect.right_center());
            match kind {
                Kind::Dashed | Kind::Dotted => {
                    let dash = if kind == Kind::Dashed { 5.0 } else { 2.0 };
                    painter.extend(egui::Shape::dashed_line(&[left, right], Stroke::new(1.8, ink), dash, 2.5));
                }
                Kind::Line | Kind::Thin => drop(painter.line_segment([left, right], Stroke::new(1.8, ink))),
                Kind::Star => marks::mark(painter, rect.center(), Mark::Star, ink, ui.visuals().panel_fill),
                Kind::Hollow => marks::mark(painter, rect.center(), Mark::Hollow, ink, ui.visuals().panel_fill),
                Kind::Points | Kind::Dots => drop(painter.circle_filled(rect.center(), 3.5, ink)),
                Kind::Bars | Kind::Area => drop(painter.rect_filled(rect.shrink2(vec2(3.0, 1.0)), 1.0, ink)),
            }
            ui.add(egui::Label::new(words).truncate());
            ui.add_space(6.0);
        }
    });
}

/// Where a value is drawn; `None` where it has no place.
fn placed(value: f64, log: bool) -> Option<f64> {
    let y = if log { value.log10() } else { value };
    y.is_finite().then_some(y)
}

fn draw(p: &mut egui_plot::PlotUi<'_>, series: &Series, color: Color32, log: bool, columns: usize) {
    let name = || series.name.clone();
    for line in &series.curve.lines {
        let points: Vec<[f64; 2]> = line.iter().filter_map(|[x, y]| Some([*x, placed(*y, log)?])).collect();
        if points.is_empty() {
            continue;
        }
        let stroke = |width: f32, style| {
            let points = thinned(&points, columns);
            // Steps have two points at one place, which are no band.
            Line::new(name(), points).stroke(Stroke::new(width, color)).style(style).allow_band(false)
        };
        match series.kind {
            Kind::Line => p.line(stroke(1.7, LineStyle::Solid)),
            Kind::Thin => p.line(stroke(1.0, LineStyle::Solid).allow_hover(false)),
            Kind::Dashed => p.line(stroke(1.7, LineStyle::Dashed { length: 6.0 })),
            Kind::Dotted => p.line(stroke(1.2, LineStyle::Dotted { spacing: 4.5 })),
            Kind::Points => p.points(Points::new(name(), points).color(color).radius(3.5)),
            Kind::Dots => p.points(Points::new(name(), points).color(color).radius(1.8)),
            Kind::Bars => {
                let gap =
                    points.windows(2).map(|w| w[1][0] - w[0][0]).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
                let width = if gap.is_finite() { 0.75 * gap } else { 0.5 };
                let bars = points.iter().map(|[x, y]| Bar::new(*x, *y).width(width)).collect();
                p.bar_chart(BarChart::new(name(), bars).color(color));
            }
            Kind::Area => {
                p.polygon(Polygon::new("", points).fill_color(color).stroke(Stroke::NONE).allow_hover(false));
            }
            Kind::Hollow | Kind::Star => {}
        }
    }
}

/// First, least, greatest and last of every column, where there are many points.
fn thinned(points: &[[f64; 2]], columns: usize) -> Vec<[f64; 2]> {
    if points.len() <= DENSE * columns {
        return points.to_vec();
    }
    let mut out = Vec::with_capacity(DENSE * columns);
    for part in points.chunks(points.len().div_ceil(columns)) {
        let by = |a: &usize, b: &usize| part[*a][1].total_cmp(&part[*b][1]);
        let (low, high) = ((0..part.len()).min_by(by), (0..part.len()).max_by(by));
        let mut of_part: Vec<usize> = [Some(0), low, high, Some(part.len() - 1)].into_iter().flatten().collect();
        of_part.sort_unstable();
        of_part.dedup();
        out.extend(of_part.into_iter().map(|k| part[k]));
    }
    out
}

fn x_range(panel: &Panel) -> (f64, f64) {
    panel.x_range.unwrap_or_else(|| {
        let xs = panel.series.iter().flat_map(|s| s.curve.points()).map(|p| p[0]);
        spanned(xs, 0.03).unwrap_or((0.0, 1.0))
    })
}

/// In the plot's own units: exponents on a logarithmic axis.
fn y_range(panel: &Panel) -> (f64, f64) {
    if let Some((low, high)) = panel.y_range
        && let (Some(low), Some(high)) = (placed(low, panel.log_y), placed(high, panel.log_y))
    {
        return (low, high);
    }
    let (from, to) = x_range(panel);
    let inside = panel.series.iter().flat_map(|s| s.curve.points()).filter(|p| (from..=to).contains(&p[0]));
    let ys = inside.filter_map(|p| placed(p[1], panel.log_y));
    let guides = panel.guides.iter().filter_map(|g| placed(g.value, panel.log_y));
    let (mut low, high) = spanned(ys.chain(guides), 0.08).unwrap_or((0.0, 1.0));
    if panel.log_y {
        low = low.max(high - DECADES);
    }
    if panel.from_zero && !panel.log_y && low < 0.0 {
        // The margin alone went below.
        let least = panel.series.iter().flat_map(|s| s.curve.points()).map(|p| p[1]).fold(0.0, f64::min);
        low = if least < 0.0 { low } else { 0.0 };
    } else if panel.from_zero && !panel.log_y {
        low = 0.0;
    }
    (low, high)
}

/// What values cover, and a share more at both ends.
fn spanned(values: impl Iterator<Item = f64>, margin: f64) -> Option<(f64, f64)> {
    let finite = values.filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    // A flat line gets a range in proportion to its height.
    let size = high.abs().max(low.abs());
    let is_flat = high - low <= 1e-9 * size;
    let more = if is_flat { if size > 0.0 { 0.2 * size } else { 1.0 } } else { margin * (high - low) };
    (low <= high).then_some((low - more, high + more))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{figure::Color, history::Curve};

    fn panel(points: &[[f64; 2]], log_y: bool, from_zero: bool) -> Panel {
        let color = Color { r: 0, g: 0, b: 0 };
        let curve = Curve::through(points.iter().copied());
        let series = vec![Series { name: "a".into(), in_legend: true, color, kind: Kind::Line, curve }];
        Panel { series, log_y, from_zero, ..Panel::default() }
    }

    #[test]
    fn ranges_cover_what_has_a_place() {
        let (low, high) = y_range(&panel(&[[0.0, 1.0], [1.0, 100.0], [2.0, -5.0]], true, false));
        assert!((low + 0.16).abs() < 1e-9 && (high - 2.16).abs() < 1e-9, "{low} {high}");
        let (low, _) = y_range(&panel(&[[0.0, 1.0], [1.0, 3.0]], false, true));
        assert_eq!(low, 0.0);
        let (low, _) = y_range(&panel(&[[0.0, -1.0], [1.0, 3.0]], false, true));
        assert!(low < -1.0, "what is below zero is not cut off: {low}");
        assert_eq!(y_range(&panel(&[], false, false)), (0.0, 1.0));
    }

    #[test]
    fn a_spike_survives_thinning() {
        let mut points: Vec<[f64; 2]> = (0..10_000).map(|k| [f64::from(k), 0.0]).collect();
        points[4321][1] = 9.0;
        let thin = thinned(&points, 100);
        assert!(thin.len() <= 400 && thin.contains(&[4321.0, 9.0]));
        assert!(thin.first() == points.first() && thin.last() == points.last());
        assert!(thin.windows(2).all(|w| w[0][0] < w[1][0]));
    }
}
