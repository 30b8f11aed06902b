//! Buffers of f32 that are used again instead of given back to the system: fresh pages cost more than the arithmetic on
//! them. Every thread keeps a few.

use std::{
    cell::RefCell,
    ops::{Deref, DerefMut},
};

/// Numbers that a thread keeps at most, 64 MiB.
const KEPT: usize = 16 << 20;

/// Buffers from 64 MiB on are asked for with care.
const LARGE: usize = 16 << 20;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer from the thread's store, which goes back there when dropped.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// All of it is initialised, so that using it again writes nothing; the first `len` numbers are in use.
    values: Vec<f32>,
    len: usize,
}

impl Buffer {
    /// `len` numbers of any value: the caller writes them all.
    pub fn any(len: usize) -> Buffer {
        let spare = SPARE.with_borrow_mut(|spare| {
            let fits = |v: &Vec<f32>| v.len() >= len && v.len() <= 4 * len.max(1024);
            spare.iter().rposition(fits).map(|i| spare.swap_remove(i))
        });
        Buffer { values: spare.unwrap_or_else(|| fresh(len)), len }
    }

    /// `len` zeros.
    pub fn zeros(len: usize) -> Buffer {
        let mut buffer = Buffer::any(len);
        buffer.fill(0.0);
        buffer
    }

    /// The numbers, out of the store for good.
    pub fn into_vec(mut self) -> Vec<f32> {
        let mut values = std::mem::take(&mut self.values);
        values.truncate(self.len);
        values
    }
}

/// Numbers that were not there before. Where there is no room for them, the work ends and not the program.
///
/// # Panics
/// When the system has no memory left, with the amount that was asked for.
fn fresh(len: usize) -> Vec<f32> {
    // What is zero already is had from the system without writing it, so the room is only asked for where it may be short.
    if len > LARGE {
        let mut room: Vec<f32> = Vec::new();
        let had = room.try_reserve_exact(len);
        assert!(
            had.is_ok(),
            "there is no memory for {} MiB more; close other programs, or use fewer images or a smaller network",
            len >> 18
        );
    }
    vec![0.0; len]
}

impl Clone for Buffer {
    fn clone(&self) -> Buffer {
        let mut copy = Buffer::any(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.values);
        if values.is_empty() {
            return;
        }
        // At the end of a thread its store may be gone already: then the buffer just goes.
        SPARE
            .try_with(|spare| {
                let mut spare = spare.borrow_mut();
                let kept: usize = spare.iter().map(Vec::len).sum();
                if kept + values.len() <= KEPT {
                    spare.push(values);
                }
            })
            .ok();
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_used_again() {
        let first = Buffer::zeros(5000);
        let place = first.as_ptr();
        drop(first);
        let second = Buffer::any(4000);
        assert_eq!((second.as_ptr(), second.len()), (place, 4000));
        let mut third = second;
        third.fill(1.0);
        assert!(Buffer::zeros(4000).iter().all(|x| *x == 0.0));
        assert_eq!(third.into_vec(), vec![1.0; 4000]);
    }
}
