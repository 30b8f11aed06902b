//! The figure of gradient noise: Tr(HΣ) beside what isotropic noise would have, and how alike noise and curvature are.

use super::{
    Figure, Guide, Kind, Panel, Series, Theme,
    colors::run_color,
    spectrum::{line, station_label, station_names, station_places, with_dots},
};
use crate::{
    curvature::NoiseReport,
    explore::{NoiseSeries, Station},
};

/// A panel for each number over the checkpoints, then the leading eigenvalues of the last one that is known. Title and caption are the
/// caller's.
pub fn noise_figure(series: &NoiseSeries, theme: Theme) -> Figure {
    let mut panels = noise_over_points(series);
    if let Some(report) = series.points.iter().rev().find_map(|p| p.report.as_ref()) {
        panels.push(noise_eigenvalue_panel(report));
    }
    let height = 150 + 230 * panels.len() as u32;
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

/// How the numbers change from checkpoint to checkpoint.
pub fn noise_over_points(series: &NoiseSeries) -> Vec<Panel> {
    let stations: Vec<&Station> = series.points.iter().map(|p| &p.station).collect();
    let places = station_places(&stations);
    let over = |name: &str, color: usize, f: fn(&NoiseReport) -> f64| {
        let known = places.iter().zip(&series.points).filter_map(|(x, p)| Some([*x, f(p.report.as_ref()?)]));
        line(name, run_color(color), Kind::Line, known.collect())
    };
    let panel = |title: &str, y_label: &str, lines: Vec<Series>| Panel {
        title: title.into(),
        x_label: station_label(&stations),
        x_names: station_names(&stations),
        y_label: y_label.into(),
        series: with_dots(lines),
        when_empty: "Here come the numbers.".into(),
        ..Panel::default()
    };
    let indicator = vec![
        over("Tr(HΣ)", 0, |r| r.trace_h_sigma.value),
        over("Tr H · Tr Σ / D: isotropic noise of the same size", 1, |r| r.trace_h_sigma_bar.value),
    ];
    let degrees = over("between the leading eigenvectors of H and Σ", 0, |r| r.angle.to_degrees());
    vec![
        Panel { log_y: true, ..panel("Noise against curvature", "Tr(HΣ)", indicator) },
        Panel {
            log_y: true,
            guides: vec![Guide { value: 1.0, label: "isotropic".into() }],
            ..panel("Ratio to isotropic noise", "ratio", vec![over("ratio", 0, |r| r.ratio)])
        },
        Panel {
            log_y: true,
            guides: vec![Guide { value: 1.0, label: "isotropic".into() }],
            ..panel("Projection coefficient", "â", vec![over("â", 0, |r| r.alignment)])
        },
        Panel { y_range: Some((0.0, 90.0)), ..panel("Angle", "degrees", vec![degrees]) },
    ]
}

/// The leading eigenvalues of H and Σ by rank.
pub fn noise_eigenvalue_panel(report: &NoiseReport) -> Panel {
    let points = |values: &[f64]| values.iter().enumerate().map(|(i, v)| [(i + 1) as f64, *v]).collect();
    Panel {
        title: "Leading eigenvalues".into(),
        x_label: "rank".into(),
        y_label: "λ".into(),
        x_range: Some((0.0, report.h_values.len().max(report.sigma_values.len()) as f64 + 1.0)),
        log_y: true,
        series: vec![
            line("of H", run_color(0), Kind::Points, points(&report.h_values)),
            line("of Σ", run_color(1), Kind::Points, points(&report.sigma_values)),
        ],
        when_empty: "Here come the eigenvalues.".into(),
        ..Panel::default()
    }
}
