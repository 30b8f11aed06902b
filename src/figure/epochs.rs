//! What is drawn over epochs: loss and error after every pass over the training data, barriers crossed, mean height.

use super::{
    Color, Figure, Key, Kind, Panel, Series, Theme,
    band::Band,
    colors,
    outline::outlines,
    walk::{COLUMNS, key, subtitle, title},
};
use crate::history::{Curve, History, Quantity};

/// A plot over epochs.
#[derive(Clone, Copy, Debug)]
pub struct EpochPlot {
    pub title: &'static str,
    pub y_label: &'static str,
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

    /// What its lines have at one epoch record of a run, in its unit, and whether that is of the average of iterates.
    pub fn values(&self, history: &History, record: usize) -> Vec<(f64, bool)> {
        let value =
            |line: &EpochLine| Some((history.epoch_series(line.quantity).y(record)? * self.unit, line.averaged));
        self.lines.iter().filter_map(value).collect()
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

/// How pale the area around a mean is.
const PALE: f64 = 0.78;

/// Runs that are drawn as one: as they are when there is one, else as their mean and one standard deviation to both sides.
#[derive(Clone, Debug)]
pub struct EpochGroup<'a> {
    pub name: String,
    pub color: Color,
    pub runs: Vec<&'a History>,
}

impl<'a> EpochGroup<'a> {
    /// A run that is drawn as it is.
    pub fn alone((history, name, color): (&'a History, &str, Color)) -> EpochGroup<'a> {
        EpochGroup { name: name.into(), color, runs: vec![history] }
    }

    /// The epochs of its first record and of its last one.
    fn reach(&self) -> Option<[f64; 2]> {
        let reach = |h: &&History| Some([h.epochs().first()?.epoch as f64, h.epochs().last()?.epoch as f64]);
        self.runs.iter().filter_map(reach).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
    }
}

/// Loss and error per epoch, training solid and test dotted: one run, or several over each other.
///
/// Each run comes with its name and colour.
pub fn epochs_figure(runs: &[(&History, &str, Color)], theme: Theme) -> Figure {
    let groups: Vec<EpochGroup<'_>> = runs.iter().copied().map(EpochGroup::alone).collect();
    epoch_groups_figure(&groups, theme)
}

/// The same of groups of runs.
pub fn epoch_groups_figure(groups: &[EpochGroup<'_>], theme: Theme) -> Figure {
    // A group is in the key once.
    let first: Vec<(&History, &str, Color)> = groups
        .iter()
        .filter_map(|group| group.runs.first().map(|run| (*run, group.name.as_str(), group.color)))
        .collect();
    let all: Vec<(&History, &str, Color)> = groups
        .iter()
        .flat_map(|group| group.runs.iter().map(move |run| (*run, group.name.as_str(), group.color)))
        .collect();
    Figure {
        title: title(&all),
        subtitle: subtitle(&all),
        key: key(&first),
        panels: EPOCH_PLOTS.iter().take(ON_PAPER).map(|plot| epoch_panel(plot, groups, theme)).collect(),
        caption: if groups.iter().any(|group| group.runs.len() > 1) {
            "Lines are means over the runs of a group, areas one standard deviation to both sides.".into()
        } else {
            String::new()
        },
        width: 900,
        height: 640,
        theme,
        shared_x: true,
    }
}

/// One of the plots over epochs, over all epochs of all runs.
pub fn epoch_panel(plot: &EpochPlot, groups: &[EpochGroup<'_>], theme: Theme) -> Panel {
    let last = groups.iter().filter_map(EpochGroup::reach).map(|[_, last]| last).fold(1.0, f64::max);
    let first = groups.iter().filter_map(EpochGroup::reach).map(|[first, _]| first).fold(last, f64::min);
    let averages = groups.iter().flat_map(|g| &g.runs).any(|h| h.has(Quantity::AVERAGE_TRAIN_LOSS));
    let (mut areas, mut lines) = (Vec::new(), Vec::new());
    for group in groups {
        for line in plot.lines.iter().filter(|line| averages || !line.averaged) {
            let color = if line.averaged { colors::AVERAGED } else { group.color };
            let name: String =
                if groups.len() < 2 { line.name.into() } else { format!("{} · {}", group.name, line.name) };
            let series = |name, color, kind, curve| Series { name, in_legend: false, color, kind, curve };
            if let [history] = group.runs.as_slice() {
                let curve = history.epoch_series(line.quantity).curve(first, last, COLUMNS).scaled(plot.unit);
                lines.push(series(name, color, line.kind, curve));
                continue;
            }
            let points = |h: &&History| h.epoch_series(line.quantity).points().collect::<Vec<_>>();
            let band = Band::of(&group.runs.iter().map(points).collect::<Vec<_>>());
            let pale = color.mixed(theme.page().background, PALE);
            let area = outlines(&band.low, &band.high).scaled(plot.unit);
            areas.push(series(format!("{name}, one standard deviation"), pale, Kind::Area, area));
            let mean = Curve::through(band.mean).scaled(plot.unit);
            lines.push(series(format!("{name}, mean of {}", group.runs.len()), color, line.kind, mean));
        }
    }
    // No area covers a line.
    let series = areas.into_iter().chain(lines).collect();
    let has_test = plot.lines.len() > 1;
    let neutral = match groups {
        [only] => only.color,
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
        clips: true,
        iteration_grid: true,
        counts: plot.counts,
        key,
        when_empty: plot.when_empty.into(),
        series,
        ..Panel::default()
    }
}
