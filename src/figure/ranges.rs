//! What a panel shows when nobody has moved it: the same on paper and in the window.

use super::{Kind, Panel, Series, ticks, usual::usual};

/// Decades of a shallow logarithmic axis.
const DECADES: i32 = 9;

/// The ranges of x and y of a panel that stands alone; both have a length, and on a logarithmic axis y is above 0.
pub(crate) fn ranges(panel: &Panel) -> ((f64, f64), (f64, f64)) {
    let x = widened(x_range(panel).unwrap_or((0.0, 1.0)), 0.5);
    (x, y_range(panel, x))
}

/// One x range for several panels; `None` when none of them has any.
pub(crate) fn shared_x<'a>(panels: impl IntoIterator<Item = &'a Panel>) -> Option<(f64, f64)> {
    union(panels.into_iter().filter_map(x_range))
}

/// The x range a panel asks for, or its heat map's, or what its lines cover.
pub(super) fn x_range(panel: &Panel) -> Option<(f64, f64)> {
    let points = || panel.series.iter().flat_map(|s| s.curve.points());
    let heat = panel.heat.as_ref().map(|heat| heat.grid.a_extent());
    panel.x_range.or(heat).or_else(|| union(points().filter(|p| p[0].is_finite()).map(|[x, _]| (x, x))))
}

/// One y range for panels that differ in their series only; `None` when none of them has any data in view.
pub(crate) fn shared_y(panels: &[&Panel], x: (f64, f64)) -> Option<(f64, f64)> {
    let of = *panels.first()?;
    let has_data = panels.iter().flat_map(|panel| &panel.series).any(|s| s.curve.points().any(|p| usable(of, p[1])));
    has_data.then(|| range_of(of, &panels.iter().flat_map(|panel| &panel.series).collect::<Vec<_>>(), x))
}

/// What is in view between two x, the guides, and a little more.
pub(super) fn y_range(panel: &Panel, x: (f64, f64)) -> (f64, f64) {
    range_of(panel, &panel.series.iter().collect::<Vec<_>>(), x)
}

/// The same of a panel with these series in place of its own.
fn range_of(panel: &Panel, series: &[&Series], x: (f64, f64)) -> (f64, f64) {
    if let Some(range) = panel.y_range.filter(|r| !panel.log_y || (r.0 > 0.0 && r.1 > 0.0)) {
        return widened(range, 0.5);
    }
    if let Some(heat) = &panel.heat {
        return heat.grid.b_extent();
    }
    let bars = series.iter().any(|s| s.kind == Kind::Bars);
    let values = |from: f64, to: f64| -> Vec<Vec<f64>> {
        let seen = |p: &[f64; 2]| from <= p[0] && p[0] <= to && usable(panel, p[1]);
        series.iter().map(|s| s.curve.points().filter(seen).map(|[_, y]| y).collect()).collect()
    };
    // A bar that is cut off would be a wrong number, and a logarithmic axis has room for everything.
    let covered = |curves: &[Vec<f64>]| match panel.clips && !panel.log_y && !bars {
        true => usual(curves),
        false => union(curves.iter().flatten().map(|y| (*y, *y))),
    };
    // A view between two points still has the line that joins them.
    let data = covered(&values(x.0, x.1)).or_else(|| covered(&values(f64::NEG_INFINITY, f64::INFINITY)));
    let Some(data) = data else { return (0.1, 1.0) };
    // A line that means something is seen beside data that is far from it.
    let guides = panel.guides.iter().map(|g| g.value).filter(|y| usable(panel, *y));
    let (lo, hi) = guides.fold(data, |(lo, hi), y| (lo.min(y), hi.max(y)));
    if panel.log_y {
        let room = (hi / lo).powf(0.05).max(1.1);
        let (lo, hi) = (lo / room, hi * room);
        return (if panel.shallow { lo.max(hi / 10f64.powi(DECADES)) } else { lo }, hi);
    }
    let is_positive = lo >= 0.0;
    // An axis of whole numbers has three of them, even when nothing was counted.
    let hi = if panel.counts && is_positive { hi.max(2.0) } else { hi };
    let (lo, hi) = widened((lo, hi), if lo == 0.0 { 1.0 } else { lo.abs() * 0.1 });
    let room = (hi - lo) * 0.06;
    // Names of bars stand above them.
    let above = if bars && !panel.tags.is_empty() { 1.2 } else { 1.06 };
    match (bars || panel.from_zero, is_positive, hi <= 0.0) {
        (true, true, _) => (0.0, hi * above),
        (true, _, true) if bars => (lo - room, 0.0),
        _ => (lo - room, hi + room),
    }
}

