//! The walk figure: the stacked plots of Figs. 1 and 2 of "A Walk with SGD", with the height above the floor added.

use super::{
    Color, Figure, Guide, Key, Kind, Marker, Panel, Series, Theme,
    colors::{BARRIER, FLOOR},
    layout::columns_of,
    ranges::union,
    text,
    ticks::grouped,
};
use crate::history::{History, Quantity};

/// Size of the page; as wide as a text column needs at twice its size, so that PNGs stay sharp.
const WIDTH: u32 = 1100;
const HEIGHT: u32 = 1000;
/// The same of a page with one plot.
const LONE_HEIGHT: u32 = 440;
/// What a further plot adds.
const HEIGHT_OF_FURTHER: u32 = 190;
/// What a further column adds.
const WIDTH_OF_FURTHER: u32 = 400;
/// Pixel columns to thin the lines to; a little more than the plots are wide.
pub const COLUMNS: usize = 1100;

/// The plots of a walk, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WalkPlot {
    /// With the valley floor and the barriers.
    Loss,
    Cosine,
    Height,
    Distance,
    /// Sharpness along the steps and critical sharpness, with the edge of stability.
    Curvature,
    /// The largest eigenvalue of the Hessian, or of the preconditioned one where the optimizer has one, with the stability limit.
    LambdaMax,
    /// Tr(HΣ) beside what isotropic noise would have.
    NoiseCurvature,
    /// The norm of the full gradient beside that of the noise.
    GradientAndNoise,
    /// Something else that is measured at every step.
    Further(Quantity),
}

impl WalkPlot {
    /// Those that are always there.
    pub const ALL: [WalkPlot; 4] = [WalkPlot::Loss, WalkPlot::Cosine, WalkPlot::Height, WalkPlot::Distance];

    /// What it shows, the one that its axis has first.
    pub fn quantities(self) -> Vec<Quantity> {
        match self {
            WalkPlot::Loss => vec![Quantity::SLICE, Quantity::FLOOR, Quantity::BARRIER],
            WalkPlot::Cosine => vec![Quantity::COSINE],
            WalkPlot::Height => vec![Quantity::HEIGHT],
            WalkPlot::Distance => vec![Quantity::DISTANCE],
            WalkPlot::Curvature => vec![Quantity::SHARPNESS, Quantity::CRITICAL_SHARPNESS, Quantity::TWO_OVER_RATE],
            WalkPlot::LambdaMax => vec![
                Quantity::LAMBDA_MAX,
                Quantity::PRECONDITIONED_LAMBDA_MAX,
                Quantity::STABILITY_LIMIT,
                Quantity::PRECONDITIONED_LIMIT,
            ],
            WalkPlot::NoiseCurvature => vec![Quantity::TRACE_H_SIGMA, Quantity::TRACE_H_SIGMA_BAR],
            WalkPlot::GradientAndNoise => vec![Quantity::MEAN_GRADIENT_NORM, Quantity::NOISE_NORM],
            WalkPlot::Further(quantity) => vec![quantity],
        }
    }

    /// Whether it is about the curvature along the steps, so that a reader wants to know what its numbers mean.
    pub fn is_of_curvature(self) -> bool {
        const OF_CURVATURE: [Quantity; 4] =
            [Quantity::SHARPNESS, Quantity::CRITICAL_SHARPNESS, Quantity::EDGE, Quantity::PLACE];
        match self {
            WalkPlot::Curvature => true,
            WalkPlot::Further(quantity) => OF_CURVATURE.contains(&quantity),
            WalkPlot::Loss | WalkPlot::Cosine | WalkPlot::Height | WalkPlot::Distance => false,
            WalkPlot::LambdaMax | WalkPlot::NoiseCurvature | WalkPlot::GradientAndNoise => false,
        }
    }

    /// Whether a logarithmic axis means it.
    pub fn has_log(self) -> bool {
        matches!(self, WalkPlot::Loss | WalkPlot::Height)
    }

