//! One quantity of a run as a series of points (x, y), read straight from the records.

use super::{
    envelope::Envelope,
    quantity::{Quantity, Source},
    store::History,
};
use crate::probe::{SLICE_POINTS, SliceRecord, StepRecord, slice_alpha};

/// What x means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Iterations; a point between θ_t and θ_{t+1} lies at t + α.
    Iteration,
    /// Epochs, 0 being the starting point.
    Epoch,
}

/// A quantity point by point. x never decreases.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    history: &'a History,
    quantity: Quantity,
    axis: Axis,
    len: usize,
    /// Records further apart than this have others missing between them.
    every: u64,
}

impl<'a> Series<'a> {
    pub(super) fn new(history: &'a History, quantity: Quantity, axis: Axis) -> Self {
        let probes = &history.manifest().spec.probes;
        let (step_every, slice_every) = (probes.step_every.max(1), probes.slice_every.max(1));
        let every = match (quantity.source(), axis) {
            (_, Axis::Epoch) => 1,
            // Slices that do not touch are never joined: no loss was measured between them.
            (Source::SlicePoints, _) => 1,
            (Source::Slices, _) => slice_every,
            (Source::Barriers, _) => u64::MAX,
            (Source::Epochs, _) => u64::MAX,
            // The loss at an iterate is a by-product of its slice, and as rare.
            (Source::Steps, _) if quantity == Quantity::LOSS && probes.slice => common(step_every, slice_every),
            (Source::Steps, _) => quantity.probe().map_or(step_every, |id| history.interval(id)),
            (Source::SlicesWithSteps, _) => common(step_every, slice_every),
        };
        let len = match (quantity.source(), axis) {
            (Source::Epochs, _) => history.epochs().len(),
            (_, Axis::Epoch) => 0,
            (Source::SlicePoints, _) => history.slices().len() * SLICE_POINTS,
            (Source::Slices, _) => history.slices().len(),
            (Source::Barriers, _) => history.barrier_points().len(),
            (Source::Steps, _) => history.steps().len(),
            (Source::SlicesWithSteps, _) => history.slices_with_steps().len(),
        };
        Series { history, quantity, axis, len, every }
    }

    /// Points, unmeasured ones included.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Slice and place on it of a slice point.
    fn slice_point(&self, i: usize) -> (usize, usize) {
        let point = match self.quantity.source() {
            Source::Barriers => self.history.barrier_points()[i] as usize,
            _ => i,
        };
        (point / SLICE_POINTS, point % SLICE_POINTS)
    }

    /// Slice and record of a step that has both.
    fn both(&self, i: usize) -> (&'a SliceRecord, &'a StepRecord) {
        let [slice, step] = self.history.slices_with_steps()[i];
        (&self.history.slices()[slice as usize], &self.history.steps()[step as usize])
    }

    /// Where point `i` lies.
    pub fn x(&self, i: usize) -> f64 {
        match self.quantity.source() {
            Source::SlicePoints | Source::Barriers => {
                let (slice, k) = self.slice_point(i);
                self.history.slices()[slice].t as f64 + slice_alpha(k)
            }
            Source::Slices => {
                let slice = &self.history.slices()[i];
                let alpha = if self.quantity == Quantity::FLOOR { slice.floor_alpha() } else { 0.0 };
                // A floor that is not a number still needs a place, or x would not be in order.
                slice.t as f64 + if alpha.is_nan() { 0.0 } else { alpha }
            }
            Source::Steps => self.history.steps()[i].t as f64,
            Source::SlicesWithSteps => self.both(i).0.t as f64,
            Source::Epochs if self.axis == Axis::Epoch => self.history.epochs()[i].epoch as f64,
            Source::Epochs => self.history.epochs()[i].t as f64,
        }
    }

    /// The value of point `i`; `None` when it was not measured, non-finite when it was and is not a number.
    pub fn y(&self, i: usize) -> Option<f64> {
        match self.quantity.source() {
            Source::SlicePoints | Source::Barriers => {
                let (slice, k) = self.slice_point(i);
                Some(self.history.slices()[slice].loss[k])
            }
            Source::Slices => self.quantity.of_slice(&self.history.slices()[i]),
            Source::Steps => {
                let step = &self.history.steps()[i];
                self.quantity.of_step(step, self.history.optimizer_at(step.t))
            }
            Source::SlicesWithSteps => {
                let (slice, step) = self.both(i);
                self.quantity.of_both(slice, step)
            }
            Source::Epochs => self.quantity.of_epoch(&self.history.epochs()[i]),
        }
    }

