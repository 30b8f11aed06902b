//! Iterations that were pinned, to be looked at closely.

use super::store::Store;

/// Pinned iterations, one of them in front.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    /// Rising.
    pinned: Vec<u64>,
    current: Option<u64>,
    /// What was unpinned, together what went together, newest last.
    unpinned: Vec<Vec<u64>>,
    /// What the last click has pinned, and which was in front before it.
    clicked: Option<(u64, Option<u64>)>,
}

impl Pins {
    /// All of them, rising.
    pub fn all(&self) -> &[u64] {
        &self.pinned
    }

    /// The one in front.
    pub fn current(&self) -> Option<u64> {
        self.current
    }

    /// Pins an iteration, if it is not yet, and brings it to the front.
    pub fn pin(&mut self, t: u64) {
        if let Err(place) = self.pinned.binary_search(&t) {
            self.pinned.insert(place, t);
        }
        self.current = Some(t);
        self.clicked = None;
    }

    /// The same by a click, which may turn out to be the first half of a double click.
    pub fn click(&mut self, t: u64) {
        let (is_new, before) = (self.pinned.binary_search(&t).is_err(), self.current);
        self.pin(t);
        self.clicked = is_new.then_some((t, before));
    }

    /// Takes the last click back: it was half of a double click.
    pub fn unclick(&mut self) {
        if let Some((t, before)) = self.clicked.take() {
            self.pinned.retain(|other| *other != t);
            self.current = before;
        }
    }

    /// Brings one to the front.
    pub fn choose(&mut self, t: u64) {
        if self.pinned.contains(&t) {
            self.current = Some(t);
        }
    }

    /// Unpins one; a neighbour comes to the front in its place.
    pub fn unpin(&mut self, t: u64) {
        let Ok(place) = self.pinned.binary_search(&t) else { return };
        self.pinned.remove(place);
        self.unpinned.push(vec![t]);
        self.clicked = None;
        if self.current == Some(t) {
            self.current = self.pinned.get(place).or(self.pinned.last()).copied();
        }
    }

    /// Unpins all.
    pub fn clear(&mut self) {
        if !self.pinned.is_empty() {
            self.unpinned.push(std::mem::take(&mut self.pinned));
        }
        (self.current, self.clicked) = (None, None);
    }

    /// Whether there is anything to bring back.
    pub fn can_bring_back(&self) -> bool {
        !self.unpinned.is_empty()
    }

    /// Pins again what was unpinned last.
    pub fn bring_back(&mut self) {
        let back = self.unpinned.pop().unwrap_or_default();
        back.into_iter().rev().for_each(|t| self.pin(t));
    }

    /// Brings the next one to the front, or the one before; at the ends nothing moves.
    pub fn step(&mut self, forwards: bool) {
        let Some(at) = self.current.and_then(|t| self.pinned.binary_search(&t).ok()) else { return };
        let next = if forwards { Some(at + 1) } else { at.checked_sub(1) };
        if let Some(t) = next.and_then(|k| self.pinned.get(k)) {
            self.current = Some(*t);
        }
    }
}

/// The iteration that a click at x means: of all slices of the runs that are shown, the one that x lies on or else the nearest.
pub fn meant(store: &Store, x: f64) -> Option<u64> {
    let distance = |t: u64| (t as f64 + 0.5 - x).abs();
    let nearest = store.shown().filter_map(|(_, history)| {
        let slices = history.slices();
        let after = slices.partition_point(|s| s.t as f64 <= x);
        let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|k| slices.get(k));
        near.map(|s| s.t).min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
    });
    nearest.min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::synthetic::bounce;

    fn pinned(all: &[u64]) -> Pins {
        let mut pins = Pins::default();
        all.iter().for_each(|t| pins.pin(*t));
        pins
    }

    #[test]
    fn pins_are_in_order_and_the_last_one_is_in_front() {
        let mut pins = pinned(&[30, 10, 20, 10]);
        assert_eq!((pins.all(), pins.current()), ([10, 20, 30].as_slice(), Some(10)));
        pins.step(false);
        assert_eq!(pins.current(), Some(10));
        pins.step(true);
        pins.step(true);
        pins.step(true);
        assert_eq!(pins.current(), Some(30));
        pins.choose(99);
        assert_eq!(pins.current(), Some(30));
    }

    #[test]
    fn what_was_unpinned_comes_back() {
        let mut pins = pinned(&[10, 20, 30]);
        pins.choose(20);
        pins.unpin(20);
        assert_eq!((pins.all(), pins.current()), ([10, 30].as_slice(), Some(30)));
        pins.clear();
        assert_eq!((pins.all(), pins.current()), ([].as_slice(), None));
        pins.bring_back();
        assert_eq!((pins.all(), pins.current()), ([10, 30].as_slice(), Some(10)));
        pins.bring_back();
        assert_eq!((pins.all(), pins.current()), ([10, 20, 30].as_slice(), Some(20)));
        assert!(!pins.can_bring_back());
        pins.bring_back();
        assert_eq!(pins.all().len(), 3);
    }

    #[test]
    fn a_double_click_pins_nothing() {
        let mut pins = pinned(&[10]);
        pins.click(20);
        pins.unclick();
        assert_eq!((pins.all(), pins.current()), ([10].as_slice(), Some(10)));
        pins.click(10);
        pins.unclick();
        assert_eq!(pins.all(), [10], "what was pinned before stays");
        assert!(!pins.can_bring_back());
    }

    #[test]
    fn a_click_means_the_slice_under_it() {
        let mut store = Store::default();
        assert_eq!(meant(&store, 3.0), None);
        store.insert(std::path::Path::new("a.valley"), bounce(30, 1));
        for (x, t) in [(3.0, 3), (3.9, 3), (-7.0, 0), (99.0, 29)] {
            assert_eq!(meant(&store, x), Some(t), "{x}");
        }
    }
}
