//! The figure of gradient noise: Tr(HΣ) beside what isotropic noise would have, and how alike noise and curvature are.

use super::{
    AxisName, Figure, Guide, Kind, Panel, Series, Theme,
    colors::run_color,
    spectrum::{line, station_label, station_names, station_places, with_dots},
    stems::{Stem, stem_range, stems, whiskers},
};
use crate::{
    curvature::{Measured, NoiseReport},
    explore::{NoisePoint, NoiseSeries, Station},
};

/// A panel for each number over the checkpoints, or of a single one Tr(HΣ) beside that of isotropic noise; then the leading eigenvalues of the last one that
/// is known. Title and caption are the caller's.
pub fn noise_figure(series: &NoiseSeries, theme: Theme) -> Figure {
    let last = series.points.iter().rev().find_map(|p| p.report.as_ref());
    let mut panels = match (series.points.len(), last) {
        (1, Some(report)) => vec![noise_indicator_panel(report)],
        _ => noise_over_points(series),
    };
    panels.extend(last.map(noise_eigenvalue_panel));
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
        let known = places.iter().zip(&series.points).filter_map(|(x, p)| Some((p, [*x, f(p.report.as_ref()?)])));
        // What is not a number in the midst of a measurement comes later.
        let known = known.filter(|(p, [_, y])| p.is_done || !y.is_nan());
        line(name, run_color(color), Kind::Line, known.map(|(_, at)| at).collect())
    };
    let errors = |f: fn(&NoiseReport) -> Measured| -> Vec<Stem> {
        let stem = |(x, p): (&f64, &NoisePoint)| Some(stem(*x, f(p.report.as_ref()?)));
        places.iter().zip(&series.points).filter_map(stem).collect()
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
    let isotropic = errors(|r| r.trace_h_sigma_bar);
    let measured = errors(|r| r.trace_h_sigma);
    let range = stem_range(&[measured.as_slice(), isotropic.as_slice()].concat(), []);
    let mut indicator = Panel { log_y: true, y_range: range, ..panel("Noise against curvature", "Tr(HΣ)", indicator) };
    if let Some((foot, _)) = range {
        for (name, color, found) in [("Tr(HΣ)", run_color(0), &measured), ("isotropic", run_color(1), &isotropic)] {
            let [_, errors] = stems(name, color, found, foot);
            indicator.series.push(errors);
        }
    }
    let degrees = over("between the leading eigenvectors of H and Σ", 0, |r| r.angle.to_degrees());
    vec![
        indicator,
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

/// Tr(HΣ) beside that of isotropic noise at one checkpoint, with standard errors: on a logarithmic axis where both are above 0.
pub fn noise_indicator_panel(report: &NoiseReport) -> Panel {
    let both = [
        ("Tr(HΣ)", run_color(0), stem(1.0, report.trace_h_sigma)),
        ("isotropic", run_color(1), stem(2.0, report.trace_h_sigma_bar)),
    ];
    let range = stem_range(&both.map(|(.., stem)| stem), []);
    let log = range.filter(|_| both.iter().all(|(.., stem)| stem.value.is_nan() || stem.value > 0.0));
    let mut series = Vec::new();
    for (name, color, stem) in both.into_iter().filter(|(.., stem)| !stem.value.is_nan()) {
        match log {
            Some((foot, _)) => series.extend(stems(name, color, &[stem], foot)),
            None => series.push(whiskers(name, color, &[stem])),
        }
        let kind = if log.is_some() { Kind::Points } else { Kind::Bars };
        series.push(line(name, color, kind, vec![[stem.x, stem.value]]));
    }
    Panel {
        title: "Noise against curvature, with standard errors".into(),
        y_label: "trace".into(),
        x_range: Some((0.0, 3.0)),
        x_names: both.into_iter().map(|(name, _, stem)| AxisName { x: stem.x, label: name.into() }).collect(),
        y_range: log,
        log_y: log.is_some(),
        series,
        when_empty: "Here comes Tr(HΣ).".into(),
        ..Panel::default()
    }
}

fn stem(x: f64, Measured { value, standard_error }: Measured) -> Stem {
    Stem { x, value, error: standard_error }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn report(found: f64, isotropic: f64) -> NoiseReport {
        let with_error = |value| Measured { value, standard_error: 0.5 };
        NoiseReport {
            batch: 1,
            trace_sigma: with_error(3.0),
            trace_h: with_error(4.0),
            trace_h_sigma: with_error(found),
            trace_h_sigma_bar: with_error(isotropic),
            ratio: found / isotropic,
            alignment: 1.0,
            along_first: 1.0,
            angle: 0.1,
            overlap: 0.5,
            h_values: vec![2.0, 1.0],
            sigma_values: vec![1.0],
            gradient_norm: 1.0,
            noise_norm: 1.0,
            gradient_curvature: 1.0,
        }
    }

    fn points(panel: &Panel, name: &str, kind: Kind) -> Vec<[f64; 2]> {
        let found = panel.series.iter().find(|s| s.name == name && s.kind == kind);
        found.unwrap_or_else(|| panic!("no {name}")).curve.points().collect()
    }

    fn series(reports: &[Option<NoiseReport>]) -> NoiseSeries {
        let point = |(i, report): (usize, &Option<NoiseReport>)| NoisePoint {
            station: Station { name: i.to_string(), path: i.to_string().into(), step: Some(10 * i as u64) },
            report: report.clone(),
            is_done: false,
        };
        NoiseSeries { batch: 1, leading: 2, parameters: 9, points: reports.iter().enumerate().map(point).collect() }
    }

    #[test]
    fn of_one_checkpoint_both_traces_stand_beside_each_other_with_their_errors() {
        let panel = noise_indicator_panel(&report(8.0, 2.0));
        assert!(panel.log_y && panel.x_names.len() == 2);
        assert_eq!(points(&panel, "Tr(HΣ)", Kind::Points), [[1.0, 8.0]]);
        assert_eq!(points(&panel, "isotropic, errors", Kind::Line), [[2.0, 1.5], [2.0, 2.5]]);
        // Nothing below 0 has a place on a logarithmic axis.
        let panel = noise_indicator_panel(&report(-8.0, 2.0));
        assert!(!panel.log_y && panel.y_range.is_none());
        assert_eq!(points(&panel, "Tr(HΣ)", Kind::Bars), [[1.0, -8.0]]);
        assert_eq!(points(&panel, "Tr(HΣ), errors", Kind::Line), [[1.0, -8.5], [1.0, -7.5]]);
        // Before anything is measured there is nothing.
        assert!(noise_indicator_panel(&report(f64::NAN, f64::NAN)).series.is_empty());
        assert_eq!(noise_figure(&series(&[Some(report(8.0, 2.0))]), Theme::Light).panels.len(), 2);
    }

    #[test]
    fn over_checkpoints_what_is_not_measured_yet_is_left_out_and_not_counted() {
        let all = series(&[Some(report(8.0, 2.0)), Some(report(f64::NAN, 4.0)), None]);
        let panels = noise_over_points(&all);
        let line = panels[0].series.iter().find(|s| s.name == "Tr(HΣ)").unwrap();
        assert_eq!(line.curve.points().collect::<Vec<_>>(), [[0.0, 8.0]]);
        assert_eq!(line.curve.non_finite, 0);
        assert_eq!(points(&panels[0], "Tr(HΣ), errors", Kind::Line), [[0.0, 7.5], [0.0, 8.5]]);
        let mut done = all;
        done.points[1].is_done = true;
        let line = noise_over_points(&done)[0].series[0].clone();
        assert_eq!((line.curve.points().count(), line.curve.non_finite), (1, 1), "what is no number is counted");
        assert_eq!(noise_figure(&done, Theme::Light).panels.len(), 5);
    }
}
