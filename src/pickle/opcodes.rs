//! The opcodes of a pickle, and the texts and numbers that stand in them.

use std::io::{BufRead, Read as _};

use super::{
    input::{Cause, Counted, bytes, damaged, ended, line, place, skip},
    machine::{Machine, SHARED},
    value::{Bytes, Value},
};

/// Longer texts are no names.
const LONGEST: u64 = 1 << 12;

impl Machine {
    /// One opcode; false at the end of the pickle. Its name in Python's `pickletools` is beside it.
    pub(super) fn step(&mut self, input: &mut Counted<impl BufRead>) -> Result<bool, Cause> {
        let opcode = bytes::<1>(input)?[0];
        match opcode {
            // STOP
            b'.' => return Ok(false),
            // PROTO, FRAME; NEXT_BUFFER, READONLY_BUFFER
            0x80 => skip(input, 1)?,
            0x95 => skip(input, 8)?,
            0x97 => self.push(Value::Other),
            0x98 => {}
            // NONE, NEWTRUE, NEWFALSE, EMPTY_SET; FLOAT, BINFLOAT
            0x88 | 0x89 => self.push(Value::Flag(opcode == 0x88)),
            b'N' | 0x8f => self.push(Value::Other),
            b'F' => {
                line(input)?;
                self.push(Value::Other);
            }
            b'G' => {
                skip(input, 8)?;
                self.push(Value::Other);
            }
            // EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT
            b')' => self.tuple(Vec::new()),
            b']' | b'}' => {
                let node = self.node();
                self.push(Value::Node(node));
            }
            // BININT1, BININT2, BININT
            b'K' => {
                let [n] = bytes(input)?;
                self.push(Value::Whole(n.into()));
            }
            b'M' => {
                let n = u16::from_le_bytes(bytes(input)?);
                self.push(Value::Whole(n.into()));
            }
            b'J' => {
                let n = i32::from_le_bytes(bytes(input)?);
                self.push(Value::Whole(n.into()));
            }
            // INT, LONG
            b'I' | b'L' => {
                let digits = line(input)?;
                self.whole(&digits);
            }
            // LONG1, LONG4
            0x8a => {
                let [length] = bytes(input)?;
                self.long(input, length.into())?;
            }
            0x8b => {
                let length = u32::from_le_bytes(bytes(input)?);
                self.long(input, length.into())?;
            }
            // UNICODE; STRING, in quotes
            b'V' => {
                let letters = line(input)?;
                let text = self.text(&letters);
                self.push(text);
            }
            b'S' => {
                let quoted = line(input)?;
                let text = self.text(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default());
                self.push(text);
            }
            // SHORT_BINSTRING, SHORT_BINUNICODE; BINSTRING, BINUNICODE; BINUNICODE8
            b'U' | 0x8c => {
                let [length] = bytes(input)?;
                self.string(input, length.into(), opcode == 0x8c)?;
            }
            b'T' | b'X' => {
                let length = u32::from_le_bytes(bytes(input)?);
                self.string(input, length.into(), opcode == b'X')?;
            }
            0x8d => {
                let length = u64::from_le_bytes(bytes(input)?);
                self.string(input, length, true)?;
            }
            // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
            b'C' => {
                let [length] = bytes(input)?;
                self.bytes(input, length.into(), false)?;
            }
            b'B' => {
                let length = u32::from_le_bytes(bytes(input)?);
                self.bytes(input, length.into(), false)?;
            }
            0x8e | 0x96 => {
                let length = u64::from_le_bytes(bytes(input)?);
                self.bytes(input, length, false)?;
            }
            // MARK
            b'(' => self.mark(),
            // TUPLE, TUPLE1, TUPLE2, TUPLE3
            b't' => {
                let items = self.pop_to_mark()?;
                self.tuple(items);
            }
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?;
                self.tuple(items);
            }
            // LIST, DICT; FROZENSET
            b'l' | b'd' => {
                let items = self.pop_to_mark()?;
                let node = Value::Node(self.node());
                if opcode == b'l' {
                    self.append(&node, items);
                } else {
                    self.set(&node, items);
                }
                self.push(node);
            }
            0x91 => {
                self.pop_to_mark()?.into_iter().for_each(|item| self.drop_value(item));
                self.push(Value::Other);
            }
            // APPEND, APPENDS, ADDITEMS
            b'a' => {
                let item = self.pop()?;
                let list = self.top()?.clone();
                self.append(&list, vec![item]);
            }
            b'e' | 0x90 => {
                let items = self.pop_to_mark()?;
                let list = self.top()?.clone();
                self.append(&list, items);
            }
            // SETITEM, SETITEMS
            b's' => {
                let pair = self.pop_many(2)?;
                let table = self.top()?.clone();
                self.set(&table, pair);
            }
            b'u' => {
                let pairs = self.pop_to_mark()?;
                let table = self.top()?.clone();
                self.set(&table, pairs);
            }
            // POP, which also takes a bare mark; POP_MARK; DUP
            b'0' if !self.is_at_mark() => {
                let top = self.pop()?;
                self.drop_value(top);
            }
            b'0' | b'1' => {
                self.pop_to_mark()?.into_iter().for_each(|item| self.drop_value(item));
            }
            b'2' => {
                let top = self.top()?.clone();
                self.push(top);
            }
            // GET, BINGET, LONG_BINGET
            b'g' => {
                let place = place(input)?;
                self.recall(place);
            }
            b'h' => {
                let [place] = bytes(input)?;
                self.recall(place.into());
            }
            b'j' => {
                let place = u32::from_le_bytes(bytes(input)?);
                self.recall(place);
            }
            // PUT, BINPUT, LONG_BINPUT, MEMOIZE
            b'p' => {
                let place = place(input)?;
                self.remember(place)?;
            }
            b'q' => {
                let [place] = bytes(input)?;
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(bytes(input)?);
                self.remember(place)?;
            }
            0x94 => self.memoize()?,
            // GLOBAL; STACK_GLOBAL
            b'c' => {
                let (module, name) = (line(input)?, line(input)?);
                self.class(&module, &name);
            }
            0x93 => {
                let pair = self.pop_many(2)?;
                match &pair[..] {
                    [Value::Text(module), Value::Text(name)] => self.class(module.as_bytes(), name.as_bytes()),
                    _ => self.class(b"", b""),
                }
                pair.into_iter().for_each(|text| self.drop_value(text));
            }
            // INST, OBJ: old ways to make an object
            b'i' => {
                line(input)?;
                line(input)?;
                self.pop_to_mark()?;
                let node = self.node();
                self.push(Value::Node(node));
            }
            b'o' => {
                self.pop_to_mark()?;
                let node = self.node();
                self.push(Value::Node(node));
            }
            // PERSID, BINPERSID
            b'P' => {
                line(input)?;
                self.push(Value::Other);
            }
            b'Q' => {
                let name = self.pop()?;
                self.persistent(name);
            }
            // REDUCE
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(&function, arguments);
            }
            // NEWOBJ, NEWOBJ_EX
            0x81 | 0x92 => {
                let parts = self.pop_many(if opcode == 0x81 { 2 } else { 3 })?;
                parts.into_iter().for_each(|part| self.drop_value(part));
                let node = self.node();
                self.push(Value::Node(node));
            }
            // BUILD
            b'b' => {
                let state = self.pop()?;
                let object = self.top()?.clone();
                self.build(&object, &state);
                self.drop_value(state);
            }
            _ => return Err(damaged(&format!("it has the unknown opcode 0x{opcode:02x}"))),
        }
        Ok(true)
    }

    fn whole(&mut self, digits: &[u8]) {
        // Python 2 writes a long number with an L.
        let text = str::from_utf8(digits).unwrap_or_default().trim_end_matches('L');
        self.push(text.parse().map_or(Value::Other, Value::Whole));
    }

    /// A whole number of `length` bytes.
    fn long(&mut self, input: &mut impl BufRead, length: u64) -> Result<(), Cause> {
        if length > 8 {
            skip(input, length)?;
            self.push(Value::Other);
            return Ok(());
        }
        let mut digits = Vec::new();
        input.by_ref().take(length).read_to_end(&mut digits).map_err(ended)?;
        if digits.len() as u64 != length {
            return Err(damaged("it ends too early"));
        }
        let negative = digits.last().is_some_and(|d| d & 0x80 != 0);
        let mut all = [if negative { 0xff } else { 0 }; 8];
        all[..digits.len()].copy_from_slice(&digits);
        self.push(Value::Whole(i64::from_le_bytes(all)));
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Value {
        match str::from_utf8(text) {
            Ok(text) if text.len() as u64 <= LONGEST => {
                self.hold(SHARED + text.len() as u64);
                Value::Text(text.into())
            }
            _ => Value::Other,
        }
    }

    /// A text of `length` letters.
    fn string(&mut self, input: &mut Counted<impl BufRead>, length: u64, is_text: bool) -> Result<(), Cause> {
        if length > LONGEST {
            return self.bytes(input, length, is_text);
        }
        let mut letters = Vec::new();
        let read = input.by_ref().take(length).read_to_end(&mut letters).map_err(ended)?;
        if read as u64 != length {
            return Err(damaged("it ends too early"));
        }
        let text = match self.text(&letters) {
            // Of Python 2, bytes.
            Value::Other => {
                self.hold(SHARED + letters.len() as u64);
                Value::Bytes(Bytes::Here(letters.into()))
            }
            text => text,
        };
        self.push(text);
        Ok(())
    }

    /// Bytes that stay where they are.
    fn bytes(&mut self, input: &mut Counted<impl BufRead>, length: u64, is_text: bool) -> Result<(), Cause> {
        let at = input.at;
        skip(input, length)?;
        self.push(Value::Bytes(Bytes::There { at, length, is_text }));
        Ok(())
    }
}
