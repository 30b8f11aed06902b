//! How much memory a pickle would take, found without building anything.
//!
//! The library that reads PyTorch's files builds every object of a pickle, and a byte of a hostile one can cost a
//! hundred. So each pickle is walked first, on a stack of weights instead of objects: an opcode that fetches a copy
//! from the memo costs what the copy weighs. Nothing is executed, here or there.

use std::{
    collections::HashMap,
    io::{self, BufRead, ErrorKind, Read as _},
};

use super::entry::{Cause, Refusal, size};

/// What an object takes on the stack, in a list or in a table of the library, with the room that these grow by.
const OBJECT: u64 = 384;
/// What a string takes beside its letters, and how often these: it grows by doubling.
const STRING: u64 = 64;
const LETTERS: u64 = 3;
/// What a tensor or an empty table takes beside being an object.
const TENSOR: u64 = 512;
/// What a mark takes.
const MARK: u64 = 32;

/// Walks one pickle, to its end.
///
/// # Errors
/// The pickle is damaged, or what it builds would take more than `budget` bytes at some time.
pub(super) fn weigh(input: &mut impl BufRead, budget: u64) -> Result<(), Refusal> {
    let mut scale = Scale { stack: Vec::new(), marks: Vec::new(), memo: HashMap::new(), live: 0 };
    loop {
        let opcode = bytes::<1>(input)?[0];
        if opcode == b'.' {
            return Ok(());
        }
        scale.step(opcode, input)?;
        if scale.live > budget {
            return Err(Refusal::TooLarge(format!("the list of its tensors would take more than {}", size(budget))));
        }
    }
}

/// The weight of an object on the stack, and its place in the memo.
#[derive(Clone, Copy)]
struct Weight {
    bytes: u64,
    memo: Option<u32>,
}

/// The stack machine of a pickle, on weights.
struct Scale {
    stack: Vec<Weight>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, u64>,
    /// The weight of everything on the stack and in the memo.
    live: u64,
}

impl Scale {
    fn push(&mut self, bytes: u64) {
        self.stack.push(Weight { bytes, memo: None });
        self.live = self.live.saturating_add(bytes);
    }

    fn pop(&mut self) -> Result<u64, Cause> {
        let top = self.top()?.bytes;
        self.stack.pop();
        self.live -= top;
        Ok(top)
    }

    fn top(&mut self) -> Result<&mut Weight, Cause> {
        let marked = self.marks.last() == Some(&self.stack.len());
        self.stack.last_mut().filter(|_| !marked).ok_or_else(|| damaged("it takes an object where there is none"))
    }

    /// Everything above the last mark, together.
    fn pop_to_mark(&mut self) -> Result<u64, Cause> {
        let mark = self.marks.pop().ok_or_else(|| damaged("a mark is missing"))?;
        let bytes = self.stack.split_off(mark).iter().fold(0u64, |sum, w| sum.saturating_add(w.bytes));
        self.live -= bytes + MARK;
        Ok(bytes)
    }

    /// Replaces the topmost `n` objects by one that may hold them all.
    fn join(&mut self, n: usize, more: u64) -> Result<(), Cause> {
        let bytes = (0..n).try_fold(more, |sum, _| Ok::<_, Cause>(sum.saturating_add(self.pop()?)))?;
        self.push(bytes);
        Ok(())
    }

    /// Puts `bytes` into the topmost object.
    fn grow(&mut self, bytes: u64) -> Result<(), Cause> {
        let top = self.top()?;
        top.bytes = top.bytes.saturating_add(bytes);
        self.live = self.live.saturating_add(bytes);
        Ok(())
    }

    /// Keeps a copy of the topmost object.
    fn remember(&mut self, place: u32) -> Result<(), Cause> {
        let top = self.top()?;
        top.memo = Some(place);
        let bytes = top.bytes;
        self.keep(place, bytes);
        Ok(())
    }

    fn keep(&mut self, place: u32, bytes: u64) {
        let before = self.memo.insert(place, bytes).unwrap_or(0);
        self.live = (self.live - before).saturating_add(bytes);
    }

    fn recall(&mut self, place: u32) -> Result<(), Cause> {
        let bytes = *self.memo.get(&place).ok_or_else(|| damaged("it refers to an object that it has not made"))?;
        self.push(bytes);
        self.top()?.memo = Some(place);
        Ok(())
    }

    fn string(&mut self, input: &mut impl BufRead, length: u64) -> Result<(), Cause> {
        skip(input, length)?;
        self.push(length.saturating_mul(LETTERS).saturating_add(OBJECT + STRING));
        Ok(())
    }

