//! The line figure: loss and error on a straight line through parameter space, with its ends, minima and barrier.

use super::{Color, Figure, Key, Kind, Marker, Panel, Series, Theme, colors::BARRIER, outline::outlines, ticks::short};
use crate::history::Curve;

/// What is to be drawn of one or several lines over the same axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinePicture {
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub subtitle: String,
    /// How it was measured; plain text.
    pub caption: String,
    /// Markup, such as `α: (1−α) A + α B`.
    pub x_label: String,
    pub theme: Theme,
    pub curves: Vec<LineCurve>,
    /// Positions of the ends with their names, such as A at 0 and B at 1. Chord and barrier belong to the first and the
    /// last of them.
    pub ends: Vec<(f64, String)>,
    pub bands: Vec<LineBand>,
    /// Logarithmic loss.
    pub log_loss: bool,
}

/// One line. Every number stands at the α of the same index; a vector that is shorter was not measured beyond its end,
/// so an empty one was not measured at all. NaN and infinities break the line and are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct LineCurve {
    /// Plain text.
    pub name: String,
    pub color: Color,
    /// Rising.
    pub alpha: Vec<f64>,
    pub train_loss: Vec<f64>,
    /// Shares of wrong answers, 0..1.
    pub train_error: Vec<f64>,
    pub test_loss: Vec<f64>,
    pub test_error: Vec<f64>,
}

/// The same line in several random directions.
#[derive(Clone, Debug, PartialEq)]
pub struct LineBand {
    /// How many directions.
    pub count: usize,
    pub color: Color,
    /// Rising.
    pub alpha: Vec<f64>,
    pub loss: Spread,
    /// Shares of wrong answers, 0..1.
    pub error: Spread,
}

/// How several values lie at each α, of the same index; an empty spread was not measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    pub min: Vec<f64>,
    pub lower_quartile: Vec<f64>,
    pub mean: Vec<f64>,
    pub upper_quartile: Vec<f64>,
    pub max: Vec<f64>,
}

/// The figure of a line: loss above error, in percent.
pub fn line_figure(picture: &LinePicture) -> Figure {
    let key = if picture.curves.len() < 2 {
        vec![]
    } else {
        picture.curves.iter().map(|c| Key { name: c.name.clone(), color: c.color, kind: Kind::Line }).collect()
    };
    Figure {
        title: picture.title.clone(),
        subtitle: picture.subtitle.clone(),
        key,
        panels: line_panels(picture).into(),
        caption: picture.caption.clone(),
        width: 900,
        height: 680,
        theme: picture.theme,
        shared_x: true,
    }
}

/// Loss and error over one axis.
pub fn line_panels(picture: &LinePicture) -> [Panel; 2] {
    let neutral = match picture.curves.as_slice() {
        [only] => only.color,
        _ => picture.theme.page().muted,
    };
    let loss = Quantity {
        loss: true,
        name: "Loss",
        label: "mean loss",
        factor: 1.0,
        unit: "",
        train: |c| &c.train_loss,
        test: |c| &c.test_loss,
        spread: |b| &b.loss,
    };
    let error = Quantity {
        loss: false,
        name: "Error",
        label: "wrong answers in %",
        factor: 100.0,
        unit: " pp",
        train: |c| &c.train_error,
        test: |c| &c.test_error,
        spread: |b| &b.error,
    };
    let [loss, mut error] = [panel(picture, &loss, neutral), panel(picture, &error, neutral)];
    // The names of the ends stand once, at the top; the lines go through both panels.
    error.markers.iter_mut().for_each(|m| m.label.clear());
    [loss, error]
}

/// One of the two panels: what it shows and where to find it.
struct Quantity {
    loss: bool,
    name: &'static str,
    label: &'static str,
    /// From the numbers given to those shown.
    factor: f64,
    /// Of a difference, after the number.
    unit: &'static str,
    train: fn(&LineCurve) -> &[f64],
    test: fn(&LineCurve) -> &[f64],
    spread: fn(&LineBand) -> &Spread,
}

impl Quantity {
    /// Whether its axis is logarithmic.
    fn log(&self, picture: &LinePicture) -> bool {
        self.loss && picture.log_loss
    }

    /// The points of a curve as they are shown.
    fn points(&self, alpha: &[f64], values: &[f64]) -> Vec<[f64; 2]> {
        alpha.iter().zip(values).map(|(a, v)| [*a, v * self.factor]).collect()
    }
}

