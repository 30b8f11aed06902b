//! From the tensors of a pickle to their numbers, wherever the storages are.

use std::{
    io::{self, Read},
    rc::Rc,
};

use crate::checkpoint::{
    Dtype,
    entry::{Cause, Entry, Refusal},
    natural,
};
use crate::{
    npy::{self, Header},
    pickle::{self, Bytes, Kept, Numbers, Place},
};

/// Hands a stretch of a storage's bytes to a function, in pieces; an error where the storage is shorter.
pub(super) type Stretch = dyn Fn(&str, u64, u64, &mut dyn FnMut(&[u8])) -> Result<(), Cause>;

/// Hands a stretch of the pickle's own bytes to a function, in pieces.
pub(super) type Within = dyn Fn(u64, u64, &mut dyn FnMut(&[u8])) -> Result<(), Cause>;

/// Bytes that are read at a time: whole elements of every type.
const PIECE: usize = 1 << 16;

/// Hands the next `length` bytes of `input` to a function, in pieces.
pub(super) fn pieces(mut input: impl Read, length: u64, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut piece = vec![0; PIECE.min(length as usize)];
    let mut left = length;
    while left > 0 {
        let now = left.min(PIECE as u64) as usize;
        input.read_exact(&mut piece[..now])?;
        sink(&piece[..now]);
        left -= now as u64;
    }
    Ok(())
}

/// An entry for every tensor of a pickle; `storage` reads storages, `within` the pickle.
pub(super) fn of_pickle(
    kept: &Kept,
    budget: u64,
    storage: Rc<Stretch>,
    within: Rc<Within>,
) -> Result<Vec<Entry>, Refusal> {
    let mut tensors: Vec<_> = pickle::named(kept, budget)?.into_iter().collect();
    tensors.sort_by(|(a, _), (b, _)| natural::compare(a, b).then_with(|| a.cmp(b)));
    let entries = tensors.into_iter().map(|(name, tensor)| {
        let (storage, within) = (Rc::clone(&storage), Rc::clone(&within));
        let (dtype, shape) = (tensor.dtype.clone(), tensor.shape.clone());
        Entry::new(name, tensor.shape, tensor.dtype, move |sink| match tensor.numbers {
            Some(Numbers::Storage(place)) => numbers(&place, &dtype, &shape, &*storage, sink),
            Some(Numbers::Array { bytes, fortran, big_endian }) => {
                let width = dtype.size().ok_or("its numbers are of no kind that is read")?;
                let header = Header { kind: String::new(), big_endian, fortran, shape: shape.clone(), length: 0 };
                sink(&npy::plain(&header, all(&bytes, &*within)?, width)?);
                Ok(())
            }
            None => Err("its numbers are of no kind that is read".into()),
        })
    });
    Ok(entries.collect())
}

/// All bytes of an array.
fn all(bytes: &Bytes, within: &Within) -> Result<Vec<u8>, Cause> {
    match bytes {
        Bytes::Here(bytes) => Ok(bytes.to_vec()),
        Bytes::There { at, length, is_text } => {
            let mut all = Vec::new();
            within(*at, *length, &mut |part| all.extend_from_slice(part))?;
            if *is_text { bytes_of_text(&all) } else { Ok(all) }
        }
    }
}

/// Bytes that a text stands for, one for each character.
fn bytes_of_text(text: &[u8]) -> Result<Vec<u8>, Cause> {
    let text = str::from_utf8(text).map_err(|_| "the bytes of an array are a text that is none")?;
    let byte =
        |c: char| u8::try_from(u32::from(c)).map_err(|_| "the bytes of an array are more than bytes".to_string());
    text.chars().map(byte).collect()
}

/// The elements of a tensor in row-major order, wherever they are in its storage.
fn numbers(
    place: &Place,
    dtype: &Dtype,
    shape: &[usize],
    storage: &Stretch,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), Cause> {
    let width = dtype.size().ok_or("its numbers are of no kind that is read")?;
    let far = || "it reaches beyond its storage".to_string();
    let bytes = |elements: usize| elements.checked_mul(width).map(|n| n as u64).ok_or_else(far);
    let count = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).ok_or_else(far)?;
    let begin = bytes(place.offset)?;
    if count == 0 {
        return Ok(());
    }
    if is_row_major(shape, &place.strides) {
        return storage(&place.key, begin, bytes(count)?, sink);
    }
    // From the first to the last element that it has, then one by one.
    let mut last = 0usize;
    for (extent, stride) in shape.iter().zip(&place.strides) {
        last = (extent - 1).checked_mul(*stride).and_then(|n| last.checked_add(n)).ok_or_else(far)?;
    }
    let mut held = Vec::new();
    storage(&place.key, begin, bytes(last.checked_add(1).ok_or_else(far)?)?, &mut |part| {
        held.extend_from_slice(part);
    })?;
    let mut index = vec![0usize; shape.len()];
    let mut row = Vec::with_capacity(width * shape.last().copied().unwrap_or(1));
    for k in 0..count {
        let at: usize = index.iter().zip(&place.strides).map(|(i, stride)| i * stride).sum();
        row.extend_from_slice(&held[at * width..(at + 1) * width]);
        if row.len() == row.capacity() || k + 1 == count {
            sink(&row);
            row.clear();
        }
        for d in (0..shape.len()).rev() {
            index[d] += 1;
            if index[d] < shape[d] {
                break;
            }
            index[d] = 0;
        }
    }
    Ok(())
}

/// Whether the elements follow each other. How far it would be to a next one where there is only one does not matter.
fn is_row_major(shape: &[usize], strides: &[usize]) -> bool {
    let mut step = 1usize;
    shape.iter().zip(strides).rev().all(|(extent, stride)| {
        let follows = *extent == 1 || *stride == step;
        step = step.saturating_mul(*extent);
        follows
    })
}
