//! What a surface shows, as plain data.

use crate::figure::Color;

/// A surface over a plane, and what lies on it. Plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Coordinates along the first direction, growing.
    pub a: Vec<f64>,
    /// Coordinates along the second direction, growing.
    pub b: Vec<f64>,
    /// Row-major `[b][a]`. What is not finite is a hole.
    pub values: Vec<f64>,
    /// Heights and colours by log₁₀ of the value; what is not positive is a hole then.
    pub log: bool,
    /// sRGB colours from the lowest to the highest value.
    pub lut: [[u8; 4]; 256],
    pub paths: Vec<ScenePath>,
    pub markers: Vec<SceneMarker>,
    /// Markup, as the two other labels.
    pub a_label: String,
    pub b_label: String,
    pub value_label: String,
    /// How many contour lines, evenly spaced between the lowest and the highest value on the scale of the heights.
    pub contours: usize,
}

/// A trajectory above the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenePath {
    /// (a, b, value); a point that is not finite breaks the line.
    pub points: Vec<[f64; 3]>,
    pub color: Color,
}

/// A point that means something.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneMarker {
    pub a: f64,
    pub b: f64,
    /// Its height; a marker without a finite one is not drawn.
    pub value: f64,
    /// Plain text beside it; may be empty.
    pub name: String,
    pub kind: MarkerKind,
    pub color: Color,
}

/// What a marker looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerKind {
    /// A hollow circle: where a run started.
    Init,
    /// A star.
    Minimum,
    /// A filled circle: a checkpoint.
    Point,
}
