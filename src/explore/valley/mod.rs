//! The valley around a checkpoint, measured a little at a time: asymmetric directions, the shift between test and training
//! loss, and sharpness.

mod measure;
mod open;
mod probe;
mod progress;
mod report;
mod request;
mod sharp;
mod specs;
mod state;

use self::{
    probe::Probe,
    progress::cost,
    sharp::Climb,
    state::{Doing, STRIDE, Task},
};
pub use self::{
    report::{DirectionReport, GapReport, SharpnessReport, ShiftReport, Source, ValleyFound, ValleyReport},
    request::ValleyRequest,
    specs::{Detector, NoiseSpec, Origin, SamGapSpec, ShiftRange, ShiftSpec, Unit},
    state::ValleyJob,
};
use super::{About, Context, ExploreError, Job, Progress};
use crate::{
    objective::Subset,
    valley::{ExpectedSharpness, SamGap},
};

/// A valley, before anything is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct ValleyHead {
    pub about: About,
    /// What will be told of.
    pub report: ValleyReport,
}

impl Job for ValleyJob {
    type Request = ValleyRequest;
    type Head = ValleyHead;
    type Found = ValleyFound;

    const COUNTS: &'static str = "losses";

    /// # Errors
    /// Also a direction of length 0, a comparison without a test set or without a direction.
    fn open(
        request: &ValleyRequest,
        context: impl Into<Context>,
        preparing: &mut dyn FnMut(f64),
    ) -> Result<ValleyJob, ExploreError> {
        open::open(request, context.into(), preparing)
    }

    fn head(&self) -> ValleyHead {
        ValleyHead { about: self.setting.about.clone(), report: self.report.clone() }
    }

    fn advance(&mut self) -> Result<Option<ValleyFound>, ExploreError> {
        loop {
            let found = match self.doing.take() {
                Some(doing) => self.go_on(doing)?,
                None => match self.waiting.pop_front() {
                    Some(task) => self.begin(task)?,
                    None => return Ok(None),
                },
            };
            if let Some(found) = found {
                self.report.apply(found.clone());
                return Ok(Some(found));
            }
        }
    }

    fn progress(&self) -> Progress {
        self.counted()
    }
}

impl ValleyJob {
    /// Everything found so far.
    pub fn report(&self) -> &ValleyReport {
        &self.report
    }

    fn begin(&mut self, task: Task) -> Result<Option<ValleyFound>, ExploreError> {
        match task {
            Task::Base => {
                let at = [vec![1.0]];
                let found = self.setting.measure(&[&self.centre], &at, true)?;
                self.done += 1;
                Ok(found.first().map(|m| ValleyFound::Base { train: m.train, test: m.test }))
            }
            Task::Sharpness { index, spec } => {
                let measured = ExpectedSharpness::new(spec, self.base()?)?;
                self.doing = Some(Doing::Sharpness { index, measured });
                Ok(None)
            }
            Task::Gap { index, spec } => {
                let climb = Climb::new(spec, SamGap::new(spec.rho(), self.base()?)?);
                self.doing = Some(Doing::Gap { index, climb });
                Ok(None)
            }
            Task::Shift { shift, ray } => {
                if let Some(spec) = self.comparison {
                    let (train, test) = (spec.training(), spec.test());
                    self.doing = Some(Doing::Shift { shift, ray, train, test });
                }
                Ok(None)
            }
            Task::Noise(first) => self.measure_noise(&first).map(Some),
            Task::Fill => {
                let mut numbers: Vec<usize> = self.report.named().map(|(i, _)| i).collect();
                numbers.extend(self.report.most_asymmetric());
                self.doing = Some(Doing::Fill(numbers));
                Ok(None)
            }
            Task::Direction { direction, waiting } => {
                let ray = self.ray(&waiting);
                let length = ray.length();
                let probe = Probe::new(direction, ray, self.detector, self.noise);
                self.doing = Some(Doing::Direction(Box::new(probe)));
                self.begun_at = self.done;
                Ok(Some(ValleyFound::Begun { direction, length }))
            }
        }
    }

    fn go_on(&mut self, doing: Doing) -> Result<Option<ValleyFound>, ExploreError> {
        match doing {
            Doing::Sharpness { index, mut measured } => {
                let Some(draw) = measured.next() else { return Ok(None) };
                let spec = *measured.spec();
                let loss = self.setting.noisy_loss(&self.centre, spec.delta, spec.seed, draw)?;
                measured.record(draw, loss);
                self.done += 1;
                let estimate = measured.estimate();
                self.doing = Some(Doing::Sharpness { index, measured });
                Ok(Some(ValleyFound::Sharpness { index, estimate }))
            }
            Doing::Gap { index, mut climb } => {
                if climb.is_done() {
                    return Ok(None);
                }
                let before = cost(&climb);
                climb.advance(&self.setting, &self.centre)?;
                self.done += before - cost(&climb);
                let (gap, gradient_norm) = climb.found();
                self.doing = Some(Doing::Gap { index, climb });
                Ok(Some(ValleyFound::Gap { index, gap, gradient_norm }))
            }
            Doing::Shift { shift, ray, train, test } => self.shift(shift, ray, train, test).map(Some),
            Doing::Fill(mut numbers) => {
                let Some(direction) = numbers.pop() else { return Ok(None) };
                let points = self.fill(direction)?;
                self.doing = Some(Doing::Fill(numbers));
                Ok(Some(ValleyFound::Points { direction, points }))
            }
            Doing::Direction(mut probe) => {
                let direction = probe.direction;
                if let Some(verdict) = probe.verdict()? {
                    let [count, points] = self.direction_points;
                    self.direction_points = [count + 1, points + self.done - self.begun_at];
                    return Ok(Some(ValleyFound::Judged { direction, verdict }));
                }
                let places = probe.next(STRIDE);
                let from: Vec<f64> = places.iter().map(|p| probe.place_from_checkpoint(*p)).collect();
                let losses = self.losses(&probe.ray, &from, Subset::Train)?;
                let points: Vec<(f64, f64)> = places.into_iter().zip(losses).collect();
                let found = if probe.is_scanning() {
                    probe.scanned(&points).map(|origin| ValleyFound::Origin { direction, origin })
                } else {
                    probe.record(&points);
                    Some(ValleyFound::Points { direction, points })
                };
                self.doing = Some(Doing::Direction(probe));
                Ok(found)
            }
        }
    }
}
