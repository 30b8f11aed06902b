//! Runs a walk on one named thread, talks to its fronts in plain data, and records everything.

mod journal;
mod protocol;
mod walk;
mod worker;

pub use journal::Journal;
pub use protocol::{Command, Delivery, Event, Pace, Pause, Record, RecordTo, RunId, RunState, Status};
pub use walk::{Found, Walk, WalkError};
pub use worker::Engine;
