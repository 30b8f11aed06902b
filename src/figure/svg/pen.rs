//! Texts and rules as SVG, from which everything else is drawn.

use std::fmt::Write as _;

use crate::figure::{
    colors::{Color, Page as Colors},
    layout::{LABEL, NUMBER, Rect},
    text::{self, Level, SCRIPT},
};

/// Who draws what lies under everything else: the colour of the page, and the heat maps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::figure) enum Ground {
    Drawn,
    /// It is there already, so the document is transparent.
    LeftOut,
}

/// A coordinate: two decimals, no trailing zeros, kept near the page so that no renderer loses precision.
pub(super) fn n(v: f64) -> String {
    let rounded = (v.clamp(-1e5, 1e5) * 100.0).round() / 100.0 + 0.0;
    format!("{rounded}")
}

/// A document in the making.
pub(super) struct Svg {
    pub text: String,
    pub colors: Colors,
    pub ground: Ground,
}

impl Svg {
    pub(super) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    pub(super) fn plain(&mut self, words: &str, x: f64, y: f64, size: f64, fill: Color, anchor: &str) {
        let (x, y, words) = (n(x), n(y), text::content(words));
        self.line(format_args!(
            r#"<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{words}</text>"#
        ));
    }

    /// Text with a rim of the background, so that it reads on top of data.
    pub(super) fn rimmed(&mut self, content: &str, fill: Color, x: f64, y: f64, anchor: &str) {
        let background = self.colors.background;
        let (x, y) = (n(x), n(y));
        self.line(format_args!(
            r#"<text x="{x}" y="{y}" font-size="{NUMBER}" fill="{fill}" text-anchor="{anchor}" stroke="{background}" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">{content}</text>"#
        ));
    }

    pub(super) fn label(&mut self, label: &str, place: &str, size: f64, fill: Color, anchor: &str) {
        let content = spans(label, size);
        self.line(format_args!(
            r#"<text {place} font-size="{}" fill="{fill}" text-anchor="{anchor}">{content}</text>"#,
            n(size)
        ));
    }

    pub(super) fn rule(&mut self, [x1, y1, x2, y2]: [f64; 4], stroke: Color, width: f64, extra: &str) {
        let (x1, y1, x2, y2) = (n(x1), n(y1), n(x2), n(y2));
        self.line(format_args!(
            r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}" stroke-width="{width}"{extra}/>"#
        ));
    }

    /// A label that runs upwards beside a plot, with its baseline at `x`.
    pub(super) fn upright(&mut self, label: &str, x: f64, plot: Rect) {
        if label.is_empty() {
            return;
        }
        // A label longer than its axis gets smaller, down to what is still readable.
        let long = text::markup_width(label, LABEL) * 1.05;
        let size = LABEL * (plot.h / long).clamp(0.75, 1.0);
        let (x, y) = (n(x), n(plot.y + plot.h / 2.0));
        let place = format!(r#"x="{x}" y="{y}" transform="rotate(-90 {x} {y})""#);
        self.label(label, &place, size, self.colors.muted, "middle");
    }
}

/// A label in markup as XML: sub- and superscripts are smaller and moved, which every renderer understands.
pub(in crate::figure) fn spans(label: &str, size: f64) -> String {
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
