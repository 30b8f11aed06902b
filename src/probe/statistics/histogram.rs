//! Histograms with bins that grow by a factor.

use serde::{Deserialize, Serialize};

/// How many values fall between edges: bin i holds `edges[i] ≤ x < edges[i + 1]`.
///
/// Every value is counted somewhere: below, in a bin, above or as not a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Rising; one more than there are bins.
    edges: Vec<f64>,
    counts: Vec<u64>,
    below: u64,
    above: u64,
    not_a_number: u64,
}

impl Histogram {
    /// Counts values between edges; of edges that do not rise, those that do not are left out.
    pub fn of(values: impl IntoIterator<Item = f64>, edges: &[f64]) -> Histogram {
        let mut rising: Vec<f64> = Vec::with_capacity(edges.len());
        for &edge in edges.iter().filter(|e| !e.is_nan()) {
            if rising.last().is_none_or(|last| edge > *last) {
                rising.push(edge);
            }
        }
        let counts = vec![0; rising.len().saturating_sub(1)];
        let mut histogram = Histogram { edges: rising, counts, below: 0, above: 0, not_a_number: 0 };
        values.into_iter().for_each(|x| histogram.count(x));
        histogram
    }

    /// Edges 2^(k/2) from 1 to the first that is above `top`, at most 2^32; the same edges whatever the values, so that
    /// two histograms can be laid over each other.
    pub fn half_octaves(top: f64) -> Vec<f64> {
        let mut edges = vec![1.0];
        for k in 1..=64 {
            let reached = edges.last().is_some_and(|last| *last > top);
            if reached {
                break;
            }
            // Even powers are whole numbers to the bit.
            let octave = 2f64.powi(k / 2);
            edges.push(if k % 2 == 0 { octave } else { octave * std::f64::consts::SQRT_2 });
        }
        edges
    }

    fn count(&mut self, x: f64) {
        if x.is_nan() {
            self.not_a_number += 1;
            return;
        }
        match self.edges.partition_point(|e| *e <= x).checked_sub(1) {
            None => self.below += 1,
            Some(bin) => match self.counts.get_mut(bin) {
                Some(count) => *count += 1,
                None => self.above += 1,
            },
        }
    }

    /// The edges, rising.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// What each bin holds.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Values below the first edge.
    pub fn below(&self) -> u64 {
        self.below
    }

    /// Values at or above the last edge.
    pub fn above(&self) -> u64 {
        self.above
    }

    /// Values that are NaN.
    pub fn not_a_number(&self) -> u64 {
        self.not_a_number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_once() {
        let edges = [1.0, 2.0, 4.0, 4.0, 3.0, f64::NAN, 8.0];
        let values = [0.5, 1.0, 1.99, 2.0, 7.99, 8.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        let h = Histogram::of(values, &edges);
        assert_eq!(h.edges(), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!((h.counts(), h.below(), h.above(), h.not_a_number()), (&[2, 1, 1][..], 2, 2, 1));
        let none = Histogram::of([1.0], &[]);
        assert_eq!((none.counts().len(), none.below()), (0, 1));
    }

    #[test]
    fn half_octaves_end_above_the_top() {
        let edges = Histogram::half_octaves(4.0);
        assert_eq!(edges.len(), 6);
        assert_eq!((edges[0], edges[2], edges[4]), (1.0, 2.0, 4.0));
        assert!((edges[5] - 32f64.sqrt()).abs() < 1e-12 && edges.is_sorted());
        assert_eq!(Histogram::half_octaves(0.0), [1.0]);
        assert_eq!(Histogram::half_octaves(f64::INFINITY).len(), 65);
        assert_eq!(Histogram::half_octaves(f64::NAN).len(), 65);
    }
}
