//! Where everything on the page stands: ranges, ticks, legends and rectangles, in pixels.

use super::{
    Figure, Key, Kind, Panel, text,
    ticks::{self, Tick},
};

pub(super) const TITLE: f64 = 17.0;
pub(super) const SUBTITLE: f64 = 12.0;
pub(super) const PANEL_TITLE: f64 = 12.5;
pub(super) const LABEL: f64 = 12.0;
pub(super) const NUMBER: f64 = 11.0;
pub(super) const LEGEND: f64 = 11.5;
/// Height of a row of a legend.
pub(super) const ROW: f64 = 17.0;
/// Length of the sample beside a legend's text, and the gap after it.
pub(super) const SAMPLE: f64 = 20.0;
const SAMPLE_GAP: f64 = 6.0;
const ENTRY_GAP: f64 = 16.0;
const EDGE: f64 = 18.0;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }
}

/// An entry of a legend and where it starts.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub key: Key,
    pub x: f64,
    /// Baseline of its text.
    pub y: f64,
}

/// A panel with everything decided but the drawing.
pub(super) struct PanelLayout<'a> {
    pub panel: &'a Panel,
    pub plot: Rect,
    /// Baseline of the title.
    pub title_y: f64,
    pub legend: Vec<Placed>,
    pub x: (f64, f64),
    pub y: (f64, f64),
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    /// Whether the numbers and the label of the x axis stand under this panel.
    pub x_numbers: bool,
    /// Whether there is anything to draw.
    pub has_data: bool,
    /// What could not be drawn.
    pub note: Option<String>,
}

impl PanelLayout<'_> {
    /// Pixel of an x value.
    pub fn px(&self, x: f64) -> f64 {
        self.plot.x + (x - self.x.0) / (self.x.1 - self.x.0) * self.plot.w
    }

    /// Pixel of a y value; not finite when a log axis has no place for it.
    pub fn py(&self, y: f64) -> f64 {
        let share = if self.panel.log_y {
            (y / self.y.0).ln() / (self.y.1 / self.y.0).ln()
        } else {
            (y - self.y.0) / (self.y.1 - self.y.0)
        };
        self.plot.bottom() - share * self.plot.h
    }
}

/// The whole page.
pub(super) struct Page<'a> {
    pub title_y: f64,
    pub subtitle_y: f64,
    pub left: f64,
    pub key: Vec<Placed>,
    pub panels: Vec<PanelLayout<'a>>,
}

