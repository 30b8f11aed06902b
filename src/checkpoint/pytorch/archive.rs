//! What `torch.save` writes since 1.6, and TorchScript: a zip archive.

use std::{
    cell::RefCell,
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    rc::Rc,
};

use zip::{ZipArchive, ZipReadOptions};

use super::stretch::{of_pickle, pieces};
use crate::checkpoint::{
    entry::{Cause, Entry, Refusal, size},
    pickle,
};

/// What the entries of an archive may unpack to beyond the size of the file. PyTorch does not pack them at all.
const UNPACKED: u64 = 8 << 20;
/// What the directory of an archive takes for each of its entries, and what it may take beyond the size of the file.
const DIRECTORY_ENTRY: u64 = 512;
const DIRECTORY: u64 = 32 << 20;

const PICKLE: &str = "data.pkl";

/// The tensors of an archive.
pub(super) fn entries(file: File, file_size: u64, budget: u64) -> Result<Vec<Entry>, Refusal> {
    let (mut archive, place) = open(file, file_size)?;
    let kept = {
        // Not every writer makes sums of what it writes.
        let options = ZipReadOptions::new().ignore_crc32(true);
        let entry = archive.by_index_with_options(place.pickle, options).map_err(text)?;
        pickle::read(&mut BufReader::new(entry), budget, false)?
    };
    let archive = RefCell::new(archive);
    let root = place.root;
    let stretch = move |key: &str, from: u64, length: u64, sink: &mut dyn FnMut(&[u8])| {
        let mut archive = archive.borrow_mut();
        let name = format!("{root}data/{key}");
        let entry = archive.by_name(&name).map_err(|_| format!("its storage {name} is missing"))?;
        let whole = entry.size();
        if from.checked_add(length).is_none_or(|end| end > whole) {
            return Err(format!("the storage {name} has {whole} bytes, fewer than its tensor needs"));
        }
        pass(entry, from, length, whole, sink)
    };
    of_pickle(&kept, budget, Rc::new(stretch))
}

/// Where things are in an archive.
struct Place {
    /// The number of the pickle.
    pickle: usize,
    /// The folder that everything is in, with a slash at its end.
    root: String,
}

fn text(e: zip::result::ZipError) -> String {
    e.to_string()
}

/// Refuses an archive whose directory or entries would take too much memory, and finds the pickle in it.
fn open(mut file: File, file_size: u64) -> Result<(ZipArchive<BufReader<File>>, Place), Refusal> {
    let directory = directory_entries(&mut file)?.saturating_mul(DIRECTORY_ENTRY);
    if directory > file_size.saturating_add(DIRECTORY) {
        return Err(Refusal::TooLarge(format!("the directory of its archive would take {}", size(directory))));
    }
    file.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| match e {
        // The directory is at the end.
        zip::result::ZipError::InvalidArchive(_) => {
            "its archive has no end, as when a download was cut off; download it again".to_string()
        }
        e => text(e),
    })?;
    let mut unpacked = 0u64;
    let mut found: Option<Place> = None;
    let (mut order, mut arrays) = (None, false);
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(text)?;
        unpacked = unpacked.saturating_add(entry.size());
        let name = entry.name().map_err(text)?;
        if let Some(root) = name.strip_suffix(PICKLE).filter(|root| root.is_empty() || root.ends_with('/')) {
            // The outermost one, should there be several.
            if found.as_ref().is_none_or(|best| root.len() < best.root.len()) {
                found = Some(Place { pickle: i, root: root.to_string() });
            }
        }
        arrays |= name.ends_with(".npy");
        if name == "byteorder" || name.ends_with("/byteorder") {
            order = Some(i);
        }
    }
    if unpacked > file_size.saturating_add(UNPACKED) {
        return Err(Refusal::TooLarge(format!("it unpacks to {}, the file is {}", size(unpacked), size(file_size))));
    }
    if let Some(order) = order {
        let mut word = String::new();
        archive.by_index(order).map_err(text)?.take(16).read_to_string(&mut word).map_err(|e| e.to_string())?;
        if word.trim() == "big" {
            return Err(Refusal::Damaged("it was saved on a machine that writes numbers the other way round".into()));
        }
    }
    let place = found.ok_or_else(|| match arrays {
        true => "it is an NPZ of NumPy; save the tensors with safetensors.numpy.save_file(…)".to_string(),
        false => format!("its archive has no {PICKLE}, so PyTorch did not write it"),
    })?;
    Ok((archive, place))
}

/// Hands `length` bytes from `from` on to a function. All of an entry is read to its end, where its sum is checked.
fn pass(mut entry: impl Read, from: u64, length: u64, whole: u64, sink: &mut dyn FnMut(&[u8])) -> Result<(), Cause> {
    let text = |e: io::Error| e.to_string();
    io::copy(&mut entry.by_ref().take(from), &mut io::sink()).map_err(text)?;
    pieces(entry.by_ref(), length, sink).map_err(text)?;
    if from == 0 && length == whole {
        io::copy(&mut entry, &mut io::sink()).map_err(text)?;
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
