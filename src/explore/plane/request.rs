//! What is asked of a plane.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use crate::{
    explore::{EigenSpec, ExploreError, Options, PlaneRequestError, Request, Scaling, Subject},
    survey::{Axis, Basis, Directions},
};

/// Loss and error on a plane.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaneRequest {
    /// One checkpoint (random directions around it), three (the plane through them), or a folder of checkpoints or a run
    /// file as a path (--pca).
    #[arg(value_hint = ValueHint::FilePath, num_args = 1..=3, required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub subject: Subject,
    /// The plane of a path's two leading principal components.
    #[arg(long, help_heading = "Plane")]
    pub pca: bool,
    /// Points along each side [default: 25].
    #[arg(long, value_name = "N", default_value_t = PlaneRequest::GRID, help_heading = "Plane")]
    pub grid: usize,
    /// Places along the first direction; then also along the second one (--b).
    #[arg(long, value_name = "FROM:TO:N", allow_hyphen_values = true, requires = "b", help_heading = "Plane")]
    pub a: Option<Axis>,
    /// Places along the second direction.
    #[arg(long, value_name = "FROM:TO:N", allow_hyphen_values = true, requires = "a", help_heading = "Plane")]
    pub b: Option<Axis>,
    #[command(flatten)]
    pub scaling: Scaling,
    #[command(flatten)]
    pub eigen: EigenSpec,
    /// Take the first direction from this file instead of drawing it; then the second one, too (--direction-v).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "direction_v", help_heading = "Plane")]
    pub direction_u: Option<PathBuf>,
    /// Take the second direction from this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "direction_u", help_heading = "Plane")]
    pub direction_v: Option<PathBuf>,
    /// Axes through three checkpoints: orthonormal (true distances) or plain (A, B and C at (0,0), (1,0), (0,1)).
    #[arg(long, default_value_t = Basis::default(), help_heading = "Plane")]
    pub basis: Basis,
    /// Measure the test set, too.
    #[arg(long, help_heading = "Plane")]
    pub test: bool,
    /// Keep every point in FILE, and go on with those it has: a plane that was stopped is resumed exactly.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub record: Option<PathBuf>,
}

/// Where a plane lies.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaneOf {
    /// Around a point, along random directions 0 and 1.
    Random { centre: PathBuf, directions: Directions },
    /// Around a point, along the directions in two files.
    Given { centre: PathBuf, u: PathBuf, v: PathBuf },
    /// Around a point, along two eigenvectors of the Hessian there.
    Eigen { centre: PathBuf, spec: EigenSpec, seed: u64 },
    /// Through three points.
    Three { a: PathBuf, b: PathBuf, c: PathBuf, basis: Basis },
    /// The two leading principal components of a path: a folder of checkpoints, or a run file.
    Principal { path: PathBuf },
}

/// The part of the plane that is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Window {
    /// What shows all checkpoints (−1 to 1 around a single one), with so many points a side.
    Auto {
        count: usize,
    },
    Axes {
        a: Axis,
        b: Axis,
    },
}

impl Default for PlaneRequest {
    fn default() -> Self {
        PlaneRequest {
            files: Vec::new(),
            subject: Subject::default(),
            pca: false,
            grid: Self::GRID,
            a: None,
            b: None,
            scaling: Scaling::default(),
            eigen: EigenSpec::default(),
            direction_u: None,
            direction_v: None,
            basis: Basis::default(),
            test: false,
            record: None,
        }
    }
}

impl PlaneRequest {
    /// Points along each side when nothing is said.
    pub const GRID: usize = 25;

