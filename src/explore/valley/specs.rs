//! Parts of what is asked about a valley: how a direction is judged, how losses are compared, how sharpness is measured.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    explore::request_error::{MAX_ASCENT, MAX_SHIFT_POINTS, ValleySpecError},
    named::named_choice,
    survey::Refine,
    valley::{Criteria, SliceSpec},
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

/// The shift that is asked for: that of a comparison, or of the one that suits the slices, written `auto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ShiftRange {
    /// As far as the slices go, with twice their points.
    #[default]
    Auto,
    Of(ShiftSpec),
}

/// The noise under which expected sharpness is measured; as text and JSON `delta:draws`, such as `0.01:100`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NoiseSpec {
    /// δ, the standard deviation.
    pub delta: f64,
    /// M, how often it is drawn.
    pub draws: u64,
}

/// What SAM's gap is measured on; as text and JSON `rho:steps`, such as `0.05:10`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SamGapSpec {
    rho: f64,
    steps: u32,
}

impl ShiftSpec {
    /// Most points of the training curve.
    pub const MAX_POINTS: usize = MAX_SHIFT_POINTS;

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
    pub const MAX_STEPS: u32 = MAX_ASCENT;
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

impl fmt::Display for ShiftRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShiftRange::Auto => f.write_str("auto"),
            ShiftRange::Of(spec) => write!(f, "{spec}"),
        }
    }
}

impl FromStr for ShiftRange {
    type Err = ValleySpecError;

    fn from_str(text: &str) -> Result<Self, ValleySpecError> {
        match text {
            "" | "auto" => Ok(ShiftRange::Auto),
            range => range.parse().map(ShiftRange::Of),
        }
    }
}

impl fmt::Display for NoiseSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.delta, self.draws)
    }
}

impl FromStr for NoiseSpec {
    type Err = ValleySpecError;

    fn from_str(text: &str) -> Result<Self, ValleySpecError> {
        let parsed = text.split_once(':').and_then(|(delta, draws)| {
            Some(NoiseSpec { delta: delta.trim().parse().ok()?, draws: draws.trim().parse().ok()? })
        });
        parsed.ok_or_else(|| ValleySpecError::NoiseSyntax(text.to_string()))
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
as_text!(ShiftRange);
as_text!(NoiseSpec);
as_text!(SamGapSpec);

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
        let noise: NoiseSpec = "0.01:100".parse().unwrap();
        assert_eq!((noise.delta, noise.draws, noise.to_string()), (0.01, 100, "0.01:100".into()));
        for text in ["", "0.01", "x:1", "0.1:-1", "0.1:1.5"] {
            assert!(text.parse::<NoiseSpec>().unwrap_err().to_string().contains("0.01:100"), "{text}");
        }
        for (text, shift) in [("auto", ShiftRange::Auto), ("1:0.5:9", ShiftRange::Of("1:0.5:9".parse().unwrap()))] {
            assert_eq!((text.parse::<ShiftRange>(), shift.to_string()), (Ok(shift), text.into()));
        }
        assert_eq!("".parse::<ShiftRange>(), Ok(ShiftRange::Auto));
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
