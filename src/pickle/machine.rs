//! What the machine of a pickle holds, and what that takes: the stack with its marks, the memo, lists and tables, storages.

use std::{collections::HashMap, rc::Rc};

use super::{
    input::{Cause, damaged},
    kept::Kept,
    lists::Lists,
    value::{Bytes, Node, Storage, Tuple, Value},
};

/// A tuple with more in it describes no tensor, and what it holds is dropped.
const WIDEST: usize = 64;
/// Tuples in tuples in tuples: those of a tensor of a class of its own are three deep.
const DEEPEST: usize = 6;
/// What is taken beside a value itself: by a text or a tuple; by an item of a table, which grows by doubling.
pub(super) const SHARED: u64 = 48;
pub(super) const ITEM: u64 = 3 * (size_of::<(Rc<str>, Value)>() as u64) + 16;

const NO_OBJECT: &str = "it takes an object where there is none";

/// See the module.
pub(super) struct Machine {
    stack: Vec<Value>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    /// How many have been remembered, dropped or not: what the next MEMOIZE counts from.
    remembered: u32,
    pub(super) nodes: Vec<Node>,
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

    /// Something was made that takes so many bytes.
    pub(super) fn hold(&mut self, bytes: u64) {
        self.held += bytes;
    }

    pub(super) fn push(&mut self, value: Value) {
        self.stack.push(value);
        self.highest = self.highest.max(self.stack.len());
    }

    pub(super) fn pop(&mut self) -> Result<Value, Cause> {
        if self.is_at_mark() {
            return Err(damaged(NO_OBJECT));
        }
        self.stack.pop().ok_or_else(|| damaged(NO_OBJECT))
    }

    pub(super) fn top(&self) -> Result<&Value, Cause> {
        self.stack.last().filter(|_| !self.is_at_mark()).ok_or_else(|| damaged(NO_OBJECT))
    }

    pub(super) fn mark(&mut self) {
        self.marks.push(self.stack.len());
        self.most_marks = self.most_marks.max(self.marks.len());
    }

    /// Whether nothing stands above the last mark.
    pub(super) fn is_at_mark(&self) -> bool {
        self.marks.last() == Some(&self.stack.len())
    }

    /// Everything above the last mark.
    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Value>, Cause> {
        let mark = self.marks.pop().ok_or_else(|| damaged("a mark is missing"))?;
        if mark > self.stack.len() {
            return Err(damaged("a mark is missing"));
        }
        let all = self.stack.split_off(mark);
        self.highest = self.highest.max(mark + 2 * all.len());
        Ok(all)
    }

    /// The topmost `n`, the lowest first.
    pub(super) fn pop_many(&mut self, n: usize) -> Result<Vec<Value>, Cause> {
        let mut all = (0..n).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        all.reverse();
        Ok(all)
    }

    /// Gives back what a value took that nothing else holds.
    pub(super) fn drop_value(&mut self, value: Value) {
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

    pub(super) fn tuple(&mut self, items: Vec<Value>) {
        let inner = items.iter().map(|item| if let Value::Tuple(tuple) = item { tuple.depth } else { 0 }).max();
        let depth = 1 + inner.unwrap_or(0);
        if items.len() > WIDEST || depth > DEEPEST {
            items.into_iter().for_each(|item| self.drop_value(item));
            return self.push(Value::Other);
        }
        self.held += SHARED + (items.len() * size_of::<Value>()) as u64;
        self.push(Value::Tuple(Rc::new(Tuple { items: items.into(), depth })));
    }

    pub(super) fn node(&mut self) -> usize {
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

    pub(super) fn append(&mut self, to: &Value, items: Vec<Value>) {
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

    pub(super) fn set(&mut self, to: &Value, pairs: Vec<Value>) {
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
    pub(super) fn remember(&mut self, place: u32) -> Result<(), Cause> {
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

    /// The same in the next place.
    pub(super) fn memoize(&mut self) -> Result<(), Cause> {
        self.remember(self.remembered)
    }

    pub(super) fn recall(&mut self, place: u32) {
        let value = self.memo.get(&place).cloned().unwrap_or_default();
        self.push(value);
    }

    /// Remembers that there is a storage.
    pub(super) fn know(&mut self, storage: &Storage) {
        if !self.storages.contains_key(&storage.key) {
            self.held += 4 * (SHARED + storage.key.len() as u64);
            self.storages.insert(storage.key.clone(), storage.width);
        }
    }
}

/// Whether a tensor may be found in a value.
fn holds(value: &Value) -> bool {
    matches!(value, Value::Tensor(_) | Value::Node(_))
}

/// What growing by doubling takes for `n` places: the next power of two, and half of it while it is copied.
fn room(n: usize) -> u64 {
    if n == 0 { 0 } else { n.next_power_of_two().max(4) as u64 * 3 / 2 }
}
