//! The valley around a checkpoint, measured a little at a time: asymmetric directions, the shift between test and training
//! loss, and sharpness.

mod probe;
mod report;
mod request;
mod sharp;

use std::{collections::VecDeque, path::Path, sync::Arc};

use self::{
    probe::{Probe, Ray},
    sharp::Climb,
};
pub use self::{
    report::{DirectionReport, GapReport, SharpnessReport, ShiftReport, Source, ValleyFound, ValleyReport},
    request::{Detector, Family, Origin, SamGapSpec, ShiftSpec, Unit, ValleyRequest, ValleySpecError},
};
use super::{
    ExploreError, Progress, Setting,
    subject::{read, short},
};
use crate::{
    net::State,
    objective::{Interrupt, Subset},
    probe::vector::{distance, norm},
    valley::{
        AsymmetryError, Criteria, ExpectedSharpness, NOISE, NOISE_POINTS, SamGap, SharpnessSpec, best_shift,
        noise_share,
    },
};

/// Points measured between two looks at what else there is to do.
const STRIDE: usize = 6;
/// Steps between the places whose losses tell the noise, as a share of r: far below anything that the curve does.
const NOISE_STEP: f64 = 1e-5;
/// What a gradient costs, in losses.
const GRADIENT: u64 = 3;

/// A direction before its turn; a random one is drawn only then.
#[derive(Clone)]
enum Waiting {
    File(Arc<Ray>),
    Random(u32),
}

/// One job after the other, in this order.
enum Task {
    Base,
    Sharpness {
        index: usize,
        spec: SharpnessSpec,
    },
    Gap {
        index: usize,
        spec: SamGapSpec,
    },
    Shift {
        shift: usize,
        ray: Arc<Ray>,
    },
    /// Along the first direction.
    Noise(Waiting),
    Direction {
        direction: usize,
        waiting: Waiting,
    },
}

/// What is being done.
enum Doing {
    Sharpness { index: usize, measured: ExpectedSharpness },
    Gap { index: usize, climb: Climb },
    Shift { shift: usize, ray: Arc<Ray>, train: Vec<f64>, test: Vec<f64> },
    Direction(Box<Probe>),
}

/// A valley in the making.
pub struct ValleyJob {
    pub setting: Setting,
    request: ValleyRequest,
    centre: State,
    report: ValleyReport,
    waiting: VecDeque<Task>,
    doing: Option<Doing>,
    noise: f64,
    /// Losses measured, and those that the finished directions took.
    done: u64,
    direction_points: [u64; 2],
    /// Of the direction that is being judged.
    begun_at: u64,
}

