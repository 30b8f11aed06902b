//! What a panel shows when nobody has moved it: the same on paper and in the window.

use super::{Kind, Panel, ticks};

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

/// What is in view between two x, the guides, and a little more.
pub(super) fn y_range(panel: &Panel, x: (f64, f64)) -> (f64, f64) {
    if let Some(range) = panel.y_range.filter(|r| !panel.log_y || (r.0 > 0.0 && r.1 > 0.0)) {
        return widened(range, 0.5);
    }
    if let Some(heat) = &panel.heat {
        return heat.grid.b_extent();
    }
    let usable = |y: f64| y.is_finite() && (!panel.log_y || y > 0.0);
    let all = || panel.series.iter().flat_map(|s| s.curve.points()).filter(|p| usable(p[1]));
    let in_view = union(all().filter(|p| x.0 <= p[0] && p[0] <= x.1).map(|[_, y]| (y, y)));
    // A view between two points still has the line that joins them.
    let Some(data) = in_view.or_else(|| union(all().map(|[_, y]| (y, y)))) else { return (0.1, 1.0) };
    // A line that means something is seen beside data that is far from it.
    let guides = panel.guides.iter().map(|g| g.value).filter(|y| usable(*y));
    let (lo, hi) = guides.fold(data, |(lo, hi), y| (lo.min(y), hi.max(y)));
    if panel.log_y {
        let room = (hi / lo).powf(0.05).max(1.1);
        return (lo / room, hi * room);
    }
    let is_positive = lo >= 0.0;
    let (lo, hi) = widened((lo, hi), if lo == 0.0 { 1.0 } else { lo.abs() * 0.1 });
    let room = (hi - lo) * 0.06;
    let bars = panel.series.iter().any(|s| s.kind == Kind::Bars);
    // Names of bars stand above them.
    let above = if bars && !panel.tags.is_empty() { 1.2 } else { 1.06 };
    match (bars || panel.from_zero, is_positive, hi <= 0.0) {
        (true, true, _) => (0.0, hi * above),
        (true, _, true) if bars => (lo - room, 0.0),
        _ => (lo - room, hi + room),
    }
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

/// Says how many points between two x could not be drawn.
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
    let parts: Vec<_> = [say(non_finite, "finite"), say(below, "above 0")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
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
        assert_eq!(ranges(&panel(&[], false, false)), ((0.0, 1.0), (0.1, 1.0)));
        let far =
            Panel { guides: vec![Guide { value: 9.0, label: String::new() }], ..panel(&[[0.0, 1.0]], false, false) };
        assert!(y(&far).1 > 9.0, "a guide is in view");
    }

    #[test]
    fn panels_that_share_an_axis_have_one_range() {
        let (a, b) = (panel(&[[0.0, 1.0], [1.0, 3.0]], false, false), panel(&[[-1.0, 1.0], [0.5, 3.0]], false, false));
        assert_eq!(shared_x([&a, &b]), Some((-1.0, 1.0)));
        assert_eq!(shared_x([&panel(&[], false, false)]), None);
    }
}
