//! Spectra at checkpoints, a block of products at a time.

mod json;
mod report;
mod request;

pub use report::{SpectrumFound, SpectrumPoint, SpectrumSeries, SpectrumValue};
pub use request::SpectrumRequest;

use rand_distr::{Distribution as _, StandardNormal};

use super::{
    About, Context, ExploreError, Job, Progress, Request as _, Setting, SpectrumRequestError,
    rate::rate,
    series::{Station, batch, stations},
    subject::read,
};
use crate::{
    curvature::{Place, SpectrumMeasure, SpectrumPart, SpectrumSpec},
    memory,
    net::State,
    random,
    spectral::DensitySpec,
};

/// The length of the random vector that a search begins with beside eigenvectors of length 1 (our choice).
const NEWS: f64 = 0.5;

const REMEDY: &str = "ask for fewer eigenvalues (--top, --smallest), leave out what is not needed (--density, --trace), or allow more memory (--memory)";

/// Spectra, before they are measured.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumHead {
    pub about: About,
    /// The checkpoints, of which nothing is known yet.
    pub series: SpectrumSeries,
}

/// Spectra in the making, one checkpoint after the other. The search at each begins with the eigenvectors found at the one before.
pub struct SpectrumJob {
    pub setting: Setting,
    spec: SpectrumSpec,
    series: SpectrumSeries,
    /// The first checkpoint, which says what network it is, until its turn comes.
    first: Option<State>,
    /// The place of the present one among them.
    point: usize,
    measure: Option<SpectrumMeasure>,
    vectors: Vec<Vec<f64>>,
    /// Products made at checkpoints that are over.
    done: u64,
}

impl SpectrumJob {
    /// Everything found so far.
    pub fn series(&self) -> &SpectrumSeries {
        &self.series
    }

    /// How it is measured.
    pub fn spec(&self) -> &SpectrumSpec {
        &self.spec
    }

    /// The eigenvectors at the last checkpoint whose search for them is over, of length 1 and dimension D, in the order of its eigenvalues.
    pub fn vectors(&self) -> &[Vec<f64>] {
        self.measure
            .as_ref()
            .map(|measure| &measure.report().vectors)
            .filter(|v| !v.is_empty())
            .unwrap_or(&self.vectors)
    }

    /// Reads the next checkpoint.
    fn begin(&mut self) -> Result<SpectrumFound, ExploreError> {
        let state = match self.first.take() {
            Some(state) => state,
            None => self.setting.state(&self.setting.read(&self.series.points[self.point].station.path)?)?,
        };
        let place = Place::new(&self.setting.objective, &state, self.setting.norm_mode)?;
        let start = self.start();
        let measure = SpectrumMeasure::new(&place, self.spec, Some(start));
        let layers = measure.report().layers.clone();
        self.measure = Some(measure);
        let value = SpectrumValue::Begun(layers);
        Ok(SpectrumFound { point: self.point, value, is_final: true, is_last: false })
    }

    /// Where the next search begins: at the last eigenvectors, and at random a little, since what is at right angles to all of them would
    /// never be found.
    fn start(&mut self) -> Vec<Vec<f64>> {
        let mut start = std::mem::take(&mut self.vectors);
        if let Some(dimension) = start.first().map(Vec::len) {
            let mut rng = random::stream(self.spec.seed, &format!("spectrum {}", self.point));
            let share = NEWS / (dimension as f64).sqrt();
            let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
            start.push((0..dimension).map(|_| share * normal()).collect());
        }
        start
    }

    /// Makes a block of products; `None` when there is none left to make at this checkpoint.
    fn go_on(point: usize, measure: &mut SpectrumMeasure) -> Result<Option<SpectrumFound>, ExploreError> {
        let Some(part) = measure.part() else { return Ok(None) };
        measure.advance()?;
        let next = measure.part();
        let report = measure.report();
        let value = match part {
            SpectrumPart::Eigenvalues => {
                Some(SpectrumValue::Eigenvalues { values: report.eigenvalues.clone(), is_found: report.is_found })
            }
            SpectrumPart::Trace => report.trace.map(SpectrumValue::Trace),
            SpectrumPart::Density => report.density.clone().map(SpectrumValue::Density),
            SpectrumPart::Layer(number) => {
                report.layers.get(number).cloned().map(|layer| SpectrumValue::Layer { number, layer })
            }
        };
        let found = |value| SpectrumFound { point, value, is_final: next != Some(part), is_last: next.is_none() };
        Ok(value.map(found))
    }
}

