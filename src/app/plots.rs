//! One plot of the walk: curves of all shown runs over iterations, with the x-axis that all plots share.

use egui::{RichText, Ui, vec2};

use super::{
    action::{Action, Actions},
    chart::{self, Hand, Hover, Interaction, Shown},
    export::Content,
    icon::{self, Icon},
    marks::{self, Mark},
    store::Store,
    theme,
    view::View,
};
use crate::figure::{self, WalkLook, WalkPlot, walk_page, walk_panel};

/// A plot in the panel.
#[derive(Clone, Copy, Debug)]
pub struct PlotSpec {
    pub title: &'static str,
    pub plot: WalkPlot,
    /// Share of the panel's height.
    pub share: f64,
}

/// Where a plot stands in its panel.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub height: f32,
    /// The lowest plot carries the x-axis for all.
    pub is_last: bool,
    /// The iteration under the pointer, in whichever plot.
    pub hover: Option<f64>,
}

/// Room for the numbers at the left, the same for all plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 64.0;
/// Points of scrolling that make everything e times larger.
const SCROLL: f32 = 200.0;

/// What is in view, thinned to so many columns; on paper as in the window.
pub fn look(ui: &Ui, view: &View, columns: usize) -> WalkLook {
    WalkLook { range: view.range, columns, log: view.log_y, theme: theme::page(ui) }
}

/// Draws the plot; returns the iteration under the pointer.
pub fn show(
    ui: &mut Ui,
    spec: &PlotSpec,
    store: &Store,
    view: &mut View,
    place: Place,
    actions: &mut Actions,
) -> Option<f64> {
    let runs = store.drawn();
    let columns = ui.available_width().max(64.0) as usize;
    let mut panel = walk_panel(spec.plot, &runs, &look(ui, view, columns));
    // The title is in the corner, the words of changes are in the read-out.
    panel.y_label.clear();
    panel.markers.iter_mut().for_each(|m| m.label.clear());
    let legend = spec.plot == WalkPlot::Loss && runs.len() > 1;
    if legend {
        // Slices come first, one series per run: the legend names the runs, once each.
        for (series, (_, label, _)) in panel.series.iter_mut().zip(&runs) {
            (series.name, series.in_legend) = ((*label).to_owned(), true);
        }
    }
    let how = Interaction {
        hand: Hand::Along { fit_y: view.fit_y },
        hover: Hover::Line(place.hover),
        x_numbers: place.is_last,
        y_width: Y_AXIS_WIDTH,
        legend,
        ..Interaction::default()
    };
    let size = vec2(ui.available_width(), place.height);
    let shown = chart::show(ui, spec.title, &panel, size, &how);
    forks(ui, spec, store, &shown);
    shown.named(&format!("{} plot", spec.title));
    let note = figure::note(&panel, view.range);
    if let Some(range) = shown.moved {
        view.hold(range);
    }
    if shown.response.double_clicked() {
        view.reset();
    }
    if let Some(x) = shown.pointer {
        let scroll = ui.input(|i| i.smooth_scroll_delta().y + SCROLL * (i.zoom_delta() - 1.0));
        if scroll != 0.0 {
            view.zoom(f64::from(scroll / SCROLL).exp(), x);
        }
    }
    overlay(ui, spec, shown.rect(), note.as_deref(), store, view, actions);
    shown.pointer
}

/// Where runs left other ones: in their colour, with their loss there in the plot that shows it.
fn forks(ui: &Ui, spec: &PlotSpec, store: &Store, shown: &Shown) {
    let rect = shown.rect();
    let painter = ui.painter().with_clip_rect(rect);
    let (ink, ground) = (ui.visuals().text_color(), ui.visuals().panel_fill);
    for (run, history) in store.shown() {
        let Some(t) = history.manifest().spec.fork.as_ref().map(|fork| fork.step) else { continue };
        let (x, color) = (shown.across(t as f64), theme::color(run.color));
        painter.vline(x, rect.y_range(), egui::Stroke::new(1.0, color.gamma_multiply(0.75)));
        let first = history.slices().first().filter(|s| s.t == t && spec.plot == WalkPlot::Loss);
        if let Some(at) = first.and_then(|s| shown.at([t as f64, s.start()])) {
            marks::mark(&painter, at, Mark::Hollow, color, ground);
            marks::name(&painter, rect, egui::pos2(at.x + 4.0, rect.top() + 22.0), "fork", ink, ground);
        }
    }
}

/// Title, "?", export and what cannot be seen, drawn over the plot's corner.
fn overlay(
    ui: &mut Ui,
    spec: &PlotSpec,
    rect: egui::Rect,
    note: Option<&str>,
    store: &Store,
    view: &View,
    actions: &mut Actions,
) {
    let corner = rect.left_top() + vec2(6.0, 2.0);
    let area = egui::Rect::from_min_size(corner, vec2(rect.width() - 12.0, 20.0));
    let mut ui =
        ui.new_child(egui::UiBuilder::new().max_rect(area).layout(egui::Layout::left_to_right(egui::Align::Center)));
    ui.label(RichText::new(spec.title).small().strong());
    let help = ui.small_button("?").on_hover_text("What this shows, and where it comes from");
    help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Explain {}", spec.title)));
    egui::Popup::menu(&help)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| explain(ui, spec, store));
    let export = icon::button(&mut ui, Icon::Save, &format!("Export {}", spec.title), true, 17.0);
    let export = export.on_hover_text("Save this plot: PNG, SVG or CSV");
    if export.clicked() {
        let figure = walk_page(&[spec.plot], &store.drawn(), &look(&ui, view, figure::WALK_COLUMNS));
        actions.ask(Action::Export(Box::new(Content::Figure(figure)), spec.title.to_lowercase().replace(' ', "-")));
    }
    if let Some(note) = note {
        ui.label(RichText::new(note).small().color(theme::error(&ui)));
    }
}

/// The "?" card: definition, source, and how the numbers in view were measured.
fn explain(ui: &mut Ui, spec: &PlotSpec, store: &Store) {
    ui.set_max_width(420.0);
    for q in spec.plot.quantities() {
        ui.label(RichText::new(q.name()).strong());
        ui.label(theme::marked_up(ui, q.label()));
        ui.add(egui::Label::new(theme::marked_up(ui, q.definition())).wrap());
        ui.add_space(6.0);
    }
    ui.separator();
    for (run, history) in store.shown() {
        let m = history.manifest();
        let words = format!(
            "{}: {} over the first {} training images of {}, loss {}, measured on {}, seed {}.",
            run.label, "full training loss", m.train_count, m.spec.data.name, m.spec.loss, m.device, m.spec.seed
        );
        ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
    }
    ui.label(
        RichText::new("Drag to pan, scroll to zoom, right-drag a box, double-click to follow again.").small().weak(),
    );
}
