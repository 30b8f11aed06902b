//! Facts about line figures, and samples.

use super::{count, save, valid};
use crate::figure::*;

/// 31 positions from −0.5 to 1.5, both ends among them.
fn alphas() -> Vec<f64> {
    (0..41).map(|k| (f64::from(k) - 10.0) / 20.0).collect()
}

/// 0.2 at 0 and 0.4 at 1, with a hump of `barrier` above the chord at 1/2.
fn curve(name: &str, color: Color, barrier: f64) -> LineCurve {
    let loss = |x: f64| {
        let hump = if (0.0..=1.0).contains(&x) { barrier * 4.0 * x * (1.0 - x) } else { 0.0 };
        let walls = 6.0 * (-x).max(0.0).powi(2) + 3.0 * (x - 1.0).max(0.0).powi(2);
        0.2 + 0.2 * x.clamp(0.0, 1.0) + hump + walls
    };
    let alpha = alphas();
    let error = |l: f64| 0.9 * (1.0 - (-0.4 * l).exp());
    LineCurve {
        name: name.into(),
        color,
        train_loss: alpha.iter().map(|x| loss(*x)).collect(),
        train_error: alpha.iter().map(|x| error(loss(*x))).collect(),
        test_loss: alpha.iter().map(|x| loss(*x - 0.05) + 0.1).collect(),
        test_error: alpha.iter().map(|x| error(loss(*x - 0.05) + 0.1)).collect(),
        alpha,
    }
}

fn ends() -> Vec<(f64, String)> {
    vec![(0.0, "A: sgd.safetensors".into()), (1.0, "B: sam.safetensors".into())]
}

fn picture(curves: Vec<LineCurve>) -> LinePicture {
    LinePicture {
        title: "From sgd.safetensors to sam.safetensors".into(),
        subtitle: "fashion-mnist · lenet · 11,330 parameters · distance 7.31".into(),
        caption: "Full training set (1,000) and test set (1,000). Batch norm: recalibrated at every point.".into(),
        x_label: "α, θ = (1−α) A + α B".into(),
        curves,
        ends: ends(),
        ..LinePicture::default()
    }
}

fn series<'a>(figure: &'a Figure, panel: usize, name: &str) -> Vec<&'a Series> {
    figure.panels[panel].series.iter().filter(|s| s.name == name).collect()
}

fn only_point(series: &[&Series]) -> [f64; 2] {
    let points: Vec<_> = series.iter().filter(|s| s.kind != Kind::Thin).flat_map(|s| s.curve.points()).collect();
    assert_eq!(points.len(), 1, "{points:?}");
    points[0]
}

