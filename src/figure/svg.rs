//! Figures as SVG: plain shapes and text, the same bytes for the same figure.

use std::fmt::Write;

use super::{
    Figure, ITERATION_GRID_LIMIT, Key, Kind, Series,
    colors::{Color, Page as Colors},
    layout::{self, LABEL, LEGEND, NUMBER, PANEL_TITLE, PanelLayout, SAMPLE, SUBTITLE, TITLE},
    text::{self, Level, SCRIPT, escaped},
};

/// Ubuntu is what the PNGs use; the others come with most systems. All have figures of one width.
const FONTS: &str = "Ubuntu, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/// The figure as a complete SVG document.
pub fn to_svg(figure: &Figure) -> String {
    let page = layout::page(figure);
    let colors = figure.theme.page();
    let mut out = Svg { text: String::new(), colors };
    let (w, h) = (figure.width, figure.height);
    out.line(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" font-family="{FONTS}" font-weight="300" style="font-variant-numeric: tabular-nums">"#
    ));
    out.line(format_args!("<title>{}</title>", escaped(&figure.title)));
    out.line(format_args!(r#"<rect width="{w}" height="{h}" fill="{}"/>"#, colors.background));
    let room = f64::from(w) - page.left - 12.0;
    if !figure.title.is_empty() {
        out.plain(&text::fitted(&figure.title, TITLE, room), page.left, page.title_y, TITLE, colors.ink, "start");
    }
    if !figure.subtitle.is_empty() {
        let subtitle = text::fitted(&figure.subtitle, SUBTITLE, room);
        out.plain(&subtitle, page.left, page.subtitle_y, SUBTITLE, colors.muted, "start");
    }
    for entry in &page.key {
        out.key(&entry.key, entry.x, entry.y);
    }
    for (i, panel) in page.panels.iter().enumerate() {
        out.panel(panel, i);
    }
    out.text.push_str("</svg>\n");
    out.text
}

/// A coordinate: two decimals, no trailing zeros, kept near the page so that no renderer loses precision.
fn n(v: f64) -> String {
    let rounded = (v.clamp(-1e5, 1e5) * 100.0).round() / 100.0 + 0.0;
    format!("{rounded}")
}

struct Svg {
    text: String,
    colors: Colors,
}

impl Svg {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn plain(&mut self, words: &str, x: f64, y: f64, size: f64, fill: Color, anchor: &str) {
        let (x, y, words) = (n(x), n(y), text::content(words));
        self.line(format_args!(
            r#"<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{words}</text>"#
        ));
    }

    /// Text with a rim of the background, so that it reads on top of data.
    fn rimmed(&mut self, content: &str, x: f64, y: f64, anchor: &str) {
        let Colors { muted, background, .. } = self.colors;
        let (x, y) = (n(x), n(y));
        self.line(format_args!(
            r#"<text x="{x}" y="{y}" font-size="{NUMBER}" fill="{muted}" text-anchor="{anchor}" stroke="{background}" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">{content}</text>"#
        ));
    }

    fn label(&mut self, label: &str, place: &str, size: f64, fill: Color, anchor: &str) {
        let content = spans(label, size);
        self.line(format_args!(
            r#"<text {place} font-size="{}" fill="{fill}" text-anchor="{anchor}">{content}</text>"#,
            n(size)
        ));
    }

    fn rule(&mut self, [x1, y1, x2, y2]: [f64; 4], stroke: Color, width: f64, extra: &str) {
        let (x1, y1, x2, y2) = (n(x1), n(y1), n(x2), n(y2));
        self.line(format_args!(
            r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}" stroke-width="{width}"{extra}/>"#
        ));
    }

    fn panel(&mut self, p: &PanelLayout<'_>, index: usize) {
        let colors = self.colors;
        let (plot, panel) = (p.plot, p.panel);
        let (x, y, w, h) = (n(plot.x), n(plot.y), n(plot.w), n(plot.h));
        self.line(format_args!(r#"<g class="panel">"#));
        self.line(format_args!(
            r#"<clipPath id="plot{index}"><rect x="{x}" y="{y}" width="{w}" height="{h}"/></clipPath>"#
        ));
        self.header(p);
        self.grid(p);
        self.line(format_args!(
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="none" stroke="{}" stroke-width="0.8"/>"#,
            colors.frame
        ));
        if p.has_data {
            self.line(format_args!(r#"<g clip-path="url(#plot{index})">"#));
            for guide in panel.guides.iter().filter(|g| p.y.0 <= g.value && g.value <= p.y.1) {
                let y = p.py(guide.value);
                self.rule([plot.x, y, plot.right(), y], colors.muted, 0.8, "");
            }
            self.marker_lines(p);
            for series in &panel.series {
                self.series(p, series);
            }
            self.line(format_args!("</g>"));
            for guide in panel.guides.iter().filter(|g| p.y.0 <= g.value && g.value <= p.y.1 && !g.label.is_empty()) {
                self.rimmed(&spans(&guide.label, NUMBER), plot.right() - 6.0, p.py(guide.value) - 4.0, "end");
            }
            self.marker_labels(p);
        } else {
            let words = text::fitted(&panel.when_empty, LABEL, plot.w - 16.0);
            self.rimmed(&text::content(&words), plot.x + plot.w / 2.0, plot.y + plot.h / 2.0 + 4.0, "middle");
        }
        self.numbers(p);
        self.line(format_args!("</g>"));
    }

    /// Title, note and legend.
    fn header(&mut self, p: &PanelLayout<'_>) {
        let colors = self.colors;
        let place = format!(r#"x="{}" y="{}""#, n(p.plot.x), n(p.title_y));
        self.label(&p.panel.title, &place, PANEL_TITLE, colors.ink, "start");
        if let Some(note) = &p.note {
            let after = p.plot.x + text::markup_width(&p.panel.title, PANEL_TITLE) * 1.05 + 12.0;
            self.plain(note, after, p.title_y, NUMBER, super::colors::SAM, "start");
        }
        for entry in &p.legend {
            self.key(&entry.key, entry.x, entry.y);
        }
    }

    fn grid(&mut self, p: &PanelLayout<'_>) {
        let colors = self.colors;
        let (plot, (from, to)) = (p.plot, p.x);
        for tick in &p.y_ticks {
            let y = p.py(tick.value);
            self.rule([plot.x, y, plot.right(), y], colors.grid, 0.8, "");
        }
        let mut upright = |at: f64, color: Color| {
            let x = p.px(at);
            self.rule([x, plot.y, x, plot.bottom()], color, 0.8, "");
        };
        if p.panel.iteration_grid && to - from <= ITERATION_GRID_LIMIT {
            (from.ceil() as i64..=to.floor() as i64).for_each(|t| upright(t as f64, colors.strong_grid));
        } else {
            p.x_ticks.iter().for_each(|tick| upright(tick.value, colors.grid));
        }
    }

    /// Numbers and labels of both axes.
    fn numbers(&mut self, p: &PanelLayout<'_>) {
        let colors = self.colors;
        let (plot, panel) = (p.plot, p.panel);
        for tick in &p.y_ticks {
            let place = format!(r#"x="{}" y="{}""#, n(plot.x - 7.0), n(p.py(tick.value) + NUMBER * 0.34));
            self.label(&tick.label, &place, NUMBER, colors.muted, "end");
        }
        if !panel.y_label.is_empty() {
            // A label longer than its axis gets smaller, down to what is still readable.
            let long = text::markup_width(&panel.y_label, LABEL) * 1.05;
            let size = LABEL * (plot.h / long).clamp(0.75, 1.0);
            let (x, y) = (n(18.0 + LABEL * 0.5), n(plot.y + plot.h / 2.0));
            let place = format!(r#"x="{x}" y="{y}" transform="rotate(-90 {x} {y})""#);
            self.label(&panel.y_label, &place, size, colors.muted, "middle");
        }
        for tick in &p.x_ticks {
            let x = p.px(tick.value);
            self.rule([x, plot.bottom(), x, plot.bottom() + 3.5], colors.frame, 0.8, "");
            if p.x_numbers {
                let place = format!(r#"x="{}" y="{}""#, n(x), n(plot.bottom() + 16.0));
                self.label(&tick.label, &place, NUMBER, colors.muted, "middle");
            }
        }
        if p.x_numbers && !panel.x_label.is_empty() {
            let place = format!(r#"x="{}" y="{}""#, n(plot.x + plot.w / 2.0), n(plot.bottom() + 35.0));
            self.label(&panel.x_label, &place, LABEL, colors.muted, "middle");
        }
    }

    fn marker_lines(&mut self, p: &PanelLayout<'_>) {
        let color = self.colors.ink;
        for marker in p.panel.markers.iter().filter(|m| p.x.0 <= m.x && m.x <= p.x.1) {
            let x = p.px(marker.x);
            self.rule([x, p.plot.y, x, p.plot.bottom()], color, 0.9, r#" stroke-dasharray="2 2.5""#);
        }
    }

    /// Labels of markers, on up to three rows so that they do not touch; one that finds no room is left out.
    fn marker_labels(&mut self, p: &PanelLayout<'_>) {
        let mut ends = [f64::NEG_INFINITY; 3];
        let in_view = |m: &&super::Marker| !m.label.is_empty() && p.x.0 <= m.x && m.x <= p.x.1;
        for marker in p.panel.markers.iter().filter(in_view) {
            let width = text::width(&marker.label, NUMBER) * 1.05;
            let x = p.px(marker.x) + 5.0;
            // At the right edge a label stands left of its line.
            let (start, at, anchor) =
                if x + width > p.plot.right() { (x - 10.0 - width, x - 10.0, "end") } else { (x, x, "start") };
            if let Some(row) = ends.iter().position(|end| *end + 8.0 <= start) {
                ends[row] = start + width;
                self.rimmed(&text::content(&marker.label), at, p.plot.y + 14.0 + 15.0 * row as f64, anchor);
            }
        }
    }

    fn series(&mut self, p: &PanelLayout<'_>, series: &Series) {
        let color = series.color;
        let points: Vec<Vec<(f64, f64)>> = segments(p, series);
        let count: usize = points.iter().map(Vec::len).sum();
        match series.kind {
            Kind::Line | Kind::Dashed | Kind::Dotted => {
                let width = if count as f64 > p.plot.w { 1.0 } else { 1.5 };
                let style = stroke(series.kind);
                for line in &points {
                    match line.as_slice() {
                        [(x, y)] => self.circle(*x, *y, 1.4, color, None),
                        line => {
                            let joined = polyline(line);
                            self.line(format_args!(
                                r#"<polyline points="{joined}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linejoin="round"{style}/>"#
                            ));
                        }
                    }
                }
            }
            Kind::Bars => {
                let zero = if p.panel.log_y { p.plot.bottom() } else { p.py(0.0) };
                let w = bar_width(p, &points);
                for (x, y) in points.iter().flatten() {
                    let (x, top, h) = (n(x - w / 2.0), n(y.min(zero)), n((zero - y).abs()));
                    let w = n(w);
                    self.line(format_args!(r#"<rect x="{x}" y="{top}" width="{w}" height="{h}" fill="{color}"/>"#));
                }
            }
            Kind::Points | Kind::Hollow | Kind::Star => {
                // Many points get smaller ones; a few stand out with a rim of the background.
                let crowded = count > 250;
                for (x, y) in points.iter().flatten() {
                    match series.kind {
                        Kind::Points if crowded => self.circle(*x, *y, 1.5, color, None),
                        kind => self.mark(kind, *x, *y, color),
                    }
                }
            }
        }
    }

    fn circle(&mut self, x: f64, y: f64, r: f64, fill: Color, rim: Option<Color>) {
        let rim = rim.map(|c| format!(r#" stroke="{c}" stroke-width="0.9""#)).unwrap_or_default();
        self.line(format_args!(r#"<circle cx="{}" cy="{}" r="{r}" fill="{fill}"{rim}/>"#, n(x), n(y)));
    }

    fn mark(&mut self, kind: Kind, x: f64, y: f64, color: Color) {
        let background = self.colors.background;
        match kind {
            Kind::Hollow => {
                let (x, y) = (n(x), n(y));
                self.line(format_args!(
                    r#"<circle cx="{x}" cy="{y}" r="3.6" fill="{background}" stroke="{color}" stroke-width="1.5"/>"#
                ));
            }
            Kind::Star => {
                let corner = |i: i32| {
                    let r = if i % 2 == 0 { 6.0 } else { 2.5 };
                    let angle = std::f64::consts::PI * (f64::from(i) / 5.0 - 0.5);
                    (x + r * angle.cos(), y + r * angle.sin())
                };
                let star = polyline(&(0..10).map(corner).collect::<Vec<_>>());
                self.line(format_args!(
                    r#"<polygon points="{star}" fill="{color}" stroke="{background}" stroke-width="0.9"/>"#
                ));
            }
            _ => self.circle(x, y, 3.2, color, Some(background)),
        }
    }

    /// An entry of a legend: a sample and its name.
    fn key(&mut self, key: &Key, x: f64, y: f64) {
        let middle = y - LEGEND * 0.33;
        match key.kind {
            Kind::Line | Kind::Dashed | Kind::Dotted => {
                self.rule([x, middle, x + SAMPLE, middle], key.color, 1.7, stroke(key.kind));
            }
            Kind::Bars => {
                let (x, y) = (n(x + 5.0), n(middle - 4.5));
                self.line(format_args!(r#"<rect x="{x}" y="{y}" width="10" height="9" fill="{}"/>"#, key.color));
            }
            kind => self.mark(kind, x + SAMPLE / 2.0, middle, key.color),
        }
        self.plain(&key.name, x + SAMPLE + 6.0, y, LEGEND, self.colors.muted, "start");
    }
}

/// A label in markup as XML: sub- and superscripts are smaller and moved, which every renderer understands.
pub(super) fn spans(label: &str, size: f64) -> String {
    let mut out = String::new();
    let mut at = 0.0;
    for (level, piece) in text::markup(label) {
        let to = match level {
            Level::Base => 0.0,
            Level::Sub => 0.24 * size,
            Level::Super => -0.36 * size,
        };
        let small = if level == Level::Base { String::new() } else { format!(r#" font-size="{}""#, n(size * SCRIPT)) };
        let moved = if to == at { String::new() } else { format!(r#" dy="{}""#, n(to - at)) };
        let piece = text::content(&piece);
        if small.is_empty() && moved.is_empty() {
            out.push_str(&piece);
        } else {
            out.push_str(&format!("<tspan{moved}{small}>{piece}</tspan>"));
        }
        at = to;
    }
    out
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
fn polyline(line: &[(f64, f64)]) -> String {
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

/// Bars fill most of the distance to their neighbour.
fn bar_width(p: &PanelLayout<'_>, points: &[Vec<(f64, f64)>]) -> f64 {
    let xs: Vec<f64> = points.iter().flatten().map(|(x, _)| *x).collect();
    let nearest = xs.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
    if nearest.is_finite() { (nearest * 0.7).max(0.5) } else { (p.plot.w * 0.1).min(24.0) }
}
