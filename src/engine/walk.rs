//! One walk as a state machine: each call makes one iteration and hands out its records.
//!
//! No thread, no clock, no file: the same spec gives the same records, bit for bit, on the CPU. A fork comes to its
//! beginning in `fork`, by way of a [`Replay`](replay::Replay).

mod again;
mod beginning;
mod changes;
mod error;
mod fork;
mod found;
mod known;
mod line;
mod machine;
mod plan;
mod replay;
mod standing;
mod stirring;

pub use again::Again;
pub use error::WalkError;
pub use found::Found;
pub use machine::Walk;
