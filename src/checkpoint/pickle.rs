//! How much memory a pickle would take, found without building anything.
//!
//! The library that reads PyTorch's files builds every object of a pickle, and a byte of a hostile one can cost it
//! hundreds. So each pickle is walked first, on a stack of weights instead of objects: an opcode that fetches a copy
//! from the memo costs what the copy weighs. Nothing is executed, here or there.

mod input;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io::{BufRead, Read as _},
};

use super::entry::{Cause, Refusal, size};
use input::{bytes, damaged, ended, line, place, skip};

/// What the library takes for an object on its stack, and for one in its memo.
const ON_STACK: u64 = 96;
const IN_MEMO: u64 = 104;
/// For an object in a tuple; and in a list or a table, which grow by doubling, and make room for several at once.
const IN_TUPLE: u64 = 96;
const IN_LIST: u64 = 220;
const LIST: u64 = 512;
/// A mark on the stack.
const MARK: u64 = 8;
/// A tensor without the text in it. The numbers of its shape take an eighth of what they do as objects.
const TENSOR: u64 = 256;
/// A string beside its letters, and the longest that is not read piece by piece into more and more room.
const STRING: u64 = 32;
const SHORT: u64 = 1 << 16;

/// Walks one pickle, to its end.
///
/// # Errors
/// The pickle is damaged, or what it builds would take more than `budget` bytes at some time.
pub(super) fn weigh(input: &mut impl BufRead, budget: u64) -> Result<(), Refusal> {
    let mut scale = Scale::default();
    loop {
        let opcode = bytes::<1>(input)?[0];
        if opcode == b'.' {
            return Ok(());
        }
        scale.step(opcode, input)?;
        if scale.total() > budget {
            return Err(Refusal::TooLarge(format!("the list of its tensors would take more than {}", size(budget))));
        }
    }
}

/// What an object takes beside its place on the stack.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// Everything in it, its texts included.
    bytes: u64,
    /// The letters of its texts.
    letters: u64,
    /// Whether it is the name of the function that makes a tensor of its arguments, or that function.
    makes_tensor: bool,
    /// Its place in the memo.
    memo: Option<u32>,
}

impl Weight {
    /// A text of `length` letters that begins with `begin`.
    fn text(length: u64, begin: &[u8]) -> Weight {
        let bytes = if length > SHORT { length.saturating_mul(3) } else { length + STRING };
        Weight { bytes, letters: length, makes_tensor: begin.starts_with(b"_rebuild_tensor"), memo: None }
    }

    /// A line of text, which the library reads into growing room, however short.
    fn line(text: &[u8]) -> Weight {
        let length = text.len() as u64;
        Weight { bytes: 3 * length + STRING, ..Weight::text(length, text) }
    }

    /// Two in one, and `more`.
    fn and(self, other: Weight, more: u64) -> Weight {
        let bytes = self.bytes.saturating_add(other.bytes).saturating_add(more);
        Weight { bytes, letters: self.letters.saturating_add(other.letters), ..Weight::default() }
    }
}

/// The stack machine of a pickle, on weights.
#[derive(Default)]
struct Scale {
    stack: Vec<Weight>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Weight>,
    /// The most there were on the stack, and marks: room that was made is not given back.
    highest: usize,
    most_marks: usize,
    /// What everything on the stack and in the memo takes.
    live: u64,
}

impl Scale {
    fn total(&self) -> u64 {
        // The memo is a table of which one place in eight stays free.
        let memo = self.memo.len() + self.memo.len() / 7;
        let places = ON_STACK * room(self.highest) + IN_MEMO * room(memo) + MARK * room(self.most_marks);
        self.live.saturating_add(places)
    }

    fn push(&mut self, weight: Weight) {
        self.stack.push(weight);
        self.highest = self.highest.max(self.stack.len());
        self.live = self.live.saturating_add(weight.bytes);
    }

    fn pop(&mut self) -> Result<Weight, Cause> {
        let top = *self.top()?;
        self.stack.pop();
        self.live -= top.bytes;
        Ok(top)
    }

    fn top(&mut self) -> Result<&mut Weight, Cause> {
        let marked = self.is_marked();
        self.stack.last_mut().filter(|_| !marked).ok_or_else(|| damaged("it takes an object where there is none"))
    }

    /// Whether a mark is on top of the stack.
    fn is_marked(&self) -> bool {
        self.marks.last() == Some(&self.stack.len())
    }

    /// Everything above the last mark as one, with `each` for every object.
    fn pop_to_mark(&mut self, each: u64) -> Result<Weight, Cause> {
        let mark = self.marks.pop().ok_or_else(|| damaged("a mark is missing"))?;
        let all = self
            .stack
            .drain(mark..)
            .fold((Weight::default(), 0), |(sum, held), w| (sum.and(w, each), w.bytes.saturating_add(held)));
        self.live -= all.1;
        Ok(all.0)
    }

    /// The topmost `n` objects as one, with `each` for every one.
    fn pop_together(&mut self, n: usize, each: u64) -> Result<Weight, Cause> {
        (0..n).try_fold(Weight::default(), |sum, _| Ok(sum.and(self.pop()?, each)))
    }

    /// Puts `items` into the topmost object.
    fn grow(&mut self, items: Weight) -> Result<(), Cause> {
        let top = self.pop()?;
        self.push(Weight { memo: top.memo, ..top.and(items, LIST) });
        Ok(())
    }

