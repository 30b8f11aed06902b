//! One plot of the walk: curves of all shown runs over iterations, with the x-axis that all plots share.

use egui::{RichText, Ui, vec2};

use super::{
    action::Actions,
    chart::{self, Hand, Hover, Interaction, SCROLL, Shown},
    coach::{self, Mark as Coach},
    content::Content,
    icon::{self, Icon},
    marks::{self, Mark},
    offer::Offer,
    readout,
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
    /// How far to the right the pointer is on the screen, when it is over any of the plots.
    pub pointer: Option<f32>,
}

/// Room for the numbers at the left, the same for all plots so that their x-axes line up.
const Y_AXIS_WIDTH: f32 = 64.0;
/// Height of the row above a plot.
const HEADER: f32 = 20.0;

/// What is in view, thinned to so many columns; on paper as in the window.
pub fn look(ui: &Ui, view: &View, columns: usize) -> WalkLook {
    WalkLook { range: view.range, columns, log: view.log_y, theme: theme::page(ui) }
}

/// Draws the plot, with the numbers at the pointer.
pub fn show(ui: &mut Ui, spec: &PlotSpec, store: &mut Store, view: &mut View, place: Place, actions: &mut Actions) {
    let columns = ui.available_width().max(64.0) as usize;
    let mut panel = walk_panel(spec.plot, &store.drawn(), &look(ui, view, columns));
    // The title says it.
    panel.y_label.clear();
    if spec.plot != WalkPlot::Loss {
        panel.markers.iter_mut().for_each(|m| m.label.clear());
    }
    let note = figure::note(&panel, view.range);
    header(ui, spec, note.as_deref(), store, view, actions);
    let how = Interaction {
        hand: Hand::Along { fit_y: view.fit_y },
        hover: Hover::At(place.pointer),
        x_numbers: place.is_last,
        y_width: Y_AXIS_WIDTH,
        ..Interaction::default()
    };
    let size = vec2(ui.available_width(), place.height - HEADER);
    let shown = chart::show(ui, spec.title, &panel, size, &how);
    forks(ui, spec, store, &shown);
    shown.named(&format!("{} plot", spec.title));
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
    if let Some(x) = shown.pointer {
        readout::dots(ui, spec.plot, store, &shown, x);
        shown.response.on_hover_ui_at_pointer(|ui| readout::table(ui, store, x));
    }
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

/// Title, "?", export and what cannot be seen, above the plot; above the first one the runs.
fn header(ui: &mut Ui, spec: &PlotSpec, note: Option<&str>, store: &mut Store, view: &View, actions: &mut Actions) {
    let size = vec2(ui.available_width(), HEADER);
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_height(HEADER);
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(6.0);
        title(ui, spec, note, store, view, actions);
        if spec.plot == WalkPlot::Loss {
            runs(ui, store);
        }
    });
}

/// A chip and a short name for every run; a click hides its curves, or shows them again.
fn runs(ui: &mut Ui, store: &mut Store) {
    if store.runs().len() < 2 {
        return;
    }
    ui.separator();
    let entries: Vec<_> = store
        .runs()
        .iter()
        .map(|run| (run.id, run.short.clone(), run.name().to_owned(), run.color, run.visible))
        .collect();
    egui::ScrollArea::horizontal().id_salt("legend").scroll_bar_visibility(VISIBILITY).show(ui, |ui| {
        for (id, short, label, color, visible) in entries {
            let ink = theme::ink(ui, color);
            let words = RichText::new(&short).small();
            let words = if visible { words } else { words.weak().strikethrough() };
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 12.0), egui::Sense::hover());
            let fill = if visible { ink } else { ink.gamma_multiply(0.3) };
            ui.painter().rect_filled(rect.shrink2(vec2(0.0, 4.0)), 1.0, fill);
            let entry = ui.add(egui::Label::new(words).sense(egui::Sense::click()));
            entry.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::CheckBox, true, visible, format!("Curves of {label}"))
            });
            let entry = entry.on_hover_text(format!("{label}\nClick: hides its curves, or shows them"));
            if entry.clicked()
                && let Some(run) = store.run_mut(id)
            {
                run.visible = !run.visible;
            }
            ui.add_space(4.0);
        }
    });
}

/// A legend that is too long is scrolled with the wheel.
const VISIBILITY: egui::scroll_area::ScrollBarVisibility = egui::scroll_area::ScrollBarVisibility::AlwaysHidden;

fn title(ui: &mut Ui, spec: &PlotSpec, note: Option<&str>, store: &Store, view: &View, actions: &mut Actions) {
    let words = ui.label(RichText::new(spec.title).small().strong());
    match spec.plot {
        WalkPlot::Loss => coach::mark(ui, &words, Coach::Slice),
        WalkPlot::Height => coach::mark(ui, &words, Coach::Floor),
        _ => {}
    }
    let help = ui.small_button("?").on_hover_text("What this shows, and where it comes from");
    help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Explain {}", spec.title)));
    egui::Popup::menu(&help)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| explain(ui, spec, store));
    let export = icon::button(ui, Icon::Save, &format!("Export {}", spec.title), true, 17.0);
    let export = export.on_hover_text("Save this plot: PNG, SVG, PDF or CSV");
    if export.clicked() {
        let figure = walk_page(&[spec.plot], &store.drawn(), &look(ui, view, figure::WALK_COLUMNS));
        let what = spec.title.to_lowercase();
        actions.offer(Offer::of_runs(Content::Figure(figure), &what, store, Some(view.range)));
    }
    if let Some(note) = note {
        ui.label(RichText::new(note).small().color(theme::error(ui)));
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
