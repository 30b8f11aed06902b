//! What can be drawn over the iterations of a run: names, definitions, and where each is read from.

use crate::probe::{EpochRecord, SliceRecord, StepRecord};

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
    Epochs,
}

/// One line of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    Slice,
    Floor,
    Barrier,
    Loss,
    BatchLoss,
    Cosine,
    Height,
    Distance,
    Norm,
    GradientNorm,
    LearningRate,
    TrainLoss,
    TestLoss,
    TrainError,
    TestError,
    EpochBarriers,
    EpochHeight,
    AverageTrainLoss,
    AverageTestLoss,
    AverageTrainError,
    AverageTestError,
}

impl Quantity {
    /// Every quantity, in the order it is offered.
    pub const ALL: [Quantity; 21] = [
        Quantity::Slice,
        Quantity::Floor,
        Quantity::Barrier,
        Quantity::Loss,
        Quantity::BatchLoss,
        Quantity::Cosine,
        Quantity::Height,
        Quantity::Distance,
        Quantity::Norm,
        Quantity::GradientNorm,
        Quantity::LearningRate,
        Quantity::TrainLoss,
        Quantity::TestLoss,
        Quantity::TrainError,
        Quantity::TestError,
        Quantity::EpochBarriers,
        Quantity::EpochHeight,
        Quantity::AverageTrainLoss,
        Quantity::AverageTestLoss,
        Quantity::AverageTrainError,
        Quantity::AverageTestError,
    ];

    /// Where the quantity is read from.
    pub fn source(self) -> Source {
        match self {
            Quantity::Slice => Source::SlicePoints,
            Quantity::Floor | Quantity::Height => Source::Slices,
            Quantity::Barrier => Source::Barriers,
            Quantity::Loss
            | Quantity::BatchLoss
            | Quantity::Cosine
            | Quantity::Distance
            | Quantity::Norm
            | Quantity::GradientNorm
            | Quantity::LearningRate => Source::Steps,
            Quantity::TrainLoss
            | Quantity::TestLoss
            | Quantity::TrainError
            | Quantity::TestError
            | Quantity::EpochBarriers
            | Quantity::EpochHeight
            | Quantity::AverageTrainLoss
            | Quantity::AverageTestLoss
            | Quantity::AverageTrainError
            | Quantity::AverageTestError => Source::Epochs,
        }
    }

