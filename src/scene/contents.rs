//! What a surface shows, as plain data.

use crate::figure::{PlaneMarker, PlanePath};

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
    pub paths: Vec<PlanePath>,
    pub markers: Vec<PlaneMarker>,
    /// Markup, as the two other labels.
    pub a_label: String,
    pub b_label: String,
    pub value_label: String,
    /// How many contour lines, evenly spaced between the lowest and the highest value on the scale of the heights.
    pub contours: usize,
}
