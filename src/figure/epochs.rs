//! What is drawn over epochs: loss and error after every pass over the training data, barriers crossed, mean height.

use super::{
    Color, Figure, Key, Kind, Panel, Series, Theme, colors,
    walk::{COLUMNS, key, series_name, subtitle, title},
};
use crate::history::{History, Quantity};

/// A plot over epochs.
#[derive(Clone, Copy, Debug)]
pub struct EpochPlot {
    pub title: &'static str,
    y_label: &'static str,
    when_empty: &'static str,
    /// What its numbers are multiplied with: shares become percent.
    unit: f64,
    /// Its numbers are whole ones.
    counts: bool,
    lines: &'static [EpochLine],
}

/// One line of it for every run.
#[derive(Clone, Copy, Debug)]
struct EpochLine {
    quantity: Quantity,
    /// For the legend and CSV.
    name: &'static str,
    kind: Kind,
    /// Of the average of iterates: in its own colour, and only where a run has one.
    averaged: bool,
}

impl EpochPlot {
    /// What it shows.
    pub fn quantities(&self) -> impl Iterator<Item = Quantity> {
        self.lines.iter().map(|line| line.quantity)
    }
}

const fn line(quantity: Quantity, name: &'static str, kind: Kind, averaged: bool) -> EpochLine {
    EpochLine { quantity, name, kind, averaged }
}

/// What an empty plot says of what slices tell.
const WITH_SLICES: &str = "Of runs whose steps are sliced, epoch by epoch.";

/// All plots over epochs. The first two are the epochs figure.
pub const EPOCH_PLOTS: [EpochPlot; 4] = [
    EpochPlot {
        title: "Loss",
        y_label: "mean loss",
        when_empty: "Here comes the loss on training and test set, epoch by epoch.",
        unit: 1.0,
        counts: false,
        lines: &[
            line(Quantity::TRAIN_LOSS, "training", Kind::Line, false),
            line(Quantity::TEST_LOSS, "test", Kind::Dotted, false),
            line(Quantity::AVERAGE_TRAIN_LOSS, "average, training", Kind::Line, true),
            line(Quantity::AVERAGE_TEST_LOSS, "average, test", Kind::Dotted, true),
        ],
    },
    EpochPlot {
        title: "Error",
        y_label: "error (%)",
        when_empty: "Here comes the error on training and test set, epoch by epoch.",
        unit: 100.0,
        counts: false,
        lines: &[
            line(Quantity::TRAIN_ERROR, "training", Kind::Line, false),
            line(Quantity::TEST_ERROR, "test", Kind::Dotted, false),
            line(Quantity::AVERAGE_TRAIN_ERROR, "average, training", Kind::Line, true),
            line(Quantity::AVERAGE_TEST_ERROR, "average, test", Kind::Dotted, true),
        ],
    },
    EpochPlot {
        title: "Barriers per epoch",
        y_label: "steps with a barrier",
        when_empty: WITH_SLICES,
        unit: 1.0,
        counts: true,
        lines: &[line(Quantity::EPOCH_BARRIERS, "barriers", Kind::Line, false)],
    },
    EpochPlot {
        title: "Mean height above floor",
        y_label: "mean height",
        when_empty: WITH_SLICES,
        unit: 1.0,
        counts: false,
        lines: &[line(Quantity::EPOCH_HEIGHT, "mean height", Kind::Line, false)],
    },
];

/// The plot over epochs that has a quantity.
pub fn epoch_plot(quantity: Quantity) -> Option<EpochPlot> {
    EPOCH_PLOTS.into_iter().find(|plot| plot.quantities().any(|q| q == quantity))
}

/// How many of them are the epochs figure.
const ON_PAPER: usize = 2;

/// Loss and error per epoch, training solid and test dotted: one run, or several over each other.
///
/// Each run comes with its name and colour.
pub fn epochs_figure(runs: &[(&History, &str, Color)], theme: Theme) -> Figure {
    Figure {
        title: title(runs),
        subtitle: subtitle(runs),
        key: key(runs),
        panels: EPOCH_PLOTS.iter().take(ON_PAPER).map(|plot| epoch_panel(plot, runs, theme)).collect(),
        caption: String::new(),
        width: 900,
        height: 640,
        theme,
        shared_x: true,
    }
}

/// One of the plots over epochs, over all epochs of all runs.
pub fn epoch_panel(plot: &EpochPlot, runs: &[(&History, &str, Color)], theme: Theme) -> Panel {
    let last = runs.iter().filter_map(|(h, ..)| h.epochs().last()).map(|e| e.epoch as f64).fold(1.0, f64::max);
    let first = runs.iter().filter_map(|(h, ..)| h.epochs().first()).map(|e| e.epoch as f64).fold(last, f64::min);
    let averages = runs.iter().any(|(h, ..)| h.epochs().iter().any(|e| e.average.is_some()));
    let mut series = Vec::new();
    for (history, label, color) in runs {
        for line in plot.lines.iter().filter(|line| averages || !line.averaged) {
            let curve = history.epoch_series(line.quantity).curve(first, last, COLUMNS).scaled(plot.unit);
            let color = if line.averaged { colors::AVERAGED } else { *color };
            let name = series_name(runs, label, line.name);
            series.push(Series { name, in_legend: false, color, kind: line.kind, curve });
        }
    }
    let has_test = plot.lines.len() > 1;
    let neutral = match runs {
        [(_, _, color)] => *color,
        _ => theme.page().muted,
    };
    let entry = |name: &str, kind, color| Key { name: name.into(), color, kind };
    let mut key = Vec::new();
    if has_test {
        key = vec![entry("training", Kind::Line, neutral), entry("test", Kind::Dotted, neutral)];
        if averages {
            key.push(entry("average of iterates", Kind::Line, colors::AVERAGED));
        }
    }
    Panel {
        title: plot.title.into(),
        x_label: "epoch".into(),
        y_label: plot.y_label.into(),
        x_range: Some((first, last)),
        from_zero: true,
        iteration_grid: true,
        counts: plot.counts,
        key,
        when_empty: plot.when_empty.into(),
        series,
        ..Panel::default()
    }
}