    /// The quantity in words, for panel titles and legends.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Slice => "training loss",
            Quantity::Floor => "valley floor",
            Quantity::Barrier => "barrier",
            Quantity::Loss => "training loss at the iterates",
            Quantity::BatchLoss => "batch loss",
            Quantity::Cosine => "cosine of consecutive gradients",
            Quantity::Height => "height above the valley floor",
            Quantity::Distance => "distance from initialization",
            Quantity::Norm => "parameter norm",
            Quantity::GradientNorm => "gradient norm",
            Quantity::LearningRate => "learning rate",
            Quantity::TrainLoss => "training loss per epoch",
            Quantity::TestLoss => "test loss per epoch",
            Quantity::TrainError => "training error",
            Quantity::TestError => "test error",
            Quantity::EpochBarriers => "steps with a barrier",
            Quantity::EpochHeight => "mean height above the floor",
            Quantity::AverageTrainLoss => "training loss of the average",
            Quantity::AverageTestLoss => "test loss of the average",
            Quantity::AverageTrainError => "training error of the average",
            Quantity::AverageTestError => "test error of the average",
        }
    }

    /// Symbol and unit, for an axis. `_x` and `_{…}` set a subscript (figures take it apart).
    pub fn label(self) -> &'static str {
        match self {
            Quantity::Slice => "L((1−α)θ_t + αθ_{t+1})",
            Quantity::Floor => "L(θ_t^{min})",
            Quantity::Barrier => "L(θ)",
            Quantity::Loss => "L(θ_t)",
            Quantity::BatchLoss => "L_B(θ_t)",
            Quantity::Cosine => "cos(g_{t−1}, g_t)",
            Quantity::Height => "height",
            Quantity::Distance => "‖θ_t − θ_0‖_2",
            Quantity::Norm => "‖θ_t‖_2",
            Quantity::GradientNorm => "‖g_t‖_2",
            Quantity::LearningRate => "η_t",
            Quantity::TrainLoss | Quantity::TestLoss | Quantity::AverageTrainLoss | Quantity::AverageTestLoss => "loss",
            Quantity::TrainError | Quantity::TestError | Quantity::AverageTrainError | Quantity::AverageTestError => {
                "error (share)"
            }
            Quantity::EpochBarriers => "steps with a barrier",
            Quantity::EpochHeight => "mean height",
        }
    }

    /// What exactly the number is, and where the definition comes from.
    pub fn definition(self) -> &'static str {
        match self {
            Quantity::Slice => {
                "Loss over the whole training set at 10 points, α = k/9, on the straight line from θ_t to θ_{t+1} \
                 (A Walk with SGD, §3 and Fig. 1)."
            }
            Quantity::Floor => {
                "The lowest of the 10 losses between two iterates, drawn where it lies, at t + α (A Walk with SGD, \
                 Fig. 1, dashed orange line). At α = 0 or 1 the slice has no minimum inside."
            }
            Quantity::Barrier => {
                "A point between two iterates whose loss is higher than the loss at both (A Walk with SGD, Table 1)."
            }
            Quantity::Loss => "Loss over the whole training set at the iterate θ_t (A Walk with SGD, §3, Fig. 1).",
            Quantity::BatchLoss => "Mean loss over the mini-batch of step t, at θ_t, before the step.",
            Quantity::Cosine => {
                "Cosine of the angle between the mini-batch gradients at two consecutive iterates, whatever the optimizer \
                 makes of them (A Walk with SGD, §3.1 and Fig. 1, middle). Near −1 the optimizer bounces between the \
                 walls of a valley."
            }
            Quantity::Height => {
                "(L(θ_t) + L(θ_{t+1}) − 2 L(θ_t^{min})) / 2: how far above the valley floor the two ends of a step lie \
                 on average (A Walk with SGD, Table 2)."
            }
            Quantity::Distance => {
                "Euclidean distance of the parameters from where the run started (A Walk with SGD, §3.1 and Fig. 1, \
                 bottom)."
            }
            Quantity::Norm => "Euclidean norm of the parameters.",
            Quantity::GradientNorm => {
                "Euclidean norm of the mini-batch gradient at θ_t (g_t of A Walk with SGD, Eq. 1); SAM's step uses the \
                 gradient at the perturbed point instead."
            }
            Quantity::LearningRate => {
                "η of step t, after the schedule (A Walk with SGD, Eq. 1; schedules: §5, Fig. 6)."
            }
            Quantity::TrainLoss => "Mean loss over the whole training set at the end of an epoch.",
            Quantity::TestLoss => "Mean loss over the whole test set at the end of an epoch.",
            Quantity::TrainError => "Share of wrong answers on the training set at the end of an epoch, 0 to 1.",
            Quantity::TestError => {
                "Share of wrong answers on the test set at the end of an epoch, 0 to 1 (1 − accuracy; A Walk with SGD \
                 draws accuracies in Figs. 3, 5 and 6)."
            }
            Quantity::EpochBarriers => {
                "Measured steps of the epoch that crossed at least one barrier (A Walk with SGD, Table 1 and Fig. 8)."
            }
            Quantity::EpochHeight => {
                "Height above the valley floor, averaged over the measured steps of an epoch (A Walk with SGD, Table 2)."
            }
            Quantity::AverageTrainLoss => {
                "Mean loss over the whole training set at the mean of the iterates so far (stochastic weight averaging, \
                 Izmailov et al. 2018), with batch-norm statistics computed anew for it."
            }
            Quantity::AverageTestLoss => {
                "Mean loss over the whole test set at the mean of the iterates so far, with batch-norm statistics \
                 computed anew for it."
            }
            Quantity::AverageTrainError => {
                "Share of wrong answers on the training set, 0 to 1, at the mean of the iterates so far."
            }
            Quantity::AverageTestError => {
                "Share of wrong answers on the test set, 0 to 1, at the mean of the iterates so far."
            }
        }
    }

    /// The quantity in a step record; `None` when it was not measured.
    pub(super) fn of_step(self, r: &StepRecord) -> Option<f64> {
        match self {
            Quantity::Loss => r.loss,
            Quantity::BatchLoss => Some(r.batch_loss),
            Quantity::Cosine => r.cosine,
            Quantity::Distance => r.distance,
            Quantity::Norm => r.norm,
            Quantity::GradientNorm => r.grad_norm,
            Quantity::LearningRate => Some(r.learning_rate),
            _ => None,
        }
    }

    /// The quantity in a slice, for those with one number per slice.
    pub(super) fn of_slice(self, r: &SliceRecord) -> Option<f64> {
        match self {
            Quantity::Floor => Some(r.floor()),
            Quantity::Height => Some(r.height()),
            _ => None,
        }
    }

    /// The quantity in an epoch record.
    pub(super) fn of_epoch(self, r: &EpochRecord) -> Option<f64> {
        match self {
            Quantity::TrainLoss => Some(r.train_loss),
            Quantity::TestLoss => Some(r.test_loss),
            Quantity::TrainError => Some(r.train_error),
            Quantity::TestError => Some(r.test_error),
            Quantity::EpochBarriers => (r.slices > 0).then_some(r.barriers as f64),
            Quantity::EpochHeight => r.mean_height,
            Quantity::AverageTrainLoss => r.average.map(|a| a.train.loss),
            Quantity::AverageTestLoss => r.average.map(|a| a.test.loss),
            Quantity::AverageTrainError => r.average.map(|a| a.train.error),
            Quantity::AverageTestError => r.average.map(|a| a.test.error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_is_named_defined_and_in_its_place() {
        for (i, q) in Quantity::ALL.into_iter().enumerate() {
            assert_eq!(q as usize, i, "the envelopes are indexed by the discriminant");
            assert!(!q.name().is_empty() && !q.label().is_empty() && q.definition().ends_with('.'));
        }
        assert_eq!(Quantity::Cosine.label(), "cos(g_{t−1}, g_t)");
    }
}
