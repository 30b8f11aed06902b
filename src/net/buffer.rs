//! Buffers of f32 that are used again instead of given back to the system: fresh pages cost more than the arithmetic on
//! them. Every thread keeps a few. They begin where a vector may begin.

use std::{
    cell::RefCell,
    ops::{Deref, DerefMut},
};

use bytemuck::{Pod, Zeroable};

/// Lines of the cache that a thread keeps at most, 64 MiB.
const KEPT: usize = 1 << 20;

/// Buffers from 64 MiB on are asked for with care.
const LARGE: usize = 1 << 20;

/// What the cache loads at once. A vector across two of them costs two loads.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; 16]);

thread_local! {
    static SPARE: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer from the thread's store, which goes back there when dropped.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// All of it is initialised, so that using it again writes nothing; the first `len` numbers are in use.
    lines: Vec<Line>,
    len: usize,
}

impl Buffer {
    /// `len` numbers of any value: the caller writes them all.
    pub fn any(len: usize) -> Buffer {
        let lines = len.div_ceil(16);
        let spare = SPARE.with_borrow_mut(|spare| {
            let fits = |v: &Vec<Line>| v.len() >= lines && v.len() <= 4 * lines.max(64);
            spare.iter().rposition(fits).map(|i| spare.swap_remove(i))
        });
        Buffer { lines: spare.unwrap_or_else(|| fresh(lines)), len }
    }
}

/// Lines that were not there before. Where there is no room for them, the work ends and not the program.
///
/// # Panics
/// When the system has no memory left, with the amount that was asked for.
fn fresh(lines: usize) -> Vec<Line> {
    // What is zero already is had from the system without writing it, so the room is only asked for where it may be short.
    if lines > LARGE {
        let mut room: Vec<Line> = Vec::new();
        let had = room.try_reserve_exact(lines);
        assert!(
            had.is_ok(),
            "there is no memory for {} MiB more; close other programs, or use fewer images or a smaller network",
            lines >> 14
        );
    }
    bytemuck::zeroed_vec(lines)
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
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return;
        }
        // At the end of a thread its store may be gone already: then the buffer just goes.
        SPARE
            .try_with(|spare| {
                let mut spare = spare.borrow_mut();
                let kept: usize = spare.iter().map(Vec::len).sum();
                if kept + lines.len() <= KEPT {
                    spare.push(lines);
                }
            })
            .ok();
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_used_again() {
        let first = Buffer::any(5000);
        let place = first.as_ptr();
        drop(first);
        let second = Buffer::any(4000);
        assert_eq!((second.as_ptr(), second.len()), (place, 4000));
        let mut third = second;
        third.fill(1.0);
        assert_eq!(*third, [1.0; 4000]);
    }
}