    /// Where the plane lies.
    ///
    /// # Errors
    /// Files and directions that make no plane.
    pub fn of(&self) -> Result<PlaneOf, PlaneRequestError> {
        match (self.files.as_slice(), &self.direction_u, &self.direction_v) {
            ([path], None, None) if self.pca && self.eigen.is_empty() => Ok(PlaneOf::Principal { path: path.clone() }),
            _ if self.pca => Err(PlaneRequestError::Path),
            ([centre], None, None) if self.eigen.eigen.len() == 2 => {
                Ok(PlaneOf::Eigen { centre: centre.clone(), spec: self.eigen.clone(), seed: self.subject.seed })
            }
            _ if !self.eigen.is_empty() => Err(PlaneRequestError::Eigenvectors),
            ([centre], Some(u), Some(v)) => Ok(PlaneOf::Given { centre: centre.clone(), u: u.clone(), v: v.clone() }),
            ([centre], ..) => {
                let directions = self.scaling.directions(self.subject.seed);
                Ok(PlaneOf::Random { centre: centre.clone(), directions })
            }
            ([a, b, c], None, None) => {
                Ok(PlaneOf::Three { a: a.clone(), b: b.clone(), c: c.clone(), basis: self.basis })
            }
            ([_, _], ..) => Err(PlaneRequestError::Two),
            _ => Err(PlaneRequestError::Directions),
        }
    }

    /// The part of it that is measured.
    pub fn window(&self) -> Window {
        match (self.a, self.b) {
            (Some(a), Some(b)) => Window::Axes { a, b },
            _ => Window::Auto { count: self.grid },
        }
    }
}

impl Request for PlaneRequest {
    const COMMAND: &'static str = "plane";

    const RANGES: &'static [(&'static str, f64, f64)] = &[("grid", 2.0, 1025.0)];

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }

    fn record(&self) -> Option<&Path> {
        self.record.as_deref()
    }

    fn check(&self) -> Result<(), ExploreError> {
        self.of()?;
        self.eigen.check()?;
        Ok(())
    }

    fn options() -> &'static Options {
        static OPTIONS: LazyLock<Options> = LazyLock::new(Options::of::<PlaneRequest>);
        &OPTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::request_tests::{assert_default, assert_repeated, parsed};

    #[test]
    fn the_command_line_gives_what_is_asked_and_is_repeated() {
        assert_default(&["a.pt"], PlaneRequest { files: vec!["a.pt".into()], ..PlaneRequest::default() });
        for words in [
            "a.pt --grid 11 --test --record p.plane --normalise none --biases keep --seed 3",
            "a.pt b.pt c.pt --basis plain --a -1:1:3 --b 0:1:4",
            "run.valley --pca --bn batch:all",
            "a.pt --direction-u u.pt --direction-v v.pt",
            "a.pt --eigen 1,2 --eigen-tolerance 0.01 --eigen-products 50 --eigen-normalise layer --seed 3",
            "a.pt --eigen=-1,1",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_repeated::<PlaneRequest>(&words);
        }
        let line = assert_repeated::<PlaneRequest>(&["a.pt", "b.pt", "c.pt", "--grid", "9"]);
        assert_eq!(line, "valleyscope plane a.pt b.pt c.pt --grid 9");
    }

    #[test]
    fn files_say_which_plane_it_is() {
        let of = |words: &[&str]| parsed::<PlaneRequest>(words).of();
        assert!(matches!(of(&["a"]), Ok(PlaneOf::Random { .. })));
        assert!(matches!(of(&["a", "--direction-u", "u", "--direction-v", "v"]), Ok(PlaneOf::Given { .. })));
        assert!(matches!(of(&["a", "--eigen", "1,-1"]), Ok(PlaneOf::Eigen { .. })));
        for words in
            ["a --eigen 1", "a --eigen 1,2,3", "a b --eigen 1,2", "a --eigen 1,2 --direction-u u --direction-v v"]
        {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(of(&words), Err(PlaneRequestError::Eigenvectors), "{words:?}");
        }
        assert_eq!(of(&["a", "--eigen", "1,2", "--pca"]), Err(PlaneRequestError::Path));
        assert!(parsed::<PlaneRequest>(&["a", "--eigen", "1,1"]).check().is_err());
        assert!(matches!(of(&["a", "b", "c"]), Ok(PlaneOf::Three { .. })));
        assert!(matches!(of(&["a", "--pca"]), Ok(PlaneOf::Principal { .. })));
        assert_eq!(of(&["a", "b"]), Err(PlaneRequestError::Two));
        assert_eq!(of(&["a", "b", "--pca"]), Err(PlaneRequestError::Path));
        let three = ["a", "b", "c", "--direction-u", "u", "--direction-v", "v"];
        assert_eq!(of(&three), Err(PlaneRequestError::Directions));
    }
}
