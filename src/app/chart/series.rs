//! The series of a panel, drawn into a plot.

use egui::{Color32, Stroke};
use egui_plot::{Bar, BarChart, FilledArea, Line, LineStyle, PlotItem, PlotUi, Points, Polygon};

use crate::{
    app::{sketch::Sketch, theme},
    figure::{Kind, Panel, Series},
};

/// Beyond so many points for each point of the screen, of every column only what stands out is drawn.
const DENSE: usize = 4;
/// Beyond so many, points are smaller, as on paper.
const CROWDED: usize = 250;
/// A lone bar takes this share of the width, and no more than so many points of the screen.
const LONE_BAR: f64 = 0.1;
const WIDEST_LONE_BAR: f64 = 24.0;

/// Dashes end where all dashed lines of a plot together would go so many times through it: more are a haze to the eye, and each would
/// be drawn by itself. Such a line is drawn through, thin and pale.
const DASHED: f64 = 24.0;
/// How much ink such a line has.
const PALE: f32 = 0.6;

/// What all series of a plot are drawn with.
#[derive(Clone, Copy, Debug)]
pub struct Brush {
    /// y is drawn as its logarithm.
    pub log: bool,
    /// How many points of the screen the plot is wide.
    pub columns: usize,
    /// The range of x.
    pub across: (f64, f64),
    /// How many points of the screen a unit is long, along x and along y.
    pub unit: [f64; 2],
    /// Lines of up to so many points show them.
    pub dots: usize,
    /// Whether the numbers at the pointer are told.
    pub tells: bool,
    /// Whether names stand in a legend of the plot.
    pub legend: bool,
    /// Whether the lines lie on the colours of a map: they get a halo, and lone points are marks with a rim.
    pub on_map: bool,
    /// Lines of the same revision are the same, and kept as they were drawn; `None` when nobody knows whether they are. Nothing is
    /// told of what is kept.
    pub kept: Option<u64>,
}

/// Where a value is drawn; `None` where it has no place.
pub fn placed(value: f64, log: bool) -> Option<f64> {
    let y = if log { value.log10() } else { value };
    y.is_finite().then_some(y)
}

/// Draws all of them but those that are marks, see `marks`.
pub fn draw<'a>(p: &mut PlotUi<'a>, panel: &'a Panel, inks: &'a [Color32], brush: Brush) {
    let pen = move || Pen { brush, bar: bar_width(panel, &brush), is_dashed: is_dashed(panel, &brush) };
    let of = move |is_meant: fn(Kind) -> bool| {
        let all = panel.series.iter().zip(inks.iter().copied());
        all.filter(move |(series, _)| is_meant(series.kind))
    };
    let Some(revision) = brush.kept else {
        let pen = pen();
        of(|_| true).flat_map(|(series, color)| pen.items(series, color)).for_each(|item| p.add_item(item));
        return;
    };
    let items = move || {
        let pen = pen();
        // No area covers a line, and no line a point.
        let areas = of(|kind| kind == Kind::Area);
        let others = of(|kind| kind != Kind::Area && !is_line(kind));
        areas.chain(of(is_line)).chain(others).flat_map(|(series, color)| pen.items(series, color)).collect::<Vec<_>>()
    };
    p.add(Sketch::new(p.response().id.with("lines"), revision, items));
}

/// Whether it is drawn with strokes; a dotted line is one of dots.
fn is_line(kind: Kind) -> bool {
    matches!(kind, Kind::Line | Kind::Thin | Kind::Dashed)
}

