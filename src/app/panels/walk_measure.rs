//! A menu of what may be measured of a run that goes on: curvature, and the noise of its gradients.

use egui::{DragValue, RichText, Ui};

use crate::{
    app::{
        action::{Action, Actions},
        store::Store,
    },
    engine::{Command, PROBE_BUDGET, Status},
    probe::DerivativeGroup,
};

/// What λ_max against its limit means, in a few lines.
const MEANING: &str = "λ_max is the largest eigenvalue of the Hessian: how sharply the loss bends in its sharpest direction. Above the dashed limit, 2/η of plain \
                       gradient descent, a step overshoots there by more than it came: on a quadratic the run would blow up. Training \
                       drives λ_max up to the limit and then hovers there, the loss falling unevenly (edge of stability, Cohen et al. 2021).";

/// Numbers under edit.
#[derive(Clone, Copy, Debug)]
struct Edit {
    /// Intervals to begin with.
    every: [u64; 2],
    /// Share of the time, 0 to 1.
    budget: f64,
}

fn id() -> egui::Id {
    egui::Id::unique("what is measured of a run")
}

fn edit(ctx: &egui::Context) -> Edit {
    let usual = DerivativeGroup::ALL.map(DerivativeGroup::usual_interval);
    ctx.data(|d| d.get_temp::<Edit>(id())).unwrap_or(Edit { every: usual, budget: PROBE_BUDGET })
}

/// The share of the time that the window begins with, when another one was asked for.
pub fn set_budget(ctx: &egui::Context, budget: f64) {
    let edit = Edit { budget, ..edit(ctx) };
    ctx.data_mut(|d| d.insert_temp(id(), edit));
}

/// Draws the menu. What is chosen is for the run that the knobs above are for, from its next iteration on.
pub fn menu(ui: &mut Ui, store: &Store, status: &Status, actions: &mut Actions) {
    let is_live = store.live().is_some_and(|run| run.id == status.id && run.history.is_some());
    let menu = ui.add_enabled_ui(is_live, |ui| {
        let menu = ui.menu_button("Measure", |ui| contents(ui, status, actions));
        menu.response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Measure curvature and noise"));
        menu.response.on_hover_text("Curvature of the loss and noise of the gradients, measured while the run goes on");
    });
    menu.response
        .on_disabled_hover_text("Start a run first; The probes in Set up measure the same from its first iteration on");
}

fn contents(ui: &mut Ui, status: &Status, actions: &mut Actions) {
    ui.set_max_width(360.0);
    let mut edit = edit(ui.ctx());
    for (group, every) in DerivativeGroup::ALL.into_iter().zip(&mut edit.every) {
        let present = status.probes.group_interval(group);
        ui.horizontal(|ui| {
            let mut on = present.is_some();
            if ui.checkbox(&mut on, group.name()).on_hover_text(group.about()).changed() {
                actions.ask(Action::Engine(Command::SetProbes { group, every: on.then_some(*every) }));
            }
            ui.label("every");
            let field = ui.add(DragValue::new(every).range(1..=1_000_000_u64).suffix(" iterations"));
            let name = format!("{} interval", group.name());
            let field = field.accessible_name(name).on_hover_text("Iterations from one measurement to the next");
            // As with the knobs, a change is sent when the field is let go.
            if (field.drag_stopped() || field.lost_focus()) && present.is_some_and(|now| now != *every) {
                actions.ask(Action::Engine(Command::SetProbes { group, every: Some(*every) }));
            }
        });
        if let Some(now) = present.filter(|now| *now != *every) {
            ui.label(RichText::new(format!("now every {now}")).small().weak());
        }
    }
    ui.horizontal(|ui| {
        let name = ui.label("At most");
        let mut percent = 100.0 * edit.budget;
        let field = ui.add(DragValue::new(&mut percent).range(1.0..=100.0).max_decimals(0).suffix(" % of the time"));
        let help = "Where it takes more, it is measured more rarely, and a notice says so. Intervals that a run was started with stay";
        field.clone().labelled_by(name.id).on_hover_text(help);
        if (percent - 100.0 * edit.budget).abs() > 1e-9 {
            edit.budget = percent / 100.0;
        }
        if field.drag_stopped() || field.lost_focus() {
            actions.ask(Action::Engine(Command::SetProbeBudget(edit.budget)));
        }
    });
    if let Some(share) = status.probe_share {
        ui.label(RichText::new(format!("It takes {:.0} % of the time", 100.0 * share)).small());
    }
    ui.separator();
    ui.add(egui::Label::new(RichText::new(MEANING).small().weak()).wrap());
    ui.ctx().data_mut(|d| d.insert_temp(id(), edit));
}
