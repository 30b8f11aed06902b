//! The loss along one step, large: its ten points, the valley floor, the chord between the ends, minimum and barrier.

use super::{
    Color, Figure, Key, Kind, Panel, Series, Theme,
    colors::{BARRIER, FLOOR},
    stack::stacked,
};
use crate::{
    history::Curve,
    probe::{SliceRecord, slice_alpha},
};

/// The slices of one or several runs, each with the run's name and colour.
pub fn slice_panel(slices: &[(&SliceRecord, &str, Color)], log: bool, theme: Theme) -> Panel {
    let is_alone = slices.len() < 2;
    let name = |run: &str, what: &str| if is_alone { what.to_string() } else { format!("{run} · {what}") };
    let mut series = Vec::new();
    for (slice, run, color) in slices {
        let mut add = |what: &str, color: Color, kind: Kind, points: &[[f64; 2]]| {
            let curve = Curve::through(points.iter().copied());
            if !curve.is_empty() {
                series.push(Series { name: name(run, what), in_legend: false, color, kind, curve });
            }
        };
        let points: Vec<[f64; 2]> = slice.loss.iter().enumerate().map(|(k, y)| [slice_alpha(k), *y]).collect();
        add("training loss", *color, Kind::Line, &points);
        let floor = slice.floor();
        add("valley floor", if is_alone { FLOOR } else { *color }, Kind::Dashed, &[[0.0, floor], [1.0, floor]]);
        add("chord", *color, Kind::Thin, &[[0.0, slice.start()], [1.0, slice.end()]]);
        if let Some(dip) = slice.dip() {
            add("minimum inside", *color, Kind::Star, &[dip]);
        }
        if let Some(peak) = slice.peak() {
            add("barrier", BARRIER, Kind::Points, &[peak]);
        }
    }
    let neutral = slices.first().filter(|_| is_alone).map_or(theme.page().muted, |(_, _, color)| *color);
    let entry = |name: &str, color, kind| Key { name: name.into(), color, kind };
    let mut key = vec![
        entry("training loss", neutral, Kind::Line),
        entry("valley floor", if is_alone { FLOOR } else { neutral }, Kind::Dashed),
        entry("chord between the ends", neutral, Kind::Thin),
    ];
    for (kind, words, color) in [(Kind::Star, "minimum inside", neutral), (Kind::Points, "barrier", BARRIER)] {
        if series.iter().any(|s| s.kind == kind) {
            key.push(entry(words, color, kind));
        }
    }
    Panel {
        title: "Training loss along the step".into(),
        x_label: "α: (1−α) θ_t + α θ_{t+1}".into(),
        y_label: "L((1−α)θ_t + αθ_{t+1})".into(),
        x_range: Some((0.0, 1.0)),
        log_y: log,
        shallow: true,
        series,
        key,
        when_empty: "No run that is shown has a slice at this iteration.".into(),
        weight: 1.6,
        ..Panel::default()
    }
}

/// The same on a page.
pub fn slice_figure(t: u64, slices: &[(&SliceRecord, &str, Color)], log: bool, theme: Theme) -> Figure {
    let runs: Vec<&str> = slices.iter().map(|(_, run, _)| *run).collect();
    let panel = slice_panel(slices, log, theme);
    let runs_key = slices.iter().filter(|_| slices.len() > 1);
    let key = runs_key.map(|(_, run, color)| Key { name: (*run).into(), color: *color, kind: Kind::Line }).collect();
    Figure {
        title: format!("The step from iteration {t}"),
        subtitle: runs.join(" · "),
        key,
        ..stacked(vec![panel], String::new(), theme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::SLICE_POINTS;

    fn slice(f: impl Fn(f64) -> f64) -> SliceRecord {
        SliceRecord { t: 108, loss: std::array::from_fn(|k| f(slice_alpha(k))) }
    }

    #[test]
    fn a_slice_shows_what_it_has_and_nothing_else() {
        let color = Color { r: 1, g: 2, b: 3 };
        let kinds = |panel: &Panel| panel.series.iter().map(|s| s.kind).collect::<Vec<_>>();
        let valley = slice(|a| (a - 4.0 / 9.0) * (a - 4.0 / 9.0));
        let panel = slice_panel(&[(&valley, "run", color)], false, Theme::Light);
        assert_eq!(kinds(&panel), [Kind::Line, Kind::Dashed, Kind::Thin, Kind::Star]);
        assert_eq!(panel.series[0].curve.points().count(), SLICE_POINTS);
        assert_eq!(panel.series[1].color, FLOOR);
        let hill = slice(|a| a * (1.0 - a));
        let both = slice_panel(&[(&valley, "one", color), (&hill, "two", color)], false, Theme::Light);
        assert_eq!(kinds(&both).last(), Some(&Kind::Points));
        assert_eq!(both.series[1].color, color, "two orange floors could not be told apart");
        assert!(both.series[0].name == "one · training loss" && both.key.len() == 5);
        let lost = slice_panel(&[(&slice(|_| f64::NAN), "run", color)], false, Theme::Light);
        assert!(lost.series.is_empty() && !lost.when_empty.is_empty());
        assert!(slice_figure(108, &[(&valley, "run", color)], false, Theme::Dark).title.contains("108"));
    }
}
