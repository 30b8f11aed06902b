//! What is asked of a line.

use std::{path::PathBuf, sync::LazyLock};

use clap::{ArgAction, Args, ValueHint};
use serde::{Deserialize, Serialize};

use crate::{
    explore::{
        EigenSpec, ExploreError, LineRequestError, Options, Request, Scaling, Subject, request_error::MOST_DIRECTIONS,
    },
    survey::{Axis, AxisError, Directions, LineSpec, Refine, Widen},
};

/// Loss and error along a line, or along several.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineRequest {
    /// Checkpoint at α = 0: safetensors, PyTorch, burnpack, a run file or RUN@STEP.
    #[arg(value_hint = ValueHint::FilePath)]
    pub a: PathBuf,
    /// Checkpoint at α = 1.
    #[arg(
        value_hint = ValueHint::FilePath, required_unless_present_any = ["random", "eigen"],
        conflicts_with_all = ["random", "eigen"]
    )]
    pub b: Option<PathBuf>,
    #[command(flatten)]
    pub subject: Subject,
    /// Places on the line: first, last and how many [default: -0.5:1.5:21, or -1:1:21 of directions (--random, --eigen)].
    #[arg(long, value_name = "FROM:TO:N", allow_hyphen_values = true, help_heading = "Line")]
    pub alphas: Option<Axis>,
    /// Go on beyond both ends until the training loss is RATIO times the higher end.
    #[arg(long, value_name = "RATIO", value_parser = widen, help_heading = "Line")]
    pub widen: Option<Widen>,
    /// Add up to N points where the curve bends by more than TOLERANCE of its range, such as 0.01:40.
    #[arg(long, value_name = "TOLERANCE:N", help_heading = "Line")]
    pub refine: Option<Refine>,
    /// Draw K lines along random directions through A instead of one to B.
    #[arg(long, value_name = "K", conflicts_with = "eigen", help_heading = "Line")]
    pub random: Option<u32>,
    #[command(flatten)]
    pub scaling: Scaling,
    #[command(flatten)]
    pub eigen: EigenSpec,
    /// Leave out the gradients at both ends and their cosine.
    #[arg(long = "no-gradients", action = ArgAction::SetFalse, help_heading = "Line")]
    pub gradients: bool,
    /// Leave out the test set.
    #[arg(long = "no-test", action = ArgAction::SetFalse, help_heading = "Line")]
    pub test: bool,
    /// What A and B are called, when their files' names say too little.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<[String; 2]>,
}

/// Where lines lie.
#[derive(Clone, Debug, PartialEq)]
pub enum LineOf {
    /// From A (α = 0) to B (α = 1).
    Between { a: PathBuf, b: PathBuf },
    /// Through one point, along random directions number 0, 1, …; α counts in lengths of the direction.
    Random { centre: PathBuf, directions: Directions, count: u32 },
    /// Through one point, along eigenvectors of the Hessian there; α counts in lengths of the eigenvector.
    Eigen { centre: PathBuf, spec: EigenSpec, seed: u64 },
}

impl Default for LineRequest {
    fn default() -> Self {
        LineRequest {
            a: PathBuf::new(),
            b: None,
            subject: Subject::default(),
            alphas: None,
            widen: None,
            refine: None,
            random: None,
            scaling: Scaling::default(),
            eigen: EigenSpec::default(),
            gradients: true,
            test: true,
            names: None,
        }
    }
}

impl LineRequest {
    /// Where the lines lie.
    ///
    /// # Errors
    /// No second end, or two kinds of it.
    pub fn of(&self) -> Result<LineOf, LineRequestError> {
        if !self.eigen.is_empty() {
            return match (&self.b, self.random) {
                (None, None) => {
                    Ok(LineOf::Eigen { centre: self.a.clone(), spec: self.eigen.clone(), seed: self.subject.seed })
                }
                _ => Err(LineRequestError::Ends),
            };
        }
        match (&self.b, self.random) {
            (Some(b), None) => Ok(LineOf::Between { a: self.a.clone(), b: b.clone() }),
            (None, Some(0)) => Err(LineRequestError::NoDirections),
            (None, Some(count)) => {
                let directions = self.scaling.directions(self.subject.seed);
                Ok(LineOf::Random { centre: self.a.clone(), directions, count })
            }
            _ => Err(LineRequestError::Ends),
        }
    }

    /// Which points are measured.
    ///
    /// # Errors
    /// None: the places that are taken when none are given make a range.
    pub fn line(&self) -> Result<LineSpec, AxisError> {
        let is_along = self.random.is_some() || !self.eigen.is_empty();
        let plain = if is_along { Axis::new(-1.0, 1.0, 21)? } else { Axis::new(-0.5, 1.5, 21)? };
        Ok(LineSpec { alphas: self.alphas.unwrap_or(plain), widen: self.widen, refine: self.refine })
    }
}