    /// Keeps a copy of the topmost object in the memo.
    fn remember(&mut self, place: u32) -> Result<(), Cause> {
        let top = self.top()?;
        top.memo = Some(place);
        let copy = *top;
        let before = self.memo.insert(place, copy).unwrap_or_default();
        self.live = (self.live - before.bytes).saturating_add(copy.bytes);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Result<(), Cause> {
        let copy = *self.memo.get(&place).ok_or_else(|| damaged("it refers to an object that it has not made"))?;
        self.push(copy);
        Ok(())
    }

    /// A text of `length` letters.
    fn string(&mut self, input: &mut impl BufRead, length: u64) -> Result<(), Cause> {
        let mut begin = Vec::new();
        let short = length.min(32);
        input.by_ref().take(short).read_to_end(&mut begin).map_err(ended)?;
        skip(input, length - begin.len() as u64)?;
        self.push(Weight::text(length, &begin));
        Ok(())
    }

    /// One opcode; its name in Python's `pickletools` is beside it.
    fn step(&mut self, opcode: u8, input: &mut impl BufRead) -> Result<(), Cause> {
        match opcode {
            // PROTO, FRAME
            0x80 => skip(input, 1)?,
            0x95 => skip(input, 8)?,
            // NONE, NEWTRUE, NEWFALSE, EMPTY_TUPLE, EMPTY_LIST, EMPTY_SET, EMPTY_DICT
            b'N' | 0x88 | 0x89 | b')' | b']' | 0x8f | b'}' => self.push(Weight::default()),
            // BININT1, BININT2, BININT, BINFLOAT
            b'K' => self.number(input, 1)?,
            b'M' => self.number(input, 2)?,
            b'J' => self.number(input, 4)?,
            b'G' => self.number(input, 8)?,
            // INT, LONG, FLOAT, UNICODE
            b'I' | b'L' | b'F' | b'V' => {
                let text = line(input)?;
                self.push(Weight::line(&text));
            }
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
                self.most_marks = self.most_marks.max(self.marks.len());
            }
            // TUPLE; LIST, FROZENSET, DICT
            b't' => {
                let items = self.pop_to_mark(IN_TUPLE)?;
                self.push(items);
            }
            b'l' | 0x91 | b'd' => {
                let items = self.pop_to_mark(IN_LIST)?;
                self.push(items.and(Weight::default(), LIST));
            }
            // TUPLE1, TUPLE2, TUPLE3
            0x85..=0x87 => {
                let items = self.pop_together(usize::from(opcode - 0x84), IN_TUPLE)?;
                self.push(items);
            }
            // APPEND; SETITEM; APPENDS, SETITEMS, ADDITEMS
            b'a' => {
                let item = self.pop_together(1, IN_LIST)?;
                self.grow(item)?;
            }
            b's' => {
                let pair = self.pop_together(2, IN_LIST)?;
                self.grow(pair)?;
            }
            b'e' | b'u' | 0x90 => {
                let items = self.pop_to_mark(IN_LIST)?;
                self.grow(items)?;
            }
            // POP, which also takes a bare mark; POP_MARK
            b'0' if !self.is_marked() => {
                self.pop()?;
            }
            b'0' | b'1' => {
                self.pop_to_mark(0)?;
            }
            // DUP
            b'2' => {
                let top = *self.top()?;
                self.push(top);
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
                let (module, name) = (line(input)?, line(input)?);
                self.class(Weight::line(&module), Weight::line(&name));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                self.class(module, name);
            }
            // PERSID; BINPERSID
            b'P' => {
                let text = line(input)?;
                self.push(Weight::line(&text).and(Weight::default(), TENSOR));
            }
            b'Q' => {
                // A storage keeps its key.
                let Weight { letters, .. } = self.pop()?;
                self.push(Weight { bytes: STRING.saturating_add(letters * 2), letters, ..Weight::default() });
            }
            // REDUCE, NEWOBJ, NEWOBJ_EX
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                if function.makes_tensor {
                    self.tensor(arguments);
                } else {
                    // A table of the arguments takes no more than they do.
                    self.push(function.and(arguments, 0));
                }
            }
            0x81 => {
                let both = self.pop_together(2, STRING)?;
                self.push(both);
            }
            0x92 => {
                let all = self.pop_together(3, STRING)?;
                self.push(all);
            }
            // BUILD; an object that is in the memo is renewed there.
            b'b' => {
                let (state, object) = (self.pop()?, self.pop()?);
                self.push(object.and(state, LIST));
                if let Some(place) = object.memo {
                    self.remember(place)?;
                }
            }
            _ => return Err(damaged(&format!("it has the unknown opcode 0x{opcode:02x}"))),
        }
        Ok(())
    }

    fn number(&mut self, input: &mut impl BufRead, length: u64) -> Result<(), Cause> {
        skip(input, length)?;
        self.push(Weight::default());
        Ok(())
    }

    fn class(&mut self, module: Weight, name: Weight) {
        self.push(Weight { makes_tensor: name.makes_tensor, ..module.and(name, 0) });
    }

    /// What is made of a storage, a shape and strides.
    fn tensor(&mut self, arguments: Weight) {
        let Weight { bytes, letters, .. } = arguments;
        let bytes = (TENSOR + bytes / 8).saturating_add(letters.saturating_mul(2));
        self.push(Weight { bytes, letters, ..Weight::default() });
    }
}

/// What growing by doubling takes for `n` places: the next power of two, and half of it while it is copied.
fn room(n: usize) -> u64 {
    if n == 0 { 0 } else { n.next_power_of_two().max(4) as u64 * 3 / 2 }
}
