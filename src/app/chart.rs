//! A panel of a figure, drawn in the window: what is seen is what is saved.

mod corner;
mod grid;
mod hand;
mod legend;
mod series;

use std::{cell::Cell, ops::RangeInclusive, rc::Rc, sync::Arc};

use egui::{Align2, Color32, FontId, Pos2, Rangef, Response, Ui, Vec2, pos2, vec2};
use egui_plot::{
    AxisHints, GridMark, HLine, HoverPosition, LineStyle, Plot, PlotBounds, PlotPoint, PlotTransform, VLine,
};

pub use corner::{ABOVE, above, behind, right_corner};
pub use hand::{Hand, Range};
pub use legend::legend;

use self::series::{Brush, placed};
use super::{
    ground::Ground,
    marks::{self, Mark},
    plain::plain,
    theme,
};
use crate::figure::{self, Kind, Panel, ticks::Numbers};

/// Room for the numbers at the left.
const Y_AXIS_WIDTH: f32 = 46.0;
/// Room for half a number at the right.
const OVERHANG: f32 = 16.0;
/// Share of full ink that grid lines have at most.
const GRID_INK: f32 = 0.25;
/// Points of the screen within which a pointer is near something.
const NEAR: f64 = 6.0;
/// Marks where lines leave the plot are so far from each other at least, points.
const LEAVING: f64 = 14.0;

/// Points of scrolling that make everything e times larger.
pub const SCROLL: f32 = 200.0;

/// What a plot does when the pointer is over it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hover {
    /// Tells the numbers there, and the name of the line that is near.
    Tells,
    /// Draws a thin line so far to the right on the screen: where the pointer is in this frame, in this plot or in one beside
    /// it, whatever has moved under it.
    At(Option<f32>),
}

/// How a panel stands in the window, beyond what it shows.
#[derive(Clone, Copy)]
pub struct Interaction<'a> {
    pub hand: Hand,
    /// What is in view along x, when the panel was made for another view; its y is still right enough.
    pub x: Option<Range>,
    pub hover: Hover,
    /// Whether numbers and label of the x axis stand under it; of plots with one x axis, the lowest has them for all.
    pub x_numbers: bool,
    /// x is the exponent of what stands at the axis.
    pub x_powers: bool,
    /// Room for the numbers at the left, the same for plots under each other.
    pub y_width: f32,
    /// Least distance of two numbers along x and along y.
    pub apart: [f64; 2],
    /// Lines of up to so many points show them.
    pub dots: usize,
    /// A legend in the corner of those series that are meant for one; a click there hides a line.
    pub legend: bool,
    /// The panel's heat as it was made ready; without it, it is made here, and kept while it is the same.
    pub ground: Option<&'a Ground>,
    /// A panel of the same revision has the same lines: they are kept as they were drawn while the view is the same.
    pub kept: Option<u64>,
}

impl Default for Interaction<'_> {
    fn default() -> Self {
        Interaction {
            hand: Hand::Still,
            x: None,
            hover: Hover::Tells,
            x_numbers: true,
            x_powers: false,
            y_width: Y_AXIS_WIDTH,
            apart: [62.0, 30.0],
            dots: 0,
            legend: false,
            ground: None,
            kept: None,
        }
    }
}

/// A panel that was drawn, to draw over.
pub struct Shown {
    pub response: Response,
    pub transform: PlotTransform,
    /// x under the pointer.
    pub pointer: Option<f64>,
    /// What a hand has just made of the range of x.
    pub moved: Option<Range>,
    /// Whether a hand has left it elsewhere than where all is seen.
    pub is_left: bool,
    log: bool,
}

impl Shown {
    /// The plot's inside.
    pub fn rect(&self) -> egui::Rect {
        *self.transform.frame()
    }

    /// Where a point of the panel is on the screen; `None` where it has no place.
    pub fn at(&self, [x, y]: [f64; 2]) -> Option<Pos2> {
        Some(self.transform.position_from_point(&PlotPoint::new(x, placed(y, self.log)?)))
    }

