//! Order statistics.

use serde::{Deserialize, Serialize};

/// Which of n sorted values enclose the median of what they were drawn from: the low-th and the high-th, counted from 1.
///
/// Of n independent values the number below the median is binomial (n, 1/2), whatever the distribution: so
/// P(X_(low) ≤ median ≤ X_(high)) ≥ 1 − 2 P(B < low). Needs no more than the order of the values, so values that are only
/// known to lie beyond all others take part like any other. Ties make it wider than needed, never narrower.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MedianRanks {
    pub low: usize,
    pub high: usize,
    /// The probability that the interval holds the median, at least 95 %.
    pub coverage: f64,
}

impl MedianRanks {
    /// The narrowest symmetric ranks with at least 95 %; `None` for fewer than 6 values, where even all of them hold less.
    pub fn of(n: usize) -> Option<MedianRanks> {
        // In logarithms: 2⁻ⁿ alone would be 0 beyond a thousand values.
        let mut log_term = -(n as f64) * std::f64::consts::LN_2;
        let mut below = 0.0;
        let mut found = None;
        for k in 0..n / 2 {
            below += log_term.exp();
            if 2.0 * below > 0.05 {
                break;
            }
            found = Some(MedianRanks { low: k + 1, high: n - k, coverage: 1.0 - 2.0 * below });
            log_term += ((n - k) as f64).ln() - ((k + 1) as f64).ln();
        }
        found
    }
}

/// The `share` quantile of sorted values, interpolated linearly between them (Hyndman and Fan's type 7, the default of
/// NumPy and R); `None` without values.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let low = *sorted.get(below)?;
    match sorted.get(below + 1) {
        Some(high) if part > 0.0 => Some(low + part * (high - low)),
        _ => Some(low),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_ranks_are_the_printed_table() {
        assert_eq!((0..6).map(MedianRanks::of).collect::<Vec<_>>(), [None; 6]);
        // Conover, Practical Nonparametric Statistics; coverage by hand: 1 − 2/64, 1 − 2 (1 + 10)/1024.
        for (n, low, high, coverage) in [(6, 1, 6, 0.96875), (10, 2, 9, 1.0 - 22.0 / 1024.0), (25, 8, 18, 0.956715)] {
            let ranks = MedianRanks::of(n).unwrap();
            assert_eq!((ranks.low, ranks.high), (low, high), "{n}");
            assert!((ranks.coverage - coverage).abs() < 1e-6, "{n}: {}", ranks.coverage);
        }
        let hundred = MedianRanks::of(100).unwrap();
        assert_eq!((hundred.low, hundred.high), (40, 61));
        // Far beyond where 2⁻ⁿ is a number: n/2 − 0.98 √n.
        let many = MedianRanks::of(10_000).unwrap();
        assert!(many.low.abs_diff(4902) <= 1 && many.low + many.high == 10_001 && many.coverage >= 0.95);
    }

    #[test]
    fn quantiles_interpolate() {
        // numpy.quantile([1, 2, 4, 8], [0, 0.25, 0.5, 0.9, 1]).
        let values = [1.0, 2.0, 4.0, 8.0];
        for (share, found) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            assert!((quantile(&values, share).unwrap() - found).abs() < 1e-12, "{share}");
        }
        assert_eq!((quantile(&[], 0.5), quantile(&[3.0], 0.7)), (None, Some(3.0)));
    }
}
