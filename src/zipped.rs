//! Zip archives that are not trusted: what their directories and entries would take is looked at first.

use std::{
    fs::File,
    io::{BufReader, Read as _, Seek as _, SeekFrom},
};

use zip::ZipArchive;

use crate::memory::Size;

/// What the entries of an archive may unpack to beyond the size of the file. PyTorch does not pack them at all.
const UNPACKED: u64 = 8 << 20;
/// What the directory of an archive takes for each of its entries, and what it may take beyond the size of the file.
const DIRECTORY_ENTRY: u64 = 512;
const DIRECTORY: u64 = 32 << 20;

/// An archive that is not opened.
#[derive(Debug)]
pub enum Trouble {
    /// It is not whole, or none.
    Damaged(String),
    /// It would take far more memory than it is large.
    TooLarge(String),
}

impl From<String> for Trouble {
    fn from(cause: String) -> Self {
        Trouble::Damaged(cause)
    }
}

/// Opens an archive whose entries may unpack to `expansion` times the size of the file.
///
/// # Errors
/// What is none, or has no end; a directory or entries that would take too much memory.
pub fn open(mut file: File, file_size: u64, expansion: u64) -> Result<ZipArchive<BufReader<File>>, Trouble> {
    let directory = directory_entries(&mut file)?.saturating_mul(DIRECTORY_ENTRY);
    if directory > file_size.saturating_add(DIRECTORY) {
        return Err(Trouble::TooLarge(format!("the directory of its archive would take {}", Size(directory))));
    }
    file.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| match e {
        // The directory is at the end.
        zip::result::ZipError::InvalidArchive(_) => {
            "its archive has no end, as when a download was cut off; download it again".to_string()
        }
        e => e.to_string(),
    })?;
    let mut unpacked = 0u64;
    for i in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(i).map_err(|e| e.to_string())?.size());
    }
    if unpacked > packed_limit(file_size, expansion) {
        return Err(Trouble::TooLarge(format!("it unpacks to {}, the file is {}", Size(unpacked), Size(file_size))));
    }
    Ok(archive)
}

/// What the entries of an archive may unpack to.
fn packed_limit(file_size: u64, expansion: u64) -> u64 {
    file_size.saturating_mul(expansion).saturating_add(UNPACKED)
}

/// How often the signature of a directory entry is in the file: no directory can have more entries.
fn directory_entries(file: &mut File) -> Result<u64, String> {
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
