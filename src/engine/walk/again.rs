//! One iteration of a recorded run, made again with everything that it was made of.

use super::{beginning::Beginning, error::WalkError, machine::Walk};
use crate::{
    engine::Record,
    net::State,
    objective::Interrupt,
    optim::OptimizerSpec,
    probe::{NormMode, ProbeSpec, SliceRecord, StepRecord},
    run::{Fork, ForkError},
};

/// An iteration that was made again.
#[derive(Clone, Debug)]
pub struct Again {
    /// θ_t and the running statistics beside it.
    pub at: State,
    /// Where the step leads; `None` when something was not finite, and no step was made.
    pub next: Option<State>,
    /// Places of the batch's examples in the training data.
    pub batch: Vec<u32>,
    /// Who makes the step.
    pub optimizer: OptimizerSpec,
    /// What it expects of the squares of the gradient before it sees it, `[D]`; see
    /// [`Optimizer::expected_squares`](crate::optim::Optimizer::expected_squares).
    pub squares: Option<Vec<f64>>,
    /// The statistics that losses over all examples are measured with.
    pub norm_mode: NormMode,
    pub step: StepRecord,
    pub slice: Option<SliceRecord>,
}

impl Walk {
    /// The walk of a recorded run where it stood at the iteration of `fork`, about to make it: see
    /// [`Walk::make_again`]. It is no fork, and goes on as the run did.
    ///
    /// # Errors
    /// Those of a fork: a file that is no run, other data, an iteration that the run has not come to.
    pub fn standing_at(
        fork: Fork,
        interrupt: Interrupt,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<Walk, WalkError> {
        let mut walk = Walk::new(fork.unchanged(), interrupt)?;
        if let Beginning::Replay(replay) = std::mem::replace(&mut walk.beginning, Beginning::Fresh) {
            walk.approach(&replay, progress)?;
        }
        Ok(walk)
    }

    /// Makes the iteration where the walk stands, with its slice, and tells what it was made of.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn make_again(&mut self) -> Result<Again, WalkError> {
        let mut records = Vec::new();
        self.switch_when_due(&mut records)?;
        records.clear();
        // What is measured does not move the walk.
        self.spec.probes = ProbeSpec { slice: true, slice_every: 1, step_every: 1, epoch: false, ..self.spec.probes };
        let (at, batch, t) = (self.here.clone(), self.batches.current().to_vec(), self.t);
        let (optimizer, squares) = (*self.optimizer.spec(), self.optimizer.expected_squares());
        self.step(&mut records)?;
        let next = (self.t > t).then(|| self.here.clone());
        let step = records.iter().find_map(|r| if let Record::Step(step) = r { Some(*step) } else { None });
        let slice = records.iter().find_map(|r| if let Record::Slice(slice) = r { Some(*slice) } else { None });
        // A step is always recorded, but for one that has diverged before, of which this walk knows nothing.
        let step = step.ok_or(ForkError::NotReached { step: t, reached: t })?;
        Ok(Again { at, next, batch, optimizer, squares, norm_mode: self.spec.norm_mode, step, slice })
    }
}
