//! Making a recipe's runs and deciding its claims.

use super::{
    Picture, Recipe, RecipeError, Verdict,
    claim::{Measured, matches},
    measure::mean,
};
use crate::{
    engine::{Found, Record, Walk, WalkError},
    figure::{self, Figure, Kind, Panel, Series, Theme, colors},
    history::{Curve, History},
    objective::{Interrupt, ObjectiveError},
    run,
};

/// What happens while a recipe is made.
#[derive(Debug)]
pub enum Happening<'a> {
    /// Run `number` of `of` begins.
    Begins { number: usize, of: usize, name: &'a str, seed: u64 },
    /// It has made `t` of `steps` iterations; `share` is that of the whole recipe, 0..1.
    Moves { t: u64, steps: u64, share: f64 },
    /// It has ended.
    Ended { name: &'a str, seed: u64, history: &'a History },
}

/// One finished run of a recipe.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub name: String,
    pub seed: u64,
    pub history: History,
}

/// A whole recipe, made.
#[derive(Clone, Debug)]
pub struct Report {
    pub verdicts: Vec<Verdict>,
    pub runs: Vec<Outcome>,
    pub seconds: f64,
}

/// Why a recipe was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReproduceError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("run {name}, seed {seed}: {source}")]
    Run { name: String, seed: u64, source: Box<WalkError> },
    #[error("stopped")]
    Stopped,
}

/// Makes every run of a recipe, one after the other, and decides its claims. `stop` ends it at the next chunk of work.
pub fn reproduce(
    recipe: &Recipe,
    data_folder: Option<&std::path::Path>,
    stop: &Interrupt,
    watch: &mut dyn FnMut(Happening<'_>),
) -> Result<Report, ReproduceError> {
    let begun = std::time::Instant::now();
    let planned = recipe.planned()?;
    let of = planned.len();
    let mut runs = Vec::new();
    for (i, mut plan) in planned.into_iter().enumerate() {
        if let Some(folder) = data_folder {
            plan.spec.data.dir = Some(folder.to_path_buf());
        }
        watch(Happening::Begins { number: i + 1, of, name: &plan.name, seed: plan.seed });
        let mut moves = |t, steps| {
            let share = (i as f64 + t as f64 / steps as f64) / of as f64;
            watch(Happening::Moves { t, steps, share });
        };
        let history = match walk(plan.spec, stop, &mut moves) {
            Ok(history) => history,
            Err(WalkError::Objective(ObjectiveError::Interrupted)) => return Err(ReproduceError::Stopped),
            Err(source) => {
                return Err(ReproduceError::Run { name: plan.name, seed: plan.seed, source: Box::new(source) });
            }
        };
        watch(Happening::Ended { name: &plan.name, seed: plan.seed, history: &history });
        runs.push(Outcome { name: plan.name, seed: plan.seed, history });
    }
    let measured: Vec<_> = runs.iter().map(|r| Measured { name: &r.name, seed: r.seed, history: &r.history }).collect();
    let verdicts = recipe.claims.iter().map(|c| c.decide(&measured)).collect();
    Ok(Report { verdicts, runs, seconds: begun.elapsed().as_secs_f64() })
}

/// A whole walk into memory. A run that diverges ends there; its measures say so by not being numbers.
fn walk(spec: run::RunSpec, stop: &Interrupt, moves: &mut dyn FnMut(u64, u64)) -> Result<History, WalkError> {
    let mut walk = Walk::new(spec, stop.clone())?;
    let steps = walk.manifest().steps;
    let mut history = History::new(walk.manifest().clone());
    let mut records = Vec::new();
    walk.prepare(&mut records, &mut |_, _, _| {})?;
    let begun = std::time::Instant::now();
    let mut outcome = run::Outcome::Finished;
    loop {
        for record in records.drain(..) {
            match record {
                Record::Step(r) => drop(history.push_step(r)),
                Record::Slice(r) => drop(history.push_slice(r)),
                Record::Epoch(r) => drop(history.push_epoch(r)),
                Record::Change(r) => drop(history.push_change(r)),
                Record::Checkpoint { .. } | Record::State { .. } | Record::Average { .. } => {}
            }
        }
        if walk.is_complete() {
            break;
        }
        if let Found::Diverged { t } = walk.step(&mut records)? {
            outcome = run::Outcome::Diverged { t };
            break;
        }
        moves(walk.t(), steps);
    }
    history.finish(walk.summary(outcome, begun.elapsed().as_secs_f64()));
    Ok(history)
}

/// The recipe's picture, of the first seed.
pub fn figure(recipe: &Recipe, report: &Report, theme: Theme) -> Figure {
    let first = report.runs.first().map_or(0, |r| r.seed);
    let runs: Vec<(&History, &str, colors::Color)> = report
        .runs
        .iter()
        .filter(|r| r.seed == first)
        .enumerate()
        .map(|(i, r)| (&r.history, r.name.as_str(), colors::run_color(i)))
        .collect();
    let mut figure = match recipe.picture {
        Picture::Cosine => Figure { panels: cosine_panels(recipe, &runs), ..figure::walk_figure(&[], None, theme) },
        Picture::Epochs => figure::epochs_figure(&runs, theme),
        Picture::Walk => figure::walk_figure(&runs[..runs.len().min(1)], None, theme),
    };
    figure.title = format!("{} ({}, {})", recipe.title, recipe.paper, recipe.figure);
    figure
}

/// Iterations that a smoothed cosine is averaged over.
const SMOOTHING: usize = 20;

/// A panel for each side of the spread claim, a line for each of its groups (Walk Fig. 4).
fn cosine_panels(recipe: &Recipe, runs: &[(&History, &str, colors::Color)]) -> Vec<Panel> {
    let sides = recipe.claims.iter().find_map(|c| c.spread_groups()).unwrap_or_default();
    sides
        .iter()
        .map(|groups| {
            let series = groups.iter().enumerate().map(|(i, group)| {
                let members: Vec<&History> =
                    runs.iter().filter(|(_, name, _)| matches(group, name)).map(|(h, ..)| *h).collect();
                Series {
                    name: group.replace('*', "").trim().to_string(),
                    in_legend: true,
                    color: colors::run_color(i),
                    kind: Kind::Line,
                    curve: Curve::through(smoothed(&members)),
                }
            });
            Panel {
                title: format!("Gradient cosine, mean of {SMOOTHING} iterations"),
                x_label: "iteration t".into(),
                y_label: "cos(g_{t−1}, g_t)".into(),
                series: series.collect(),
                ..Panel::default()
            }
        })
        .collect()
}

/// The moving mean of the cosine, over all histories together.
fn smoothed(histories: &[&History]) -> Vec<[f64; 2]> {
    let length = histories.iter().map(|h| h.steps().len()).min().unwrap_or(0);
    (SMOOTHING..length)
        .map(|end| {
            let window = histories.iter().flat_map(|h| &h.steps()[end - SMOOTHING..end]).filter_map(|s| s.cosine);
            [end as f64 - SMOOTHING as f64 / 2.0, mean(window)]
        })
        .collect()
}
