//! What the functions that a pickle names would make, as far as it is a tensor.

use std::rc::Rc;

use super::{
    class::Class,
    value::{Bytes, Numbers, Place, Storage, Stored, Value},
};
use crate::dtype::Dtype;

/// What the function makes of its arguments; `None` for a new object.
pub(super) fn made(class: &Class, arguments: &[Value]) -> Option<Value> {
    match (class, arguments) {
        (Class::Size | Class::Parameter, [first, ..]) => Some(first.clone()),
        (Class::FromType, [Value::Class(function), _, Value::Tuple(inner), ..]) => made_of(function, &inner.items),
        (Class::Tensor, [Value::Storage(storage), offset, shape, strides, rest @ ..]) => {
            Some(tensor(storage, offset, shape, strides, rest))
        }
        (Class::Tensor, _) => Some(strange("unreadable", arguments)),
        (Class::Strange(what), _) => Some(strange(what, arguments)),
        // Old protocols write bytes as a text.
        (Class::Encode, [Value::Text(text), ..]) => {
            let bytes: Option<Rc<[u8]>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            bytes.map(|bytes| Value::Bytes(Bytes::Here(bytes)))
        }
        (Class::Encode, [bytes @ Value::Bytes(_), ..]) => Some(bytes.clone()),
        _ => None,
    }
}

/// A function that is an argument itself is no wrapper of another one.
fn made_of(function: &Class, arguments: &[Value]) -> Option<Value> {
    if *function == Class::FromType { None } else { made(function, arguments) }
}

fn tensor(storage: &Rc<Storage>, offset: &Value, shape: &Value, strides: &Value, rest: &[Value]) -> Value {
    let (Value::Whole(offset), Some(shape), Some(strides)) = (offset, extents(shape), extents(strides)) else {
        return strange("unreadable", &[]);
    };
    // Version 3 says what the bytes are: requires_grad, hooks, type.
    let (dtype, width) = match rest {
        [_, _, Value::Class(class), ..] => match &**class {
            Class::Type(dtype, width) => (dtype.clone(), *width),
            _ => (storage.dtype.clone(), storage.width),
        },
        _ => (storage.dtype.clone(), storage.width),
    };
    let Some(offset) = usize::try_from(*offset).ok().and_then(|offset| {
        // Parts are counted in elements of the storage.
        offset.checked_add(storage.from.checked_mul(storage.width)? / width.max(1))
    }) else {
        return strange("unreadable", &[]);
    };
    if shape.len() != strides.len() {
        return strange("unreadable", &[]);
    }
    let place = Place { key: storage.key.clone(), offset, strides };
    Value::Tensor(Rc::new(Stored { dtype, shape, numbers: Some(Numbers::Storage(place)) }))
}

/// A tensor whose numbers are not read; its shape as far as one can tell.
fn strange(what: &str, arguments: &[Value]) -> Value {
    let shape = arguments.iter().skip(1).find_map(extents).unwrap_or_default();
    Value::Tensor(Rc::new(Stored { dtype: Dtype::Other(what.into()), shape, numbers: None }))
}

/// A tuple of whole numbers from 0 on.
pub(super) fn extents(value: &Value) -> Option<Vec<usize>> {
    let Value::Tuple(tuple) = value else { return None };
    let whole = |item: &Value| if let Value::Whole(n) = item { usize::try_from(*n).ok() } else { None };
    tuple.items.iter().map(whole).collect()
}

/// An array of NumPy's: its elements, shape, order and bytes. `None` if they are not such.
pub(super) fn array(kind: &str, big_endian: bool, shape: &Value, fortran: &Value, data: &Value) -> Option<Stored> {
    let shape = extents(shape)?;
    let fortran = match fortran {
        Value::Flag(flag) => *flag,
        Value::Whole(n) => *n != 0,
        Value::Text(order) => **order == *"F",
        _ => false,
    };
    let bytes = match data {
        Value::Bytes(bytes) => bytes.clone(),
        // Python 2 does not tell bytes from text.
        Value::Text(text) => Bytes::Here(text.as_bytes().into()),
        _ => return None,
    };
    Some(Stored { dtype: Dtype::of_numpy(kind), shape, numbers: Some(Numbers::Array { bytes, fortran, big_endian }) })
}
