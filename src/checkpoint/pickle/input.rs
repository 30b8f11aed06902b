//! Bytes and lines of a pickle.

use std::io::{self, BufRead, ErrorKind, Read as _};

use crate::checkpoint::entry::Cause;

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
