//! What a fork goes on under, as it is being set; in a small window under its button.

use egui::{DragValue, Ui};

use super::{
    action::{Action, Actions},
    panels::optimizer,
    store::Run,
};
use crate::{
    engine::RunId,
    optim::{OptimizerKind, OptimizerSpec},
};

/// A fork being set.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ForkForm {
    optimizer: OptimizerSpec,
    /// The iteration of a recorded run.
    step: u64,
    /// Also go on as the run itself did.
    both: bool,
}

impl ForkForm {
    /// The other side of the comparison that forks are for: SAM beside SGD, SGD beside SAM.
    fn of(now: &OptimizerSpec, step: u64) -> ForkForm {
        let kind = if now.kind.is_sharpness_aware() { OptimizerKind::Sgd } else { OptimizerKind::Sam };
        ForkForm { optimizer: OptimizerSpec { kind, ..*now }, step, both: true }
    }
}

/// A button that offers to fork a run that goes on, at its present iteration.
pub fn live(ui: &mut Ui, run: RunId, now: &OptimizerSpec, enabled: bool, actions: &mut Actions) {
    let button = ui.add_enabled(enabled, egui::Button::new("Fork…"));
    let button = button.on_hover_text("Let the run go on twice from here: as it is, and under another optimizer");
    menu(&button, ForkForm::of(now, 0), run, |ui, form| {
        fields(ui, form);
        let button = egui::Button::new(egui::RichText::new("Fork now").strong()).frame(true);
        if ui.add(button).on_hover_text("Both go on side by side").clicked() {
            actions.ask(Action::Fork(run, form.optimizer));
            return true;
        }
        false
    });
}

/// A button that offers to fork a run at an iteration that it has made; `step` is offered first.
pub fn recorded(ui: &mut Ui, button: egui::Button<'_>, run: &Run, step: u64, actions: &mut Actions) {
    let Some(history) = run.history.as_ref().filter(|_| run.file.is_some()) else { return };
    let Some(reached) = run.reached() else { return };
    let now = history.manifest().spec.optimizer;
    let button = ui.add(button).on_hover_text("Go on from an iteration that it has made, under another optimizer");
    menu(&button, ForkForm::of(&now, step.min(reached)), run.id, |ui, form| {
        ui.horizontal(|ui| {
            let name = ui.label("at iteration");
            ui.add(DragValue::new(&mut form.step).range(0..=reached)).labelled_by(name.id);
        });
        fields(ui, form);
        ui.checkbox(&mut form.both, "beside the same going on unchanged")
            .on_hover_text("Two branches from the same state and the same order of the data");
        let button = egui::Button::new(egui::RichText::new("Fork").strong()).frame(true);
        if ui.add(button).on_hover_text("Its last kept state is taken up and followed to this iteration").clicked() {
            let (optimizer, at, both) = (form.optimizer, form.step, form.both);
            actions.ask(Action::ForkRecorded { run: run.id, at, optimizer, both });
            return true;
        }
        false
    });
}

/// Shows the form under its button, and forgets it when `show` says that it is done, or another iteration is offered.
fn menu(button: &egui::Response, fresh: ForkForm, run: RunId, show: impl FnOnce(&mut Ui, &mut ForkForm) -> bool) {
    let id = button.id.with(("fork", run));
    if button.clicked() {
        button.ctx.data_mut(|d| d.insert_temp(id, fresh));
    }
    let close = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::from_toggle_button_response(button).close_behavior(close).show(|ui| {
        ui.set_min_width(300.0);
        let mut form = ui.ctx().data(|d| d.get_temp::<ForkForm>(id)).unwrap_or(fresh);
        let done = show(ui, &mut form);
        ui.ctx().data_mut(|d| d.insert_temp(id, form));
        if done {
            ui.close();
        }
    });
}

/// Kind and constants. A row of words, not a list that opens: that would close this window.
fn fields(ui: &mut Ui, form: &mut ForkForm) {
    let optimizer = &mut form.optimizer;
    ui.horizontal(|ui| {
        ui.label("go on under");
        for kind in OptimizerKind::ALL {
            let word = ui.selectable_value(&mut optimizer.kind, *kind, kind.to_string());
            word.on_hover_text(optimizer::about(*kind)).accessible_name(format!("Fork under {kind}"));
        }
    });
    ui.horizontal(|ui| {
        let mut number = |name: &str, value: &mut f64, speed: f64, top: f64| {
            let label = ui.label(name);
            let field = DragValue::new(value).speed(speed).range(0.0..=top).max_decimals(6);
            ui.add(field).labelled_by(label.id).accessible_name(format!("Fork {name}"));
        };
        if optimizer.kind.is_sharpness_aware() {
            number("ρ", &mut optimizer.rho, 0.002, 100.0);
        }
        number("μ", &mut optimizer.momentum, 0.01, 0.999);
        if optimizer.kind == OptimizerKind::Psam {
            let label = ui.label("period n");
            ui.add(DragValue::new(&mut optimizer.psam_period).range(1..=1_000_000_u64)).labelled_by(label.id);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sam_is_offered_beside_sgd_and_sgd_beside_sam() {
        let sgd = OptimizerSpec { momentum: 0.9, ..OptimizerSpec::default() };
        let sam = ForkForm::of(&sgd, 3).optimizer;
        assert_eq!((sam.kind, sam.momentum), (OptimizerKind::Sam, 0.9));
        assert_eq!(ForkForm::of(&sam, 3).optimizer, sgd);
    }
}
