//! The numbers at the pointer over epochs, of every run that is shown.

use egui::{RichText, Stroke, Ui};

use super::{
    change_words,
    chart::Shown,
    epoch_time::epoch_at,
    pointer_table::{self, Row},
    readout::{few, others, short},
    store::Run,
    theme,
};
use crate::{
    engine::RunId,
    figure::{EpochPlot, colors},
    history::History,
    probe::EpochRecord,
};

/// The record nearest to an epoch, by its place.
fn nearest(history: &History, epoch: f64) -> Option<usize> {
    let epochs = history.epochs();
    let after = epochs.partition_point(|e| e.epoch as f64 <= epoch);
    let near = [after.checked_sub(1), Some(after).filter(|k| *k < epochs.len())];
    let distance = |k: usize| (epochs[k].epoch as f64 - epoch).abs();
    near.into_iter().flatten().min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
}

/// A row for every run, at its nearest epoch; under it that of the average of its iterates, if there is one. Changes within
/// `reach` are told, too.
pub fn table(ui: &mut Ui, all: &[(&Run, &History)], chosen: Option<RunId>, x: f64, reach: f64) {
    let (runs, left) = few(all, chosen);
    let heads = ["run", "epoch", "t", "L", "error", "test L", "test error", "barriers", "height"];
    let mut rows = Vec::new();
    for (run, history) in &runs {
        let Some(record) = nearest(history, x).map(|k| &history.epochs()[k]) else { continue };
        rows.push(Row { color: run.color, name: run.short.clone(), numbers: own(record).to_vec() });
        if let Some(numbers) = average(record) {
            rows.push(Row { color: colors::AVERAGED, name: "average".into(), numbers: numbers.to_vec() });
        }
    }
    pointer_table::ui(ui, &heads, &rows);
    others(ui, left);
    for (run, history) in &runs {
        let near = |t: u64| (epoch_at(history, t as f64) - x).abs() < reach;
        for change in history.changes().iter().filter(|c| near(c.t)) {
            let words = format!("{}: {} at iteration {}", run.short, change_words::short(&change.change), change.t);
            ui.label(RichText::new(words).small());
        }
    }
}

fn own(e: &EpochRecord) -> [String; 8] {
    let height = e.mean_height.map_or("–".into(), short);
    let barriers = if e.slices > 0 { e.barriers.to_string() } else { "–".into() };
    [
        e.epoch.to_string(),
        theme::grouped(e.t),
        short(e.train_loss),
        theme::percent(e.train_error),
        short(e.test_loss),
        theme::percent(e.test_error),
        barriers,
        height,
    ]
}

fn average(e: &EpochRecord) -> Option<[String; 8]> {
    let a = e.average?;
    let dash = || "–".to_string();
    Some([
        e.epoch.to_string(),
        format!("of {}", a.count),
        short(a.train.loss),
        theme::percent(a.train.error),
        short(a.test.loss),
        theme::percent(a.test.error),
        dash(),
        dash(),
    ])
}

/// A dot on every curve, where its number is read.
pub fn dots(ui: &Ui, plot: &EpochPlot, runs: &[(&Run, &History)], shown: &Shown, x: f64) {
    let painter = ui.painter().with_clip_rect(shown.rect());
    let rim = Stroke::new(1.0, ui.visuals().extreme_bg_color);
    for (run, history) in runs {
        let Some(record) = nearest(history, x) else { continue };
        let epoch = history.epochs()[record].epoch as f64;
        for (y, is_averaged) in plot.values(history, record) {
            let color = if is_averaged { colors::AVERAGED } else { run.color };
            if let Some(at) = shown.at([epoch, y]) {
                painter.circle(at, 3.5, theme::ink(ui, color), rim);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::synthetic::{bounce, manifest};

    #[test]
    fn the_nearest_epoch_is_told() {
        let history = bounce(240, 1);
        for (x, epoch) in [(-3.0, 0), (0.4, 0), (0.6, 1), (5.0, 5), (99.0, 12)] {
            assert_eq!(nearest(&history, x).map(|k| history.epochs()[k].epoch), Some(epoch), "{x}");
        }
        assert_eq!(nearest(&History::new(manifest(3)), 1.0), None);
        let words = own(&history.epochs()[12]);
        assert_eq!((words[0].as_str(), words[1].as_str(), words[6].as_str()), ("12", "240", "4"));
        assert!(words[3].ends_with(" %") && average(&history.epochs()[12]).is_none());
    }
}
