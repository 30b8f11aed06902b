//! The Epochs panel: training and test loss and error after every epoch, barriers and mean height.

use egui::{Id, RichText, Ui, vec2};

use crate::{
    app::{
        action::Actions,
        change_words,
        chart::{self, Hand, Hover, Interaction, Range, Shown},
        content::Content,
        cursor::Plots,
        epoch_curves::{EpochCurves, Plot},
        epoch_readout,
        epoch_time::{epoch_at, iteration_at, leading},
        offer::Offer,
        panel::{Panel, Window},
        panel_id::PanelId,
        readout,
        store::{Run, Store},
        table::Table,
        theme,
        workspace::Workspace,
    },
    engine::RunId,
    figure::{self, EPOCH_PLOTS, EpochGroup, EpochPlot, Marker, Theme, epoch_groups_figure, epoch_panel},
    history::{History, Quantity},
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
        let frame = ui.ctx().cumulative_frame_nr();
        let t = window.reading.cursor.elsewhere(Plots::Epochs, frame);
        let history = leading(window.store);
        let elsewhere = t.zip(history).map(|(t, history)| epoch_at(history, t));
        let kept = &mut window.reading.epochs;
        let under = self::ui(ui, window.store, window.table, kept, elsewhere, window.actions);
        let t = under.zip(history).map(|(epoch, history)| iteration_at(history, epoch));
        if window.reading.cursor.set(Plots::Epochs, t, frame) {
            ui.ctx().request_repaint();
        }
    }
}

/// Draws the panel, with a line at the epoch that the pointer is at in another one; returns that under it here.
fn ui(
    ui: &mut Ui,
    store: &Store,
    table: &mut Table,
    kept: &mut EpochCurves,
    elsewhere: Option<f64>,
    actions: &mut Actions,
) -> Option<f64> {
    if store.shown().all(|(_, h)| h.epochs().is_empty()) {
        theme::teach(
            ui,
            "After every epoch: loss and error on the training images (solid) and on the test images (dotted), the barriers crossed, and the mean height above the valley floor.",
        );
        return None;
    }
    let bands = table.look.bands.then(|| table.groups(store));
    ui.horizontal(|ui| {
        let averages = store.shown().any(|(_, h)| h.has(Quantity::AVERAGE_TRAIN_LOSS));
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
        let toggle = ui.toggle_value(&mut table.look.bands, "Mean and band");
        toggle.on_hover_text(
            "One line for each group of runs: their mean, and one standard deviation to both sides, at the epochs that all of \
             them have. Groups are those of the table; without any there, runs that differ in nothing but the seed",
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Export…").on_hover_text("These plots: PNG, SVG, PDF or CSV").clicked() {
                let mut figure = epoch_groups_figure(&groups(store, bands.as_deref()), theme::page(ui));
                figure.panels.iter_mut().zip(&EPOCH_PLOTS).for_each(|(panel, plot)| as_left(ui, plot, panel));
                actions.offer(Offer::of_runs(Content::Figure(figure), "epochs", store, None));
            }
        });
    });
    let room = ui.available_rect_before_wrap();
    let size = vec2((room.width() - 8.0) / 2.0, (room.height() - 8.0) / 2.0);
    let pointer = ui.ctx().pointer_hover_pos().filter(|at| room.contains(*at) && ui.rect_contains_pointer(room));
    // The two columns have the same axis: the pointer is as far into each as into its own.
    let apart = size.x + ui.spacing().item_spacing.x;
    let into = pointer.map(|at| (at.x - room.left()).rem_euclid(apart));
    let runs: Vec<(&Run, &History)> = store.shown().collect();
    let chosen = store.active().map(|run| run.id);
    let page = theme::page(ui);
    let (plots, revision) = kept.of(store, bands.as_deref(), page, || {
        let groups = groups(store, bands.as_deref());
        EPOCH_PLOTS.iter().map(|plot| made(plot, &groups, &runs, page)).collect()
    });
    let mut under = None;
    for pair in EPOCH_PLOTS.iter().zip(plots.iter()).collect::<Vec<_>>().chunks(2) {
        ui.horizontal(|ui| {
            for (plot, made) in pair {
                ui.allocate_ui(size, |ui| {
                    ui.set_width(size.x);
                    let at = into.map(|into| ui.max_rect().left() + into);
                    let shown = show(ui, plot, made, revision, size.y, at);
                    under = over(ui, plot, (runs.as_slice(), chosen), elsewhere, shown).or(under);
                });
            }
        });
    }
    under
}

