//! What functions and classes make: the handful of PyTorch's and NumPy's that lead to tensors, and an empty object of everything else.

use std::rc::Rc;

use super::{
    class::Class,
    machine::{ITEM, Machine, SHARED},
    made::{array, made},
    value::{Numbers, Numpy, Storage, Stored, Value},
};

/// What a tensor takes beside its shape and the name of its storage.
const TENSOR: u64 = 224;

impl Machine {
    /// A persistent name: a storage.
    pub(super) fn persistent(&mut self, name: Value) {
        let storage = match &name {
            Value::Tuple(parts) => storage(&parts.items),
            _ => None,
        };
        self.drop_value(name);
        let Some(storage) = storage else { return self.push(Value::Other) };
        self.know(&storage);
        self.hold(SHARED + 2 * storage.key.len() as u64 + 64);
        self.push(Value::Storage(Rc::new(storage)));
    }

    pub(super) fn call(&mut self, function: &Value, arguments: Value) {
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
                self.hold(TENSOR + 32 * tensor.shape.len() as u64 + key as u64);
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
        self.hold(TENSOR + 32 * array.shape.len() as u64);
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
    pub(super) fn build(&mut self, object: &Value, state: &Value) {
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
                self.hold(ITEM * items.len() as u64);
                self.nodes[object].items.extend(items);
            }
            Value::Tuple(states) => states.items.iter().for_each(|state| self.build(&Value::Node(object), state)),
            _ => {}
        }
    }

    pub(super) fn class(&mut self, module: &[u8], name: &[u8]) {
        let class = match (str::from_utf8(module), str::from_utf8(name)) {
            (Ok(module), Ok(name)) => Class::of(module, name),
            _ => Class::Other,
        };
        self.hold(96);
        self.push(Value::Class(Rc::new(class)));
    }
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