impl Job for SpectrumJob {
    type Request = SpectrumRequest;
    type Head = SpectrumHead;
    type Found = SpectrumFound;

    const COUNTS: &'static str = "products";

    /// # Errors
    /// Also more eigenvalues than there is memory for.
    fn open(
        request: &SpectrumRequest,
        context: impl Into<Context>,
        _preparing: &mut dyn FnMut(f64),
    ) -> Result<SpectrumJob, ExploreError> {
        request.check()?;
        let (stations, notes) = stations(&request.files)?;
        let Some(path) = stations.first().map(|station| &station.path) else {
            return Err(SpectrumRequestError::NoFiles.into());
        };
        let file = read(path)?;
        let mut setting = Setting::open(&request.subject, &file, context)?;
        setting.about.notes.extend(notes);
        let first = setting.state(&file)?;
        let dimension = first.theta.len();
        let mut spec = request.spec(batch(request.batch, &file), dimension);
        room(&mut spec, dimension)?;
        let point = |station: Station| {
            let rate = file.run.as_ref().and_then(|_| rate(&station));
            SpectrumPoint { rate, ..SpectrumPoint::new(station) }
        };
        let series = SpectrumSeries {
            operator: spec.operator,
            batch: spec.batch,
            parameters: dimension as u64,
            tolerance: spec.tolerance,
            points: stations.into_iter().map(point).collect(),
        };
        let (first, vectors) = (Some(first), Vec::new());
        Ok(SpectrumJob { setting, spec, series, first, point: 0, measure: None, vectors, done: 0 })
    }

    fn head(&self) -> SpectrumHead {
        SpectrumHead { about: self.setting.about.clone(), series: self.series.clone() }
    }

    /// Makes one block of products. What was found before an error stays in [`SpectrumJob::series`].
    fn advance(&mut self) -> Result<Option<SpectrumFound>, ExploreError> {
        loop {
            let found = match &mut self.measure {
                None if self.point == self.series.points.len() => return Ok(None),
                None => Some(self.begin()?),
                Some(measure) => Self::go_on(self.point, measure)?,
            };
            if let Some(found) = found {
                self.series.apply(found.clone());
                return Ok(Some(found));
            }
            if let Some(measure) = self.measure.take() {
                self.done += measure.progress().0;
                self.vectors = measure.into_report().vectors;
                self.point += 1;
            }
        }
    }

    /// Products made, of those that will be needed as far as that can be told: further checkpoints are taken to need as many as those before.
    fn progress(&self) -> Progress {
        let (done, total) = self.measure.as_ref().map_or((0, 0), SpectrumMeasure::progress);
        let left = self.series.points.len() - self.point - usize::from(self.measure.is_some());
        let each = if self.point > 0 { self.done.div_ceil(self.point as u64) } else { total };
        Progress { done: self.done + done, total: self.done + total + each * left as u64 }
    }
}

/// Whether there is room for a spectrum; a density takes fewer vectors at a time where that helps, which changes nothing that is found.
fn room(spec: &mut SpectrumSpec, dimension: usize) -> Result<(), memory::TooMuch> {
    if promise(spec, dimension).is_err() {
        spec.density = spec.density.map(|density| DensitySpec { together: 1, ..density });
    }
    promise(spec, dimension)
}

fn promise(spec: &SpectrumSpec, dimension: usize) -> Result<(), memory::TooMuch> {
    let what = || format!("{} eigenvalues of a matrix of {dimension} parameters", spec.top + spec.smallest);
    memory::promise(what, spec.bytes(dimension), REMEDY)
}
