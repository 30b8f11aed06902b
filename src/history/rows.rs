//! What can be drawn of a run beside its probes: a table of names, definitions, and how each is read from a record.

use crate::{
    curvature::{limit, preconditioned_limit},
    optim::OptimizerSpec,
    probe::{AlongStep, EpochRecord, Parabola, ProbeId, SliceRecord, StepRecord},
};

/// What there is to say about a quantity.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) definition: &'static str,
    pub(super) read: Read,
}

/// How a quantity is read.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// All points of a slice.
    SlicePoints,
    /// Those points of a slice that are barriers.
    Barriers,
    /// One number of a slice.
    Slice(fn(&SliceRecord) -> f64),
    /// One number of a step; `None` when it was not measured.
    Step(fn(&StepRecord) -> Option<f64>),
    /// One number of a step and the optimizer that made it; `None` when there is none for such an optimizer.
    Of(fn(&OptimizerSpec, &StepRecord) -> Option<f64>),
    /// One number of a slice and the record of its step; `None` when what it needs was not measured.
    Along(fn(&SliceRecord, &StepRecord) -> Option<f64>),
    /// What a probe measured at a step.
    Probe(ProbeId),
    /// One number of an epoch; `None` when it was not measured.
    Epoch(fn(&EpochRecord) -> Option<f64>),
}

/// Rows of the table.
pub(super) const ROWS: usize = 23;

