//! The series of a panel, drawn into a plot.

use egui::{Color32, Stroke};
use egui_plot::{Bar, BarChart, FilledArea, Line, LineStyle, PlotUi, Points, Polygon};

use crate::{
    app::theme,
    figure::{Kind, Panel, Series},
};

/// Beyond so many points for each point of the screen, of every column only what stands out is drawn.
const DENSE: usize = 4;
/// Beyond so many, points are smaller, as on paper.
const CROWDED: usize = 250;
/// A lone bar takes this share of the width, and no more than so many points of the screen.
const LONE_BAR: f64 = 0.1;
const WIDEST_LONE_BAR: f64 = 24.0;

/// What all series of a plot are drawn with.
#[derive(Clone, Copy, Debug)]
pub struct Brush {
    /// y is drawn as its logarithm.
    pub log: bool,
    /// How many points of the screen the plot is wide.
    pub columns: usize,
    /// Length of the x axis.
    pub along: f64,
    /// Lines of up to so many points show them.
    pub dots: usize,
    /// Whether the numbers at the pointer are told.
    pub tells: bool,
    /// Whether names stand in a legend of the plot.
    pub legend: bool,
    /// Whether the lines lie on the colours of a map: they get a halo, and lone points are marks with a rim.
    pub on_map: bool,
}

/// Where a value is drawn; `None` where it has no place.
pub fn placed(value: f64, log: bool) -> Option<f64> {
    let y = if log { value.log10() } else { value };
    y.is_finite().then_some(y)
}

/// Draws all of them but those that are marks, see `marks`.
pub fn draw(p: &mut PlotUi<'_>, panel: &Panel, inks: &[Color32], brush: &Brush) {
    let wide = bar_width(panel, brush);
    for (series, color) in panel.series.iter().zip(inks) {
        if series.kind == Kind::Area {
            series.curve.lines.iter().for_each(|outline| area(p, outline, *color, brush.log));
            continue;
        }
        for line in &series.curve.lines {
            // What has no place breaks the line.
            for part in line.chunk_by(|a, b| placed(a[1], brush.log).is_some() == placed(b[1], brush.log).is_some()) {
                let points: Vec<[f64; 2]> =
                    part.iter().filter_map(|[x, y]| Some([*x, placed(*y, brush.log)?])).collect();
                if !points.is_empty() {
                    one(p, series, points, *color, wide, brush);
                }
            }
        }
    }
}

/// One unbroken line, or a set of points.
fn one(p: &mut PlotUi<'_>, series: &Series, points: Vec<[f64; 2]>, color: Color32, wide: f64, brush: &Brush) {
    // In a legend only what is meant to be there has a name.
    let name = || if brush.legend && !series.in_legend { String::new() } else { series.name.clone() };
    let count = points.len();
    if series.kind == Kind::Bars {
        let bars = points.iter().map(|[x, y]| Bar::new(*x, *y).width(wide).fill(color)).collect();
        return p.bar_chart(BarChart::new(name(), bars).color(color).allow_hover(brush.tells));
    }
    let points = thinned(points, brush.columns);
    let dots = |points: Vec<[f64; 2]>, radius: f32| {
        Points::new(name(), points).color(color).radius(radius).allow_hover(brush.tells)
    };
    let stroke = |points: Vec<[f64; 2]>, width: f32, style| {
        // Steps have two points at one place, which are no band.
        let line = Line::new(name(), points).stroke(Stroke::new(width, color)).style(style).allow_band(false);
        line.allow_hover(brush.tells && series.kind != Kind::Thin)
    };
    // A lone point of a line is a dot, as on paper.
    let is_measured = matches!(series.kind, Kind::Line | Kind::Dotted);
    let is_dotted = series.kind != Kind::Thin && (count == 1 || is_measured && count <= brush.dots);
    let under = if is_dotted { points.clone() } else { Vec::new() };
    if brush.on_map && series.kind == Kind::Line {
        let halo = Line::new("", points.clone()).stroke(Stroke::new(3.4, theme::glow(130)));
        p.line(halo.allow_band(false).allow_hover(false));
    }
    match series.kind {
        Kind::Points if brush.on_map => return,
        Kind::Line => p.line(stroke(points, 1.7, LineStyle::Solid)),
        Kind::Thin => p.line(stroke(points, 1.3, LineStyle::Solid)),
        Kind::Dashed => p.line(stroke(points, 1.7, LineStyle::Dashed { length: 6.0 })),
        Kind::Dotted => p.line(stroke(points, 1.2, LineStyle::Dotted { spacing: 4.5 })),
        Kind::Points => return p.points(dots(points, if count > CROWDED { 2.0 } else { 3.5 })),
        Kind::Dots => return p.points(dots(points, 1.8)),
        Kind::Bars | Kind::Area | Kind::Hollow | Kind::Star => return,
    }
    if !under.is_empty() {
        p.points(dots(under, 2.0).filled(series.kind != Kind::Dotted).allow_hover(false));
    }
}

