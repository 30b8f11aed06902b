//! The bar at the top: play, pause, step, stop, speed, and the knobs that may turn while a run goes on.

use egui::{ComboBox, DragValue, Key, RichText, Ui};

use super::{
    action::{Action, Actions},
    icon::{self, Icon},
    panels::{fields, fork_form, optimizer},
    store::{Phase, Store},
    theme,
};
use crate::{
    engine::{Command, Pace, Status},
    optim::{Field, Offered, OptimizerSpec, Rail, Value, constants},
    run::Outcome,
};

/// Iterations of one shift-→.
pub const LEAP: u64 = 10;

/// Speeds to watch at; `None` is as fast as it goes.
const SPEEDS: [(&str, Option<f64>); 6] = [
    ("2 it/s", Some(2.0)),
    ("5 it/s", Some(5.0)),
    ("20 it/s", Some(20.0)),
    ("60 it/s", Some(60.0)),
    ("200 it/s", Some(200.0)),
    ("full speed", None),
];

/// A bar this wide has room for sliders beside its numbers, each so wide.
const WIDE: f32 = 1100.0;
const RAIL: f32 = 84.0;

/// What the bar remembers between frames.
#[derive(Debug)]
pub struct Transport {
    /// Index into [`SPEEDS`].
    speed: usize,
    /// Values under edit, until they are let go.
    learning_rate: Option<f64>,
    batch: Option<u64>,
    /// A constant of the optimizer, by its key.
    constant: Option<(&'static str, f64)>,
}

impl Default for Transport {
    fn default() -> Self {
        // Slow enough to see the first steps of a run.
        Transport { speed: 2, learning_rate: None, batch: None, constant: None }
    }
}

impl Transport {
    /// The speed that is set.
    pub fn pace(&self) -> Pace {
        SPEEDS[self.speed].1.map_or(Pace::Unlimited, Pace::AtMost)
    }

    /// Draws the bar.
    pub fn ui(&mut self, ui: &mut Ui, store: &Store, status: &Status, actions: &mut Actions) {
        let live = store.live();
        let running = store.all_live().any(|r| r.phase == Phase::Running);
        let held = store.all_live().any(|r| matches!(r.phase, Phase::Paused(_)));
        let is_wide = ui.available_width() >= WIDE;
        ui.horizontal(|ui| {
            let mut button = |ui: &mut Ui, icon, name, help: &str, enabled, command| {
                if icon::button(ui, icon, name, enabled, 26.0).on_hover_text(help).clicked() {
                    actions.ask(Action::Engine(command));
                }
            };
            if running {
                button(ui, Icon::Pause, "Pause", "Space. Hold after the present iteration", true, Command::Pause);
            } else {
                button(ui, Icon::Play, "Play", "Space. Go on", held, Command::Resume);
            }
            button(ui, Icon::Step, "Step", "→. One iteration, then hold", live.is_some(), Command::Step(1));
            let leap = format!("Shift+→. {LEAP} iterations, then hold");
            button(ui, Icon::Leap, "Step 10", &leap, live.is_some(), Command::Step(LEAP));
            button(
                ui,
                Icon::Stop,
                "Stop",
                "Shift+Esc. End the run; its records stay, and Fork… goes on from its last iteration",
                live.is_some(),
                Command::Stop,
            );
            let (id, moves) = live.map_or((0, false), |r| (r.id, !matches!(r.phase, Phase::Preparing { .. })));
            match store.active().filter(|r| live.is_none() && r.file.is_some() && r.reached().is_some()) {
                Some(over) => {
                    let last = over.reached().unwrap_or_default();
                    fork_form::recorded(ui, egui::Button::new("Fork…"), over, last, actions);
                }
                None => fork_form::live(ui, id, status, moves && status.id == id, actions),
            }
            ui.separator();
            self.speed_choice(ui, actions);
            ui.separator();
            self.knobs(ui, store, status, is_wide, actions);
            ui.separator();
            progress(ui, store, status, actions);
        });
    }