impl ValleyJob {
    /// Reads the files and gets everything ready.
    ///
    /// # Errors
    /// Files, data, network or device that do not fit, a direction of length 0, a comparison without a test set or
    /// without a direction; with what to do about it.
    pub fn open(request: &ValleyRequest, interrupt: Interrupt) -> Result<ValleyJob, ExploreError> {
        check(request)?;
        let file = read(&request.centre)?;
        let mut setting = Setting::open(&request.subject, &file, interrupt)?;
        let centre = setting.state(&file)?;
        if request.shift.is_some() && setting.objective.count(Subset::Test) == 0 {
            return Err(ExploreError::NoTestSet);
        }
        let mut report = ValleyReport::default();
        let unit = request.detector.unit;
        let mut rays = Vec::new();
        for path in &request.others {
            rays.push(Arc::new(other(&mut setting, &centre, &request.centre, path, unit)?));
            let name = format!("{} – {}", short(&request.centre), short(path));
            report.directions.push(DirectionReport::new(Source::Difference, name));
        }
        for path in &request.given {
            let state = setting.direction(path)?;
            let length = norm(&state.theta);
            if length == 0.0 {
                return Err(ExploreError::NoDirection { path: path.clone() });
            }
            rays.push(Arc::new(Ray::new(state, true, length, unit)));
            report.directions.push(DirectionReport::new(Source::Given, short(path)));
        }
        let mut directions: Vec<Waiting> = rays.iter().cloned().map(Waiting::File).collect();
        for index in 0..request.random.map_or(0, |family| family.count) {
            report.directions.push(DirectionReport::new(Source::Random { index }, format!("direction {index}")));
            directions.push(Waiting::Random(index));
        }
        let mut waiting = VecDeque::from([Task::Base]);
        for (index, spec) in request.sharpness.iter().enumerate() {
            report.sharpness.push(SharpnessReport { spec: *spec, estimate: None });
            waiting.push_back(Task::Sharpness { index, spec: *spec });
        }
        for (index, spec) in request.sam_gaps.iter().enumerate() {
            report.gaps.push(GapReport { spec: *spec, gap: None, gradient_norm: None });
            waiting.push_back(Task::Gap { index, spec: *spec });
        }
        if request.shift.is_some() {
            for (shift, ray) in rays.into_iter().enumerate() {
                report.shifts.push(ShiftReport { direction: shift, train: vec![], test: vec![], outcome: None });
                waiting.push_back(Task::Shift { shift, ray });
            }
        }
        waiting.extend(directions.first().cloned().map(Task::Noise));
        let tasks = directions.into_iter().enumerate();
        waiting.extend(tasks.map(|(direction, waiting)| Task::Direction { direction, waiting }));
        Ok(ValleyJob {
            setting,
            request: request.clone(),
            centre,
            report,
            waiting,
            doing: None,
            noise: NOISE,
            done: 0,
            direction_points: [0, 0],
            begun_at: 0,
        })
    }

    /// Everything found so far.
    pub fn report(&self) -> &ValleyReport {
        &self.report
    }

