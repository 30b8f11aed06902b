//! The stack machine of a pickle.

use std::{collections::HashMap, io::BufRead, io::Read as _, rc::Rc};

use super::input::Cause;
use super::{
    class::Class,
    input::{Counted, bytes, damaged, ended, line, place, skip},
    kept::Kept,
    lists::Lists,
    made::{array, made},
    value::{Bytes, Node, Numbers, Numpy, Storage, Stored, Tuple, Value},
};

/// Longer texts are no names.
const LONGEST: u64 = 1 << 12;
/// A tuple with more in it describes no tensor, and what it holds is dropped.
const WIDEST: usize = 64;
/// Tuples in tuples in tuples: those of a tensor of a class of its own are three deep.
const DEEPEST: usize = 6;
/// What is taken beside a value itself: by a text, a tuple, a tensor; by an item of a table, which grows by doubling.
const SHARED: u64 = 48;
const TENSOR: u64 = 224;
const ITEM: u64 = 3 * (size_of::<(Rc<str>, Value)>() as u64) + 16;

/// See the module.
pub(super) struct Machine {
    stack: Vec<Value>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    /// How many have been remembered, dropped or not: what the next MEMOIZE counts from.
    remembered: u32,
    nodes: Vec<Node>,
    storages: HashMap<String, usize>,
    lists: Lists,
    /// The most there were on the stack, and marks: room that was made is not given back.
    highest: usize,
    most_marks: usize,
    /// What was made beside stack, memo and nodes, and not dropped again.
    held: u64,
}

impl Machine {
    pub fn new(lists: Lists) -> Machine {
        Machine {
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            remembered: 0,
            nodes: Vec::new(),
            storages: HashMap::new(),
            lists,
            highest: 0,
            most_marks: 0,
            held: 0,
        }
    }

    /// What everything takes, with one more of each that may come.
    pub fn takes(&self) -> u64 {
        let of = |count: usize, each: usize| room(count + 1) * each as u64;
        // The memo is a table of which one place in eight stays free.
        let memo = of(self.memo.len() + self.memo.len() / 7, size_of::<(u32, Value)>() + 8);
        let stack = of(self.highest, size_of::<Value>()) + of(self.most_marks, size_of::<usize>());
        stack + memo + of(self.nodes.len(), size_of::<Node>()) + self.held
    }

    /// What the pickle was about.
    pub fn end(mut self) -> Result<Kept, Cause> {
        let mut root = self.pop()?;
        // A tuple of tensors is a list of them.
        if let Value::Tuple(tuple) = &root {
            let list = Value::Node(self.node());
            self.append(&list, tuple.items.to_vec());
            root = list;
        }
        Ok(Kept { nodes: self.nodes, root, storages: self.storages })
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
        self.highest = self.highest.max(self.stack.len());
    }

    fn pop(&mut self) -> Result<Value, Cause> {
        if self.marks.last() == Some(&self.stack.len()) {
            return Err(damaged("it takes an object where there is none"));
        }
        self.stack.pop().ok_or_else(|| damaged("it takes an object where there is none"))
    }

    fn top(&self) -> Result<&Value, Cause> {
        let marked = self.marks.last() == Some(&self.stack.len());
        self.stack.last().filter(|_| !marked).ok_or_else(|| damaged("it takes an object where there is none"))
    }

    /// Everything above the last mark.
    fn pop_to_mark(&mut self) -> Result<Vec<Value>, Cause> {
        let mark = self.marks.pop().ok_or_else(|| damaged("a mark is missing"))?;
        if mark > self.stack.len() {
            return Err(damaged("a mark is missing"));
        }
        let all = self.stack.split_off(mark);
        self.highest = self.highest.max(mark + 2 * all.len());
        Ok(all)
    }

    /// The topmost `n`, the lowest first.
    fn pop_many(&mut self, n: usize) -> Result<Vec<Value>, Cause> {
        let mut all = (0..n).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        all.reverse();
        Ok(all)
    }

    /// Gives back what a value took that nothing else holds.
    fn drop_value(&mut self, value: Value) {
        match &value {
            Value::Text(text) if Rc::strong_count(text) == 1 => self.give(SHARED + text.len() as u64),
            Value::Bytes(Bytes::Here(bytes)) if Rc::strong_count(bytes) == 1 => self.give(SHARED + bytes.len() as u64),
            Value::Tuple(tuple) if Rc::strong_count(tuple) == 1 => {
                // Tuples in tuples are rare, and cost what they cost until the end.
                self.give(SHARED + (tuple.items.len() * size_of::<Value>()) as u64);
            }
            _ => {}
        }
    }

    fn give(&mut self, bytes: u64) {
        self.held = self.held.saturating_sub(bytes);
    }