    /// Whether its axis is logarithmic whatever a reader wants: what it compares lies orders of magnitude apart.
    pub fn is_logarithmic(self) -> bool {
        matches!(self, WalkPlot::NoiseCurvature | WalkPlot::GradientAndNoise)
    }
}

/// How the plots of a walk are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WalkLook {
    /// Iterations in view.
    pub range: (f64, f64),
    /// Pixel columns to thin the lines to.
    pub columns: usize,
    /// Loss and height on a logarithmic axis.
    pub log: bool,
    /// Whether a linear axis shows values that are far beyond all others, too.
    pub all_values: bool,
    pub theme: Theme,
}

/// Training loss with floor and barriers, cosine, height, distance: one run, or several over each other.
///
/// Each run comes with its name and colour. `x_range` is in iterations; `None` shows everything.
pub fn walk_figure(runs: &[(&History, &str, Color)], x_range: Option<(f64, f64)>, theme: Theme) -> Figure {
    let covered = union(runs.iter().filter_map(|(h, ..)| h.x_range()));
    let range = x_range.or(covered).unwrap_or((0.0, 40.0));
    walk_page(&WalkPlot::ALL, runs, &WalkLook { range, columns: COLUMNS, log: false, all_values: false, theme })
}

/// Some of the plots of a walk on a page.
pub fn walk_page(plots: &[WalkPlot], runs: &[(&History, &str, Color)], look: &WalkLook) -> Figure {
    walk_page_of(plots.iter().map(|plot| walk_panel(*plot, runs, look)).collect(), runs, look.theme)
}

/// Plots of these runs on a page, in columns where some stand beside each other.
pub fn walk_page_of(panels: Vec<Panel>, runs: &[(&History, &str, Color)], theme: Theme) -> Figure {
    let rows = panels.iter().filter(|panel| !panel.beside).count();
    let further = columns_of(&panels).saturating_sub(1) as u32;
    Figure {
        title: title(runs),
        subtitle: subtitle(runs),
        key: key(runs),
        height: match rows {
            1 => LONE_HEIGHT,
            n => HEIGHT + HEIGHT_OF_FURTHER * n.saturating_sub(WalkPlot::ALL.len()) as u32,
        },
        panels,
        caption: String::new(),
        width: WIDTH + WIDTH_OF_FURTHER * further,
        theme,
        shared_x: true,
    }
}

