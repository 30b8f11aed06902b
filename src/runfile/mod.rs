//! A run on disk: one SQLite file (`.valley`) that is written while the run goes on and can be read at any time.

mod beside;
mod cell;
mod durable;
mod error;
mod export;
mod lock;
mod number;
mod parent;
mod reader;
mod schema;
mod step_values;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use beside::beside;
pub(crate) use cell::Cell;
pub use durable::be_durable;
pub use error::RunFileError;
pub use export::write_csv;
pub(crate) use lock::lock_file;
pub use parent::find_parent;
pub use reader::{KeptAverage, Reader};
pub use writer::Writer;

/// The extension of run files, without the dot.
pub const EXTENSION: &str = "valley";

/// What other SQLite files of ours are made of: the same locking, the same care with NaN, the same words for trouble.
pub(crate) mod sqlite {
    pub(crate) use super::{
        error::{Doing, writer},
        lock::WriteLock,
        number::Float,
        reader::open_for_reading,
        schema::{create, first_foreign, header},
        writer::{connect, fold, put_new, settled},
    };
}
