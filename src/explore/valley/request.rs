//! What is asked about the valley around a checkpoint.

use std::{path::PathBuf, sync::LazyLock};

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use super::specs::{Detector, NoiseSpec, Origin, SamGapSpec, ShiftRange, ShiftSpec, Unit};
use crate::{
    explore::{
        EigenSpec, ExploreError, Options, Request, Scaling, Subject, ValleySpecError, request_error::MOST_DIRECTIONS,
    },
    survey::{Directions, Refine},
    valley::{AsymmetryError, Criteria, ExpectedSharpness, SharpnessSpec, SliceSpec, SliceSpecError},
};

/// Everything that is asked about one checkpoint.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValleyRequest {
    /// Checkpoint w: safetensors, PyTorch, burnpack, a run file or RUN@STEP.
    #[arg(value_hint = ValueHint::FilePath)]
    pub checkpoint: PathBuf,
    /// Other solutions: the directions towards them are judged, too.
    #[arg(value_hint = ValueHint::FilePath)]
    pub others: Vec<PathBuf>,
    #[command(flatten)]
    pub subject: Subject,
    /// Judge K Gaussian directions; 0 for none.
    #[arg(long, value_name = "K", default_value_t = ValleyRequest::DIRECTIONS, help_heading = "Directions")]
    pub directions: u32,
    #[command(flatten)]
    pub scaling: Scaling,
    /// Judge the direction in FILE, too.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Directions")]
    pub direction: Vec<PathBuf>,
    #[command(flatten)]
    pub eigen: EigenSpec,
    /// r: how far from w the slopes are compared.
    #[arg(long, value_name = "R", default_value_t = Detector::default().slice.r(), help_heading = "Detector")]
    pub radius: f64,
    /// ζ: nearer to w than this, slopes do not count.
    #[arg(long, value_name = "Z", default_value_t = Detector::default().slice.zeta(), help_heading = "Detector")]
    pub zeta: f64,
    /// Points on either side, ζ and r among them.
    #[arg(long, value_name = "N", default_value_t = Detector::default().slice.points(), help_heading = "Detector")]
    pub points: usize,
    /// Add up to N points a direction where its slope bends by more than TOLERANCE and the verdict is open; N = 0: none.
    #[arg(long, value_name = "TOLERANCE:N", default_value = Detector::REFINE, help_heading = "Detector")]
    pub refine: Refine,
    /// c must be above 1 + TOLERANCE, and above 1 by more than its error.
    #[arg(long, value_name = "TOLERANCE", default_value_t = Detector::default().tolerance, help_heading = "Detector")]
    pub tolerance: f64,
    /// In what r and ζ are counted: direction (lengths of the direction: 1 is the other solution, or a random direction
    /// once), or distance (in parameter space, a direction of length 1).
    #[arg(long, default_value_t = Unit::default(), help_heading = "Detector")]
    pub unit: Unit,
    /// The point that is taken for w on each slice: checkpoint, or lowest (the lowest point within r of it).
    #[arg(long, default_value_t = Origin::default(), help_heading = "Detector")]
    pub origin: Origin,
    /// Compare test and training loss on −R … R along every direction that is not random, for shifts up to REACH, with N training
    /// points [default: R and REACH as the radius, N twice the points of a slice].
    #[arg(
        long, value_name = "R:REACH:N", num_args = 0..=1, require_equals = true, default_missing_value = "auto",
        help_heading = "Shift and sharpness"
    )]
    pub shift: Option<ShiftRange>,
    /// Expected sharpness: the mean rise under Gaussian noise of standard deviation DELTA, from M draws.
    #[arg(long, value_name = "DELTA:M", help_heading = "Shift and sharpness")]
    pub sharpness: Vec<NoiseSpec>,
    /// SAM's gap: the largest rise within a distance RHO, by SAM's own step and by K steps of projected ascent [default: 10].
    #[arg(long, value_name = "RHO[:K]", help_heading = "Shift and sharpness")]
    pub sam_gap: Vec<SamGapSpec>,
}

impl Default for ValleyRequest {
    fn default() -> Self {
        let plain = Detector::default();
        ValleyRequest {
            checkpoint: PathBuf::new(),
            others: vec![],
            subject: Subject::default(),
            directions: Self::DIRECTIONS,
            scaling: Scaling::default(),
            direction: vec![],
            eigen: EigenSpec::default(),
            radius: plain.slice.r(),
            zeta: plain.slice.zeta(),
            points: plain.slice.points(),
            refine: Detector::REFINE.parse().unwrap_or_else(|_| unreachable!("a constant that a test parses")),
            tolerance: plain.tolerance,
            unit: plain.unit,
            origin: plain.origin,
            shift: None,
            sharpness: vec![],
            sam_gap: vec![],
        }
    }
}

impl ValleyRequest {
    /// Random directions when nothing is said.
    pub const DIRECTIONS: u32 = 20;

    /// Whether there is nothing to measure but the loss at w.
    pub fn is_empty(&self) -> bool {
        self.directions == 0
            && self.others.is_empty()
            && self.direction.is_empty()
            && self.eigen.is_empty()
            && self.sharpness.is_empty()
            && self.sam_gap.is_empty()
    }

    /// How a direction is judged.
    ///
    /// # Errors
    /// ζ, r and points that make no slice.
    pub fn detector(&self) -> Result<Detector, SliceSpecError> {
        Ok(Detector {
            slice: SliceSpec::new(self.zeta, self.radius, self.points)?,
            refine: (self.refine.points() > 0).then_some(self.refine),
            tolerance: self.tolerance,
            unit: self.unit,
            origin: self.origin,
        })
    }