impl Request for LineRequest {
    const COMMAND: &'static str = "line";

    const RANGES: &'static [(&'static str, f64, f64)] = &[("widen", 1.01, 1000.0), ("random", 1.0, 200.0)];

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }

    fn check(&self) -> Result<(), ExploreError> {
        self.of()?;
        self.eigen.check()?;
        self.line()?;
        if let Some(count) = self.random.filter(|count| *count > MOST_DIRECTIONS) {
            return Err(LineRequestError::TooManyDirections(count).into());
        }
        Ok(())
    }

    fn options() -> &'static Options {
        static OPTIONS: LazyLock<Options> = LazyLock::new(Options::of::<LineRequest>);
        &OPTIONS
    }
}

fn widen(text: &str) -> Result<Widen, String> {
    let ratio: f64 = text.parse().map_err(|_| format!("\"{text}\" is no number; write a ratio such as 2"))?;
    Widen::new(ratio).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::request_tests::{assert_default, assert_repeated, parsed};

    #[test]
    fn the_command_line_gives_what_is_asked_and_is_repeated() {
        let plain = LineRequest { a: "a.pt".into(), b: Some("b.pt".into()), ..LineRequest::default() };
        assert_default(&["a.pt", "b.pt"], plain);
        let random = LineRequest { a: "a.pt".into(), random: Some(3), ..LineRequest::default() };
        assert_eq!(parsed::<LineRequest>(&["a.pt", "--random", "3"]), random);
        for words in [
            "a.pt b.pt",
            "a.pt b.pt --no-test --no-gradients --alphas -1:2:31 --widen 2.5 --refine 0.01:40",
            "run.valley@300 b.pt --data mnist --train-count 1000 --test-count 10 --pixels -1:1 --bn running --loss mse",
            "a.pt --random 10 --normalise layer --biases keep --seed 7 --alphas=-1:1:5",
            "a.pt b.pt --bn recalibrated --bn-batch 100 --device cpu --corrupt 5 --labels l.txt --data-dir d --allow-partial",
            "a.pt b.pt --net mlp:4-3-2 --data my/set",
            "a.pt --eigen 1,2,-1 --eigen-tolerance 0.01 --eigen-products 50 --eigen-normalise filter --seed 3",
            "a.pt --eigen=-1",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_repeated::<LineRequest>(&words);
        }
        let words = ["my a.pt", "b.pt", "--alphas", "-1:2:3", "--bn", "batch", "--bn-batch", "50", "--no-test"];
        let line = assert_repeated::<LineRequest>(&words);
        assert_eq!(line, "valleyscope line 'my a.pt' b.pt --bn batch:50 --alphas=-1:2:3 --no-test");
        let eigen = assert_repeated::<LineRequest>(&["a.pt", "--eigen", "-1,2"]);
        assert_eq!(eigen, "valleyscope line a.pt --eigen=-1,2");
        let odd = assert_repeated::<LineRequest>(&["--seed", "1", "--", "-a.pt", "b.pt"]);
        assert_eq!(odd, "valleyscope line --seed 1 -- -a.pt b.pt");
    }

    #[test]
    fn ends_that_make_no_line_are_refused() {
        let refused = |request: LineRequest| request.check().unwrap_err().to_string();
        assert!(refused(LineRequest::default()).contains("two checkpoints, or one and a number of random directions"));
        let many = LineRequest { a: "a.pt".into(), random: Some(1_000_000_000), ..LineRequest::default() };
        assert!(refused(many).contains("1000000000 random directions are more"));
        assert!(
            refused(LineRequest { random: Some(0), ..LineRequest::default() }).contains("0 random directions are none")
        );
        let both = LineRequest { b: Some("b.pt".into()), random: Some(2), ..LineRequest::default() };
        assert!(refused(both).contains("two checkpoints"));
        let eigen = |eigen: &[i32]| EigenSpec { eigen: eigen.into(), ..EigenSpec::default() };
        let alone = LineRequest { a: "a.pt".into(), eigen: eigen(&[1, -1]), ..LineRequest::default() };
        assert!(alone.check().is_ok() && alone.line().unwrap().alphas.to_string() == "-1:1:21");
        assert!(refused(LineRequest { b: Some("b.pt".into()), ..alone.clone() }).contains("eigenvectors (--eigen 1)"));
        assert!(refused(LineRequest { random: Some(2), ..alone.clone() }).contains("two checkpoints"));
        assert!(refused(LineRequest { eigen: eigen(&[0]), ..alone }).contains("counted from 1"));
        assert_eq!(LineRequest::default().line().unwrap().alphas.to_string(), "-0.5:1.5:21");
        let random = LineRequest { random: Some(2), ..LineRequest::default() };
        assert_eq!(random.line().unwrap().alphas.to_string(), "-1:1:21");
    }
}
