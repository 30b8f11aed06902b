//! PyTorch's files: an archive with a pickle and a file for each storage, or (before 1.6) pickles with the storages behind
//! them.

mod archive;
mod legacy;
mod stretch;

use std::fs::File;

use super::{
    Format,
    entry::{Entry, Refusal},
};

/// What is kept of a pickle may take this beyond half the size of the file.
const KEPT: u64 = 36 << 20;

/// The tensors of the file in natural order.
pub(super) fn entries(file: File, format: Format, file_size: u64) -> Result<Vec<Entry>, Refusal> {
    let budget = (file_size / 2).saturating_add(KEPT);
    match format {
        Format::PytorchZip => archive::entries(file, file_size, budget),
        Format::Pickle => legacy::alone(file, budget),
        _ => legacy::entries(file, file_size, budget),
    }
}
