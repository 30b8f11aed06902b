//! The Epochs panel: training and test loss and error after every epoch, barriers and mean height.

use egui::{Id, RichText, Ui, vec2};

use crate::{
    app::{
        action::Actions,
        chart::{self, Hand, Interaction},
        content::Content,
        offer::Offer,
        panel::{Panel, Window},
        panel_id::PanelId,
        store::{Run, Store},
        table::Table,
        theme,
        workspace::Workspace,
    },
    engine::RunId,
    figure::{self, EPOCH_PLOTS, EpochGroup, EpochPlot, epoch_groups_figure, epoch_panel},
    history::History,
};

/// Lines of more epochs than this do not show them one by one.
const DOTS: usize = 30;

/// See the module.
pub struct EpochsPanel;

impl Panel for EpochsPanel {
    fn id(&self) -> PanelId {
        PanelId::new("Epochs")
    }

    fn title(&self) -> &'static str {
        "Epochs"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Walk
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        self::ui(ui, window.store, window.table, window.actions);
    }
}

/// Draws the panel.
fn ui(ui: &mut Ui, store: &Store, table: &mut Table, actions: &mut Actions) {
    if store.shown().all(|(_, h)| h.epochs().is_empty()) {
        return theme::teach(
            ui,
            "After every epoch: loss and error on the training images (solid) and on the test images (dotted), the barriers crossed, and the mean height above the valley floor.",
        );
    }
    let groups = groups(store, table);
    ui.horizontal(|ui| {
        let averages = store.shown().any(|(_, h)| h.epochs().iter().any(|e| e.average.is_some()));
        let words = if averages { ", average of iterates green" } else { "" };
        ui.label(RichText::new(format!("training solid, test dotted{words}")).small().weak());
        let help = ui.small_button("?");
        help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Explain Epochs"));
        egui::Popup::menu(&help).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            ui.set_max_width(420.0);
            for q in EPOCH_PLOTS.iter().flat_map(EpochPlot::quantities) {
                ui.label(RichText::new(q.name()).strong());
                ui.add(egui::Label::new(theme::marked_up(ui, q.definition())).wrap());
            }
        });
        let bands = ui.toggle_value(&mut table.look.bands, "Mean and band");
        bands.on_hover_text(
            "One line for each group of runs: their mean, and one standard deviation to both sides, at the epochs that all of \
             them have. Groups are those of the table; without any there, runs that differ in nothing but the seed",
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Export…").on_hover_text("These plots: PNG, SVG, PDF or CSV").clicked() {
                let figure = epoch_groups_figure(&groups, theme::page(ui));
                actions.offer(Offer::of_runs(Content::Figure(figure), "epochs", store, None));
            }
        });
    });
    let size = vec2((ui.available_width() - 8.0) / 2.0, (ui.available_height() - 8.0) / 2.0);
    for pair in EPOCH_PLOTS.chunks(2) {
        ui.horizontal(|ui| {
            for plot in pair {
                let panel = epoch_panel(plot, &groups, theme::page(ui));
                ui.allocate_ui(size, |ui| show(ui, plot.title, panel, size.y));
            }
        });
    }
}

/// What is drawn as one: every run, or groups of them.
fn groups<'a>(store: &'a Store, table: &mut Table) -> Vec<EpochGroup<'a>> {
    if !table.look.bands {
        return store.drawn().into_iter().map(EpochGroup::alone).collect();
    }
    let group = |(name, ids): (String, Vec<RunId>)| {
        let shown: Vec<(&Run, &History)> = store.shown().filter(|(run, _)| ids.contains(&run.id)).collect();
        let (first, _) = shown.first()?;
        let name = if shown.len() > 1 { name } else { first.short.clone() };
        Some(EpochGroup { name, color: first.color, runs: shown.iter().map(|(_, history)| *history).collect() })
    };
    table.groups(store).into_iter().filter_map(group).collect()
}

/// A plot with its title above it.
fn show(ui: &mut Ui, title: &str, mut panel: figure::Panel, height: f32) {
    // It stands beside the title.
    let y_label = std::mem::take(&mut panel.y_label);
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(title).small().strong());
            ui.label(RichText::new(y_label).small().weak());
        });
        let how = Interaction {
            hand: Hand::Free { group: Some(Id::unique("epoch axis")) },
            y_width: 56.0,
            dots: DOTS,
            ..Interaction::default()
        };
        let size = vec2(ui.available_width(), height - 26.0);
        chart::show(ui, title, &panel, size, &how).named(&format!("{title} over epochs"));
    });
}
