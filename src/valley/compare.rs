//! Cells of exit times against each other.

use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::exits::{Exits, Steps};
use crate::{
    probe::statistics::{Interval, Moments, Z_95, quantile},
    random,
};

/// What runs that were stopped make of a number computed from both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// None was stopped.
    Exact,
    /// The true one is this or more.
    AtLeast,
    /// The true one is this or less.
    AtMost,
    /// It may lie on either side.
    Neither,
}

/// The mean exit time of one cell as a multiple of another's, such as SAM's of SGD's.
///
/// Runs that were stopped count as the limit, so each mean is a lower bound, and `bound` tells what that makes of the ratio.
/// The interval describes the ratio of these means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    pub ratio: f64,
    pub bound: Bound,
    /// Bootstrap, percentiles 2.5 and 97.5; `None` with fewer than two runs on a side.
    pub interval: Option<Interval>,
}

impl Ratio {
    /// Resamples of the bootstrap.
    pub const DRAWS: usize = 2000;

    /// The ratio of the means of two cells; `None` when one is without runs. The same seed gives the same interval.
    pub fn of(above: &Exits, below: &Exits, seed: u64) -> Option<Ratio> {
        let means = [above.expected()?, below.expected()?];
        let bound = match means.map(Steps::is_bound) {
            [false, false] => Bound::Exact,
            [true, false] => Bound::AtLeast,
            [false, true] => Bound::AtMost,
            [true, true] => Bound::Neither,
        };
        let [above, below] = [above, below].map(|e| e.within_limit().collect::<Vec<f64>>());
        let interval = (above.len() > 1 && below.len() > 1).then(|| bootstrap(&above, &below, seed)).flatten();
        Some(Ratio { ratio: means[0].value() / means[1].value(), bound, interval })
    }
}

fn bootstrap(above: &[f64], below: &[f64], seed: u64) -> Option<Interval> {
    let mut rng = random::stream(seed, "bootstrap");
    let mut mean = |values: &[f64]| {
        let sum: f64 = (0..values.len()).map(|_| values[rng.random_range(0..values.len())]).sum();
        sum / values.len() as f64
    };
    let mut ratios: Vec<f64> = (0..Ratio::DRAWS).map(|_| mean(above) / mean(below)).collect();
    ratios.sort_by(f64::total_cmp);
    Some(Interval { low: quantile(&ratios, 0.025)?, high: quantile(&ratios, 0.975)? })
}

/// Whether mean exit times fall as ρ grows, from one ρ to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Between neighbouring ρ, rising; cells without runs are left out.
    pub changes: Vec<Change>,
}

/// From one ρ to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub from: f64,
    pub to: f64,
    /// Mean steps at `to` minus mean steps at `from`; runs that were stopped count as the limit.
    pub difference: f64,
    /// √(s²/n + s′²/n′) of it; `None` with fewer than two runs on a side.
    pub standard_error: Option<f64>,
    pub course: Course,
}

/// What is known of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    Falls,
    /// Equal means: many cells end at one step, below which nothing can fall.
    Level,
    Rises,
    /// Runs that were stopped leave it open.
    Open,
}

impl Trend {
    /// The trend of cells (ρ, exits), in any order.
    pub fn of(cells: &[(f64, &Exits)]) -> Trend {
        let mut cells: Vec<_> = cells.iter().filter(|c| c.1.runs() > 0).collect();
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        Trend { changes: cells.windows(2).filter_map(|w| Change::of(w[0], w[1])).collect() }
    }

    /// Whether every mean is below the one before, and it is known; not without at least one change.
    pub fn falls(&self) -> bool {
        !self.changes.is_empty() && self.changes.iter().all(|c| c.course == Course::Falls)
    }

    /// Whether the means never rise, and it is known; not without at least one change.
    pub fn never_rises(&self) -> bool {
        !self.changes.is_empty() && self.changes.iter().all(|c| matches!(c.course, Course::Falls | Course::Level))
    }

    /// Whether a mean rises by more than chance would explain (1.96 standard errors).
    pub fn is_contradicted(&self) -> bool {
        let beyond = |c: &Change| c.standard_error.is_some_and(|e| c.difference > Z_95 * e);
        self.changes.iter().any(|c| c.course == Course::Rises && beyond(c))
    }
}

impl Change {
    fn of(from: &(f64, &Exits), to: &(f64, &Exits)) -> Option<Change> {
        let (before, after) = (from.1.expected()?, to.1.expected()?);
        let difference = after.value() - before.value();
        let square = |e: &Exits| e.within_limit().collect::<Moments>().standard_error().map(|s| s * s);
        let standard_error = square(from.1).zip(square(to.1)).map(|(a, b)| (a + b).sqrt());
        // A bound says which way only where the other number is known and lies beyond it.
        let course = match (before.is_bound(), after.is_bound()) {
            (_, false) if difference < 0.0 => Course::Falls,
            (false, _) if difference > 0.0 => Course::Rises,
            (false, false) => Course::Level,
            _ => Course::Open,
        };
        Some(Change { from: from.0, to: to.0, difference, standard_error, course })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::exits::tests::cell, *};

