//! The Escape panel: after how many steps SGD and SAM leave a minimum.

use egui::{ComboBox, DragValue, RichText, Ui};

use super::{
    escape_plots,
    fields::{self, inline},
    frame::{self, Measures},
    optimizer::constant_field,
    progress,
};
use crate::{
    app::{
        content::Content,
        desk::Desk,
        kinds::escape::{EscapeEntry, EscapeForm, EscapeShown, Escapes},
        library::Entry,
        offer::Offer,
        opened::short,
        panel::Window,
        panel_id::PanelId,
        plain::plain,
        theme,
    },
    explore::{EscapeRequest, SharedConstants},
    figure::method_color,
    optim::{At, OptimizerKind, OptimizerSpec},
    present::{advice, mean_words, median_words, ratio_words, time_words, trend_words},
    valley::Cell,
};

/// A narrower panel has the plots under each other.
const NARROW: f32 = 640.0;
/// Of a constant that is written.
const TEXT_WIDTH: f32 = 40.0;

/// See the module.
pub struct EscapePanel;

impl Measures for EscapePanel {
    type Kind = Escapes;

    const ID: PanelId = PanelId::new("Escape");
    const TITLE: &'static str = "Escape";
    const TEACHES: &'static str = "Here you see how fast SGD and SAM leave a minimum: from a trained checkpoint they go on at a constant learning \
         rate until the training accuracy falls below 90 %, with many seeds. SAM with a large radius leaves within a few \
         steps. If nobody leaves, raise η; if all leave at once, lower it.";
    const HELP: &'static [(&'static str, &'static str)] = &[
        (
            "exit time",
            "E[ν] = E[min{t η : w_t ∉ D}]: the first step after which the run is outside, times the learning rate (SAM thesis, Def. 2.2.1). Its inverse is the escape efficiency. Outside means that the accuracy on all training images is below the threshold (§5.2: 90 %).",
        ),
        (
            "a run",
            "Starts at the checkpoint with velocity 0 and keeps η: no schedule. All rows see the same batches with the same seed. Batch norm: steps use their batch's statistics and move the running ones once; the accuracy uses those of the form.",
        ),
        (
            "stayed",
            "A run that is still inside at the limit is stopped and counted. It has no number of steps: means and medians that it takes part in are lower bounds and begin with ≥.",
        ),
        (
            "steps, median, SGD takes",
            "Mean ± standard deviation of the runs that left; median of all runs with its 95 % interval from order statistics; the mean of SGD over the row's, with a 95 % bootstrap interval, runs that stayed counting as the limit.",
        ),
        (
            "looks at the accuracy",
            "In a random order until it is certain (all but 10^{−12}) that the accuracy has not fallen; that it has is only said when all images that decide it were looked at.",
        ),
        (
            "gradients that are not finite",
            "Are followed as PyTorch would: no parameter is a number then, no answer is right, and the run has left. Such runs are counted.",
        ),
    ];

    fn button(&self, _window: &Window<'_>) -> (&'static str, &'static str) {
        ("Measure escapes", "Every row of the table runs with every seed")
    }

    fn tools(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let entry = window.desk.surveys.of::<Escapes>().chosen().filter(|e| e.found.is_some());
        let export = ui.add_enabled(entry.is_some(), egui::Button::new("Export…"));
        if export.on_hover_text("The plots as PNG, SVG or PDF, the runs as CSV").clicked()
            && let Some(table) = entry.and_then(EscapeEntry::view)
        {
            let (name, methods) = (table.title.clone(), entry.and_then(EscapeEntry::methods));
            let content = Content::Escape { view: Box::new(table), dark: ui.visuals().dark_mode };
            window.actions.offer(Offer::measured(content, &name, methods));
        }
        frame::help(self, ui, window);
    }

    fn controls(&self, ui: &mut Ui, window: &mut Window<'_>) {
        controls(ui, window.desk);
    }

    fn picture(&self, ui: &mut Ui, window: &mut Window<'_>, _height: f32) {
        let Some((entry, found)) = window.desk.surveys.of::<Escapes>().found() else { return };
        let mut rate = None;
        egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            table(ui, found);
            rate = words(ui, entry, found);
            plots(ui, entry, found);
        });
        if let Some(rate) = rate {
            window.desk.surveys.of_mut::<Escapes>().form.rate = rate;
            window.actions.measure::<Escapes>(Self::ID);
        }
    }

    fn provenance(&self, window: &Window<'_>) -> Vec<String> {
        window.desk.surveys.of::<Escapes>().found().map(|(_, found)| found.head.caption.clone()).into_iter().collect()
    }
}

