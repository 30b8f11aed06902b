//! From a series to the lines that a panel draws: all points when they are few, else first, min, max and last of every
//! pixel column, so that a drawn line covers the whole envelope.

use super::{
    curve::{Curve, Pen},
    envelope::BLOCK,
    quantity::Quantity,
    series::Series,
    store::History,
};

/// A column with up to this many points is drawn point by point; beyond, four points say it all.
const POINTS_PER_COLUMN: usize = 4;

impl Series<'_> {
    /// The lines to draw from `x_min` to `x_max` on `columns` pixel columns.
    pub fn curve(&self, x_min: f64, x_max: f64, columns: usize) -> Curve {
        draw(self, x_min, x_max, columns)
    }
}

impl History {
    /// The lines to draw between two iterations on `columns` pixel columns.
    pub fn curve(&self, quantity: Quantity, x_min: f64, x_max: f64, columns: usize) -> Curve {
        self.series(quantity).curve(x_min, x_max, columns)
    }
}

/// A pen that knows which point it visited last, and so whether records are missing since.
struct Walker<'a> {
    series: &'a Series<'a>,
    pen: Pen,
    last: Option<usize>,
}

impl Walker<'_> {
    fn visit(&mut self, (i, y): (usize, f64)) {
        let gap = self.last.is_some_and(|last| self.series.has_gap(last, i));
        self.pen.visit(self.series.x(i), y, gap);
        self.last = Some(i);
    }

    fn visit_all(&mut self, range: std::ops::Range<usize>) {
        for i in range {
            if let Some(y) = self.series.y(i) {
                self.visit((i, y));
            }
        }
    }

    /// First, extremes and last of many points that share a pixel column.
    fn visit_column(&mut self, range: std::ops::Range<usize>) {
        let column = self.series.envelope().column(range, |i| self.series.y(i));
        let (Some(first), Some(last)) = (column.first, column.last) else { return };
        self.visit(first);
        if column.extent.has_finite() {
            let x = (self.series.x(first.0) + self.series.x(last.0)) / 2.0;
            let (near, far) = (column.extent.min, column.extent.max);
            let rising = first.1 - near <= far - first.1 || !first.1.is_finite();
            for y in if rising { [near, far] } else { [far, near] } {
                if y != first.1 && y != last.1 {
                    self.pen.visit(x, y, false);
                }
            }
        }
        if last.0 != first.0 {
            self.visit_without_gap(last);
        }
    }

    /// Within a column a gap is narrower than a pixel; only a value that is not finite lifts the pen.
    fn visit_without_gap(&mut self, (i, y): (usize, f64)) {
        self.pen.visit(self.series.x(i), y, false);
        self.last = Some(i);
    }
}

