//! What the stack machine holds.

use std::rc::Rc;

use super::class::Class;
use crate::dtype::Dtype;

/// Something that a pickle makes. Copies share what they hold.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Anything that no tensor is made of.
    #[default]
    Other,
    Whole(i64),
    Text(Rc<str>),
    Tuple(Rc<Tuple>),
    Flag(bool),
    /// Bytes, or a text that stands for bytes.
    Bytes(Bytes),
    Class(Rc<Class>),
    Storage(Rc<Storage>),
    Tensor(Rc<Stored>),
    /// A list, a table or an object, by its number: it may be changed after it was stored somewhere.
    Node(usize),
}

/// A tuple, and how deep tuples lie in it, itself included.
#[derive(Debug)]
pub struct Tuple {
    pub items: Box<[Value]>,
    pub depth: usize,
}

/// A list, a table, or an object with its attributes; only what may lead to a tensor is kept of it.
#[derive(Debug, Default)]
pub struct Node {
    pub items: Vec<(Rc<str>, Value)>,
    /// How many a list has had, kept or not.
    pub count: usize,
    /// What it is of NumPy's.
    pub numpy: Option<Numpy>,
}

/// An object of NumPy's, which gets its state after it was made.
#[derive(Debug)]
pub enum Numpy {
    NewArray,
    Array(Rc<Stored>),
    /// The type of an array's elements: kind and bytes, such as `f4`; whether the first byte is the highest.
    Element {
        kind: Rc<str>,
        big_endian: bool,
    },
}

/// Bytes in a pickle.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// From a place in the pickle on. In a text, characters below 256 stand for bytes.
    There {
        at: u64,
        length: u64,
        is_text: bool,
    },
    Here(Rc<[u8]>),
}

/// A storage as tensors name it.
#[derive(Debug)]
pub struct Storage {
    pub key: String,
    pub dtype: Dtype,
    /// Bytes of an element.
    pub width: usize,
    /// The first element of a part of another storage (legacy files).
    pub from: usize,
}

/// A tensor that the pickle describes.
#[derive(Clone, Debug)]
pub struct Stored {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// `None` of a kind whose numbers are not read.
    pub numbers: Option<Numbers>,
}

/// Where the numbers of a tensor are.
#[derive(Clone, Debug)]
pub enum Numbers {
    /// In a storage of PyTorch's.
    Storage(Place),
    /// In the pickle itself, an array of NumPy's.
    Array {
        bytes: Bytes,
        /// Whether the first axis varies fastest, and whether the first byte of an element is the highest.
        fortran: bool,
        big_endian: bool,
    },
}

/// Where a tensor's numbers are.
#[derive(Clone, Debug)]
pub struct Place {
    pub key: String,
    /// The first element, counted in elements, and how far it is to the next along each extent.
    pub offset: usize,
    pub strides: Vec<usize>,
}