    /// What is in view along x.
    pub fn x_range(&self) -> Range {
        (self.transform.bounds().min()[0], self.transform.bounds().max()[0])
    }

    /// What is in view along y.
    pub fn y_range(&self) -> Range {
        let (low, high) = (self.transform.bounds().min()[1], self.transform.bounds().max()[1]);
        if self.log { (10f64.powf(low), 10f64.powf(high)) } else { (low, high) }
    }

    /// How far to the right an x is on the screen.
    pub fn across(&self, x: f64) -> f32 {
        self.transform.position_from_point_x(x)
    }

    /// How much of x a pointer near something is from it at most.
    pub fn reach(&self) -> f64 {
        NEAR / f64::from(self.across(1.0) - self.across(0.0)).abs().max(1e-12)
    }

    /// A thin line at an x: the moment that the pointer is at in another panel.
    pub fn rule(&self, ui: &Ui, x: f64) {
        self.line(ui, self.across(x));
    }

    fn line(&self, ui: &Ui, x: f32) {
        if self.rect().x_range().contains(x) {
            let ink = ui.visuals().weak_text_color().gamma_multiply(0.7);
            ui.painter().vline(x, self.rect().y_range(), egui::Stroke::new(1.0, ink));
        }
    }

    /// Says what the plot is to screen readers and tests.
    pub fn named(&self, name: &str) {
        self.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
    }
}

/// Draws a panel in the room given. Its title and its legend beside it are the caller's, see `legend` and `above`.
pub fn show(ui: &mut Ui, id: &str, panel: &Panel, size: Vec2, how: &Interaction<'_>) -> Shown {
    let log = panel.log_y;
    let kept = ui.make_persistent_id(("chart as it was left", id, log));
    let held = how.hand.held(ui, kept);
    let (all_x, all_y) = whole(panel);
    let (mut x, mut y) = (held.x.or(how.x).unwrap_or(all_x), held.y.unwrap_or(all_y));
    let inside = kept.with("inside");
    if panel.equal {
        let room = ui.ctx().data(|d| d.get_temp::<Vec2>(inside)).unwrap_or(size);
        (x, y) = equal(x, y, room);
    }
    let made = how.ground.is_none().then(|| ground(ui, kept, panel)).flatten();
    let ground = how.ground.or(made.as_deref());
    let weak = ui.visuals().weak_text_color();
    let inks: Vec<Color32> = panel
        .series
        .iter()
        // On a map the theme's ground is not there to be told from, and an area is pale so that lines are seen on it.
        .map(|s| match s.kind {
            _ if ground.is_some() => theme::color(s.color),
            Kind::Area => theme::area(ui, s.color),
            _ => theme::ink(ui, s.color),
        })
        .collect();
    let tells = how.hover == Hover::Tells;
    let brush = Brush {
        log,
        columns: size.x.max(40.0) as usize,
        across: x,
        unit: [f64::from(size.x) / (x.1 - x.0), f64::from(size.y) / (y.1 - y.0)],
        dots: how.dots,
        tells,
        legend: how.legend,
        on_map: ground.is_some(),
        // What is kept tells nothing at the pointer, and has no names.
        kept: how.kept.filter(|_| !tells && !how.legend),
    };
    // With Ctrl it is the plot's own zoom already.
    let scrolled = ui.input(|i| if i.modifiers.command { 0.0 } else { i.smooth_scroll_delta().y });
    let plot = how.hand.allow(framed(ui, id, panel, size, how)).show_grid(ground.is_none());
    let shown = plot.show(ui, |p| {
        p.set_plot_bounds(PlotBounds::from_min_max([x.0, y.0], [x.1, y.1]));
        if let Some(ground) = ground {
            ground.draw(p);
        }
        for guide in panel.guides.iter().filter_map(|g| placed(g.value, log)) {
            p.hline(HLine::new("", guide).color(weak).style(LineStyle::dashed_dense()).allow_hover(false));
        }
        // Nameless, or every one would get an entry in the legend.
        for marker in &panel.markers {
            p.vline(VLine::new("", marker.x).color(weak).style(LineStyle::dashed_dense()).allow_hover(false));
        }
        series::draw(p, panel, &inks, brush);
        if let Hand::Free { .. } = how.hand
            && scrolled != 0.0
            && p.response().hovered()
        {
            let by = (scrolled / SCROLL).exp();
            p.zoom_bounds_around_hovered(vec2(by, by));
        }
    });
    let (response, transform) = (shown.response, shown.transform);
    let moved = how.hand.keep(ui, kept, [x, y], transform.bounds(), response.double_clicked());
    if moved.is_some() {
        // Plots of its group may have been drawn already.
        ui.ctx().request_repaint();
    }
    let pointer = response.hover_pos().map(|at| transform.value_from_position(at).x);
    let room = transform.frame().size();
    if panel.equal && ui.ctx().data_mut(|d| d.get_temp::<Vec2>(inside) != Some(room)) {
        ui.ctx().data_mut(|d| d.insert_temp(inside, room));
        ui.ctx().request_repaint();
    }
    let is_left = held.x.is_some() || held.y.is_some();
    let shown = Shown { response, transform, pointer, moved, is_left, log };
    over(ui, panel, &inks, &shown, ground.is_some());
    // What a hand has moved shows what it was moved to.
    if held.y.is_none() {
        let apart = LEAVING * (x.1 - x.0) / f64::from(shown.rect().width().max(1.0));
        let y = if log { (10f64.powf(y.0), 10f64.powf(y.1)) } else { y };
        beyond(ui, &leaving(ui, kept, how.kept, (panel, x, y, apart)), &inks, &shown);
    }
    if let Hover::At(Some(x)) = how.hover {
        shown.line(ui, x);
    }
    shown
}

