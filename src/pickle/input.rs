//! Bytes and lines of a pickle.

use std::io::{self, BufRead, ErrorKind, Read as _};

/// Why a pickle is not read.
pub type Cause = String;

/// A reader that knows how many bytes it has given.
pub(super) struct Counted<R> {
    inner: R,
    pub at: u64,
}

impl<R> Counted<R> {
    pub fn new(inner: R) -> Counted<R> {
        Counted { inner, at: 0 }
    }
}

impl<R: BufRead> io::Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.at += amount as u64;
    }
}

pub(super) fn damaged(what: &str) -> Cause {
    format!("its pickle is damaged, {what}")
}

pub(super) fn ended(e: io::Error) -> Cause {
    match e.kind() {
        ErrorKind::UnexpectedEof => damaged("it ends too early"),
        _ => e.to_string(),
    }
}

pub(super) fn bytes<const N: usize>(input: &mut impl BufRead) -> Result<[u8; N], Cause> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(ended)?;
    Ok(bytes)
}

/// Passes over `length` bytes without keeping them.
pub(super) fn skip(input: &mut impl BufRead, length: u64) -> Result<(), Cause> {
    let passed = io::copy(&mut input.by_ref().take(length), &mut io::sink()).map_err(ended)?;
    if passed == length { Ok(()) } else { Err(damaged("it ends too early")) }
}

/// The text up to the end of the line.
pub(super) fn line(input: &mut impl BufRead) -> Result<Vec<u8>, Cause> {
    let mut line = Vec::new();
    input.by_ref().take(1 << 20).read_until(b'\n', &mut line).map_err(ended)?;
    if line.pop() == Some(b'\n') { Ok(line) } else { Err(damaged("a line has no end")) }
}

/// A place in the memo, in decimal.
pub(super) fn place(input: &mut impl BufRead) -> Result<u32, Cause> {
    let line = line(input)?;
    str::from_utf8(&line).ok().and_then(|t| t.trim_end().parse().ok()).ok_or_else(|| damaged("a number is none"))
}
