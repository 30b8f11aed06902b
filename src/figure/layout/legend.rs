//! Legends: which entries stand on which row, and where.

use super::{
    rect::Rect,
    sizes::{LEGEND, PANEL_TITLE},
};
use crate::figure::{Key, Panel, text};

/// Height of a row of a legend.
pub(crate) const ROW: f64 = 17.0;
/// Length of the sample beside a legend's text, and the gap after it.
pub(crate) const SAMPLE: f64 = 20.0;
pub(crate) const SAMPLE_GAP: f64 = 6.0;
const ENTRY_GAP: f64 = 16.0;
/// From the box around a legend to what is in it.
pub(super) const PADDING: f64 = 6.0;

/// An entry of a legend and where it starts.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub key: Key,
    pub x: f64,
    /// Baseline of its text.
    pub y: f64,
}

pub(super) struct Legend {
    pub rows: Vec<Vec<Key>>,
    /// On the line of the title, at its right.
    pub beside: bool,
    /// Width of the title, the note and all entries on one line.
    pub one_line: f64,
    /// Whether the note has room on the line of the title.
    pub note_beside: bool,
}

/// From a title to the note after it.
pub(crate) const NOTE_GAP: f64 = 12.0;

/// The legend of a panel, with a note of that width beside its title, 0 for none.
pub(super) fn legend(panel: &Panel, note: f64, room: f64) -> Legend {
    let mut keys: Vec<Key> = panel.key.clone();
    for s in panel.series.iter().filter(|s| s.in_legend && !s.name.is_empty()) {
        let key = Key { name: s.name.clone(), color: s.color, kind: s.kind };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let title = text::markup_width(&panel.title, PANEL_TITLE) * 1.1 + 24.0 + 2.0 * PADDING;
    let note = if note > 0.0 { note * 1.06 + NOTE_GAP } else { 0.0 };
    let note_beside = note == 0.0 || title + note <= room;
    let one_row: f64 = keys.iter().map(entry_width).sum();
    let one_line = title + one_row + if note_beside { note } else { 0.0 };
    if one_line <= room {
        Legend { rows: if keys.is_empty() { vec![] } else { vec![keys] }, beside: true, one_line, note_beside }
    } else {
        Legend { rows: rows(&keys, room), beside: false, one_line, note_beside }
    }
}

/// Width of an entry with the gap after it; a little more than measured, for other typefaces.
fn entry_width(key: &Key) -> f64 {
    SAMPLE + SAMPLE_GAP + text::width(&key.name, LEGEND) * 1.06 + ENTRY_GAP
}

/// Breaks a legend into rows; an entry wider than a row is cut.
pub(super) fn rows(keys: &[Key], room: f64) -> Vec<Vec<Key>> {
    let mut rows: Vec<Vec<Key>> = Vec::new();
    let mut used = f64::INFINITY;
    for key in keys {
        let name = text::fitted(&key.name, LEGEND, room - SAMPLE - SAMPLE_GAP - ENTRY_GAP);
        let key = Key { name, ..key.clone() };
        let width = entry_width(&key);
        match rows.last_mut() {
            Some(row) if used + width <= room => {
                row.push(key);
                used += width;
            }
            _ => {
                rows.push(vec![key]);
                used = width;
            }
        }
    }
    rows
}

/// The box around entries that were put down; `None` around nothing.
pub(super) fn boxed(entries: &[Placed]) -> Option<Rect> {
    let first = entries.first()?;
    let (mut left, mut right, mut bottom) = (first.x, first.x, first.y);
    for entry in entries {
        left = left.min(entry.x);
        right = right.max(entry.x + entry_width(&entry.key) - ENTRY_GAP);
        bottom = bottom.max(entry.y);
    }
    let top = first.y - LEGEND - 1.0;
    Some(Rect { x: left - PADDING, y: top, w: right - left + 2.0 * PADDING, h: bottom + 5.0 - top })
}

/// Which way the rows of a legend line up.
#[derive(Clone, Copy)]
pub(super) enum Align {
    From(f64),
    UpTo(f64),
}

/// Puts the rows of a legend down, the first with its baseline at `first`.
pub(super) fn place(rows: Vec<Vec<Key>>, align: Align, first: f64) -> Vec<Placed> {
    let mut placed = Vec::new();
    for (i, row) in rows.into_iter().enumerate() {
        let mut x = match align {
            Align::From(left) => left,
            Align::UpTo(right) => right - row.iter().map(entry_width).sum::<f64>() + ENTRY_GAP,
        };
        for key in row {
            let step = entry_width(&key);
            placed.push(Placed { key, x, y: first + i as f64 * ROW });
            x += step;
        }
    }
    placed
}
