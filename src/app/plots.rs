//! One plot of the walk: curves of all shown runs over iterations, decimated to the pixel, with the shared x-axis.

use egui::{Color32, RichText, Stroke, Ui};
use egui_plot::{GridMark, HLine, Line, LineStyle, Plot, PlotBounds, PlotPoint, Points, VLine};

use super::{
    action::{Action, Actions},
    export::Content,
    icon::{self, Icon},
    marks::{self, Mark},
    store::{Run, Store},
    theme,
    view::View,
};
use crate::{
    figure::{Theme, WALK_PANELS, colors, walk_figure_with},
    history::{History, Quantity},
};

/// A fixed horizontal line.
#[derive(Clone, Copy, Debug)]
pub struct Guide {
    pub at: f64,
}

/// What a plot draws.
#[derive(Clone, Copy, Debug)]
pub struct PlotSpec {
    pub title: &'static str,
    /// Its place in the exported figure.
    pub panel: usize,
    pub quantities: &'static [Quantity],
    /// Share of the panel's height.
    pub share: f64,
    pub guides: &'static [Guide],
    /// Fixed vertical range, when the quantity has one.
    pub y: Option<(f64, f64)>,
    /// Whether the logarithmic switch means this plot.
    pub log: bool,
}

/// Where a plot stands in its panel.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub height: f32,
    /// The lowest plot carries the x-axis for all.
    pub is_last: bool,
    /// The iteration under the pointer, in whichever plot.
    pub hover: Option<f64>,
}

/// Up to this many iterations in view, each gets its vertical line.
const ITERATION_LINES: f64 = 60.0;
/// Room for the numbers at the left, the same for all plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 64.0;

struct Drawn {
    lines: Vec<Vec<[f64; 2]>>,
    color: Color32,
    quantity: Quantity,
    name: String,
}