/// One of the plots of a walk. That of the loss has a series for the slices of every run first.
pub fn walk_panel(plot: WalkPlot, runs: &[(&History, &str, Color)], look: &WalkLook) -> Panel {
    let range = look.range;
    let own = |q: Quantity| Panel { series: lines(runs, q, look), ..plain_panel(runs, q, range) };
    let mut panel = match plot {
        WalkPlot::Loss => loss_panel(runs, look),
        WalkPlot::Cosine => Panel {
            y_range: Some((-1.08, 1.08)),
            guides: vec![guide(-1.0, "opposite"), guide(0.0, "orthogonal")],
            ..own(Quantity::COSINE)
        },
        WalkPlot::Height => Panel { from_zero: true, ..own(Quantity::HEIGHT) },
        WalkPlot::Distance => Panel { from_zero: true, ..own(Quantity::DISTANCE) },
        WalkPlot::Curvature => curvature_panel(runs, look),
        WalkPlot::LambdaMax => lambda_max_panel(runs, look),
        WalkPlot::NoiseCurvature => {
            pair_panel(runs, look, [Quantity::TRACE_H_SIGMA, Quantity::TRACE_H_SIGMA_BAR], ["Tr(HΣ)", "isotropic"])
        }
        WalkPlot::GradientAndNoise => {
            pair_panel(runs, look, [Quantity::MEAN_GRADIENT_NORM, Quantity::NOISE_NORM], ["full gradient", "noise"])
        }
        WalkPlot::Further(quantity) => Panel { guides: guides(quantity), ..own(quantity) },
    };
    if plot != WalkPlot::Loss {
        // The words stand once, at the top; the lines go through all panels.
        panel.markers.iter_mut().for_each(|m| m.label.clear());
    }
    panel.log_y = (look.log && plot.has_log()) || plot.is_logarithmic();
    panel.clips = !look.all_values;
    panel
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

/// The values of a further quantity that mean something.
fn guides(quantity: Quantity) -> Vec<Guide> {
    match quantity {
        Quantity::EDGE => vec![guide(1.0, "no lower")],
        Quantity::PLACE => vec![guide(-1.0, "start"), guide(0.0, "floor"), guide(1.0, "as high")],
        _ => Vec::new(),
    }
}

pub(super) fn plain_panel(runs: &[(&History, &str, Color)], quantity: Quantity, range: (f64, f64)) -> Panel {
    Panel {
        title: text::capital(quantity.name()),
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

fn lines(runs: &[(&History, &str, Color)], quantity: Quantity, look: &WalkLook) -> Vec<Series> {
    let (from, to) = look.range;
    let line = |(history, label, color): &(&History, &str, Color)| Series {
        name: series_name(runs, label, quantity.name()),
        in_legend: false,
        color: *color,
        kind: Kind::Line,
        curve: history.curve(quantity, from, to, look.columns),
    };
    runs.iter().map(line).collect()
}

fn loss_panel(runs: &[(&History, &str, Color)], look: &WalkLook) -> Panel {
    let WalkLook { range, columns, theme, .. } = *look;
    let single = runs.len() < 2;
    let mut series = lines(runs, Quantity::SLICE, look);
    let mut extra = |quantity: Quantity, kind: Kind, color: &dyn Fn(Color) -> Color| {
        for (history, label, run_color) in runs {
            let mut curve = history.curve(quantity, range.0, range.1, columns);
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

/// Sharpness of every run as a line, critical sharpness dotted, and 2/η, which they are held against, dashed.
fn curvature_panel(runs: &[(&History, &str, Color)], look: &WalkLook) -> Panel {
    let WalkLook { range, columns, theme, .. } = *look;
    let single = runs.len() < 2;
    let of = |quantity: Quantity, kind: Kind, color: &dyn Fn(Color) -> Color| -> Vec<Series> {
        let line = |(history, label, run_color): &(&History, &str, Color)| Series {
            name: series_name(runs, label, quantity.name()),
            in_legend: false,
            color: color(*run_color),
            kind,
            curve: history.curve(quantity, range.0, range.1, columns),
        };
        runs.iter().map(line).collect()
    };
    let mut series = lines(runs, Quantity::SHARPNESS, look);
    series.extend(of(Quantity::CRITICAL_SHARPNESS, Kind::Dotted, &|run| run));
    // Alone it would say nothing, and hide that nothing was measured.
    if series.iter().any(|s| !s.curve.is_empty()) {
        series.extend(of(Quantity::TWO_OVER_RATE, Kind::Dashed, &|run| if single { FLOOR } else { run }));
    }
    let is_drawn = |kind: Kind| series.iter().any(|s| s.kind == kind && !s.curve.is_empty());
    let neutral = theme.page().muted;
    let own = runs.first().filter(|_| single).map_or(neutral, |(_, _, color)| *color);
    let entry = |name: &str, color, kind| Key { name: name.into(), color, kind };
    let mut key = vec![entry("along the step", own, Kind::Line)];
    if is_drawn(Kind::Dotted) {
        key.push(entry("critical", own, Kind::Dotted));
    }
    key.push(entry("2/η", if single { FLOOR } else { neutral }, Kind::Dashed));
    Panel {
        title: "Curvature along the steps".into(),
        when_empty: "Here comes the curvature of the loss along every step; it needs slices and the probe step-norm."
            .into(),
        series,
        key,
        ..plain_panel(runs, Quantity::SHARPNESS, range)
    }
}

/// One quantity of every run as lines of a kind.
fn further_lines(
    runs: &[(&History, &str, Color)],
    look: &WalkLook,
    quantity: Quantity,
    kind: Kind,
    color: impl Fn(Color) -> Color,
) -> Vec<Series> {
    let line = |(history, label, run_color): &(&History, &str, Color)| Series {
        name: series_name(runs, label, quantity.name()),
        in_legend: false,
        color: color(*run_color),
        kind,
        curve: history.curve(quantity, look.range.0, look.range.1, look.columns),
    };
    runs.iter().map(line).collect()
}

/// The largest eigenvalue of every run as a line, and the limit that it is held against dashed: of runs whose optimizer divides its steps
/// both are those of the preconditioned Hessian.
fn lambda_max_panel(runs: &[(&History, &str, Color)], look: &WalkLook) -> Panel {
    let single = runs.len() < 2;
    let mut series = Vec::new();
    let mut names = Vec::new();
    for run in runs {
        let of = std::slice::from_ref(run);
        let (value, limit) = match run.0.has(Quantity::PRECONDITIONED_LAMBDA_MAX) {
            true => (Quantity::PRECONDITIONED_LAMBDA_MAX, Quantity::PRECONDITIONED_LIMIT),
            false => (Quantity::LAMBDA_MAX, Quantity::STABILITY_LIMIT),
        };
        names.push(value);
        let mut own = further_lines(of, look, value, Kind::Line, |color| color);
        // Alone it would say nothing, and hide that nothing was measured.
        if own.iter().any(|s| !s.curve.is_empty()) {
            own.extend(further_lines(of, look, limit, Kind::Dashed, |color| if single { FLOOR } else { color }));
        }
        own.iter_mut().zip([value, limit]).for_each(|(s, what)| s.name = series_name(runs, run.1, what.name()));
        series.extend(own);
    }
    let neutral = look.theme.page().muted;
    let own = runs.first().filter(|_| single).map_or(neutral, |(_, _, color)| *color);
    let value = names.first().copied().filter(|first| names.iter().all(|name| name == first));
    let entry = |name: &str, color, kind| Key { name: name.into(), color, kind };
    let key = vec![
        entry(
            if value == Some(Quantity::PRECONDITIONED_LAMBDA_MAX) { "preconditioned" } else { "λ_{max}" },
            own,
            Kind::Line,
        ),
        entry("stability limit", if single { FLOOR } else { neutral }, Kind::Dashed),
    ];
    Panel {
        title: "Largest eigenvalue and stability limit".into(),
        when_empty: "Here comes the largest eigenvalue of the Hessian; it is measured when it is asked for, with Measure (--probe curvature)."
            .into(),
        from_zero: true,
        series,
        key,
        ..plain_panel(runs, value.unwrap_or(Quantity::LAMBDA_MAX), look.range)
    }
}

/// Two quantities of every run, the second one dashed.
fn pair_panel(
    runs: &[(&History, &str, Color)],
    look: &WalkLook,
    [first, second]: [Quantity; 2],
    names: [&str; 2],
) -> Panel {
    let single = runs.len() < 2;
    let mut series = further_lines(runs, look, first, Kind::Line, |color| color);
    series.extend(further_lines(runs, look, second, Kind::Dashed, |color| if single { FLOOR } else { color }));
    let neutral = look.theme.page().muted;
    let own = runs.first().filter(|_| single).map_or(neutral, |(_, _, color)| *color);
    let entry = |name: &str, color, kind| Key { name: name.into(), color, kind };
    let key =
        vec![entry(names[0], own, Kind::Line), entry(names[1], if single { FLOOR } else { neutral }, Kind::Dashed)];
    let when_empty =
        format!("Here comes the {}; it is measured when it is asked for, with Measure (--probe noise).", first.name());
    Panel { series, key, when_empty, ..plain_panel(runs, first, look.range) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::synthetic::{bounce, walk};

    const COLOR: Color = Color { r: 1, g: 2, b: 3 };

    fn panel(plot: WalkPlot, runs: &[&History]) -> Panel {
        let look = WalkLook { range: (0.0, 30.0), columns: 100, log: true, all_values: false, theme: Theme::Light };
        let runs: Vec<(&History, &str, Color)> = runs.iter().map(|history| (*history, "a run", COLOR)).collect();
        walk_panel(plot, &runs, &look)
    }

    #[test]
    fn curvature_is_drawn_beside_what_it_is_held_against() {
        let (with, without) = (walk(30), bounce(30, 1));
        let found = panel(WalkPlot::Curvature, &[&with]);
        let kinds: Vec<Kind> = found.series.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [Kind::Line, Kind::Dotted, Kind::Dashed]);
        assert!(found.series[2].curve.points().all(|[_, y]| y == 2.0 / 0.1) && !found.log_y, "curvature has two signs");
        assert_eq!(found.key.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["along the step", "2/η"]);
        assert!(found.series[1].curve.is_empty(), "what was not measured is in no key");
        let empty = panel(WalkPlot::Curvature, &[&without]);
        assert!(empty.series.iter().all(|s| s.curve.is_empty()) && empty.when_empty.contains("step-norm"));
        assert_eq!(panel(WalkPlot::Curvature, &[&with, &without]).series.len(), 6);
    }

    #[test]
    fn what_has_a_meaning_at_a_value_has_a_line_there() {
        let with = walk(30);
        let values = |quantity: Quantity| -> Vec<f64> {
            panel(WalkPlot::Further(quantity), &[&with]).guides.iter().map(|guide| guide.value).collect()
        };
        assert_eq!(values(Quantity::EDGE), [1.0]);
        assert_eq!(values(Quantity::PLACE), [-1.0, 0.0, 1.0]);
        assert!(values(Quantity::NORM).is_empty());
        for quantity in [Quantity::EDGE, Quantity::PLACE] {
            assert!(WalkPlot::Further(quantity).is_of_curvature());
            assert_eq!(panel(WalkPlot::Further(quantity), &[&with]).series[0].curve.points().count(), 30);
        }
        assert!(WalkPlot::ALL.iter().all(|plot| !plot.is_of_curvature()));
    }

    #[test]
    fn the_largest_eigenvalue_is_drawn_with_the_limit_of_the_optimizer() {
        use crate::{
            optim::{OptimizerKind, OptimizerSpec},
            probe::{ProbeId, StepRecord},
        };
        let made = walk(30);
        let with = |id: ProbeId, kind: OptimizerKind| {
            let mut manifest = made.manifest().clone();
            manifest.spec.optimizer = OptimizerSpec { kind, momentum: 0.5, ..manifest.spec.optimizer };
            manifest.spec.probes.set_derivatives("curvature:every=5").unwrap();
            let mut history = History::new(manifest);
            for step in made.steps() {
                let values = step.values.with(id, (step.t % 5 == 0).then_some(10.0 + step.t as f64));
                history.push_step(StepRecord { values, ..*step });
            }
            history
        };
        let sgd = with(ProbeId::LAMBDA_MAX, OptimizerKind::Sgd);
        let adam = with(ProbeId::PRECONDITIONED_LAMBDA_MAX, OptimizerKind::Adam);
        for (history, limit, name) in [(&sgd, 30.0, "λ_{max}"), (&adam, 380.0, "preconditioned")] {
            let found = panel(WalkPlot::LambdaMax, &[history]);
            assert_eq!(found.series.iter().map(|s| s.kind).collect::<Vec<_>>(), [Kind::Line, Kind::Dashed]);
            assert_eq!(found.series[0].curve.points().count(), 6);
            assert_eq!(found.series[0].curve.lines.len(), 1, "what is measured every 5 iterations is one line");
            assert!(found.series[1].curve.points().all(|[_, y]| (y - limit).abs() < 1e-9), "{limit}");
            assert_eq!(found.key[0].name, name);
        }
        assert_eq!(panel(WalkPlot::LambdaMax, &[&sgd, &adam]).series.len(), 4);
        let empty = panel(WalkPlot::LambdaMax, &[&made]);
        assert!(empty.series.iter().all(|s| s.curve.is_empty()) && empty.when_empty.contains("--probe curvature"));
        let noise = panel(WalkPlot::NoiseCurvature, &[&made]);
        assert!(noise.log_y && noise.series.len() == 2 && noise.when_empty.contains("--probe noise"));
    }
}
