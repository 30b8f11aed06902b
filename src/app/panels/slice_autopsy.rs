//! In the Slice panel: what a pinned step was made of.

use egui::{CollapsingHeader, Grid, ProgressBar, RichText, Ui, vec2};

use super::{fields::number, progress};
use crate::{
    app::{
        action::{Action, Actions},
        autopsy::{Autopsy, Looked},
        phase::Phase,
        plain::plain,
        store::Run,
        theme,
    },
    explore::{AutopsyReport, LayerPart, StepMade},
    history::History,
    objective::ExampleLoss,
};

/// A button to look into the step of the run, and what was found.
pub fn ui(ui: &mut Ui, autopsy: &Autopsy, run: &Run, history: &History, t: u64, actions: &mut Actions) {
    let looked = autopsy.of(run.id, t);
    if looked.is_none_or(|looked| looked.phase.has_failed()) {
        let is_jump = history.spikes().binary_search(&t).is_ok();
        let words = if is_jump { "Look into the jump" } else { "Look into this step" };
        let help = "Makes the step again from the run's file: the worst examples of its batch, curvature along it layer by layer, \
                    what the optimizer expected, and what might have been done instead";
        let button = ui.add_enabled(run.file.is_some(), egui::Button::new(words)).on_hover_text(help);
        if button.on_disabled_hover_text("This run has no file").clicked() {
            actions.ask(Action::LookInto { run: run.id, at: t });
        }
    }
    let Some(looked) = looked else { return };
    way(ui, looked, actions);
    if let Some(head) = &looked.head {
        for note in &head.notes {
            ui.add(egui::Label::new(RichText::new(plain(note)).small().weak()).wrap());
        }
    }
    found(ui, &looked.report);
    if looked.head.is_some() {
        instead(ui, looked, actions);
    }
}

/// How far it is, or how it ended.
fn way(ui: &mut Ui, looked: &Looked, actions: &mut Actions) {
    match &looked.phase {
        Phase::Measuring(m) => {
            ui.horizontal(|ui| {
                if ui.button("Stop looking").on_hover_text("What was found stays").clicked() {
                    actions.ask(Action::StopLooking);
                }
                ui.add(ProgressBar::new(m.share.unwrap_or(0.0) as f32).desired_width(140.0));
            });
        }
        Phase::Failed(why) => {
            ui.add(egui::Label::new(RichText::new(format!("Not measured: {why}")).color(theme::error(ui))).wrap());
        }
        Phase::Done { .. } | Phase::Stopped => {
            ui.label(RichText::new(format!("step {}", progress::words(&looked.phase))).small().weak());
        }
    }
}

fn found(ui: &mut Ui, report: &AutopsyReport) {
    if let Some(made) = &report.step {
        Grid::new("autopsy step").num_columns(2).spacing(vec2(10.0, 2.0)).show(ui, |ui| step(ui, made, report));
    }
    if !report.worst.is_empty() {
        CollapsingHeader::new("Worst examples of the batch").default_open(true).show(ui, |ui| {
            Grid::new("autopsy examples").num_columns(4).spacing(vec2(10.0, 2.0)).striped(true).show(ui, |ui| {
                heads(
                    ui,
                    &[
                        ("example", "Its place in the training data"),
                        ("label", "The class that it is said to be"),
                        ("answer", "The class that the network says at θ_t"),
                        ("loss", "Its loss at θ_t"),
                    ],
                );
                report.worst.iter().for_each(|example| example_row(ui, example));
            });
        });
    }
    if !report.layers.is_empty() {
        CollapsingHeader::new("Layers").default_open(true).show(ui, |ui| {
            Grid::new("autopsy layers").num_columns(6).spacing(vec2(10.0, 2.0)).striped(true).show(ui, |ui| {
                heads(ui, &[
                    ("layer", "What the names of its tensors have in common"),
                    ("‖g‖", "Of the gradient of the batch at θ_t"),
                    ("‖u‖", "Of the layer's part u_l of the step"),
                    ("curvature", "u_l·Hu_l / ‖u_l‖², H the Hessian of the training loss at θ_t: of the layer's own block"),
                    ("share of u·Hu", "u_l·Hu, with all pairs of layers that it is in: these add up to u·Hu"),
                    ("g²/v", "Mean square of the gradient over the one that the optimizer expected; for those that divide by it"),
                ]);
                report.layers.iter().for_each(|layer| layer_row(ui, layer));
            });
        });
    }
}

fn step(ui: &mut Ui, made: &StepMade, report: &AutopsyReport) {
    number(ui, "batch loss", theme::value(made.step.batch_loss));
    match made.slice {
        Some(slice) => {
            number(ui, "loss before", theme::value(slice.start()));
            number(ui, "loss after", theme::value(slice.end()));
        }
        None => number(ui, "step", "none: not finite".into()),
    }
    if let Some(curvature) = report.curvature() {
        number(ui, "u·Hu / ‖u‖² at θ_t", theme::value(curvature));
    }
    let words = match made.is_recorded() {
        Some(true) => "the recorded numbers to the bit",
        Some(false) => "not the recorded numbers to the bit",
        None => "nothing of it was recorded",
    };
    number(ui, "made again", words.into());
}

fn heads(ui: &mut Ui, all: &[(&str, &str)]) {
    for (head, help) in all {
        ui.label(RichText::new(*head).small().strong()).on_hover_text(*help);
    }
    ui.end_row();
}

fn cells(ui: &mut Ui, cells: impl IntoIterator<Item = String>) {
    for cell in cells {
        ui.label(RichText::new(cell).small().monospace());
    }
    ui.end_row();
}

fn example_row(ui: &mut Ui, example: &ExampleLoss) {
    let answer = example.prediction.map_or("–".into(), |class| class.to_string());
    cells(ui, [example.index.to_string(), example.label.to_string(), answer, theme::value(example.loss)]);
}

fn layer_row(ui: &mut Ui, layer: &LayerPart) {
    let known = |x: Option<f64>| x.map_or("–".into(), theme::value);
    cells(
        ui,
        [
            layer.name.clone(),
            theme::value(layer.gradient),
            theme::value(layer.step),
            known(layer.curvature()),
            known(layer.share),
            known(layer.surprise()),
        ],
    );
}

/// Forks from just before the step, each beside the run as it was.
fn instead(ui: &mut Ui, looked: &Looked, actions: &mut Actions) {
    let Some(head) = &looked.head else { return };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Instead of it").small());
        for (what, spec) in &head.forks {
            let help = format!(
                "Two forks from iteration {}, side by side: as it was, and with {what}: {}",
                looked.step,
                spec.label()
            );
            if ui.small_button(format!("Fork with {what}")).on_hover_text(help).clicked() {
                let (run, at) = (looked.run, looked.step);
                let (optimizers, lr) = (vec![spec.optimizer], Some(spec.lr));
                actions.ask(Action::ForkRecorded { run, at, optimizers, lr, both: true });
            }
        }
    });
}
