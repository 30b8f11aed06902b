//! What can be changed while a walk goes on.

use super::machine::Walk;
use crate::{
    engine::Record,
    optim::OptimizerSpec,
    probe::{Change, ChangeRecord},
    run::{RunSpec, SpecError},
};

impl Walk {
    /// Changes the base learning rate from the next iteration on.
    pub fn set_learning_rate(&mut self, to: f64) -> Result<Record, SpecError> {
        RunSpec { lr: to, ..self.spec.clone() }.check()?;
        let from = std::mem::replace(&mut self.learning_rate, to);
        Ok(self.changed(Change::LearningRate { from, to }))
    }

    /// Changes the batch size from the next iteration on.
    pub fn set_batch(&mut self, to: u64) -> Result<Record, SpecError> {
        let count = self.manifest.train_count;
        if to == 0 {
            return Err(SpecError::EmptyBatch);
        }
        if to > count {
            return Err(SpecError::BatchTooLarge { batch: to, count });
        }
        if self.optimizer.spec().kind.takes_all() {
            return Err(SpecError::GdBatch);
        }
        let from = self.batches.size() as u64;
        self.batches.set_size(to as usize);
        Ok(self.changed(Change::Batch { from, to }))
    }

    /// Goes on with another optimizer from the next iteration on. Velocity, schedule and the order of the data stay; to
    /// gradient descent, the rest of the epoch is left out, and from it, batches are those of the spec again.
    ///
    /// # Errors
    /// Constants out of their range, and another noise: its scale was measured at the start.
    pub fn set_optimizer(&mut self, to: OptimizerSpec) -> Result<Record, SpecError> {
        to.check()?;
        let from = *self.optimizer.spec();
        if to.noise != from.noise {
            return Err(SpecError::NoiseIsFixed);
        }
        let is_gd = |spec: &OptimizerSpec| spec.kind.takes_all();
        if is_gd(&from) != is_gd(&to) {
            let size = self.spec.batch_size_of(to.kind, self.manifest.train_count)?;
            self.batches.set_size(size as usize);
            if is_gd(&to) {
                self.batches.begin_epoch();
            }
        }
        if from.langevin() != to.langevin() {
            self.stirring.forget();
        }
        self.optimizer.switch(to);
        Ok(self.changed(Change::Optimizer { from, to }))
    }

    /// Changes what was changed before, in another walk.
    pub(super) fn repeat(&mut self, change: &Change) -> Result<(), SpecError> {
        match change {
            Change::LearningRate { to, .. } => self.set_learning_rate(*to).map(drop),
            Change::Batch { to, .. } => self.set_batch(*to).map(drop),
            Change::Optimizer { to, .. } => self.set_optimizer(*to).map(drop),
        }
    }

    fn changed(&self, change: Change) -> Record {
        Record::Change(ChangeRecord { t: self.t, change })
    }
}
