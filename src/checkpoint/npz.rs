//! NumPy's `.npz`: a zip archive with an array in every entry, named as the entry without `.npy`.

use std::{
    cell::RefCell,
    fs::File,
    io::{self, BufReader, Read},
    rc::Rc,
};

use zip::ZipArchive;

use super::{
    Dtype,
    entry::{Cause, Entry, Refusal},
};
use crate::{
    npy::{self, Header},
    zipped,
};

const ENDING: &str = ".npy";

/// Bytes that are read at a time: whole elements of every type.
const PIECE: usize = 1 << 16;

/// The arrays of an archive, in its order. What is no array of numbers is listed and not read.
pub(super) fn entries(file: File, file_size: u64) -> Result<Vec<Entry>, Refusal> {
    let mut archive = zipped::open(file, file_size, 1)?;
    let mut found = Vec::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(|e| e.to_string())?;
        let Some(name) = entry.name().map_err(|e| e.to_string())?.strip_suffix(ENDING).map(String::from) else {
            continue;
        };
        match Header::from(&mut entry) {
            Ok(header) => found.push((i, name, header)),
            Err(cause) => return Err(format!("its array \"{name}\" cannot be read: {cause}").into()),
        }
    }
    let archive = Rc::new(RefCell::new(archive));
    let entries = found.into_iter().map(|(i, name, header)| {
        let archive = Rc::clone(&archive);
        let shape = header.shape.clone();
        // Keys of tables in tables are written with slashes; arrays without names are a list.
        let name = name.strip_prefix("arr_").filter(|n| n.parse::<usize>().is_ok()).unwrap_or(&name).replace('/', ".");
        Entry::new(name, shape, Dtype::of_numpy(&header.kind), move |sink| numbers(&archive, i, &header, sink))
    });
    Ok(entries.collect())
}

/// Hands the elements of an array to a function in row-major order, low bytes first.
fn numbers(
    archive: &RefCell<ZipArchive<BufReader<File>>>,
    index: usize,
    header: &Header,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), Cause> {
    let text = |e: io::Error| e.to_string();
    let mut archive = archive.borrow_mut();
    let mut entry = archive.by_index(index).map_err(|e| e.to_string())?;
    io::copy(&mut entry.by_ref().take(header.length as u64), &mut io::sink()).map_err(text)?;
    let width = Dtype::of_numpy(&header.kind).size().ok_or("its numbers are of no kind that is read")?;
    if header.fortran && header.shape.len() > 1 {
        let mut all = Vec::new();
        entry.read_to_end(&mut all).map_err(text)?;
        sink(&npy::plain(header, all, width)?);
        return Ok(());
    }
    let mut piece = Vec::with_capacity(PIECE);
    loop {
        piece.clear();
        entry.by_ref().take(PIECE as u64).read_to_end(&mut piece).map_err(text)?;
        if piece.is_empty() {
            return Ok(());
        }
        npy::low_byte_first(header, &mut piece, width);
        sink(&piece);
    }
}
