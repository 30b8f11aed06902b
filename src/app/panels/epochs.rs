//! The Epochs panel: training and test loss and error after every epoch, barriers and mean height.

use egui::{Key, RichText, Stroke, Ui};
use egui_plot::{Line, LineStyle, Plot, Points};

use crate::{
    app::{
        action::{Action, Actions},
        export::Content,
        panel::{Panel, PanelId, Window},
        store::Store,
        theme,
    },
    figure::{Theme, colors, epochs_figure},
    history::{History, Quantity},
};

/// A title, and what is drawn under it.
type PlotSpec = (&'static str, &'static [Drawn]);

/// One line of a plot.
#[derive(Clone, Copy)]
struct Drawn {
    quantity: Quantity,
    dotted: bool,
    /// The average's colour instead of the run's.
    averaged: bool,
}

const fn drawn(quantity: Quantity, dotted: bool, averaged: bool) -> Drawn {
    Drawn { quantity, dotted, averaged }
}

const PLOTS: [PlotSpec; 4] = [
    (
        "Loss",
        &[
            drawn(Quantity::TRAIN_LOSS, false, false),
            drawn(Quantity::TEST_LOSS, true, false),
            drawn(Quantity::AVERAGE_TRAIN_LOSS, false, true),
            drawn(Quantity::AVERAGE_TEST_LOSS, true, true),
        ],
    ),
    (
        "Error",
        &[
            drawn(Quantity::TRAIN_ERROR, false, false),
            drawn(Quantity::TEST_ERROR, true, false),
            drawn(Quantity::AVERAGE_TRAIN_ERROR, false, true),
            drawn(Quantity::AVERAGE_TEST_ERROR, true, true),
        ],
    ),
    ("Barriers per epoch", &[drawn(Quantity::EPOCH_BARRIERS, false, false)]),
    ("Mean height above floor", &[drawn(Quantity::EPOCH_HEIGHT, false, false)]),
];

/// Names the panel.
pub const ID: PanelId = PanelId::new("Epochs");

/// See the module.
pub struct EpochsPanel;

impl Panel for EpochsPanel {
    fn id(&self) -> PanelId {
        ID
    }

    fn title(&self) -> &'static str {
        "Epochs"
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Num4)
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        self::ui(ui, window.store, window.actions);
    }
}

/// Draws the panel.
fn ui(ui: &mut Ui, store: &Store, actions: &mut Actions) {
    if store.shown().all(|(_, h)| h.epochs().is_empty()) {
        return theme::teach(
            ui,
            "After every epoch: loss and error on the training images (solid) and on the test images (dotted), the barriers crossed, and the mean height above the valley floor.",
        );
    }
    ui.horizontal(|ui| {
        let averages = store.shown().any(|(_, h)| h.epochs().iter().any(|e| e.average.is_some()));
        let words = if averages { ", average of iterates green" } else { "" };
        ui.label(RichText::new(format!("training solid, test dotted{words}")).small().weak());
        let help = ui.small_button("?");
        help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Explain Epochs"));
        egui::Popup::menu(&help).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            ui.set_max_width(420.0);
            for q in PLOTS.iter().flat_map(|(_, lines)| lines.iter().map(|d| d.quantity)) {
                ui.label(RichText::new(q.name()).strong());
                ui.add(egui::Label::new(theme::marked_up(ui, q.definition())).wrap());
            }
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Export…").on_hover_text("These plots: PNG, SVG or CSV").clicked() {
                let runs: Vec<(&History, &str, _)> =
                    store.shown().map(|(r, h)| (h, r.label.as_str(), r.color)).collect();
                let figure_theme = if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light };
                actions.ask(Action::Export(
                    Box::new(Content::Figure(epochs_figure(&runs, figure_theme))),
                    "epochs".into(),
                ));
            }
        });
    });
    let size = egui::vec2((ui.available_width() - 8.0) / 2.0, (ui.available_height() - 8.0) / 2.0);
    for pair in PLOTS.chunks(2) {
        ui.horizontal(|ui| {
            for (title, lines) in pair {
                ui.allocate_ui(size, |ui| plot(ui, title, lines, store, size));
            }
        });
    }
}

fn plot(ui: &mut Ui, title: &str, lines: &[Drawn], store: &Store, size: egui::Vec2) {
    ui.vertical(|ui| {
        ui.label(RichText::new(title).small().strong());
        let columns = size.x.max(32.0) as usize;
        Plot::new(title)
            .height(size.y - 26.0)
            .allow_scroll(false)
            .x_axis_label("epoch")
            .y_axis_min_width(56.0)
            .include_y(0.0)
            .grid_color(ui.visuals().weak_text_color().gamma_multiply(0.45))
            .grid_spacing(egui::Rangef::new(12.0, 90.0))
            .y_axis_formatter(|mark, _| theme::axis_number(mark, false))
            .link_axis(egui::Id::unique("epoch axis"), [true, false])
            .show(ui, |p| {
                for (run, history) in store.shown() {
                    for Drawn { quantity: q, dotted, averaged } in lines.iter().copied() {
                        let color = theme::color(if averaged { colors::AVERAGED } else { run.color });
                        let curve = history.epoch_series(q).curve(f64::NEG_INFINITY, f64::INFINITY, columns);
                        let name = format!("{} · {}", q.name(), run.label);
                        for line in curve.lines {
                            if line.len() <= 30 {
                                p.points(
                                    Points::new(name.clone(), line.clone()).color(color).radius(2.2).filled(!dotted),
                                );
                            }
                            let style = if dotted { LineStyle::dotted_dense() } else { LineStyle::Solid };
                            p.line(Line::new(name.clone(), line).stroke(Stroke::new(1.5, color)).style(style));
                        }
                    }
                }
            });
    });
}