    /// Judges directions like this.
    pub fn set_detector(&mut self, detector: &Detector) {
        let none = Refine::new(self.refine.tolerance(), 0).unwrap_or(self.refine);
        self.refine = detector.refine.unwrap_or(none);
        (self.zeta, self.radius) = (detector.slice.zeta(), detector.slice.r());
        self.points = detector.slice.points();
        (self.tolerance, self.unit, self.origin) = (detector.tolerance, detector.unit, detector.origin);
    }

    /// How test and training loss are compared; `None` when they are not.
    ///
    /// # Errors
    /// A slice that is none, or one too long or too fine for a comparison.
    pub fn comparison(&self) -> Result<Option<ShiftSpec>, ExploreError> {
        let slice = self.detector()?.slice;
        Ok(match self.shift {
            None => None,
            Some(ShiftRange::Auto) => Some(ShiftSpec::new(slice.r(), slice.r(), 2 * slice.points() + 1)?),
            Some(ShiftRange::Of(spec)) => Some(spec),
        })
    }

    /// The expected sharpness that is measured, of noise of the subject's seed.
    pub fn sharpness_specs(&self) -> Vec<SharpnessSpec> {
        let seed = self.subject.seed;
        self.sharpness.iter().map(|noise| SharpnessSpec { delta: noise.delta, draws: noise.draws, seed }).collect()
    }

    /// The random directions.
    pub fn random(&self) -> Directions {
        self.scaling.directions(self.subject.seed)
    }
}

impl Request for ValleyRequest {
    const COMMAND: &'static str = "valley";

    const RANGES: &'static [(&'static str, f64, f64)] = &[
        ("directions", 0.0, 1e4),
        ("radius", 0.0, f64::INFINITY),
        ("zeta", 0.0, f64::INFINITY),
        ("points", SliceSpec::MIN_POINTS as f64, 4096.0),
        ("tolerance", 0.0, f64::INFINITY),
    ];

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }

    fn check(&self) -> Result<(), ExploreError> {
        let shift = self.comparison()?;
        if self.is_empty() {
            return Err(ExploreError::NothingToMeasure);
        }
        if self.directions > MOST_DIRECTIONS {
            return Err(ValleySpecError::TooManyDirections(self.directions).into());
        }
        self.eigen.check()?;
        let tolerance = self.tolerance;
        if !(tolerance >= 0.0 && tolerance.is_finite()) {
            return Err(AsymmetryError::Criteria { tolerance, noise: Criteria::default().noise }.into());
        }
        for spec in self.sharpness_specs() {
            ExpectedSharpness::new(spec, 0.0)?;
        }
        if shift.is_some() && self.others.is_empty() && self.direction.is_empty() && self.eigen.is_empty() {
            return Err(ExploreError::NothingToShift);
        }
        Ok(())
    }

    fn options() -> &'static Options {
        static OPTIONS: LazyLock<Options> = LazyLock::new(Options::of::<ValleyRequest>);
        &OPTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::request_tests::{assert_default, assert_repeated, parsed};

    #[test]
    fn the_command_line_gives_what_is_asked_and_is_repeated() {
        assert_default(&["a.pt"], ValleyRequest { checkpoint: "a.pt".into(), ..ValleyRequest::default() });
        for words in [
            "a.pt b.pt c.pt --directions 0 --shift --sharpness 0.01:30 --sharpness 0.1:4 --sam-gap 0.05 --sam-gap 0.1:3",
            "a.pt b.pt --shift=1:0.5:33 --unit distance --origin lowest --tolerance 0.5 --refine 0.1:0",
            "a.pt --direction u.pt --direction v.pt --radius 2 --zeta 1 --points 17 --normalise layer --biases keep --seed 4",
            "a.pt --directions 0 --eigen 1,-2 --eigen-tolerance 0.01 --eigen-products 50 --eigen-normalise filter --shift",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_repeated::<ValleyRequest>(&words);
        }
        let line = assert_repeated::<ValleyRequest>(&["a.pt", "b.pt", "--shift", "--sam-gap", "0.05"]);
        assert_eq!(line, "valleyscope valley a.pt b.pt --shift=auto --sam-gap 0.05:10");
    }

    #[test]
    fn a_detector_is_taken_over_and_given_back() {
        let mut request = ValleyRequest::default();
        assert_eq!(request.detector(), Ok(Detector::default()));
        let odd = Detector {
            slice: "0.1:2:17".parse().unwrap(),
            refine: None,
            tolerance: 0.5,
            unit: Unit::Distance,
            origin: Origin::Lowest,
        };
        request.set_detector(&odd);
        assert_eq!(request.detector(), Ok(odd));
        assert_eq!(request.refine.points(), 0);
    }

    #[test]
    fn what_cannot_be_measured_is_refused_in_the_order_of_the_command_line() {
        for (words, part) in [
            (
                "a --directions 0",
                "nothing to measure; ask for directions (--directions K), another solution, sharpness (--sharpness) or SAM's gap",
            ),
            ("a --directions 0 --shift", "nothing to measure"),
            ("a --shift", "another solution, or a file with a direction"),
            ("a --zeta 2 --directions 0", "ζ = 2"),
            ("a --points 3", "3 points a side"),
            ("a --tolerance NaN", "tolerance"),
            ("a --sharpness=-1:3", "δ is -1"),
            ("a --eigen 0", "counted from 1"),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            let error = parsed::<ValleyRequest>(&words).check().unwrap_err().to_string();
            assert!(error.contains(part), "{words:?}: {error}");
        }
    }
}
