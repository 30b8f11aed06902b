//! A min/max pyramid over a growing series, so that a million points draw as fast as a thousand and no spike is lost.
//!
//! The pyramid holds no points, only summaries: level 0 summarises 16 points per node, level 1 sixteen of those nodes,
//! and so on. A query reads the ragged ends from the points and everything between from the highest level that fits.
//! A point is `None` when it was not measured (the line passes over it) and non-finite when it was measured and is
//! not a number (the line breaks there, and it is counted).

use std::ops::Range;

/// Points per node, and nodes per node of the next level.
pub const BLOCK: usize = 16;

/// What is known about a range of points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Smallest finite value; `+∞` when there is none.
    pub min: f64,
    /// Largest finite value; `−∞` when there is none.
    pub max: f64,
    /// Points that were measured and are not finite.
    pub non_finite: u32,
}

impl Extent {
    /// The extent of no points.
    pub const EMPTY: Extent = Extent { min: f64::INFINITY, max: f64::NEG_INFINITY, non_finite: 0 };

    fn of(value: Option<f64>) -> Extent {
        match value {
            None => Extent::EMPTY,
            Some(y) if y.is_finite() => Extent { min: y, max: y, non_finite: 0 },
            Some(_) => Extent { non_finite: 1, ..Extent::EMPTY },
        }
    }

    fn merge(&mut self, other: Extent) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.non_finite = self.non_finite.saturating_add(other.non_finite);
    }

    /// Whether there is a finite value.
    pub fn has_finite(&self) -> bool {
        self.min <= self.max
    }

    /// Whether anything was measured at all.
    pub fn has_measured(&self) -> bool {
        self.has_finite() || self.non_finite > 0
    }
}

/// All that a line drawer needs to know about the points that fall on one pixel column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// The first measured point, so that the line joins the column before: index and value.
    pub first: Option<(usize, f64)>,
    /// The last measured point.
    pub last: Option<(usize, f64)>,
    pub extent: Extent,
}

/// The pyramid. It does not own the points: every query is handed the function that reads point `i`.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    levels: Vec<Vec<Extent>>,
    len: usize,
}

impl Envelope {
    /// Points pushed so far.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds the next point; touches one node per level.
    pub fn push(&mut self, value: Option<f64>) {
        let point = Extent::of(value);
        let mut node = self.len / BLOCK;
        self.len += 1;
        for depth in 0.. {
            if depth == self.levels.len() {
                let top = match self.levels.last() {
                    None => point,
                    // One node on top already summarises everything.
                    Some(below) if below.len() == 1 => break,
                    Some(below) => below.iter().fold(Extent::EMPTY, |mut all, e| {
                        all.merge(*e);
                        all
                    }),
                };
                self.levels.push(vec![top]);
            } else {
                let level = &mut self.levels[depth];
                match level.get_mut(node) {
                    Some(extent) => extent.merge(point),
                    None => level.push(point),
                }
            }
            node /= BLOCK;
        }
    }

    /// Minimum, maximum and non-finite count of a range of points, in O(log n).
    pub fn extent(&self, range: Range<usize>, y: impl Fn(usize) -> Option<f64>) -> Extent {
        let (mut from, mut to) = (range.start, range.end.min(self.len));
        let mut all = Extent::EMPTY;
        // Depth 0 is the points themselves; depth d > 0 is level d − 1.
        for depth in 0..=self.levels.len() {
            let at = |i: usize| if depth == 0 { Extent::of(y(i)) } else { self.levels[depth - 1][i] };
            let top = depth == self.levels.len();
            while from < to && (top || !from.is_multiple_of(BLOCK)) {
                all.merge(at(from));
                from += 1;
            }
            while from < to && !to.is_multiple_of(BLOCK) {
                to -= 1;
                all.merge(at(to));
            }
            if from >= to {
                break;
            }
            (from, to) = (from / BLOCK, to / BLOCK);
        }
        all
    }

    /// Whether the aligned block of the largest size that starts (or ends) at `edge` is known to be unmeasured.
    fn unmeasured_block(&self, edge: usize, node: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        if !edge.is_multiple_of(BLOCK) {
            return None;
        }
        let mut size = BLOCK;
        let mut found = None;
        for level in &self.levels {
            if !edge.is_multiple_of(size) {
                break;
            }
            match node(size).and_then(|i| level.get(i)) {
                Some(extent) if !extent.has_measured() => found = Some(size),
                _ => break,
            }
            size *= BLOCK;
        }
        found
    }

