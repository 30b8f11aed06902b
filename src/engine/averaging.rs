//! The average of a walk's iterates: which are taken in, what the average is worth, and its checkpoint.

use std::sync::Arc;

use super::Record;
use crate::{
    net::State,
    objective::{Objective, ObjectiveError, Subset},
    optim::{Average, AverageSpec},
    probe::{AverageRecord, NormBatch, NormMode},
    run::Manifest,
};

/// The average and the rule that fills it.
#[derive(Clone)]
pub(super) struct Averaging {
    spec: AverageSpec,
    mean: Average,
    total: u64,
    steps_per_epoch: u64,
    /// Batches over which the running statistics are computed anew.
    batch: NormBatch,
}

impl Averaging {
    pub fn new(spec: AverageSpec, mode: NormMode, manifest: &Manifest) -> Averaging {
        let (total, steps_per_epoch) = (manifest.steps, manifest.steps_per_epoch);
        Averaging { spec, mean: Average::default(), total, steps_per_epoch, batch: mode.batch() }
    }

    /// The mean so far.
    pub fn mean(&self) -> &Average {
        &self.mean
    }

    /// The mean so far, for another rule to go on with.
    pub fn into_mean(self) -> Average {
        self.mean
    }

    /// Goes on with a mean that was begun before.
    pub fn go_on(&mut self, mean: Average) {
        self.mean = mean;
    }

    /// Takes θ_t in, if it is one of those.
    pub fn see(&mut self, t: u64, theta: &[f32]) {
        if self.spec.takes(t, self.total, self.steps_per_epoch) {
            self.spec.add(&mut self.mean, theta);
        }
    }

    /// The mean with running statistics computed anew for it; `None` before the first iterate.
    pub fn state(&self, objective: &Objective) -> Result<Option<State>, ObjectiveError> {
        let Some(theta) = self.mean.theta() else { return Ok(None) };
        let buffers = objective.network().buffers().len();
        objective.recalibrated(&State { theta, buffers: vec![0.0; buffers] }, self.batch).map(Some)
    }

    /// Loss and error of the average.
    pub fn evaluate(&self, objective: &Objective, state: &State) -> Result<AverageRecord, ObjectiveError> {
        Ok(AverageRecord {
            count: self.mean.count(),
            train: objective.evaluate(state, Subset::Train, NormMode::Running)?,
            test: objective.evaluate(state, Subset::Test, NormMode::Running)?,
        })
    }

    /// The average at iteration `t`, for the run file.
    pub fn checkpoint(&self, t: u64, state: &State) -> Record {
        let values: Arc<[f32]> = [&*state.theta, &*state.buffers].concat().into();
        Record::Average { t, count: self.mean.count(), values }
    }
}
