//! What is asked about the valley around a checkpoint: plain data, the same from the command line and from the window.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    explore::Subject,
    named::named_choice,
    survey::{Directions, Refine},
    valley::{Criteria, SharpnessSpec, SliceSpec},
};

named_choice! {
    /// In what ℓ is counted.
    Unit as "unit of ℓ" {
        /// In lengths of the direction: ℓ = 1 is the other solution, or a random direction once.
        #[default] Direction = "direction",
        /// As a distance in parameter space, ‖u‖ = 1 as in the definition.
        Distance = "distance",
    }
}

named_choice! {
    /// The point on the slice that is taken for w.
    Origin as "origin of a slice" {
        /// The checkpoint itself.
        #[default] Checkpoint = "checkpoint",
        /// The lowest point within r of the checkpoint along the direction: a trained network is rarely at the bottom.
        Lowest = "lowest",
    }
}

/// A family of random directions and how many of them are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    pub directions: Directions,
    pub count: u32,
}

/// How a direction is judged, see [`judge`](crate::valley::judge).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detector {
    /// ζ, r and the points a side of the coarse slice.
    pub slice: SliceSpec,
    /// Points added where the slope bends, to slices whose verdict the coarse points leave open.
    pub refine: Option<Refine>,
    /// c must be above 1 + tolerance.
    pub tolerance: f64,
    pub unit: Unit,
    pub origin: Origin,
}

impl Detector {
    /// ζ, r and points a side, unless said otherwise: the text of [`SliceSpec::default`].
    pub const SLICE: &str = "0.25:0.5:9";
    /// What refinement is told, unless said otherwise.
    pub const REFINE: &str = "0.01:32";
}

impl Default for Detector {
    fn default() -> Self {
        Detector {
            slice: SliceSpec::default(),
            refine: Self::REFINE.parse().ok(),
            tolerance: Criteria::default().tolerance,
            unit: Unit::default(),
            origin: Origin::default(),
        }
    }
}

impl Detector {
    /// The places between −ζ and ζ, 0 left out, that a picture of a slice has beside those that are judged.
    pub fn inner(&self) -> Vec<f64> {
        let zeta = self.slice.zeta();
        let count = ((zeta / self.slice.step() - 1e-9).floor() as usize).min(self.slice.points());
        let right: Vec<f64> = (1..=count).map(|k| zeta * k as f64 / (count + 1) as f64).collect();
        right.iter().rev().map(|l| -l).chain(right.iter().copied()).collect()
    }
}

/// How test and training loss are compared along a direction; as text and JSON `R:reach:points`, such as `1:0.5:33`.
///
/// In the unit of the slices. The training loss is measured at `points` places of −R … R, the test loss with the same
/// step on −(R + reach) … R + reach, so that every δ up to `reach` can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShiftSpec {
    radius: f64,
    reach: f64,
    points: usize,
}

/// What SAM's gap is measured on; as text and JSON `rho:steps`, such as `0.05:10`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SamGapSpec {
    rho: f64,
    steps: u32,
}

/// A comparison or a gap that cannot be measured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ValleySpecError {
    #[error("{0:?} is no range of a shift; write R:reach:points, such as 1:0.5:33")]
    ShiftSyntax(String),
    #[error("the shift is compared on −R … R with R = {radius}, and tried up to {reach}; give finite numbers above 0")]
    ShiftRange { radius: f64, reach: f64 },
    #[error("{0} points do not make a curve; give 5 to {max}", max = ShiftSpec::MAX_POINTS)]
    ShiftPoints(usize),
    #[error("{0:?} is no ball of SAM; write rho or rho:steps, such as 0.05 or 0.05:10")]
    GapSyntax(String),
    #[error("ρ is {0}; give a finite number above 0, such as 0.05")]
    Rho(f64),
    #[error("{0} steps of ascent are too many; give at most {max}", max = SamGapSpec::MAX_STEPS)]
    Steps(u32),
}

impl ShiftSpec {
    /// Most points of the training curve.
    pub const MAX_POINTS: usize = 4096;

    /// Checks and makes a comparison.
    ///
    /// # Errors
    /// When R or the reach is not a finite number above 0, or the points make no curve.
    pub fn new(radius: f64, reach: f64, points: usize) -> Result<ShiftSpec, ValleySpecError> {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        if !(positive(radius) && positive(reach) && positive(radius + reach)) {
            return Err(ValleySpecError::ShiftRange { radius, reach });
        }
        if !(5..=Self::MAX_POINTS).contains(&points) {
            return Err(ValleySpecError::ShiftPoints(points));
        }
        Ok(ShiftSpec { radius, reach, points })
    }

    /// R.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// The places of the training curve, rising; the ends are −R and R.
    pub fn training(&self) -> Vec<f64> {
        let last = (self.points - 1) as f64;
        // From the middle outwards: symmetric to the bit.
        (0..self.points).map(|k| self.radius * (2.0 * k as f64 - last) / last).collect()
    }

    /// The places of the test curve: those of the training curve, and beyond both ends on to the reach.
    pub fn test(&self) -> Vec<f64> {
        let step = 2.0 * self.radius / (self.points - 1) as f64;
        let more = (self.reach / step).ceil() as usize;
        let beyond: Vec<f64> =
            (1..=more).map(|k| self.radius + if k == more { self.reach } else { step * k as f64 }).collect();
        let left = beyond.iter().rev().map(|x| -x);
        left.chain(self.training()).chain(beyond.iter().copied()).collect()
    }
}

impl SamGapSpec {
    /// Most steps of ascent.
    pub const MAX_STEPS: u32 = 10_000;
    /// Steps of ascent when none are named.
    pub const STEPS: u32 = 10;

