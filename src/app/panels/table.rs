//! The runs as a table: their numbers and settings, sorted, found, grouped; and the sweep that makes more of them.

use egui::Ui;

use super::{table_bar, table_lines};
use crate::app::{
    panel::{Panel, Window},
    panel_id::PanelId,
    theme,
    workspace::Workspace,
};

/// See the module.
pub struct TablePanel;

impl Panel for TablePanel {
    fn id(&self) -> PanelId {
        PanelId::TABLE
    }

    fn title(&self) -> &'static str {
        "Table"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Walk
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let arranged = window.table.arranged(window.store);
        table_bar::ui(ui, window.store, &mut window.table.look, &arranged, window.actions);
        table_bar::sweep(ui, window.queue, window.actions);
        ui.separator();
        if window.store.runs().is_empty() {
            return theme::teach(
                ui,
                "Every run is a line here: what it reached, and the settings in which runs differ. A click on the head of a column \
                 sorts. Sweep in Set up makes many runs at once.",
            );
        }
        table_lines::ui(ui, window.store, window.table, &arranged, window.actions);
    }
}
