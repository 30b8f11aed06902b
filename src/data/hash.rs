//! SHA-256 in hexadecimal, and bounded reads of source files.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{DataError, FileSum};
use crate::door;

/// The SHA-256 of `bytes`, in hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of all that `reader` still holds, in hexadecimal.
///
/// # Errors
///
/// The reader's own.
pub fn of_reader(reader: &mut impl Read) -> io::Result<String> {
    let mut hashing = Hashing::new(reader);
    io::copy(&mut hashing, &mut io::sink())?;
    Ok(hashing.sha256())
}

/// Reads a source file whole and hashes it.
///
/// # Errors
///
/// What the system says, and [`DataError::TooLarge`] for a file of more than `limit` bytes, which is not read.
pub fn read(path: &Path, limit: u64) -> Result<(Vec<u8>, FileSum), DataError> {
    let failed = |cause| DataError::io("read", path, cause);
    let file = door::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte past the limit tells "too large" from "just fits", also for what has no length, as a pipe.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(DataError::TooLarge { file: path.to_owned(), limit });
    }
    let sum = FileSum { name: name_of(path), sha256: of_bytes(&bytes) };
    Ok((bytes, sum))
}

/// A path's last part.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A reader that hashes all that is read from it.
pub struct Hashing<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashing<R> {
    /// Hashes what `inner` still holds, as it is read.
    pub fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new() }
    }

    /// The SHA-256 of what has been read, in hexadecimal.
    pub fn sha256(self) -> String {
        hex(&self.hasher.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}

pub fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(2 * digest.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_standard_vector_holds() {
        assert_eq!(of_bytes(b"abc"), ABC);
        assert_eq!(of_reader(&mut b"abc".as_slice()).unwrap(), ABC);
        let mut hashing = Hashing::new(b"abcd".as_slice());
        hashing.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(hashing.sha256(), ABC);
    }

    #[test]
    fn a_file_over_the_limit_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, b"abc").unwrap();
        let (bytes, sum) = read(&path, 3).unwrap();
        assert_eq!((bytes.as_slice(), sum.name.as_str(), sum.sha256.as_str()), (b"abc".as_slice(), "f", ABC));
        let error = read(&path, 2).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { limit: 2, .. }), "{error}");
    }
}