fn controls(ui: &mut Ui, desk: &mut Desk) {
    let open: Vec<_> = desk
        .library
        .entries()
        .iter()
        .filter_map(|e| if let Entry::Point(p) = e { Some(p.path.clone()) } else { None })
        .collect();
    let form = &mut desk.surveys.of_mut::<Escapes>().form;
    let present = form.checkpoint(&desk.library);
    ui.horizontal_wrapped(|ui| {
        inline(ui, "from", "The minimum that the runs start from", |ui| {
            let shown = present.as_deref().map_or("none is open".into(), short);
            let combo = ComboBox::from_id_salt("escape checkpoint").width(150.0).selected_text(shown).truncate();
            combo
                .show_ui(ui, |ui| {
                    for path in open {
                        if ui.selectable_label(present.as_ref() == Some(&path), short(&path)).clicked() {
                            form.checkpoint = Some(path);
                        }
                    }
                })
                .response
        });
        inline(ui, "with", "The optimizer that leaves it", |ui| {
            fields::choice(ui, "escape optimizer", 70.0, &mut form.kind, &EscapeRequest::offered())
        });
        if form.kind.is_sharpness_aware() {
            inline(ui, "ρ", "Radii, with commas; each is a row of the table", |ui| {
                ui.add(egui::TextEdit::singleline(&mut form.rhos).desired_width(130.0))
            });
        }
        ui.checkbox(&mut form.baseline, "and SGD").on_hover_text("A row for SGD, which the others are compared with");
        inline(ui, "rate η", "Constant learning rate", |ui| {
            let range = fields::limits::<EscapeRequest>("lr");
            ui.add(DragValue::new(&mut form.rate).speed(0.001).range(range).max_decimals(6))
        });
        inline(ui, "batch of", "Images per step", |ui| {
            let field = DragValue::new(&mut form.batch).range(0..=1_000_000);
            ui.add(field.custom_formatter(|n, _| if n == 0.0 { "256 at most".into() } else { format!("{n}") }))
        });
    });
    ui.horizontal_wrapped(|ui| constants(ui, form));
    ui.horizontal_wrapped(|ui| {
        inline(ui, "seeds", "Runs of every row; the same batches in every row", |ui| {
            ui.add(DragValue::new(&mut form.seeds).range(1..=10_000))
        });
        inline(ui, "from seed", "The first one", |ui| ui.add(DragValue::new(&mut form.seed).speed(0.1)));
        inline(ui, "until below", "A run has left when its training accuracy is below this", |ui| {
            ui.add(DragValue::new(&mut form.threshold).speed(0.1).range(0.1..=100.0).suffix(" %"))
        });
        inline(ui, "at most", "After so many steps a run is stopped: it stayed", |ui| {
            ui.add(DragValue::new(&mut form.limit).range(1..=10_000_000).suffix(" steps"))
        });
        inline(ui, "look every", "Steps between two looks at the accuracy", |ui| {
            ui.add(DragValue::new(&mut form.check).range(1..=10_000))
        });
        let help = "Keep every run in this file, and go on with those it has: a table that was stopped is resumed";
        inline(ui, "record", help, |ui| {
            ui.add(egui::TextEdit::singleline(&mut form.record).hint_text("no file").desired_width(120.0))
        });
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = EscapeForm { checkpoint: form.checkpoint.take(), ..EscapeForm::default() };
        }
    });
}

/// What all rows share, as far as one of them has it.
fn constants(ui: &mut Ui, form: &mut EscapeForm) {
    let mut spec = OptimizerSpec { kind: form.kind, ..form.constants.spec() };
    for (constant, help) in SharedConstants::all() {
        if form.shows(constant, &spec) {
            inline(ui, constant.field.short, help, |ui| {
                constant_field(ui, constant, &mut spec, &mut form.written, TEXT_WIDTH)
            });
        } else if let At::Flag(field) = constant.at {
            *field(&mut spec) = false;
        }
    }
    form.constants = SharedConstants::of(&spec, OptimizerKind::ALL);
}

