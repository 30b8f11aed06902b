//! The epochs figure: loss and error after every pass over the training data.

use super::{
    Color, Figure, Key, Kind, Panel, Series, Theme,
    walk::{COLUMNS, key, series_name, subtitle, title},
};
use crate::history::{History, Quantity};

/// Loss and error per epoch, training solid and test dotted: one run, or several over each other.
///
/// Each run comes with its name and colour.
pub fn epochs_figure(runs: &[(&History, &str, Color)], theme: Theme) -> Figure {
    let last = runs.iter().filter_map(|(h, ..)| h.epochs().last()).map(|e| e.epoch as f64).fold(1.0, f64::max);
    let first = runs.iter().filter_map(|(h, ..)| h.epochs().first()).map(|e| e.epoch as f64).fold(last, f64::min);
    let panel = |name: &str, y_label: &str, train: Quantity, test: Quantity| {
        let mut series = Vec::new();
        for (history, label, color) in runs {
            for (quantity, what, kind) in [(train, "training", Kind::Line), (test, "test", Kind::Dotted)] {
                let curve = history.epoch_series(quantity).curve(first, last, COLUMNS);
                series.push(Series {
                    name: series_name(runs, label, what),
                    in_legend: false,
                    color: *color,
                    kind,
                    curve,
                });
            }
        }
        let neutral = match runs {
            [(_, _, color)] => *color,
            _ => theme.page().muted,
        };
        let entry = |name: &str, kind| Key { name: name.into(), color: neutral, kind };
        Panel {
            title: name.into(),
            x_label: "epoch".into(),
            y_label: y_label.into(),
            x_range: Some((first, last)),
            from_zero: true,
            iteration_grid: true,
            key: vec![entry("training", Kind::Line), entry("test", Kind::Dotted)],
            when_empty: format!("Here comes the {} on training and test set, epoch by epoch.", name.to_lowercase()),
            series,
            ..Panel::default()
        }
    };
    let panels = vec![
        panel("Loss", "mean loss", Quantity::TrainLoss, Quantity::TestLoss),
        panel("Error", "share of wrong answers", Quantity::TrainError, Quantity::TestError),
    ];
    Figure {
        title: title(runs),
        subtitle: subtitle(runs),
        key: key(runs),
        panels,
        caption: String::new(),
        width: 900,
        height: 640,
        theme,
        shared_x: true,
    }
}
