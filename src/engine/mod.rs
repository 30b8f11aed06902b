//! Runs walks on one named thread, talks to its fronts in plain data, and records everything.

mod autopsy;
mod averaging;
mod begin;
mod board;
mod branch;
mod complete;
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

pub use autopsy::{AutopsyHead, AutopsyJob, AutopsyRequest};
pub use complete::{Incomplete, complete};
pub use explorer::{Answer, Explorer};
pub use handle::Engine;
pub use journal::Journal;
pub use lines::{AnyLineJob, LineAnswer, LineQuestion};
pub use live::{EndAt, LiveEnd, LiveFound, LiveJob, LiveRequest};
pub use protocol::{Command, Delivery, Event, ForkTo, Pace, Pause, Record, RecordTo, RunId, RunState, Status};
pub use snapshots::{Snapshot, Snapshots, Watch};
pub use walk::{Found, Walk, WalkError};
