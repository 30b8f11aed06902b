//! The switch between the three kinds of batch-norm statistics.

use egui::{Label, RichText, Ui};

use crate::{
    app::{
        action::{Action, Actions},
        shelf::{Entry, Kind, Shelf, SurveyId},
    },
    explore::About,
    probe::NormMode,
};

/// Draws it. `matters` says whether the network has batch norm, `is_there` which modes are measured already; `present` is
/// lit.
pub fn ui(
    ui: &mut Ui,
    id: SurveyId,
    matters: bool,
    present: NormMode,
    is_there: &dyn Fn(NormMode) -> bool,
    actions: &mut Actions,
) {
    let label = ui.label(RichText::new("batch norm").small()).on_hover_text("The statistics behind these numbers");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        for name in NormMode::NAMES {
            let Ok(mode) = name.parse::<NormMode>() else { continue };
            let batch = match present {
                NormMode::Batch(b) | NormMode::Recalibrated(b) => b,
                NormMode::Running => Default::default(),
            };
            let mode = mode.with_batch(batch);
            let is_on = mode == present;
            let enabled = matters && (is_on || !is_there(mode));
            let button =
                ui.add_enabled(enabled, egui::Button::selectable(is_on && matters, RichText::new(name).small()));
            let button = button
                .labelled_by(label.id)
                .on_hover_text(format!("Measure the same again with {}", mode.words()))
                .on_disabled_hover_text(if matters { "It is there already" } else { "This network has no batch norm" });
            button.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::Button, enabled, is_on, format!("Compare with {name}"))
            });
            if button.clicked() && !is_on {
                actions.ask(Action::MeasureAgain(id, mode));
            }
        }
    });
}

/// What stands above the numbers of a measurement: the switch, what it is called, and the statistics that it has.
pub fn heading<K: Kind>(ui: &mut Ui, shelf: &Shelf<K>, entry: &Entry<K>, about: &About, actions: &mut Actions) {
    let is_there = |mode: NormMode| shelf.entries.iter().any(|other| other.is_twin(entry, mode));
    self::ui(ui, entry.id, about.bn.is_some(), entry.mode(), &is_there, actions);
    ui.separator();
    ui.add(Label::new(RichText::new(entry.name()).strong()).wrap());
    let mode = about.bn.as_deref().unwrap_or("no batch norm");
    ui.add(Label::new(RichText::new(mode).small().weak()).wrap());
}
