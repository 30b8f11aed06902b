//! The toy laboratory of the window: exact landscapes to walk on, a step at a time or by the thousand.
//!
//! What is computed is in this folder and knows no widgets but textures; how it is shown is in `panels/lab*`.

pub mod cards;
pub mod clock;
pub mod closed;
pub mod cut;
pub mod density;
mod drawings;
mod drawn;
mod laboratory;
pub mod latest;
pub mod local;
mod look;
pub mod map;
pub mod perturbed;
pub mod picture;
pub mod plots;
pub mod run_plots;
pub mod runs;
pub mod session;
pub mod setup;
pub mod solid;
pub mod summary;
pub mod view;

pub use self::{laboratory::Lab, look::Page};

#[cfg(test)]
mod tests;
