//! What the stack machine holds.

use std::rc::Rc;

use super::class::Class;
use crate::checkpoint::Dtype;

/// Something that a pickle makes. Copies share what they hold.
#[derive(Clone, Debug, Default)]
pub(in crate::checkpoint) enum Value {
    /// Anything that no tensor is made of.
    #[default]
    Other,
    Whole(i64),
    Text(Rc<str>),
    Tuple(Rc<Tuple>),
    Class(Rc<Class>),
    Storage(Rc<Storage>),
    Tensor(Rc<Stored>),
    /// A list, a table or an object, by its number: it may be changed after it was stored somewhere.
    Node(usize),
}

/// A tuple, and how deep tuples lie in it, itself included.
#[derive(Debug)]
pub(in crate::checkpoint) struct Tuple {
    pub items: Box<[Value]>,
    pub depth: usize,
}

/// A list, a table, or an object with its attributes; only what may lead to a tensor is kept of it.
#[derive(Debug, Default)]
pub(in crate::checkpoint) struct Node {
    pub items: Vec<(Rc<str>, Value)>,
    /// How many a list has had, kept or not.
    pub count: usize,
}

/// A storage as tensors name it.
#[derive(Debug)]
pub(in crate::checkpoint) struct Storage {
    pub key: String,
    pub dtype: Dtype,
    /// Bytes of an element.
    pub width: usize,
    /// The first element of a part of another storage (legacy files).
    pub from: usize,
}

/// A tensor that the pickle describes.
#[derive(Clone, Debug)]
pub(in crate::checkpoint) struct Stored {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// `None` of a kind whose numbers are not read.
    pub place: Option<Place>,
}

/// Where a tensor's numbers are.
#[derive(Clone, Debug)]
pub(in crate::checkpoint) struct Place {
    pub key: String,
    /// The first element, counted in elements, and how far it is to the next along each extent.
    pub offset: usize,
    pub strides: Vec<usize>,
}
