//! Runs walks on one named thread, talks to its fronts in plain data, and records everything.

mod averaging;
mod begin;
mod branch;
mod explorer;
mod handle;
mod journal;
mod lines;
mod live;
mod outbox;
mod protocol;
mod snapshots;
mod walk;
mod worker;

pub use explorer::{Answer, Explorer};
pub use handle::Engine;
pub use journal::Journal;
pub use lines::{AnyLineJob, LineAnswer, LineQuestion};
pub use live::{EndAt, LiveEnd, LiveFound, LiveJob, LiveRequest};
pub use protocol::{Command, Delivery, Event, ForkTo, Pace, Pause, Record, RecordTo, RunId, RunState, Status};
pub use snapshots::{Snapshot, Snapshots, Watch};
pub use walk::{Found, Walk, WalkError};

/// What a panic said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_else(|| "no message".into())
}
