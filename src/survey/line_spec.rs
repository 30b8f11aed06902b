//! Which points of a line to measure.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::axis::Axis;

/// The points of a line from A (α = 0) to B (α = 1): a grid, and what may be added to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSpec {
    pub alphas: Axis,
    /// Go on beyond the grid until the loss has risen; off when `None`.
    #[serde(default)]
    pub widen: Option<Widen>,
    /// Add points where the curve bends; off when `None`.
    #[serde(default)]
    pub refine: Option<Refine>,
}

impl LineSpec {
    /// The grid alone.
    pub fn plain(alphas: Axis) -> LineSpec {
        LineSpec { alphas, widen: None, refine: None }
    }
}

/// Widening: each side goes on until its outermost training loss is at least `ratio` times the larger of L(0) and L(1).
///
/// Steps double: with grid step h, the points added left of the leftmost point α₀ (the grid's start, or 0 if that is
/// farther left) are α₀ − h, α₀ − 3h, α₀ − 7h, …, so a wall far away costs few points. A side ends, too, at a loss that is
/// not finite, and before it leaves −[`Widen::REACH`] ≤ α ≤ 1 + [`Widen::REACH`]. The ends of the line are measured even when
/// the grid leaves them out. Nothing is widened when L(0) or L(1) is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Widen {
    ratio: f64,
}

/// Refinement: intervals are halved where the curve of the training loss bends.
///
/// The bend at a point is how far its loss lies from the chord of its two neighbours, |L_i − chord(α_i)|: for an even grid
/// half of the second difference. In every round each interval with a bend above `tolerance` × (highest − lowest finite
/// loss) at one of its ends gets its middle measured, the largest bends first, until `points` were added. Intervals with
/// an end that is not finite are left alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Refine {
    tolerance: f64,
    points: usize,
}

/// A line that cannot be measured.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LineSpecError {
    #[error("the ratio for widening is {0}; give a finite number above 1, such as 2")]
    Ratio(f64),
    #[error("{0:?} is no refinement; write tolerance:points, such as 0.01:40")]
    Syntax(String),
    #[error("the tolerance for refinement is {0}; give a number above 0 and below 1, such as 0.01")]
    Tolerance(f64),
    #[error("{0} points for refinement are too many; give at most {max}", max = Refine::MAX_POINTS)]
    Points(usize),
}

impl Widen {
    /// How far beyond the ends a side may go, in lengths of the line.
    pub const REACH: f64 = 10.0;

    /// Widens until the loss has risen by this ratio.
    ///
    /// # Errors
    /// When the ratio is not a finite number above 1.
    pub fn new(ratio: f64) -> Result<Widen, LineSpecError> {
        if ratio > 1.0 && ratio.is_finite() { Ok(Widen { ratio }) } else { Err(LineSpecError::Ratio(ratio)) }
    }

    /// How many times the larger end's loss.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }
}

impl TryFrom<f64> for Widen {
    type Error = LineSpecError;

    fn try_from(ratio: f64) -> Result<Self, LineSpecError> {
        Widen::new(ratio)
    }
}

impl From<Widen> for f64 {
    fn from(w: Widen) -> f64 {
        w.ratio
    }
}

impl Refine {
    /// Points that may be asked for.
    pub const MAX_POINTS: usize = 10_000;

    /// Refines down to a tolerance, relative to the range of the curve, with at most so many points more.
    ///
    /// # Errors
    /// When the tolerance does not lie between 0 and 1, or there are too many points.
    pub fn new(tolerance: f64, points: usize) -> Result<Refine, LineSpecError> {
        if !(tolerance > 0.0 && tolerance < 1.0) {
            return Err(LineSpecError::Tolerance(tolerance));
        }
        if points > Self::MAX_POINTS {
            return Err(LineSpecError::Points(points));
        }
        Ok(Refine { tolerance, points })
    }

    /// The bend that is small enough, as a share of the curve's range.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// How many points may be added.
    pub fn points(&self) -> usize {
        self.points
    }
}

impl fmt::Display for Refine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.tolerance, self.points)
    }
}

impl FromStr for Refine {
    type Err = LineSpecError;

    fn from_str(text: &str) -> Result<Self, LineSpecError> {
        let syntax = || LineSpecError::Syntax(text.to_string());
        let (tolerance, points) = text.split_once(':').ok_or_else(syntax)?;
        Refine::new(tolerance.trim().parse().map_err(|_| syntax())?, points.trim().parse().map_err(|_| syntax())?)
    }
}

impl TryFrom<String> for Refine {
    type Error = LineSpecError;

    fn try_from(text: String) -> Result<Self, LineSpecError> {
        text.parse()
    }
}

impl From<Refine> for String {
    fn from(refine: Refine) -> String {
        refine.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_survive_json_and_bad_ones_do_not() {
        let spec = LineSpec {
            alphas: "-0.5:1.5:21".parse().unwrap(),
            widen: Some(Widen::new(2.5).unwrap()),
            refine: Some("0.01:40".parse().unwrap()),
        };
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(json, r#"{"alphas":"-0.5:1.5:21","widen":2.5,"refine":"0.01:40"}"#);
        assert_eq!(serde_json::from_str::<LineSpec>(&json).unwrap(), spec);
        let plain: LineSpec = serde_json::from_str(r#"{"alphas":"0:1:2"}"#).unwrap();
        assert_eq!(plain, LineSpec::plain(Axis::new(0.0, 1.0, 2).unwrap()));
        for bad in [1.0, 0.5, f64::NAN, f64::INFINITY] {
            assert!(Widen::new(bad).is_err());
        }
        for bad in ["", "0.01", "0:5", "1:5", "NaN:5", "0.1:-1", "0.1:10001"] {
            assert!(bad.parse::<Refine>().is_err(), "{bad}");
        }
        for bad in [r#"{"alphas":"0:1:2","widen":1}"#, r#"{"alphas":"0:1:2","refine":"2:2"}"#] {
            assert!(serde_json::from_str::<LineSpec>(bad).is_err());
        }
    }
}
