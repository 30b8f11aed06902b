//! Which points a slice through a minimum has.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The range of distances ℓ ∈ (ζ, r) on which a direction is judged, and how many of them are measured on either side;
/// as text and JSON `zeta:r:points`, such as `0.1:1:17`.
///
/// ℓ counts lengths of the direction u: with ‖u‖ = 1 it is a distance in parameter space.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SliceSpec {
    zeta: f64,
    r: f64,
    points: usize,
}

/// A range that cannot be measured.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SliceSpecError {
    #[error("{0:?} is no range of a slice; write zeta:r:points, such as 0.1:1:17")]
    Syntax(String),
    #[error("the slice goes from ζ = {zeta} to r = {r}; give finite numbers with 0 ≤ ζ < r and ζ at most 0.99 r")]
    Range { zeta: f64, r: f64 },
    #[error(
        "a slice of {0} points a side cannot be judged; give {min} to {max}",
        min = SliceSpec::MIN_POINTS, max = SliceSpec::MAX_POINTS
    )]
    Points(usize),
}

impl SliceSpec {
    /// Fewest points a side: every second of them must still give a slope.
    pub const MIN_POINTS: usize = 5;
    /// Most points a side.
    pub const MAX_POINTS: usize = 1 << 16;

    /// Checks and makes a range; `points` on either side, ζ and r included.
    ///
    /// # Errors
    /// When not 0 ≤ ζ ≤ 0.99 r, one of them is not finite, or there are too few or too many points.
    pub fn new(zeta: f64, r: f64, points: usize) -> Result<SliceSpec, SliceSpecError> {
        // Also false for NaN.
        if !(zeta >= 0.0 && r.is_finite() && r >= f64::MIN_POSITIVE && zeta <= 0.99 * r) {
            return Err(SliceSpecError::Range { zeta, r });
        }
        if !(Self::MIN_POINTS..=Self::MAX_POINTS).contains(&points) {
            return Err(SliceSpecError::Points(points));
        }
        // −0 + 0 is 0.
        Ok(SliceSpec { zeta: zeta + 0.0, r, points })
    }

    /// ζ: nearer to the minimum than this, slopes do not count.
    pub fn zeta(&self) -> f64 {
        self.zeta
    }

    /// r: how far the direction is judged.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Points on either side.
    pub fn points(&self) -> usize {
        self.points
    }

    /// The distance between neighbours, (r − ζ) / (points − 1).
    pub fn step(&self) -> f64 {
        (self.r - self.zeta) / (self.points - 1) as f64
    }

    /// The ℓ to measure, rising: −r … −ζ, 0, ζ … r. Left and right are exact negatives, the ends are ζ and r to the bit.
    pub fn values(&self) -> Vec<f64> {
        let last = self.points - 1;
        let place = |k: usize| if k == last { self.r } else { self.zeta + self.step() * k as f64 };
        // With ζ = 0 the first place of a side is the minimum itself.
        let right: Vec<f64> = (0..=last).map(place).filter(|l| *l > 0.0).collect();
        right.iter().rev().map(|l| -l).chain([0.0]).chain(right.iter().copied()).collect()
    }
}

impl Default for SliceSpec {
    /// Our choice; the text is `0.25:0.5:9`.
    fn default() -> Self {
        SliceSpec { zeta: 0.25, r: 0.5, points: 9 }
    }
}

impl fmt::Display for SliceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.zeta, self.r, self.points)
    }
}

impl FromStr for SliceSpec {
    type Err = SliceSpecError;

    fn from_str(text: &str) -> Result<Self, SliceSpecError> {
        let syntax = || SliceSpecError::Syntax(text.to_string());
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let [zeta, r, points] = parts[..] else { return Err(syntax()) };
        let number = |t: &str| t.parse::<f64>().map_err(|_| syntax());
        SliceSpec::new(number(zeta)?, number(r)?, points.parse().map_err(|_| syntax())?)
    }
}

impl TryFrom<String> for SliceSpec {
    type Error = SliceSpecError;

    fn try_from(text: String) -> Result<Self, SliceSpecError> {
        text.parse()
    }
}

impl From<SliceSpec> for String {
    fn from(spec: SliceSpec) -> String {
        spec.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_symmetric_and_end_exactly() {
        let spec: SliceSpec = "0.1:0.7:7".parse().unwrap();
        let values = spec.values();
        assert_eq!(values.len(), 15);
        assert!(values.is_sorted() && values[7] == 0.0 && values[14] == 0.7 && values[8] == 0.1);
        assert!((0..15).all(|i| values[i] == -values[14 - i]));
        assert_eq!(
            "0:1:5".parse::<SliceSpec>().unwrap().values(),
            [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]
        );
    }

    #[test]
    fn specs_survive_json_and_bad_ones_do_not() {
        let spec = SliceSpec::new(0.25, 2.0, 9).unwrap();
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(json, r#""0.25:2:9""#);
        assert_eq!(serde_json::from_str::<SliceSpec>(&json).unwrap(), spec);
        let bad = [
            "",
            "0:1",
            "1:1:9",
            "1:0.5:9",
            "-1:1:9",
            "NaN:1:9",
            "0:inf:9",
            "0:NaN:9",
            "0:1:4",
            "0:1:65537",
            "0:0:9",
            "0:1:x",
        ];
        for text in bad {
            assert!(text.parse::<SliceSpec>().is_err(), "{text}");
        }
    }
}
