//! An escape table as a figure: how many steps the runs of each method took, and their mean over ρ.

use super::{Color, Figure, Key, Kind, Panel, Series, Theme, colors};
use crate::{
    history::Curve,
    optim::OptimizerKind,
    probe::statistics::{Interval, Moments},
    valley::{Escape, Exits, Method},
};

/// The colour of a method of an escape table: SGD blue; SAM vermilion, the paler the smaller its ρ.
pub fn method_color(methods: &[Method], index: usize) -> Color {
    let Some(method) = methods.get(index) else { return colors::GD };
    let shade = method.kind.rule().shade().map(|[r, g, b]| Color { r, g, b });
    let base = shade.unwrap_or_else(|| colors::optimizer_color(method.kind));
    let of_kind = || methods.iter().filter(|m| m.kind == method.kind);
    let (below, others) = (of_kind().filter(|m| m.rho < method.rho).count(), of_kind().count() - 1);
    if others == 0 {
        return base;
    }
    base.mixed(WHITE, PALEST * (1.0 - below as f64 / others as f64))
}

const WHITE: Color = Color { r: 0xFF, g: 0xFF, b: 0xFF };
/// How much white is in the palest shade; all shades are seen on light and on dark pages.
const PALEST: f64 = 0.55;

/// What a run has left behind it, for axes.
fn ended(threshold: f64) -> String {
    format!("the training accuracy is below {} %", (1e6 * threshold).round() / 1e4)
}

/// The mean exit time in steps with its 95 % interval (Student's), which ends at 1 step at the lowest. Runs that stayed
/// count as the limit: then both are lower bounds. `None` without runs.
fn mean_with_interval(exits: &Exits) -> Option<(f64, Option<Interval>)> {
    let moments: Moments = exits.within_limit().collect();
    let interval = moments.interval().map(|i| Interval { low: i.low.max(1.0), high: i.high });
    Some((moments.mean()?, interval))
}

/// A histogram per method, with bins that grow by √2 and one more for the runs that stayed; then the mean over ρ.
pub fn escape_figure(table: &Escape, threshold: f64, theme: Theme) -> Figure {
    let mut panels = escape_histograms(table);
    let height = 150 + 104 * panels.len() + 330;
    if let Some(last) = panels.last_mut() {
        last.x_label = format!("steps until {}, as powers of ten", ended(threshold));
    }
    panels.push(escape_means(table, threshold, theme));
    let stayed = table.cells().any(|(_, exits)| exits.censored() > 0);
    let key = Key { name: "stayed until the limit".into(), color: colors::GD, kind: Kind::Bars };
    Figure {
        title: String::new(),
        subtitle: String::new(),
        key: stayed.then_some(key).into_iter().collect(),
        panels,
        caption: String::new(),
        width: 900,
        height: height as u32,
        theme,
        shared_x: false,
    }
}

/// A histogram of exit steps per method, all over one axis of powers of ten.
pub fn escape_histograms(table: &Escape) -> Vec<Panel> {
    let methods = &table.spec().methods;
    let top = top(table);
    let cells = table.cells().enumerate();
    cells.map(|(index, (method, exits))| histogram(method, exits, method_color(methods, index), top)).collect()
}

/// The longest exit of all, or the limit when runs stayed: where the axis of the histograms ends.
fn top(table: &Escape) -> f64 {
    let longest = |exits: &Exits| match exits.censored() {
        0 => exits.exited().last().copied().unwrap_or(1),
        _ => exits.limit(),
    };
    table.cells().map(|(_, exits)| longest(exits)).max().unwrap_or(1).max(10) as f64
}

fn histogram(method: &Method, exits: &Exits, color: Color, top: f64) -> Panel {
    let histogram = exits.histogram();
    let middle = |pair: &[f64]| (pair[0] * pair[1]).sqrt().log10();
    let bars = histogram.edges().windows(2).zip(histogram.counts());
    let left = Curve::through(bars.map(|(edges, count)| [middle(edges), *count as f64]));
    let limit = exits.limit() as f64;
    let mut series = vec![Series {
        name: format!("{}, left", method.title()),
        in_legend: false,
        color,
        kind: Kind::Bars,
        curve: left,
    }];
    if exits.censored() > 0 {
        let curve = Curve::through([[limit.log10() + STAYED, exits.censored() as f64]]);
        let name = format!("{}, stayed for {limit} steps", method.title());
        series.push(Series { name, in_legend: false, color: colors::GD, kind: Kind::Bars, curve });
    }
    Panel {
        title: format!("{}: {} of {} runs left", method.title(), exits.exited().len(), exits.runs()),
        y_label: "runs".into(),
        x_range: Some((-0.05, top.log10() + 2.0 * STAYED)),
        from_zero: true,
        series,
        when_empty: "Here comes after how many steps the runs leave.".into(),
        weight: 1.0,
        ..Panel::default()
    }
}

/// Where the bar of those that stayed stands, in powers of ten beyond the limit.
const STAYED: f64 = 0.22;