    fn line(&mut self, input: &mut impl BufRead, more: u64) -> Result<(), Cause> {
        let length = line(input)?.len() as u64;
        self.push(length * LETTERS + OBJECT + STRING + more);
        Ok(())
    }

    /// One opcode; its name in Python's `pickletools` is beside it.
    fn step(&mut self, opcode: u8, input: &mut impl BufRead) -> Result<(), Cause> {
        match opcode {
            // PROTO, FRAME
            0x80 => skip(input, 1)?,
            0x95 => skip(input, 8)?,
            // NONE, NEWTRUE, NEWFALSE, EMPTY_TUPLE, EMPTY_LIST, EMPTY_SET
            b'N' | 0x88 | 0x89 | b')' | b']' | 0x8f => self.push(OBJECT),
            // EMPTY_DICT
            b'}' => self.push(OBJECT + TENSOR),
            // BININT1, BININT2, BININT, BINFLOAT
            b'K' | b'M' | b'J' | b'G' => {
                let length = match opcode {
                    b'K' => 1,
                    b'M' => 2,
                    b'J' => 4,
                    _ => 8,
                };
                skip(input, length)?;
                self.push(OBJECT);
            }
            // INT, LONG, FLOAT, UNICODE; PERSID
            b'I' | b'L' | b'F' | b'V' => self.line(input, 0)?,
            b'P' => self.line(input, TENSOR)?,
            // LONG1, SHORT_BINSTRING, SHORT_BINBYTES, SHORT_BINUNICODE
            0x8a | b'U' | b'C' | 0x8c => {
                let length = bytes::<1>(input)?[0];
                self.string(input, length.into())?;
            }
            // LONG4, BINSTRING, BINBYTES, BINUNICODE
            0x8b | b'T' | b'B' | b'X' => {
                let length = u32::from_le_bytes(bytes(input)?);
                self.string(input, length.into())?;
            }
            // BINUNICODE8, BINBYTES8, BYTEARRAY8
            0x8d | 0x8e | 0x96 => {
                let length = u64::from_le_bytes(bytes(input)?);
                self.string(input, length)?;
            }
            // MARK
            b'(' => {
                self.marks.push(self.stack.len());
                self.live = self.live.saturating_add(MARK);
            }
            // TUPLE, LIST, FROZENSET; DICT
            b't' | b'l' | 0x91 | b'd' => {
                let items = self.pop_to_mark()?;
                self.push(items.saturating_add(OBJECT + TENSOR));
            }
            // TUPLE1, TUPLE2, TUPLE3
            0x85..=0x87 => self.join(usize::from(opcode - 0x84), OBJECT)?,
            // APPEND; SETITEM
            b'a' => {
                let item = self.pop()?;
                self.grow(item)?;
            }
            b's' => {
                let pair = self.pop()?.saturating_add(self.pop()?);
                self.grow(pair)?;
            }
            // APPENDS, SETITEMS, ADDITEMS
            b'e' | b'u' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.grow(items)?;
            }
            // POP also takes a bare mark.
            b'0' if self.marks.last() == Some(&self.stack.len()) => {
                self.pop_to_mark()?;
            }
            b'0' => {
                self.pop()?;
            }
            // POP_MARK
            b'1' => {
                self.pop_to_mark()?;
            }
            // DUP
            b'2' => {
                let top = *self.top()?;
                self.push(top.bytes);
                self.top()?.memo = top.memo;
            }
            // GET, BINGET, LONG_BINGET
            b'g' => {
                let place = place(input)?;
                self.recall(place)?;
            }
            b'h' => {
                let place = bytes::<1>(input)?[0];
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(bytes(input)?);
                self.recall(place)?;
            }
            // PUT, BINPUT, LONG_BINPUT, MEMOIZE
            b'p' => {
                let place = place(input)?;
                self.remember(place)?;
            }
            b'q' => {
                let place = bytes::<1>(input)?[0];
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(bytes(input)?);
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            // GLOBAL; STACK_GLOBAL
            b'c' => {
                let length = line(input)?.len() as u64;
                self.line(input, length * LETTERS + STRING)?;
            }
            0x93 => self.join(2, OBJECT)?,
            // BINPERSID
            b'Q' => self.join(1, TENSOR)?,
            // REDUCE, NEWOBJ; NEWOBJ_EX
            b'R' | 0x81 => self.join(2, TENSOR)?,
            0x92 => self.join(3, TENSOR)?,
            // BUILD; the object may be in the memo, and is renewed there.
            b'b' => {
                let state = self.pop()?;
                let memo = self.top()?.memo;
                self.join(1, state)?;
                if let Some(place) = memo {
                    let bytes = self.top()?.bytes;
                    self.keep(place, bytes);
                }
            }
            _ => return Err(damaged(&format!("it has the unknown opcode 0x{opcode:02x}"))),
        }
        Ok(())
    }
}