/// Whether dashed lines are drawn as such: in view they are not too long.
fn is_dashed(panel: &Panel, brush: &Brush) -> bool {
    let (from, to) = brush.across;
    let dashed = panel.series.iter().filter(|s| s.kind == Kind::Dashed).flat_map(|s| &s.curve.lines);
    let mut left = DASHED * brush.columns as f64;
    for pair in dashed.flat_map(|line| line.windows(2)) {
        let ([x, low], [next, high]) = (pair[0], pair[1]);
        if x > to || next < from {
            continue;
        }
        if let (Some(low), Some(high)) = (placed(low, brush.log), placed(high, brush.log)) {
            left -= (next - x).abs() * brush.unit[0] + (high - low).abs() * brush.unit[1];
        }
        if left < 0.0 {
            return false;
        }
    }
    true
}

/// The unbroken parts of a series: what has no place breaks a line.
fn parts(series: &Series, log: bool) -> Vec<Vec<[f64; 2]>> {
    let mut parts = Vec::new();
    for line in &series.curve.lines {
        let mut part = Vec::with_capacity(line.len());
        for [x, y] in line {
            match placed(*y, log) {
                Some(y) => part.push([*x, y]),
                None if !part.is_empty() => parts.push(std::mem::take(&mut part)),
                None => {}
            }
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// Draws series by series.
#[derive(Clone, Copy)]
struct Pen {
    brush: Brush,
    /// Width of a bar.
    bar: f64,
    is_dashed: bool,
}

impl Pen {
    /// All that there is of a series.
    fn items(self, series: &Series, color: Color32) -> Vec<Box<dyn PlotItem>> {
        let log = self.brush.log;
        if series.kind == Kind::Area {
            return series.curve.lines.iter().map(|outline| area(outline, color, log)).collect();
        }
        parts(series, log).into_iter().flat_map(|points| self.one(series, points, color)).collect()
    }

    /// One unbroken line, or a set of points.
    fn one(self, series: &Series, points: Vec<[f64; 2]>, color: Color32) -> Vec<Box<dyn PlotItem>> {
        let (brush, count) = (self.brush, points.len());
        if series.kind == Kind::Bars {
            let bars = points.iter().map(|[x, y]| Bar::new(*x, *y).width(self.bar).fill(color)).collect();
            let bars = BarChart::new(self.name(series), bars).color(color);
            return vec![Box::new(bars.allow_hover(brush.tells))];
        }
        let points = thinned(points, brush.columns);
        let dots = |points: Vec<[f64; 2]>, radius: f32| {
            Points::new(self.name(series), points).color(color).radius(radius).allow_hover(brush.tells)
        };
        match series.kind {
            Kind::Points if !brush.on_map => vec![Box::new(dots(points, if count > CROWDED { 2.0 } else { 3.5 }))],
            Kind::Dots => vec![Box::new(dots(points, 1.8))],
            Kind::Line | Kind::Thin | Kind::Dashed | Kind::Dotted => {
                let over = self.has_dots(series, count).then(|| points.clone());
                let mut items: Vec<Box<dyn PlotItem>> = Vec::new();
                for line in self.strokes(series, points, color) {
                    items.push(Box::new(line));
                }
                if let Some(over) = over {
                    items.push(Box::new(dots(over, 2.0).filled(series.kind != Kind::Dotted).allow_hover(false)));
                }
                items
            }
            Kind::Points | Kind::Bars | Kind::Area | Kind::Hollow | Kind::Star => Vec::new(),
        }
    }

    /// Whether the points of a line are seen. A lone point of a line is a dot, as on paper.
    fn has_dots(self, series: &Series, count: usize) -> bool {
        let is_measured = matches!(series.kind, Kind::Line | Kind::Dotted);
        series.kind != Kind::Thin && (count == 1 || is_measured && count <= self.brush.dots)
    }

    /// One unbroken line, over its halo if it has one.
    fn strokes(self, series: &Series, points: Vec<[f64; 2]>, color: Color32) -> Vec<Line<'static>> {
        let brush = self.brush;
        let (width, style, color) = match series.kind {
            Kind::Thin => (1.3, LineStyle::Solid, color),
            Kind::Dashed if self.is_dashed => (1.7, LineStyle::Dashed { length: 6.0 }, color),
            Kind::Dashed => (1.0, LineStyle::Solid, color.gamma_multiply(PALE)),
            Kind::Dotted => (1.2, LineStyle::Dotted { spacing: 4.5 }, color),
            _ => (1.7, LineStyle::Solid, color),
        };
        // Where several points lie on one point of the screen, their line is a band; elsewhere a step, which has two points at one
        // place, would lose its corners. On a map lines go anywhere, and of a steep one the band is no wider than a hair.
        let is_dense = points.len() > brush.columns && !brush.on_map;
        let halo = (brush.on_map && series.kind == Kind::Line).then(|| {
            let halo = Line::new("", points.clone()).stroke(Stroke::new(3.4, theme::glow(130)));
            halo.allow_band(false).allow_hover(false)
        });
        let line = Line::new(self.name(series), points).stroke(Stroke::new(width, color)).style(style);
        let line = line.allow_band(is_dense).allow_hover(brush.tells && series.kind != Kind::Thin);
        halo.into_iter().chain([line]).collect()
    }

    /// In a legend only what is meant to be there has a name.
    fn name(self, series: &Series) -> String {
        let is_named = (self.brush.legend || self.brush.tells) && (!self.brush.legend || series.in_legend);
        if is_named { series.name.clone() } else { String::new() }
    }
}

/// The area within an outline. One that goes along a lower line and back along an upper one is no convex polygon.
fn area(outline: &[[f64; 2]], color: Color32, log: bool) -> Box<dyn PlotItem> {
    if let Some([x, low, high]) = band(outline, log) {
        return Box::new(FilledArea::new("", &x, &low, &high).fill_color(color).allow_hover(false));
    }
    let points: Vec<[f64; 2]> = outline.iter().filter_map(|[x, y]| Some([*x, placed(*y, log)?])).collect();
    Box::new(Polygon::new("", points).fill_color(color).stroke(Stroke::NONE).allow_hover(false))
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
    let (from, to) = brush.across;
    (to - from) * LONE_BAR.min(WIDEST_LONE_BAR / brush.columns.max(1) as f64)
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

    fn brush() -> Brush {
        Brush {
            log: false,
            columns: 100,
            across: (0.0, 100.0),
            unit: [1.0, 1.0],
            dots: 0,
            tells: false,
            legend: false,
            on_map: false,
            kept: None,
        }
    }

    fn series(kind: Kind, points: impl IntoIterator<Item = [f64; 2]>) -> Series {
        let color = crate::figure::Color { r: 0, g: 0, b: 0 };
        Series { name: "a".into(), in_legend: false, color, kind, curve: crate::history::Curve::through(points) }
    }

    #[test]
    fn what_has_no_place_breaks_a_line() {
        let broken = series(Kind::Line, [[0.0, 10.0], [1.0, 100.0], [2.0, -1.0], [3.0, 1.0]]);
        assert_eq!(parts(&broken, true), [vec![[0.0, 1.0], [1.0, 2.0]], vec![[3.0, 0.0]]]);
        assert_eq!(parts(&broken, false).len(), 1);
        assert!(parts(&series(Kind::Line, [[0.0, -1.0]]), true).is_empty());
    }

    #[test]
    fn dashes_end_where_there_are_too_many() {
        let zigzag = |height: f64| (0..100).map(move |k| [f64::from(k), if k % 2 == 0 { 0.0 } else { height }]);
        let panel = |height| Panel { series: vec![series(Kind::Dashed, zigzag(height))], ..Panel::default() };
        assert!(is_dashed(&panel(20.0), &brush()));
        assert!(!is_dashed(&panel(40.0), &brush()));
        assert!(
            is_dashed(&panel(40.0), &Brush { across: (0.0, 10.0), ..brush() }),
            "what is out of view costs nothing"
        );
        assert!(is_dashed(&Panel::default(), &brush()));
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