/// A unit of one axis as long as one of the other, with all that was asked for in view.
fn equal(x: Range, y: Range, room: Vec2) -> (Range, Range) {
    let unit = ((x.1 - x.0) / f64::from(room.x.max(1.0))).max((y.1 - y.0) / f64::from(room.y.max(1.0)));
    let wide = |(low, high): Range, points: f32| {
        let (middle, half) = (0.5 * (low + high), 0.5 * unit * f64::from(points));
        (middle - half, middle + half)
    };
    (wide(x, room.x), wide(y, room.y))
}

/// What the panel has under its lines, from the last frame if it is still the same.
fn ground(ui: &Ui, kept: egui::Id, panel: &Panel) -> Option<Arc<Ground>> {
    let heat = panel.heat.as_ref()?;
    let id = kept.with("ground");
    let last: Option<Arc<(figure::Heat, Arc<Ground>)>> = ui.ctx().data(|d| d.get_temp(id));
    if let Some(last) = last.filter(|last| last.0 == *heat) {
        return Some(Arc::clone(&last.1));
    }
    let made = Arc::new(Ground::of(ui.ctx(), heat, egui::TextureOptions::LINEAR));
    ui.ctx().data_mut(|d| d.insert_temp(id, Arc::new((heat.clone(), Arc::clone(&made)))));
    Some(made)
}

/// What marks where lines leave a plot are made of: revision of the panel, ranges of x and y, and how far they are apart.
type Left = (Option<u64>, Range, Range, f64);

/// Where lines leave the plot, from the last frame if nothing has changed since.
fn leaving(
    ui: &Ui,
    kept: egui::Id,
    revision: Option<u64>,
    (panel, x, y, apart): (&Panel, Range, Range, f64),
) -> Arc<Vec<figure::Leaving>> {
    let (id, key) = (kept.with("leaving"), (revision, x, y, apart));
    let last: Option<(Left, Arc<Vec<figure::Leaving>>)> = ui.ctx().data(|d| d.get_temp(id));
    if let Some((_, found)) = last.filter(|(of, _)| revision.is_some() && *of == key) {
        return found;
    }
    let found = Arc::new(figure::leaving(panel, x, y, apart));
    ui.ctx().data_mut(|d| d.insert_temp(id, (key, Arc::clone(&found))));
    found
}

