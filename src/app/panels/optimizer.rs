//! The optimizer's part of the form: its kind, the constants that this kind has, switches, average, schedule, batches.

use std::collections::BTreeMap;

use egui::{ComboBox, DragValue, Ui};

use super::fields::{RATES, at_most, beside, chips, choice, count, row, slider_beside, text, text_of_width};
use crate::{
    app::form::Form,
    optim::{
        AVERAGE_FORM, At, Constant, Field, OptimizerKind, OptimizerSpec, SCHEDULE_FORMS, SWITCH_FORM, Value, constants,
    },
    run::{BatchSize, Order},
};

const SCHEDULES: [(&str, &str); 5] = [
    ("constant", "constant"),
    ("stepwise", "step:0.1@50%,75%"),
    ("cosine", "cosine"),
    ("cyclic", "cyclic:0.1:100"),
    ("trapezoid", "trapezoid:10%:30%"),
];

/// A box to choose a kind from, each with a line on what it does.
pub fn kind_choice(ui: &mut Ui, id: &str, width: f32, kind: &mut OptimizerKind) -> egui::Response {
    let shown = ComboBox::from_id_salt(id).width(width).selected_text(kind.to_string()).show_ui(ui, |ui| {
        for item in OptimizerKind::ALL {
            ui.selectable_value(kind, *item, item.to_string()).on_hover_text(item.rule().about());
        }
    });
    shown.response
}

/// Draws what every run is asked: kind, its own constants, rate and batch.
pub fn essentials(ui: &mut Ui, form: &mut Form) {
    let kind = form.spec.optimizer.kind;
    row(ui, "Optimizer", kind.rule().about(), |ui| {
        let width = at_most(ui, 150.0);
        kind_choice(ui, "optimizer", width, &mut form.spec.optimizer.kind)
    });
    constant_rows(ui, form, true);
    row(ui, "Learning rate η", &rate_help(&form.spec.optimizer), |ui| {
        ui.horizontal(|ui| {
            let field = ui.add(DragValue::new(&mut form.spec.lr).speed(0.002).range(0.0..=100.0).max_decimals(6));
            slider_beside(ui, "Learning rate η", &mut form.spec.lr, RATES);
            field
        })
        .inner
    });
    if form.uses(|kind| kind != OptimizerKind::Gd) {
        batch(ui, form);
    }
}

/// Draws the others.
pub fn fields(ui: &mut Ui, form: &mut Form) {
    row(ui, "Schedule", SCHEDULE_FORMS, |ui| text(ui, &mut form.schedule, "constant"));
    ui.label("");
    if let Some(schedule) = chips(ui, &SCHEDULES) {
        form.schedule = schedule.to_string();
    }
    ui.end_row();
    constant_rows(ui, form, false);
    if form.uses(|kind| !kind.takes_all()) {
        row(ui, "Order", "A seeded shuffle every epoch, or file order", |ui| {
            let width = at_most(ui, 150.0);
            choice(ui, "order", width, &mut form.spec.order, Order::ALL)
        });
    }
    row(ui, "Switch", &format!("Go on with another optimizer: {SWITCH_FORM}"), |ui| {
        text(ui, &mut form.switch, "none, or sgd:sam@75%")
    });
    row(ui, "Average", &format!("Average the iterates beside the walk: {AVERAGE_FORM}"), |ui| {
        text(ui, &mut form.average, "none, swa:75% or ema:0.999")
    });
}

/// The constants that the run has: those that only some optimizers have, or the others.
fn constant_rows(ui: &mut Ui, form: &mut Form, own: bool) {
    for constant in constants().iter().filter(|constant| constant.is_own() == own) {
        if form.shows(constant) {
            row(ui, constant.field.label, constant.field.help, |ui| {
                let width = at_most(ui, 320.0);
                let Some(rail) = constant.rail else {
                    return constant_field(ui, constant, &mut form.spec.optimizer, &mut form.constants, width);
                };
                ui.horizontal(|ui| {
                    let field = number_field(ui, &mut form.spec.optimizer, constant);
                    let mut value = constant.number(&form.spec.optimizer);
                    if slider_beside(ui, constant.field.label, &mut value, rail).changed() {
                        constant.set(&mut form.spec.optimizer, Value::Number(value));
                    }
                    field
                })
                .inner
            });
        } else if let At::Flag(field) = constant.at {
            *field(&mut form.spec.optimizer) = false;
        }
    }
}