/// Whether an automatic range may leave out values.
fn may_leave_out(panel: &Panel) -> bool {
    if panel.log_y { panel.shallow } else { panel.clips }
}

/// Whether a value has a place on the y axis.
fn usable(panel: &Panel, y: f64) -> bool {
    y.is_finite() && (!panel.log_y || y > 0.0)
}

/// Where a line goes on beyond a range that leaves out what is far away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Leaving {
    /// Which of the panel's series.
    pub series: usize,
    pub x: f64,
    /// Through the top; else through the bottom.
    pub is_up: bool,
}

/// Where lines leave a panel whose ranges these are, from left to right in each series; of those that are closer to each
/// other than `apart`, in units of x, the first. Nothing of a panel that shows everything.
pub(crate) fn leaving(panel: &Panel, x: (f64, f64), y: (f64, f64), apart: f64) -> Vec<Leaving> {
    let mut found = Vec::new();
    if !may_leave_out(panel) {
        return found;
    }
    for (series, s) in panel.series.iter().enumerate().filter(|(_, s)| s.kind != Kind::Area) {
        for is_up in [true, false] {
            let beyond = |v: f64| usable(panel, v) && if is_up { v > y.1 } else { v < y.0 };
            let edge = if is_up { y.1 } else { y.0 };
            let mut last = f64::NEG_INFINITY;
            for line in &s.curve.lines {
                let mut before: Option<[f64; 2]> = None;
                for at in line.iter().copied() {
                    let from = before.replace(at).filter(|_| is_joined(s.kind));
                    let goes = beyond(at[1]) && from.is_none_or(|from| !beyond(from[1]));
                    let place = from.map_or(at[0], |from| crossing(panel, from, at, edge));
                    if goes && x.0 <= place && place <= x.1 && place - last >= apart {
                        found.push(Leaving { series, x: place, is_up });
                        last = place;
                    }
                }
            }
        }
    }
    found
}

/// Whether the points of a series lie on lines.
fn is_joined(kind: Kind) -> bool {
    matches!(kind, Kind::Line | Kind::Dashed | Kind::Dotted | Kind::Thin)
}

/// Where the line from one point to another, as it is drawn, has a height between theirs.
fn crossing(panel: &Panel, from: [f64; 2], to: [f64; 2], height: f64) -> f64 {
    let [low, high, at] = [from[1], to[1], height].map(|y| if panel.log_y { y.ln() } else { y });
    let share = (at - low) / (high - low);
    if share.is_finite() { from[0] + share.clamp(0.0, 1.0) * (to[0] - from[0]) } else { to[0] }
}

/// A range with a length: both ends finite, in order and apart.
pub(super) fn widened((a, b): (f64, f64), by: f64) -> (f64, f64) {
    let (a, b) = if a.is_finite() && b.is_finite() { (a.min(b), a.max(b)) } else { (0.0, 1.0) };
    // Ends closer than their own rounding would put all ticks on one number.
    if b - a > 1e-12 * a.abs().max(b.abs()) { (a, b) } else { (a - by, b + by) }
}