/// From which distance numbers are written, and from which they are written in full colour: `round_marks` knows how many there is room for,
/// and egui's own distances would fade some of them.
const SOLID: Rangef = Rangef { min: 4.0, max: 8.0 };

/// Height of a number at the y axis, points: nearer ones would cover each other, and egui writes none.
const LINE: f64 = 15.0;
/// The same of the smaller numbers of a plot that is lower than this, and their size.
const SMALL_LINE: f64 = 12.0;
const LOW: f32 = 80.0;
const SMALL: f32 = 10.0;
/// What numbers and label of the x axis take, about.
const X_AXIS: f32 = 34.0;

/// A number so near to an end of its axis reaches beyond the plot, points.
const AT_END: f64 = 4.0;
/// Numbers of the y axis end so far from it, about.
const BESIDE: f64 = 2.0;
/// A letter of an axis' number is about so wide, points.
const LETTER: f64 = 7.0;

/// Whether the number `words` at a mark of the x axis, whose plot is so many points wide, reaches under those of the y axis.
fn is_in_corner(words: &str, mark: GridMark, range: &RangeInclusive<f64>, points: f64, least: Rangef) -> bool {
    let unit = points / (range.end() - range.start());
    let half = 0.5 * LETTER * words.chars().count() as f64;
    let is_written = !words.is_empty() && mark.step_size * unit > f64::from(least.min);
    is_written && (mark.value - range.start()) * unit < half - BESIDE
}

/// The plot with its axes, before anything is in it.
fn framed<'a>(ui: &Ui, id: &str, panel: &Panel, size: Vec2, how: &Interaction<'_>) -> Plot<'a> {
    let (log, powers, by_iteration) = (panel.log_y, how.x_powers, panel.iteration_grid);
    let [along, up] = how.apart;
    let y_numbers = panel.y_numbers();
    let x_numbers = if powers { Numbers::Logarithmic } else { Numbers::Linear };
    let below = if how.x_numbers { X_AXIS } else { 0.0 };
    let (line, y_axis) = if size.y - below < LOW {
        (SMALL_LINE, AxisHints::new_y().tick_label_font(FontId::proportional(SMALL)))
    } else {
        (LINE, AxisHints::new_y())
    };
    let (names, named) = (panel.x_names.clone(), panel.x_names.clone());
    let spacing = if by_iteration { grid::ITERATIONS } else { theme::GRID };
    let least = if by_iteration { grid::NUMBERED } else { SOLID };
    let inside = [size.x - OVERHANG - how.y_width, size.y - below].map(f64::from);
    // Where the axes meet there is room for one number; x is written first. At the top stands what is above the plot.
    let corner = Rc::new(Cell::new(false));
    let (taken, is_free) = (Rc::clone(&corner), panel.y_range.is_none());
    let mut plot = Plot::new(("chart", id.to_owned(), log))
        // The number at the right end of the axis reaches beyond it.
        .width(size.x - OVERHANG)
        .height(size.y)
        .show_axes([how.x_numbers, true])
        .custom_x_axes(vec![AxisHints::new_x().label_spacing(least)])
        .custom_y_axes(vec![y_axis.label_spacing(SOLID)])
        .y_axis_min_width(how.y_width)
        .x_axis_formatter(move |mark, range| {
            let words = if !names.is_empty() {
                let name = names.iter().find(|name| (name.x - mark.value).abs() < 1e-9);
                name.map_or(String::new(), |name| name.label.clone())
            } else if by_iteration {
                format!("{}", mark.value.round())
            } else {
                theme::axis_number(mark, powers)
            };
            taken.set(taken.get() || is_in_corner(&words, mark, range, inside[0], least));
            words
        })
        .y_axis_formatter(move |mark, range| {
            let unit = inside[1] / (range.end() - range.start());
            let at_bottom = corner.get() && (mark.value - range.start()) * unit < AT_END;
            let at_top = is_free && (range.end() - mark.value) * unit < AT_END;
            if at_bottom || at_top { String::new() } else { theme::axis_number(mark, log) }
        })
        .x_grid_spacer(move |input| {
            if !named.is_empty() {
                named.iter().map(|name| GridMark { value: name.x, step_size: 1.0 }).collect()
            } else if by_iteration {
                grid::iterations(&input)
            } else {
                theme::round_marks(&input, spacing, x_numbers, [along, LINE])
            }
        })
        .y_grid_spacer(move |input| theme::round_marks(&input, spacing, y_numbers, [up, line]))
        .grid_color(ui.visuals().text_color().gamma_multiply(GRID_INK))
        .grid_spacing(spacing)
        .set_margin_fraction(Vec2::ZERO);
    plot = match how.hover {
        Hover::Tells => plot.label_formatter(move |at| {
            let (name, p) = match at {
                HoverPosition::NearDataPoint { plot_name, position, .. } => (*plot_name, position),
                HoverPosition::Elsewhere { position } => ("", position),
            };
            let y = if log { 10f64.powf(p.y) } else { p.y };
            Some(format!("{name}\n{}, {}", theme::value(p.x), theme::value(y)).trim().to_owned())
        }),
        Hover::At(_) => plot.show_x(false).show_y(false),
    };
    let label = |words: &str| theme::markup_job(words, FontId::proportional(11.0), ui.visuals().text_color());
    if how.x_numbers && !panel.x_label.is_empty() {
        plot = plot.x_axis_label(label(&panel.x_label));
    }
    if !panel.y_label.is_empty() {
        plot = plot.y_axis_label(label(&panel.y_label));
    }
    if how.legend {
        plot = plot.legend(egui_plot::Legend::default().position(egui_plot::Corner::RightTop));
    }
    plot
}

