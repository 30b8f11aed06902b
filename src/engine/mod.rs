//! Runs a walk on one named thread, talks to its fronts in plain data, and records everything.

mod averaging;
mod explorer;
mod journal;
mod protocol;
mod walk;
mod worker;

pub use explorer::{Answer, CurveHead, EscapeHead, Explorer, Question};
pub use journal::Journal;
pub use protocol::{Command, Delivery, Event, Pace, Pause, Record, RecordTo, RunId, RunState, Status};
pub use walk::{Found, Walk, WalkError};
pub use worker::Engine;

/// What a panic said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_else(|| "no message".into())
}
