//! One of the two plots of a line: loss or error over α, for all lines that are shown.

use egui::{Align2, Color32, FontId, RichText, Stroke, Ui, pos2};
use egui_plot::{FilledArea, Line, LineStyle, Plot, PlotPoint, VLine};

use crate::{
    app::{
        desk::Desk,
        kinds::line::{LineEntry, LineShown, Lines},
        marks::{self, Mark},
        theme,
    },
    figure::colors,
    present::CurveView,
    probe::Evaluation,
    survey::{Band, LinePoint, Lowest, Spread},
};

/// Room for the numbers at the left, the same for both plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 60.0;
/// A chord is bent by a logarithmic axis; drawn with so many pieces.
const CHORD_PIECES: u32 = 48;

/// What a plot draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    Loss,
    Error,
}

impl Quantity {
    pub fn title(self) -> &'static str {
        match self {
            Quantity::Loss => "Loss",
            Quantity::Error => "Error",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Quantity::Loss => "mean loss",
            Quantity::Error => "wrong answers in %",
        }
    }

    fn of(self, e: &Evaluation) -> f64 {
        match self {
            Quantity::Loss => e.loss,
            Quantity::Error => 100.0 * e.error,
        }
    }

    /// The spread of random directions has the error as a share.
    fn factor(self) -> f64 {
        if self == Quantity::Loss { 1.0 } else { 100.0 }
    }
}

/// Height and place of a plot.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub height: f32,
    /// The lower plot carries the x-axis for both.
    pub is_last: bool,
    /// α under the pointer, in whichever plot.
    pub hover: Option<f64>,
}

/// Something to draw over the curves, in coordinates of the plot.
struct Star {
    at: [f64; 2],
    color: Color32,
}

/// What stands between the ends of a curve: from the chord up to the curve.
struct Barrier {
    alpha: f64,
    chord: f64,
    top: f64,
}

/// Draws the plot; returns the α under the pointer.
pub fn show(ui: &mut Ui, quantity: Quantity, desk: &Desk, place: Place) -> Option<f64> {
    let log = quantity == Quantity::Loss && desk.line_look.log;
    let y = move |v: f64| if log { v.log10() } else { v };
    let (mut stars, mut barriers, mut odd) = (Vec::new(), Vec::new(), 0);
    let ends = ends(desk);
    let weak = ui.visuals().weak_text_color();
    let mut plot = Plot::new((quantity.title(), log))
        .height(place.height)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .show_axes([place.is_last, true])
        .y_axis_min_width(Y_AXIS_WIDTH)
        .y_axis_formatter(move |mark, _| theme::axis_number(mark, log))
        .x_axis_formatter(|mark, _| theme::axis_number(mark, false))
        .grid_color(weak.gamma_multiply(0.45))
        .x_grid_spacer(|input| theme::round_marks(&input, false, 80.0))
        .y_grid_spacer(move |input| theme::round_marks(&input, log, 36.0))
        .grid_spacing(theme::GRID)
        .link_axis(egui::Id::unique("line axis"), [true, false])
        .set_margin_fraction(egui::vec2(0.02, 0.1));
    if place.is_last {
        plot = plot.x_axis_label("α");
    }
    let shown: Vec<(&LineEntry, &LineShown)> = desk.surveys.of::<Lines>().shown().collect();
    let response = plot.show(ui, |p| {
        for (at, _) in &ends {
            p.vline(VLine::new("", *at).color(weak).style(LineStyle::dashed_dense()).allow_hover(false));
        }
        if let Some(x) = place.hover {
            p.vline(VLine::new("", x).color(weak.gamma_multiply(0.7)).width(1.0).allow_hover(false));
        }
        for (entry, found) in &shown {
            let color = theme::color(entry.color);
            if let Some([loss, error]) = found.band() {
                let band = if quantity == Quantity::Loss { loss } else { error };
                draw_band(p, band, color, &|v| y(quantity.factor() * v));
                continue;
            }
            for curve in &found.curves {
                let train = |q: &LinePoint| Some(quantity.of(&q.measured.train));
                let test = |q: &LinePoint| q.measured.test.as_ref().map(|t| quantity.of(t));
                if let Some(barrier) = barrier(curve).filter(|_| quantity == Quantity::Loss) {
                    draw_chord(p, curve, color, &y);
                    barriers.extend(barrier);
                }
                odd += draw_curve(p, &curve.points, train, color, LineStyle::Solid, &y);
                odd += draw_curve(p, &curve.points, test, color, LineStyle::dotted_dense(), &y);
                for lowest in lowest(curve, quantity) {
                    stars.push(Star { at: [lowest.alpha, y(lowest.loss)], color });
                }
            }
        }
        for b in &barriers {
            let purple = theme::color(colors::BARRIER);
            let line = vec![[b.alpha, y(b.chord)], [b.alpha, y(b.top)]];
            p.line(Line::new("", line).stroke(Stroke::new(2.5, purple)).allow_hover(false));
        }
        p.pointer_coordinate()
    });
    let painter = ui.painter().with_clip_rect(response.response.rect);
    let at = |[x, y]: [f64; 2]| response.transform.position_from_point(&PlotPoint::new(x, y));
    let ground = ui.visuals().panel_fill;
    for b in &barriers {
        marks::mark(&painter, at([b.alpha, y(b.top)]), Mark::Dot, theme::color(colors::BARRIER), ground);
    }
    for star in stars.iter().filter(|s| s.at[1].is_finite()) {
        marks::mark(&painter, at(star.at), Mark::Star, star.color, ground);
    }
    let rect = response.response.rect;
    for (x, name) in ends.iter().filter(|_| quantity == Quantity::Loss) {
        let font = FontId::proportional(11.0);
        let line = at([*x, 0.0]).x;
        let is_tight = line + painter.layout_no_wrap(name.clone(), font.clone(), weak).rect.width() > rect.right();
        let (anchor, shift) = if is_tight { (Align2::RIGHT_BOTTOM, -4.0) } else { (Align2::LEFT_BOTTOM, 4.0) };
        painter.text(pos2(line + shift, rect.bottom() - 3.0), anchor, name, font, weak);
    }
    if quantity == Quantity::Loss {
        let curves =
            shown.iter().filter(|(_, f)| f.band().is_none()).flat_map(|(e, f)| f.curves.iter().map(|c| (e.color, c)));
        let shifts = curves.filter_map(|(color, c)| Some((theme::color(color), c.summary.shift?)));
        for (row, (color, shift)) in shifts.take(8).enumerate() {
            let x = |alpha: f64| at([alpha, 0.0]).x;
            marks::shift(&painter, rect, row, [x(shift.train), x(shift.test)], color, ground);
        }
    }
    title(ui, quantity, rect, odd);
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{} along the line", quantity.title()))
    });
    response.inner.filter(|_| response.response.hovered()).map(|p| p.x)
}

