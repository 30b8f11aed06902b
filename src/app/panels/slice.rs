//! The Slice panel: the loss along single steps that were pinned, large, with their numbers.

use egui::{DragValue, Key, Modifiers, RichText, Ui, vec2};

use super::{beside::Beside, slice_autopsy, slice_numbers};
use crate::{
    app::{
        action::Actions,
        autopsy::Autopsy,
        chart::{self, Interaction},
        content::Content,
        offer::Offer,
        panel::{Panel, Window},
        panel_id::PanelId,
        pins::{self, Pins},
        reading::Reading,
        slices,
        store::{Run, Store},
        theme,
        view::View,
        workspace::Workspace,
    },
    figure::{Color, slice_figure, slice_panel},
    history::History,
    probe::SliceRecord,
};

const BESIDE: Beside = Beside { id: "slice side", side: 270.0, narrow: 560.0, height: 380.0 };

/// See the module.
pub struct SlicePanel;

impl Panel for SlicePanel {
    fn id(&self) -> PanelId {
        PanelId::SLICE
    }

    fn title(&self) -> &'static str {
        "Slice"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Walk
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let Window { store, reading, view, desk, actions, .. } = window;
        self::ui(ui, store, (&mut **reading, &desk.autopsy), view, actions);
    }
}

/// Draws the panel.
fn ui(
    ui: &mut Ui,
    store: &Store,
    (reading, autopsy): (&mut Reading, &Autopsy),
    view: &mut View,
    actions: &mut Actions,
) {
    // While a run goes on the arrows are its steps; with Alt they always are the pins'.
    if reading.keys && store.live().is_none() {
        for (key, forwards) in [(Key::ArrowLeft, false), (Key::ArrowRight, true)] {
            if ui.input_mut(|i| i.consume_key(Modifiers::NONE, key)) {
                reading.pins.step(forwards);
            }
        }
    }
    header(ui, store, &mut reading.pins);
    chips(ui, &mut reading.pins);
    let Some(t) = reading.pins.current() else {
        return theme::teach(
            ui,
            "Click an iteration in the Walk panel, or pin one here: the training loss along that step is drawn large, with the \
             valley floor, the chord between its ends, its minimum and its barrier, and their numbers beside it.",
        );
    };
    let runs = with_slice(store, t);
    ui.horizontal(|ui| {
        ui.label(RichText::new(format!("Step from iteration {}", theme::grouped(t))).strong());
        ui.toggle_value(&mut view.log_y, "Log").on_hover_text("L. Logarithmic axis for the loss");
        theme::help_button(ui, "Slice", slice_numbers::explain);
        let export = ui.add_enabled(!runs.is_empty(), egui::Button::new("Export…"));
        if export.on_hover_text("This plot: PNG, SVG, PDF or CSV").clicked() {
            let figure = slice_figure(t, &drawn(&runs), view.log_y, theme::page(ui));
            let what = format!("slice {t}");
            actions.offer(Offer::of_runs(Content::Figure(figure), &what, store, Some((t as f64, t as f64 + 1.0))));
        }
    });
    // The chosen run, also where it has no slice.
    let chosen = runs.first().map(|(run, history, _)| (*run, *history)).or_else(|| {
        let run = store.active()?;
        Some((run, run.history.as_ref()?))
    });
    BESIDE.ui(
        ui,
        actions,
        |ui, _, height| picture(ui, &runs, view.log_y, height),
        |ui, actions| {
            slice_numbers::ui(ui, &runs, t);
            if let Some((run, history)) = chosen {
                ui.separator();
                slice_autopsy::ui(ui, autopsy, run, history, t, actions);
            }
        },
    );
}

/// A run that is shown, its records, and its slice.
type Sliced<'a> = (&'a Run, &'a History, &'a SliceRecord);

/// The shown runs that have a slice at this iteration, the chosen one first.
fn with_slice(store: &Store, t: u64) -> Vec<Sliced<'_>> {
    let active = store.active().map(|run| run.id);
    let mut found: Vec<Sliced<'_>> =
        store.shown().filter_map(|(run, history)| Some((run, history, slices::slice(history, t)?))).collect();
    found.sort_by_key(|(run, ..)| Some(run.id) != active);
    found
}

fn drawn<'a>(runs: &[Sliced<'a>]) -> Vec<(&'a SliceRecord, &'a str, Color)> {
    let is_alone = runs.len() == 1;
    runs.iter().map(|(run, _, slice)| (*slice, if is_alone { &*run.label } else { &*run.short }, run.color)).collect()
}

fn picture(ui: &mut Ui, runs: &[Sliced<'_>], log: bool, height: f32) {
    let mut panel = slice_panel(&drawn(runs), log, theme::page(ui));
    let above = ui.cursor().top();
    chart::legend(ui, &panel);
    // The title above says it.
    panel.y_label.clear();
    let how = Interaction { y_width: 60.0, apart: [80.0, 36.0], ..Interaction::default() };
    let size = vec2(ui.available_width(), (height - (ui.cursor().top() - above) - 8.0).max(120.0));
    chart::show(ui, "slice", &panel, size, &how).named("Loss along the step");
}

/// A field and a button to pin, and buttons to undo that.
fn header(ui: &mut Ui, store: &Store, pins: &mut Pins) {
    ui.horizontal(|ui| {
        let wish = egui::Id::unique("iteration to pin");
        let newest = store.active().and_then(|run| run.history.as_ref()?.last_slice_t());
        let mut t = ui.ctx().data(|d| d.get_temp::<u64>(wish)).or(newest).unwrap_or(0);
        let label = ui.label("Iteration");
        let field = DragValue::new(&mut t).range(0..=newest.unwrap_or(0)).clamp_existing_to_range(false);
        let field = ui.add(field).labelled_by(label.id).on_hover_text("The iteration whose step is to be pinned");
        if field.changed() {
            ui.ctx().data_mut(|d| d.insert_temp(wish, t));
        }
        let meant = pins::meant(store, t as f64);
        let pin = ui.add_enabled(meant.is_some(), egui::Button::new("Pin"));
        if let Some(t) = meant.filter(|_| pin.on_hover_text("Pins the step, as a click in the Walk does").clicked()) {
            pins.pin(t);
        }
        let all = ui.add_enabled(!pins.all().is_empty(), egui::Button::new("Unpin all"));
        if all.on_hover_text("They can be brought back").clicked() {
            pins.clear();
        }
        if pins.can_bring_back() && ui.button("Bring back").on_hover_text("What was unpinned last").clicked() {
            pins.bring_back();
        }
    });
}

/// A chip for every pinned iteration.
fn chips(ui: &mut Ui, pins: &mut Pins) {
    if pins.all().is_empty() {
        return;
    }
    let (mut chosen, mut unpinned) = (None, None);
    ui.horizontal_wrapped(|ui| {
        for t in pins.all() {
            let is_front = pins.current() == Some(*t);
            let chip = ui.selectable_label(is_front, format!("t {t}"));
            chip.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, is_front, format!("Pinned iteration {t}"))
            });
            if chip.on_hover_text("Alt+← and Alt+→ go from one to the next; without Alt while no run goes on").clicked()
            {
                chosen = Some(*t);
            }
            let remove = ui.small_button("×").on_hover_text("Unpin it");
            remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Unpin iteration {t}")));
            if remove.clicked() {
                unpinned = Some(*t);
            }
        }
    });
    chosen.into_iter().for_each(|t| pins.choose(t));
    unpinned.into_iter().for_each(|t| pins.unpin(t));
}
