//! Numbers that stand on an axis: a stem up to each, and a whisker as long as its error.

use super::{Color, Kind, Series};
use crate::history::Curve;

/// How far below the least number stems begin on a logarithmic axis, and how much room is above the greatest.
const ROOM: f64 = 2.0;

/// A number at a place of the x axis, and how far off it may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stem {
    pub x: f64,
    pub value: f64,
    pub error: f64,
}

/// The range of a logarithmic axis for stems and for `others` beside them; `None` where nothing is above 0.
pub(super) fn stem_range(stems: &[Stem], others: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let ends = stems.iter().flat_map(|stem| [stem.value, stem.value + stem.error]).chain(others);
    let seen = ends.filter(|value| value.is_finite() && *value > 0.0);
    let (low, high) = seen.fold((f64::INFINITY, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    (high > 0.0).then_some((low / ROOM, high * ROOM))
}

/// Stems from `foot` up, which are no data, and whiskers that end at the foot where they would go below it.
pub(super) fn stems(name: &str, color: Color, stems: &[Stem], foot: f64) -> [Series; 2] {
    let of = |name: String, kind: Kind, line: &dyn Fn(&Stem) -> [f64; 2]| {
        let seen = stems.iter().filter(|stem| stem.value.is_finite() && stem.value > foot);
        let lines = seen.map(|stem| {
            let [from, to] = line(stem);
            vec![[stem.x, from], [stem.x, to]]
        });
        Series { name, in_legend: false, color, kind, curve: Curve { lines: lines.collect(), non_finite: 0 } }
    };
    let stem = |stem: &Stem| [foot, stem.value];
    // An error that is not known has no whisker.
    let error = |stem: &Stem| if stem.error.is_finite() { stem.error } else { 0.0 };
    let whisker = |stem: &Stem| [(stem.value - error(stem)).max(foot), stem.value + error(stem)];
    [of(format!("{name}, stems"), Kind::Thin, &stem), of(format!("{name}, errors"), Kind::Line, &whisker)]
}

/// Whiskers alone, on any axis.
pub(super) fn whiskers(name: &str, color: Color, stems: &[Stem]) -> Series {
    let known = stems.iter().filter(|stem| stem.value.is_finite() && stem.error.is_finite() && stem.error > 0.0);
    let lines = known.map(|stem| vec![[stem.x, stem.value - stem.error], [stem.x, stem.value + stem.error]]);
    let curve = Curve { lines: lines.collect(), non_finite: 0 };
    Series { name: format!("{name}, errors"), in_legend: false, color, kind: Kind::Line, curve }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::colors::run_color;

    const STEMS: [Stem; 3] = [
        Stem { x: 1.0, value: 8.0, error: 1.0 },
        Stem { x: 2.0, value: 2.0, error: 5.0 },
        Stem { x: 3.0, value: f64::NAN, error: 0.0 },
    ];

    #[test]
    fn a_range_has_room_for_everything_above_0() {
        assert_eq!(stem_range(&STEMS, []), Some((1.0, 18.0)));
        assert_eq!(stem_range(&STEMS, [40.0, 0.5, -3.0]), Some((0.25, 80.0)));
        assert_eq!(stem_range(&STEMS[2..], [-1.0]), None);
    }

    #[test]
    fn whiskers_are_as_long_as_errors_and_end_at_the_foot() {
        let [stem, whisker] = stems("λ", run_color(0), &STEMS, 1.0);
        assert_eq!(stem.curve.lines, [[[1.0, 1.0], [1.0, 8.0]], [[2.0, 1.0], [2.0, 2.0]]]);
        assert_eq!(whisker.curve.lines, [[[1.0, 7.0], [1.0, 9.0]], [[2.0, 1.0], [2.0, 7.0]]]);
        let unknown = [Stem { x: 1.0, value: 8.0, error: f64::NAN }];
        assert_eq!(stems("λ", run_color(0), &unknown, 1.0)[1].curve.lines, [[[1.0, 8.0], [1.0, 8.0]]]);
        assert_eq!(whiskers("λ", run_color(0), &STEMS).curve.lines.len(), 2);
        assert!(whiskers("λ", run_color(0), &unknown).curve.lines.is_empty());
    }
}
