//! The figure of a valley: its most remarkable slices, how strong the asymmetric directions are, and test against training
//! loss.

use super::{Color, Figure, Key, Kind, Panel, Series, Theme, colors::run_color, text::literal, ticks::short};
use crate::{
    explore::{ShiftReport, ValleyReport},
    history::Curve,
    valley::Share,
};

/// Slices above, then the histogram of c, then a panel per shift. Title and caption are the caller's.
pub fn valley_figure(report: &ValleyReport, theme: Theme) -> Figure {
    let named: Vec<usize> = report.named().filter(|(_, d)| !d.points.is_empty()).map(|(i, _)| i).collect();
    let random = report.most_asymmetric();
    let mut panels = Vec::new();
    if !named.is_empty() {
        panels.push(Panel { title: "Slices along directions from files".into(), ..valley_slices(report, &named) });
    }
    if !random.is_empty() || named.is_empty() {
        let title = "Random directions: the most asymmetric slices".into();
        panels.push(Panel { title, ..valley_slices(report, &random) });
    }
    if let Some(share) = report.share().filter(|s| s.asymmetric.successes > 0) {
        panels.push(valley_histogram(&share));
    }
    for (index, s) in report.shifts.iter().enumerate() {
        let name = &report.directions[s.direction].name;
        panels.push(valley_shift(s, name, run_color(index)));
    }
    let height = 150 + 300 * panels.len() as u32;
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

/// The slices along some of the directions, over each other; without a title.
pub fn valley_slices(report: &ValleyReport, numbers: &[usize]) -> Panel {
    let series = numbers.iter().enumerate().map(|(i, number)| {
        let d = &report.directions[*number];
        let name = match d.asymmetry() {
            Some(a) => format!("{}, c {}", d.name, short(a.c)),
            None => d.name.clone(),
        };
        let curve = Curve::through(d.points.iter().map(|(l, loss)| [*l, *loss]));
        Series { name, in_legend: true, color: run_color(i), kind: Kind::Line, curve }
    });
    Panel {
        x_label: "ℓ: w + ℓu".into(),
        y_label: "training loss".into(),
        series: series.collect(),
        when_empty: "Here come the slices.".into(),
        weight: 1.3,
        ..Panel::default()
    }
}

/// How many of the asymmetric directions have which c.
pub fn valley_histogram(share: &Share) -> Panel {
    let a = share.asymmetric;
    let bins = share.c.edges().windows(2).zip(share.c.counts());
    let points = bins.map(|(e, n)| [(e[0] * e[1]).sqrt().log2(), *n as f64]);
    Panel {
        title: format!(
            "{} of {} random directions are asymmetric: {:.1} %, 95 % interval {:.1} to {:.1} %",
            a.successes,
            a.runs,
            100.0 * a.rate(),
            100.0 * a.low,
            100.0 * a.high
        ),
        x_label: "log_2 c".into(),
        y_label: "directions".into(),
        from_zero: true,
        series: vec![Series {
            name: "asymmetric directions".into(),
            in_legend: false,
            color: run_color(0),
            kind: Kind::Bars,
            curve: Curve::through(points),
        }],
        ..Panel::default()
    }
}

/// Test against training loss along a direction, and the test loss shifted by δ.
pub fn valley_shift(report: &ShiftReport, name: &str, color: Color) -> Panel {
    let series = |name: &str, kind, points: Vec<[f64; 2]>| Series {
        name: name.into(),
        in_legend: true,
        color,
        kind,
        curve: Curve::through(points),
    };
    let plain = |c: &[(f64, f64)]| c.iter().map(|p| [p.0, p.1]).collect::<Vec<_>>();
    let mut all =
        vec![series("training", Kind::Line, plain(&report.train)), series("test", Kind::Dotted, plain(&report.test))];
    let mut title = format!("Test against training loss along {}", literal(name));
    let mut key = Vec::new();
    if let Some(Ok(found)) = &report.outcome {
        all.push(series("test, shifted by δ", Kind::Dashed, found.laid_over(&report.test)));
        title += &format!(": δ = {}, ξ = {}", short(found.delta), short(found.gap));
        key.push(Key { name: format!("without a shift ξ = {}", short(found.unshifted_gap)), color, kind: Kind::Thin });
    }
    Panel {
        title,
        x_label: "ℓ: w + ℓu".into(),
        y_label: "mean loss".into(),
        x_range: report.train.first().zip(report.train.last()).map(|(a, b)| (a.0, b.0)),
        series: all,
        key,
        ..Panel::default()
    }
}
