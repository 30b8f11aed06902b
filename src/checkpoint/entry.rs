//! What every format is brought to first: tensors by name and shape, their numbers not yet read.

use super::{Dtype, Tensor};
use crate::{memory::Size, zipped::Trouble};

/// What is granted beyond the size of the file: to the bytes of all tensors, and once more to their numbers as f32.
///
/// A tensor can ask for more than the file holds, by reading one element again and again (an expanded or shared
/// tensor), or from a compressed entry. A file of a few kilobytes must not fill the memory.
const SLACK: u64 = 16 << 20;

/// Why a tensor's bytes could not be had.
pub(super) type Cause = String;

/// Why a file is not read.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// It is not whole, or holds what we cannot read.
    Damaged(Cause),
    /// It would take far more memory than it is large.
    TooLarge(Cause),
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Damaged(cause) => Refusal::Damaged(cause),
            Trouble::TooLarge(cause) => Refusal::TooLarge(cause),
        }
    }
}

impl From<Cause> for Refusal {
    fn from(cause: Cause) -> Self {
        Refusal::Damaged(cause)
    }
}

/// Hands the little-endian elements in row-major order to a function, whole elements at a time.
type Read = Box<dyn FnOnce(&mut dyn FnMut(&[u8])) -> Result<(), Cause>>;

/// A tensor whose numbers are still in the file.
pub(super) struct Entry {
    pub name: String,
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    read: Read,
}

impl Entry {
    pub fn new(
        name: String,
        shape: Vec<usize>,
        dtype: Dtype,
        read: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<(), Cause> + 'static,
    ) -> Self {
        Entry { name, shape, dtype, read: Box::new(read) }
    }

    /// Elements; `None` when their number does not fit a machine word.
    fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d))
    }

    /// The tensor without its numbers.
    pub fn outline(&self) -> Tensor {
        Tensor { name: self.name.clone(), shape: self.shape.clone(), dtype: self.dtype.clone(), values: Vec::new() }
    }

    /// Reads the numbers. The size of all entries together has been checked.
    ///
    /// # Errors
    /// The bytes cannot be read, or are not as many as the shape says.
    pub fn tensor(self) -> Result<Tensor, Cause> {
        let count = self.count().ok_or_else(|| too_many(&self.name, &self.shape))?;
        let Entry { name, shape, dtype, read } = self;
        let mut values = Vec::with_capacity(count);
        let mut surplus = false;
        read(&mut |bytes| {
            surplus |= dtype.size().is_none_or(|size| bytes.len() > (count - values.len()) * size);
            if !surplus {
                dtype.append(bytes, &mut values);
            }
        })?;
        if surplus || values.len() != count {
            return Err(format!("the bytes of tensor \"{name}\" do not match its shape {shape:?}"));
        }
        Ok(Tensor { name, shape, dtype, values })
    }
}

fn too_many(name: &str, shape: &[usize]) -> Cause {
    format!("tensor \"{name}\" has the impossible shape {shape:?}")
}

/// Refuses tensors that would take far more memory than the file of `file_size` bytes is large.
///
/// # Errors
/// What they would take.
pub(super) fn check_size(entries: &[Entry], file_size: u64) -> Result<(), Refusal> {
    let mut stored = 0u64;
    let mut numbers = 0u64;
    for entry in entries {
        let Some(bytes) = entry.dtype.size() else { continue };
        let count = entry.count().ok_or_else(|| too_many(&entry.name, &entry.shape))? as u64;
        stored = stored.saturating_add(count.saturating_mul(bytes as u64));
        numbers = numbers.saturating_add(count.saturating_mul(4));
    }
    let limit = |times: u64| file_size.saturating_mul(times).saturating_add(SLACK);
    if stored > limit(1) || numbers > limit(2) {
        let (stored, numbers, file) = (Size(stored), Size(numbers), Size(file_size));
        let cause = format!("its tensors are {stored} of elements and {numbers} as float32, the file is {file}");
        return Err(Refusal::TooLarge(cause));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(shape: &[usize], dtype: Dtype, chunks: &'static [&'static [u8]]) -> Entry {
        Entry::new("w".into(), shape.to_vec(), dtype, move |sink| {
            chunks.iter().for_each(|c| sink(c));
            Ok(())
        })
    }

    #[test]
    fn numbers_come_in_pieces_and_must_be_as_many_as_the_shape_says() {
        let read = |shape: &[usize], chunks| entry(shape, Dtype::I16, chunks).tensor().map(|t| t.values);
        assert_eq!(read(&[3], &[&[1, 0], &[2, 0, 3, 0]]), Ok(vec![1.0, 2.0, 3.0]));
        assert_eq!(read(&[], &[&[1, 0]]), Ok(vec![1.0]));
        assert_eq!(read(&[0, 7], &[]), Ok(vec![]));
        let too_few: &[&[u8]] = &[&[1, 0]];
        let too_many: &[&[u8]] = &[&[1, 0, 2, 0, 3, 0, 4, 0]];
        for chunks in [too_few, too_many] {
            assert!(read(&[3], chunks).unwrap_err().contains("do not match its shape [3]"));
        }
        assert!(read(&[usize::MAX, 2], &[]).unwrap_err().contains("impossible shape"));
    }

    #[test]
    fn tensors_far_larger_than_their_file_are_refused() {
        let check = |count: usize, dtype, file| check_size(&[entry(&[count], dtype, &[])], file);
        let slack = SLACK as usize;
        assert_eq!(check(1000 + slack / 4, Dtype::F32, 4000), Ok(()));
        let refused = check(1001 + slack / 4, Dtype::F32, 4000);
        assert!(matches!(refused, Err(Refusal::TooLarge(cause)) if cause.contains("are 16.0 MiB of elements")));
        // Widening alone may double the size of the file.
        assert_eq!(check(1 << 30, Dtype::F16, 2 << 30), Ok(()));
        assert!(check(1 << 30, Dtype::U8, 1 << 30).is_err());
        // Many small ones count together, and nothing overflows.
        let many = || (0..5).map(|_| entry(&[1 << 20], Dtype::F32, &[])).collect::<Vec<_>>();
        assert!(check_size(&many()[..4], 0).is_ok());
        assert!(check_size(&many(), 0).is_err());
        assert!(check(usize::MAX, Dtype::F64, 0).is_err());
        let impossible = check_size(&[entry(&[usize::MAX, 2], Dtype::F64, &[])], 0);
        assert!(matches!(impossible, Err(Refusal::Damaged(cause)) if cause.contains("impossible shape")));
        // What is not read takes nothing.
        assert_eq!(check(1 << 40, Dtype::Other("complex64".into()), 0), Ok(()));
    }
}