fn damaged(what: &str) -> Cause {
    format!("its pickle is damaged, {what}")
}

fn ended(e: io::Error) -> Cause {
    match e.kind() {
        ErrorKind::UnexpectedEof => damaged("it ends too early"),
        _ => e.to_string(),
    }
}

fn bytes<const N: usize>(input: &mut impl BufRead) -> Result<[u8; N], Cause> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(ended)?;
    Ok(bytes)
}

/// Passes over `length` bytes without keeping them.
fn skip(input: &mut impl BufRead, length: u64) -> Result<(), Cause> {
    let passed = io::copy(&mut input.by_ref().take(length), &mut io::sink()).map_err(ended)?;
    if passed == length { Ok(()) } else { Err(damaged("it ends too early")) }
}

/// The text up to the end of the line.
fn line(input: &mut impl BufRead) -> Result<Vec<u8>, Cause> {
    let mut line = Vec::new();
    input.by_ref().take(1 << 20).read_until(b'\n', &mut line).map_err(ended)?;
    if line.pop() == Some(b'\n') { Ok(line) } else { Err(damaged("a line has no end")) }
}

/// A place in the memo, in decimal.
fn place(input: &mut impl BufRead) -> Result<u32, Cause> {
    let line = line(input)?;
    str::from_utf8(&line).ok().and_then(|t| t.trim_end().parse().ok()).ok_or_else(|| damaged("a number is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(pickle: &[u8], budget: u64) -> Result<(), Refusal> {
        weigh(&mut &pickle[..], budget)
    }

    /// The smallest budget that lets a pickle pass.
    fn needs(pickle: &[u8]) -> u64 {
        let (mut low, mut high) = (0, 1 << 40);
        while low < high {
            let middle = (low + high) / 2;
            if weight(pickle, middle).is_ok() { high = middle } else { low = middle + 1 }
        }
        low
    }

    #[test]
    fn what_is_alive_at_one_time_counts() {
        assert_eq!(needs(b"N."), OBJECT);
        assert_eq!(needs(b"NNN."), 3 * OBJECT);
        assert_eq!(needs(b"N0N0N."), OBJECT);
        assert_eq!(needs(b"U\x03abc."), OBJECT + STRING + 3 * LETTERS);
        assert_eq!(needs(b"(NN0N1."), 2 * OBJECT + MARK);
        // A list keeps what is put into it; a copy in the memo stays when the object goes.
        assert_eq!(needs(b"]NaNaN."), 4 * OBJECT);
        assert_eq!(needs(b"NNN\x87q\x000."), 8 * OBJECT);
        assert_eq!(needs(b"NNN\x87q\x000h\x00h\x00."), 12 * OBJECT);
        // A place in the memo that is used again.
        assert_eq!(needs(b"Nq\0Nq\0."), 3 * OBJECT);
    }

    #[test]
    fn copies_of_copies_do_not_pass() {
        // x = (x, x), thirty times: a hundred bytes for 2³⁰ objects.
        let mut bomb = b"Nq\0".to_vec();
        (0..30).for_each(|_| bomb.extend(b"h\0h\0\x86q\0"));
        bomb.push(b'.');
        assert!(matches!(weight(&bomb, 1 << 30), Err(Refusal::TooLarge(cause)) if cause.contains("1024.0 MiB")));
        let doubled: Vec<u8> = [&b"N"[..], &b"2\x86".repeat(100), b"."].concat();
        assert!(matches!(weight(&doubled, u64::MAX / 4), Err(Refusal::TooLarge(_))));
    }

    #[test]
    fn a_damaged_pickle_is_refused() {
        let damaged: [&[u8]; 11] = [
            b"",
            b"N",
            b"0.",
            b"a.",
            b"(a.",
            b"t.",
            b"h\x07.",
            b"g7x\n.",
            b"X\xff\xff\xff\xffabc.",
            b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.",
            b"\x82\x01.",
        ];
        for pickle in damaged {
            let refusal = weight(pickle, u64::MAX / 4);
            assert!(
                matches!(&refusal, Err(Refusal::Damaged(cause)) if cause.contains("damaged")),
                "{pickle:?}: {refusal:?}"
            );
        }
    }
}
