//! Evenly spaced places on a line or on one side of a plane.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// `count` places from `start` to `end`, both included; as text and JSON `start:end:count`, such as `-0.5:1.5:21`.
///
/// Every place is computed from its index, so nothing drifts. With an odd count and `start = −end` the middle is exactly
/// 0 and places left and right of it are exact negatives. Where 0 and 1 fall on the grid they are exactly 0.0 and 1.0:
/// there the point is the model itself, to the bit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Axis {
    start: f64,
    end: f64,
    count: usize,
}

/// A range that cannot be measured.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum AxisError {
    #[error("{0:?} is no range; write start:end:count, such as -0.5:1.5:21")]
    Syntax(String),
    #[error("the range {0} has fewer than 2 points; give its count as 2 or more, such as -0.5:1.5:21")]
    TooFew(Axis),
    #[error("the range {0} has more than {max} points; give a smaller count", max = Axis::MAX_COUNT)]
    TooMany(Axis),
    #[error("the range {0} reaches farther than {max:e}; give nearer ends", max = Axis::MAX_REACH)]
    TooFar(Axis),
    #[error("the range {0} does not rise; put the smaller end first")]
    NotRising(Axis),
    #[error("the points of the range {0} lie too close to tell them apart; give a smaller count or ends farther apart")]
    TooClose(Axis),
}

impl Axis {
    /// Points a side may have.
    pub const MAX_COUNT: usize = 1 << 16;
    /// How far from 0 an end may lie.
    pub const MAX_REACH: f64 = 1e9;

    /// Checks and makes a range.
    ///
    /// # Errors
    /// When the ends are not finite, do not rise or lie too far or too close, or the count is below 2 or too large.
    pub fn new(start: f64, end: f64, count: usize) -> Result<Axis, AxisError> {
        // −0 + 0 is 0.
        let axis = Axis { start: start + 0.0, end: end + 0.0, count };
        if count < 2 {
            return Err(AxisError::TooFew(axis));
        }
        if count > Self::MAX_COUNT {
            return Err(AxisError::TooMany(axis));
        }
        // Also false for NaN.
        if !(start.abs() <= Self::MAX_REACH && end.abs() <= Self::MAX_REACH) {
            return Err(AxisError::TooFar(axis));
        }
        if start >= end {
            return Err(AxisError::NotRising(axis));
        }
        if axis.step() < 1e-9 * start.abs().max(end.abs()) {
            return Err(AxisError::TooClose(axis));
        }
        Ok(axis)
    }

    /// The first place.
    pub fn start(&self) -> f64 {
        self.start
    }

    /// The last place.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// How many places.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Distance between neighbours.
    pub fn step(&self) -> f64 {
        (self.end - self.start) / (self.count - 1) as f64
    }

    /// Place `k`, for k = 0 … count − 1: start + k (end − start) / (count − 1).
    pub fn at(&self, k: usize) -> f64 {
        let last = self.count - 1;
        if k == 0 {
            return self.start;
        }
        if k >= last {
            return self.end;
        }
        // The mean of the ends with whole weights: symmetric to the bit, unlike start + k · step.
        let x = (self.start * (last - k) as f64 + self.end * k as f64) / last as f64;
        let rounding = 4.0 * f64::EPSILON * (self.start.abs() + self.end.abs());
        [0.0, 1.0].into_iter().find(|whole| (x - whole).abs() <= rounding).unwrap_or(x)
    }

    /// All places in order.
    pub fn values(&self) -> Vec<f64> {
        (0..self.count).map(|k| self.at(k)).collect()
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.start, self.end, self.count)
    }
}

impl FromStr for Axis {
    type Err = AxisError;

    fn from_str(text: &str) -> Result<Self, AxisError> {
        let syntax = || AxisError::Syntax(text.to_string());
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let [start, end, count] = parts[..] else { return Err(syntax()) };
        let number = |part: &str| part.parse::<f64>().map_err(|_| syntax());
        Axis::new(number(start)?, number(end)?, count.parse().map_err(|_| syntax())?)
    }
}

impl TryFrom<String> for Axis {
    type Error = AxisError;

    fn try_from(text: String) -> Result<Self, AxisError> {
        text.parse()
    }
}

impl From<Axis> for String {
    fn from(axis: Axis) -> String {
        axis.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn axis(text: &str) -> Axis {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_exact() {
        // The 21 numbers of the reference data, as their decimal digits.
        let tenths: Vec<f64> = (-5..=15).map(|k| f64::from(k) / 10.0).collect();
        assert_eq!(axis("-0.5:1.5:21").values(), tenths);
        assert_eq!(axis("0:1:10").values(), (0..10).map(|k| f64::from(k) / 9.0).collect::<Vec<_>>());
        for text in ["-0.1:1.1:13", "-0.7:1.3:21", "-0.3:1.2:16", "-0.9:1.1:201", "-3.3:1:44"] {
            let values = axis(text).values();
            assert!(values.contains(&0.0) && values.contains(&1.0), "{text}: {values:?}");
            assert_eq!((values[0], *values.last().unwrap()), (axis(text).start(), axis(text).end()));
        }
    }

    #[test]
    fn texts_that_are_no_range() {
        for (text, expected) in [
            ("0:1", "is no range"),
            ("0:x:3", "is no range"),
            ("0:1:2.5", "is no range"),
            ("0:1:1", "fewer than 2 points"),
            ("0:1:99999999", "more than 65536"),
            ("1:0:3", "does not rise"),
            ("0:inf:3", "farther than 1e9"),
            ("NaN:1:3", "farther than 1e9"),
            ("999999999:1e9:65536", "too close"),
        ] {
            let error = text.parse::<Axis>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let json = serde_json::to_string(&axis(" -0.5 : 1.5 : 21")).unwrap();
        assert_eq!(json, "\"-0.5:1.5:21\"");
        assert_eq!(serde_json::from_str::<Axis>(&json).unwrap(), axis("-0.5:1.5:21"));
        assert!(serde_json::from_str::<Axis>("\"1:1:2\"").is_err());
    }

    proptest! {
        #[test]
        fn a_symmetric_range_is_symmetric_to_the_bit(end in 1e-3..1e3f64, half in 1..300usize) {
            let axis = Axis::new(-end, end, 2 * half + 1).unwrap();
            prop_assert_eq!(axis.at(half).to_bits(), 0f64.to_bits());
            for k in 0..half {
                prop_assert_eq!(axis.at(k), -axis.at(2 * half - k));
                prop_assert!(axis.at(k) < axis.at(k + 1));
            }
        }

        #[test]
        fn places_rise_evenly_and_never_leave_the_range(
            start in -5.0..1.0f64, width in 0.1..5.0f64, count in 2..500usize
        ) {
            let axis = Axis::new(start, start + width, count).unwrap();
            for k in 1..count {
                prop_assert!((axis.at(k) - axis.at(k - 1) - axis.step()).abs() < 1e-14);
                prop_assert!(axis.at(k) <= axis.end());
            }
        }
    }
}