/// What a learning rate is, and which one is usual.
fn rate_help(optimizer: &OptimizerSpec) -> String {
    let kind = optimizer.descending().kind;
    let usual = kind.rule().usual_rate().map_or(String::new(), |rate| format!("; {rate} is usual for {kind}"));
    format!("Base rate; the schedule multiplies it{usual}")
}

/// The field of a constant; `texts` has those that are written, by their names in files. A text has the width given.
pub fn constant_field(
    ui: &mut Ui,
    constant: &Constant,
    optimizer: &mut OptimizerSpec,
    texts: &mut BTreeMap<String, String>,
    width: f32,
) -> egui::Response {
    match constant.at {
        At::Flag(field) => ui.checkbox(field(optimizer), ""),
        At::Limit(field) => {
            let limit = field(optimizer);
            let mut n = limit.and_then(|n| usize::try_from(n).ok());
            let response = count(ui, &mut n);
            *limit = n.map(|n| n as u64);
            response
        }
        At::Norm(_) | At::Moment(_) => {
            let value = constant.get(optimizer);
            let written = texts.entry(constant.key.to_string()).or_insert_with(|| value.to_string());
            text_of_width(ui, written, constant.example, width)
        }
        At::Kind(field) => base_choice(ui, constant.key, field(optimizer)),
        At::Number(_) | At::Count(_) | At::More { .. } | At::MoreCount { .. } => number_field(ui, optimizer, constant),
    }
}

/// A box to choose the optimizer from whose step SAM makes.
fn base_choice(ui: &mut Ui, id: &str, kind: &mut OptimizerKind) -> egui::Response {
    let width = at_most(ui, 150.0);
    let shown = ComboBox::from_id_salt(id).width(width).selected_text(kind.to_string()).show_ui(ui, |ui| {
        for item in OptimizerKind::ALL.iter().filter(|item| item.is_base()) {
            ui.selectable_value(kind, *item, item.to_string()).on_hover_text(item.rule().about());
        }
    });
    shown.response
}

/// A number to drag; of another constant, nothing to edit.
pub fn number_field(ui: &mut Ui, optimizer: &mut OptimizerSpec, constant: &Constant) -> egui::Response {
    let Field { speed, most, .. } = constant.field;
    match constant.get(optimizer) {
        Value::Count(mut n) => {
            let response = ui.add(DragValue::new(&mut n).range(1..=most as u64));
            constant.set(optimizer, Value::Count(n));
            response
        }
        Value::Number(mut x) => {
            let is_tiny = x != 0.0 && x.abs() < 1e-6;
            let field = DragValue::new(&mut x).speed(speed).range(0.0..=most).max_decimals(6);
            // What would be rounded to 0 is written whole.
            let field = if is_tiny { field.custom_formatter(|x, _| format!("{x:e}")) } else { field };
            let response = ui.add(field);
            constant.set(optimizer, Value::Number(x));
            response
        }
        value => ui.label(value.to_string()),
    }
}

fn batch(ui: &mut Ui, form: &mut Form) {
    row(ui, "Batch", "Images per step; with gld-…, those of the SGD whose noise is matched", |ui| {
        beside(ui, 110.0, |ui| {
            let mut full = form.is_full_batch();
            let mut n = if let BatchSize::Of(n) = form.spec.batch { n } else { 100 };
            let field = ui.add_enabled(!full, DragValue::new(&mut n).range(1..=1_000_000));
            ui.checkbox(&mut full, "full");
            form.spec.batch = if full { BatchSize::Full } else { BatchSize::Of(n) };
            field
        })
    });
}
