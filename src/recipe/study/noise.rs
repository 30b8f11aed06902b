//! Gradient noise against curvature where a walk is: Zhu et al. 2019, Fig. 4, 5 and 7.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Table;

use super::{End, Ends, Studied, Task, Unfinished, Watch, drive::drive, settings::split};
use crate::{
    curvature::NoiseReport,
    explore::{NoiseJob, NoiseRequest, Request as _},
    recipe::Findings,
};

/// Tr(HΣ) beside its isotropic counterpart, â, and norms. With as many `products` as parameters, and as training images, the traces are
/// exact.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Noise {
    at: End,
    request: Box<NoiseRequest>,
}

/// What a recipe says that is not the request's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    at: End,
}

impl TryFrom<Table> for Noise {
    type Error = String;

    fn try_from(table: Table) -> Result<Noise, String> {
        let (own, request): (Own, NoiseRequest) = split(table, &["at"], &["files"])?;
        Ok(Noise { at: own.at, request: Box::new(request) })
    }
}

/// A number's name, and where it is in a report.
type Told = (&'static str, fn(&NoiseReport) -> f64);

/// All of them.
const NUMBERS: [Told; 8] = [
    ("trace-h-sigma", |report| report.trace_h_sigma.value),
    ("trace-h-sigma-error", |report| report.trace_h_sigma.standard_error),
    ("trace-h-sigma-bar", |report| report.trace_h_sigma_bar.value),
    ("ratio", |report| report.ratio),
    ("alignment", |report| report.alignment),
    ("overlap", |report| report.overlap),
    ("gradient-norm", |report| report.gradient_norm),
    ("noise-norm", |report| report.noise_norm),
];

impl Studied for Noise {
    fn measures(&self) -> Vec<&'static str> {
        NUMBERS.iter().map(|(name, _)| *name).collect()
    }

    fn ends(&self) -> Vec<&End> {
        vec![&self.at]
    }

    fn check(&self) -> Result<(), String> {
        // The walk has no file yet.
        let files = vec![PathBuf::from(self.at.to_string())];
        let request = NoiseRequest { files, ..NoiseRequest::clone(&self.request) };
        request.check().map_err(|e| e.to_string())
    }

    fn describe(&self) -> String {
        format!("gradient noise against curvature at {}", self.at)
    }

    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let files = vec![ends.of(&self.at, task.seed)?];
        let mut request = NoiseRequest { files, ..NoiseRequest::clone(&self.request) };
        request.subject.seed = task.seed;
        let job: NoiseJob = drive(&request, watch)?;
        let report = job.series().points.first().and_then(|point| point.report.as_ref());
        let number = |(name, of): &(&'static str, fn(&NoiseReport) -> f64)| (*name, Some(report.map_or(f64::NAN, of)));
        Ok(Findings { bounds: vec![], numbers: NUMBERS.iter().map(number).collect(), panels: vec![] })
    }
}
