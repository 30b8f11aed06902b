//! How fast one optimizer leaves the minimum where a walk ended: a cell of the SAM thesis's Table 5.1.

use serde::Deserialize;
use toml::Table;

use super::{End, Ends, Studied, Task, Unfinished, Watch, drive::drive, settings::split};
use crate::{
    explore::{EscapeJob, EscapeRequest, Request as _},
    figure::{Kind, Panel, Series, Tag, colors},
    history::Curve,
    optim::{OptimizerKind, Value, constant},
    recipe::Findings,
    valley::{Exits, Method},
};

/// Runs of one optimizer at a constant rate from a minimum, until the training accuracy falls below a threshold; their
/// batches are those of the seeds 0, 1, … for every optimizer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Escape {
    from: End,
    request: Box<EscapeRequest>,
}

/// What a recipe says that is not the request's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    from: End,
    #[serde(default)]
    optimizer: OptimizerKind,
    /// Of one that looks elsewhere, 0 when nothing is said; of another one, 0 or nothing.
    rho: Option<f64>,
    momentum: Option<f64>,
}

impl TryFrom<Table> for Escape {
    type Error = String;

    fn try_from(table: Table) -> Result<Escape, String> {
        let (own, mut request): (Own, EscapeRequest) =
            split(table, &["from", "optimizer", "rho", "momentum"], &["checkpoint", "kinds", "baseline", "record"])?;
        request.kinds = vec![own.optimizer];
        // What is not 0 and means nothing is refused by the request.
        let is_aware = own.optimizer.is_sharpness_aware();
        request.rho = own.rho.or(Some(0.0)).filter(|rho| is_aware || *rho != 0.0).map(|rho| vec![rho]);
        request.baseline = false;
        if let (Some(momentum), Some(constant)) = (own.momentum, constant("momentum")) {
            request.constants.say(constant, Value::Number(momentum));
        }
        Ok(Escape { from: own.from, request: Box::new(request) })
    }
}

impl Escape {
    /// The only row of the table.
    fn method(&self) -> Method {
        self.request.methods().first().copied().unwrap_or(Method::SGD)
    }

    fn panel(&self, exits: &Exits) -> Panel {
        let method = self.method();
        let of = |kind, points: &[[f64; 2]]| Series {
            name: method.title(),
            in_legend: false,
            color: if method.is_base() { colors::SGD } else { colors::SAM },
            kind,
            curve: Curve::through(points.iter().copied()),
        };
        let (mut series, mut tags) = (Vec::new(), Vec::new());
        if let Some(steps) = exits.expected() {
            let y = steps.value();
            series.push(of(Kind::Points, &[[method.rho, y]]));
            tags.push(Tag { x: method.rho, y, label: format!("{} {steps:.1}", method.title()) });
        }
        if let Some([low, high]) = exits.median().and_then(|m| m.interval) {
            series.push(of(Kind::Line, &[[method.rho, low.value()], [method.rho, high.value()]]));
        }
        Panel {
            title: format!(
                "Mean steps until the training accuracy falls below {} %, from {}, and the median's 95 % interval",
                100.0 * self.request.threshold,
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
        self.request.check().map_err(|e| e.to_string())
    }

    fn describe(&self) -> String {
        let EscapeRequest { seeds, lr, .. } = &*self.request;
        format!("{seeds} runs of {} from {}, rate {lr}", self.method().title(), self.from)
    }

    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let request =
            EscapeRequest { checkpoint: ends.of(&self.from, task.seed)?, ..EscapeRequest::clone(&self.request) };
        let job: EscapeJob = drive(&request, watch)?;
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
