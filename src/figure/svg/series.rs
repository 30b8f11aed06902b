//! Lines, points and their samples in legends.

use super::pen::{Svg, n};
use crate::figure::{
    Color, Key, Kind, Series,
    layout::{LEGEND, PanelLayout, SAMPLE, SAMPLE_GAP, spacing},
};

impl Svg {
    pub(super) fn series(&mut self, p: &PanelLayout<'_>, series: &Series) {
        let color = series.color;
        let points: Vec<Vec<(f64, f64)>> = segments(p, series);
        let count: usize = points.iter().map(Vec::len).sum();
        match series.kind {
            Kind::Line | Kind::Dashed | Kind::Dotted | Kind::Thin => {
                let width = line_width(series.kind, count, p);
                let style = stroke(series.kind);
                // On a heat map a line needs a rim to be seen on every colour.
                let rim = p.panel.heat.as_ref().map(|_| (self.colors.background, width + 2.0));
                for line in &points {
                    match line.as_slice() {
                        [(x, y)] => self.circle(*x, *y, 1.4, color, None),
                        line => {
                            let joined = polyline(line);
                            if let Some((color, width)) = rim {
                                self.line(format_args!(
                                    r#"<polyline points="{joined}" fill="none" stroke="{color}" stroke-opacity="0.8" stroke-width="{width}" stroke-linejoin="round"/>"#
                                ));
                            }
                            self.line(format_args!(
                                r#"<polyline points="{joined}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linejoin="round"{style}/>"#
                            ));
                        }
                    }
                }
            }
            Kind::Bars => {
                for [left, top, right, bottom] in bars_of(p, &points) {
                    let (x, y, w, h) = (n(left), n(top), n(right - left), n(bottom - top));
                    self.line(format_args!(r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{color}"/>"#));
                }
            }
            Kind::Area => {
                let color = self.colors.area(color);
                for outline in &points {
                    let joined = polyline(outline);
                    self.line(format_args!(r#"<polygon points="{joined}" fill="{color}"/>"#));
                }
            }
            Kind::Points | Kind::Dots | Kind::Hollow | Kind::Star => {
                // Many points get smaller ones; a few stand out with a rim of the background.
                let crowded = count > 250;
                let size = if p.panel.heat.is_some() { ON_HEAT } else { 1.0 };
                for (x, y) in points.iter().flatten() {
                    match series.kind {
                        Kind::Points if crowded => self.circle(*x, *y, 1.5, color, None),
                        kind => self.mark(kind, *x, *y, color, size),
                    }
                }
            }
        }
    }

    fn circle(&mut self, x: f64, y: f64, r: f64, fill: Color, rim: Option<Color>) {
        let rim = rim.map(|c| format!(r#" stroke="{c}" stroke-width="0.9""#)).unwrap_or_default();
        self.line(format_args!(r#"<circle cx="{}" cy="{}" r="{r}" fill="{fill}"{rim}/>"#, n(x), n(y)));
    }

    fn mark(&mut self, kind: Kind, x: f64, y: f64, color: Color, size: f64) {
        let background = self.colors.background;
        match kind {
            Kind::Hollow => {
                let (x, y, r) = (n(x), n(y), n(3.6 * size));
                self.line(format_args!(
                    r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{background}" stroke="{color}" stroke-width="1.5"/>"#
                ));
            }
            Kind::Star => {
                let corner = |i: i32| {
                    let r = size * if i % 2 == 0 { 6.0 } else { 2.5 };
                    let angle = std::f64::consts::PI * (f64::from(i) / 5.0 - 0.5);
                    (x + r * angle.cos(), y + r * angle.sin())
                };
                let star = polyline(&(0..10).map(corner).collect::<Vec<_>>());
                self.line(format_args!(
                    r#"<polygon points="{star}" fill="{color}" stroke="{background}" stroke-width="0.9"/>"#
                ));
            }
            Kind::Dots => self.circle(x, y, 2.4, color, Some(background)),
            _ => self.circle(x, y, 3.2 * size, color, Some(background)),
        }
    }

    /// An entry of a legend: a sample and its name.
    pub(super) fn key(&mut self, key: &Key, x: f64, y: f64) {
        let middle = y - LEGEND * 0.33;
        match key.kind {
            Kind::Line | Kind::Dashed | Kind::Dotted => {
                self.rule([x, middle, x + SAMPLE, middle], key.color, 1.7, stroke(key.kind));
            }
            Kind::Thin => self.rule([x, middle, x + SAMPLE, middle], key.color, THIN, ""),
            Kind::Bars | Kind::Area => {
                let color = if key.kind == Kind::Area { self.colors.area(key.color) } else { key.color };
                let (x, y) = (n(x + 5.0), n(middle - 4.5));
                self.line(format_args!(r#"<rect x="{x}" y="{y}" width="10" height="9" fill="{color}"/>"#));
            }
            kind => {
                // What is as light as the page needs a rim to be seen in a legend.
                let page = self.colors;
                if (key.color.luminance() - page.background.luminance()).abs() < LEAST_CONTRAST {
                    self.colors.background = page.muted;
                }
                self.mark(kind, x + SAMPLE / 2.0, middle, key.color, 1.0);
                self.colors = page;
            }
        }
        self.plain(&key.name, x + SAMPLE + SAMPLE_GAP, y, LEGEND, self.colors.muted, "start");
    }
}

/// The bars of a panel: left, top, right, bottom.
pub(super) fn bars(p: &PanelLayout<'_>) -> Vec<[f64; 4]> {
    let bars = p.panel.series.iter().filter(|series| series.kind == Kind::Bars);
    bars.flat_map(|series| bars_of(p, &segments(p, series))).collect()
}

/// The bars up (or down) to some points.
fn bars_of(p: &PanelLayout<'_>, points: &[Vec<(f64, f64)>]) -> Vec<[f64; 4]> {
    let zero = if p.panel.log_y { p.plot.bottom() } else { p.py(0.0) };
    let w = bar_width(p, points);
    let bar = |(x, y): &(f64, f64)| [x - w / 2.0, y.min(zero), x + w / 2.0, y.max(zero)];
    points.iter().flatten().map(bar).collect()
}

/// How much larger marks are on a heat map, where much competes with them.
const ON_HEAT: f64 = 1.4;

/// Difference of luminance below which a mark is not seen on a page.
const LEAST_CONTRAST: f64 = 0.1;

/// Width of a line that helps to read.
const THIN: f64 = 0.9;

fn line_width(kind: Kind, count: usize, p: &PanelLayout<'_>) -> f64 {
    match kind {
        Kind::Thin => THIN,
        _ if count as f64 > p.plot.w => 1.0,
        _ => 1.5,
    }
}

fn stroke(kind: Kind) -> &'static str {
    match kind {
        Kind::Dashed => r#" stroke-dasharray="5 3""#,
        Kind::Dotted => r#" stroke-dasharray="0.1 3.4" stroke-linecap="round""#,
        _ => "",
    }
}

/// The lines of a series in pixels; a log axis breaks them where it has no place.
fn segments(p: &PanelLayout<'_>, series: &Series) -> Vec<Vec<(f64, f64)>> {
    let mut done = Vec::new();
    for line in &series.curve.lines {
        let pixels = line.iter().map(|[x, y]| (p.px(*x), p.py(*y)));
        let mut current: Vec<(f64, f64)> = Vec::new();
        for (x, y) in pixels {
            if x.is_finite() && y.is_finite() {
                current.push((x, y));
            } else if !current.is_empty() {
                done.push(std::mem::take(&mut current));
            }
        }
        if !current.is_empty() {
            done.push(current);
        }
    }
    done
}

/// Coordinates of a line; points that round to the one before are left out.
pub(super) fn polyline(line: &[(f64, f64)]) -> String {
    let mut out = String::with_capacity(line.len() * 14);
    let mut last = String::new();
    for (x, y) in line {
        let point = format!("{},{}", n(*x), n(*y));
        if point != last {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&point);
            last = point;
        }
    }
    out
}

/// Bars fill most of the distance to their neighbour; those with names at the axis, to the next name.
fn bar_width(p: &PanelLayout<'_>, points: &[Vec<(f64, f64)>]) -> f64 {
    if let Some(apart) = spacing(p.panel) {
        return (apart / (p.x.1 - p.x.0) * p.plot.w * 0.6).max(0.5);
    }
    let xs: Vec<f64> = points.iter().flatten().map(|(x, _)| *x).collect();
    let nearest = xs.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
    if nearest.is_finite() { (nearest * 0.7).max(0.5) } else { (p.plot.w * 0.1).min(24.0) }
}