    fn text(&mut self, text: &[u8]) -> Value {
        match str::from_utf8(text) {
            Ok(text) if text.len() as u64 <= LONGEST => {
                self.held += SHARED + text.len() as u64;
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
                self.held += SHARED + letters.len() as u64;
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

    fn tuple(&mut self, items: Vec<Value>) {
        let inner = items.iter().map(|item| if let Value::Tuple(tuple) = item { tuple.depth } else { 0 }).max();
        let depth = 1 + inner.unwrap_or(0);
        if items.len() > WIDEST || depth > DEEPEST {
            items.into_iter().for_each(|item| self.drop_value(item));
            return self.push(Value::Other);
        }
        self.held += SHARED + (items.len() * size_of::<Value>()) as u64;
        self.push(Value::Tuple(Rc::new(Tuple { items: items.into(), depth })));
    }

    fn node(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    /// Puts a value into a table or list under a name, if a tensor may be found there.
    fn put(&mut self, node: usize, name: Rc<str>, value: Value) {
        let is_whole = self.lists == Lists::Wholes && matches!(value, Value::Whole(_));
        if is_whole || matches!(value, Value::Tensor(_) | Value::Node(_) | Value::Text(_) | Value::Tuple(_)) {
            self.held += ITEM;
            self.nodes[node].items.push((name, value));
        }
    }

    fn append(&mut self, to: &Value, items: Vec<Value>) {
        let Value::Node(node) = *to else { return items.into_iter().for_each(|item| self.drop_value(item)) };
        for item in items {
            let count = self.nodes[node].count;
            self.nodes[node].count += 1;
            // Old Pythons write a table as a list of lists of name and value.
            let is_kept = match item {
                Value::Tensor(_) | Value::Node(_) => true,
                Value::Text(_) => self.lists == Lists::Texts || count == 0,
                Value::Whole(_) => self.lists == Lists::Wholes,
                Value::Tuple(ref pair) => matches!(&pair.items[..], [_, value] if holds(value)),
                _ => false,
            };
            if is_kept {
                self.held += 32;
                self.put(node, count.to_string().into(), item);
            } else {
                self.drop_value(item);
            }
        }
    }

    fn set(&mut self, to: &Value, pairs: Vec<Value>) {
        let mut pairs = pairs.into_iter();
        while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
            let name: Option<Rc<str>> = match &key {
                Value::Text(text) => Some(Rc::clone(text)),
                Value::Whole(n) => Some(n.to_string().into()),
                // Nothing of a network lies under a class, a number with a fraction or a tensor.
                _ => None,
            };
            match (to, name) {
                (Value::Node(node), Some(name)) if holds(&value) => self.put(*node, name, value),
                _ => self.drop_value(value),
            }
            self.drop_value(key);
        }
    }

    /// Keeps a copy of the topmost object in the memo.
    fn remember(&mut self, place: u32) -> Result<(), Cause> {
        let top = self.top()?.clone();
        self.remembered = self.remembered.saturating_add(1);
        if matches!(top, Value::Other) {
            // What is nothing needs no place: it is nothing when it is asked for, too.
            self.memo.remove(&place);
        } else {
            self.memo.insert(place, top);
        }
        Ok(())
    }

    fn recall(&mut self, place: u32) {
        let value = self.memo.get(&place).cloned().unwrap_or_default();
        self.push(value);
    }

    /// A persistent name: a storage.
    fn persistent(&mut self, name: Value) {
        let storage = match &name {
            Value::Tuple(parts) => storage(&parts.items),
            _ => None,
        };
        self.drop_value(name);
        let Some(storage) = storage else { return self.push(Value::Other) };
        if !self.storages.contains_key(&storage.key) {
            self.held += 4 * (SHARED + storage.key.len() as u64);
            self.storages.insert(storage.key.clone(), storage.width);
        }
        self.held += SHARED + 2 * storage.key.len() as u64 + 64;
        self.push(Value::Storage(Rc::new(storage)));
    }

    fn call(&mut self, function: &Value, arguments: Value) {
        let (class, items) = match (function, &arguments) {
            (Value::Class(class), Value::Tuple(tuple)) => (class, &tuple.items[..]),
            (Value::Class(class), _) => (class, &[][..]),
            _ => {
                let node = self.node();
                return self.push(Value::Node(node));
            }
        };
        if let Some(made) = made(class, items) {
            if let Value::Tensor(tensor) = &made {
                let key = match &tensor.numbers {
                    Some(Numbers::Storage(place)) => place.key.len(),
                    _ => 0,
                };
                self.held += TENSOR + 32 * tensor.shape.len() as u64 + key as u64;
            }
            self.push(made);
            return self.drop_value(arguments);
        }
        let numpy = match (&**class, items) {
            (Class::NewArray, _) => Some(Numpy::NewArray),
            (Class::Element, [Value::Text(kind), ..]) => {
                Some(Numpy::Element { kind: Rc::clone(kind), big_endian: kind.starts_with('>') })
            }
            (Class::FromBuffer, [data, Value::Node(element), shape, order, ..]) => {
                self.array(*element, shape, order, data).map(|array| Numpy::Array(Rc::new(array)))
            }
            _ => None,
        };
        if let Some(numpy) = numpy {
            let node = self.node();
            self.nodes[node].numpy = Some(numpy);
            self.push(Value::Node(node));
            return self.drop_value(arguments);
        }
        let pairs = if **class == Class::Table { items.first().cloned() } else { None };
        let node = self.node();
        if let Some(Value::Node(list)) = pairs {
            for pair in self.pairs(list) {
                self.set(&Value::Node(node), pair);
            }
        }
        self.push(Value::Node(node));
        self.drop_value(arguments);
    }

    /// An array with elements of this type.
    fn array(&mut self, element: usize, shape: &Value, order: &Value, data: &Value) -> Option<Stored> {
        let Some(Numpy::Element { kind, big_endian }) = &self.nodes[element].numpy else { return None };
        let array = array(kind, *big_endian, shape, order, data)?;
        self.held += TENSOR + 32 * array.shape.len() as u64;
        Some(array)
    }

    /// Names and values of a list of pairs.
    fn pairs(&self, list: usize) -> Vec<Vec<Value>> {
        let pair = |(_, value): &(Rc<str>, Value)| match value {
            Value::Tuple(pair) if pair.items.len() == 2 => Some(pair.items.to_vec()),
            Value::Node(pair) => match &self.nodes[*pair].items[..] {
                [(_, name), (_, value)] => Some(vec![name.clone(), value.clone()]),
                _ => None,
            },
            _ => None,
        };
        self.nodes[list].items.iter().filter_map(pair).collect()
    }

    /// Gives an object its attributes.
    fn build(&mut self, object: &Value, state: &Value) {
        let Value::Node(object) = *object else { return };
        match (&mut self.nodes[object].numpy, state) {
            // Version, byte order and more.
            (Some(Numpy::Element { big_endian, .. }), Value::Tuple(state)) => {
                *big_endian |= matches!(state.items.get(1), Some(Value::Text(order)) if **order == *">");
                return;
            }
            // Version, shape, type, order, numbers.
            (Some(Numpy::NewArray), Value::Tuple(state)) => {
                if let [_, shape, Value::Node(element), order, data, ..] = &state.items[..] {
                    let array = self.array(*element, shape, order, data);
                    self.nodes[object].numpy = array.map(|array| Numpy::Array(Rc::new(array)));
                }
                return;
            }
            _ => {}
        }
        match state {
            Value::Node(state) if *state != object => {
                let items = self.nodes[*state].items.clone();
                self.held += ITEM * items.len() as u64;
                self.nodes[object].items.extend(items);
            }
            Value::Tuple(states) => states.items.iter().for_each(|state| self.build(&Value::Node(object), state)),
            _ => {}
        }
    }

    fn class(&mut self, module: &[u8], name: &[u8]) {
        let class = match (str::from_utf8(module), str::from_utf8(name)) {
            (Ok(module), Ok(name)) => Class::of(module, name),
            _ => Class::Other,
        };
        self.held += 96;
        self.push(Value::Class(Rc::new(class)));
    }

    fn whole(&mut self, digits: &[u8]) {
        // Python 2 writes a long number with an L.
        let text = str::from_utf8(digits).unwrap_or_default().trim_end_matches('L');
        self.push(text.parse().map_or(Value::Other, Value::Whole));
    }

    /// One opcode; false at the end of the pickle. Its name in Python's `pickletools` is beside it.
    pub fn step(&mut self, input: &mut Counted<impl BufRead>) -> Result<bool, Cause> {
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
            b'(' => {
                self.marks.push(self.stack.len());
                self.most_marks = self.most_marks.max(self.marks.len());
            }
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
            b'0' if self.marks.last() != Some(&self.stack.len()) => {
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
            0x94 => self.remember(self.remembered)?,
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
}

/// Whether a tensor may be found in a value.
fn holds(value: &Value) -> bool {
    matches!(value, Value::Tensor(_) | Value::Node(_))
}

/// `('storage', type, key, location, count)`, and in legacy files the part of another storage that it is.
fn storage(parts: &[Value]) -> Option<Storage> {
    let [Value::Text(word), Value::Class(class), key, _, _, rest @ ..] = parts else { return None };
    let (Class::Storage(dtype, width), true) = (&**class, &**word == "storage") else { return None };
    let key = match key {
        Value::Text(key) => key.to_string(),
        Value::Whole(key) => key.to_string(),
        _ => return None,
    };
    let from = match rest.first() {
        Some(Value::Tuple(part)) => match part.items.get(1) {
            Some(Value::Whole(from)) => usize::try_from(*from).ok()?,
            _ => return None,
        },
        _ => 0,
    };
    Some(Storage { key, dtype: dtype.clone(), width: *width, from })
}

/// What growing by doubling takes for `n` places: the next power of two, and half of it while it is copied.
fn room(n: usize) -> u64 {
    if n == 0 { 0 } else { n.next_power_of_two().max(4) as u64 * 3 / 2 }
}
