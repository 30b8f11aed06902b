//! What was changed while runs went on and where the loss jumps, said at the lines and marks that show it.

use egui::{Color32, FontId, Ui, pos2, vec2};

use super::{
    chart::{self, Shown},
    label_rows::{Label, rooms},
    store::Run,
    theme,
};
use crate::{history::History, probe::Change};

/// Words at an x of a plot.
pub struct Words {
    x: f64,
    text: String,
    ink: Color32,
}

/// Height of a row of words.
const ROW: f32 = 13.0;
/// They take this share of a plot's height at most, and no more than so many rows.
const SHARE: f32 = 0.4;
const ROWS: usize = 4;

/// A change in a few characters.
pub fn short(change: &Change) -> String {
    match change {
        Change::LearningRate { from, to } => format!("η {from} → {to}"),
        Change::Batch { from, to } => format!("batch {from} → {to}"),
        Change::Optimizer { from, to } => format!("{} → {}", from.title(), to.title()),
        Change::Derivatives { to, .. } => format!("measures {}", to.replace(":every=", "/").replace(',', ", ")),
    }
}

/// Changes and forks of these runs; `place` says where an iteration of a run lies. Of several runs each speaks in its colour.
pub fn of(ui: &Ui, runs: &[(&Run, &History)], place: impl Fn(&History, u64) -> f64) -> Vec<Words> {
    let mut found = Vec::new();
    for (run, history) in runs.iter().copied() {
        let ink = if runs.len() > 1 { theme::ink(ui, run.color) } else { ui.visuals().text_color() };
        let fork = history.manifest().spec.fork.as_ref().map(|fork| (fork.step, "fork".to_string()));
        let changes = history.changes().iter().map(|c| (c.t, short(&c.change)));
        found.extend(fork.into_iter().chain(changes).map(|(t, text)| Words { x: place(history, t), text, ink }));
    }
    found
}

/// More jumps in view have their marks, and no words.
const MOST_JUMPS: usize = 6;

/// Jumps of the batch loss between two iterations, while they are few.
pub fn spikes(ui: &Ui, runs: &[(&Run, &History)], (from, to): (f64, f64)) -> Vec<Words> {
    let mut found = Vec::new();
    for (run, history) in runs.iter().copied() {
        let ink = if runs.len() > 1 { theme::ink(ui, run.color) } else { ui.visuals().text_color() };
        let first = history.spikes().partition_point(|t| (*t as f64) < from);
        let in_view = history.spikes().iter().skip(first).take_while(|t| (**t as f64) <= to).take(MOST_JUMPS + 1);
        found.extend(in_view.map(|t| Words { x: *t as f64, text: "loss jumps".into(), ink }));
        if found.len() > MOST_JUMPS {
            return Vec::new();
        }
    }
    found
}

/// Writes them, from so far below the upper edge on. What finds no room keeps its line, and is told at the pointer.
pub fn draw(ui: &Ui, words: &[Words], top: f32, shown: &Shown) {
    if words.is_empty() {
        return;
    }
    let rect = shown.rect();
    let painter = ui.painter().with_clip_rect(rect);
    let font = FontId::proportional(11.0);
    let in_view = words.iter().filter(|w| rect.x_range().contains(shown.across(w.x)));
    let written: Vec<_> = in_view
        .map(|w| (shown.across(w.x), painter.layout_no_wrap(w.text.clone(), font.clone(), w.ink), w.ink))
        .collect();
    let labels: Vec<Label> = written.iter().map(|(at, galley, _)| Label { at: *at, width: galley.size().x }).collect();
    let rows = (((rect.height() - top) * SHARE / ROW).max(0.0) as usize).min(ROWS);
    let places = rooms(&labels, (rect.left(), rect.right()), rows);
    for ((_, galley, ink), room) in written.into_iter().zip(places) {
        let Some(room) = room else { continue };
        let at = pos2(room.left, rect.top() + top + ROW * room.row as f32);
        // A curve may run under them.
        let size = vec2(galley.size().x, galley.size().y.min(ROW));
        chart::behind(ui, &painter, egui::Rect::from_min_size(at, size));
        painter.galley(at, galley, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{OptimizerKind, OptimizerSpec};

    #[test]
    fn changes_are_said_shortly() {
        let sgd = OptimizerSpec::default();
        let sam = OptimizerSpec { kind: OptimizerKind::Sam, ..sgd };
        let words = [
            Change::LearningRate { from: 0.5, to: 0.3 },
            Change::Batch { from: 60, to: 100 },
            Change::Optimizer { from: sgd, to: sam },
        ]
        .map(|change| short(&change));
        assert_eq!(words, ["η 0.5 → 0.3", "batch 60 → 100", "SGD → SAM ρ 0.05"]);
    }
}
