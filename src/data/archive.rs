//! The archive that a data set's batches come in: which of them it holds, with their sums, and how to unpack them.
//!
//! Only regular files whose name and size are those of a batch are looked at; nothing else in an archive is ever
//! written, so that no name in it decides where something goes. What unpacks to much more than the batches is refused.

use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::DataError;
use super::catalog::{Batch, Batches, OfficialSet};
use super::hash::Hashing;
use super::part::Part;
use crate::door;

/// Bytes that an archive may unpack to besides its batches: headers, padding, a list of names, a page of text.
const EXTRA: u64 = 4 * 1024 * 1024;
/// Bytes written at a time; also how often progress is told.
const CHUNK: usize = 256 * 1024;

/// What is done with a batch in an archive: its index in [`Batches::all`], itself, its data.
type UseBatch<'a> = dyn FnMut(usize, Batch, &mut dyn Read) -> Result<(), DataError> + 'a;

/// The archive of a data set on disk.
pub struct Packed<'a> {
    pub path: &'a Path,
    pub set: &'a OfficialSet,
    pub batches: &'a Batches,
}

impl Packed<'_> {
    /// The size of a batch as it should be, bytes.
    pub fn size(&self, batch: Batch) -> u64 {
        (batch.records * self.batches.record(self.set.shape)) as u64
    }

    /// The SHA-256 of every batch in the archive, in the order of [`Batches::all`].
    ///
    /// # Errors
    ///
    /// [`DataError::Archive`], and what the system says.
    pub fn sums(&self) -> Result<Vec<String>, DataError> {
        let mut sums = vec![String::new(); self.batches.all().count()];
        self.visit(&mut |i, batch, data| {
            let mut hashing = Hashing::new(data);
            let len = io::copy(&mut hashing, &mut io::sink()).map_err(|cause| self.unreadable(&cause))?;
            sums[i] = hashing.sha256();
            self.check_whole(batch, len)
        })?;
        Ok(sums)
    }

    /// Unpacks the batches for which `wanted` holds into `folder`. Each takes its name when it is whole; `step` is told
    /// a batch and its bytes written, often, and may end the unpacking with an error.
    ///
    /// # Errors
    ///
    /// [`DataError::Archive`], that of `step`, and what the system says. A batch that is not whole leaves nothing.
    pub fn unpack(
        &self,
        folder: &Path,
        wanted: impl Fn(usize) -> bool,
        step: &mut dyn FnMut(Batch, u64) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        self.visit(&mut |i, batch, data| {
            if !wanted(i) {
                return Ok(());
            }
            let mut part = Part::open(&folder.join(batch.name))?;
            part.restart()?;
            if let Err(error) = self.copy(batch, data, &mut part, step) {
                // An empty part is removed. What is wrong with the disk has been said.
                let _ = part.restart();
                return Err(error);
            }
            part.finish()
        })
    }

    fn copy(
        &self,
        batch: Batch,
        data: &mut dyn Read,
        part: &mut Part,
        step: &mut dyn FnMut(Batch, u64) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut chunk = vec![0; CHUNK];
        loop {
            step(batch, part.len())?;
            match data.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => part.append(&chunk[..n])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.unreadable(&error)),
            }
        }
        self.check_whole(batch, part.len())
    }

    /// An archive that ends early ends a file in it early, without an error of its own.
    fn check_whole(&self, batch: Batch, len: u64) -> Result<(), DataError> {
        if len == self.size(batch) { Ok(()) } else { Err(self.wrong(format!("{} in it is cut short", batch.name))) }
    }

    /// Calls `use_batch` with every batch in the archive's order.
    fn visit(&self, use_batch: &mut UseBatch<'_>) -> Result<(), DataError> {
        let all: Vec<_> = self.batches.all().collect();
        let names: Vec<_> = all.iter().map(|batch| format!("{}/{}", self.batches.folder, batch.name)).collect();
        let mut seen = vec![false; all.len()];

        let file = door::open(self.path).map_err(|cause| DataError::io("read", self.path, cause))?;
        let most = all.iter().map(|batch| self.size(*batch)).sum::<u64>() + EXTRA;
        let mut archive = Archive::new(MultiGzDecoder::new(BufReader::new(file)).take(most));
        // Raw: an entry's name is the one in its header, never a long one from an entry before it.
        let entries = archive.entries().map_err(|cause| self.unreadable(&cause))?.raw(true);
        for entry in entries {
            let mut entry = entry.map_err(|cause| self.unreadable(&cause))?;
            let name = entry.path_bytes().into_owned();
            let Some(i) = names.iter().position(|known| known.as_bytes() == name) else { continue };
            let (batch, expected) = (all[i], self.size(all[i]));
            if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous) {
                return Err(self.wrong(format!("{} in it is no file", batch.name)));
            }
            if entry.size() != expected {
                let cause = format!("{} in it has {} bytes, not {expected}", batch.name, entry.size());
                return Err(self.wrong(cause));
            }
            if std::mem::replace(&mut seen[i], true) {
                return Err(self.wrong(format!("holds {} twice", batch.name)));
            }
            use_batch(i, batch, &mut entry)?;
        }
        match seen.iter().position(|seen| !seen) {
            None => Ok(()),
            Some(i) => Err(self.wrong(format!("holds no {}", names[i]))),
        }
    }

    fn wrong(&self, cause: String) -> DataError {
        DataError::Archive { file: self.path.to_owned(), cause, set: self.set.name.to_owned() }
    }

    fn unreadable(&self, cause: &io::Error) -> DataError {
        self.wrong(format!("cannot be unpacked ({cause})"))
    }
}