fn panel(picture: &LinePicture, quantity: &Quantity, neutral: Color) -> Panel {
    let single = picture.curves.len() < 2;
    let (mut series, mut key) = (Vec::new(), Vec::new());
    let entry = |name: String, color, kind| Key { name, color, kind };
    for band in &picture.bands {
        let (areas, entries) = spread(band, quantity, picture.theme);
        series.extend(areas);
        key.extend(entries);
    }
    let mut marks = Vec::new();
    for curve in &picture.curves {
        let of = |what: &str, kind, points: Vec<[f64; 2]>| Series {
            name: if single { what.into() } else { format!("{} · {what}", curve.name) },
            in_legend: false,
            color: curve.color,
            kind,
            curve: Curve::through(points),
        };
        let train = quantity.points(&curve.alpha, (quantity.train)(curve));
        let test = quantity.points(&curve.alpha, (quantity.test)(curve));
        if let Some(chord) = chord(&train, &picture.ends) {
            series.push(of("chord", Kind::Thin, straight(chord, quantity.log(picture))));
            if let Some(barrier) = barrier(&train, chord) {
                let [x, y] = barrier.top;
                let purple = |kind, points| Series { color: BARRIER, ..of("barrier", kind, points) };
                marks.push(purple(Kind::Thin, vec![[x, y - barrier.height], [x, y]]));
                marks.push(purple(Kind::Points, vec![[x, y]]));
                let height = format!("{}{} above the chord", short(barrier.height), quantity.unit);
                let name = if single { format!("barrier, {height}") } else { "barrier above the chord".into() };
                key.push(entry(name, BARRIER, Kind::Points));
            }
        }
        for lowest in [&train, &test].into_iter().filter_map(|points| lowest(points)) {
            marks.push(of("minimum", Kind::Star, vec![lowest]));
        }
        series.push(of("training", Kind::Line, train));
        if !test.is_empty() {
            series.push(of("test", Kind::Dotted, test));
        }
    }
    let has = |kind: Kind| series.iter().chain(&marks).any(|s| s.kind == kind && !s.curve.is_empty());
    let words = [("training", Kind::Line), ("test", Kind::Dotted), ("minimum", Kind::Star), ("chord", Kind::Thin)];
    let shown = words.into_iter().filter(|(_, kind)| !picture.curves.is_empty() && has(*kind));
    let mut legend: Vec<Key> = shown.map(|(name, kind)| entry(name.into(), neutral, kind)).collect();
    legend.extend(key);
    legend.dedup();
    series.extend(marks);
    Panel {
        title: quantity.name.into(),
        x_label: picture.x_label.clone(),
        y_label: quantity.label.into(),
        log_y: quantity.log(picture),
        from_zero: true,
        series,
        key: legend,
        markers: picture.ends.iter().map(|(x, name)| Marker { x: *x, label: name.clone() }).collect(),
        when_empty: format!("Here comes the {} along the line.", quantity.name.to_lowercase()),
        ..Panel::default()
    }
}

/// From the least to the greatest value, the middle half, and the mean.
fn spread(band: &LineBand, quantity: &Quantity, theme: Theme) -> (Vec<Series>, Vec<Key>) {
    let spread = (quantity.spread)(band);
    let points = |values: &[f64]| quantity.points(&band.alpha, values);
    let background = theme.page().background;
    let parts = [
        ("least to greatest", Kind::Area, 0.78, outlines(&points(&spread.min), &points(&spread.max))),
        ("middle half", Kind::Area, 0.55, outlines(&points(&spread.lower_quartile), &points(&spread.upper_quartile))),
        ("mean", Kind::Line, 0.0, Curve::through(points(&spread.mean))),
    ];
    let mut keys = Vec::new();
    let mut series = Vec::new();
    for (name, kind, pale, curve) in parts {
        let color = band.color.mixed(background, pale);
        let long = if kind == Kind::Line { format!("mean of {} directions", band.count) } else { name.into() };
        if !curve.is_empty() {
            keys.push(Key { name: long, color, kind });
        }
        series.push(Series { name: name.into(), in_legend: false, color, kind, curve });
    }
    (series, keys)
}

/// The straight line between the curve's values at the first and at the last end. `None` without two ends, or where
/// the curve has no finite value there.
fn chord(points: &[[f64; 2]], ends: &[(f64, String)]) -> Option<[[f64; 2]; 2]> {
    let [(from, _), .., (to, _)] = ends else { return None };
    Some([[*from, value_at(points, *from)?], [*to, value_at(points, *to)?]])
}

/// The points of a straight line; many where a logarithmic axis bends it.
fn straight([from, to]: [[f64; 2]; 2], bent: bool) -> Vec<[f64; 2]> {
    let steps = if bent { 64 } else { 1 };
    let at = |k: u32| f64::from(k) / f64::from(steps);
    (0..=steps).map(|k| std::array::from_fn(|d| from[d] * (1.0 - at(k)) + to[d] * at(k))).collect()
}

/// The curve's value at x, linear between its points.
fn value_at(points: &[[f64; 2]], x: f64) -> Option<f64> {
    let after = points.iter().position(|p| p[0] >= x)?;
    let [x1, y1] = points[after];
    let value = match after.checked_sub(1).map(|i| points[i]) {
        _ if x1 == x => y1,
        Some([x0, y0]) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        None => return None,
    };
    value.is_finite().then_some(value)
}

/// The point highest above a chord.
struct Barrier {
    top: [f64; 2],
    height: f64,
}

/// Only where the curve is above its chord at all, between the ends.
fn barrier(points: &[[f64; 2]], [from, to]: [[f64; 2]; 2]) -> Option<Barrier> {
    let (left, right) = (from[0].min(to[0]), from[0].max(to[0]));
    let height = |p: &[f64; 2]| p[1] - (from[1] + (to[1] - from[1]) * (p[0] - from[0]) / (to[0] - from[0]));
    let between = points.iter().filter(|p| left < p[0] && p[0] < right && p[1].is_finite());
    let top = between.max_by(|a, b| height(a).total_cmp(&height(b)))?;
    let height = height(top);
    // On a straight piece rounding alone lifts points off the chord.
    (height > 1e-9 * from[1].abs().max(to[1].abs())).then_some(Barrier { top: *top, height })
}

/// The lowest finite point; the first of equals.
fn lowest(points: &[[f64; 2]]) -> Option<[f64; 2]> {
    points.iter().copied().filter(|p| p[1].is_finite()).min_by(|a, b| a[1].total_cmp(&b[1]))
}
