//! From a request's files to a job.

use std::{collections::VecDeque, path::Path, sync::Arc};

use super::{
    DirectionReport, GapReport, SharpnessReport, ShiftReport, Source, Unit, ValleyReport, ValleyRequest,
    probe::Ray,
    state::{Task, ValleyJob, Waiting},
};
use crate::{
    explore::{
        Context, ExploreError, Request as _, Setting, eigen,
        subject::{read, short, told_apart},
    },
    net::State,
    objective::Subset,
    probe::vector::{distance, norm},
    valley::NOISE,
};

/// Reads the files and gets everything ready.
///
/// # Errors
/// Files, data, network or device that do not fit, a direction of length 0, an eigenvector that is none, a comparison without a test set or
/// without a direction; with what to do about it.
pub(super) fn open(
    request: &ValleyRequest,
    context: Context,
    preparing: &mut dyn FnMut(f64),
) -> Result<ValleyJob, ExploreError> {
    request.check()?;
    let (detector, comparison) = (request.detector()?, request.comparison()?);
    let file = read(&request.checkpoint)?;
    let mut setting = Setting::open(&request.subject, &file, context)?;
    let centre = setting.state(&file)?;
    if comparison.is_some() && setting.objective.count(Subset::Test) == 0 {
        return Err(ExploreError::NoTestSet);
    }
    let mut report = ValleyReport::default();
    let unit = detector.unit;
    let mut rays = Vec::new();
    for path in &request.others {
        rays.push(Arc::new(other(&mut setting, &centre, &request.checkpoint, path, unit)?));
        let name = told_apart([&request.checkpoint, path]).join(" – ");
        report.directions.push(DirectionReport::new(Source::Difference, name));
    }
    for path in &request.direction {
        let state = setting.direction(path)?;
        let length = norm(&state.theta);
        if length == 0.0 {
            return Err(ExploreError::NoDirection { path: path.clone() });
        }
        rays.push(Arc::new(Ray::new(state, true, length, unit)));
        report.directions.push(DirectionReport::new(Source::Given, short(path)));
    }
    if !request.eigen.is_empty() {
        let found = eigen::search(&mut setting, &centre, &request.eigen, request.subject.seed, preparing)?;
        for (one, direction) in found {
            let length = norm(&direction);
            rays.push(Arc::new(Ray::new(setting.along(direction), true, length, unit)));
            let report = &mut report.directions;
            report.push(DirectionReport { eigen: Some(one), ..DirectionReport::new(Source::Eigen, one.name()) });
        }
    }
    let mut directions: Vec<Waiting> = rays.iter().cloned().map(Waiting::File).collect();
    for index in 0..request.directions {
        report.directions.push(DirectionReport::new(Source::Random { index }, format!("direction {index}")));
        directions.push(Waiting::Random(index));
    }
    let mut waiting = VecDeque::from([Task::Base]);
    for (index, spec) in request.sharpness_specs().into_iter().enumerate() {
        report.sharpness.push(SharpnessReport { spec, estimate: None });
        waiting.push_back(Task::Sharpness { index, spec });
    }
    for (index, spec) in request.sam_gap.iter().enumerate() {
        report.gaps.push(GapReport { spec: *spec, gap: None, gradient_norm: None });
        waiting.push_back(Task::Gap { index, spec: *spec });
    }
    if comparison.is_some() {
        for (shift, ray) in rays.iter().cloned().enumerate() {
            report.shifts.push(ShiftReport { direction: shift, train: vec![], test: vec![], outcome: None });
            waiting.push_back(Task::Shift { shift, ray });
        }
    }
    waiting.extend(directions.first().cloned().map(Task::Noise));
    let tasks = directions.into_iter().enumerate();
    waiting.extend(tasks.map(|(direction, waiting)| Task::Direction { direction, waiting }));
    waiting.push_back(Task::Fill);
    Ok(ValleyJob {
        setting,
        request: request.clone(),
        detector,
        comparison,
        centre,
        report,
        rays,
        waiting,
        doing: None,
        noise: NOISE,
        done: 0,
        direction_points: [0, 0],
        begun_at: 0,
    })
}

/// The direction from the centre to another solution.
fn other(
    setting: &mut Setting,
    centre: &State,
    centre_path: &Path,
    path: &Path,
    unit: Unit,
) -> Result<Ray, ExploreError> {
    let file = setting.read(path)?;
    setting.note_second(&file);
    let state = setting.state(&file)?;
    let norm = distance(&centre.theta, &state.theta);
    if norm == 0.0 {
        return Err(ExploreError::SamePoint { a: centre_path.into(), b: path.into() });
    }
    Ok(Ray::new(state, false, norm, unit))
}
