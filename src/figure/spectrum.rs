//! The figure of spectra: eigenvalues by rank, how they are distributed, layers; over several checkpoints how they change.

use super::{
    AxisName, Color, Figure, Guide, Kind, Panel, Series, Theme,
    colors::{self, run_color},
    stems::{Stem, stem_range, stems, whiskers},
    ticks::short,
};
use crate::{
    curvature::{Eigenvalue, LayerCurvature, Measured, Operator},
    explore::{SpectrumPoint, SpectrumSeries, Station},
    history::Curve,
    spectral::Density,
};

/// Names that an axis has room for.
const NAMES: usize = 12;
/// Lines of a panel over checkpoints.
const LINES: usize = 6;
/// Points up to which each is drawn large.
const FEW: usize = 40;
/// Places at which a density is drawn.
const PLACES: usize = 600;
/// The deviation of the Gaussians that smooth a density, as a share of the spectrum's range (our choice).
pub const SMOOTHING: f64 = 0.01;

/// Of one checkpoint its spectrum; of several, how it changes, and the last of them that is known. Title and caption are the caller's.
pub fn spectrum_figure(series: &SpectrumSeries, theme: Theme) -> Figure {
    let mut panels = Vec::new();
    if series.points.len() > 1 {
        panels.extend(spectrum_over_points(series));
    }
    let known = |p: &&SpectrumPoint| !p.eigenvalues.is_empty() || p.density.is_some() || !p.layers.is_empty();
    if let Some(point) = series.points.iter().rev().find(known).or(series.points.first()) {
        panels.extend(spectrum_panels(series, point));
    }
    let height = 150 + 260 * panels.len().max(1) as u32;
    Figure {
        title: String::new(),
        subtitle: String::new(),
        key: vec![],
        panels,
        caption: String::new(),
        width: 900,
        height,
        theme,
        shared_x: false,
    }
}

/// The spectrum at one checkpoint: a panel for everything that is known.
pub fn spectrum_panels(series: &SpectrumSeries, point: &SpectrumPoint) -> Vec<Panel> {
    let mut panels = Vec::new();
    if !point.eigenvalues.is_empty() || (point.density.is_none() && point.layers.is_empty()) {
        panels.push(eigenvalue_panel(series, point));
    }
    panels.extend(point.density.as_ref().map(density_panel));
    if !point.layers.is_empty() {
        panels.push(layer_panel(&point.layers));
        panels.extend(layer_trace_panel(&point.layers));
    }
    panels
}

/// Eigenvalues by their rank on a logarithmic axis, those below 0 by their size; whiskers are as long as residuals, and what is not found yet
/// is hollow. Of the Hessian also 2/η, where the run of the checkpoint has a rate.
pub fn eigenvalue_panel(series: &SpectrumSeries, point: &SpectrumPoint) -> Panel {
    let stem = |(i, e): (usize, &Eigenvalue)| {
        let is_found = series.is_converged(point, e);
        (Stem { x: (i + 1) as f64, value: e.value.abs(), error: e.residual }, e.value < 0.0, is_found)
    };
    let all: Vec<(Stem, bool, bool)> = point.eigenvalues.iter().enumerate().map(stem).collect();
    let kind = if all.len() > FEW { Kind::Dots } else { Kind::Points };
    let edge = edge(series, point);
    let range = stem_range(&all.iter().map(|(stem, ..)| *stem).collect::<Vec<_>>(), edge);
    let mut lines = Vec::new();
    for (name, color, below) in [("above 0", run_color(0), false), ("below 0: −λ", run_color(1), true)] {
        let some: Vec<(Stem, bool)> = all.iter().filter(|s| s.1 == below).map(|s| (s.0, s.2)).collect();
        if let Some((foot, _)) = range {
            lines.extend(stems(name, color, &some.iter().map(|s| s.0).collect::<Vec<_>>(), foot));
        }
        let of =
            |is_found: bool| some.iter().filter(|s| s.1 == is_found).map(|s| [s.0.x, s.0.value]).collect::<Vec<_>>();
        let (found, open) = (of(true), of(false));
        if !some.is_empty() || !below {
            lines.push(line(name, color, kind, found));
        }
        if !open.is_empty() {
            let open = line(&format!("{name}, not found yet"), color, Kind::Hollow, open);
            lines.push(Series { in_legend: false, ..open });
        }
    }
    let label = |value: f64| Guide { value, label: format!("2/η = {}", short(value)) };
    let name = |(i, rank): (usize, usize)| AxisName { x: (i + 1) as f64, label: rank.to_string() };
    // Between the two ends of the spectrum places are no ranks, so that names stand there however many there are.
    let every = all.len().div_ceil(NAMES).max(1);
    let x_names = point.eigenvalues.iter().map(|e| e.rank).enumerate().step_by(every).map(name).collect();
    Panel {
        title: format!("Eigenvalues of {}", matrix_words(series.operator)),
        x_label: "rank".into(),
        y_label: "|λ|".into(),
        x_range: Some((0.0, point.eigenvalues.len() as f64 + 1.0)),
        y_range: range,
        x_names,
        log_y: true,
        series: lines,
        guides: edge.map(label).into_iter().collect(),
        when_empty: "Here come the eigenvalues.".into(),
        ..Panel::default()
    }
}

