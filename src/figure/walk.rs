//! The walk figure: the stacked plots of Figs. 1 and 2 of "A Walk with SGD", with the height above the floor added.

use super::{
    Color, Figure, Guide, Key, Kind, Marker, Panel, Series, Theme,
    colors::{BARRIER, FLOOR},
    ticks::grouped,
};
use crate::history::{History, Quantity};

/// Size of the page; as wide as a text column needs at twice its size, so that PNGs stay sharp.
const WIDTH: u32 = 1100;
const HEIGHT: u32 = 1000;
/// What a further plot adds.
const HEIGHT_OF_FURTHER: u32 = 190;
/// Plots that every walk figure has; further ones come after them.
pub const WALK_PANELS: usize = 4;
/// Pixel columns to thin the lines to; a little more than the plots are wide.
pub(super) const COLUMNS: usize = 1100;

/// Training loss with floor and barriers, cosine, height, distance: one run, or several over each other.
///
/// Each run comes with its name and colour. `x_range` is in iterations; `None` shows everything.
pub fn walk_figure(runs: &[(&History, &str, Color)], x_range: Option<(f64, f64)>, theme: Theme) -> Figure {
    walk_figure_with(runs, x_range, theme, &[])
}

/// The same with a plot of each further quantity below.
pub fn walk_figure_with(
    runs: &[(&History, &str, Color)],
    x_range: Option<(f64, f64)>,
    theme: Theme,
    further: &[Quantity],
) -> Figure {
    let covered = runs.iter().filter_map(|(h, ..)| h.x_range()).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let range = x_range.or(covered).unwrap_or((0.0, 40.0));
    let mut panels = vec![loss_panel(runs, range, theme)];
    let shown = [Quantity::COSINE, Quantity::HEIGHT, Quantity::DISTANCE];
    for q in shown.into_iter().chain(further.iter().copied()) {
        panels.push(Panel { series: lines(runs, q, range), ..plain_panel(runs, q, range) });
    }
    panels[1].y_range = Some((-1.08, 1.08));
    panels[1].guides = vec![guide(-1.0, "opposite"), guide(0.0, "orthogonal")];
    for panel in &mut panels[2..WALK_PANELS] {
        panel.from_zero = true;
    }
    // The words stand once, at the top; the lines go through all panels.
    for panel in &mut panels[1..] {
        panel.markers.iter_mut().for_each(|m| m.label.clear());
    }
    Figure {
        title: title(runs),
        subtitle: subtitle(runs),
        key: key(runs),
        panels,
        caption: String::new(),
        width: WIDTH,
        height: HEIGHT + HEIGHT_OF_FURTHER * further.len() as u32,
        theme,
        shared_x: true,
    }
}

/// The name of the run, or how many are compared.
pub(super) fn title(runs: &[(&History, &str, Color)]) -> String {
    match runs {
        [] => "A walk on the loss landscape".into(),
        [(_, label, _)] => (*label).into(),
        _ => format!("{} runs compared", runs.len()),
    }
}

