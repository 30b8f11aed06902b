//! What the header of the Walk panel has for readers: how runs are compared, whether slices are marked, what is pinned.

use egui::Ui;

use crate::app::{action::Action, compare::Compare, panel_id::PanelId, scene::Scene};

/// A menu to choose how runs are compared.
pub fn menu(ui: &mut Ui, scene: &mut Scene<'_>) {
    let compare = &mut scene.reading.compare;
    let store = &*scene.store;
    let words = match compare.possible(store) {
        Compare::Overlay => "Compare",
        Compare::Difference(_) => "Compare: difference",
        Compare::SideBySide => "Compare: side by side",
    };
    let can = store.shown().count() > 1;
    let menu = ui.add_enabled_ui(can || *compare != Compare::Overlay, |ui| {
        let menu = ui.menu_button(words, |ui| {
            let help = "All runs that are shown, over each other";
            ui.radio_value(compare, Compare::Overlay, "Overlay").on_hover_text(help);
            for run in store.runs().iter().filter(|run| run.history.is_some()) {
                let words = format!("Difference to {}", run.short);
                let help =
                    "Every other curve minus that of this run at the same iteration; the loss is that at the iterates";
                ui.radio_value(compare, Compare::Difference(run.id), words).on_hover_text(help);
            }
            let help = "A column of plots for each run, three at most, with the same axes";
            ui.radio_value(compare, Compare::SideBySide, "Side by side").on_hover_text(help);
        });
        menu.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Compare runs"));
        menu.response.on_hover_text("How the runs that are shown are held against each other");
    });
    menu.response.on_disabled_hover_text("Start or open a second run first");
}

/// A switch for the marks of slices.
pub fn marks(ui: &mut Ui, scene: &mut Scene<'_>) {
    let width = scene.view.range.1 - scene.view.range.0;
    let mut on = scene.reading.marks.on(width);
    let help = "A triangle on the highest barrier of a step, a dot at a minimum between its ends; by itself while fewer than 60 \
                iterations are in view";
    if ui.toggle_value(&mut on, "Marks").on_hover_text(help).clicked() {
        scene.reading.marks.set(on, width);
    }
}

/// How many iterations are pinned; leads to them.
pub fn pins(ui: &mut Ui, scene: &mut Scene<'_>) {
    let count = scene.reading.pins.all().len();
    if count == 0 {
        return;
    }
    let button = ui.button(format!("Pinned: {count}"));
    if button.on_hover_text("Shows the Slice panel, with the iterations that were pinned by a click").clicked() {
        scene.actions.ask(Action::ShowPanel(PanelId::SLICE));
    }
}
