//! A loss plane as a surface in three dimensions: what is drawn, where one stands, what is under the pointer, and the
//! drawing itself with wgpu. Nothing here knows of windows.
//!
//! Model space is the same for every surface: x runs along `a`, y along `b`, z up, the longer side of the plane is 2
//! long, and the box is 1.2 high.

mod axes;
mod camera;
mod contents;
mod error;
mod gpu;
mod look;
mod mesh;
mod of_plane;
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
pub use contents::Scene;
pub use error::{RenderError, SceneError};
pub use look::Look;
pub use mesh::Mesh;
pub use overlay::{Bar, Label, LabelKind, Overlay};
pub use pick::{Pick, pick};
pub use picture::{Picture, PictureError};
pub use render::{Image, Renderer, render_to_image};
pub use space::Space;
pub use target::Target;
pub use vector::Vector;
