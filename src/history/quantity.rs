//! What can be drawn over the iterations of a run: names, definitions, and where each is read from.

use std::fmt;

use super::rows::{ROWS, Read, TABLE};
use crate::{
    optim::OptimizerSpec,
    probe::{EpochRecord, PROBES, ProbeId, SliceRecord, StepRecord},
};

/// Which records a quantity is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Ten points per slice.
    SlicePoints,
    /// One point per slice.
    Slices,
    /// Those slice points that are barriers.
    Barriers,
    Steps,
    /// One point per slice whose step has a record.
    SlicesWithSteps,
    Epochs,
}

/// One line of a panel.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity(Place);

/// Where the words for a quantity are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// In this row of the table.
    Row(u8),
    Probe(ProbeId),
}

impl Quantity {
    pub const SLICE: Quantity = Quantity(Place::Row(0));
    pub const FLOOR: Quantity = Quantity(Place::Row(1));
    pub const BARRIER: Quantity = Quantity(Place::Row(2));
    pub const LOSS: Quantity = Quantity(Place::Row(3));
    pub const BATCH_LOSS: Quantity = Quantity(Place::Row(4));
    pub const HEIGHT: Quantity = Quantity(Place::Row(5));
    pub const LEARNING_RATE: Quantity = Quantity(Place::Row(6));
    pub const TRAIN_LOSS: Quantity = Quantity(Place::Row(7));
    pub const TEST_LOSS: Quantity = Quantity(Place::Row(8));
    pub const TRAIN_ERROR: Quantity = Quantity(Place::Row(9));
    pub const TEST_ERROR: Quantity = Quantity(Place::Row(10));
    pub const EPOCH_BARRIERS: Quantity = Quantity(Place::Row(11));
    pub const EPOCH_HEIGHT: Quantity = Quantity(Place::Row(12));
    pub const AVERAGE_TRAIN_LOSS: Quantity = Quantity(Place::Row(13));
    pub const AVERAGE_TEST_LOSS: Quantity = Quantity(Place::Row(14));
    pub const AVERAGE_TRAIN_ERROR: Quantity = Quantity(Place::Row(15));
    pub const AVERAGE_TEST_ERROR: Quantity = Quantity(Place::Row(16));
    pub const PLACE: Quantity = Quantity(Place::Row(17));
    pub const SHARPNESS: Quantity = Quantity(Place::Row(18));
    pub const EDGE: Quantity = Quantity(Place::Row(19));
    pub const TWO_OVER_RATE: Quantity = Quantity(Place::Row(20));
    pub const STABILITY_LIMIT: Quantity = Quantity(Place::Row(21));
    pub const PRECONDITIONED_LIMIT: Quantity = Quantity(Place::Row(22));
    pub const COSINE: Quantity = Quantity::of_probe(ProbeId::COSINE);
    pub const DISTANCE: Quantity = Quantity::of_probe(ProbeId::DISTANCE);
    pub const NORM: Quantity = Quantity::of_probe(ProbeId::NORM);
    pub const GRADIENT_NORM: Quantity = Quantity::of_probe(ProbeId::GRADIENT);
    pub const CRITICAL_SHARPNESS: Quantity = Quantity::of_probe(ProbeId::CRITICAL_SHARPNESS);

    pub const LAMBDA_MAX: Quantity = Quantity::of_probe(ProbeId::LAMBDA_MAX);
    pub const PRECONDITIONED_LAMBDA_MAX: Quantity = Quantity::of_probe(ProbeId::PRECONDITIONED_LAMBDA_MAX);
    pub const BATCH_SHARPNESS: Quantity = Quantity::of_probe(ProbeId::BATCH_SHARPNESS);
    pub const TRACE_H_SIGMA: Quantity = Quantity::of_probe(ProbeId::TRACE_H_SIGMA);
    pub const TRACE_H_SIGMA_BAR: Quantity = Quantity::of_probe(ProbeId::TRACE_H_SIGMA_BAR);
    pub const NOISE_NORM: Quantity = Quantity::of_probe(ProbeId::NOISE_NORM);
    pub const MEAN_GRADIENT_NORM: Quantity = Quantity::of_probe(ProbeId::MEAN_GRADIENT_NORM);

    /// How many there are.
    pub const COUNT: usize = ROWS + PROBES.len();

    /// Every quantity: the rows of the table, then the probes.
    pub fn all() -> impl Iterator<Item = Quantity> {
        (0..ROWS as u8).map(|row| Quantity(Place::Row(row))).chain(ProbeId::all().map(Quantity::of_probe))
    }

    /// What a probe measures.
    pub const fn of_probe(id: ProbeId) -> Quantity {
        Quantity(Place::Probe(id))
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        match self.0 {
            Place::Row(row) => usize::from(row),
            Place::Probe(id) => ROWS + id.index(),
        }
    }

    /// Where the quantity is read from.
    pub fn source(self) -> Source {
        match self.read() {
            Read::SlicePoints => Source::SlicePoints,
            Read::Barriers => Source::Barriers,
            Read::Slice(_) => Source::Slices,
            Read::Step(_) | Read::Of(_) | Read::Probe(_) => Source::Steps,
            Read::Along(_) => Source::SlicesWithSteps,
            Read::Epoch(_) => Source::Epochs,
        }
    }