    /// Checks and makes a ball; `steps` of projected ascent, 0 for SAM's own step alone.
    ///
    /// # Errors
    /// When ρ is not a finite number above 0, or there are too many steps.
    pub fn new(rho: f64, steps: u32) -> Result<SamGapSpec, ValleySpecError> {
        if !(rho > 0.0 && rho.is_finite()) {
            return Err(ValleySpecError::Rho(rho));
        }
        if steps > Self::MAX_STEPS {
            return Err(ValleySpecError::Steps(steps));
        }
        Ok(SamGapSpec { rho, steps })
    }

    /// ρ, the radius of the ball.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// K, the steps of projected ascent.
    pub fn steps(&self) -> u32 {
        self.steps
    }
}

impl fmt::Display for ShiftSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.radius, self.reach, self.points)
    }
}

impl FromStr for ShiftSpec {
    type Err = ValleySpecError;

    fn from_str(text: &str) -> Result<Self, ValleySpecError> {
        let syntax = || ValleySpecError::ShiftSyntax(text.to_string());
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let [radius, reach, points] = parts[..] else { return Err(syntax()) };
        let number = |t: &str| t.parse::<f64>().map_err(|_| syntax());
        ShiftSpec::new(number(radius)?, number(reach)?, points.parse().map_err(|_| syntax())?)
    }
}

impl fmt::Display for SamGapSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.rho, self.steps)
    }
}

impl FromStr for SamGapSpec {
    type Err = ValleySpecError;

    fn from_str(text: &str) -> Result<Self, ValleySpecError> {
        let syntax = || ValleySpecError::GapSyntax(text.to_string());
        let (rho, steps) = match text.split_once(':') {
            Some((rho, steps)) => (rho, steps.trim().parse().map_err(|_| syntax())?),
            None => (text, Self::STEPS),
        };
        SamGapSpec::new(rho.trim().parse().map_err(|_| syntax())?, steps)
    }
}

/// Reading and writing as text, for serde.
macro_rules! as_text {
    ($type:ty) => {
        impl TryFrom<String> for $type {
            type Error = ValleySpecError;

            fn try_from(text: String) -> Result<Self, ValleySpecError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(spec: $type) -> String {
                spec.to_string()
            }
        }
    };
}

as_text!(ShiftSpec);
as_text!(SamGapSpec);

/// Everything that is asked about one checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValleyRequest {
    pub subject: Subject,
    /// w.
    pub centre: PathBuf,
    /// Gaussian directions.
    #[serde(default)]
    pub random: Option<Family>,
    /// Other solutions: the directions to them are judged, too.
    #[serde(default)]
    pub others: Vec<PathBuf>,
    /// Files that hold a direction, such as an eigenvector of the Hessian.
    #[serde(default)]
    pub given: Vec<PathBuf>,
    #[serde(default)]
    pub detector: Detector,
    /// Compare test and training loss along every direction that comes from a file.
    #[serde(default)]
    pub shift: Option<ShiftSpec>,
    #[serde(default)]
    pub sharpness: Vec<SharpnessSpec>,
    #[serde(default)]
    pub sam_gaps: Vec<SamGapSpec>,
}

impl ValleyRequest {
    /// Whether there is nothing to measure but the loss at w.
    pub fn is_empty(&self) -> bool {
        let random = self.random.map_or(0, |family| family.count);
        random == 0
            && self.others.is_empty()
            && self.given.is_empty()
            && self.sharpness.is_empty()
            && self.sam_gaps.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_texts_are_what_they_say() {
        let detector = Detector::default();
        assert_eq!((detector.slice.to_string().as_str(), detector.tolerance), (Detector::SLICE, 0.02));
        assert_eq!(detector.refine.unwrap().to_string(), Detector::REFINE);
        // A step of 0.25 / 8 between 0 and 0.25: seven places a side.
        let inner = detector.inner();
        assert_eq!((inner.len(), inner[13], inner[7]), (14, 0.21875, 0.03125));
        assert!(Detector { slice: "0:1:9".parse().unwrap(), ..detector }.inner().is_empty());
        assert_eq!(Detector { slice: "0.99:1:9".parse().unwrap(), ..detector }.inner().len(), 18);
        let gap: SamGapSpec = "0.05".parse().unwrap();
        assert_eq!((gap.rho(), gap.steps(), gap.to_string()), (0.05, 10, "0.05:10".into()));
        assert_eq!("0.1:0".parse::<SamGapSpec>().unwrap().steps(), 0);
        for text in ["", "x", "0", "-1", "inf", "0.1:", "0.1:-1", "0.1:20000"] {
            assert!(text.parse::<SamGapSpec>().is_err(), "{text}");
        }
        for text in ["", "1:1", "0:1:9", "1:0:9", "1:1:4", "1:NaN:9", "1:1:5000"] {
            assert!(text.parse::<ShiftSpec>().is_err(), "{text}");
        }
        let request: ValleyRequest = serde_json::from_str(
            r#"{"subject":{},"centre":"a.pt","detector":{"slice":"0.1:1:9","unit":"distance"},"shift":"1:0.5:9","sam_gaps":["0.1:3"]}"#,
        )
        .unwrap();
        assert_eq!((request.detector.unit, request.detector.origin), (Unit::Distance, Origin::Checkpoint));
        let again: ValleyRequest = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
        assert_eq!(again, request);
    }

    #[test]
    fn places_of_a_shift_are_symmetric_and_reach_as_far_as_asked() {
        let spec: ShiftSpec = "1:0.6:9".parse().unwrap();
        assert_eq!(spec.training(), [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]);
        let test = spec.test();
        assert_eq!((test[0], test[1], test[14], test.len()), (-1.6, -1.5, 1.6, 15));
        assert!(test.is_sorted_by(|a, b| a < b) && (0..15).all(|i| test[i] == -test[14 - i]));
    }
}
