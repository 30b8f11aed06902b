//! What was measured, on disk: one SQLite file that grows while something is measured, and from which the measuring goes
//! on after the process was killed.
//!
//! A [`Record`] holds rows of one kind, which is a [`Row`]. It is guarded as a run file is: WAL mode, one writer, and
//! numbers kept to the bit. Its [`Identity`] decides whether it goes on with this very measurement.

mod described;
mod error;
mod file;
mod identity;
mod row;

pub use described::META;
pub use error::RecordError;
#[cfg(test)]
pub(crate) use file::trial;
pub use file::{Contents, Record};
pub use identity::{Identity, fingerprint};
pub use row::{Kind, Row, Tables};
