//! Marks over the plots of the walk: where runs left others, barriers and minima of slices, jumps of the loss, flags of what is
//! pinned.

use egui::{Align2, FontId, Painter, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::{
    chart::Shown,
    marks::{self, Mark},
    pins::Pins,
    store::Run,
    theme,
};
use crate::{engine::RunId, figure::colors::BARRIER, history::History};

/// More slices than this are not marked one by one, even when somebody asks for it.
const MOST: usize = 2000;
/// Size of a flag.
const FLAG: egui::Vec2 = vec2(15.0, 12.0);
/// How far from the middle of a jump's mark, and how far above the lower edge, a click still means it.
const SPIKE: egui::Vec2 = vec2(6.0, 16.0);

fn inside(ui: &Ui, shown: &Shown) -> Painter {
    ui.painter().with_clip_rect(shown.rect())
}

/// Where runs left other ones: in their colour, with their loss there in the plot that shows it.
pub fn forks(ui: &Ui, runs: &[(&Run, &History)], has_slices: bool, shown: &Shown) {
    let painter = inside(ui, shown);
    for (run, history) in runs {
        let Some(t) = history.manifest().spec.fork.as_ref().map(|fork| fork.step) else { continue };
        let (x, color) = (shown.across(t as f64), theme::color(run.color));
        painter.vline(x, shown.rect().y_range(), Stroke::new(1.0, color.gamma_multiply(0.75)));
        let first = history.slices().first().filter(|s| s.t == t && has_slices);
        if let Some(at) = first.and_then(|s| shown.at([t as f64, s.start()])) {
            marks::mark(&painter, at, Mark::Hollow, color, ui.visuals().panel_fill);
        }
    }
}

/// A triangle on the highest barrier of every slice in view that has one, and a dot at every minimum inside.
pub fn slices(ui: &Ui, runs: &[(&Run, &History)], (from, to): (f64, f64), shown: &Shown) {
    let (painter, rim) = (inside(ui, shown), ui.visuals().extreme_bg_color);
    for (run, history) in runs {
        let all = history.slices();
        let first = all.partition_point(|s| ((s.t + 1) as f64) < from);
        let end = all.partition_point(|s| (s.t as f64) <= to);
        let seen = all.get(first..end).unwrap_or_default();
        if seen.len() > MOST {
            continue;
        }
        for slice in seen {
            let at = |point: Option<[f64; 2]>| point.and_then(|[alpha, y]| shown.at([slice.t as f64 + alpha, y]));
            if let Some(at) = at(slice.dip()) {
                painter.circle(at, 2.2, theme::ink(ui, run.color), Stroke::new(1.0, rim));
            }
            if let Some(at) = at(slice.peak()) {
                marks::peak(&painter, at, theme::ink(ui, BARRIER), rim);
            }
        }
    }
}

/// A small triangle on the lower edge where the batch loss of a run jumps, in its colour.
pub fn spikes(ui: &Ui, runs: &[(&Run, &History)], (from, to): (f64, f64), shown: &Shown) {
    let (painter, rim, bottom) = (inside(ui, shown), ui.visuals().extreme_bg_color, shown.rect().bottom());
    for (run, history) in runs {
        let all = history.spikes();
        let first = all.partition_point(|t| (*t as f64) < from);
        let end = all.partition_point(|t| (*t as f64) <= to);
        for t in all.get(first..end).unwrap_or_default().iter().take(MOST) {
            let tip = pos2(shown.across(*t as f64), bottom - 9.0);
            marks::beyond(&painter, tip, true, theme::ink(ui, run.color), rim);
        }
    }
}

/// The jump whose mark is at a place on the screen: its run and iteration, the nearest of them.
pub fn spike_at(runs: &[(&Run, &History)], at: Pos2, shown: &Shown) -> Option<(RunId, u64)> {
    if shown.rect().bottom() - at.y > SPIKE.y || at.y > shown.rect().bottom() {
        return None;
    }
    let apart = |t: u64| (shown.across(t as f64) - at.x).abs();
    let near = runs.iter().flat_map(|(run, history)| history.spikes().iter().map(move |t| (run.id, *t)));
    near.filter(|(_, t)| apart(*t) <= SPIKE.x).min_by(|a, b| apart(a.1).total_cmp(&apart(b.1)))
}

/// A numbered flag at every pinned iteration, so far below the upper edge; returns the height that they take.
pub fn flags(ui: &Ui, pins: &Pins, top: f32, shown: &Shown) -> f32 {
    let (rect, painter) = (shown.rect(), inside(ui, shown));
    let (ground, ink) = (ui.visuals().selection.bg_fill, ui.visuals().strong_text_color());
    let mut height = 0.0;
    for (k, t) in pins.all().iter().enumerate() {
        let x = shown.across(*t as f64);
        if !rect.x_range().contains(x) {
            continue;
        }
        height = FLAG.y + 3.0;
        let is_front = pins.current() == Some(*t);
        let ground = if is_front { ground } else { ground.gamma_multiply(0.55) };
        painter.vline(x, rect.y_range(), Stroke::new(if is_front { 1.4 } else { 0.8 }, ground));
        // At the right edge a flag flies to the left.
        let left = if x + FLAG.x > rect.right() { x - FLAG.x } else { x };
        let flag = Rect::from_min_size(pos2(left, rect.top() + top), FLAG);
        painter.rect_filled(flag, 2.0, ground);
        painter.text(flag.center(), Align2::CENTER_CENTER, k + 1, FontId::proportional(10.0), ink);
    }
    height
}
