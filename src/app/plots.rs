//! One plot of the walk: curves of all shown runs over iterations, with the x-axis that all plots share.

use egui::{Align, Layout, Ui, vec2};

use super::{
    action::Action,
    change_words,
    chart::{self, Hand, Hover, Interaction, SCROLL, Shown},
    compare::{Column, is_fitted},
    curvature_words,
    curves::Drawn,
    pins,
    plot_header::{HEADER, header},
    readout,
    scene::{PlotSpec, Scene},
    store::{Run, Store},
    walk_marks, walk_page,
};
use crate::{
    engine::RunId,
    figure::{WalkPlot, text::literal},
    history::History,
};

/// Where a plot stands in its panel.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub height: f32,
    /// The lowest plot carries the x-axis for all.
    pub is_last: bool,
    /// How far to the right the pointer is on the screen, when it is over any of the plots.
    pub pointer: Option<f32>,
}

/// Room for the numbers at the left, the same for all plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 64.0;
/// Room under an upper plot: half of the lowest number at its y axis reaches below it, and the heading of the next one is there.
const UNDER: f32 = 6.0;
/// Height of the row in which a column says which run it is of.
const NAME: f32 = 18.0;

/// Draws the plot, as one or in columns, with the numbers at the pointer. Returns the iteration under the pointer.
pub fn show(ui: &mut Ui, spec: &PlotSpec, scene: &mut Scene<'_>, place: Place) -> Option<f64> {
    let compare = scene.reading.compare;
    let look = scene.look(ui, ui.available_width().max(64.0) as usize);
    let fit_y = scene.view.fit_y;
    let drawn = scene.reading.curves.of(spec.plot, compare, scene.store, &look, fit_y);
    let Drawn { plot, revision, is_draft, range } = drawn;
    if is_draft {
        ui.ctx().request_repaint();
    }
    scene.view.leaves_out |= plot.leaves_out;
    header(ui, spec, plot.note.as_deref(), scene);
    let width = (ui.available_width() / plot.columns.len().max(1) as f32).floor();
    // The axis of the lowest plot is room enough.
    let under_it = if place.is_last { 0.0 } else { UNDER };
    let size = vec2(width, place.height - HEADER - under_it);
    // All columns have the same axis: the pointer is as far into each as into its own.
    let into = place.pointer.map(|x| (x - ui.cursor().left()).rem_euclid(width));
    let mut under = None;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for column in &plot.columns {
            ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                let pointer = into.map(|into| ui.cursor().left() + into);
                let column = Of { column, revision, range, size };
                under = one(ui, spec, &column, scene, Place { pointer, ..place }).or(under);
            });
        }
    });
    ui.add_space(under_it);
    under
}

/// A column of a plot, as it is to be drawn.
struct Of<'a> {
    column: &'a Column,
    revision: u64,
    /// What is in view, if it was not made for that.
    range: Option<(f64, f64)>,
    size: egui::Vec2,
}

/// One column of it.
fn one(ui: &mut Ui, spec: &PlotSpec, of: &Of<'_>, scene: &mut Scene<'_>, place: Place) -> Option<f64> {
    let Of { column, revision, range, size } = *of;
    let is_difference = scene.reading.compare.minus(scene.store).is_some();
    let how = Interaction {
        hand: Hand::Along { fit_y: is_fitted(column.run, scene.view.fit_y) },
        x: range,
        hover: Hover::At(place.pointer),
        x_numbers: place.is_last,
        y_width: Y_AXIS_WIDTH,
        kept: Some(revision),
        ..Interaction::default()
    };
    let id = match column.run {
        Some(run) => format!("{} of run {run}", spec.title),
        None if is_difference => format!("{}, difference", spec.title),
        None => spec.title.to_string(),
    };
    let shown = chart::show(ui, &id, &column.panel, size, &how);
    if column.run.is_none() {
        walk_page::keep(ui, spec, column.panel.log_y, shown.y_range());
    }
    over(ui, spec, column.run, scene, &shown);
    let of = column.run.and_then(|id| scene.store.run(id)).map(|run| format!(" of {}", run.short));
    shown.named(&format!("{} plot{}", spec.title, of.unwrap_or_default()));
    if !looks_into(spec, column.run, scene, &shown) {
        obey(ui, scene, &shown);
    }
    let x = shown.pointer?;
    let reach = shown.reach();
    let (store, minus) = (&*scene.store, scene.reading.compare.minus(scene.store));
    // On the curves whose numbers are told.
    let (told, _) = readout::few(&runs(store, column.run), store.active().map(|run| run.id));
    readout::dots(ui, spec.plot, &told, minus.map(|(history, _)| history), &shown, x);
    let tells_curvature = spec.plot.is_of_curvature();
    shown.response.on_hover_ui_at_pointer(|ui| {
        readout::table(ui, store, x, reach);
        if tells_curvature {
            curvature_words::show(ui, store, x);
        }
    });
    Some(x)
}

