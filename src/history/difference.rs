//! One run minus another one, iteration by iteration.

use super::{
    curve::{Curve, Pen},
    quantity::Quantity,
    store::History,
};

/// Beyond so many points in view only every so many-th is compared; a plot has room for far fewer.
const MOST: usize = 100_000;

impl History {
    /// A quantity minus that of another run at the same iteration, between two x and a point beyond each. Where either has
    /// no record, or no number, the line is broken.
    pub fn difference(&self, quantity: Quantity, minus: &History, x_min: f64, x_max: f64) -> Curve {
        let (of, minus) = (self.series(quantity), minus.series(quantity));
        let (n, m) = (of.len(), minus.len());
        if n == 0 || m == 0 || x_min.is_nan() || x_max.is_nan() || x_min > x_max {
            return Curve::default();
        }
        let from = of.lower_bound(0, n, x_min).saturating_sub(1);
        let to = (of.upper_bound(from, n, x_max) + 1).min(n);
        let stride = (to - from).div_ceil(MOST).max(1);
        let apart = of.every_with(&minus) as f64 * stride as f64;
        let (mut pen, mut non_finite, mut last) = (Pen::default(), 0, f64::INFINITY);
        let mut at = minus.lower_bound(0, m, of.x(from));
        for i in (from..to).step_by(stride) {
            let x = of.x(i);
            at = minus.lower_bound_near(at, m, at, x);
            let other = if at < m && minus.x(at) == x { minus.y(at) } else { None };
            let (Some(y), Some(other)) = (of.y(i), other) else { continue };
            let y = y - other;
            non_finite += usize::from(!y.is_finite() && x_min <= x && x <= x_max);
            pen.visit(x, y, x - last > apart);
            last = x;
        }
        Curve { lines: pen.finish(), non_finite }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::synthetic::{manifest, step};

    fn of(values: &[(u64, f64)]) -> History {
        let mut history = History::new(manifest(100));
        for (t, y) in values {
            assert!(history.push_step(step(*t, *y)));
        }
        history
    }

    #[test]
    fn a_difference_is_taken_at_the_same_iteration_and_broken_where_either_has_none() {
        let one = of(&[(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0), (4, 5.0), (5, 6.0)]);
        let other = of(&[(0, 0.5), (1, 0.5), (3, 1.0), (4, f64::NAN), (5, 7.0), (9, 1.0)]);
        let found = one.difference(Quantity::DISTANCE, &other, 0.0, 5.0);
        assert_eq!(found.lines, [vec![[0.0, 0.5], [1.0, 1.5]], vec![[3.0, 3.0]], vec![[5.0, -1.0]]]);
        assert_eq!(found.non_finite, 1);
        let narrow = one.difference(Quantity::DISTANCE, &other, 0.5, 0.75);
        assert_eq!(narrow.lines, [vec![[0.0, 0.5], [1.0, 1.5]]], "it reaches the edge of the view");
        assert_eq!(narrow.non_finite, 0);
        let same = one.difference(Quantity::DISTANCE, &one, 0.0, 5.0);
        assert!(same.lines.len() == 1 && same.points().all(|[_, y]| y == 0.0));
    }

    #[test]
    fn what_is_not_there_has_no_difference() {
        let one = of(&[(0, 1.0), (1, 2.0)]);
        assert!(one.difference(Quantity::DISTANCE, &of(&[]), 0.0, 5.0).is_empty());
        assert!(of(&[]).difference(Quantity::DISTANCE, &one, 0.0, 5.0).is_empty());
        assert!(one.difference(Quantity::DISTANCE, &of(&[(7, 1.0)]), 0.0, 5.0).is_empty());
        assert!(one.difference(Quantity::DISTANCE, &one, f64::NAN, 5.0).is_empty());
        assert!(one.difference(Quantity::DISTANCE, &one, 50.0, 60.0).points().count() <= 1, "beyond its end");
    }

    #[test]
    fn runs_that_measure_rarely_are_compared_where_both_do() {
        let thin = |every: u64| {
            let mut manifest = manifest(100);
            manifest.spec.probes.step_every = every;
            let mut history = History::new(manifest);
            for t in (0..24).step_by(every as usize) {
                assert!(history.push_step(step(t, t as f64)));
            }
            history
        };
        let found = thin(2).difference(Quantity::DISTANCE, &thin(3), 0.0, 30.0);
        assert_eq!(found.lines, [[[0.0, 0.0], [6.0, 0.0], [12.0, 0.0], [18.0, 0.0]]]);
    }
}