/// Title and what cannot be seen, in the plot's upper left corner.
fn title(ui: &Ui, quantity: Quantity, rect: egui::Rect, odd: usize) {
    let painter = ui.painter();
    let at = rect.left_top() + egui::vec2(6.0, 4.0);
    let words = format!("{}, {}", quantity.title(), quantity.label());
    let ink = ui.visuals().strong_text_color();
    let galley = painter.layout_no_wrap(words, FontId::proportional(11.0), ink);
    let drawn = galley.rect.translate(at.to_vec2());
    // A curve may run through the corner.
    painter.rect_filled(drawn.expand(3.0), 3.0, ui.visuals().extreme_bg_color.gamma_multiply(0.85));
    painter.galley(at, galley, ink);
    if odd > 0 {
        let words = format!("{odd} points have no place here: not finite, or not above 0 on a logarithmic axis");
        let at = drawn.right_top() + egui::vec2(10.0, 0.0);
        painter.text(at, Align2::LEFT_TOP, words, FontId::proportional(11.0), theme::error(ui));
    }
}

/// α = 0 and α = 1 with what stands there; letters when the lines have different ends.
fn ends(desk: &Desk) -> Vec<(f64, String)> {
    let of = |end: usize, letter: &str| {
        let mut names =
            desk.surveys.of::<Lines>().shown().flat_map(|(_, l)| &l.curves).filter_map(|c| c.ends[end].as_ref());
        let first = names.next()?;
        let name = if names.all(|n| n == first) { format!("{letter}  {first}") } else { letter.into() };
        Some((end as f64, name))
    };
    [of(0, "A"), of(1, "B")].into_iter().flatten().collect()
}

/// Draws the finite stretches of a curve; returns how many points have no place.
fn draw_curve(
    p: &mut egui_plot::PlotUi<'_>,
    points: &[LinePoint],
    value: impl Fn(&LinePoint) -> Option<f64>,
    color: Color32,
    style: LineStyle,
    y: &impl Fn(f64) -> f64,
) -> usize {
    let placed: Vec<[f64; 2]> = points.iter().filter_map(|q| Some([q.alpha, y(value(q)?)])).collect();
    let mut odd = 0;
    for part in placed.chunk_by(|a, b| a[1].is_finite() == b[1].is_finite()) {
        if !part[0][1].is_finite() {
            odd += part.len();
            continue;
        }
        let line = Line::new("", part.to_vec()).stroke(Stroke::new(1.7, color)).style(style).allow_hover(false);
        p.line(line);
        if placed.len() <= 60 && style == LineStyle::Solid || part.len() == 1 {
            let dots = egui_plot::Points::new("", part.to_vec()).color(color).radius(2.0).allow_hover(false);
            p.points(dots);
        }
    }
    odd
}

