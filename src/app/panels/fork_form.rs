//! What a fork goes on under, as it is being set; in a small window under its button.

use egui::{DragValue, Ui};

use super::optimizer::number_field;
use crate::{
    app::{
        action::{Action, Actions},
        kinds::range::radii,
        plain::plain,
        store::Run,
        theme,
    },
    engine::{RunId, Status},
    optim::{Offered, OptimizerKind, OptimizerSpec, constants},
    run::Fork,
};

/// More branches at once have no colours of their own.
const MOST: usize = 6;

/// A fork being set.
#[derive(Clone, Debug, PartialEq)]
struct ForkForm {
    /// Its ρ is what `rhos` says.
    optimizer: OptimizerSpec,
    /// Base learning rate η; `None` leaves it as it is.
    lr: Option<f64>,
    /// Radii, with commas: a branch for each.
    rhos: String,
    /// The iteration of a recorded run.
    step: u64,
    /// Also go on as the run itself did.
    both: bool,
}

impl ForkForm {
    /// The other side of the comparison that forks are for: SAM beside its base, such as SGD, and the base beside SAM.
    fn of(now: &OptimizerSpec, step: u64) -> ForkForm {
        let optimizer = if now.kind.is_sharpness_aware() {
            now.descending()
        } else {
            let sam_base = if now.kind.is_base() { now.kind } else { now.sam_base };
            OptimizerSpec { kind: OptimizerKind::Sam, sam_base, ..*now }
        };
        ForkForm { optimizer, lr: None, rhos: now.rho.to_string(), step, both: true }
    }

    /// What the branches go on under.
    ///
    /// # Errors
    /// Radii that make no sense, in words.
    fn optimizers(&self) -> Result<Vec<OptimizerSpec>, String> {
        if !self.optimizer.kind.is_sharpness_aware() {
            return Ok(vec![self.optimizer]);
        }
        let radii = radii(&self.rhos)?;
        if radii.len() > MOST {
            return Err(format!("{} radii are too many to be told apart; give {MOST} at most.", radii.len()));
        }
        let all = radii.into_iter().map(|rho| OptimizerSpec { rho, ..self.optimizer });
        all.map(|o| o.check().map(|()| o).map_err(plain)).collect()
    }
}

/// A button that offers to fork a run that goes on, at its present iteration.
pub fn live(ui: &mut Ui, run: RunId, now: &Status, enabled: bool, actions: &mut Actions) {
    let button = ui.add_enabled(enabled, egui::Button::new("Fork…"));
    let button = button
        .on_hover_text("Let the run go on twice from here: as it is, and under another optimizer or at another rate");
    menu(&button, ForkForm::of(&now.optimizer, 0), run, |ui, form| {
        fields(ui, form, now.learning_rate);
        let chosen = button_of(ui, form, "Fork now", "All go on side by side");
        let is_done = chosen.is_some();
        let lr = form.lr;
        chosen.into_iter().for_each(|optimizers| actions.ask(Action::Fork { run, optimizers, lr }));
        is_done
    });
}

/// A button that offers to fork a run at an iteration that it has made; `step` is offered first.
pub fn recorded(ui: &mut Ui, button: egui::Button<'_>, run: &Run, step: u64, actions: &mut Actions) {
    let Some(history) = run.history.as_ref().filter(|_| run.file.is_some()) else { return };
    let Some(reached) = run.reached() else { return };
    let now = history.manifest().spec.optimizer;
    let button = ui
        .add(button)
        .on_hover_text("Go on from an iteration that it has made, under another optimizer or at another rate");
    menu(&button, ForkForm::of(&now, step.min(reached)), run.id, |ui, form| {
        ui.horizontal(|ui| {
            let name = ui.label("at iteration");
            ui.add(DragValue::new(&mut form.step).range(0..=reached)).labelled_by(name.id);
        });
        let there = Fork::of(history.manifest(), history.changes(), form.step, None).base.lr;
        fields(ui, form, there);
        ui.checkbox(&mut form.both, "beside the same going on unchanged")
            .on_hover_text("Two branches from the same state and the same order of the data");
        let chosen = button_of(ui, form, "Fork", "Its last kept state is taken up and followed to this iteration");
        let is_done = chosen.is_some();
        let (run, at, lr, both) = (run.id, form.step, form.lr, form.both);
        chosen.into_iter().for_each(|optimizers| actions.ask(Action::ForkRecorded { run, at, optimizers, lr, both }));
        is_done
    });
}

