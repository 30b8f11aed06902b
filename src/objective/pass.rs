//! How a pass goes over the data.

use std::ops::Range;

use rayon::prelude::*;

use super::{chunks::Chunks, error::Result, interrupt::Interrupt, subset::Subset};
use crate::net::Statistics;

/// How a pass goes over a subset.
#[derive(Clone)]
pub(super) struct Pass {
    pub subset: Subset,
    /// What is taken together; with batch statistics, what they are of.
    pub batches: Vec<Range<usize>>,
    pub statistics: Statistics,
}

impl Pass {
    /// Over all `count` examples of a subset in stretches of `size`.
    pub fn over(subset: Subset, count: usize, size: usize, statistics: Statistics) -> Pass {
        let batches = Chunks { count, size: size.max(1) }.all().collect();
        Pass { subset, batches, statistics }
    }

    /// Whether no batch has more examples than `count`.
    pub fn is_within(&self, count: usize) -> bool {
        self.batches.iter().all(|batch| batch.len() <= count)
    }

    /// Examples in the largest batch.
    pub fn largest(&self) -> Option<usize> {
        self.batches.iter().map(Range::len).max()
    }
}

/// What `f` makes of every item, in their order; on several threads if they may go side by side. Looks at the interrupt
/// before each.
pub(super) fn each<T: Sync, R: Send>(
    items: &[T],
    side_by_side: bool,
    interrupt: &Interrupt,
    f: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let step = |item: &T| {
        interrupt.check()?;
        f(item)
    };
    if side_by_side { items.par_iter().map(step).collect() } else { items.iter().map(step).collect() }
}
