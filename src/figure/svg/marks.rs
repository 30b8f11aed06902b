//! What stands on top of the lines: vertical lines at changes, and names.

use super::{
    pen::Svg,
    series::{bars, polyline},
};
use crate::figure::{
    Kind, Marker,
    layout::{NUMBER, PanelLayout},
    name_rooms::{Named, Room, around, name_rooms},
    text,
};

/// Letters reach so far below their baseline.
const BELOW: f64 = 3.0;

impl Svg {
    pub(super) fn marker_lines(&mut self, p: &PanelLayout<'_>) {
        let color = self.colors.ink;
        for marker in p.panel.markers.iter().filter(|m| p.x.0 <= m.x && m.x <= p.x.1) {
            let x = p.px(marker.x);
            self.rule([x, p.plot.y, x, p.plot.bottom()], color, 0.9, r#" stroke-dasharray="2 2.5""#);
        }
    }

    /// A triangle at the edge wherever a line goes on beyond it.
    pub(super) fn leaving(&mut self, p: &PanelLayout<'_>) {
        let rim = self.colors.background;
        for mark in &p.leaving {
            let Some(series) = p.panel.series.get(mark.series) else { continue };
            let (x, color) = (p.px(mark.x), series.color);
            let (tip, base) = if mark.is_up {
                (p.plot.y + 1.0, p.plot.y + 8.0)
            } else {
                (p.plot.bottom() - 1.0, p.plot.bottom() - 8.0)
            };
            let corners = polyline(&[(x, tip), (x + 4.5, base), (x - 4.5, base)]);
            self.line(format_args!(
                r#"<polygon class="leaving" points="{corners}" fill="{color}" stroke="{rim}" stroke-width="0.9"/>"#
            ));
        }
    }

    /// Labels of markers, on up to three rows so that they do not touch; one that finds no room is left out.
    pub(super) fn marker_labels(&mut self, p: &PanelLayout<'_>) {
        let mut ends = [f64::NEG_INFINITY; 3];
        let in_view = |m: &&Marker| !m.label.is_empty() && p.x.0 <= m.x && m.x <= p.x.1;
        for marker in p.panel.markers.iter().filter(in_view) {
            let width = text::width(&marker.label, NUMBER) * 1.05;
            let x = p.px(marker.x) + 5.0;
            // At the right edge a label stands left of its line.
            let (start, at, anchor) =
                if x + width > p.plot.right() { (x - 10.0 - width, x - 10.0, "end") } else { (x, x, "start") };
            if let Some(row) = ends.iter().position(|end| *end + 8.0 <= start) {
                ends[row] = start + width;
                let (y, color) = (p.plot.y + 14.0 + 15.0 * row as f64, self.colors.muted);
                self.rimmed(&text::content(&marker.label), color, at, y, anchor);
            }
        }
    }

    /// Names beside their points.
    pub(super) fn tags(&mut self, p: &PanelLayout<'_>) {
        let frame = [p.plot.x, p.plot.y, p.plot.right(), p.plot.bottom()];
        let inside = |[x, y]: [f64; 2]| frame[0] <= x && x <= frame[2] && frame[1] <= y && y <= frame[3];
        let place = |x: f64, y: f64| [p.px(x), p.py(y)];
        let tags = p.panel.tags.iter().map(|tag| (place(tag.x, tag.y), tag.label.as_str()));
        let tags: Vec<([f64; 2], &str)> = tags.filter(|(at, _)| inside(*at)).collect();
        let named = |(at, label): &([f64; 2], &str)| Named {
            at: *at,
            // A little more than measured, for other typefaces.
            size: [text::width(label, NUMBER) * 1.05, NUMBER + BELOW],
        };
        let names: Vec<Named> = tags.iter().map(named).collect();
        // Bars stay free, and a name of one stands above it.
        let bars = bars(p);
        let has_bars = !bars.is_empty();
        let on_map = p.panel.heat.is_some();
        let marks = p.panel.series.iter().filter(|s| match s.kind {
            Kind::Star | Kind::Hollow => true,
            kind => on_map && kind == Kind::Points,
        });
        let marks = marks.flat_map(|s| s.curve.points()).map(|[x, y]| place(x, y)).filter(|at| inside(*at)).map(around);
        let taken: Vec<Room> = bars.into_iter().chain(marks).collect();
        for ((_, label), [left, top, ..]) in tags.iter().zip(name_rooms(&names, frame, &taken, has_bars)) {
            self.rimmed(&text::content(label), self.colors.ink, left, top + NUMBER, "start");
        }
    }
}
