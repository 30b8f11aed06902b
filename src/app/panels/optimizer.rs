//! The optimizer's part of the form: its kind, the constants that this kind has, switches, average, schedule, batches.

use egui::{ComboBox, DragValue, Ui};

use super::fields::{choice, count, row, text};
use crate::{
    app::form::Form,
    optim::{AVERAGE_FORM, OptimizerKind, SCHEDULE_FORMS, SWITCH_FORM},
    run::{BatchSize, Order},
};

const SCHEDULES: [(&str, &str); 5] = [
    ("constant", "constant"),
    ("stepwise", "step:0.1@50%,75%"),
    ("cosine", "cosine"),
    ("cyclic", "cyclic:0.1:100"),
    ("trapezoid", "trapezoid:10%:30%"),
];

/// What each kind does, in a line.
pub fn about(kind: OptimizerKind) -> &'static str {
    match kind {
        OptimizerKind::Gd => "Gradient descent: all images in every step",
        OptimizerKind::Sgd => "Stochastic gradient descent",
        OptimizerKind::Nesterov => "SGD with Nesterov's momentum",
        OptimizerKind::Sam => "Sharpness-aware: the gradient at θ + ε, up to ρ uphill; two gradients a step",
        OptimizerKind::Asam => "SAM with ρ in units of each parameter's size",
        OptimizerKind::Psam => "SAM every n-th step before step E, every step after it",
    }
}

/// A box to choose a kind from, each with a line on what it does.
pub fn kind_choice(ui: &mut Ui, id: &str, width: f32, kind: &mut OptimizerKind) -> egui::Response {
    let shown = ComboBox::from_id_salt(id).width(width).selected_text(kind.to_string()).show_ui(ui, |ui| {
        for item in OptimizerKind::ALL {
            ui.selectable_value(kind, *item, item.to_string()).on_hover_text(about(*item));
        }
    });
    shown.response
}

/// Draws the fields.
pub fn fields(ui: &mut Ui, form: &mut Form) {
    let kind = form.spec.optimizer.kind;
    row(ui, "Optimizer", about(kind), |ui| kind_choice(ui, "optimizer", 150.0, &mut form.spec.optimizer.kind));
    if form.uses(OptimizerKind::is_sharpness_aware) {
        sam_fields(ui, form);
    }
    if form.uses(|kind| kind == OptimizerKind::Psam) {
        row(ui, "SAM always from E", "Before iteration E, PSAM ascends every n-th step only: 300 or 75%", |ui| {
            text(ui, &mut form.psam_until, "75%")
        });
        row(ui, "Period n", "Before E, one step in n is SAM's", |ui| {
            ui.add(DragValue::new(&mut form.spec.optimizer.psam_period).range(1..=1_000_000_u64))
        });
    }
    row(ui, "Learning rate η", "Base rate; the schedule multiplies it", |ui| {
        ui.add(DragValue::new(&mut form.spec.lr).speed(0.002).range(0.0..=100.0).max_decimals(6))
    });
    row(ui, "Schedule", SCHEDULE_FORMS, |ui| text(ui, &mut form.schedule, "constant"));
    ui.label("");
    // Rows of their own: a grid gives wrapped ones the height of one.
    ui.vertical(|ui| {
        for some in SCHEDULES.chunks(3) {
            ui.horizontal(|ui| {
                for (label, schedule) in some {
                    if ui.small_button(*label).on_hover_text(*schedule).clicked() {
                        form.schedule = schedule.to_string();
                    }
                }
            });
        }
    });
    ui.end_row();
    let optimizer = &mut form.spec.optimizer;
    row(ui, "Momentum μ", "v ← μv + g", |ui| {
        ui.add(DragValue::new(&mut optimizer.momentum).speed(0.01).range(0.0..=0.999))
    });
    if optimizer.momentum > 0.0 && optimizer.kind != OptimizerKind::Nesterov {
        row(ui, "Nesterov", "Momentum that looks ahead", |ui| ui.checkbox(&mut optimizer.nesterov, ""));
    } else {
        optimizer.nesterov = false;
    }
    row(ui, "Weight decay λ", "Added to the gradient as λθ", |ui| {
        ui.add(DragValue::new(&mut optimizer.weight_decay).speed(0.0001).range(0.0..=10.0).max_decimals(6))
    });
    row(
        ui,
        "Isotropic noise",
        "Variance as a share of the largest gradient variance at θ₀ (Walk §4: 0.05, 0.1)",
        |ui| ui.add(DragValue::new(&mut optimizer.noise).speed(0.01).range(0.0..=10.0)),
    );
    if form.uses(|kind| kind != OptimizerKind::Gd) {
        batch_fields(ui, form);
    }
    row(ui, "Switch", &format!("Go on with another optimizer: {SWITCH_FORM}"), |ui| {
        text(ui, &mut form.switch, "none, or sgd:sam@75%")
    });
    row(ui, "Average", &format!("Average the iterates beside the walk: {AVERAGE_FORM}"), |ui| {
        text(ui, &mut form.average, "none, or swa:75%")
    });
}

fn sam_fields(ui: &mut Ui, form: &mut Form) {
    row(ui, "Radius ρ", "How far uphill the gradient is taken; 0 is the base optimizer", |ui| {
        ui.add(DragValue::new(&mut form.spec.optimizer.rho).speed(0.002).range(0.0..=100.0).max_decimals(6))
    });
    row(ui, "Norm p", "The norm in which the ball around θ is round: 1 to inf", |ui| {
        text(ui, &mut form.sam_norm, "2")
    });
    row(ui, "Shard m", "Ascend per shard of so many images (m-sharpness); 0 takes the whole batch", |ui| {
        let mut m = form.spec.optimizer.sam_shard.and_then(|m| usize::try_from(m).ok());
        let field = count(ui, &mut m);
        form.spec.optimizer.sam_shard = m.map(|m| m as u64);
        field
    });
}

fn batch_fields(ui: &mut Ui, form: &mut Form) {
    row(ui, "Batch", "Images per step", |ui| {
        ui.horizontal(|ui| {
            let mut full = form.is_full_batch();
            let mut n = if let BatchSize::Of(n) = form.spec.batch { n } else { 100 };
            let field = ui.add_enabled(!full, DragValue::new(&mut n).range(1..=1_000_000));
            ui.checkbox(&mut full, "full");
            form.spec.batch = if full { BatchSize::Full } else { BatchSize::Of(n) };
            field
        })
        .inner
    });
    row(ui, "Order", "A seeded shuffle every epoch, or file order", |ui| {
        choice(ui, "order", 150.0, &mut form.spec.order, Order::ALL)
    });
}
