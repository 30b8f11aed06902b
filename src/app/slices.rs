//! The numbers of one step of a run: its slice, and what was measured at its start.

use crate::{
    history::History,
    optim::{OptimizerKind, OptimizerSpec},
    probe::{Barrier, ProbeId, SliceRecord},
};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub slice: SliceRecord,
    /// The highest one.
    pub barrier: Option<Barrier>,
    /// α of a floor below both ends.
    pub minimum: Option<f64>,
    /// ‖θ_{t+1} − θ_t‖, where the records tell it.
    pub length: Option<f64>,
    pub cosine: Option<f64>,
    pub learning_rate: Option<f64>,
    pub batch_loss: Option<f64>,
}

impl Step {
    /// The step from iteration t; `None` when it has no slice.
    pub fn of(history: &History, t: u64) -> Option<Step> {
        let slice = slice(history, t)?;
        let step = history.steps().binary_search_by_key(&t, |s| s.t).ok().map(|k| &history.steps()[k]);
        let higher = |a: Barrier, b: Barrier| if b.height > a.height { b } else { a };
        Some(Step {
            slice: *slice,
            barrier: slice.barriers().reduce(higher),
            minimum: slice.dip().map(|[alpha, _]| alpha),
            length: length(history, t),
            cosine: step.and_then(|s| s.value(ProbeId::COSINE)),
            learning_rate: step.map(|s| s.learning_rate),
            batch_loss: step.map(|s| s.batch_loss),
        })
    }

    /// The mean of uᵀHu along the step over ‖u‖²: the curvature in its direction.
    pub fn directional(&self) -> Option<f64> {
        let squared = self.length.map(|u| u * u).filter(|squared| *squared > 0.0)?;
        Some(self.slice.curvature() / squared)
    }
}

/// The slice of an iteration.
pub fn slice(history: &History, t: u64) -> Option<&SliceRecord> {
    let place = history.slices().binary_search_by_key(&t, |s| s.t).ok()?;
    history.slices().get(place)
}

/// How long a step was, where it was measured. In runs without that, the first one leads from θ_0 to where the distance from
/// it is measured next, and a step of plain gradient descent is η g_t; of all others the records do not tell it.
fn length(history: &History, t: u64) -> Option<f64> {
    let step = |t: u64| history.steps().binary_search_by_key(&t, |s| s.t).ok().map(|k| &history.steps()[k]);
    if let Some(measured) = step(t).and_then(|s| s.value(ProbeId::STEP_NORM)) {
        return Some(measured);
    }
    if t == 0 {
        return step(1)?.value(ProbeId::DISTANCE);
    }
    let here = step(t).filter(|_| is_plain(history.optimizer_at(t)))?;
    Some(here.learning_rate * here.value(ProbeId::GRADIENT)?)
}

/// Whether its step is the gradient times the learning rate and nothing else.
fn is_plain(optimizer: &OptimizerSpec) -> bool {
    let is_descent = matches!(optimizer.kind, OptimizerKind::Gd | OptimizerKind::Sgd);
    is_descent
        && !optimizer.uses_nesterov()
        && [optimizer.momentum, optimizer.weight_decay, optimizer.noise].iter().all(|constant| *constant == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::synthetic::{bounce, walk},
        probe::{Change, ChangeRecord},
    };

    #[test]
    fn the_numbers_are_those_of_the_records() {
        let mut history = bounce(30, 3);
        // Made-up walks cross a barrier at t = 9 and 22.
        let step = Step::of(&history, 9).unwrap();
        assert_eq!(step.slice, history.slices()[9]);
        let [alpha, loss] = step.slice.peak().unwrap();
        let barrier = step.barrier.unwrap();
        assert_eq!(barrier.alpha, alpha);
        assert!((barrier.height - (loss - step.slice.start().max(step.slice.end()))).abs() < 1e-15);
        let record = history.steps()[9];
        assert_eq!((step.cosine, step.batch_loss), (record.value(ProbeId::COSINE), Some(record.batch_loss)));
        let length = 0.1 * record.value(ProbeId::GRADIENT).unwrap();
        assert_eq!(step.length, Some(length));
        assert_eq!(step.directional(), Some(step.slice.curvature() / (length * length)));
        assert_eq!(Step::of(&history, 0).unwrap().length, history.steps()[1].value(ProbeId::DISTANCE));
        assert_eq!(Step::of(&history, 30), None);
        // With momentum a step is not the gradient any more.
        let from = history.manifest().spec.optimizer;
        let to = OptimizerSpec { momentum: 0.9, ..from };
        history.push_change(ChangeRecord { t: 12, change: Change::Optimizer { from, to } });
        assert!(Step::of(&history, 11).unwrap().length.is_some());
        assert!(Step::of(&history, 12).unwrap().length.is_none());
        let measured = walk(20);
        for t in [0, 9, 19] {
            let length = measured.steps()[t].value(ProbeId::STEP_NORM);
            assert!(length.is_some() && Step::of(&measured, t as u64).unwrap().length == length);
        }
    }
}