/// Decides where everything stands.
pub(super) fn page(figure: &Figure) -> Page<'_> {
    let (width, height) = (f64::from(figure.width), f64::from(figure.height));
    let title_y = EDGE + TITLE * 0.8;
    let subtitle_y = title_y + if figure.subtitle.is_empty() { 0.0 } else { SUBTITLE + 7.0 };
    let mut top = if figure.title.is_empty() { EDGE } else { subtitle_y + 8.0 };

    let key_rows = rows(&figure.key, width - 120.0);
    let key_top = top;
    top += key_rows.len() as f64 * ROW;

    // Legends: beside the panel's title when they fit there, else in rows of their own below it.
    let right = width - 30.0;
    let legends: Vec<_> = figure.panels.iter().map(|panel| legend(panel, right - 90.0)).collect();
    let headers: Vec<f64> =
        legends.iter().map(|l| 24.0 + if l.beside { 0.0 } else { l.rows.len() as f64 * ROW }).collect();

    let count = figure.panels.len();
    let with_numbers = |i: usize| !figure.shared_x || i + 1 == count;
    let foot = |i: usize| match (with_numbers(i), figure.panels.get(i).is_some_and(|p| p.x_label.is_empty())) {
        (false, _) => 6.0,
        (true, true) => 26.0,
        (true, false) => 44.0,
    };
    let weight = |p: &Panel| if p.weight > 0.0 && p.weight.is_finite() { p.weight } else { 1.0 };
    let weights: f64 = figure.panels.iter().map(weight).sum();
    let fixed: f64 = headers.iter().sum::<f64>() + (0..count).map(foot).sum::<f64>();
    let room = (height - top - fixed - 10.0).max(0.0);

    let shared = figure.shared_x.then(|| union(figure.panels.iter().filter_map(x_range))).flatten();
    let mut placed = Vec::with_capacity(count);
    for (i, panel) in figure.panels.iter().enumerate() {
        let plot_h = (room * weight(panel) / weights).max(24.0);
        let x = widened(panel.x_range.or(shared).or_else(|| x_range(panel)).unwrap_or((0.0, 1.0)), 0.5);
        let drawn = panel.series.iter().any(|s| s.curve.points().any(|[_, y]| !panel.log_y || y > 0.0));
        let y = y_range(panel, x);
        let y_count = (plot_h / 30.0).floor().max(2.0) as usize;
        let y_ticks = if panel.log_y { ticks::logarithmic(y, y_count) } else { ticks::linear(y, y_count) };
        placed.push(PanelLayout {
            panel,
            plot: Rect { x: 0.0, y: top + headers[i], w: 0.0, h: plot_h },
            title_y: top + 17.0,
            legend: vec![],
            x,
            y,
            x_ticks: vec![],
            y_ticks: if drawn { y_ticks } else { vec![] },
            x_numbers: with_numbers(i),
            has_data: drawn,
            note: note(panel, x),
        });
        top += headers[i] + plot_h + foot(i);
    }

    // All plots start at the same x, right of the widest number.
    let widest = |ticks: &[Tick]| ticks.iter().map(|t| text::markup_width(&t.label, NUMBER)).fold(0.0, f64::max);
    let numbers = placed.iter().map(|p| widest(&p.y_ticks)).fold(20.0, f64::max);
    let left = EDGE + 18.0 + numbers + 8.0;
    for (p, legend) in placed.iter_mut().zip(legends) {
        p.plot.x = left;
        p.plot.w = (right - left).max(24.0);
        p.x_ticks = x_ticks(p.panel, p.x, p.plot.w);
        let (align, first) =
            if legend.beside { (Align::UpTo(right), p.title_y) } else { (Align::From(left), p.title_y + ROW) };
        p.legend = place(legend.rows, align, first);
    }
    let key = place(key_rows, Align::From(left), key_top + 12.0);
    Page { title_y, subtitle_y, left, key, panels: placed }
}

struct Legend {
    rows: Vec<Vec<Key>>,
    /// On the line of the title, at its right.
    beside: bool,
}