    fn speed_choice(&mut self, ui: &mut Ui, actions: &mut Actions) {
        let name = ui.label("Speed");
        let before = self.speed;
        ComboBox::from_id_salt("speed")
            .width(92.0)
            .selected_text(SPEEDS[self.speed].0)
            .show_ui(ui, |ui| {
                for (i, (label, _)) in SPEEDS.iter().enumerate() {
                    ui.selectable_value(&mut self.speed, i, *label);
                }
            })
            .response
            .labelled_by(name.id)
            .on_hover_text("A brake for watching; the recorded numbers do not depend on it");
        if self.speed != before {
            actions.ask(Action::Engine(Command::SetPace(self.pace())));
        }
    }

    /// η, batch and optimizer of the live run; a change is sent when the field is let go.
    fn knobs(&mut self, ui: &mut Ui, store: &Store, status: &Status, is_wide: bool, actions: &mut Actions) {
        let live = store.live().and_then(|r| r.history.as_ref());
        let enabled = live.is_some() && status.learning_rate > 0.0;
        let is_gd = status.optimizer.kind.takes_all();
        let max_batch = live.map_or(1, |h| h.manifest().train_count);

        let name = ui.label("η");
        let mut lr = self.learning_rate.unwrap_or(if enabled { status.learning_rate } else { 0.0 });
        let field =
            DragValue::new(&mut lr).speed(0.002).range(1e-9..=1e3).clamp_existing_to_range(false).max_decimals(6);
        let response = ui.add_enabled(enabled, unless(enabled, field)).labelled_by(name.id);
        let response =
            response.on_hover_text("Learning rate from the next iteration on; the change is marked in the plots");
        let slider = is_wide.then(|| ui.add_enabled_ui(enabled, |ui| slider(ui, "η", &mut lr, fields::RATES)).inner);
        self.learning_rate = edited(&response, slider.as_ref(), self.learning_rate, lr, |to| {
            actions.ask(Action::Engine(Command::SetLearningRate(to)));
        });

        let name = ui.label("batch");
        let mut batch = self.batch.unwrap_or(if enabled { status.batch } else { 0 });
        let field = DragValue::new(&mut batch).range(1..=max_batch).clamp_existing_to_range(false);
        let response = ui.add_enabled(enabled && !is_gd, unless(enabled, field)).labelled_by(name.id);
        let response =
            response.on_hover_text("Images per step from the next iteration on; the change is marked in the plots");
        let send = |to| actions.ask(Action::Engine(Command::SetBatch(to)));
        self.batch = edited(&response, None, self.batch, batch, send);

        ui.add_enabled_ui(enabled, |ui| self.optimizer(ui, &status.optimizer, is_wide, actions));
    }

