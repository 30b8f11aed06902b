//! From a path to an open file of a known format.

use std::{fs::File, io::Read as _, path::Path};

use super::{
    error::CheckpointError,
    format::{self, Format},
};
use crate::door;

/// Opens a file and looks at its first bytes.
pub(super) fn open(path: &Path) -> Result<(File, u64, Format), CheckpointError> {
    let io = |source| CheckpointError::Io { path: path.into(), source };
    let foreign = |cause: String| CheckpointError::Foreign { path: path.into(), cause };
    let metadata = std::fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "it is a directory" } else { "it is no regular file" };
        return Err(foreign(what.into()));
    }
    let file = door::open(path).map_err(io)?;
    let mut head = Vec::new();
    (&file).take(format::HEAD as u64).read_to_end(&mut head).map_err(io)?;
    let format = Format::recognise(&head).map_err(foreign)?;
    // Every reader begins at the beginning.
    std::io::Seek::rewind(&mut &file).map_err(io)?;
    Ok((file, metadata.len(), format))
}