    #[test]
    fn ratios_say_what_was_stopped() {
        let (sgd, sam) = (cell(400, &[100, 150, 200, 250, 300], 0), cell(400, &[10, 20, 30], 0));
        let ratio = Ratio::of(&sam, &sgd, 1).unwrap();
        assert_eq!((ratio.ratio, ratio.bound), (0.1, Bound::Exact));
        let interval = ratio.interval.unwrap();
        assert!(interval.contains(0.1) && interval.low > 10.0 / 300.0 && interval.high < 30.0 / 100.0);
        assert_eq!(Ratio::of(&sam, &sgd, 1), Ratio::of(&sam, &sgd, 1), "seeded");
        assert_ne!(Ratio::of(&sam, &sgd, 1).unwrap().interval, Ratio::of(&sam, &sgd, 2).unwrap().interval);
        let stuck = cell(400, &[100], 1);
        // (100 + 400) / 2 = 250 or more.
        assert_eq!(Ratio::of(&sam, &stuck, 1).map(|r| (r.ratio, r.bound)), Some((0.08, Bound::AtMost)));
        assert_eq!(Ratio::of(&stuck, &sam, 1).map(|r| (r.ratio, r.bound)), Some((12.5, Bound::AtLeast)));
        assert_eq!(Ratio::of(&stuck, &stuck, 1).unwrap().bound, Bound::Neither);
        assert_eq!(Ratio::of(&cell(9, &[3], 0), &sam, 1).unwrap().interval, None);
        assert_eq!(Ratio::of(&sam, &Exits::new(9).unwrap(), 1), None);
    }

    #[test]
    fn the_bootstrap_is_as_wide_as_the_delta_method_says() {
        // Uniform steps 1..=200 against 51..=150: Var(a/b) ≈ r² (v_a / (n a²) + v_b / (n b²)).
        let (a, b) = (cell(200, &(1..=200).collect::<Vec<_>>(), 0), cell(200, &(51..=150).collect::<Vec<_>>(), 0));
        let found = Ratio::of(&a, &b, 5).unwrap();
        let share = (40_000.0 - 1.0) / 12.0 / (200.0 * 100.5f64.powi(2));
        let share = share + (10_000.0 - 1.0) / 12.0 / (100.0 * 100.5f64.powi(2));
        let interval = found.interval.unwrap();
        let half = (interval.high - interval.low) / 2.0;
        assert!(found.ratio == 1.0 && (half / (Z_95 * share.sqrt()) - 1.0).abs() < 0.08, "{half} {}", share.sqrt());
    }

    #[test]
    fn trends_fall_only_where_it_is_known() {
        let (slow, stuck) = (cell(100, &[50, 60, 70], 0), cell(100, &[90], 2));
        let (fast, one) = (cell(100, &[5, 6, 7], 0), cell(100, &[1, 1, 1], 0));
        let course = |cells: &[(f64, &Exits)]| Trend::of(cells).changes.iter().map(|c| c.course).collect::<Vec<_>>();
        let table = [(0.1, &fast), (0.0, &slow), (0.7, &one), (0.5, &one)];
        let trend = Trend::of(&table);
        assert_eq!(course(&table), [Course::Falls, Course::Falls, Course::Level]);
        assert!(trend.never_rises() && !trend.falls() && !trend.is_contradicted());
        assert!(Trend::of(&table[..3]).falls());
        assert_eq!((trend.changes[0].from, trend.changes[0].to, trend.changes[0].difference), (0.0, 0.1, -54.0));
        // s² = 100 and 1, n = 3.
        assert!((trend.changes[0].standard_error.unwrap() - (101f64 / 3.0).sqrt()).abs() < 1e-12);
        // A lower bound that lies above a known mean: it falls. The other way round it rises, for sure.
        assert_eq!(course(&[(0.0, &stuck), (0.1, &slow)]), [Course::Falls]);
        assert_eq!(course(&[(0.0, &slow), (0.1, &stuck)]), [Course::Rises]);
        assert!(Trend::of(&[(0.0, &slow), (0.1, &stuck)]).is_contradicted());
        // Known and above the bound, or a bound below what is known, or two bounds: open.
        let low = cell(40, &[1, 2], 1);
        assert_eq!(course(&[(0.0, &slow), (0.1, &low)]), [Course::Open]);
        assert_eq!(course(&[(0.0, &low), (0.1, &slow)]), [Course::Open]);
        assert_eq!(course(&[(0.0, &stuck), (0.1, &low)]), [Course::Open]);
        assert!(!Trend::of(&[(0.0, &slow), (0.1, &low)]).never_rises());
        // A rise within chance does not contradict.
        let rise = Trend::of(&[(0.0, &cell(99, &[1, 50], 0)), (0.1, &cell(99, &[2, 51], 0))]);
        assert!(!rise.never_rises() && !rise.is_contradicted());
        assert!(!Trend::of(&[(0.0, &slow)]).falls() && !Trend::of(&[(0.0, &slow)]).never_rises());
        assert!(Trend::of(&[(0.0, &Exits::new(5).unwrap()), (0.1, &slow)]).changes.is_empty());
    }
}
