//! The records of one run in memory, as the window and the exports read them.
//!
//! [`History`] keeps every record; [`Envelope`] makes a million of them cheap to draw; [`Quantity`] names what can be
//! drawn, [`Series`] reads it point by point and [`Curve`] is what a line drawer gets.

mod curve;
mod difference;
mod draw;
mod envelope;
mod quantity;
mod read;
mod rows;
mod series;
mod spike;
mod spikes;
mod store;
#[cfg(test)]
pub(crate) mod synthetic;

pub use curve::Curve;
pub use envelope::{BLOCK, Column, Envelope, Extent};
pub use quantity::{Quantity, Source};
pub use read::{Parts, Tail};
pub use series::{Axis, Series};
pub use spikes::spikes;
pub use store::History;
