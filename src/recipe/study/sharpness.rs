//! The expected sharpness where a walk is: Zhu et al. 2019, Eq. 88 and Fig. 3.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Table;

use super::{End, Ends, Studied, Task, Unfinished, Watch, drive::drive, settings::split};
use crate::{
    explore::{NoiseSpec, Request as _, ValleyJob, ValleyReport, ValleyRequest},
    recipe::Findings,
};

/// The mean rise of the training loss under Gaussian noise on θ. The draws are those of the seed, the same for every walk.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Sharpness {
    at: End,
    request: Box<ValleyRequest>,
}

/// What a recipe says that is not the request's, or otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    at: End,
    /// The paper's δ = 0.01 and M = 1000 when nothing is said.
    noise: Option<NoiseSpec>,
}

/// The paper's (D.3).
const NOISE: NoiseSpec = NoiseSpec { delta: 0.01, draws: 1000 };

impl TryFrom<Table> for Sharpness {
    type Error = String;

    fn try_from(table: Table) -> Result<Sharpness, String> {
        let (own, mut request): (Own, ValleyRequest) = split(
            table,
            &["at", "noise"],
            &["checkpoint", "others", "directions", "direction", "shift", "sharpness", "sam_gap"],
        )?;
        request.directions = 0;
        request.sharpness = vec![own.noise.unwrap_or(NOISE)];
        Ok(Sharpness { at: own.at, request: Box::new(request) })
    }
}

impl Studied for Sharpness {
    fn measures(&self) -> Vec<&'static str> {
        vec!["sharpness", "sharpness-low", "sharpness-high", "train-loss"]
    }

    fn ends(&self) -> Vec<&End> {
        vec![&self.at]
    }

    fn check(&self) -> Result<(), String> {
        // The walk has no file yet.
        let checkpoint = PathBuf::from(self.at.to_string());
        let request = ValleyRequest { checkpoint, ..ValleyRequest::clone(&self.request) };
        request.check().map_err(|e| e.to_string())
    }

    fn describe(&self) -> String {
        let noise = self.request.sharpness.first().copied().unwrap_or(NOISE);
        format!("expected sharpness at {}: noise of δ = {}, {} draws", self.at, noise.delta, noise.draws)
    }

    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let checkpoint = ends.of(&self.at, task.seed)?;
        let mut request = ValleyRequest { checkpoint, ..ValleyRequest::clone(&self.request) };
        request.subject.seed = task.seed;
        let job: ValleyJob = drive(&request, watch)?;
        Ok(Findings { bounds: vec![], numbers: numbers(job.report()), panels: vec![] })
    }
}

/// The expected sharpness with its 95 % interval, and the training loss that it rises from. With draws that are not finite it has no
/// value, which is not the same as nothing to measure.
fn numbers(report: &ValleyReport) -> Vec<(&'static str, Option<f64>)> {
    let estimate = report.sharpness.first().and_then(|s| s.estimate).filter(|estimate| estimate.not_finite == 0);
    let interval = estimate.and_then(|estimate| estimate.interval);
    let or_none = |x: Option<f64>| Some(x.unwrap_or(f64::NAN));
    vec![
        ("sharpness", or_none(estimate.and_then(|estimate| estimate.mean))),
        ("sharpness-low", or_none(interval.map(|interval| interval.low))),
        ("sharpness-high", or_none(interval.map(|interval| interval.high))),
        ("train-loss", or_none(report.train.map(|train| train.loss))),
    ]
}