    /// Every measured point, in order.
    pub fn points(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        (0..self.len).filter_map(|i| self.y(i).map(|y| [self.x(i), y]))
    }

    /// Whether records that should lie between points `i` < `j` are missing.
    pub(super) fn has_gap(&self, i: usize, j: usize) -> bool {
        let t = |i: usize| match self.quantity.source() {
            Source::SlicePoints | Source::Barriers => self.history.slices()[self.slice_point(i).0].t,
            Source::Slices => self.history.slices()[i].t,
            Source::Steps => self.history.steps()[i].t,
            Source::SlicesWithSteps => self.both(i).0.t,
            Source::Epochs if self.axis == Axis::Epoch => self.history.epochs()[i].epoch,
            Source::Epochs => self.history.epochs()[i].t,
        };
        t(j).saturating_sub(t(i)) > self.every
    }

    /// Records of both at one place are no further apart than this, as long as none is missing.
    pub(super) fn every_with(&self, other: &Series<'_>) -> u64 {
        common(self.every, other.every)
    }

    /// The first of the points `from..to` that is not before `x`, or `to`.
    pub(super) fn lower_bound(&self, from: usize, to: usize, x: f64) -> usize {
        self.partition(from, to, |at| at < x)
    }

    /// The first of the points `from..to` that is beyond `x`, or `to`.
    pub(super) fn upper_bound(&self, from: usize, to: usize, x: f64) -> usize {
        self.partition(from, to, |at| at <= x)
    }

    /// [`Series::lower_bound`] when it is probably close to `hint`: looks around there, ever wider.
    pub(super) fn lower_bound_near(&self, from: usize, to: usize, hint: usize, x: f64) -> usize {
        let hint = hint.clamp(from, to);
        let (mut low, mut high, mut reach) = (hint, hint, 1);
        while low > from && self.x(low - 1) >= x {
            high = low - 1;
            low = low.saturating_sub(reach).max(from);
            reach *= 2;
        }
        while high < to && self.x(high) < x {
            low = high + 1;
            high = high.saturating_add(reach).min(to);
            reach *= 2;
        }
        self.lower_bound(low, high, x)
    }

    fn partition(&self, mut from: usize, mut to: usize, before: impl Fn(f64) -> bool) -> usize {
        while from < to {
            let middle = from + (to - from) / 2;
            if before(self.x(middle)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    pub(super) fn envelope(&self) -> &'a Envelope {
        self.history.envelope(self.quantity)
    }
}

impl History {
    /// A quantity point by point, over iterations.
    pub fn series(&self, quantity: Quantity) -> Series<'_> {
        Series::new(self, quantity, Axis::Iteration)
    }

    /// Whether a quantity was measured anywhere.
    pub fn has(&self, quantity: Quantity) -> bool {
        let series = self.series(quantity);
        series.envelope().first_measured(0..series.len(), |i| series.y(i)).is_some()
    }

    /// A quantity point by point, over epochs; only for those with one number per epoch, empty for the others.
    pub fn epoch_series(&self, quantity: Quantity) -> Series<'_> {
        Series::new(self, quantity, Axis::Epoch)
    }
}

