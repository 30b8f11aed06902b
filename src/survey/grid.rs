//! The places of a plane, and an order that shows all of it early.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::axis::Axis;

/// The places (a, b) of a plane. Lists over a grid run along a first: place (i, j) is number j · count(a) + i.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Sides", into = "Sides")]
pub struct Grid {
    a: Axis,
    b: Axis,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sides {
    a: Axis,
    b: Axis,
}

/// A grid too large to be measured.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a grid of {a} × {b} points is too large; give at most {max} points in all", max = Grid::MAX_POINTS)]
pub struct GridError {
    a: usize,
    b: usize,
}

/// One place of a grid: column `i` along a, row `j` along b, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Node {
    pub i: usize,
    pub j: usize,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.i, self.j)
    }
}

impl Grid {
    /// Places a grid may have: 4096 × 4096.
    pub const MAX_POINTS: usize = 1 << 24;

    /// A grid of two sides.
    ///
    /// # Errors
    /// When it has more than [`Grid::MAX_POINTS`] places.
    pub fn new(a: Axis, b: Axis) -> Result<Grid, GridError> {
        if a.count() * b.count() > Self::MAX_POINTS {
            return Err(GridError { a: a.count(), b: b.count() });
        }
        Ok(Grid { a, b })
    }

    /// The first coordinate's places.
    pub fn a(&self) -> &Axis {
        &self.a
    }

    /// The second coordinate's places.
    pub fn b(&self) -> &Axis {
        &self.b
    }

    /// How many places.
    pub fn count(&self) -> usize {
        self.a.count() * self.b.count()
    }

    /// The coordinates (a, b) of a node, each computed from its index; exactly (0, 0) in the middle of an odd symmetric
    /// grid.
    pub fn at(&self, node: Node) -> (f64, f64) {
        (self.a.at(node.i), self.b.at(node.j))
    }

    /// The place of a node in lists; `None` outside the grid.
    pub fn index(&self, node: Node) -> Option<usize> {
        (node.i < self.a.count() && node.j < self.b.count()).then(|| node.j * self.a.count() + node.i)
    }

    pub(super) fn node(&self, index: usize) -> Node {
        Node { i: index % self.a.count(), j: index / self.a.count() }
    }

    /// Every node once, coarse to fine: first the middle, then ever finer uniform subgrids around it, each holding the
    /// ones before; within a subgrid row by row.
    pub fn order(&self) -> Vec<Node> {
        self.levels().0
    }

    /// The order, and after how many points each subgrid is whole.
    pub(super) fn levels(&self) -> (Vec<Node>, Vec<usize>) {
        let (na, nb) = (self.a.count(), self.b.count());
        let middle = Node { i: (na - 1) / 2, j: (nb - 1) / 2 };
        let mut order = Vec::with_capacity(self.count());
        let mut whole = Vec::new();
        let coarsest = na.max(nb).next_power_of_two();
        let mut stride = coarsest;
        while stride > 0 {
            // A place belongs to the subgrid whose middle is this many strides away, whatever their number.
            let within = |n: usize, middle: usize, stride: usize| (middle % stride..n).step_by(stride);
            let coarser = |n: Node| {
                n.i % (2 * stride) == middle.i % (2 * stride) && n.j % (2 * stride) == middle.j % (2 * stride)
            };
            for j in within(nb, middle.j, stride) {
                for i in within(na, middle.i, stride) {
                    let node = Node { i, j };
                    if stride == coarsest || !coarser(node) {
                        order.push(node);
                    }
                }
            }
            whole.push(order.len());
            stride /= 2;
        }
        whole.dedup();
        (order, whole)
    }
}

impl TryFrom<Sides> for Grid {
    type Error = GridError;

    fn try_from(s: Sides) -> Result<Self, GridError> {
        Grid::new(s.a, s.b)
    }
}

impl From<Grid> for Sides {
    fn from(g: Grid) -> Sides {
        Sides { a: g.a, b: g.b }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use proptest::prelude::*;

    use super::*;

    fn grid(na: usize, nb: usize) -> Grid {
        Grid::new(Axis::new(-1.0, 1.0, na).unwrap(), Axis::new(-2.0, 2.0, nb).unwrap()).unwrap()
    }

    /// The spacing of rising numbers, if it is one.
    fn spacing(places: &BTreeSet<usize>) -> Option<usize> {
        let places: Vec<usize> = places.iter().copied().collect();
        let gaps: HashSet<usize> = places.windows(2).map(|p| p[1] - p[0]).collect();
        match gaps.len() {
            0 => Some(0),
            1 => gaps.into_iter().next(),
            _ => None,
        }
    }

    fn check_order(na: usize, nb: usize) {
        let grid = grid(na, nb);
        let (order, whole) = grid.levels();
        assert_eq!(order.iter().collect::<HashSet<_>>().len(), na * nb, "every node");
        assert_eq!(order.len(), na * nb, "once");
        assert_eq!((order[0], whole[0]), (Node { i: (na - 1) / 2, j: (nb - 1) / 2 }, 1), "the middle first");
        assert_eq!(whole.last(), Some(&(na * nb)));
        for n in &whole {
            let rows: BTreeSet<usize> = order[..*n].iter().map(|n| n.j).collect();
            let columns: BTreeSet<usize> = order[..*n].iter().map(|n| n.i).collect();
            assert_eq!(rows.len() * columns.len(), *n, "{na}×{nb}: the first {n} are a rectangle");
            assert!(spacing(&rows).is_some() && spacing(&columns).is_some(), "{na}×{nb}: {n} evenly spaced");
        }
    }

    #[test]
    fn a_21_by_21_grid_is_first_seen_at_25_points() {
        let (order, whole) = grid(21, 21).levels();
        assert_eq!(whole, [1, 9, 25, 121, 441]);
        let columns: BTreeSet<usize> = order[..25].iter().map(|n| n.i).collect();
        assert_eq!(columns.into_iter().collect::<Vec<_>>(), [2, 6, 10, 14, 18]);
        assert_eq!(grid(21, 21).at(order[0]), (0.0, 0.0));
        for (na, nb) in [(2, 2), (2, 9), (51, 51), (64, 31), (7, 300), (256, 256)] {
            check_order(na, nb);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
        #[test]
        fn the_order_is_a_permutation_of_nested_subgrids(na in 2..70usize, nb in 2..70usize) {
            check_order(na, nb);
        }
    }

    #[test]
    fn grids_survive_json_and_stay_small() {
        let json = serde_json::to_string(&grid(21, 5)).unwrap();
        assert_eq!(json, r#"{"a":"-1:1:21","b":"-2:2:5"}"#);
        assert_eq!(serde_json::from_str::<Grid>(&json).unwrap(), grid(21, 5));
        let huge = serde_json::from_str::<Grid>(r#"{"a":"0:1:60000","b":"0:1:60000"}"#).unwrap_err();
        assert!(huge.to_string().contains("too large"), "{huge}");
    }
}
