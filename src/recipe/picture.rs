//! The picture of a recipe.

use super::{
    Compared, Findings, Outcome, Picture, Product, Recipe, Report,
    claim::matches,
    compared::{compared, measured},
    curves::{Run, SMOOTHING, smoothed},
};
use crate::{
    figure::{self, Figure, Key, Kind, Panel, Series, Table, TableRow, Theme, colors, text::literal},
    history::{Curve, History},
};

/// The recipe's picture of one seed; a seed without runs gives an empty page. Tables and plots of measures are over all seeds.
pub fn figure(recipe: &Recipe, report: &Report, seed: u64, theme: Theme) -> Figure {
    let of_seed = || report.runs.iter().filter(move |r| r.seed == seed);
    let histories = of_seed().filter_map(|r| match &r.product {
        Product::Walk(history) => Some((&**history, r.name.as_str())),
        Product::Findings(_) => None,
    });
    let runs: Vec<Run<'_>> =
        histories.enumerate().map(|(i, (history, name))| (history, name, colors::run_color(i))).collect();
    let plain = |panels: Vec<Panel>| figure::stacked(panels, String::new(), theme);
    let curves = || -> Vec<Panel> { recipe.curves.iter().map(|curve| curve.panel(&runs, theme)).collect() };
    let key = || -> Vec<Key> {
        runs.iter().map(|(_, name, color)| Key { name: (*name).into(), color: *color, kind: Kind::Line }).collect()
    };
    let figure = match recipe.picture {
        Picture::Findings => {
            let found = findings_figure(of_seed(), recipe.seeds.len() > 1, theme);
            let curves = curves();
            let key = if curves.is_empty() { vec![] } else { key() };
            Figure { key, ..figure::with_further(found, curves) }
        }
        Picture::Cosine => plain(cosine_panels(recipe, &runs)),
        Picture::Epochs => figure::epochs_figure(&runs, theme),
        Picture::Walk => figure::walk_figure(&runs[..runs.len().min(1)], None, theme),
        Picture::Curves => Figure { key: key(), ..plain(curves()) },
        Picture::Results => plain(vec![]),
    };
    let all = measured(report);
    let paper = compared(recipe, report);
    let tables = recipe.tables.iter().map(|table| table.panel(&all));
    let plots = recipe.plots.iter().map(|plot| plot.panel(&all));
    let further: Vec<Panel> = tables.chain(plots).chain(paper_panel(&paper)).collect();
    let caption = caption(recipe, &figure, &runs, seed);
    let figure = figure::captioned(figure::with_further(figure, further), caption);
    figure::titled(figure, recipe.title.clone(), format!("{}, {}", recipe.paper, recipe.figure))
}