/// The smallest distance that is a multiple of both.
fn common(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    (a / x).saturating_mul(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::synthetic::{bounce, manifest, step, walk},
        probe::AlongStep,
    };

    #[test]
    fn points_lie_where_they_were_measured() {
        let history = bounce(5, 1);
        let slice = history.series(Quantity::SLICE);
        assert_eq!((slice.len(), slice.x(0), slice.x(13), slice.x(49)), (50, 0.0, 1.0 + 1.0 / 3.0, 5.0));
        assert_eq!(slice.y(13), Some(history.slices()[1].loss[3]));
        let floor = history.series(Quantity::FLOOR);
        assert_eq!(floor.x(2), 2.0 + history.slices()[2].floor_alpha());
        assert_eq!(history.series(Quantity::HEIGHT).x(2), 2.0);
        assert_eq!(history.series(Quantity::COSINE).points().count(), 4, "the first step has no cosine");
        assert!(history.epoch_series(Quantity::COSINE).is_empty());
        assert!(history.has(Quantity::COSINE) && !history.has(Quantity::AVERAGE_TEST_LOSS));
    }

    #[test]
    fn a_hint_changes_nothing_but_the_time() {
        let history = bounce(30, 1);
        let slice = history.series(Quantity::SLICE);
        for x in [-1.0, 0.0, 0.5, 7.0, 7.01, 29.9, 30.0, 31.0] {
            let plain = slice.lower_bound(20, 280, x);
            for hint in [0, 20, 21, 75, 150, 279, 280, 500] {
                assert_eq!(slice.lower_bound_near(20, 280, hint, x), plain, "x {x}, hint {hint}");
            }
        }
    }

    /// Whichever of the two comes first, and however they are thinned.
    #[test]
    fn what_needs_slice_and_step_is_read_where_both_are() {
        let whole = walk(24);
        for (slice_every, step_every) in [(1, 1), (2, 3), (3, 1), (1, 4)] {
            let slices = || whole.slices().iter().filter(|s| s.t.is_multiple_of(slice_every));
            let steps = || whole.steps().iter().filter(|s| s.t.is_multiple_of(step_every));
            let mut manifest = manifest(24);
            (manifest.spec.probes.slice_every, manifest.spec.probes.step_every) = (slice_every, step_every);
            let mut histories = [(); 3].map(|()| History::new(manifest.clone()));
            for (order, history) in histories.iter_mut().enumerate() {
                // Steps first, slices first, and in turn, as they come while a run goes on.
                let rounds = if order == 2 { 24 } else { 1 };
                let is_now = |t: u64, round: u64| order < 2 || t == round;
                for round in 0..rounds {
                    for s in slices().filter(|s| order == 1 && is_now(s.t, round)) {
                        history.push_slice(*s);
                    }
                    for s in steps().filter(|s| is_now(s.t, round)) {
                        history.push_step(*s);
                    }
                    for s in slices().filter(|s| order != 1 && is_now(s.t, round)) {
                        history.push_slice(*s);
                    }
                }
            }
            let both = |t: &u64| t.is_multiple_of(slice_every) && t.is_multiple_of(step_every);
            let places: Vec<f64> = (0..24).filter(both).map(|t| t as f64).collect();
            for history in &histories {
                for quantity in [Quantity::SHARPNESS, Quantity::EDGE] {
                    let found: Vec<[f64; 2]> = history.series(quantity).points().collect();
                    assert_eq!(found.iter().map(|p| p[0]).collect::<Vec<_>>(), places, "{quantity:?}");
                    let drawn = history.curve(quantity, 0.0, 24.0, 1000);
                    assert!(drawn.lines.len() == 1 && drawn.points().eq(found.iter().copied()), "no gap");
                    for [t, y] in found {
                        let (slice, step) = (&whole.slices()[t as usize], &whole.steps()[t as usize]);
                        let along = AlongStep::of(slice, Some(step));
                        let expected = if quantity == Quantity::EDGE { along.edge } else { along.sharpness };
                        assert_eq!(Some(y), expected);
                    }
                }
                assert!(history.has(Quantity::SHARPNESS) && history.series(Quantity::PLACE).len() == slices().count());
            }
        }
        // Without the probes there is a place, and nothing else.
        let bare = bounce(12, 1);
        assert!(bare.has(Quantity::PLACE) && !bare.has(Quantity::SHARPNESS) && !bare.has(Quantity::EDGE));
    }

    #[test]
    fn thinning_is_no_gap_but_a_missing_record_is() {
        let mut thin = manifest(100);
        (thin.spec.probes.step_every, thin.spec.probes.slice_every) = (4, 6);
        let mut history = History::new(thin);
        for t in [0, 4, 8, 16] {
            history.push_step(step(t, 1.0));
        }
        let lines = history.curve(Quantity::DISTANCE, 0.0, 100.0, 100).lines;
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(history.series(Quantity::LOSS).every, 12, "loss comes with slices: the common multiple of 4 and 6");
    }
}