/// Marks and words, over everything else.
fn over(ui: &Ui, panel: &Panel, inks: &[Color32], shown: &Shown, on_map: bool) {
    let rect = shown.rect();
    let painter = ui.painter().with_clip_rect(rect);
    let (words, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let (words, rim) =
        if on_map { (Color32::WHITE, theme::shade(210)) } else { (words, ui.visuals().extreme_bg_color) };
    let mut marked = Vec::new();
    for (series, color) in panel.series.iter().zip(inks) {
        let mark = match series.kind {
            Kind::Star => Mark::Star,
            Kind::Hollow => Mark::Hollow,
            Kind::Points if on_map => Mark::Dot,
            _ => continue,
        };
        // A mark on the edge, as at a line's end points, is seen whole.
        let beyond = painter.with_clip_rect(rect.expand(OVERHANG));
        for at in series.curve.points().filter_map(|point| shown.at(point)).filter(|at| rect.expand(0.5).contains(*at))
        {
            marks::mark(&beyond, at, mark, *color, rim);
            marked.push(at);
        }
    }
    let tags = panel.tags.iter().filter_map(|tag| Some((shown.at([tag.x, tag.y])?, tag.label.as_str())));
    let tags: Vec<(Pos2, &str)> = tags.filter(|(at, _)| rect.expand(0.5).contains(*at)).collect();
    marks::names(&painter, rect, &tags, &marked, words, rim);
    let font = FontId::proportional(11.0);
    for guide in panel.guides.iter().filter(|g| !g.label.is_empty()) {
        let Some(at) = shown.at([0.0, guide.value]) else { continue };
        let label = painter.layout_job(theme::markup_job(&guide.label, font.clone(), weak));
        let at = pos2(rect.right() - label.size().x - 4.0, at.y - label.size().y - 1.0);
        let room = egui::Rect::from_min_size(at, label.size());
        if !on_map {
            corner::behind(ui, &painter, room);
        }
        painter.galley(at, label, weak);
    }
    for (k, marker) in panel.markers.iter().filter(|m| !m.label.is_empty()).enumerate() {
        // One under the other, so that near ones do not cover each other.
        let place = pos2(shown.across(marker.x), rect.top()) + vec2(3.0, 2.0 + 12.0 * k as f32);
        let is_right = place.x > rect.center().x;
        let (anchor, place) =
            if is_right { (Align2::RIGHT_TOP, place - vec2(6.0, 0.0)) } else { (Align2::LEFT_TOP, place) };
        let label = painter.layout_no_wrap(marker.label.clone(), font.clone(), words);
        let room = anchor.anchor_size(place, label.size());
        if !on_map {
            corner::behind(ui, &painter, room);
        }
        painter.galley(room.min, label, words);
    }
    if panel.series.iter().all(|s| s.curve.is_empty()) && !panel.when_empty.is_empty() {
        // A guide may go through the middle.
        let label = painter.layout(plain(&panel.when_empty), font, weak, (rect.width() - 16.0).max(0.0));
        let room = Align2::CENTER_CENTER.anchor_size(rect.center(), label.size());
        painter.rect_filled(room.expand2(vec2(4.0, 1.0)), 2.0, ui.visuals().extreme_bg_color);
        painter.galley(room.min, label, weak);
    }
}

/// Marks where lines go on beyond what is in view.
fn beyond(ui: &Ui, found: &[figure::Leaving], inks: &[Color32], shown: &Shown) {
    let (rect, rim) = (shown.rect(), ui.visuals().extreme_bg_color);
    for mark in found {
        let Some(ink) = inks.get(mark.series) else { continue };
        let y = if mark.is_up { rect.top() + 1.0 } else { rect.bottom() - 1.0 };
        marks::beyond(ui.painter(), pos2(shown.across(mark.x), y), mark.is_up, *ink, rim);
    }
}

/// All that the panel shows, in the plot's own units: exponents on a logarithmic axis.
fn whole(panel: &Panel) -> (Range, Range) {
    let (x, (low, high)) = figure::ranges(panel);
    if panel.log_y {
        return (x, (low.log10(), high.log10()));
    }
    // Numbers near the largest that there are have no margin.
    (x, if (high - low).is_finite() { (low, high) } else { (0.0, 1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::{Color, Series},
        history::Curve,
    };

    #[test]
    fn equal_axes_show_all_that_was_asked_for_and_no_less() {
        // Twice as wide as high: a square is in the middle of it.
        assert_eq!(equal((0.0, 1.0), (0.0, 1.0), vec2(200.0, 100.0)), ((-0.5, 1.5), (0.0, 1.0)));
        assert_eq!(equal((0.0, 1.0), (0.0, 1.0), vec2(100.0, 200.0)), ((0.0, 1.0), (-0.5, 1.5)));
        // What is equal stays, so that a plot that was moved is not moved again.
        let (x, y) = equal((-3.0, 1.0), (0.0, 5.0), vec2(317.0, 200.0));
        let again = equal(x, y, vec2(317.0, 200.0));
        let near = |(a, b): Range, (c, d): Range| (a - c).abs() + (b - d).abs() < 1e-12;
        assert!(near(x, again.0) && near(y, again.1), "{x:?} {y:?} {again:?}");
    }

    #[test]
    fn a_number_at_the_left_end_takes_the_corner_if_it_is_written() {
        let mark = |value: f64, step_size: f64| GridMark { value, step_size };
        let is_in = |words: &str, mark| is_in_corner(words, mark, &(515.0..=555.0), 800.0, grid::NUMBERED);
        assert!(is_in("515", mark(515.0, 5.0)));
        assert!(is_in("0", mark(515.0, 5.0)) && !is_in("0", mark(515.5, 5.0)), "one digit needs less");
        assert!(!is_in("520", mark(520.0, 5.0)));
        assert!(!is_in("515", mark(515.0, 1.0)), "a line without a number");
    }

    #[test]
    fn a_logarithmic_axis_has_exponents() {
        let (color, curve) = (Color { r: 0, g: 0, b: 0 }, Curve::through([[0.0, 1e-30], [1.0, 1.0]]));
        let series = vec![Series { name: "a".into(), in_legend: true, color, kind: Kind::Line, curve }];
        let panel = Panel { series, log_y: true, ..Panel::default() };
        let (low, high) = whole(&panel).1;
        assert!((high - 1.5).abs() < 1e-9 && (low + 31.5).abs() < 1e-9, "{low} {high}");
        assert_eq!(whole(&Panel::default()), ((0.0, 1.0), (0.1, 1.0)), "as on paper");
    }
}
