//! What lies on a plane, and on the surface above it: the same for maps, for surfaces and for files.

use super::Color;

/// A trajectory.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanePath {
    /// Plain text, for the legend; empty for none.
    pub name: String,
    pub color: Color,
    /// `[a, b, height]` in order. A surface breaks the line where it has no finite height; a map needs none.
    pub points: Vec<[f64; 3]>,
}

/// A named point.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneMarker {
    /// Plain text, beside the point; if empty, the legend says what the mark is.
    pub name: String,
    pub a: f64,
    pub b: f64,
    /// On a surface; without a finite one it is not on it.
    pub height: f64,
    pub mark: PlaneMark,
    pub color: Color,
}

/// What a marked point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaneMark {
    /// Where a run started: a hollow circle.
    Init,
    /// A star.
    Minimum,
    /// A dot.
    Checkpoint,
}

impl PlanePath {
    /// One that is drawn on maps only.
    pub fn flat(name: impl Into<String>, color: Color, points: impl IntoIterator<Item = [f64; 2]>) -> PlanePath {
        PlanePath { name: name.into(), color, points: points.into_iter().map(|[a, b]| [a, b, f64::NAN]).collect() }
    }

    /// Where it runs, without heights.
    pub fn places(&self) -> impl Iterator<Item = [f64; 2]> {
        self.points.iter().map(|[a, b, _]| [*a, *b])
    }
}
