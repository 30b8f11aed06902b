//! The picture of a recipe.

use super::{Findings, Outcome, Picture, Product, Recipe, Report, claim::matches, measure::mean};
use crate::{
    figure::{self, Figure, Kind, Panel, Series, Theme, colors},
    history::{Curve, History},
    probe::ProbeId,
};

/// The recipe's picture of one seed; a seed without runs gives an empty page.
pub fn figure(recipe: &Recipe, report: &Report, seed: u64, theme: Theme) -> Figure {
    let of_seed = || report.runs.iter().filter(move |r| r.seed == seed);
    let histories = of_seed().filter_map(|r| match &r.product {
        Product::Walk(history) => Some((&**history, r.name.as_str())),
        Product::Findings(_) => None,
    });
    let runs: Vec<(&History, &str, colors::Color)> =
        histories.enumerate().map(|(i, (history, name))| (history, name, colors::run_color(i))).collect();
    let mut figure = match recipe.picture {
        Picture::Findings => findings_figure(of_seed(), recipe.seeds.len() > 1, theme),
        Picture::Cosine => Figure { panels: cosine_panels(recipe, &runs), ..figure::walk_figure(&[], None, theme) },
        Picture::Epochs => figure::epochs_figure(&runs, theme),
        Picture::Walk => figure::walk_figure(&runs[..runs.len().min(1)], None, theme),
    };
    match recipe.picture {
        // Runs of a walk have a subtitle of their own.
        Picture::Walk | Picture::Epochs | Picture::Cosine => {
            figure.title = format!("{} ({}, {})", recipe.title, recipe.paper, recipe.figure);
        }
        Picture::Findings => {
            figure.title.clone_from(&recipe.title);
            figure.subtitle = format!("{}, {}", recipe.paper, recipe.figure);
        }
    }
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
            let window = histories
                .iter()
                .flat_map(|h| &h.steps()[end - SMOOTHING..end])
                .filter_map(|s| s.value(ProbeId::COSINE));
            [end as f64 - SMOOTHING as f64 / 2.0, mean(window)]
        })
        .collect()
}

/// The panels of all findings, one under the other. What the runs were is its caption.
fn findings_figure<'a>(runs: impl Iterator<Item = &'a Outcome>, with_seed: bool, theme: Theme) -> Figure {
    let (mut found, mut captions): (Vec<&Findings>, Vec<String>) = (Vec::new(), Vec::new());
    for run in runs {
        let caption = if with_seed { format!("{}, seed {}", run.what, run.seed) } else { run.what.clone() };
        if !captions.contains(&caption) {
            captions.push(caption);
        }
        if let Product::Findings(findings) = &run.product {
            found.push(findings);
        }
    }
    // More runs than a reader looks through need no list.
    if captions.len() > MOST_CAPTIONS {
        captions.truncate(MOST_CAPTIONS);
        captions.push("…".into());
    }
    figure::stacked(Findings::together(found), captions.join(" · "), theme)
}

/// Runs that the caption of a picture lists.
const MOST_CAPTIONS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(name: &str, x: f64) -> Outcome {
        let line = |name: &str, x| Series {
            name: name.into(),
            in_legend: true,
            color: colors::GD,
            kind: Kind::Line,
            curve: Curve::through([[0.0, 0.0], [x, x]]),
        };
        let panel =
            |title: &str, series| Panel { title: title.into(), series, x_range: Some((0.0, x)), ..Panel::default() };
        let panels = vec![panel("both", vec![line("same", 1.0), line(name, x)]), panel(name, vec![])];
        let product = Product::Findings(Findings { bounds: vec![], numbers: vec![], panels });
        Outcome { name: name.into(), seed: 1, what: "experiment".into(), product }
    }

    #[test]
    fn panels_of_one_title_become_one() {
        let runs = [outcome("a", 2.0), outcome("b", 3.0)];
        let figure = findings_figure(runs.iter(), false, Theme::Light);
        let titles: Vec<&str> = figure.panels.iter().map(|p| p.title.as_str()).collect();
        assert_eq!((titles, figure.caption.as_str()), (vec!["both", "a", "b"], "experiment"));
        let names: Vec<&str> = figure.panels[0].series.iter().map(|s| s.name.as_str()).collect();
        assert_eq!((names, figure.panels[0].x_range), (vec!["same", "a", "b"], Some((0.0, 3.0))));
    }
}