#[test]
fn a_line_has_its_ends_minima_chord_and_barrier() {
    let figure = line_figure(&picture(vec![curve("run", colors::SGD, 0.945)]));
    let svg = valid(&figure);
    let chord: Vec<_> = series(&figure, 0, "chord")[0].curve.points().collect();
    assert_eq!(chord, [[0.0, 0.2], [1.0, 0.4]]);
    let [x, y] = only_point(&series(&figure, 0, "barrier"));
    assert!(x == 0.5 && (y - (0.3 + 0.945)).abs() < 1e-12, "{x}, {y}");
    assert!(svg.contains("barrier, 0.945 above the chord"));
    let barrier = series(&figure, 0, "barrier").into_iter().find(|s| s.kind == Kind::Thin).unwrap();
    let foot = barrier.curve.points().next().unwrap();
    assert!((foot[1] - 0.3).abs() < 1e-12, "down to the chord");
    assert!(series(&figure, 0, "barrier").iter().all(|s| s.color == colors::BARRIER));
    let minima: Vec<_> = series(&figure, 0, "minimum").iter().flat_map(|s| s.curve.points()).collect();
    assert_eq!(minima[0], [0.0, 0.2]);
    assert!((minima[1][0] - 0.05).abs() < 1e-12 && (minima[1][1] - 0.3).abs() < 1e-12);
    // Errors are shares and shown in percent.
    let shares = curve("", colors::SGD, 0.945).train_error;
    let percent: Vec<f64> = series(&figure, 1, "training")[0].curve.points().map(|p| p[1]).collect();
    assert!(percent.iter().zip(&shares).all(|(p, s)| (p - 100.0 * s).abs() < 1e-12));
    assert_eq!(count(&svg, "A: sgd.safetensors"), 1, "named once");
    assert_eq!(count(&svg, r#"stroke-dasharray="2 2.5""#), 4, "two ends in two panels");
    assert_eq!(count(&svg, r#"stroke-dasharray="0.1 3.4""#), 4, "test is dotted, in both plots and legends");
}

#[test]
fn a_straight_line_has_no_barrier_and_a_missing_end_no_chord() {
    let flat = line_figure(&picture(vec![curve("run", colors::SGD, 0.0)]));
    assert!(series(&flat, 0, "barrier").is_empty() && !series(&flat, 0, "chord").is_empty());
    let sagging = line_figure(&picture(vec![curve("run", colors::SGD, -0.1)]));
    assert!(series(&sagging, 0, "barrier").is_empty());
    let mut broken = curve("run", colors::SGD, 0.945);
    broken.train_loss[10] = f64::NAN;
    let figure = line_figure(&picture(vec![broken]));
    assert!(series(&figure, 0, "chord").is_empty() && series(&figure, 0, "barrier").is_empty());
    assert_eq!(series(&figure, 0, "training")[0].curve.lines.len(), 2, "broken at the NaN");
    assert!(valid(&figure).contains("1 point is not finite"));
    // An end between two points takes the value between theirs.
    let mut moved = picture(vec![curve("run", colors::SGD, 0.0)]);
    moved.ends[1].0 = 0.975;
    let chord: Vec<_> = series(&line_figure(&moved), 0, "chord")[0].curve.points().collect();
    assert!((chord[1][1] - 0.395).abs() < 1e-12);
    moved.ends[1].0 = 7.0;
    assert!(series(&line_figure(&moved), 0, "chord").is_empty());
}

#[test]
fn what_was_not_measured_is_not_drawn() {
    let mut trained = curve("run", colors::SGD, 0.2);
    (trained.test_loss, trained.test_error) = (vec![], vec![]);
    let figure = line_figure(&picture(vec![trained]));
    let svg = valid(&figure);
    assert!(series(&figure, 0, "test").is_empty() && !svg.contains(">test<"));
    assert_eq!(series(&figure, 0, "minimum").len(), 1);
    let empty = valid(&line_figure(&LinePicture::default()));
    assert_eq!(count(&empty, "Here comes the"), 2);
}

#[test]
fn on_a_logarithmic_axis_the_chord_bends() {
    let figure = line_figure(&LinePicture { log_loss: true, ..picture(vec![curve("run", colors::SGD, 0.945)]) });
    let chord: Vec<_> = series(&figure, 0, "chord")[0].curve.points().collect();
    assert!(chord.len() > 50 && chord.iter().all(|[x, y]| (y - 0.2 - 0.2 * x).abs() < 1e-12));
    assert_eq!(series(&figure, 1, "chord")[0].curve.points().count(), 2);
    valid(&figure);
}

fn band() -> LineBand {
    let alpha: Vec<f64> = (0..21).map(|k| f64::from(k) / 10.0 - 1.0).collect();
    let at = |steep: f64| -> Vec<f64> { alpha.iter().map(|x| 0.2 + steep * x * x * (1.0 + 0.3 * x)).collect() };
    let spread = |scale: f64| Spread {
        min: at(0.3 * scale),
        lower_quartile: at(0.6 * scale),
        mean: at(1.1 * scale),
        upper_quartile: at(1.3 * scale),
        max: at(2.4 * scale),
    };
    LineBand { count: 20, color: colors::SGD, alpha: alpha.clone(), loss: spread(1.0), error: spread(0.3) }
}

#[test]
fn a_band_is_filled_between_its_edges_and_broken_at_what_is_not_finite() {
    let mut with_hole = band();
    with_hole.loss.max[5] = f64::INFINITY;
    let figure = line_figure(&LinePicture { bands: vec![with_hole.clone()], ..LinePicture::default() });
    let svg = valid(&figure);
    let outer = &series(&figure, 0, "least to greatest")[0].curve;
    assert_eq!(outer.lines.iter().map(Vec::len).collect::<Vec<_>>(), [10, 30], "5 and 15 points, there and back");
    let area = |line: &[[f64; 2]]| -> f64 {
        let closed = line.iter().zip(line.iter().cycle().skip(1));
        closed.map(|(p, q)| p[0] * q[1] - q[0] * p[1]).sum::<f64>() / 2.0
    };
    let trapezoids: f64 = (6..20)
        .map(|k| {
            let gap = |k: usize| with_hole.loss.max[k] - with_hole.loss.min[k];
            (gap(k) + gap(k + 1)) / 2.0 * (with_hole.alpha[k + 1] - with_hole.alpha[k])
        })
        .sum();
    assert!((area(&outer.lines[1]) - trapezoids).abs() < 1e-12);
    assert_eq!(
        count(&svg, "<polygon"),
        2 + 1 + 1 + 1,
        "two outer pieces, the middle half, and both in the other panel"
    );
    assert!(svg.contains("mean of 20 directions"));
}

#[test]
fn sample_lines() {
    let one = picture(vec![curve("run", colors::SGD, 0.945)]);
    save("line", &line_figure(&one));
    save("line-dark", &line_figure(&LinePicture { theme: Theme::Dark, log_loss: true, ..one }));
    let mut broken = curve("seed 2", run_color(2), 0.3);
    broken.train_loss[30..].fill(f64::NAN);
    let several = vec![curve("seed 0", run_color(0), 0.945), curve("seed 1", run_color(1), 0.6), broken];
    save("line-three", &line_figure(&picture(several)));
    let random = LinePicture {
        title: "20 random directions through sgd.safetensors".into(),
        subtitle: "fashion-mnist · lenet · filter-normalised, seed 7".into(),
        x_label: "distance along the direction".into(),
        ends: vec![],
        bands: vec![band()],
        ..picture(vec![])
    };
    save("line-band", &line_figure(&random));
    save("line-band-dark", &line_figure(&LinePicture { theme: Theme::Dark, ..random }));
}