/// Mean exit steps over ρ, rising, of a kind of optimizer and of those it is compared with.
fn mean_curve(table: &Escape, kind: OptimizerKind) -> Vec<[f64; 2]> {
    let own = table.cells().filter(|(m, _)| m.kind == kind || m.is_base());
    let mut line: Vec<[f64; 2]> = own.filter_map(|(m, e)| Some([m.rho, mean_with_interval(e)?.0])).collect();
    line.sort_by(|a, b| a[0].total_cmp(&b[0]));
    line
}

/// Mean exit steps over ρ on a logarithmic axis, with 95 % intervals; hollow where it is a lower bound.
pub fn escape_means(table: &Escape, threshold: f64, theme: Theme) -> Panel {
    let methods = &table.spec().methods;
    let mut series = Vec::new();
    for kind in table.trends().into_iter().map(|(kind, _)| kind) {
        let curve = Curve::through(mean_curve(table, kind));
        let color = theme.page().muted;
        series.push(Series { name: format!("means of {kind}"), in_legend: false, color, kind: Kind::Thin, curve });
    }
    for (index, (method, exits)) in table.cells().enumerate() {
        let Some((mean, interval)) = mean_with_interval(exits) else { continue };
        let color = method_color(methods, index);
        let one = |name: String, kind, curve| Series { name, in_legend: false, color, kind, curve };
        if let Some(i) = interval {
            let curve = Curve::through([[method.rho, i.low], [method.rho, i.high]]);
            series.push(one(format!("{}, 95 % interval", method.title()), Kind::Line, curve));
        }
        let (name, kind) = match exits.censored() {
            0 => (method.title(), Kind::Points),
            _ => (format!("{}, lower bound", method.title()), Kind::Hollow),
        };
        series.push(one(name, kind, Curve::through([[method.rho, mean]])));
    }
    let largest = methods.iter().map(|m| m.rho).fold(0.0, f64::max).max(0.01);
    let entry = |name: &str, kind| Key { name: name.into(), color: theme.page().muted, kind };
    Panel {
        title: "Mean exit time over ρ, with 95 % intervals".into(),
        x_label: "radius ρ (SGD at 0)".into(),
        x_range: Some((-0.03 * largest, 1.03 * largest)),
        y_label: format!("steps until below {} %", (1e6 * threshold).round() / 1e4),
        log_y: true,
        series,
        key: vec![entry("mean of all runs", Kind::Points), entry("lower bound: some stayed", Kind::Hollow)],
        when_empty: "Here comes the mean number of steps over the radius of SAM.".into(),
        weight: 2.4,
        ..Panel::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::valley::{EscapeSpec, Exit, Job, Run};

    fn table() -> Escape {
        let methods = Method::grid(&[OptimizerKind::Sam], &[0.1, 0.4], true);
        let mut table = Escape::new(EscapeSpec { methods, seeds: 4, limit: 100, rate: 0.1 }).unwrap();
        let ends = [[40, 50, 99, 0], [10, 11, 20, 30], [1, 1, 2, 4]];
        for (method, ends) in ends.into_iter().enumerate() {
            for (seed, steps) in ends.into_iter().enumerate() {
                let exit = if steps == 0 { Exit::Censored(100) } else { Exit::Exited(steps) };
                table.record(Job { method, seed }, Run { exit, gradients: steps, finite: true }).unwrap();
            }
        }
        table
    }

    #[test]
    fn bars_count_every_run_and_means_say_what_is_a_bound() {
        let figure = escape_figure(&table(), 0.9, Theme::Light);
        assert_eq!(figure.panels.len(), 4);
        for panel in &figure.panels[..3] {
            let runs: f64 = panel.series.iter().flat_map(|s| s.curve.points()).map(|[_, y]| y).sum();
            assert_eq!(runs, 4.0, "{}", panel.title);
        }
        assert_eq!(figure.panels[0].series.len(), 2, "one run stayed");
        let points: Vec<_> =
            figure.panels[3].series.iter().filter(|s| !matches!(s.kind, Kind::Line | Kind::Thin)).collect();
        assert_eq!(points.iter().map(|s| s.kind).collect::<Vec<_>>(), [Kind::Hollow, Kind::Points, Kind::Points]);
        let means: Vec<[f64; 2]> = points.iter().flat_map(|s| s.curve.points()).collect();
        assert_eq!(means, [[0.0, 72.25], [0.1, 17.75], [0.4, 2.0]]);
        let ends: Vec<f64> = figure.panels[3]
            .series
            .iter()
            .filter(|s| s.kind == Kind::Line)
            .flat_map(|s| s.curve.points())
            .map(|p| p[1])
            .collect();
        assert!(ends.len() == 6 && ends.iter().all(|y| *y >= 1.0) && ends[4] == 1.0, "{ends:?}");
    }

    #[test]
    fn shades_of_sam_are_all_different_and_the_largest_radius_is_sams_own() {
        let methods = Method::grid(&[OptimizerKind::Sam], &[0.2, 0.05, 0.1], true);
        let found: Vec<Color> = (0..4).map(|i| method_color(&methods, i)).collect();
        assert_eq!((found[0], found[1]), (colors::SGD, colors::SAM));
        assert!(found[2].luminance() > found[3].luminance() && found[3].luminance() > found[1].luminance());
        assert_eq!(method_color(&methods[..2], 1), colors::SAM);
    }
}
