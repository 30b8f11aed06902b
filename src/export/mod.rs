//! Lines, planes and surfaces as data files: NumPy (`.npz`), CSV, ParaView (`.vtp`), 3-D viewers (`.glb`).
//!
//! Every writer fills a file beside the place asked for and renames it, so that no half file takes the place of a whole
//! one.

pub mod csv;
mod error;
mod file;
pub mod gltf;
pub mod npz;
mod surface;
mod table;
pub mod vtp;

pub use error::ExportError;
pub use surface::Height;
pub use table::{Field, Line, Plane};
