//! PyTorch's files, through the crate `pytorch-reader`; what it would take too much memory for is refused before.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use pytorch_reader::{DType as Stored, PytorchReader};
use zip::{ZipArchive, ZipReadOptions};

use super::{
    Dtype, Format,
    entry::{Cause, Entry, Refusal, size},
    natural, pickle,
};

/// What the objects of a pickle may take beyond half the size of the file.
const OBJECTS: u64 = 60 << 20;
/// What the entries of an archive may unpack to beyond the size of the file. PyTorch does not pack them at all.
const UNPACKED: u64 = 8 << 20;
/// What the directory of an archive takes for each of its entries, and what it may take beyond the size of the file.
const DIRECTORY_ENTRY: u64 = 512;
const DIRECTORY: u64 = 32 << 20;

/// The pickles of a legacy file: magic number, version, system, the tensors, the list of storages.
const LEGACY_PICKLES: usize = 5;

/// The tensors of the file in natural order (the file's own order is not known).
pub(super) fn entries(file: File, path: &Path, format: Format, file_size: u64) -> Result<Vec<Entry>, Refusal> {
    let budget = (file_size / 2).saturating_add(OBJECTS);
    if format == Format::PytorchZip {
        check_archive(file, file_size, budget)?;
    } else {
        let mut input = BufReader::new(file);
        (0..LEGACY_PICKLES).try_for_each(|_| pickle::weigh(&mut input, budget))?;
    }
    let reader = PytorchReader::new(path).map_err(|e| e.to_string().trim_end_matches('.').to_string())?;
    let mut tensors: Vec<_> = reader.into_tensors().into_values().collect();
    tensors.sort_by(|a, b| natural::compare(&a.name, &b.name).then_with(|| a.name.cmp(&b.name)));
    let entries = tensors.into_iter().map(|tensor| {
        let (name, stored, shape, read) = tensor.into_parts();
        Entry::new(name, shape, dtype(stored), move |sink| {
            sink(&read().map_err(|e| e.to_string())?);
            Ok(())
        })
    });
    Ok(entries.collect())
}

/// Refuses an archive whose directory, entries or pickle would take too much memory.
fn check_archive(mut file: File, file_size: u64, budget: u64) -> Result<(), Refusal> {
    let directory = directory_entries(&mut file)?.saturating_mul(DIRECTORY_ENTRY);
    if directory > file_size.saturating_add(DIRECTORY) {
        return Err(Refusal::TooLarge(format!("the directory of its archive would take {}", size(directory))));
    }
    let text = |e: zip::result::ZipError| e.to_string();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(text)?;
    let mut unpacked = 0u64;
    let mut pickles = Vec::new();
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(text)?;
        unpacked = unpacked.saturating_add(entry.size());
        if entry.name().map_err(text)?.ends_with("data.pkl") {
            pickles.push(i);
        }
    }
    if unpacked > file_size.saturating_add(UNPACKED) {
        return Err(Refusal::TooLarge(format!("it unpacks to {}, the file is {}", size(unpacked), size(file_size))));
    }
    for i in pickles {
        // The library checks the sums; not every writer makes them.
        let options = ZipReadOptions::new().ignore_crc32(true);
        let entry = archive.by_index_with_options(i, options).map_err(text)?;
        // It is in memory itself while it is read.
        let budget = budget.saturating_sub(entry.size());
        pickle::weigh(&mut BufReader::new(entry), budget)?;
    }
    Ok(())
}

/// How often the signature of a directory entry is in the file: no directory can have more entries.
fn directory_entries(file: &mut File) -> Result<u64, Cause> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    let mut buffer = vec![0; 1 << 16];
    let mut kept = 0;
    let mut count = 0;
    loop {
        let read = file.read(&mut buffer[kept..]).map_err(|e| e.to_string())?;
        if read == 0 {
            return Ok(count);
        }
        let filled = &buffer[..kept + read];
        count += filled.windows(SIGNATURE.len()).filter(|w| *w == SIGNATURE).count() as u64;
        // A signature may begin in this piece and end in the next.
        let keep = filled.len().min(SIGNATURE.len() - 1);
        let from = filled.len() - keep;
        buffer.copy_within(from..from + keep, 0);
        kept = keep;
    }
}

fn dtype(stored: Stored) -> Dtype {
    match stored {
        Stored::F64 => Dtype::F64,
        Stored::F32 => Dtype::F32,
        Stored::F16 => Dtype::F16,
        Stored::BF16 => Dtype::BF16,
        Stored::I64 => Dtype::I64,
        Stored::I32 => Dtype::I32,
        Stored::I16 => Dtype::I16,
        Stored::I8 => Dtype::I8,
        Stored::U64 => Dtype::U64,
        Stored::U32 => Dtype::U32,
        Stored::U16 => Dtype::U16,
        Stored::U8 => Dtype::U8,
        Stored::Bool => Dtype::Bool,
    }
}