/// 2/η, above which plain full-batch gradient descent at the rate of the checkpoint's run overshoots; of the Hessian alone.
fn edge(series: &SpectrumSeries, point: &SpectrumPoint) -> Option<f64> {
    let rate = point.rate.filter(|rate| series.operator == Operator::Hessian && *rate > 0.0)?;
    Some(2.0 / rate)
}

/// How all eigenvalues are distributed, on a logarithmic axis.
pub fn density_panel(density: &Density) -> Panel {
    let (low, high) = density.range().unwrap_or((f64::NAN, f64::NAN));
    // A matrix that is a multiple of the identity has no range.
    let range = (high - low).max(1e-3 * high.abs()).max(f64::MIN_POSITIVE);
    let (from, to) = (low - 5.0 * SMOOTHING * range, high + 5.0 * SMOOTHING * range);
    let grid: Vec<f64> = (0..=PLACES).map(|i| from + (to - from) * i as f64 / PLACES as f64).collect();
    let found = density.smoothed(&grid, SMOOTHING * range);
    let points: Vec<[f64; 2]> = grid.iter().zip(&found).map(|(x, y)| [*x, y.value]).collect();
    Panel {
        title: format!("Density of all eigenvalues, smoothed by {}", short(SMOOTHING * range)),
        x_label: "λ".into(),
        y_label: "density".into(),
        log_y: true,
        shallow: true,
        series: vec![line("density", run_color(0), Kind::Line, points)],
        when_empty: "Here comes the density.".into(),
        ..Panel::default()
    }
}

/// The largest eigenvalue of every layer's own block.
pub fn layer_panel(layers: &[LayerCurvature]) -> Panel {
    let bar = |(i, layer): (usize, &LayerCurvature)| Some([(i + 1) as f64, layer.largest?.value]);
    let bars = layers.iter().enumerate().filter_map(bar).collect();
    Panel {
        title: "The largest eigenvalue of each layer's block".into(),
        y_label: "λ_1".into(),
        series: vec![line("largest eigenvalue", run_color(0), Kind::Bars, bars)],
        ..over_layers(layers)
    }
}

/// The trace of every layer's own block with its standard error; `None` where no trace is asked for.
pub fn layer_trace_panel(layers: &[LayerCurvature]) -> Option<Panel> {
    let stem = |(i, layer): (usize, &LayerCurvature)| {
        let Measured { value, standard_error } = layer.trace?;
        Some(Stem { x: (i + 1) as f64, value, error: standard_error })
    };
    let stems: Vec<Stem> = layers.iter().enumerate().filter_map(stem).collect();
    let bars = stems.iter().map(|stem| [stem.x, stem.value]).collect();
    (!stems.is_empty()).then(|| Panel {
        title: "The trace of each layer's block, with standard errors".into(),
        y_label: "Tr".into(),
        series: vec![line("trace", run_color(2), Kind::Bars, bars), whiskers("trace", run_color(0), &stems)],
        ..over_layers(layers)
    })
}

