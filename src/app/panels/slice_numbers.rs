//! The numbers of a step of one or several runs.

use egui::{Grid, RichText, Ui, vec2};

use crate::app::{
    pointer_table::chip,
    readout::others,
    slices::Step,
    store::Run,
    theme::{self, define},
};
use crate::{history::History, probe::SliceRecord};

/// More columns are not read.
const MOST: usize = 12;

/// A column for every run, under its chip; of very many for the first ones, the chosen one among them.
pub fn ui(ui: &mut Ui, runs: &[(&Run, &History, &SliceRecord)], t: u64) {
    let few = runs.iter().take(MOST);
    let steps: Vec<(&Run, Step)> = few.filter_map(|(run, history, _)| Some((*run, Step::of(history, t)?))).collect();
    if steps.is_empty() {
        return;
    }
    Grid::new("slice numbers").num_columns(1 + steps.len()).spacing(vec2(10.0, 3.0)).show(ui, |ui| {
        ui.label("");
        for (run, _) in &steps {
            ui.horizontal(|ui| {
                chip(ui, run.color);
                ui.label(RichText::new(&run.short).small()).on_hover_text(&run.label);
            });
        }
        ui.end_row();
        for (name, help, of) in ROWS {
            ui.label(RichText::new(name).small()).on_hover_text(help);
            for (_, step) in &steps {
                ui.label(RichText::new(words(of(step))).small().monospace());
            }
            ui.end_row();
        }
    });
    others(ui, runs.len().saturating_sub(MOST));
}

fn words(value: Option<f64>) -> String {
    value.map_or("–".into(), theme::value)
}

/// A row: what stands in it, what that is, and how it is read from a step.
type Row = (&'static str, &'static str, fn(&Step) -> Option<f64>);

const ROWS: [Row; 14] = [
    ("L(θ_t)", "Training loss at the start, α = 0", |s| Some(s.slice.start())),
    ("L(θ_t+1)", "Training loss at the end, α = 1", |s| Some(s.slice.end())),
    ("floor", "The lowest of the ten losses", |s| Some(s.slice.floor())),
    ("height", "Mean of the losses at the ends, minus the floor", |s| Some(s.slice.height())),
    ("barrier", "The highest point between the ends, minus the higher end", |s| s.barrier.map(|b| b.height)),
    ("barrier at α", "Where that is", |s| s.barrier.map(|b| b.alpha)),
    ("minimum at α", "Where the floor is, when it is below both ends", |s| s.minimum),
    ("u·Hu", "Mean second difference of the ten losses over the square of the spacing of α", |s| {
        Some(s.slice.curvature())
    }),
    ("u·Hu at θ_t", "The same of the first three points alone", |s| s.slice.curvatures().first().copied()),
    (
        "‖u‖",
        "Length of the step, where it was measured; else of the first step, and of plain gradient descent",
        |s| s.length,
    ),
    ("u·Hu / ‖u‖²", "Curvature of the loss in the direction of the step", Step::directional),
    ("cosine", "Of the gradients before and at θ_t", |s| s.cosine),
    ("η", "Learning rate of the step", |s| s.learning_rate),
    ("batch L", "Loss of the mini-batch at θ_t", |s| s.batch_loss),
];

/// The "?" card.
pub fn explain(ui: &mut Ui) {
    define(
        ui,
        "the step",
        "The loss over the whole training set at (1−α) θ_t + α θ_{t+1}, α = k/9. Dashed: the valley floor, the lowest of the ten. \
         Thin: the chord between the ends. A star is a minimum below both ends, a red dot the highest barrier: a point above \
         both ends (A Walk with SGD, §1).",
    );
    define(
        ui,
        "u·Hu",
        "u = θ_{t+1} − θ_t, H the Hessian of the training loss: the second derivative of the loss in α. Of three neighbouring \
         points it is (L_{k−1} − 2 L_k + L_{k+1}) / (1/9)^2; the mean over the eight of them is exact for a parabola, and rounding \
         disturbs it least. Over ‖u‖^2 it is the curvature in the direction of the step.",
    );
    define(
        ui,
        "‖u‖",
        "Of the first step the distance from θ_0 after it. Of a step of gradient descent without momentum, weight decay and \
         noise η ‖g_t‖. Other steps are not recorded, so there is a dash.",
    );
}