/// What is drawn as one: every run, or groups of them.
fn groups<'a>(store: &'a Store, bands: Option<&[(String, Vec<RunId>)]>) -> Vec<EpochGroup<'a>> {
    let Some(bands) = bands else { return store.drawn().into_iter().map(EpochGroup::alone).collect() };
    let group = |(name, ids): &(String, Vec<RunId>)| {
        let shown: Vec<(&Run, &History)> = store.shown().filter(|(run, _)| ids.contains(&run.id)).collect();
        let (first, _) = shown.first()?;
        let name = if shown.len() > 1 { name.clone() } else { first.short.clone() };
        Some(EpochGroup { name, color: first.color, runs: shown.iter().map(|(_, history)| *history).collect() })
    };
    bands.iter().filter_map(group).collect()
}

/// What a plot shows, with lines where something was changed.
fn made(plot: &EpochPlot, groups: &[EpochGroup<'_>], runs: &[(&Run, &History)], page: Theme) -> Plot {
    let mut panel = epoch_panel(plot, groups, page);
    for (_, history) in runs {
        let fork = history.manifest().spec.fork.as_ref().map(|fork| fork.step);
        let times = history.changes().iter().map(|c| c.t).chain(fork);
        let marker = |t: u64| Marker { x: epoch_at(history, t as f64), label: String::new() };
        panel.markers.extend(times.map(marker));
    }
    // It stands beside the title.
    panel.y_label.clear();
    let (x, y) = figure::ranges(&panel);
    // The same in every frame.
    panel.y_range = Some(y);
    let note = figure::note(&panel, x);
    Plot { panel, note }
}

/// A plot with its title above it.
fn show(ui: &mut Ui, plot: &EpochPlot, made: &Plot, revision: u64, height: f32, at: Option<f32>) -> Shown {
    let inner = ui.vertical(|ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(plot.title).small().strong());
            ui.label(RichText::new(plot.y_label).small().weak());
            if let Some(note) = &made.note {
                ui.add(egui::Label::new(RichText::new(note).small().color(theme::error(ui))).truncate());
            }
        });
        let how = Interaction {
            hand: Hand::Free { group: Some(Id::unique("epoch axis")) },
            hover: Hover::At(at),
            y_width: 56.0,
            dots: DOTS,
            kept: Some(revision),
            ..Interaction::default()
        };
        let size = vec2(ui.available_width(), height - 26.0);
        chart::show(ui, plot.title, &made.panel, size, &how)
    });
    let shown = inner.inner;
    shown.named(&format!("{} over epochs", plot.title));
    let left = shown.is_left.then(|| [shown.x_range(), shown.y_range()]);
    ui.ctx().data_mut(|d| d.insert_temp(left_id(plot), left));
    shown
}

/// What a hand has left a plot at, along both axes.
fn left_id(plot: &EpochPlot) -> Id {
    Id::unique(("what is in view over epochs", plot.title))
}

/// Gives the panel of a page what is in view in the window.
fn as_left(ui: &Ui, plot: &EpochPlot, panel: &mut figure::Panel) {
    let left = ui.ctx().data(|d| d.get_temp::<Option<[Range; 2]>>(left_id(plot))).flatten();
    if let Some([x, y]) = left {
        (panel.x_range, panel.y_range, panel.clips) = (Some(x), Some(y), false);
    }
}

/// What is drawn over the curves, and what the pointer tells of the runs, one of which is chosen; returns the epoch under it.
fn over(
    ui: &Ui,
    plot: &EpochPlot,
    (runs, chosen): (&[(&Run, &History)], Option<RunId>),
    elsewhere: Option<f64>,
    shown: Shown,
) -> Option<f64> {
    change_words::draw(ui, &change_words::of(ui, runs, |history, t| epoch_at(history, t as f64)), 2.0, &shown);
    if let Some(epoch) = elsewhere {
        shown.rule(ui, epoch);
    }
    let x = shown.pointer?;
    let reach = shown.reach();
    // On the curves whose numbers are told.
    let (told, _) = readout::few(runs, chosen);
    epoch_readout::dots(ui, plot, &told, &shown, x);
    shown.response.on_hover_ui_at_pointer(|ui| epoch_readout::table(ui, runs, chosen, x, reach));
    Some(x)
}