/// What a reader needs to know to place the numbers; only what all runs agree on.
pub(super) fn subtitle(runs: &[(&History, &str, Color)]) -> String {
    let agreed = |say: &dyn Fn(&History) -> String| {
        let mut said = runs.iter().map(|(h, ..)| say(h));
        let first = said.next()?;
        said.all(|other| other == first).then_some(first)
    };
    let count = |n: u64| grouped(&n.to_string());
    let parts = [
        agreed(&|h| h.manifest().network.clone()),
        agreed(&|h| format!("{} parameters", count(h.manifest().parameters))),
        agreed(&|h| format!("{} training examples", count(h.manifest().train_count))),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// The runs of an overlay and their colours; a single run is named by the title.
pub(super) fn key(runs: &[(&History, &str, Color)]) -> Vec<Key> {
    if runs.len() < 2 {
        return vec![];
    }
    runs.iter().map(|(_, label, color)| Key { name: (*label).into(), color: *color, kind: Kind::Line }).collect()
}

/// The name of a line in the legend and in CSV.
pub(super) fn series_name(runs: &[(&History, &str, Color)], run: &str, what: &str) -> String {
    if runs.len() < 2 { what.into() } else { format!("{run} · {what}") }
}

fn guide(value: f64, label: &str) -> Guide {
    Guide { value, label: label.into() }
}

/// Words start with a capital letter on a page.
fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn plain_panel(runs: &[(&History, &str, Color)], quantity: Quantity, range: (f64, f64)) -> Panel {
    Panel {
        title: capital(quantity.name()),
        x_label: "iteration t".into(),
        y_label: quantity.label().into(),
        x_range: Some(range),
        iteration_grid: true,
        markers: markers(runs),
        when_empty: format!("Here comes the {}, iteration by iteration.", quantity.name()),
        weight: 1.0,
        ..Panel::default()
    }
}

/// Live changes; in an overlay without words, which would not say whose they are.
fn markers(runs: &[(&History, &str, Color)]) -> Vec<Marker> {
    let words = runs.len() == 1;
    let marker = |x: u64, label: String| Marker { x: x as f64, label: if words { label } else { String::new() } };
    let changes = runs.iter().flat_map(|(h, ..)| h.changes()).map(|c| marker(c.t, c.change.to_string()));
    // Where a run left another one; what it changed there says it already.
    let left = |h: &&History| Some((h.manifest().spec.fork.as_ref()?.step, h.changes().first().map(|c| c.t)));
    let forks = runs.iter().filter_map(|(h, ..)| left(h)).filter(|(step, first)| *first != Some(*step));
    changes.chain(forks.map(|(step, _)| marker(step, "fork".into()))).collect()
}

fn lines(runs: &[(&History, &str, Color)], quantity: Quantity, (from, to): (f64, f64)) -> Vec<Series> {
    let line = |(history, label, color): &(&History, &str, Color)| Series {
        name: series_name(runs, label, quantity.name()),
        in_legend: false,
        color: *color,
        kind: Kind::Line,
        curve: history.curve(quantity, from, to, COLUMNS),
    };
    runs.iter().map(line).collect()
}

fn loss_panel(runs: &[(&History, &str, Color)], range: (f64, f64), theme: Theme) -> Panel {
    let single = runs.len() < 2;
    let mut series = lines(runs, Quantity::SLICE, range);
    let mut extra = |quantity: Quantity, kind: Kind, color: &dyn Fn(Color) -> Color| {
        for (history, label, run_color) in runs {
            let mut curve = history.curve(quantity, range.0, range.1, COLUMNS);
            // The slices' own line has counted these already.
            curve.non_finite = 0;
            let name = series_name(runs, label, quantity.name());
            series.push(Series { name, in_legend: false, color: color(*run_color), kind, curve });
        }
    };
    // In an overlay two orange floors could not be told apart; there the dashes alone mean the floor.
    extra(Quantity::FLOOR, Kind::Dashed, &|run| if single { FLOOR } else { run });
    extra(Quantity::BARRIER, Kind::Points, &|_| BARRIER);
    let neutral = theme.page().muted;
    let loss = runs.first().filter(|_| single).map_or(neutral, |(_, _, color)| *color);
    let entry = |name: &str, color, kind| Key { name: name.into(), color, kind };
    let mut key = vec![
        entry("training loss, 10 points per step", loss, Kind::Line),
        entry("valley floor", if single { FLOOR } else { neutral }, Kind::Dashed),
    ];
    if series.iter().any(|s| s.kind == Kind::Points && !s.curve.is_empty()) {
        key.push(entry("barrier", BARRIER, Kind::Points));
    }
    Panel {
        title: "Training loss between the iterates".into(),
        y_label: Quantity::BARRIER.label().into(),
        when_empty: "Here comes the training loss along every step, with the valley floor and the barriers.".into(),
        series,
        key,
        weight: 1.7,
        ..plain_panel(runs, Quantity::SLICE, range)
    }
}
