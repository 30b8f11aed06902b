//! The images of a subset, as they lie in memory.

use std::ops::Range;

use super::subset::Subset;
use crate::data::Dataset;

/// `[N, C, H, W]`, row-major.
#[derive(Clone, Copy)]
pub(super) struct Images<'a> {
    values: &'a [f32],
    /// `[C, H, W]`
    pub shape: [usize; 3],
}

impl<'a> Images<'a> {
    pub fn of(data: &'a Dataset, subset: Subset) -> Images<'a> {
        Images { values: &subset.of(data).images, shape: data.shape }
    }

    /// Memory that they take.
    pub fn bytes(self) -> usize {
        size_of_val(self.values)
    }

    /// Numbers per example.
    pub fn example(self) -> usize {
        self.shape.iter().product()
    }

    /// Those of a stretch.
    pub fn stretch(self, range: &Range<usize>) -> &'a [f32] {
        let size = self.example();
        &self.values[range.start * size..range.end * size]
    }

    /// Those at `indices`, in that order.
    pub fn at(self, indices: &[u32]) -> Vec<f32> {
        let size = self.example();
        let mut values = Vec::with_capacity(indices.len() * size);
        for &i in indices {
            values.extend_from_slice(&self.values[i as usize * size..][..size]);
        }
        values
    }
}
