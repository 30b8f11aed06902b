//! Statistics that more than one part needs: moments, shares, order statistics, histograms. All in f64, all at 95 %.

mod histogram;
mod moments;
mod order;
mod proportion;

use serde::{Deserialize, Serialize};

pub use histogram::Histogram;
pub use moments::{Moments, student_95};
pub use order::{MedianRanks, quantile};
pub use proportion::{Proportion, wilson};

/// How many standard deviations either side of the mean hold 95 % of a normal distribution.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// A confidence interval, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Whether a value lies in it; never for NaN.
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }
}