    /// The quantity in words, for panel titles and legends.
    pub fn name(self) -> &'static str {
        match self.0 {
            Place::Row(row) => TABLE[usize::from(row)].name,
            Place::Probe(id) => id.probe().title(),
        }
    }

    /// Symbol and unit, for an axis. `_x` and `_{…}` set a subscript (figures take it apart).
    pub fn label(self) -> &'static str {
        match self.0 {
            Place::Row(row) => TABLE[usize::from(row)].label,
            Place::Probe(id) => id.probe().label(),
        }
    }

    /// What exactly the number is, and where the definition comes from.
    pub fn definition(self) -> &'static str {
        match self.0 {
            Place::Row(row) => TABLE[usize::from(row)].definition,
            Place::Probe(id) => id.probe().definition(),
        }
    }

    fn read(self) -> Read {
        match self.0 {
            Place::Row(row) => TABLE[usize::from(row)].read,
            Place::Probe(id) => Read::Probe(id),
        }
    }

    /// What measures it, when that is a probe.
    pub fn probe(self) -> Option<ProbeId> {
        match self.0 {
            Place::Row(_) => None,
            Place::Probe(id) => Some(id),
        }
    }

    /// Whether it depends on the optimizer of the step.
    pub(super) fn asks_the_optimizer(self) -> bool {
        matches!(self.read(), Read::Of(_))
    }

    /// The quantity in the record of a step that this optimizer made; `None` when it was not measured.
    pub(super) fn of_step(self, r: &StepRecord, optimizer: &OptimizerSpec) -> Option<f64> {
        match self.read() {
            Read::Probe(id) => r.value(id),
            Read::Step(of) => of(r),
            Read::Of(of) => of(optimizer, r),
            _ => None,
        }
    }

    /// The quantity in a slice, for those with one number per slice.
    pub(super) fn of_slice(self, r: &SliceRecord) -> Option<f64> {
        match self.read() {
            Read::Slice(of) => Some(of(r)),
            _ => None,
        }
    }

    /// The quantity in a slice and the record of its step; `None` when what it needs was not measured.
    pub(super) fn of_both(self, slice: &SliceRecord, step: &StepRecord) -> Option<f64> {
        match self.read() {
            Read::Along(of) => of(slice, step),
            _ => None,
        }
    }

    /// The quantity in an epoch record.
    pub(super) fn of_epoch(self, r: &EpochRecord) -> Option<f64> {
        match self.read() {
            Read::Epoch(of) => of(r),
            _ => None,
        }
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_is_named_defined_and_in_its_place() {
        assert_eq!(Quantity::all().count(), Quantity::COUNT);
        for (i, q) in Quantity::all().enumerate() {
            assert_eq!(q.index(), i, "the envelopes are indexed by it");
            assert!(!q.name().is_empty() && !q.label().is_empty() && q.definition().ends_with('.'));
        }
        assert_eq!(Quantity::COSINE.label(), "cos(g_{t−1}, g_t)");
    }

    #[test]
    fn every_constant_means_its_row() {
        for (quantity, name) in [
            (Quantity::SLICE, "training loss"),
            (Quantity::FLOOR, "valley floor"),
            (Quantity::BARRIER, "barrier"),
            (Quantity::LOSS, "training loss at the iterates"),
            (Quantity::BATCH_LOSS, "batch loss"),
            (Quantity::HEIGHT, "height above the valley floor"),
            (Quantity::LEARNING_RATE, "learning rate"),
            (Quantity::TRAIN_LOSS, "training loss per epoch"),
            (Quantity::TEST_LOSS, "test loss per epoch"),
            (Quantity::TRAIN_ERROR, "training error"),
            (Quantity::TEST_ERROR, "test error"),
            (Quantity::EPOCH_BARRIERS, "steps with a barrier"),
            (Quantity::EPOCH_HEIGHT, "mean height above the floor"),
            (Quantity::AVERAGE_TRAIN_LOSS, "training loss of the average"),
            (Quantity::AVERAGE_TEST_LOSS, "test loss of the average"),
            (Quantity::AVERAGE_TRAIN_ERROR, "training error of the average"),
            (Quantity::AVERAGE_TEST_ERROR, "test error of the average"),
            (Quantity::PLACE, "place on the parabola"),
            (Quantity::SHARPNESS, "sharpness along the step"),
            (Quantity::EDGE, "update's edge"),
            (Quantity::TWO_OVER_RATE, "edge of stability"),
            (Quantity::STABILITY_LIMIT, "stability limit"),
            (Quantity::PRECONDITIONED_LIMIT, "stability limit of the preconditioned Hessian"),
            (Quantity::LAMBDA_MAX, "largest eigenvalue of the Hessian"),
            (Quantity::PRECONDITIONED_LAMBDA_MAX, "largest eigenvalue of the preconditioned Hessian"),
            (Quantity::BATCH_SHARPNESS, "batch sharpness"),
            (Quantity::TRACE_H_SIGMA, "curvature that the noise meets"),
            (Quantity::TRACE_H_SIGMA_BAR, "curvature that isotropic noise would meet"),
            (Quantity::NOISE_NORM, "norm of the noise"),
            (Quantity::MEAN_GRADIENT_NORM, "norm of the mean gradient"),
            (Quantity::COSINE, "cosine of consecutive gradients"),
            (Quantity::DISTANCE, "distance from initialization"),
            (Quantity::NORM, "parameter norm"),
            (Quantity::GRADIENT_NORM, "gradient norm"),
            (Quantity::CRITICAL_SHARPNESS, "critical sharpness"),
        ] {
            assert_eq!(quantity.name(), name);
        }
    }
}