fn legend(panel: &Panel, room: f64) -> Legend {
    let mut keys: Vec<Key> = panel.key.clone();
    for s in panel.series.iter().filter(|s| s.in_legend && !s.name.is_empty()) {
        let key = Key { name: s.name.clone(), color: s.color, kind: s.kind };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let title = text::markup_width(&panel.title, PANEL_TITLE) * 1.1 + 24.0;
    let one_row: f64 = keys.iter().map(entry_width).sum();
    if title + one_row <= room {
        Legend { rows: if keys.is_empty() { vec![] } else { vec![keys] }, beside: true }
    } else {
        Legend { rows: rows(&keys, room), beside: false }
    }
}

/// Width of an entry with the gap after it; a little more than measured, for other typefaces.
fn entry_width(key: &Key) -> f64 {
    SAMPLE + SAMPLE_GAP + text::width(&key.name, LEGEND) * 1.06 + ENTRY_GAP
}

/// Breaks a legend into rows; an entry wider than a row is cut.
fn rows(keys: &[Key], room: f64) -> Vec<Vec<Key>> {
    let mut rows: Vec<Vec<Key>> = Vec::new();
    let mut used = f64::INFINITY;
    for key in keys {
        let name = text::fitted(&key.name, LEGEND, room - SAMPLE - SAMPLE_GAP - ENTRY_GAP);
        let key = Key { name, ..key.clone() };
        let width = entry_width(&key);
        match rows.last_mut() {
            Some(row) if used + width <= room => {
                row.push(key);
                used += width;
            }
            _ => {
                rows.push(vec![key]);
                used = width;
            }
        }
    }
    rows
}

/// Which way the rows of a legend line up.
#[derive(Clone, Copy)]
enum Align {
    From(f64),
    UpTo(f64),
}

/// Puts the rows of a legend down, the first with its baseline at `first`.
fn place(rows: Vec<Vec<Key>>, align: Align, first: f64) -> Vec<Placed> {
    let mut placed = Vec::new();
    for (i, row) in rows.into_iter().enumerate() {
        let mut x = match align {
            Align::From(left) => left,
            Align::UpTo(right) => right - row.iter().map(entry_width).sum::<f64>() + ENTRY_GAP,
        };
        for key in row {
            let step = entry_width(&key);
            placed.push(Placed { key, x, y: first + i as f64 * ROW });
            x += step;
        }
    }
    placed
}

fn union(ranges: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// The x range a panel asks for, or what its data covers.
fn x_range(panel: &Panel) -> Option<(f64, f64)> {
    let points = || panel.series.iter().flat_map(|s| s.curve.points());
    panel.x_range.or_else(|| union(points().filter(|p| p[0].is_finite()).map(|[x, _]| (x, x))))
}

/// A range with a length: both ends finite, in order and apart.
fn widened((a, b): (f64, f64), by: f64) -> (f64, f64) {
    let (a, b) = if a.is_finite() && b.is_finite() { (a.min(b), a.max(b)) } else { (0.0, 1.0) };
    // Ends closer than their own rounding would put all ticks on one number.
    if b - a > 1e-12 * a.abs().max(b.abs()) { (a, b) } else { (a - by, b + by) }
}

fn y_range(panel: &Panel, x: (f64, f64)) -> (f64, f64) {
    if let Some(range) = panel.y_range.filter(|r| !panel.log_y || (r.0 > 0.0 && r.1 > 0.0)) {
        return widened(range, 0.5);
    }
    let usable = |y: f64| y.is_finite() && (!panel.log_y || y > 0.0);
    let all = || panel.series.iter().flat_map(|s| s.curve.points()).filter(|p| usable(p[1]));
    let in_view = union(all().filter(|p| x.0 <= p[0] && p[0] <= x.1).map(|[_, y]| (y, y)));
    // A view between two points still has the line that joins them.
    let Some((lo, hi)) = in_view.or_else(|| union(all().map(|[_, y]| (y, y)))) else { return (0.1, 1.0) };
    if panel.log_y {
        let room = (hi / lo).powf(0.05).max(1.1);
        return (lo / room, hi * room);
    }
    let (lo, hi) = widened((lo, hi), if lo == 0.0 { 1.0 } else { lo.abs() * 0.1 });
    let room = (hi - lo) * 0.06;
    let bars = panel.series.iter().any(|s| s.kind == Kind::Bars);
    match (bars || panel.from_zero, lo >= 0.0, hi <= 0.0) {
        (true, true, _) => (0.0, hi + room),
        (true, _, true) if bars => (lo - room, 0.0),
        _ => (lo - room, hi + room),
    }
}

/// As many round numbers as stand side by side without touching.
fn x_ticks(panel: &Panel, x: (f64, f64), width: f64) -> Vec<Tick> {
    let mut count = (width / 50.0).floor().max(1.0) as usize;
    loop {
        let whole = if panel.iteration_grid { ticks::whole(x, count) } else { vec![] };
        let ticks = if whole.is_empty() { ticks::linear(x, count) } else { whole };
        let widest = ticks.iter().map(|t| text::markup_width(&t.label, NUMBER)).fold(0.0, f64::max);
        let apart = match ticks.as_slice() {
            [a, b, ..] => (b.value - a.value) / (x.1 - x.0) * width,
            _ => f64::INFINITY,
        };
        if apart >= widest * 1.1 + 12.0 || count <= 1 {
            return ticks;
        }
        count -= 1;
    }
}

/// Says how many points could not be drawn.
fn note(panel: &Panel, x: (f64, f64)) -> Option<String> {
    let non_finite: usize = panel.series.iter().map(|s| s.curve.non_finite).sum();
    let below = if panel.log_y {
        let hidden = |p: &[f64; 2]| p[1] <= 0.0 && x.0 <= p[0] && p[0] <= x.1;
        panel.series.iter().flat_map(|s| s.curve.points()).filter(hidden).count()
    } else {
        0
    };
    let say = |n: usize, what: &str| match n {
        0 => None,
        1 => Some(format!("1 point is not {what}")),
        n => Some(format!("{} points are not {what}", ticks::grouped(&n.to_string()))),
    };
    let parts: Vec<_> = [say(non_finite, "finite"), say(below, "above 0")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