/// Random directions: from the least to the greatest value, the middle half, and the mean.
fn draw_band(p: &mut egui_plot::PlotUi<'_>, band: &Band, color: Color32, y: &impl Fn(f64) -> f64) {
    let placed: Vec<(f64, Option<Spread>)> = band.points.iter().map(|b| (b.alpha, b.spread)).collect();
    for part in placed.chunk_by(|a, b| a.1.is_some() == b.1.is_some()) {
        let known: Vec<(f64, Spread)> = part.iter().filter_map(|(x, s)| Some((*x, (*s)?))).collect();
        let x: Vec<f64> = known.iter().map(|k| k.0).collect();
        let of = |f: fn(&Spread) -> f64| known.iter().map(|k| y(f(&k.1))).collect::<Vec<f64>>();
        for (low, high, share) in
            [(of(|s| s.min), of(|s| s.max), 0.16), (of(|s| s.lower_quartile), of(|s| s.upper_quartile), 0.3)]
        {
            if low.iter().chain(&high).all(|v| v.is_finite()) && !x.is_empty() {
                let fill = color.gamma_multiply(share);
                p.add(FilledArea::new("", &x, &low, &high).fill_color(fill).allow_hover(false));
            }
        }
        let mean: Vec<[f64; 2]> = x.iter().copied().zip(of(|s| s.mean)).map(|(x, y)| [x, y]).collect();
        p.line(Line::new("", mean).stroke(Stroke::new(1.8, color)).allow_hover(false));
    }
}

/// `None` where the ends are not known; `Some(None)` when there is no barrier between them.
fn barrier(curve: &CurveView) -> Option<Option<Barrier>> {
    let train = &curve.summary.train;
    let (a, b, found) = (train.at_a?, train.at_b?, train.barrier?);
    let chord = (1.0 - found.alpha) * a + found.alpha * b;
    let is_one = found.above_chord > 1e-9 * a.abs().max(b.abs());
    Some(is_one.then_some(Barrier { alpha: found.alpha, chord, top: chord + found.above_chord }))
}

fn draw_chord(p: &mut egui_plot::PlotUi<'_>, curve: &CurveView, color: Color32, y: &impl Fn(f64) -> f64) {
    let (Some(a), Some(b)) = (curve.summary.train.at_a, curve.summary.train.at_b) else { return };
    let point = |k: u32| {
        let x = f64::from(k) / f64::from(CHORD_PIECES);
        [x, y((1.0 - x) * a + x * b)]
    };
    let chord: Vec<[f64; 2]> = (0..=CHORD_PIECES).map(point).collect();
    p.line(Line::new("", chord).stroke(Stroke::new(1.0, color.gamma_multiply(0.6))).allow_hover(false));
}

/// The lowest points of training and test.
fn lowest(curve: &CurveView, quantity: Quantity) -> Vec<Lowest> {
    match quantity {
        Quantity::Loss => {
            let test = curve.summary.test.as_ref().and_then(|t| t.lowest);
            curve.summary.train.lowest.into_iter().chain(test).collect()
        }
        // Many points of a line have the same few errors; a star on the first of them would say nothing.
        Quantity::Error => Vec::new(),
    }
}

/// The numbers at α, of the nearest measured point of the line that is read out.
pub fn readout(ui: &mut Ui, desk: &Desk, alpha: Option<f64>) {
    let words = alpha.and_then(|alpha| {
        let (entry, found) = desk.surveys.of::<Lines>().found().filter(|(e, _)| e.visible)?;
        let name = entry.name();
        if let Some([loss, _]) = found.band() {
            let near = nearest(&loss.points, alpha, |b| b.alpha)?;
            let s = near.spread?;
            return Some(format!(
                "{name}  α {:.4}  loss {} to {}, median {}, mean {}",
                near.alpha,
                theme::value(s.min),
                theme::value(s.max),
                theme::value(s.median),
                theme::value(s.mean)
            ));
        }
        let near = found.curves.first().and_then(|c| nearest(&c.points, alpha, |p| p.alpha))?;
        let (train, test) = (near.measured.train, near.measured.test);
        let mut words = format!(
            "{name}  α {:.4}  loss {}  error {}",
            near.alpha,
            theme::value(train.loss),
            theme::percent(train.error)
        );
        if let Some(t) = test {
            words += &format!("  test loss {}  error {}", theme::value(t.loss), theme::percent(t.error));
        }
        Some(words)
    });
    let words = words.unwrap_or_else(|| "training solid, test dotted; point at a curve to read its numbers".into());
    ui.add(egui::Label::new(RichText::new(words).monospace().small()).truncate());
}

fn nearest<T>(points: &[T], alpha: f64, of: impl Fn(&T) -> f64) -> Option<&T> {
    points.iter().min_by(|a, b| (of(a) - alpha).abs().total_cmp(&(of(b) - alpha).abs()))
}