/// Draws the plot; returns the iteration under the pointer.
pub fn show(
    ui: &mut Ui,
    spec: &PlotSpec,
    store: &Store,
    view: &mut View,
    place: Place,
    actions: &mut Actions,
) -> Option<f64> {
    let Place { height, is_last, hover } = place;
    let log = spec.log && view.log_y;
    let columns = ui.available_width().max(64.0) as usize;
    let (x_min, x_max) = view.range;
    let several = store.shown().count() > 1;
    let mut non_finite = 0;
    let mut drawn = Vec::new();
    for (run, history) in store.shown() {
        for &quantity in spec.quantities {
            let curve = history.curve(quantity, x_min, x_max, columns);
            non_finite += curve.non_finite;
            let lines = if log { to_log(curve.lines) } else { curve.lines };
            let color = match quantity {
                // Two orange floors could not be told apart; in an overlay the dashes alone mean the floor.
                Quantity::FLOOR if several => theme::color(run.color),
                Quantity::FLOOR => theme::color(colors::FLOOR),
                Quantity::BARRIER => theme::color(colors::BARRIER),
                _ => theme::color(run.color),
            };
            let name =
                // In an overlay the legend names the runs, once each; what has no name is not in it.
                match quantity {
                    Quantity::SLICE if several => run.label.clone(),
                    _ if several => String::new(),
                    _ => quantity.name().to_string(),
                };
            drawn.push(Drawn { lines, color, quantity, name });
        }
    }
    let y = spec.y.unwrap_or_else(|| fitted(&drawn, (x_min, x_max)));

    let top = ui.cursor().min;
    let mut plot = Plot::new(spec.title)
        .height(height)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        // Zooming is done below, for all plots together.
        .allow_zoom([false, !view.fit_y])
        .allow_drag([true, !view.fit_y])
        .allow_double_click_reset(false)
        .allow_boxed_zoom(true)
        .show_axes([is_last, true])
        .y_axis_min_width(Y_AXIS_WIDTH)
        .x_grid_spacer(move |input| iteration_grid(input.bounds))
        .y_axis_formatter(move |mark, _| theme::axis_number(mark, log))
        .x_axis_formatter(|mark, _| format!("{}", mark.value.round()))
        .grid_color(ui.visuals().weak_text_color().gamma_multiply(0.45))
        .grid_spacing(egui::Rangef::new(12.0, 90.0))
        .set_margin_fraction(egui::Vec2::ZERO);
    if is_last {
        plot = plot.x_axis_label("iteration");
    }
    let fit = view.fit_y;
    let changes: Vec<f64> = store.shown().flat_map(|(_, h)| h.changes()).map(|c| c.t as f64).collect();
    let line_color = ui.visuals().weak_text_color();
    let forks: Vec<Fork> = store.shown().filter_map(|(run, history)| Fork::of(run, history, spec, log)).collect();
    let legend = is_first(spec) && several;
    if legend {
        plot = plot.legend(egui_plot::Legend::default().position(egui_plot::Corner::RightTop));
    }
    let response = plot.show(ui, |p| {
        let bounds = p.plot_bounds();
        let (y0, y1) = if fit { y } else { (bounds.min()[1], bounds.max()[1]) };
        p.set_plot_bounds(PlotBounds::from_min_max([x_min, y0], [x_max, y1]));
        for g in spec.guides {
            p.hline(HLine::new("", g.at).color(line_color).style(LineStyle::dotted_dense()).allow_hover(false));
        }
        // Nameless, or every change would get an entry in the legend; the words are in the read-out.
        for t in &changes {
            p.vline(VLine::new("", *t).color(line_color).style(LineStyle::dashed_dense()).allow_hover(false));
        }
        for f in &forks {
            p.vline(VLine::new("", f.t).color(f.color.gamma_multiply(0.75)).width(1.0).allow_hover(false));
        }
        if let Some(x) = hover {
            p.vline(VLine::new("", x).color(line_color.gamma_multiply(0.7)).width(1.0).allow_hover(false));
        }
        for d in drawn {
            for line in d.lines {
                match d.quantity {
                    Quantity::BARRIER => p.points(Points::new(d.name.clone(), line).color(d.color).radius(3.0)),
                    Quantity::FLOOR => p.line(
                        Line::new(d.name.clone(), line)
                            .stroke(Stroke::new(1.6, d.color))
                            .style(LineStyle::Dashed { length: 6.0 })
                            .allow_hover(false),
                    ),
                    _ => p.line(Line::new(d.name.clone(), line).stroke(Stroke::new(1.7, d.color)).allow_hover(false)),
                }
            }
        }
        p.pointer_coordinate()
    });

    let painter = ui.painter().with_clip_rect(response.response.rect);
    for f in &forks {
        let at = |y: f64| response.transform.position_from_point(&PlotPoint::new(f.t, y));
        if let Some(y) = f.loss {
            marks::mark(&painter, at(y), Mark::Hollow, f.color, ui.visuals().panel_fill);
            let top = egui::pos2(at(y).x + 4.0, response.response.rect.top() + 22.0);
            let ink = ui.visuals().text_color();
            marks::name(&painter, response.response.rect, top, "fork", ink, ui.visuals().panel_fill);
        }
    }
    let bounds = response.transform.bounds();
    let held = (bounds.min()[0], bounds.max()[0]);
    let r = &response.response;
    let moved = (held.0 - x_min).abs() + (held.1 - x_max).abs() > 1e-9 * (x_max - x_min);
    if moved && (r.dragged() || r.drag_stopped_by(egui::PointerButton::Secondary)) {
        view.hold(held);
    }
    if r.double_clicked() {
        view.reset();
    }
    r.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{} plot", spec.title)));
    let pointer = response.inner.filter(|_| r.hovered());
    if let Some(PlotPoint { x, .. }) = pointer {
        let scroll = ui.input(|i| i.smooth_scroll_delta().y + 200.0 * (i.zoom_delta() - 1.0));
        if scroll != 0.0 {
            view.zoom(f64::from(scroll / 200.0).exp(), x);
        }
    }
    overlay(ui, spec, top, r.rect, non_finite, store, view, actions);
    pointer.map(|p| p.x)
}

/// Where a run left another one.
struct Fork {
    t: f64,
    color: Color32,
    /// L there, in the plot that shows it and as that shows it.
    loss: Option<f64>,
}

impl Fork {
    fn of(run: &Run, history: &History, spec: &PlotSpec, log: bool) -> Option<Fork> {
        let t = history.manifest().spec.fork.as_ref()?.step;
        let first = history.slices().first().filter(|s| s.t == t && is_first(spec)).map(|s| s.start());
        let loss = first.map(|l| if log { l.log10() } else { l }).filter(|l| l.is_finite());
        Some(Fork { t: t as f64, color: theme::color(run.color), loss })
    }
}

fn is_first(spec: &PlotSpec) -> bool {
    spec.quantities.contains(&Quantity::SLICE)
}