/// The button that forks: what was set when it is clicked. It says what is wrong instead.
fn button_of(ui: &mut Ui, form: &ForkForm, words: &str, help: &str) -> Option<Vec<OptimizerSpec>> {
    let optimizers = form.optimizers();
    let button = egui::Button::new(egui::RichText::new(words).strong());
    let button = ui.add_enabled(optimizers.is_ok(), button).on_hover_text(help);
    if let Err(why) = &optimizers {
        ui.colored_label(theme::error(ui), why);
    }
    optimizers.ok().filter(|_| button.clicked())
}

/// Shows the form under its button, and forgets it when `show` says that it is done, or another iteration is offered.
fn menu(button: &egui::Response, fresh: ForkForm, run: RunId, show: impl FnOnce(&mut Ui, &mut ForkForm) -> bool) {
    let id = button.id.with(("fork", run));
    if button.clicked() {
        button.ctx.data_mut(|d| d.insert_temp(id, fresh.clone()));
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

/// Kind, rate and constants; `rate` is that of the run. A row of words, not a list that opens: that would close this window.
fn fields(ui: &mut Ui, form: &mut ForkForm, rate: f64) {
    let ForkForm { optimizer, rhos, lr, .. } = form;
    ui.horizontal_wrapped(|ui| {
        ui.label("go on under");
        for kind in OptimizerKind::ALL {
            let word = ui.selectable_value(&mut optimizer.kind, *kind, kind.to_string());
            word.on_hover_text(kind.rule().about()).accessible_name(format!("Fork under {kind}"));
        }
    });
    ui.horizontal(|ui| {
        let label = ui.label("η");
        let mut now = lr.unwrap_or(rate);
        let field =
            DragValue::new(&mut now).speed(0.002).range(1e-9..=1e3).clamp_existing_to_range(false).max_decimals(6);
        let field = ui.add(field).labelled_by(label.id).on_hover_text("Learning rate from there on");
        if field.changed() {
            *lr = Some(now);
        }
        field.accessible_name("Fork η");
        if optimizer.kind.is_sharpness_aware() {
            let label = ui.label("ρ");
            let field = ui.add(egui::TextEdit::singleline(rhos).desired_width(110.0));
            let field = field.labelled_by(label.id).accessible_name("Fork ρ");
            field.on_hover_text("Radii, with commas: a branch for each, 0.02, 0.05, 0.1");
        }
        // The radius has its own field, for several.
        for constant in constants().iter().filter(|c| c.offered != Offered::Form && c.key != "rho") {
            if optimizer.uses(constant) {
                let short = constant.field.short;
                let label = ui.label(short);
                let field = number_field(ui, optimizer, constant).labelled_by(label.id);
                field.accessible_name(format!("Fork {short}"));
            }
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
        let adam = OptimizerSpec { kind: OptimizerKind::Adam, ..sgd };
        let sam = ForkForm::of(&adam, 3).optimizer;
        assert_eq!((sam.kind, sam.sam_base), (OptimizerKind::Sam, OptimizerKind::Adam));
        assert_eq!(ForkForm::of(&sam, 3).optimizer.kind, OptimizerKind::Adam);
    }

    #[test]
    fn each_radius_is_a_branch() {
        let form = |rhos: &str| ForkForm { rhos: rhos.into(), ..ForkForm::of(&OptimizerSpec::default(), 0) };
        let found: Vec<f64> = form("0.02, 0.1").optimizers().unwrap().iter().map(|o| o.rho).collect();
        assert_eq!(found, [0.02, 0.1]);
        for (rhos, part) in [("", "at least one"), ("x", "no radius"), ("-1", "ρ"), ("1,2,3,4,5,6,7", "too many")] {
            let error = form(rhos).optimizers().unwrap_err();
            assert!(error.contains(part), "{rhos}: {error}");
        }
    }
}
