//! What stands on top of the lines: vertical lines at changes, and names.

use super::{
    pen::Svg,
    series::{bars, polyline},
};
use crate::figure::{
    Marker,
    layout::{NUMBER, PanelLayout},
    text,
};

/// A rectangle taken by a mark or a name: left, top, right, bottom.
type Taken = [f64; 4];

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

    /// Names beside their points: on the first side that is inside of the plot and free.
    pub(super) fn tags(&mut self, p: &PanelLayout<'_>) {
        let inside = |x: f64, y: f64| p.plot.x <= x && x <= p.plot.right() && p.plot.y <= y && y <= p.plot.bottom();
        let points: Vec<(f64, f64, &str)> = p
            .panel
            .tags
            .iter()
            .map(|tag| (p.px(tag.x), p.py(tag.y), tag.label.as_str()))
            .filter(|(x, y, _)| inside(*x, *y))
            .collect();
        // The points themselves stay free, too.
        let mut taken: Vec<Taken> = points.iter().map(|(x, y, _)| [x - 8.0, y - 8.0, x + 8.0, y + 8.0]).collect();
        // Bars stay free, and a name of one stands above it.
        let bars = bars(p);
        let has_bars = !bars.is_empty();
        taken.extend(bars);
        for (x, y, label) in points {
            let (w, h) = (text::width(label, NUMBER) * 1.05, NUMBER);
            let [right, left] = [(x + 12.0, y + 4.0), (x - 12.0 - w, y + 4.0)];
            let [above, below] = [(x - w / 2.0, y - 13.0), (x - w / 2.0, y + 21.0)];
            let sides = if has_bars { [above, right, left, below] } else { [right, left, above, below] };
            let rect = |(left, base): (f64, f64)| [left, base - h, left + w, base + 3.0];
            let whole = |place: &&(f64, f64)| {
                let r = rect(**place);
                inside(r[0], r[1]) && inside(r[2], r[3])
            };
            let free = |place: &&(f64, f64)| !taken.iter().any(|t| overlap(t, &rect(**place)));
            let fits = sides.iter().find(|place| whole(place) && free(place));
            // Better over something else than cut off.
            let place = *fits.or_else(|| sides.iter().find(whole)).unwrap_or(&sides[0]);
            taken.push(rect(place));
            self.rimmed(&text::content(label), self.colors.ink, place.0, place.1, "start");
        }
    }
}

fn overlap(a: &Taken, b: &Taken) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