    /// The kind of the live optimizer and, where it has one, its radius.
    fn optimizer(&mut self, ui: &mut Ui, now: &OptimizerSpec, is_wide: bool, actions: &mut Actions) {
        let mut kind = now.kind;
        optimizer::kind_choice(ui, "live optimizer", 76.0, &mut kind)
            .accessible_name("Live optimizer")
            .on_hover_text("Optimizer from the next iteration on; what both remember, such as a velocity, is kept");
        if kind != now.kind {
            actions.ask(Action::Engine(Command::SetOptimizer(OptimizerSpec { kind, ..*now })));
        }
        // One at a time is edited; what the optimizer does not have is forgotten.
        let before = self.constant.take();
        for constant in constants().iter().filter(|constant| now.uses(constant)) {
            let Offered::Bar(words) = constant.offered else { continue };
            let name = ui.label(constant.field.short);
            let before = before.filter(|(key, _)| *key == constant.key).map(|(_, value)| value);
            let mut value = before.unwrap_or(constant.number(now));
            let Field { speed, most, .. } = constant.field;
            let field = DragValue::new(&mut value).speed(speed).range(0.0..=most).max_decimals(6);
            let response = ui.add(field).labelled_by(name.id);
            let response = response.on_hover_text(format!("{words} from the next iteration on"));
            let rail = constant.rail.filter(|_| is_wide);
            let slider = rail.map(|rail| slider(ui, constant.field.short, &mut value, rail));
            let still = edited(&response, slider.as_ref(), before, value, |value| {
                let mut to = *now;
                constant.set(&mut to, Value::Number(value));
                actions.ask(Action::Engine(Command::SetOptimizer(to)));
            });
            self.constant = still.map(|value| (constant.key, value)).or(self.constant);
        }
    }
}

/// A dash instead of a number that stands for nothing.
fn unless(known: bool, field: DragValue<'_>) -> DragValue<'_> {
    if known { field } else { field.custom_formatter(|_, _| "–".into()) }
}

/// A slider of the bar.
fn slider(ui: &mut Ui, name: &str, value: &mut f64, rail: Rail) -> egui::Response {
    let slider = fields::slider(ui, name, value, rail, RAIL);
    slider.on_hover_text("From the next iteration on, when it is let go; any other number can be typed beside it")
}

/// Keeps a value while it is being dragged or typed, in its field or on its slider, and hands it over once at the end: a hand that looks
/// for a number would else make a change of every place that it passes.
fn edited<T: Copy>(
    field: &egui::Response,
    slider: Option<&egui::Response>,
    before: Option<T>,
    value: T,
    send: impl FnOnce(T),
) -> Option<T> {
    let hands = || std::iter::once(field).chain(slider);
    let editing = hands().any(|hand| hand.dragged() || hand.has_focus());
    // Escape takes a number back.
    if !field.enabled() || field.ctx.input(|i| i.key_pressed(Key::Escape)) {
        return None;
    }
    let now = if hands().any(|hand| hand.changed()) { Some(value) } else { before };
    match now {
        Some(to) if !editing => {
            send(to);
            None
        }
        other => other,
    }
}

/// What there is to say when nothing runs: where the last one was stopped, and a button that goes on from there.
fn idle(ui: &mut Ui, store: &Store, actions: &mut Actions) {
    let stopped = store.active().filter(|run| run.file.is_some() && run.phase == Phase::Ended(Outcome::Stopped));
    let Some((run, at)) = stopped.and_then(|run| Some((run, run.reached()?))) else {
        ui.label(RichText::new("no run in progress").weak());
        return;
    };
    ui.label(format!("stopped at {}", theme::grouped(at)));
    let button = ui.button(RichText::new("Continue").strong());
    if button.on_hover_text("Go on from there as it would have, in a run file of its own").clicked() {
        actions.ask(Action::ForkRecorded { run: run.id, at, optimizers: Vec::new(), lr: None, both: true });
    }
}

fn progress(ui: &mut Ui, store: &Store, status: &Status, actions: &mut Actions) {
    let Some(run) = store.live() else {
        return idle(ui, store, actions);
    };
    let (text, share) = match &run.phase {
        Phase::Preparing { what, done, total } if *total > 0 => (what.to_string(), *done as f32 / *total as f32),
        Phase::Preparing { what, .. } => (format!("{what}…"), 0.0),
        _ if status.steps > 0 => {
            let made = run.history.as_ref().and_then(|h| h.last_step_t()).map_or(0, |t| t + 1).max(status.t);
            (format!("{made} / {}", status.steps), made as f32 / status.steps as f32)
        }
        _ => (String::new(), 0.0),
    };
    if store.all_live().count() > 1 {
        // The knobs turn one of several runs: say which.
        let (rect, whose) = ui.allocate_exact_size(egui::vec2(12.0, 12.0), egui::Sense::hover());
        ui.painter().rect_filled(rect, 2.0, theme::color(run.color));
        whose.on_hover_text(format!("The knobs are those of {}; choose another one in Runs", run.label));
    }
    let width = (ui.available_width() - 4.0).clamp(60.0, 260.0);
    ui.add(egui::ProgressBar::new(share).desired_width(width).text(RichText::new(text).small()));
}
