//! A plane as it is measured: what comes next, and what was found.

use std::collections::VecDeque;

use super::{
    grid::{Grid, Node},
    measured::Measured,
};

/// One measured place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanePoint {
    pub node: Node,
    pub measured: Measured,
}

/// What is shown at a place of a plane that may not be measured yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    pub measured: Measured,
    /// Whether it was measured here; else it is borrowed from the nearest measured place.
    pub here: bool,
}

/// A plane while it is measured.
#[derive(Clone, Debug)]
pub struct Plane {
    grid: Grid,
    order: Vec<Node>,
    /// After how many points of the order a subgrid is whole.
    whole: Vec<usize>,
    values: Vec<Option<Measured>>,
    /// Everything before this place of the order is measured.
    reached: usize,
    count: usize,
}

impl Plane {
    /// A plane of which nothing is measured yet.
    pub fn new(grid: Grid) -> Plane {
        let (order, whole) = grid.levels();
        Plane { grid, order, whole, values: vec![None; grid.count()], reached: 0, count: 0 }
    }

    /// The places.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The next `n` nodes to measure, coarse to fine; fewer when fewer are left, none when the plane is done. Asking does
    /// not promise: the same nodes are named until they are recorded.
    pub fn next(&self, n: usize) -> Vec<Node> {
        self.order[self.reached..].iter().filter(|node| self.get(**node).is_none()).take(n).copied().collect()
    }

    /// Takes a measurement; false, and nothing is changed, when the node lies outside or was measured before.
    pub fn record(&mut self, node: Node, measured: Measured) -> bool {
        let Some(index) = self.grid.index(node) else { return false };
        if self.values[index].is_some() {
            return false;
        }
        self.values[index] = Some(measured);
        self.count += 1;
        while self.order.get(self.reached).is_some_and(|n| self.get(*n).is_some()) {
            self.reached += 1;
        }
        true
    }

    /// What was measured at a node.
    pub fn get(&self, node: Node) -> Option<&Measured> {
        self.values.get(self.grid.index(node)?)?.as_ref()
    }

    /// Every place in the grid's order; `None` where nothing is measured.
    pub fn values(&self) -> &[Option<Measured>] {
        &self.values
    }

    /// How many places are measured, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.count, self.grid.count())
    }

    /// Whether every place is measured.
    pub fn is_done(&self) -> bool {
        self.count == self.grid.count()
    }

    /// How many places the finest subgrid has that is measured whole: a uniform picture of the plane.
    pub fn coarse_points(&self) -> usize {
        self.whole.iter().copied().take_while(|n| *n <= self.reached).last().unwrap_or(0)
    }

    /// Every place in the grid's order, filled from the nearest measured place (by the larger of the two index
    /// distances) until its own number is there. Empty when nothing is measured.
    pub fn coarse_values(&self) -> Vec<Shown> {
        let mut shown: Vec<Option<Shown>> =
            self.values.iter().map(|v| v.map(|measured| Shown { measured, here: true })).collect();
        let mut front: VecDeque<usize> = (0..shown.len()).filter(|k| shown[*k].is_some()).collect();
        // All measured places spread at the same pace: whoever arrives first is nearest.
        while let Some(from) = front.pop_front() {
            let Some(Shown { measured, .. }) = shown[from] else { continue };
            let Node { i, j } = self.grid.node(from);
            for j in j.saturating_sub(1)..=j + 1 {
                for i in i.saturating_sub(1)..=i + 1 {
                    if let Some(to) = self.grid.index(Node { i, j }).filter(|k| shown[*k].is_none()) {
                        shown[to] = Some(Shown { measured, here: false });
                        front.push_back(to);
                    }
                }
            }
        }
        shown.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{probe::Evaluation, survey::Axis};

    fn grid(na: usize, nb: usize) -> Grid {
        Grid::new(Axis::new(-1.0, 1.0, na).unwrap(), Axis::new(-2.0, 2.0, nb).unwrap()).unwrap()
    }

    fn measured(loss: f64) -> Measured {
        Measured { train: Evaluation { loss, error: 0.5 }, test: None }
    }

    #[test]
    fn a_plane_is_measured_once_everywhere() {
        let grid = grid(9, 6);
        let mut plane = Plane::new(grid);
        assert!(plane.coarse_values().is_empty());
        let mut seen = Vec::new();
        while !plane.is_done() {
            let batch = plane.next(4);
            assert_eq!(batch, plane.next(4), "asking changes nothing");
            for node in batch {
                seen.push(node);
                let (a, b) = grid.at(node);
                assert!(plane.record(node, measured(a + 10.0 * b)));
                assert!(!plane.record(node, measured(7.0)), "once");
            }
            assert_eq!(plane.progress(), (seen.len(), 54));
        }
        assert_eq!(seen, grid.order());
        assert!(plane.next(1).is_empty() && !plane.record(Node { i: 9, j: 0 }, measured(0.0)));
        for j in 0..6 {
            for i in 0..9 {
                let value = plane.values()[j * 9 + i].unwrap().train.loss;
                assert_eq!(value, grid.a().at(i) + 10.0 * grid.b().at(j), "along a first");
            }
        }
        assert_eq!(plane.coarse_values().iter().filter(|s| s.here).count(), 54);
    }

    #[test]
    fn a_resumed_plane_asks_for_the_rest_only() {
        let grid = grid(11, 11);
        let mut plane = Plane::new(grid);
        let order = grid.order();
        // As a file gives them: by place, with holes.
        for node in order[..40].iter().filter(|n| (n.i + n.j) % 3 > 0).rev() {
            assert!(plane.record(*node, measured(1.0)));
        }
        let left: Vec<Node> = order.iter().filter(|n| plane.get(**n).is_none()).copied().collect();
        assert_eq!(plane.next(1000), left);
        assert_eq!(plane.next(7), left[..7]);
    }

    #[test]
    fn what_is_not_measured_is_filled_from_the_nearest_and_marked() {
        let grid = grid(21, 21);
        let mut plane = Plane::new(grid);
        for node in grid.order().into_iter().take(25) {
            plane.record(node, measured((100 * node.j + node.i) as f64));
        }
        assert_eq!(plane.coarse_points(), 25);
        let shown = plane.coarse_values();
        assert_eq!(shown.len(), 441);
        let places: Vec<usize> = vec![2, 6, 10, 14, 18];
        let nearest = |n: usize| places.iter().map(|p| p.abs_diff(n)).min().unwrap();
        for (k, s) in shown.iter().enumerate() {
            let Node { i, j } = grid.node(k);
            let (from_j, from_i) = (s.measured.train.loss as usize / 100, s.measured.train.loss as usize % 100);
            let far = i.abs_diff(from_i).max(j.abs_diff(from_j));
            assert_eq!(far, nearest(i).max(nearest(j)), "({i}, {j}) from ({from_i}, {from_j})");
            assert_eq!(s.here, far == 0);
        }
        assert_eq!(shown, plane.coarse_values());
        plane.record(grid.order()[25], measured(f64::NAN));
        assert_eq!(plane.coarse_points(), 25, "the next subgrid is not whole");
        assert_eq!(plane.coarse_values().iter().filter(|s| s.here).count(), 26, "NaN is a measurement");
    }
}