/// A panel with a place for every layer.
fn over_layers(layers: &[LayerCurvature]) -> Panel {
    let name = |(i, layer): (usize, &LayerCurvature)| AxisName { x: (i + 1) as f64, label: layer.name.clone() };
    let every = layers.len().div_ceil(NAMES).max(1);
    Panel {
        x_label: "layer".into(),
        x_range: Some((0.0, layers.len() as f64 + 1.0)),
        x_names: layers.iter().enumerate().step_by(every).map(name).collect(),
        from_zero: true,
        when_empty: "Here come the layers.".into(),
        ..Panel::default()
    }
}

/// How the ends of a spectrum, its trace and its layers change from checkpoint to checkpoint.
pub fn spectrum_over_points(series: &SpectrumSeries) -> Vec<Panel> {
    let stations: Vec<&Station> = series.points.iter().map(|p| &p.station).collect();
    let places = station_places(&stations);
    let over = |f: &dyn Fn(&SpectrumPoint) -> Option<f64>| -> Vec<[f64; 2]> {
        let value = |(x, p): (&f64, &SpectrumPoint)| Some([*x, f(p)?]);
        places.iter().zip(&series.points).filter_map(value).collect()
    };
    let on_axis =
        |panel: Panel| Panel { x_label: station_label(&stations), x_names: station_names(&stations), ..panel };
    let mut panels = Vec::new();
    let largest = |rank: usize| over(&|p| p.eigenvalues.iter().find(|e| e.rank == rank).map(|e| e.value));
    let lines: Vec<Series> = (1..=LINES)
        .map(|rank| line(&format!("λ{}", subscript(rank)), run_color(rank - 1), Kind::Line, largest(rank)))
        .filter(|line| !line.curve.is_empty())
        .collect();
    if !lines.is_empty() {
        let edge = line("2/η", colors::GD, Kind::Dashed, over(&|p| edge(series, p)));
        panels.push(on_axis(Panel {
            title: format!("The largest eigenvalues of {}", matrix_words(series.operator)),
            y_label: "λ".into(),
            log_y: true,
            series: with_dots(lines).into_iter().chain((!edge.curve.is_empty()).then_some(edge)).collect(),
            ..Panel::default()
        }));
    }
    let last = series.parameters as usize;
    let smallest = over(&|p| p.eigenvalues.last().filter(|e| e.rank == last).map(|e| e.value));
    if !smallest.is_empty() {
        panels.push(on_axis(Panel {
            title: "The smallest eigenvalue".into(),
            y_label: "λ".into(),
            series: with_dots(vec![line("smallest", run_color(1), Kind::Line, smallest)]),
            ..Panel::default()
        }));
    }
    let trace = over(&|p| p.trace.map(|trace| trace.value));
    let errors = over(&|p| p.trace.map(|trace| trace.standard_error));
    let stem = |(at, error): (&[f64; 2], &[f64; 2])| Stem { x: at[0], value: at[1], error: error[1] };
    let errors = whiskers("trace", run_color(0), &trace.iter().zip(&errors).map(stem).collect::<Vec<_>>());
    if !trace.is_empty() {
        panels.push(on_axis(Panel {
            title: "Trace".into(),
            y_label: "Tr".into(),
            series: with_dots(vec![line("trace", run_color(0), Kind::Line, trace)])
                .into_iter()
                .chain([errors])
                .collect(),
            ..Panel::default()
        }));
    }
    panels
}

/// Where checkpoints stand on an axis: at their iterations where all have one and they rise, else one after the other.
pub(super) fn station_places(stations: &[&Station]) -> Vec<f64> {
    let steps: Vec<f64> = stations.iter().filter_map(|s| s.step).map(|step| step as f64).collect();
    let rises = steps.len() == stations.len() && steps.windows(2).all(|pair| pair[0] < pair[1]);
    if rises { steps } else { (1..=stations.len()).map(|i| i as f64).collect() }
}

