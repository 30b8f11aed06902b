//! Gradient noise at checkpoints, a block of products at a time.

mod json;
mod report;
mod request;

pub use report::{NoiseFound, NoisePoint, NoiseSeries};
pub use request::NoiseRequest;

use super::{
    About, Context, ExploreError, Job, NoiseRequestError, Progress, Request as _, Setting,
    series::{batch, stations},
    subject::read,
};
use crate::{
    curvature::{NoiseMeasure, NoiseSpec, Place},
    memory,
    net::State,
    objective::Subset,
};

const REMEDY: &str =
    "compare fewer eigenvectors (--leading), make fewer products (--products), or allow more memory (--memory)";

/// Gradient noise, before it is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseHead {
    pub about: About,
    /// The checkpoints, of which nothing is known yet.
    pub series: NoiseSeries,
}

/// Gradient noise in the making, one checkpoint after the other.
pub struct NoiseJob {
    pub setting: Setting,
    spec: NoiseSpec,
    series: NoiseSeries,
    /// The first checkpoint, which says what network it is, until its turn comes.
    first: Option<State>,
    /// The place of the present one among them.
    point: usize,
    measure: Option<NoiseMeasure>,
    /// Steps made at checkpoints that are over.
    done: u64,
}

impl NoiseJob {
    /// Everything found so far.
    pub fn series(&self) -> &NoiseSeries {
        &self.series
    }

    /// How it is measured.
    pub fn spec(&self) -> &NoiseSpec {
        &self.spec
    }

    /// Reads the next checkpoint.
    fn begin(&mut self) -> Result<NoiseFound, ExploreError> {
        let state = match self.first.take() {
            Some(state) => state,
            None => self.setting.state(&self.setting.read(&self.series.points[self.point].station.path)?)?,
        };
        let place = Place::new(&self.setting.objective, &state, self.setting.norm_mode)?;
        self.measure = Some(NoiseMeasure::new(&place, self.spec));
        Ok(NoiseFound::Begun { point: self.point })
    }
}

impl Job for NoiseJob {
    type Request = NoiseRequest;
    type Head = NoiseHead;
    type Found = NoiseFound;

    const COUNTS: &'static str = "passes";

    /// # Errors
    /// Also more eigenvectors or products than there is memory for.
    fn open(
        request: &NoiseRequest,
        context: impl Into<Context>,
        _preparing: &mut dyn FnMut(f64),
    ) -> Result<NoiseJob, ExploreError> {
        request.check()?;
        let (stations, notes) = stations(&request.files)?;
        let Some(path) = stations.first().map(|station| &station.path) else {
            return Err(NoiseRequestError::NoFiles.into());
        };
        let file = read(path)?;
        let mut setting = Setting::open(&request.subject, &file, context)?;
        setting.about.notes.extend(notes);
        let first = setting.state(&file)?;
        let (dimension, examples) = (first.theta.len(), setting.objective.count(Subset::Train));
        let spec = request.spec(batch(request.batch, &file), dimension);
        let what = || format!("the noise of {examples} gradients of {dimension} parameters");
        memory::promise(what, spec.bytes(dimension, examples), REMEDY)?;
        let point = |station| NoisePoint { station, report: None, is_done: false };
        let series = NoiseSeries {
            batch: spec.batch,
            leading: spec.leading,
            parameters: dimension as u64,
            points: stations.into_iter().map(point).collect(),
        };
        Ok(NoiseJob { setting, spec, series, first: Some(first), point: 0, measure: None, done: 0 })
    }

    fn head(&self) -> NoiseHead {
        NoiseHead { about: self.setting.about.clone(), series: self.series.clone() }
    }

    /// Makes one block of products. What was found before an error stays in [`NoiseJob::series`].
    fn advance(&mut self) -> Result<Option<NoiseFound>, ExploreError> {
        let point = self.point;
        let found = match &mut self.measure {
            None if point == self.series.points.len() => return Ok(None),
            None => self.begin()?,
            Some(measure) => {
                let before = measure.parts();
                let is_last = !measure.advance()?;
                // A report is not for nothing: it compares long vectors.
                if is_last || measure.parts() > before {
                    NoiseFound::Report { point, report: Box::new(measure.report()), is_last }
                } else {
                    NoiseFound::Step { point }
                }
            }
        };
        if matches!(found, NoiseFound::Report { is_last: true, .. }) {
            self.done += self.measure.take().map_or(0, |measure| measure.progress().0);
            self.point += 1;
        }
        self.series.apply(found.clone());
        Ok(Some(found))
    }

    /// Passes over the data made, of those that will be needed as far as that can be told: further checkpoints are taken to need as many as
    /// those before.
    fn progress(&self) -> Progress {
        let (done, total) = self.measure.as_ref().map_or((0, 0), NoiseMeasure::progress);
        let left = self.series.points.len() - self.point - usize::from(self.measure.is_some());
        let each = if self.point > 0 { self.done.div_ceil(self.point as u64) } else { total };
        Progress { done: self.done + done, total: self.done + total + each * left as u64 }
    }
}
