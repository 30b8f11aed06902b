//! A run on disk: one SQLite file (`.valley`) that is written while the run goes on and can be read at any time.

mod cell;
mod error;
mod export;
mod lock;
mod number;
mod reader;
mod schema;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use cell::Cell;
pub use error::RunFileError;
pub use export::write_csv;
pub use reader::Reader;
pub use writer::Writer;

/// The extension of run files, without the dot.
pub const EXTENSION: &str = "valley";

/// `path` with `suffix` appended to its name; SQLite names its own side files so, too.
fn beside(path: &std::path::Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
