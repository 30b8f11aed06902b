//! How many of the directions that were tried are asymmetric.

use serde::{Deserialize, Serialize};

use super::asymmetry::{Asymmetry, Reason, Verdict};
use crate::probe::statistics::{Histogram, Proportion};

/// A family of directions, judged one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Asymmetric ones among all that were tried, with Wilson's interval. Directions that could not be told count as not
    /// asymmetric: by definition they are not shown to be.
    pub asymmetric: Proportion,
    /// Why the others are not.
    pub others: Others,
    /// c of the asymmetric ones, in bins that grow by √2 from 1; from 2²⁰ on they are counted as above.
    pub c: Histogram,
    /// The most asymmetric ones with their number, the largest c first; at most [`Share::SHOWN`].
    pub most: Vec<(usize, Asymmetry)>,
}

/// Directions that are not asymmetric, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Others {
    pub balanced: u64,
    pub falling: u64,
    pub too_flat: u64,
    pub not_finite: u64,
}

impl Share {
    /// How many of the most asymmetric are kept.
    pub const SHOWN: usize = 10;

    /// Sums up verdicts, in the order of the directions.
    pub fn of(verdicts: &[Verdict]) -> Share {
        let mut others = Others::default();
        let mut found: Vec<(usize, Asymmetry)> = Vec::new();
        for (number, verdict) in verdicts.iter().enumerate() {
            match verdict {
                Verdict::Asymmetric(a) => found.push((number, *a)),
                Verdict::NotAsymmetric { reason } => match reason {
                    Reason::Balanced { .. } => others.balanced += 1,
                    Reason::Falls { .. } => others.falling += 1,
                    Reason::TooFlat { .. } => others.too_flat += 1,
                    Reason::NotFinite { .. } => others.not_finite += 1,
                },
            }
        }
        let largest = found.iter().map(|f| f.1.c).fold(1.0, f64::max);
        let c = Histogram::of(found.iter().map(|f| f.1.c), &Histogram::half_octaves(largest.min(Self::TOP)));
        let asymmetric = Proportion::new(found.len() as u64, verdicts.len() as u64);
        // Stable: of equal ones the first.
        found.sort_by(|a, b| b.1.c.total_cmp(&a.1.c));
        found.truncate(Self::SHOWN);
        Share { asymmetric, others, c, most: found }
    }

    /// Just below the last edge 2²⁰.
    const TOP: f64 = 1_048_575.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::Side;

    fn with(c: f64) -> Verdict {
        let flat = Side::Left;
        Verdict::Asymmetric(Asymmetry { c, error: 0.0, p: 1.0, p_at: -1.0, steep: c, steep_at: 1.0, flat })
    }

    #[test]
    fn shares_count_everything_that_was_tried() {
        let not = |reason| Verdict::NotAsymmetric { reason };
        let mut verdicts = vec![
            not(Reason::NotFinite { at: 1.0 }),
            not(Reason::Balanced { c: 1.01, error: 0.0 }),
            not(Reason::Falls { at: 1.0, slope: -1.0 }),
            not(Reason::TooFlat { at: 0.1, slope: 0.0, error: 1.0 }),
            with(2e6),
        ];
        verdicts.extend([1.1, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 5.0, 6.0, 1.2].map(with));
        let share = Share::of(&verdicts);
        assert_eq!(share.asymmetric, Proportion::new(12, 16));
        assert_eq!(share.others, Others { balanced: 1, falling: 1, too_flat: 1, not_finite: 1 });
        // Bins from 1, √2, 2, 2√2, 4, 4√2.
        assert_eq!(&share.c.counts()[..6], [2, 1, 2, 2, 3, 1]);
        assert_eq!((share.c.edges().last(), share.c.above()), (Some(&1_048_576.0), 1));
        let most: Vec<usize> = share.most.iter().map(|m| m.0).collect();
        assert_eq!(most, [4, 14, 12, 13, 11, 10, 9, 8, 7, 6]);
        let json = serde_json::to_string(&share).unwrap();
        assert_eq!(serde_json::from_str::<Share>(&json).unwrap(), share);
        let none = Share::of(&[]);
        assert_eq!((none.asymmetric.low, none.asymmetric.high, none.most.len()), (0.0, 1.0, 0));
    }
}