    /// Measures a little. `None` when all is done.
    ///
    /// # Errors
    /// When the device fails, or somebody asked for the end.
    pub fn advance(&mut self) -> Result<Option<ValleyFound>, ExploreError> {
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
                if let Some(spec) = self.request.shift {
                    let (train, test) = (spec.training(), spec.test());
                    self.doing = Some(Doing::Shift { shift, ray, train, test });
                }
                Ok(None)
            }
            Task::Noise(first) => self.measure_noise(&first).map(Some),
            Task::Direction { direction, waiting } => {
                let ray = self.ray(&waiting);
                let length = ray.length();
                let probe = Probe::new(direction, ray, self.request.detector, self.noise);
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

    /// L(w), once it is measured.
    fn base(&self) -> Result<f64, ExploreError> {
        match self.report.train {
            Some(base) => Ok(base.loss),
            None => Ok(self.setting.objective.evaluate(&self.centre, Subset::Train, self.setting.norm_mode)?.loss),
        }
    }

    /// Draws or takes a direction.
    fn ray(&self, waiting: &Waiting) -> Arc<Ray> {
        match waiting {
            Waiting::File(ray) => ray.clone(),
            Waiting::Random(index) => {
                let directions = self.request.random.map(|family| family.directions).unwrap_or_default();
                let drawn = directions.draw(&self.centre.theta, self.setting.objective.network().layout(), *index);
                let length = norm(&drawn);
                Arc::new(Ray::new(self.setting.along(drawn), true, length, self.request.detector.unit))
            }
        }
    }

    /// Losses at places of a ray, from the checkpoint.
    fn losses(&mut self, ray: &Ray, places: &[f64], subset: Subset) -> Result<Vec<f64>, ExploreError> {
        let weights: Vec<Vec<f64>> = places.iter().map(|place| ray.weights(*place)).collect();
        let (objective, mode) = (&self.setting.objective, self.setting.norm_mode);
        let found = objective.evaluate_fan(&[&self.centre, &ray.end], &weights, subset, mode)?;
        self.done += places.len() as u64;
        Ok(found.into_iter().map(|e| e.loss).collect())
    }

    /// The noise of the losses along a direction, at the checkpoint and at both ends.
    fn measure_noise(&mut self, along: &Waiting) -> Result<ValleyFound, ExploreError> {
        let (ray, r) = (self.ray(along), self.request.detector.slice.r());
        let mut groups = Vec::new();
        for middle in [0.0, -r, r] {
            let places: Vec<f64> = (0..NOISE_POINTS).map(|k| middle + (k as f64 - 4.0) * NOISE_STEP * r).collect();
            groups.push(self.losses(&ray, &places, Subset::Train)?);
        }
        self.noise = noise_share(groups.iter().map(Vec::as_slice));
        Ok(ValleyFound::Noise(self.noise))
    }

    /// Some points of the two curves, or what follows from them.
    fn shift(
        &mut self,
        shift: usize,
        ray: Arc<Ray>,
        mut train: Vec<f64>,
        mut test: Vec<f64>,
    ) -> Result<ValleyFound, ExploreError> {
        if train.is_empty() && test.is_empty() {
            let radius = self.request.shift.map_or(f64::NAN, |spec| spec.radius());
            let curves = &self.report.shifts[shift];
            let outcome = best_shift(&curves.train, &curves.test, radius).map_err(|e| e.to_string());
            return Ok(ValleyFound::Shifted { shift, outcome });
        }
        let part = |places: &mut Vec<f64>| places.drain(..places.len().min(STRIDE)).collect::<Vec<f64>>();
        let (subset, places) =
            if train.is_empty() { (Subset::Test, part(&mut test)) } else { (Subset::Train, part(&mut train)) };
        let losses = self.losses(&ray, &places, subset)?;
        let points = places.into_iter().zip(losses).collect();
        self.doing = Some(Doing::Shift { shift, ray, train, test });
        Ok(match subset {
            Subset::Train => ValleyFound::Curves { shift, train: points, test: vec![] },
            Subset::Test => ValleyFound::Curves { shift, train: vec![], test: points },
        })
    }

    /// Losses measured, of those that will be needed as far as that can be told; a gradient counts as three.
    pub fn progress(&self) -> Progress {
        let coarse = 2 * self.request.detector.slice.points() as u64 + 1;
        let [count, points] = self.direction_points;
        let each = if count > 0 { points.div_ceil(count) } else { coarse };
        let shift = self.request.shift.map_or(0, |s| s.training().len() + s.test().len()) as u64;
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
            })
            .sum();
        let doing = match &self.doing {
            Some(Doing::Sharpness { measured, .. }) => measured.next().map_or(0, |draw| measured.spec().draws - draw),
            Some(Doing::Gap { climb, .. }) => cost(climb),
            Some(Doing::Shift { train, test, .. }) => (train.len() + test.len()) as u64,
            Some(Doing::Direction(probe)) => probe.open() as u64,
            None => 0,
        };
        Progress { done: self.done, total: self.done + doing + waiting }
    }
}

/// What the rest of an ascent costs, in losses.
fn cost(climb: &Climb) -> u64 {
    let [gradients, losses] = climb.open();
    GRADIENT * gradients + losses
}

/// Refuses what cannot be measured, before any file is read.
fn check(request: &ValleyRequest) -> Result<(), ExploreError> {
    let tolerance = request.detector.tolerance;
    if !(tolerance >= 0.0 && tolerance.is_finite()) {
        return Err(AsymmetryError::Criteria { tolerance, noise: Criteria::default().noise }.into());
    }
    for spec in &request.sharpness {
        ExpectedSharpness::new(*spec, 0.0)?;
    }
    if request.shift.is_some() && request.others.is_empty() && request.given.is_empty() {
        return Err(ExploreError::NothingToShift);
    }
    Ok(())
}

/// The direction from the centre to another solution.
fn other(
    setting: &mut Setting,
    centre: &State,
    centre_path: &Path,
    path: &Path,
    unit: Unit,
) -> Result<Ray, ExploreError> {
    let file = read(path)?;
    setting.note_second(&file);
    let state = setting.state(&file)?;
    let norm = distance(&centre.theta, &state.theta);
    if norm == 0.0 {
        return Err(ExploreError::SamePoint { a: centre_path.into(), b: path.into() });
    }
    Ok(Ray::new(state, false, norm, unit))
}