/// The runs of a column, or all.
fn runs(store: &Store, only: Option<RunId>) -> Vec<(&Run, &History)> {
    store.shown().filter(|(run, _)| only.is_none_or(|id| id == run.id)).collect()
}

/// What is drawn over the curves.
fn over(ui: &Ui, spec: &PlotSpec, only: Option<RunId>, scene: &Scene<'_>, shown: &Shown) {
    let runs = runs(scene.store, only);
    let is_loss = spec.plot == WalkPlot::Loss;
    // A difference has no slices.
    let has_slices = is_loss && scene.reading.compare.minus(scene.store).is_none();
    walk_marks::forks(ui, &runs, has_slices, shown);
    if has_slices && scene.reading.marks.on(scene.view.range.1 - scene.view.range.0) {
        walk_marks::slices(ui, &runs, scene.view.range, shown);
    }
    if let Some(t) = scene.elsewhere {
        shown.rule(ui, t);
    }
    let mut top = 2.0;
    if let Some(run) = only.filter(|_| is_loss).and_then(|id| scene.store.run(id)) {
        chart::right_corner(ui, shown.rect(), &literal(&run.short));
        top += NAME;
    }
    if is_loss {
        top += walk_marks::flags(ui, &scene.reading.pins, top, shown);
    }
    let mut words = change_words::of(ui, &runs, |_, t| t as f64);
    if is_loss {
        walk_marks::spikes(ui, &runs, scene.view.range, shown);
        words.extend(change_words::spikes(ui, &runs, scene.view.range));
    }
    change_words::draw(ui, &words, top, shown);
}

/// Asks for a jump whose mark was clicked. Returns whether that was so.
fn looks_into(spec: &PlotSpec, only: Option<RunId>, scene: &mut Scene<'_>, shown: &Shown) -> bool {
    if spec.plot != WalkPlot::Loss || !shown.response.clicked() {
        return false;
    }
    let Some(at) = shown.response.interact_pointer_pos() else { return false };
    let Some((run, t)) = walk_marks::spike_at(&runs(scene.store, only), at, shown) else { return false };
    scene.actions.ask(Action::LookInto { run, at: t });
    true
}

/// Does what a hand wants: moves what is in view, follows again, pins.
fn obey(ui: &Ui, scene: &mut Scene<'_>, shown: &Shown) {
    if let Some(range) = shown.moved {
        scene.view.hold(range);
    }
    let clicked = shown.pointer.filter(|_| shown.response.clicked());
    if shown.response.double_clicked() {
        scene.view.reset();
        scene.reading.pins.unclick();
    } else if let Some(t) = clicked.and_then(|x| pins::meant(scene.store, x)) {
        scene.reading.pins.click(t);
    }
    if let Some(x) = shown.pointer {
        let scroll = ui.input(|i| i.smooth_scroll_delta().y + SCROLL * (i.zoom_delta() - 1.0));
        if scroll != 0.0 {
            scene.view.zoom(f64::from(scroll / SCROLL).exp(), x);
        }
    }
}