/// What a reader must know of what is drawn: of which runs and seeds it is, and at which scale the paper's numbers are.
fn caption(recipe: &Recipe, figure: &Figure, runs: &[Run<'_>], seed: u64) -> String {
    let mut parts = Vec::new();
    match recipe.picture {
        Picture::Walk => {
            let name = runs.first().map(|(_, name, _)| format!("{name}, seed {seed}"));
            parts.extend(name.into_iter().chain([figure.subtitle.clone()]));
        }
        Picture::Epochs | Picture::Curves | Picture::Cosine => parts.push(format!("Curves: seed {seed}")),
        Picture::Findings | Picture::Results => parts.push(figure.caption.clone()),
    }
    if recipe.seeds.len() > 1 && !(recipe.tables.is_empty() && recipe.plots.is_empty()) {
        let count = recipe.seeds.len();
        parts.push(format!("Tables and points of measures: mean ± standard deviation over {count} seeds"));
    }
    if !recipe.paper_numbers.is_empty() {
        parts.push("The paper's numbers are the paper's at its own scale; what this run is stands in brackets".into());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// This run's numbers and the paper's in two columns; nothing where the paper prints none.
fn paper_panel(all: &[Compared]) -> Option<Panel> {
    if all.is_empty() {
        return None;
    }
    let mut sources: Vec<&str> = all.iter().map(|one| one.source.as_str()).collect();
    sources.dedup();
    let row =
        |one: &Compared| TableRow { name: one.label.clone(), cells: vec![one.ours_text.clone(), one.theirs.clone()] };
    let table = Table {
        head: "the paper's".into(),
        columns: vec!["this run".into(), "paper".into()],
        rows: all.iter().map(row).collect(),
    };
    let title = literal(&format!("Beside the paper's own numbers ({})", sources.join(", ")));
    Some(Panel { title, table: Some(table), ..Panel::default() })
}

/// A panel for each side of the spread claim, a line for each of its groups (Walk Fig. 4).
fn cosine_panels(recipe: &Recipe, runs: &[Run<'_>]) -> Vec<Panel> {
    let sides = recipe.claims.iter().find_map(|c| c.spread_groups()).unwrap_or_default();
    sides
        .iter()
        .map(|groups| {
            let series = groups.iter().enumerate().map(|(i, group)| {
                let members: Vec<&History> =
                    runs.iter().filter(|(_, name, _)| matches(group, name)).map(|(h, ..)| *h).collect();
                Series {
                    name: plain(group),
                    in_legend: true,
                    color: colors::run_color(i),
                    kind: Kind::Line,
                    curve: Curve::through(smoothed(&members)),
                }
            });
            Panel {
                title: format!("Gradient cosine{}, mean of {SMOOTHING} iterations", literal(&ends(groups))),
                x_label: "iteration t".into(),
                y_label: "cos(g_{t−1}, g_t)".into(),
                series: series.collect(),
                ..Panel::default()
            }
        })
        .collect()
}

/// What the lines of a panel differ in: the first and the last group.
fn ends(groups: &[String]) -> String {
    match groups {
        [first, .., last] => format!(" from {} to {}", plain(first), plain(last)),
        _ => String::new(),
    }
}

/// A group as a legend has it: its pattern without what stands for other characters.
fn plain(group: &str) -> String {
    group.replace('*', "").trim_matches([' ', ',', '.']).to_string()
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

    #[test]
    fn every_recipe_has_its_tables_and_the_papers_numbers_in_its_picture() {
        let report = Report { verdicts: vec![], runs: vec![], seconds: 0.0 };
        for recipe in crate::recipe::builtin().unwrap() {
            for recipe in recipe.scales() {
                let figure = figure(recipe, &report, recipe.seeds[0], Theme::Light);
                let tables: Vec<&Table> = figure.panels.iter().filter_map(|p| p.table.as_ref()).collect();
                let paper = usize::from(!recipe.paper_numbers.is_empty());
                assert_eq!(tables.len(), recipe.tables.len() + paper, "{}", recipe.id);
                if paper > 0 {
                    let last = tables[tables.len() - 1];
                    assert_eq!(last.columns, ["this run", "paper"]);
                    let theirs: Vec<&str> = last.cells().filter(|c| c.1 == "paper").map(|c| c.2).collect();
                    let printed: Vec<&str> = recipe.paper_numbers.iter().map(|n| n.value.as_str()).collect();
                    assert_eq!(theirs, printed, "{}", recipe.id);
                    assert!(last.cells().filter(|c| c.1 == "this run").all(|c| c.2 == "—"), "nothing was made");
                    assert!(figure.caption.contains("at its own scale"), "{}", figure.caption);
                }
                assert!(figure::to_svg(&figure).contains("</svg>"));
            }
        }
    }

    #[test]
    fn heights_are_drawn_as_heights() {
        let history = crate::history::synthetic::bounce(150, 1);
        let recipe = crate::recipe::find("walk-height").unwrap();
        let run = Outcome {
            name: "digits, η 0.1".into(),
            seed: 1,
            what: "a walk".into(),
            product: Product::Walk(Box::new(history)),
        };
        let report = Report { verdicts: vec![], runs: vec![run], seconds: 0.0 };
        let figure = figure(recipe, &report, 1, Theme::Light);
        assert!(figure.panels[0].title.contains("height above floor"), "{}", figure.panels[0].title);
        assert!(figure.panels[0].series[0].curve.points().all(|p| p[1] == 0.3), "those of the made-up epochs");
        let Product::Walk(history) = &report.runs[0].product else { panic!("a walk") };
        let first: Vec<f64> = history.slices().iter().filter(|s| s.t < 50).map(|s| s.height()).collect();
        let expected = first.iter().sum::<f64>() / first.len() as f64;
        let table = figure.panels[1].table.as_ref().unwrap();
        let (_, _, cell) = table.cells().find(|c| c.0 == "digits, η 0.1" && c.1 == "epoch 1").unwrap();
        assert!((cell.parse::<f64>().unwrap() - expected).abs() < 1e-3 * expected, "{cell}, not {expected}");
    }
}
