//! How fast one optimizer leaves the minimum where a walk ended: a cell of the SAM thesis's Table 5.1.

use serde::Deserialize;

use super::{End, Ends, Studied, Task, Unfinished, Watch};
use crate::{
    explore::{EscapeJob, EscapeRequest, Job as _},
    figure::{Kind, Panel, Series, Tag, colors},
    history::Curve,
    optim::{OptimizerKind, OptimizerSpec},
    recipe::Findings,
    valley::{Exits, Method},
};

/// Runs of one optimizer at a constant rate from a minimum, until the training accuracy falls below a threshold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escape {
    from: End,
    #[serde(default)]
    optimizer: OptimizerKind,
    /// 0 for an optimizer that looks nowhere else.
    #[serde(default)]
    rho: f64,
    #[serde(default)]
    momentum: f64,
    rate: f64,
    batch: u64,
    /// Runs; their batches are those of the seeds 0, 1, … for every optimizer.
    runs: usize,
    /// Steps after which a run is stopped.
    limit: u64,
    #[serde(default = "ninety")]
    threshold: f64,
}

/// The thesis's threshold.
fn ninety() -> f64 {
    0.9
}

impl Escape {
    fn method(&self) -> Method {
        Method { kind: self.optimizer, rho: self.rho }
    }

    fn request(&self, checkpoint: std::path::PathBuf) -> EscapeRequest {
        EscapeRequest {
            checkpoint,
            methods: vec![self.method()],
            optimizer: OptimizerSpec { momentum: self.momentum, ..OptimizerSpec::default() },
            rate: self.rate,
            batch: Some(self.batch),
            seeds: self.runs,
            limit: self.limit,
            threshold: self.threshold,
            ..EscapeRequest::default()
        }
    }

    fn panel(&self, exits: &Exits) -> Panel {
        let of = |kind, points: &[[f64; 2]]| Series {
            name: self.method().title(),
            in_legend: false,
            color: if self.method().is_base() { colors::SGD } else { colors::SAM },
            kind,
            curve: Curve::through(points.iter().copied()),
        };
        let (mut series, mut tags) = (Vec::new(), Vec::new());
        if let Some(steps) = exits.expected() {
            let y = steps.value();
            series.push(of(Kind::Points, &[[self.rho, y]]));
            tags.push(Tag { x: self.rho, y, label: format!("{} {steps:.1}", self.method().title()) });
        }
        if let Some([low, high]) = exits.median().and_then(|m| m.interval) {
            series.push(of(Kind::Line, &[[self.rho, low.value()], [self.rho, high.value()]]));
        }
        Panel {
            title: format!(
                "Mean steps until the training accuracy falls below {} %, from {}, and the median's 95 % interval",
                100.0 * self.threshold,
                self.from
            ),
            x_label: "ρ (0: SGD)".into(),
            y_label: "steps".into(),
            log_y: true,
            series,
            tags,
            ..Panel::default()
        }
    }
}

impl Studied for Escape {
    fn measures(&self) -> Vec<&'static str> {
        vec!["mean-steps", "std-steps", "median-steps", "censored", "gradients"]
    }

    fn ends(&self) -> Vec<&End> {
        vec![&self.from]
    }

    fn check(&self) -> Result<(), String> {
        let request = self.request(Default::default());
        request.check().map_err(|e| e.to_string())?;
        crate::valley::Escape::new(request.table()).map(drop).map_err(|e| e.to_string())
    }

    fn describe(&self) -> String {
        format!("{} runs of {} from {}, rate {}", self.runs, self.method().title(), self.from, self.rate)
    }

    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let mut job = EscapeJob::open(&self.request(ends.of(&self.from, task.seed)?), watch.stop(), &mut |_| {})?;
        while job.advance()?.is_some() {
            let (done, left) = job.work();
            watch.at(if done > 0.0 { done / (done + left) } else { 0.0 })?;
        }
        let table = job.table();
        let exits = table.cell(0).ok_or_else(|| Unfinished::NoWalk(self.from.to_string()))?;
        let gradients: u64 = table.runs().map(|(_, run)| run.gradients).sum();
        let numbers = vec![
            // Runs that were stopped count with the limit: a lower bound.
            ("mean-steps", exits.expected().map(|steps| steps.value())),
            ("std-steps", exits.mean().and_then(|m| m.std)),
            ("median-steps", exits.median().map(|m| m.median.value())),
            ("censored", Some(exits.censored() as f64)),
            ("gradients", Some(gradients as f64)),
        ];
        let bounds = if exits.censored() > 0 { vec!["mean-steps", "median-steps"] } else { vec![] };
        Ok(Findings { numbers, bounds, panels: vec![self.panel(exits)] })
    }
}
