//! Confidence intervals at 95 %.

use serde::{Deserialize, Serialize};

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
