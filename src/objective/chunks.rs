//! How a subset is cut where nothing else is asked for.

use std::ops::Range;

/// A subset of `count` examples in chunks of `size`; the last one may be smaller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    pub count: usize,
    pub size: usize,
}

impl Chunks {
    /// All chunks in order.
    pub fn all(self) -> impl Iterator<Item = Range<usize>> {
        (0..self.count.div_ceil(self.size)).map(move |chunk| self.range(chunk))
    }

    fn range(self, chunk: usize) -> Range<usize> {
        let start = chunk * self.size;
        start..start.saturating_add(self.size).min(self.count)
    }

    /// The chunk that is exactly this stretch.
    pub fn exactly(self, stretch: &Range<usize>) -> Option<usize> {
        let chunk = stretch.start / self.size;
        (self.range(chunk) == *stretch).then_some(chunk)
    }

    /// The chunks that this stretch is made of, when it cuts none.
    pub fn whole(self, stretch: &Range<usize>) -> Option<Range<usize>> {
        let aligned = stretch.start.is_multiple_of(self.size)
            && (stretch.end.is_multiple_of(self.size) || stretch.end == self.count);
        aligned.then(|| stretch.start / self.size..stretch.end.div_ceil(self.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_one_chunk_or_several_or_cuts_one() {
        let chunks = Chunks { count: 10, size: 4 };
        assert_eq!(chunks.all().collect::<Vec<_>>(), [0..4, 4..8, 8..10]);
        assert_eq!([0..4, 8..10, 8..9, 0..8].map(|stretch| chunks.exactly(&stretch)), [Some(0), Some(2), None, None]);
        let whole = [0..4, 4..10, 0..8, 2..8, 0..9].map(|stretch| chunks.whole(&stretch));
        assert_eq!(whole, [Some(0..1), Some(1..3), Some(0..2), None, None]);
        assert_eq!(Chunks { count: 0, size: 4 }.all().count(), 0);
    }
}
