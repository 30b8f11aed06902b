//! How far a job is.

use super::{
    sharp::Climb,
    state::{Doing, Task, ValleyJob},
};
use crate::{
    explore::Progress,
    valley::{NOISE_POINTS, Share},
};

/// What a gradient costs, in losses.
const GRADIENT: u64 = 3;

impl ValleyJob {
    /// Losses measured, of those that will be needed as far as that can be told; a gradient counts as three.
    pub(super) fn counted(&self) -> Progress {
        let coarse = 2 * self.detector.slice.points() as u64 + 1;
        let [count, points] = self.direction_points;
        let each = if count > 0 { points.div_ceil(count) } else { coarse };
        let fill = self.detector.inner().len() as u64;
        let random = u64::from(self.request.directions).min(Share::SHOWN as u64);
        let shift = self.comparison.map_or(0, |s| s.training().len() + s.test().len()) as u64;
        let waiting: u64 = self
            .waiting
            .iter()
            .map(|task| match task {
                Task::Base => 1,
                Task::Sharpness { spec, .. } => spec.draws,
                Task::Gap { spec, .. } => {
                    let steps = u64::from(spec.steps());
                    GRADIENT * steps.max(1) + steps + 1
                }
                Task::Shift { .. } => shift,
                Task::Noise(_) => 3 * NOISE_POINTS as u64,
                Task::Direction { .. } => each,
                Task::Fill => fill * (self.rays.len() as u64 + random),
            })
            .sum();
        let doing = match &self.doing {
            Some(Doing::Sharpness { measured, .. }) => measured.next().map_or(0, |draw| measured.spec().draws - draw),
            Some(Doing::Gap { climb, .. }) => cost(climb),
            Some(Doing::Shift { train, test, .. }) => (train.len() + test.len()) as u64,
            Some(Doing::Direction(probe)) => probe.open() as u64,
            Some(Doing::Fill(numbers)) => fill * numbers.len() as u64,
            None => 0,
        };
        Progress { done: self.done, total: self.done + doing + waiting }
    }
}

/// What the rest of an ascent costs, in losses.
pub(super) fn cost(climb: &Climb) -> u64 {
    let [gradients, losses] = climb.open();
    GRADIENT * gradients + losses
}
