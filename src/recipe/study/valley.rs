//! How asymmetric the valley around a solution is: Asymmetric Valleys; SAM thesis, Def. 2.3.1.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Table;

use super::{End, Ends, Studied, Task, Unfinished, Watch, drive::drive, settings::split};
use crate::{
    explore::{Detector, Request as _, ValleyJob, ValleyReport, ValleyRequest},
    figure::{Kind, Panel, Series, run_color},
    history::Curve,
    recipe::Findings,
    survey::Normalisation,
};

/// Gaussian directions at a solution, and the direction to another one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Valley {
    at: End,
    to: Option<End>,
    request: Box<ValleyRequest>,
}

/// What a recipe says that is not the request's, or otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    at: End,
    to: Option<End>,
    /// Random directions.
    #[serde(default)]
    directions: u32,
    normalise: Option<Normalisation>,
    detector: Option<Detector>,
}

impl TryFrom<Table> for Valley {
    type Error = String;

    fn try_from(table: Table) -> Result<Valley, String> {
        let (own, mut request): (Own, ValleyRequest) = split(
            table,
            &["at", "to", "directions", "normalise", "detector"],
            &["checkpoint", "others", "direction", "eigen", "shift", "sharpness", "sam_gap"],
        )?;
        request.directions = own.directions;
        request.scaling.normalise = own.normalise.unwrap_or(request.scaling.normalise);
        if let Some(detector) = &own.detector {
            request.set_detector(detector);
        }
        Ok(Valley { at: own.at, to: own.to, request: Box::new(request) })
    }
}

impl Studied for Valley {
    fn measures(&self) -> Vec<&'static str> {
        vec!["share", "share-low", "share-high", "largest-c", "c", "flat-side"]
    }

    fn ends(&self) -> Vec<&End> {
        [&self.at].into_iter().chain(&self.to).collect()
    }

    fn check(&self) -> Result<(), String> {
        if self.to.is_none() && self.request.directions == 0 {
            return Err("it looks along no direction; give `to` or `directions`".into());
        }
        // The walks have no files yet.
        let others = self.to.iter().map(|to| PathBuf::from(to.to_string())).collect();
        ValleyRequest { others, ..ValleyRequest::clone(&self.request) }.check().map_err(|e| e.to_string())
    }

    fn describe(&self) -> String {
        let to = self.to.as_ref().map(|to| format!("the direction to {to}"));
        let count = self.request.directions;
        let random = (count > 0).then(|| format!("{count} random directions"));
        let which: Vec<String> = to.into_iter().chain(random).collect();
        format!("{} at {}", which.join(" and "), self.at)
    }

    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let others = self.to.iter().map(|to| ends.of(to, task.seed)).collect::<Result<Vec<_>, _>>()?;
        let mut request =
            ValleyRequest { checkpoint: ends.of(&self.at, task.seed)?, others, ..ValleyRequest::clone(&self.request) };
        request.subject.seed = task.seed;
        let job: ValleyJob = drive(&request, watch)?;
        Ok(Findings { bounds: vec![], numbers: numbers(job.report()), panels: self.panels(job.report(), task) })
    }
}

/// The share of asymmetric random directions with its 95 % interval, the largest c among them, and c of the direction to
/// the other solution: 1 when that is not asymmetric. The flat side is +1 where it lies towards the other solution.
fn numbers(report: &ValleyReport) -> Vec<(&'static str, Option<f64>)> {
    use crate::survey::Side;
    let share = report.share().map(|s| s.asymmetric);
    let to = report.named().next().map(|(_, direction)| direction);
    let asymmetry = to.and_then(|d| d.asymmetry());
    let largest = report.random().filter_map(|(_, d)| d.asymmetry().map(|a| a.c)).reduce(f64::max);
    vec![
        ("share", share.map(|s| s.rate())),
        ("share-low", share.map(|s| s.low)),
        ("share-high", share.map(|s| s.high)),
        ("largest-c", largest),
        ("c", to.map(|_| asymmetry.map_or(1.0, |a| a.c))),
        ("flat-side", asymmetry.map(|a| if a.flat == Side::Right { 1.0 } else { -1.0 })),
    ]
}

impl Valley {
    /// The slices to look at, as rises over the loss at their middle.
    fn panels(&self, report: &ValleyReport, task: &Task<'_>) -> Vec<Panel> {
        let to = report.named().map(|(index, _)| index).next();
        let series = to.into_iter().chain(report.most_asymmetric()).filter_map(|index| {
            let direction = report.directions.get(index)?;
            let middle = direction.points.iter().find(|p| p.0 == 0.0)?.1;
            let c = direction.asymmetry().map_or(String::new(), |a| format!(", c = {:.2}", a.c));
            // The walks are in files of no name that anybody gave.
            let name = match &self.to {
                Some(end) if Some(index) == to => format!("from {} to {end}", self.at),
                _ => direction.name.clone(),
            };
            Some((format!("{name}{c}"), direction, middle))
        });
        let series = series.enumerate().map(|(i, (name, direction, middle))| Series {
            name,
            in_legend: i < MOST_NAMES,
            color: run_color(i),
            kind: Kind::Line,
            curve: Curve::through(direction.points.iter().map(|(l, loss)| [*l, loss - middle])),
        });
        let slices = if self.request.directions > 0 { "the most asymmetric slices" } else { "the slice" };
        vec![Panel {
            title: format!("{}: {slices}", task.name),
            x_label: "ℓ".into(),
            y_label: "L(w + ℓu) − L(w)".into(),
            series: series.collect(),
            ..Panel::default()
        }]
    }
}

/// Slices that the legend names.
const MOST_NAMES: usize = 6;