/// Title, "?" and export, drawn over the plot's corner.
#[expect(clippy::too_many_arguments, reason = "one corner of one plot; a struct for it would be read once")]
fn overlay(
    ui: &mut Ui,
    spec: &PlotSpec,
    top: egui::Pos2,
    rect: egui::Rect,
    non_finite: usize,
    store: &Store,
    view: &View,
    actions: &mut Actions,
) {
    let corner = egui::pos2(rect.left() + Y_AXIS_WIDTH * 0.0 + 6.0, top.y + 2.0);
    let area = egui::Rect::from_min_size(corner, egui::vec2(rect.width() - 12.0, 20.0));
    let mut ui =
        ui.new_child(egui::UiBuilder::new().max_rect(area).layout(egui::Layout::left_to_right(egui::Align::Center)));
    ui.label(RichText::new(spec.title).small().strong());
    let help = ui.small_button("?").on_hover_text("What this shows, and where it comes from");
    help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Explain {}", spec.title)));
    egui::Popup::menu(&help)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| explain(ui, spec, store));
    let export = icon::button(&mut ui, Icon::Save, &format!("Export {}", spec.title), true, 17.0);
    let export = export.on_hover_text("Save this plot: PNG, SVG or CSV");
    if export.clicked() {
        let runs: Vec<(&History, &str, _)> = store.shown().map(|(r, h)| (h, r.label.as_str(), r.color)).collect();
        let figure_theme = if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light };
        let further: &[Quantity] = if spec.panel < WALK_PANELS { &[] } else { spec.quantities };
        let figure = walk_figure_with(&runs, Some(view.range), figure_theme, further).only(spec.panel);
        actions.ask(Action::Export(Box::new(Content::Figure(figure)), spec.title.to_lowercase().replace(' ', "-")));
    }
    if non_finite > 0 {
        ui.label(RichText::new(format!("{non_finite} points are not finite")).small().color(theme::error(&ui)));
    }
}

/// The "?" card: definition, source, and how the numbers in view were measured.
fn explain(ui: &mut Ui, spec: &PlotSpec, store: &Store) {
    ui.set_max_width(420.0);
    for q in spec.quantities {
        ui.label(RichText::new(q.name()).strong());
        ui.label(theme::marked_up(ui, q.label()));
        ui.add(egui::Label::new(theme::marked_up(ui, q.definition())).wrap());
        ui.add_space(6.0);
    }
    ui.separator();
    for (run, history) in store.shown() {
        let m = history.manifest();
        let words = format!(
            "{}: {} over the first {} training images of {}, loss {}, measured on {}, seed {}.",
            run.label, "full training loss", m.train_count, m.spec.data.name, m.spec.loss, m.device, m.spec.seed
        );
        ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
    }
    ui.label(
        RichText::new("Drag to pan, scroll to zoom, right-drag a box, double-click to follow again.").small().weak(),
    );
}

/// The vertical range of what is in view, with a margin.
fn fitted(drawn: &[Drawn], (x_min, x_max): (f64, f64)) -> (f64, f64) {
    let inside = drawn.iter().flat_map(|d| d.lines.iter().flatten()).filter(|p| (x_min..=x_max).contains(&p[0]));
    let (low, high) = inside.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), p| (a.min(p[1]), b.max(p[1])));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = ((high - low) * 0.08).max(high.abs().max(low.abs()) * 1e-6).max(1e-12);
    (low - margin, high + margin)
}

/// log₁₀ of every point; what is not positive has no place and breaks the line.
fn to_log(lines: Vec<Vec<[f64; 2]>>) -> Vec<Vec<[f64; 2]>> {
    let mut out = Vec::new();
    for line in lines {
        for part in line.split(|p| p[1] <= 0.0) {
            if !part.is_empty() {
                out.push(part.iter().map(|p| [p[0], p[1].log10()]).collect());
            }
        }
    }
    out
}

/// A line per iteration while they are few, round numbers beyond.
fn iteration_grid((min, max): (f64, f64)) -> Vec<GridMark> {
    let width = max - min;
    if !(width.is_finite() && width > 0.0) {
        return Vec::new();
    }
    let mut marks = Vec::new();
    let mut step = 10f64.powf((width / 10.0).log10().ceil()).max(1.0);
    if width / step < 4.0 && step >= 10.0 {
        step /= 2.0;
    }
    let mut i = (min / step).ceil();
    while i * step <= max {
        marks.push(GridMark { value: i * step, step_size: step });
        i += 1.0;
    }
    if width <= ITERATION_LINES && step > 1.0 {
        let mut i = min.ceil();
        while i <= max {
            if i % step != 0.0 {
                marks.push(GridMark { value: i, step_size: 1.0 });
            }
            i += 1.0;
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_iterations_have_a_line_each_and_many_have_round_ones() {
        let few = iteration_grid((0.0, 40.0));
        assert_eq!(few.len(), 41);
        let many = iteration_grid((0.0, 1e6));
        assert!((4..=21).contains(&many.len()), "{}", many.len());
        assert!(iteration_grid((0.0, f64::NAN)).is_empty());
    }

    #[test]
    fn what_is_not_positive_breaks_a_logarithmic_line() {
        let lines = to_log(vec![vec![[0.0, 10.0], [1.0, 0.0], [2.0, 100.0], [3.0, 1.0]]]);
        assert_eq!(lines, [vec![[0.0, 1.0]], vec![[2.0, 2.0], [3.0, 0.0]]]);
    }
}