/// The constants of [`Quantity`](super::Quantity) are places in this table.
pub(super) static TABLE: [Row; ROWS] = [
    Row {
        name: "training loss",
        label: "L((1−α)θ_t + αθ_{t+1})",
        definition: "Loss over the whole training set at 10 points, α = k/9, on the straight line from θ_t to θ_{t+1} \
                     (A Walk with SGD, §3 and Fig. 1).",
        read: Read::SlicePoints,
    },
    Row {
        name: "valley floor",
        label: "L(θ_t^{min})",
        definition: "The lowest of the 10 losses between two iterates, drawn where it lies, at t + α (A Walk with SGD, \
                     Fig. 1, dashed orange line). At α = 0 or 1 the slice has no minimum inside.",
        read: Read::Slice(SliceRecord::floor),
    },
    Row {
        name: "barrier",
        label: "L(θ)",
        definition: "A point between two iterates whose loss is higher than the loss at both (A Walk with SGD, Table 1).",
        read: Read::Barriers,
    },
    Row {
        name: "training loss at the iterates",
        label: "L(θ_t)",
        definition: "Loss over the whole training set at the iterate θ_t (A Walk with SGD, §3, Fig. 1).",
        read: Read::Step(|r| r.loss),
    },
    Row {
        name: "batch loss",
        label: "L_B(θ_t)",
        definition: "Mean loss over the mini-batch of step t, at θ_t, before the step.",
        read: Read::Step(|r| Some(r.batch_loss)),
    },
    Row {
        name: "height above the valley floor",
        label: "height",
        definition: "(L(θ_t) + L(θ_{t+1}) − 2 L(θ_t^{min})) / 2: how far above the valley floor the two ends of a step lie \
                     on average (A Walk with SGD, Table 2).",
        read: Read::Slice(SliceRecord::height),
    },
    Row {
        name: "learning rate",
        label: "η_t",
        definition: "η of step t, after the schedule (A Walk with SGD, Eq. 1; schedules: §5, Fig. 6).",
        read: Read::Step(|r| Some(r.learning_rate)),
    },
    Row {
        name: "training loss per epoch",
        label: "loss",
        definition: "Mean loss over the whole training set at the end of an epoch.",
        read: Read::Epoch(|r| Some(r.train_loss)),
    },
    Row {
        name: "test loss per epoch",
        label: "loss",
        definition: "Mean loss over the whole test set at the end of an epoch.",
        read: Read::Epoch(|r| Some(r.test_loss)),
    },
    Row {
        name: "training error",
        label: "error (share)",
        definition: "Share of wrong answers on the training set at the end of an epoch, 0 to 1.",
        read: Read::Epoch(|r| Some(r.train_error)),
    },
    Row {
        name: "test error",
        label: "error (share)",
        definition: "Share of wrong answers on the test set at the end of an epoch, 0 to 1 (1 − accuracy; A Walk with SGD \
                     draws accuracies in Figs. 3, 5 and 6).",
        read: Read::Epoch(|r| Some(r.test_error)),
    },
    Row {
        name: "steps with a barrier",
        label: "steps with a barrier",
        definition: "Measured steps of the epoch that crossed at least one barrier (A Walk with SGD, Table 1 and Fig. 8).",
        read: Read::Epoch(|r| (r.slices > 0).then_some(r.barriers as f64)),
    },
    Row {
        name: "mean height above the floor",
        label: "mean height",
        definition: "Height above the valley floor, averaged over the measured steps of an epoch (A Walk with SGD, Table 2).",
        read: Read::Epoch(|r| r.mean_height),
    },
    Row {
        name: "training loss of the average",
        label: "loss",
        definition: "Mean loss over the whole training set at the mean of the iterates so far (stochastic weight averaging, \
                     Izmailov et al. 2018), with batch-norm statistics computed anew for it.",
        read: Read::Epoch(|r| Some(r.average?.train.loss)),
    },
    Row {
        name: "test loss of the average",
        label: "loss",
        definition: "Mean loss over the whole test set at the mean of the iterates so far, with batch-norm statistics \
                     computed anew for it.",
        read: Read::Epoch(|r| Some(r.average?.test.loss)),
    },
    Row {
        name: "training error of the average",
        label: "error (share)",
        definition: "Share of wrong answers on the training set, 0 to 1, at the mean of the iterates so far.",
        read: Read::Epoch(|r| Some(r.average?.train.error)),
    },
    Row {
        name: "test error of the average",
        label: "error (share)",
        definition: "Share of wrong answers on the test set, 0 to 1, at the mean of the iterates so far.",
        read: Read::Epoch(|r| Some(r.average?.test.error)),
    },
    Row {
        name: "place on the parabola",
        label: "α_t",
        definition: "Where the step ends on the parabola that is nearest to the 10 losses of its slice (least squares): −1 is \
                     where it began, 0 the floor, 1 as high beyond it as where it began (α of Cockpit, Schneider, Dangel and \
                     Hennig 2021, §3; theirs is fitted to two losses and two slopes). Where the parabola has no floor ahead \
                     it is −1; below −1 the floor lies behind.",
        read: Read::Slice(|r| Parabola::of(r).place()),
    },
    Row {
        name: "sharpness along the step",
        label: "u_t·Hu_t / ‖u_t‖^2",
        definition: "Curvature of the training loss in the direction of the step u_t = θ_{t+1} − θ_t: the second derivative by α \
                     of the parabola nearest to the 10 losses of the slice, over ‖u_t‖². It costs nothing beside the slice and \
                     needs the probe step-norm. Gradient descent is at the edge of stability where the sharpness is 2/η.",
        read: Read::Along(|slice, step| AlongStep::of(slice, Some(step)).sharpness),
    },
    Row {
        name: "update's edge",
        label: "ζ_t = −u_t·Hu_t / (2 g_t·u_t)",
        definition: "For θ_{t+1} = θ_t − η v and any optimizer, η v·Hv / (2 g_t·v): to second order the step lowers the loss as \
                     long as it is below 1. With u_t = −η v it is −u_t·Hu_t / (2 g_t·u_t), where the curvature is that of the \
                     training loss along the slice and the slope that of the mini-batch (probe slope). For gradient descent \
                     it is η/2 times the sharpness along the gradient. Below 0 the step goes up the batch loss, or along a \
                     loss that bends down.",
        read: Read::Along(|slice, step| AlongStep::of(slice, Some(step)).edge),
    },
    Row {
        name: "edge of stability",
        label: "2/η_t",
        definition: "2/η of step t, after the schedule: on a quadratic that is sharper than this, gradient descent without \
                     momentum diverges.",
        read: Read::Step(|r| Some(2.0 / r.learning_rate)),
    },
    Row {
        name: "stability limit",
        label: "λ_{limit}",
        definition: "The λ_max(H) above which the steps of the run's optimizer grow along that eigenvector on a quadratic, at the η_t of the \
                     step: 2/η of gradient descent and SGD, 2(1 + β)/η with momentum β, (2 + 2β)/((1 + 2β)η) with Nesterov's (Cohen \
                     et al. 2021), less the weight decay; of SAM (‖g‖/2ρ)(√(1 + 8ρ/(η‖g‖)) − 1) (Long and Bartlett 2023) with ‖g‖ of \
                     the full gradient where it is measured, else of the batch's. Unknown for ASAM, PSAM, SAM in shards or another \
                     norm, and Muon; that of Adam, AdamW and RMSProp is on another matrix.",
        read: Read::Of(stability_limit),
    },
    Row {
        name: "stability limit of the preconditioned Hessian",
        label: "λ_{limit}",
        definition: "The largest eigenvalue of P^(−1/2)HP^(−1/2) above which the steps of the run's optimizer grow on a quadratic, at the \
                     η_t of the step: 2(1 + β₁)/((1 − β₁)η) of Adam, that is 38/η for β₁ = 0.9 (Cohen et al. 2022), times 1 − ηλ/2 \
                     with AdamW's decay λ, and 2(1 + μ)/η of RMSProp with momentum μ.",
        read: Read::Of(|optimizer, r| preconditioned_limit(optimizer, r.learning_rate)),
    },
];

/// Of SAM only where a gradient's norm was measured.
fn stability_limit(optimizer: &OptimizerSpec, r: &StepRecord) -> Option<f64> {
    let norm = r.value(ProbeId::MEAN_GRADIENT_NORM).or(r.value(ProbeId::GRADIENT));
    let found = limit(optimizer, r.learning_rate, norm.unwrap_or(f64::NAN))?;
    (norm.is_some() || !found.is_nan()).then_some(found)
}