pub(super) fn union(ranges: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Says how many points between two x could not be drawn, and which curves go on beyond the range of y.
pub(crate) fn note(panel: &Panel, x: (f64, f64)) -> Option<String> {
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
    let said = [say(non_finite, "finite"), say(below, "above 0")].into_iter().chain(beyond(panel, x));
    let parts: Vec<String> = said.flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Whether a panel leaves out what is far beyond the rest of it.
pub(crate) fn leaves_out(panel: &Panel, x: (f64, f64)) -> bool {
    beyond(panel, x).iter().any(Option::is_some)
}

/// How many curves are left out in part at the top and at the bottom, and how far they go there.
fn beyond(panel: &Panel, x: (f64, f64)) -> [Option<String>; 2] {
    if !may_leave_out(panel) {
        return [None, None];
    }
    let (low, high) = y_range(panel, x);
    let curves = panel.series.iter().filter(|s| s.kind != Kind::Area);
    let covered = |s: &Series| {
        let seen = |p: &[f64; 2]| x.0 <= p[0] && p[0] <= x.1 && usable(panel, p[1]);
        union(s.curve.points().filter(seen).map(|[_, y]| (y, y)))
    };
    let covered: Vec<(f64, f64)> = curves.filter_map(covered).collect();
    let say = |ends: Vec<f64>, words: &str| {
        let farthest = ends.iter().copied().reduce(|a, b| if b.abs() > a.abs() { b } else { a })?;
        let who = if ends.len() == 1 { "1 curve leaves".into() } else { format!("{} curves leave", ends.len()) };
        Some(format!("{who} the {words} {})", ticks::short(farthest)))
    };
    [
        say(covered.iter().map(|c| c.1).filter(|y| *y > high).collect(), "top (up to"),
        say(covered.iter().map(|c| c.0).filter(|y| *y < low).collect(), "bottom (down to"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::{Color, Guide, Series},
        history::Curve,
    };

    fn panel(points: &[[f64; 2]], log_y: bool, from_zero: bool) -> Panel {
        let color = Color { r: 0, g: 0, b: 0 };
        let curve = Curve::through(points.iter().copied());
        let series = vec![Series { name: "a".into(), in_legend: true, color, kind: Kind::Line, curve }];
        Panel { series, log_y, from_zero, ..Panel::default() }
    }

    #[test]
    fn ranges_cover_what_has_a_place() {
        let y = |panel: &Panel| ranges(panel).1;
        let (low, high) = y(&panel(&[[0.0, 1.0], [1.0, 100.0], [2.0, -5.0]], true, false));
        assert!((low.log10() + 0.1).abs() < 1e-9 && (high.log10() - 2.1).abs() < 1e-9, "{low} {high}");
        let (low, _) = y(&panel(&[[0.0, 1.0], [1.0, 3.0]], false, true));
        assert_eq!(low, 0.0);
        let (low, high) = y(&panel(&[[0.0, 0.0], [1.0, 0.0]], false, true));
        assert!(low == 0.0 && high > 0.5, "nothing at all is at the bottom: {low} {high}");
        let (low, _) = y(&panel(&[[0.0, -1.0], [1.0, 3.0]], false, true));
        assert!(low < -1.0, "what is below zero is not cut off: {low}");
        let none = Panel { counts: true, ..panel(&[[0.0, 0.0], [1.0, 0.0]], false, true) };
        assert!(y(&none).0 == 0.0 && y(&none).1 > 2.0, "0, 1 and 2 for a count of nothing: {:?}", y(&none));
        assert_eq!(ranges(&panel(&[], false, false)), ((0.0, 1.0), (0.1, 1.0)));
        let far =
            Panel { guides: vec![Guide { value: 9.0, label: String::new() }], ..panel(&[[0.0, 1.0]], false, false) };
        assert!(y(&far).1 > 9.0, "a guide is in view");
    }

    #[test]
    fn a_panel_that_clips_says_what_leaves_it_and_where() {
        let fine = panel(&[[0.0, 2.0], [1.0, 1.0], [2.0, 0.5], [3.0, 0.5]], false, false);
        let gone = panel(&[[0.0, 2.0], [1.0, 1.0], [2.0, 3.1e7], [3.0, 3.1e7]], false, false);
        let series: Vec<Series> = [&fine, &gone].into_iter().flat_map(|panel| panel.series.clone()).collect();
        let whole = Panel { series, ..Panel::default() };
        let x = (0.0, 3.0);
        assert!(ranges(&whole).1.1 > 3e7 && note(&whole, x).is_none(), "a panel that was not asked to shows all");
        let clipped = Panel { clips: true, ..whole };
        let y = ranges(&clipped).1;
        assert!(y.0 < 0.5 && y.1 > 2.0 && y.1 < 3.0, "{y:?}");
        assert_eq!(note(&clipped, x).unwrap(), "1 curve leaves the top (up to 3.10e7)");
        assert!(leaves_out(&clipped, x) && !leaves_out(&fine, x));
        let found = leaving(&clipped, x, y, 0.0);
        assert!(matches!(found.as_slice(), [Leaving { series: 1, is_up: true, .. }]), "{found:?}");
        assert!((found[0].x - 1.0).abs() < 1e-6, "between the two points where it goes: {}", found[0].x);
        assert!(leaving(&clipped, (2.0, 3.0), y, 0.0).is_empty(), "it has left before");
        assert_eq!(shared_y(&[&Panel { clips: true, ..fine }, &Panel { clips: true, ..gone }], x), Some(y));
        let log = Panel { log_y: true, ..clipped.clone() };
        assert!(ranges(&log).1.1 > 3e7 && note(&log, x).is_none(), "a logarithmic axis has room for it");
        let bars = Panel {
            series: clipped.series.iter().cloned().map(|s| Series { kind: Kind::Bars, ..s }).collect(),
            ..clipped
        };
        assert!(ranges(&bars).1.1 > 3e7 && note(&bars, x).is_none(), "no bar is cut");
    }

    #[test]
    fn a_shallow_axis_has_nine_decades_and_says_what_is_below() {
        let deep = panel(&[[0.0, 1.0], [1.0, 1e-30]], true, false);
        assert!(ranges(&deep).1.0 < 1e-30, "any other shows everything");
        let shallow = Panel { shallow: true, ..deep };
        let (x, (low, high)) = ranges(&shallow);
        assert!(((high / low).log10() - 9.0).abs() < 1e-9, "{low} {high}");
        assert_eq!(note(&shallow, x).unwrap(), "1 curve leaves the bottom (down to 1.00e−30)");
        let found = leaving(&shallow, x, (low, high), 0.0);
        assert!((found[0].x + low.log10() / 30.0).abs() < 1e-9 && !found[0].is_up, "{found:?}");
    }

    #[test]
    fn what_goes_down_and_comes_back_is_marked_each_time() {
        let down = |t: usize| if t % 10 == 9 { -500.0 } else { 1.0 + t as f64 * 0.01 };
        let points: Vec<[f64; 2]> = (0..40).map(|t| [t as f64, down(t)]).collect();
        let panel = Panel { clips: true, ..panel(&points, false, false) };
        let (x, y) = ranges(&panel);
        assert!(y.0 > 0.0, "{y:?}");
        let found = leaving(&panel, x, y, 0.0);
        assert_eq!((found.len(), found.iter().any(|l| l.is_up)), (4, false));
        assert_eq!(leaving(&panel, x, y, 15.0).len(), 2, "marks do not cover each other");
        assert_eq!(note(&panel, x).unwrap(), "1 curve leaves the bottom (down to −500)");
    }

    #[test]
    fn panels_that_share_an_axis_have_one_range() {
        let (a, b) = (panel(&[[0.0, 1.0], [1.0, 3.0]], false, false), panel(&[[-1.0, 1.0], [0.5, 3.0]], false, false));
        assert_eq!(shared_x([&a, &b]), Some((-1.0, 1.0)));
        assert_eq!(shared_x([&panel(&[], false, false)]), None);
    }
}
