//! The largest eigenvalues of the Hessian where a walk is: Zhu et al. 2019, Fig. 5.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Table;

use super::{End, Ends, Studied, Task, Unfinished, Watch, drive::drive, settings::split};
use crate::{
    curvature::Eigenvalue,
    explore::{Request as _, SpectrumJob, SpectrumRequest, SpectrumSeries},
    figure::{spectrum_panels, text::literal},
    recipe::Findings,
};

/// The leading eigenvalues of a matrix of the network, and how far they have fallen at one rank.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Spectrum {
    at: End,
    rank: usize,
    request: Box<SpectrumRequest>,
}

/// What a recipe says that is not the request's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    at: End,
    /// The eigenvalue, 1 being the largest, that is held against the largest; the last one when nothing is said.
    rank: Option<usize>,
}

impl TryFrom<Table> for Spectrum {
    type Error = String;

    fn try_from(table: Table) -> Result<Spectrum, String> {
        let (own, mut request): (Own, SpectrumRequest) =
            split(table, &["at", "rank"], &["files", "smallest", "density", "layers"])?;
        request.smallest = 0;
        Ok(Spectrum { at: own.at, rank: own.rank.unwrap_or(request.top), request: Box::new(request) })
    }
}

impl Studied for Spectrum {
    fn measures(&self) -> Vec<&'static str> {
        vec!["largest", "at-rank", "at-rank-over-largest", "unfound", "trace"]
    }

    fn ends(&self) -> Vec<&End> {
        vec![&self.at]
    }

    fn check(&self) -> Result<(), String> {
        if self.rank == 0 || self.rank > self.request.top {
            return Err(format!(
                "rank is {}, and the {} largest eigenvalues are found; give a rank from 1 to {}, or a larger top",
                self.rank, self.request.top, self.request.top
            ));
        }
        // The walk has no file yet.
        let files = vec![PathBuf::from(self.at.to_string())];
        let request = SpectrumRequest { files, ..SpectrumRequest::clone(&self.request) };
        request.check().map_err(|e| e.to_string())
    }

    fn describe(&self) -> String {
        format!("the {} largest eigenvalues at {}", self.request.top, self.at)
    }

    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let files = vec![ends.of(&self.at, task.seed)?];
        let mut request = SpectrumRequest { files, ..SpectrumRequest::clone(&self.request) };
        request.subject.seed = task.seed;
        let job: SpectrumJob = drive(&request, watch)?;
        let series = job.series();
        let mut panels = series.points.first().map_or(vec![], |point| spectrum_panels(series, point));
        for panel in &mut panels {
            panel.title = format!("{}: {}", literal(task.name), panel.title);
        }
        Ok(Findings { bounds: vec![], numbers: numbers(series, self.rank), panels })
    }
}

/// What is not found as exactly as was asked for is no number of a claim.
fn numbers(series: &SpectrumSeries, rank: usize) -> Vec<(&'static str, Option<f64>)> {
    let point = series.points.first();
    let eigenvalues = point.map_or(&[][..], |point| point.eigenvalues.as_slice());
    let is_found = |e: &&Eigenvalue| point.is_some_and(|point| series.is_converged(point, e));
    let of_rank = |rank: usize| {
        let found = eigenvalues.iter().find(|e| e.rank == rank).filter(is_found);
        found.map_or(f64::NAN, |e| e.value)
    };
    let unfound = eigenvalues.iter().filter(|e| !is_found(e)).count() as f64;
    vec![
        ("largest", Some(of_rank(1))),
        ("at-rank", Some(of_rank(rank))),
        ("at-rank-over-largest", Some(of_rank(rank) / of_rank(1))),
        ("unfound", Some(unfound)),
        ("trace", point.and_then(|point| point.trace).map(|trace| trace.value)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        curvature::Operator,
        explore::{SpectrumPoint, Station},
    };

    /// λ_i = 10/i, of which those beyond the fifth have a large residual.
    fn series(is_found: bool) -> SpectrumSeries {
        let eigenvalue =
            |rank: usize| Eigenvalue { rank, value: 10.0 / rank as f64, residual: if rank > 5 { 0.1 } else { 1e-6 } };
        let point = SpectrumPoint {
            station: Station { name: "w".into(), path: "w".into(), step: None },
            rate: None,
            eigenvalues: (1..=8).map(eigenvalue).collect(),
            is_searched: true,
            is_found,
            trace: None,
            density: None,
            layers: vec![],
            is_done: true,
        };
        let points = vec![point];
        SpectrumSeries { operator: Operator::Hessian, batch: 1, parameters: 50, tolerance: 1e-4, points }
    }

    #[test]
    fn eigenvalues_are_numbers_where_they_were_found() {
        let number = |series: &SpectrumSeries, rank: usize, name: &str| {
            numbers(series, rank).iter().find(|(known, _)| *known == name).unwrap().1
        };
        let open = series(false);
        assert_eq!(number(&open, 4, "largest"), Some(10.0));
        assert_eq!(number(&open, 4, "at-rank"), Some(2.5));
        assert_eq!(number(&open, 4, "at-rank-over-largest"), Some(0.25));
        assert_eq!((number(&open, 4, "unfound"), number(&open, 4, "trace")), (Some(3.0), None));
        assert!(number(&open, 6, "at-rank-over-largest").unwrap().is_nan(), "not found");
        let whole = series(true);
        assert_eq!((number(&whole, 8, "at-rank-over-largest"), number(&whole, 8, "unfound")), (Some(0.125), Some(0.0)));
        assert!(number(&whole, 9, "at-rank").unwrap().is_nan(), "not asked for");
    }
}