/// The lines of a series between `x_min` and `x_max` on `columns` pixel columns.
fn draw(series: &Series<'_>, x_min: f64, x_max: f64, columns: usize) -> Curve {
    let n = series.len();
    if n == 0 || x_min.is_nan() || x_max.is_nan() || x_min > x_max {
        return Curve::default();
    }
    // An open end means the end of the data.
    let x_min = if x_min.is_finite() { x_min } else { series.x(0).max(x_min) };
    let x_max = if x_max.is_finite() { x_max } else { series.x(n - 1).min(x_max) };
    let y = |i| series.y(i);
    let (from, to) = (series.lower_bound(0, n, x_min), series.upper_bound(0, n, x_max));
    let envelope = series.envelope();
    let mut walker = Walker { series, pen: Pen::default(), last: None };

    if let Some(before) = envelope.last_measured(0..from, y) {
        walker.visit(before);
    }
    let columns = columns.max(1);
    if to - from <= columns.saturating_mul(POINTS_PER_COLUMN) {
        walker.visit_all(from..to);
    } else {
        let width = (x_max - x_min) / columns as f64;
        let (mut start, mut step) = (from, (to - from) / columns);
        for column in 1..=columns {
            let end = if column == columns {
                to
            } else {
                let exact = series.lower_bound_near(start, to, start + step, x_min + width * column as f64);
                step = exact - start;
                // In a crowded column, an edge on a whole block spares reading up to 30 points one by one, and moves
                // them by less than an eighth of a pixel.
                if step >= 8 * BLOCK { exact - exact % BLOCK } else { exact }
            };
            if end - start <= POINTS_PER_COLUMN {
                walker.visit_all(start..end);
            } else {
                walker.visit_column(start..end);
            }
            start = end;
        }
    }
    if let Some(after) = envelope.first_measured(to..n, y) {
        walker.visit(after);
    }
    Curve { lines: walker.pen.finish(), non_finite: envelope.extent(from..to, y).non_finite as usize }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::history::{
        History, Quantity,
        synthetic::{bounce, manifest, step},
    };

    fn of(values: &[(u64, f64)]) -> History {
        let mut history = History::new(manifest(1000));
        for (t, y) in values {
            assert!(history.push_step(step(*t, *y)));
        }
        history
    }

    #[test]
    fn lines_break_at_what_is_not_finite_and_at_missing_records() {
        let nan = f64::NAN;
        let history = of(&[(0, 1.0), (1, 2.0), (2, nan), (3, 4.0), (4, 5.0), (7, 6.0), (8, f64::INFINITY), (9, 1.0)]);
        let curve = history.curve(Quantity::DISTANCE, 0.0, 9.0, 100);
        assert_eq!(
            curve.lines,
            [vec![[0.0, 1.0], [1.0, 2.0]], vec![[3.0, 4.0], [4.0, 5.0]], vec![[7.0, 6.0]], vec![[9.0, 1.0]],]
        );
        assert_eq!(curve.non_finite, 2);
        assert_eq!(history.curve(Quantity::DISTANCE, 2.5, 7.0, 100).non_finite, 0, "only what is in range counts");
    }

    #[test]
    fn a_line_reaches_the_edge_of_the_view() {
        let history = of(&[(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)]);
        assert_eq!(history.curve(Quantity::DISTANCE, 1.25, 1.75, 9).lines, [[[1.0, 2.0], [2.0, 3.0]]]);
        assert!(history.curve(Quantity::DISTANCE, f64::NAN, 1.0, 9).is_empty());
        assert_eq!(history.curve(Quantity::DISTANCE, f64::NEG_INFINITY, f64::INFINITY, 9).points().count(), 4);
        assert!(History::new(manifest(3)).curve(Quantity::SLICE, 0.0, 3.0, 9).is_empty());
    }

    #[test]
    fn consecutive_slices_are_one_line_and_a_missing_one_breaks_it() {
        let whole = bounce(12, 2);
        assert_eq!(whole.curve(Quantity::SLICE, 0.0, 12.0, 1000).lines.len(), 1);
        let mut holed = History::new(manifest(12));
        for s in whole.slices().iter().filter(|s| s.t != 5) {
            holed.push_slice(*s);
        }
        let lines = holed.curve(Quantity::SLICE, 0.0, 12.0, 1000).lines;
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [50, 60]);
        assert_eq!(holed.curve(Quantity::FLOOR, 0.0, 12.0, 1000).lines.len(), 2);
    }

    proptest! {
        /// Whatever the columns, the drawn line spans, column by column, what the points span.
        #[test]
        fn the_line_covers_the_envelope(
            values in prop::collection::vec(prop_oneof![9 => -1e3..1e3f64, 1 => Just(f64::NAN)], 200..3000),
            columns in 1usize..40,
        ) {
            let records: Vec<_> = values.iter().enumerate().map(|(t, y)| (t as u64, *y)).collect();
            let history = of(&records);
            let end = values.len() as f64 - 1.0;
            let curve = history.curve(Quantity::DISTANCE, 0.0, end, columns);
            prop_assert_eq!(curve.non_finite, values.iter().filter(|y| y.is_nan()).count());
            prop_assert!(curve.lines.iter().all(|l| !l.is_empty() && l.windows(2).all(|w| w[0][0] <= w[1][0])));
            let column = |x: f64| ((x / end * columns as f64) as usize).min(columns - 1);
            let span = |points: &mut dyn Iterator<Item = [f64; 2]>| {
                let mut spans = vec![(f64::INFINITY, f64::NEG_INFINITY); columns];
                for [x, y] in points.filter(|[_, y]| y.is_finite()) {
                    let s = &mut spans[column(x)];
                    *s = (s.0.min(y), s.1.max(y));
                }
                spans
            };
            let drawn = span(&mut curve.points());
            let real = span(&mut records.iter().map(|(t, y)| [*t as f64, *y]));
            // A point exactly on an edge may fall to either side; the union over neighbours decides.
            for c in 0..columns {
                let near = drawn[c.saturating_sub(1)..(c + 2).min(columns)].iter();
                let (lo, hi) = near.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)));
                prop_assert!(lo <= real[c].0 && hi >= real[c].1);
            }
        }
    }
}
