//! The epochs figure: loss and error after every pass over the training data.

use super::{
    Color, Figure, Key, Kind, Panel, Series, Theme, colors,
    walk::{COLUMNS, key, series_name, subtitle, title},
};
use crate::history::{History, Quantity};

/// Loss and error per epoch, training solid and test dotted: one run, or several over each other.
///
/// Each run comes with its name and colour.
pub fn epochs_figure(runs: &[(&History, &str, Color)], theme: Theme) -> Figure {
    let last = runs.iter().filter_map(|(h, ..)| h.epochs().last()).map(|e| e.epoch as f64).fold(1.0, f64::max);
    let first = runs.iter().filter_map(|(h, ..)| h.epochs().first()).map(|e| e.epoch as f64).fold(last, f64::min);
    let averages = runs.iter().any(|(h, ..)| h.epochs().iter().any(|e| e.average.is_some()));
    let panel = |name: &str, y_label: &str, [train, test, average_train, average_test]: [Quantity; 4]| {
        let mut series = Vec::new();
        for (history, label, color) in runs {
            let own = [(train, "training", Kind::Line, *color), (test, "test", Kind::Dotted, *color)];
            let averaged = [
                (average_train, "average, training", Kind::Line, colors::AVERAGED),
                (average_test, "average, test", Kind::Dotted, colors::AVERAGED),
            ];
            for (quantity, what, kind, color) in own.into_iter().chain(averaged.into_iter().filter(|_| averages)) {
                let curve = history.epoch_series(quantity).curve(first, last, COLUMNS);
                series.push(Series { name: series_name(runs, label, what), in_legend: false, color, kind, curve });
            }
        }
        let neutral = match runs {
            [(_, _, color)] => *color,
            _ => theme.page().muted,
        };
        let entry = |name: &str, kind, color| Key { name: name.into(), color, kind };
        let mut key = vec![entry("training", Kind::Line, neutral), entry("test", Kind::Dotted, neutral)];
        if averages {
            key.push(entry("average of iterates", Kind::Line, colors::AVERAGED));
        }
        Panel {
            title: name.into(),
            x_label: "epoch".into(),
            y_label: y_label.into(),
            x_range: Some((first, last)),
            from_zero: true,
            iteration_grid: true,
            key,
            when_empty: format!("Here comes the {} on training and test set, epoch by epoch.", name.to_lowercase()),
            series,
            ..Panel::default()
        }
    };
    let panels = vec![
        panel(
            "Loss",
            "mean loss",
            [Quantity::TRAIN_LOSS, Quantity::TEST_LOSS, Quantity::AVERAGE_TRAIN_LOSS, Quantity::AVERAGE_TEST_LOSS],
        ),
        panel(
            "Error",
            "share of wrong answers",
            [Quantity::TRAIN_ERROR, Quantity::TEST_ERROR, Quantity::AVERAGE_TRAIN_ERROR, Quantity::AVERAGE_TEST_ERROR],
        ),
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