/// One row per method; words that are only bounds begin with ≥.
fn table(ui: &mut Ui, found: &EscapeShown) {
    let head = ["", "runs", "left", "stayed", "steps", "E[ν] = steps × η", "median", "SGD takes", "gradients"];
    egui::Grid::new("escape table").num_columns(head.len()).striped(true).spacing([14.0, 3.0]).show(ui, |ui| {
        for word in head {
            ui.label(RichText::new(word).small().weak());
        }
        ui.end_row();
        for (index, cell) in found.cells.iter().enumerate() {
            let color = theme::color(method_color(&found.head.table.spec().methods, index));
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
                ui.painter().rect_filled(rect, 2.0, color);
                ui.label(RichText::new(cell.method.title()).strong());
            });
            for word in numbers(cell) {
                ui.label(RichText::new(word).monospace().small());
            }
            ui.end_row();
        }
    });
}

fn numbers(cell: &Cell) -> [String; 8] {
    let dash = || "–".to_string();
    [
        cell.runs.to_string(),
        cell.exited.to_string(),
        cell.censored.to_string(),
        cell.mean.map_or_else(dash, |m| mean_words(&m)),
        cell.time.map_or_else(dash, time_words),
        cell.median.map_or_else(dash, |m| median_words(&m)),
        cell.speed_up.map_or_else(dash, |r| ratio_words(&r)),
        theme::grouped(cell.gradients),
    ]
}

/// What follows from the table, and how it was measured. Returns the rate that somebody wants tried next.
fn words(ui: &mut Ui, entry: &EscapeEntry, found: &EscapeShown) -> Option<f64> {
    ui.add_space(3.0);
    let mut next = None;
    if let Some(advice) = advice(found.head.table.spec(), &found.cells) {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&advice.words).color(ui.visuals().warn_fg_color));
            if ui.button(format!("Measure with η {}", advice.rate)).clicked() {
                next = Some(advice.rate);
            }
        });
    }
    for (kind, trend) in &found.trends {
        ui.add(egui::Label::new(RichText::new(trend_words(*kind, trend)).small()).wrap());
    }
    if found.cells.iter().any(Cell::is_bound) {
        let words = "≥: a lower bound, because runs stayed; in E[ν] and in ratios they count as the limit.";
        ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
    }
    for cell in found.cells.iter().filter(|c| c.diverged > 0) {
        let words = format!("{}: {} left along a gradient that is not finite.", cell.method.title(), cell.diverged);
        ui.add(egui::Label::new(RichText::new(words).small().color(ui.visuals().warn_fg_color)).wrap());
    }
    let resumed =
        if found.head.resumed > 0 { format!("; {} runs from the record", found.head.resumed) } else { String::new() };
    let ended = format!("{}{resumed}", progress::words(&entry.phase));
    let lines = found.head.caption.lines().map(String::from).chain(found.head.notes.iter().cloned()).chain([ended]);
    for line in lines {
        ui.add(egui::Label::new(RichText::new(plain(line)).small().weak()).wrap());
    }
    next
}

fn plots(ui: &mut Ui, entry: &EscapeEntry, found: &EscapeShown) {
    ui.add_space(6.0);
    let (width, methods) = (ui.available_width(), found.head.table.spec().methods.len() as f32);
    let room = ui.available_height().max(72.0 * methods).clamp(260.0, 620.0);
    if width < NARROW {
        escape_plots::histograms(ui, &found.head.table, room);
        escape_plots::means(ui, &found.head.table, entry.request.threshold, 260.0);
        return;
    }
    ui.horizontal_top(|ui| {
        let left = 0.56 * (width - 8.0);
        ui.vertical(|ui| {
            ui.set_width(left);
            escape_plots::histograms(ui, &found.head.table, room);
        });
        ui.vertical(|ui| {
            ui.set_width(width - 8.0 - left);
            escape_plots::means(ui, &found.head.table, entry.request.threshold, room);
        });
    });
}
