//! A loss plane as a surface in three dimensions: what is drawn, where one stands, what is under the pointer, and the
//! drawing itself with wgpu. Nothing here knows of windows.
//!
//! Model space is the same for every surface: x runs along `a`, y along `b`, z up, the longer side of the plane is 2
//! long, and the box is 1.2 high.

mod axes;
mod camera;
mod gpu;
mod mesh;
mod overlay;
mod pick;
mod picture;
mod pipelines;
mod render;
mod space;
mod target;
mod vector;

pub use axes::{Axes, Edge, Number, Segment, Weight};
pub use camera::{Camera, Matrix, Ray};
pub use mesh::Mesh;
pub use overlay::{Bar, Label, LabelKind, Overlay};
pub use pick::{Pick, pick};
pub use picture::{Picture, PictureError};
pub use render::{Image, Look, RenderError, Renderer, render_to_image};
pub use space::Space;
pub use target::Target;
pub use vector::Vector;

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

/// Why there is no surface.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    #[error("a surface needs at least 2 × 2 points, this plane has {a} × {b}")]
    TooFew { a: usize, b: usize },
    #[error("a surface is drawn up to {limit} × {limit} points, this plane has {a} × {b}; measure a coarser one", limit = mesh::LARGEST)]
    TooMany { a: usize, b: usize },
    #[error("{values} values do not fill a plane of {a} × {b} points")]
    Shape { a: usize, b: usize, values: usize },
    #[error("coordinate {index} of axis {axis} is not finite or not above the one before")]
    Axis { axis: &'static str, index: usize },
    #[error("no point has a finite value")]
    Empty,
    #[error("no point has a positive value, so a logarithmic height has nothing to show; turn it off")]
    EmptyLog,
}