/// What that axis is called.
pub(super) fn station_label(stations: &[&Station]) -> String {
    let is_steps =
        stations.iter().zip(station_places(stations)).all(|(s, x)| s.step.is_some_and(|step| step as f64 == x));
    if is_steps { "iteration".into() } else { "checkpoint".into() }
}

/// Names of few checkpoints that do not stand at their iterations.
pub(super) fn station_names(stations: &[&Station]) -> Vec<AxisName> {
    if stations.len() > NAMES || station_label(stations) == "iteration" {
        return Vec::new();
    }
    let name = |(i, s): (usize, &&Station)| AxisName { x: (i + 1) as f64, label: s.name.clone() };
    stations.iter().enumerate().map(name).collect()
}

/// A line, and a dot for every point of it.
pub(super) fn with_dots(lines: Vec<Series>) -> Vec<Series> {
    let dots = |line: &Series| Series { in_legend: false, kind: Kind::Dots, ..line.clone() };
    let dots: Vec<Series> = lines.iter().map(dots).collect();
    lines.into_iter().chain(dots).collect()
}

pub(super) fn line(name: &str, color: Color, kind: Kind, points: Vec<[f64; 2]>) -> Series {
    Series { name: name.into(), in_legend: true, color, kind, curve: Curve::through(points) }
}

fn matrix_words(operator: Operator) -> &'static str {
    match operator {
        Operator::Hessian => "the Hessian",
        Operator::GaussNewton => "the Gauss-Newton matrix",
        Operator::Sigma => "the gradient covariance",
    }
}