/// The area within an outline. One that goes along a lower line and back along an upper one is no convex polygon.
fn area(p: &mut PlotUi<'_>, outline: &[[f64; 2]], color: Color32, log: bool) {
    if let Some([x, low, high]) = band(outline, log) {
        p.add(FilledArea::new("", &x, &low, &high).fill_color(color).allow_hover(false));
        return;
    }
    let points: Vec<[f64; 2]> = outline.iter().filter_map(|[x, y]| Some([*x, placed(*y, log)?])).collect();
    p.polygon(Polygon::new("", points).fill_color(color).stroke(Stroke::NONE).allow_hover(false));
}

/// x, lower and upper line of an outline that goes there and back over the same places; `None` for any other. Places where
/// one of them is not to be drawn are left out.
fn band(outline: &[[f64; 2]], log: bool) -> Option<[Vec<f64>; 3]> {
    let (there, back) = outline.split_at(outline.len() / 2);
    let pairs = || there.iter().zip(back.iter().rev());
    if there.len() != back.len() || there.is_empty() || pairs().any(|(a, b)| a[0] != b[0]) {
        return None;
    }
    let mut lines: [Vec<f64>; 3] = Default::default();
    for (a, b) in pairs() {
        if let (Some(low), Some(high)) = (placed(a[1], log), placed(b[1], log)) {
            for (line, value) in lines.iter_mut().zip([a[0], low, high]) {
                line.push(value);
            }
        }
    }
    Some(lines)
}

/// All bars of a panel are as wide as the nearest two allow.
fn bar_width(panel: &Panel, brush: &Brush) -> f64 {
    let bars = panel.series.iter().filter(|s| s.kind == Kind::Bars);
    let gaps = bars.flat_map(|s| s.curve.lines.iter()).flat_map(|line| line.windows(2)).map(|w| w[1][0] - w[0][0]);
    let least = gaps.filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
    if least.is_finite() {
        return 0.7 * least;
    }
    brush.along * LONE_BAR.min(WIDEST_LONE_BAR / brush.columns.max(1) as f64)
}

/// First, least, greatest and last of every column, where there are many points.
fn thinned(points: Vec<[f64; 2]>, columns: usize) -> Vec<[f64; 2]> {
    if points.len() <= DENSE * columns {
        return points;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_survives_thinning() {
        let mut points: Vec<[f64; 2]> = (0..10_000).map(|k| [f64::from(k), 0.0]).collect();
        points[4321][1] = 9.0;
        let thin = thinned(points.clone(), 100);
        assert!(thin.len() <= 400 && thin.contains(&[4321.0, 9.0]));
        assert!(thin.first() == points.first() && thin.last() == points.last());
        assert!(thin.windows(2).all(|w| w[0][0] < w[1][0]));
    }

    #[test]
    fn a_band_is_what_lies_between_two_lines() {
        let outline = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [2.0, 10.0], [1.0, 10.0], [0.0, 100.0]];
        let [x, low, high] = band(&outline, false).unwrap();
        assert_eq!((x, low, high), (vec![0.0, 1.0, 2.0], vec![1.0, 0.0, 1.0], vec![100.0, 10.0, 10.0]));
        let [x, low, high] = band(&outline, true).unwrap();
        assert_eq!((x, low, high), (vec![0.0, 2.0], vec![0.0, 0.0], vec![2.0, 1.0]));
        assert!(band(&[[0.0, 0.0], [1.0, 0.0], [0.5, 1.0]], false).is_none(), "a triangle is none");
    }
}