    /// The first measured point of a range; skips unmeasured stretches by whole blocks.
    pub fn first_measured(&self, range: Range<usize>, y: impl Fn(usize) -> Option<f64>) -> Option<(usize, f64)> {
        let (mut i, end) = (range.start, range.end.min(self.len));
        while i < end {
            match self.unmeasured_block(i, |size| Some(i / size)) {
                Some(size) => i += size,
                None => match y(i) {
                    Some(value) => return Some((i, value)),
                    None => i += 1,
                },
            }
        }
        None
    }

    /// The last measured point of a range.
    pub fn last_measured(&self, range: Range<usize>, y: impl Fn(usize) -> Option<f64>) -> Option<(usize, f64)> {
        let (start, mut end) = (range.start, range.end.min(self.len));
        while start < end {
            match self.unmeasured_block(end, |size| (end / size).checked_sub(1)) {
                Some(size) => end = end.saturating_sub(size),
                None => match y(end - 1) {
                    Some(value) => return Some((end - 1, value)),
                    None => end -= 1,
                },
            }
        }
        None
    }

    /// The points of a range seen as one pixel column.
    pub fn column(&self, range: Range<usize>, y: impl Fn(usize) -> Option<f64>) -> Column {
        Column {
            first: self.first_measured(range.clone(), &y),
            last: self.last_measured(range.clone(), &y),
            extent: self.extent(range, &y),
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(|level| level.capacity() * size_of::<Extent>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pyramid(points: &[Option<f64>]) -> Envelope {
        let mut envelope = Envelope::default();
        points.iter().for_each(|p| envelope.push(*p));
        envelope
    }

    fn naive(points: &[Option<f64>], offset: usize) -> Column {
        let mut extent = Extent::EMPTY;
        points.iter().for_each(|p| extent.merge(Extent::of(*p)));
        let found = |i: usize| points[i].map(|y| (offset + i, y));
        Column { first: (0..points.len()).find_map(found), last: (0..points.len()).rev().find_map(found), extent }
    }

    /// NaN equals nothing; compare bits instead.
    fn same(a: &Column, b: &Column) -> bool {
        let bits = |p: Option<(usize, f64)>| p.map(|(i, y)| (i, y.to_bits()));
        bits(a.first) == bits(b.first) && bits(a.last) == bits(b.last) && a.extent == b.extent
    }

    fn point() -> impl Strategy<Value = Option<f64>> {
        prop_oneof![
            6 => (-1e3..1e3f64).prop_map(Some),
            1 => Just(Some(f64::NAN)),
            1 => Just(Some(f64::INFINITY)),
            8 => Just(None),
        ]
    }

    /// Runs of equal kind, long enough that whole blocks are unmeasured.
    fn points() -> impl Strategy<Value = Vec<Option<f64>>> {
        prop::collection::vec((point(), 1usize..400), 0..12)
            .prop_map(|runs| runs.into_iter().flat_map(|(p, n)| std::iter::repeat_n(p, n)).collect())
    }

    proptest! {
        #[test]
        fn columns_equal_the_naive_scan(points in points(), a in 0usize..5000, b in 0usize..5000, columns in 1usize..80) {
            let envelope = pyramid(&points);
            let range = a.min(b).min(points.len())..a.max(b).min(points.len());
            let n = columns.min(range.len());
            for c in 0..n {
                let (from, to) = (range.start + range.len() * c / n, range.start + range.len() * (c + 1) / n);
                let column = envelope.column(from..to, |i| points[i]);
                prop_assert!(same(&column, &naive(&points[from..to], from)), "column {} of {:?}", c, range);
            }
        }

        #[test]
        fn mixed_points_equal_the_naive_scan(points in prop::collection::vec(point(), 0..900), a in 0usize..900, b in 0usize..900) {
            let envelope = pyramid(&points);
            let range = a.min(b).min(points.len())..a.max(b).min(points.len());
            prop_assert!(same(&envelope.column(range.clone(), |i| points[i]), &naive(&points[range.clone()], range.start)));
        }
    }
}
