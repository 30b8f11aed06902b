//! What `torch.save` writes since 1.6, and TorchScript: a zip archive.

use std::{
    cell::RefCell,
    fs::File,
    io::{self, BufReader, Read},
    rc::Rc,
};

use zip::{ZipArchive, ZipReadOptions};

use super::stretch::{of_pickle, pieces};
use crate::{
    checkpoint::entry::{Cause, Entry, Refusal},
    pickle::{self, Lists},
    zipped,
};

const PICKLE: &str = "data.pkl";

/// The tensors of an archive.
pub(super) fn entries(file: File, file_size: u64, budget: u64) -> Result<Vec<Entry>, Refusal> {
    let (mut archive, place) = open(file, file_size)?;
    let kept = {
        // Not every writer makes sums of what it writes.
        let options = ZipReadOptions::new().ignore_crc32(true);
        let entry = archive.by_index_with_options(place.pickle, options).map_err(text)?;
        pickle::read(&mut BufReader::new(entry), budget, Lists::default())?
    };
    let archive = Rc::new(RefCell::new(archive));
    let (root, index, own) = (place.root, place.pickle, Rc::clone(&archive));
    let within = move |at: u64, length: u64, sink: &mut dyn FnMut(&[u8])| {
        let mut archive = own.borrow_mut();
        let options = ZipReadOptions::new().ignore_crc32(true);
        let entry = archive.by_index_with_options(index, options).map_err(text)?;
        pass(entry, at, length, u64::MAX, sink)
    };
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
    of_pickle(&kept, budget, Rc::new(stretch), Rc::new(within))
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

/// Opens an archive and finds the pickle in it.
fn open(file: File, file_size: u64) -> Result<(ZipArchive<BufReader<File>>, Place), Refusal> {
    let mut archive = zipped::open(file, file_size, 1)?;
    let mut found: Option<Place> = None;
    let mut order = None;
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(text)?;
        let name = entry.name().map_err(text)?;
        if let Some(root) = name.strip_suffix(PICKLE).filter(|root| root.is_empty() || root.ends_with('/')) {
            // The outermost one, should there be several.
            if found.as_ref().is_none_or(|best| root.len() < best.root.len()) {
                found = Some(Place { pickle: i, root: root.to_string() });
            }
        }
        if name == "byteorder" || name.ends_with("/byteorder") {
            order = Some(i);
        }
    }
    if let Some(order) = order {
        let mut word = String::new();
        archive.by_index(order).map_err(text)?.take(16).read_to_string(&mut word).map_err(|e| e.to_string())?;
        if word.trim() == "big" {
            return Err(Refusal::Damaged("it was saved on a machine that writes numbers the other way round".into()));
        }
    }
    let place = found.ok_or_else(|| format!("its archive has no {PICKLE}, so PyTorch did not write it"))?;
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