fn subscript(rank: usize) -> char {
    char::from_u32('₀' as u32 + rank as u32).unwrap_or('₀')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{curvature::Eigenvalue, spectral::Density};

    fn series(values: &[&[f64]], steps: &[Option<u64>]) -> SpectrumSeries {
        let point = |(values, step): (&&[f64], &Option<u64>)| {
            let eigenvalue = |(i, value): (usize, &f64)| Eigenvalue { rank: i + 1, value: *value, residual: 1e-6 };
            let station = Station { name: "a, b.pt".into(), path: "a.pt".into(), step: *step };
            let eigenvalues = values.iter().enumerate().map(eigenvalue).collect();
            SpectrumPoint {
                eigenvalues,
                is_searched: true,
                is_found: true,
                is_done: true,
                ..SpectrumPoint::new(station)
            }
        };
        SpectrumSeries {
            operator: Operator::Hessian,
            batch: 1,
            parameters: 4,
            tolerance: 1e-4,
            points: values.iter().zip(steps).map(point).collect(),
        }
    }

    fn points(panel: &Panel, name: &str) -> Vec<[f64; 2]> {
        let found = panel.series.iter().find(|s| s.name == name);
        found.unwrap_or_else(|| panic!("no {name}")).curve.points().collect()
    }

    #[test]
    fn eigenvalues_below_0_are_drawn_by_their_size() {
        let series = series(&[&[8.0, 0.5, -0.25, -2.0]], &[None]);
        let figure = spectrum_figure(&series, Theme::Light);
        assert_eq!(figure.panels.len(), 1);
        let panel = &figure.panels[0];
        assert!(panel.log_y && panel.guides.is_empty());
        assert_eq!(points(panel, "above 0"), [[1.0, 8.0], [2.0, 0.5]]);
        assert_eq!(points(panel, "below 0: −λ"), [[3.0, 0.25], [4.0, 2.0]]);
    }

    #[test]
    fn whiskers_are_residuals_and_the_rate_of_a_run_is_a_line() {
        let mut series = series(&[&[8.0, 0.5, -2.0]], &[None]);
        let point = &mut series.points[0];
        (point.rate, point.is_found) = (Some(0.1), false);
        point.eigenvalues[1].residual = 0.25;
        let panel = eigenvalue_panel(&series, &series.points[0]);
        let ends = |name: &str| points(&panel, name).iter().map(|p| p[1]).collect::<Vec<_>>();
        assert_eq!(ends("above 0, errors"), [8.0 - 1e-6, 8.0 + 1e-6, 0.25, 0.75]);
        assert_eq!(ends("below 0: −λ, errors"), [2.0 - 1e-6, 2.0 + 1e-6]);
        assert_eq!(ends("above 0, not found yet"), [0.5], "its residual is above 1e-4 of the largest");
        assert_eq!(ends("above 0"), [8.0]);
        assert_eq!(panel.guides.iter().map(|guide| guide.value).collect::<Vec<_>>(), [20.0]);
        let (low, high) = panel.y_range.unwrap();
        assert!(low < 0.5 && high > 20.0, "all of it is in view: {low} {high}");
        let over =
            spectrum_over_points(&SpectrumSeries { points: vec![series.points[0].clone(); 2], ..series.clone() });
        assert_eq!(points(&over[0], "2/η"), [[1.0, 20.0], [2.0, 20.0]]);
        let sigma = SpectrumSeries { operator: Operator::Sigma, ..series };
        assert!(eigenvalue_panel(&sigma, &sigma.points[0]).guides.is_empty(), "2/η means nothing to Σ");
    }

    #[test]
    fn layers_have_bars_and_their_traces_errors() {
        let layer = |name: &str, largest: Option<f64>, trace: Option<Measured>| LayerCurvature {
            name: name.into(),
            largest: largest.map(|value| Eigenvalue { rank: 1, value, residual: 0.0 }),
            trace,
        };
        let trace = Some(Measured { value: 6.0, standard_error: 0.5 });
        let layers = [layer("fc1", Some(2.0), trace), layer("fc2", None, None)];
        assert_eq!(points(&layer_panel(&layers), "largest eigenvalue"), [[1.0, 2.0]], "what is not known has no bar");
        let traces = layer_trace_panel(&layers).unwrap();
        assert_eq!(points(&traces, "trace"), [[1.0, 6.0]]);
        assert_eq!(points(&traces, "trace, errors"), [[1.0, 5.5], [1.0, 6.5]]);
        assert!(layer_trace_panel(&layers[1..]).is_none());
    }

    #[test]
    fn several_checkpoints_stand_at_their_iterations_where_these_rise() {
        let values: [&[f64]; 3] = [&[8.0, 1.0, 0.0, -1.0], &[4.0, 1.0, 0.0, -3.0], &[f64::NAN, 1.0, 0.0, -2.0]];
        let rising = spectrum_over_points(&series(&values, &[Some(0), Some(10), Some(30)]));
        assert_eq!(points(&rising[0], "λ₁"), [[0.0, 8.0], [10.0, 4.0]], "what is no number is not drawn");
        assert_eq!(rising[0].series[0].curve.non_finite, 1, "and counted");
        assert_eq!(points(&rising[1], "smallest"), [[0.0, -1.0], [10.0, -3.0], [30.0, -2.0]]);
        assert_eq!(rising[0].x_label, "iteration");
        for steps in [[Some(0), None, Some(30)], [Some(5), Some(5), Some(9)]] {
            let plain = spectrum_over_points(&series(&values, &steps));
            assert_eq!(points(&plain[0], "λ₁"), [[1.0, 8.0], [2.0, 4.0]]);
            assert!(plain[0].x_label == "checkpoint" && plain[0].x_names.len() == 3);
        }
    }

    /// A single eigenvalue of weight 1 is a Gaussian around it.
    #[test]
    fn a_density_is_as_high_as_its_weights_say() {
        let density = Density { dimension: 2, nodes: vec![vec![(0.0, 0.5), (10.0, 0.5)]], products: 2 };
        let panel = density_panel(&density);
        let points = points(&panel, "density");
        let sum: f64 = points.windows(2).map(|p| (p[1][0] - p[0][0]) * 0.5 * (p[0][1] + p[1][1])).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        let highest = points.iter().map(|p| p[1]).fold(0.0, f64::max);
        let want = 0.5 / (SMOOTHING * 10.0 * std::f64::consts::TAU.sqrt());
        assert!((highest / want - 1.0).abs() < 0.02, "{highest}, not {want}");
        assert!(density_panel(&Density { dimension: 2, nodes: vec![], products: 0 }).series[0].curve.is_empty());
    }
}
