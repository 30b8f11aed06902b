//! The form at the left: data, network, optimizer, schedule, seed, device, probes; and the command line that does the same.

use egui::{ComboBox, DragValue, RichText, Ui};

use super::{
    fields::{at_most, beside, chips, choice, count, pixels, row, text},
    missing, optimizer, sweep,
};
use crate::{
    app::{
        action::{Action, Actions},
        downloads::Downloads,
        form::Form,
        form_of::FormOf,
        panel::{Panel, Side, Window},
        panel_id::PanelId,
        presets::PRESETS,
        theme,
        workspace::Workspace,
    },
    data::{self, Corruption, DataSpec, Pixels},
    probe::{DerivativeGroup, ProbeId, Switch},
    run::{DeviceChoice, Length, LossKind},
};

const STACK: &str = "conv(10,5) pool(2) relu conv(10,5) pool(2) relu flatten linear(50) relu linear(10)";

/// Images with which no network here takes long.
const FEW: usize = 2000;

/// What stands under the fields is about so high.
const BELOW: f32 = 130.0;

/// See the module.
pub struct SetupPanel;

impl Panel for SetupPanel {
    fn id(&self) -> PanelId {
        PanelId::SETUP
    }

    fn title(&self) -> &'static str {
        "Set up"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Walk
    }

    fn side(&self) -> Side {
        Side::Left
    }

    /// Fields shrink and wrap, so that it fits into the smallest window.
    fn narrowest(&self) -> f32 {
        210.0
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let busy = window.store.live().is_some();
        self::ui(ui, window.form, busy, &mut window.desk.downloads, window.actions);
    }
}

/// Draws the form. `busy` says that a run is going, which a new one would end.
fn ui(ui: &mut Ui, form: &mut Form, busy: bool, downloads: &mut Downloads, actions: &mut Actions) {
    let finished = form.finished();
    // Tab comes to what is drawn first: the fields are, in the room that what stands under them left in the last frame.
    let kept = egui::Id::unique("height under the fields");
    let below = ui.data(|d| d.get_temp::<f32>(kept)).unwrap_or(BELOW);
    let room = (ui.available_height() - below).max(64.0);
    let area = egui::ScrollArea::vertical().max_height(room).auto_shrink([false, false]).show(ui, |ui| {
        presets(ui, form);
        egui::Grid::new("essentials").num_columns(2).spacing([10.0, 6.0]).min_col_width(92.0).show(ui, |ui| {
            data_set(ui, form, downloads, actions);
            network_fields(ui, form);
            optimizer::essentials(ui, form);
            length(ui, form);
        });
        ui.add_space(6.0);
        let plain = Form::default().spec;
        let spec = form.spec.clone();
        let data = DataSpec { name: plain.data.name.clone(), ..spec.data.clone() };
        let is_data = data != plain.data || !(form.labels.is_empty() && form.data_dir.is_empty());
        section(ui, "the data", is_data, |ui| data_fields(ui, form));
        let is_start = !(form.init.is_empty() && form.weights.is_empty()) || spec.init_scale != plain.init_scale;
        section(ui, "the network", spec.loss != plain.loss || is_start, |ui| start_fields(ui, form));
        let is_optimizer = form.schedule != "constant" || !form.average.is_empty() || !form.switch.trim().is_empty();
        section(ui, "the optimizer", is_optimizer, |ui| optimizer::fields(ui, form));
        section(ui, "the run", spec.seed != plain.seed || spec.device != plain.device, |ui| run_fields(ui, form));
        section(ui, "the probes", spec.probes != plain.probes, |ui| probe_fields(ui, form));
        folded(ui, "Sweep", form.sweep != Default::default(), |ui| {
            sweep::fields(ui, &mut form.sweep);
        });
    });
    ui.separator();
    let start = egui::Frame::new().inner_margin(4).show(ui, |ui| start(ui, form, &finished, busy, actions));
    let height = start.response.rect.bottom() - area.inner_rect.bottom();
    if (height - below).abs() > 0.5 {
        ui.data_mut(|d| d.insert_temp(kept, height));
        ui.ctx().request_repaint();
    }
}

/// Settings to begin with.
fn presets(ui: &mut Ui, form: &mut Form) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Try").small().weak());
        for preset in &PRESETS {
            if ui.small_button(preset.name).on_hover_text(preset.about).clicked() {
                preset.set(form);
            }
        }
    });
    ui.add_space(4.0);
}

/// Fields that are seldom needed; a mark says that some are not as they were at first.
fn section(ui: &mut Ui, of: &str, is_set: bool, content: impl FnOnce(&mut Ui)) {
    folded(ui, &format!("More on {of}"), is_set, content);
}

fn folded(ui: &mut Ui, title: &str, is_set: bool, content: impl FnOnce(&mut Ui)) {
    let words = RichText::new(title).strong();
    let words = if is_set { words.color(ui.visuals().hyperlink_color) } else { words };
    let header = egui::CollapsingHeader::new(words).id_salt(title).show(ui, |ui| {
        egui::Grid::new(title).num_columns(2).spacing([10.0, 6.0]).min_col_width(92.0).show(ui, content);
    });
    if is_set {
        header.header_response.on_hover_text("Something here is not as it was at first");
    }
}

fn data_set(ui: &mut Ui, form: &mut Form, downloads: &mut Downloads, actions: &mut Actions) {
    row(ui, "Data set", "Images or points to learn", |ui| {
        // The name may be a path.
        let combo = ComboBox::from_id_salt("data").width(at_most(ui, 150.0)).truncate();
        let shown = combo.selected_text(&form.spec.data.name).show_ui(ui, |ui| {
            for name in data::NAMES {
                ui.selectable_value(&mut form.spec.data.name, name.to_string(), name);
            }
            if ui.selectable_label(false, "own images…").clicked() {
                actions.ask(Action::ChooseOwnImages(FormOf::Run));
            }
        });
        shown.response
    });
    missing::ui(ui, &form.spec.data.name, &form.data_dir, FormOf::Run, downloads, actions);
}

fn data_fields(ui: &mut Ui, form: &mut Form) {
    row(ui, "Training images", "The first so many; 0 takes all", |ui| count(ui, &mut form.spec.data.train_count));
    row(ui, "Test images", "The first so many; 0 takes all", |ui| count(ui, &mut form.spec.data.test_count));
    // No checkpoint says what the range is.
    let ranges = [Pixels::Unit, Pixels::Signed, Pixels::Standard];
    pixels(ui, "pixels", &ranges, &mut form.spec.data.pixels, [&mut form.mean, &mut form.std]);
    row(ui, "Random labels", "The last so many training images get a random label (seeded)", |ui| {
        ui.add(DragValue::new(&mut form.spec.data.corrupt).range(0..=1_000_000))
    });
    row(ui, "Drawn from", "All classes, so that some labels stay right, or the wrong ones", |ui| {
        let width = at_most(ui, 150.0);
        choice(ui, "corrupt as", width, &mut form.spec.data.corrupt_as, Corruption::ALL)
    });
    row(ui, "Labels file", "One label per line, replaces the training labels", |ui| text(ui, &mut form.labels, "none"));
    row(ui, "Data folder", "Where the files of mnist, fashion-mnist and cifar are", |ui| {
        text(ui, &mut form.data_dir, "the user's cache folder")
    });
    // Only where it means something.
    if form.spec.data.name.starts_with("cifar") {
        row(ui, "Part of the set", "Accept files with fewer images than the official ones", |ui| {
            ui.checkbox(&mut form.spec.data.allow_partial, "")
        });
    } else {
        form.spec.data.allow_partial = false;
    }
}

fn network_fields(ui: &mut Ui, form: &mut Form) {
    row(
        ui,
        "Network",
        "mlp, lenet, mlp:64-32-10, or layers in one line: conv(10,5) pool(2) relu flatten linear(10)",
        |ui| text(ui, &mut form.spec.net, "mlp"),
    );
    ui.label("");
    if let Some(net) = chips(ui, &[("mlp", "mlp"), ("lenet", "lenet"), ("a stack", STACK)]) {
        form.spec.net = net.into();
    }
    ui.end_row();
    ui.label("");
    match form.network() {
        Ok(words) => ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap()),
        Err(why) => ui.add(egui::Label::new(RichText::new(why).small().color(theme::error(ui))).wrap()),
    };
    ui.end_row();
}

fn start_fields(ui: &mut Ui, form: &mut Form) {
    row(ui, "Loss", "What is minimised", |ui| {
        let width = at_most(ui, 150.0);
        choice(ui, "loss", width, &mut form.spec.loss, LossKind::ALL)
    });
    row(
        ui,
        "Weights",
        "How a fresh network's weights are drawn: pytorch, he, he-uniform, xavier, xavier-uniform, lecun, lecun-uniform, orthogonal, \
         zeros-last, or normal:0.02, truncated:0.02 and, biases too, normal-all:0.02, truncated-all:0.02",
        |ui| text(ui, &mut form.weights, "pytorch"),
    );
    row(ui, "Weights times", "Multiplies a fresh network's weights, not its biases", |ui| {
        ui.add(DragValue::new(&mut form.spec.init_scale).range(0.001..=1000.0).speed(0.01))
    });
    row(ui, "Start from", "A checkpoint of any kind, or RUN@STEP; empty draws a fresh start from the seed", |ui| {
        text(ui, &mut form.init, "the seed")
    });
}

fn length(ui: &mut Ui, form: &mut Form) {
    row(ui, "Length", "Iterations, or passes over the training images", |ui| {
        beside(ui, 165.0, |ui| {
            let field = ui.add(DragValue::new(form.length_mut()).range(1..=100_000_000_u64));
            let mut epochs = matches!(form.spec.length, Length::Epochs(_));
            ComboBox::from_id_salt("length")
                .width(90.0)
                .selected_text(if epochs { "epochs" } else { "iterations" })
                .show_ui(ui, |ui| {
                    ui.selectable_value(&mut epochs, false, "iterations");
                    ui.selectable_value(&mut epochs, true, "epochs");
                })
                .response
                .accessible_name("Length unit");
            let n = *form.length_mut();
            form.spec.length = if epochs { Length::Epochs(n) } else { Length::Steps(n) };
            field
        })
    });
}

fn run_fields(ui: &mut Ui, form: &mut Form) {
    row(ui, "Seed", "The same seed and spec give the same numbers, bit for bit, on the CPU", |ui| {
        ui.add(DragValue::new(&mut form.spec.seed))
    });
    row(ui, "Device", "auto takes a real GPU if there is one, else the CPU", |ui| {
        let width = at_most(ui, 150.0);
        choice(ui, "device", width, &mut form.spec.device, DeviceChoice::ALL)
    });
}

fn probe_fields(ui: &mut Ui, form: &mut Form) {
    let p = &mut form.spec.probes;
    let plain: Vec<Switch> = Switch::all().filter(|switch| switch.group().is_none()).collect();
    for pair in plain.chunks(2) {
        for switch in pair {
            let mut on = p.has(*switch);
            if ui.checkbox(&mut on, switch.name()).on_hover_text(switch.about()).changed() {
                p.set(*switch, on);
            }
        }
        ui.end_row();
    }
    for group in DerivativeGroup::ALL {
        let mut on = p.group_interval(group).is_some();
        if ui.checkbox(&mut on, group.name()).on_hover_text(group.about()).changed() {
            p.set_group(group, on.then_some(group.usual_interval()));
        }
        let mut every = p.group_interval(group).unwrap_or(group.usual_interval());
        let field = DragValue::new(&mut every).range(1..=1_000_000_u64).prefix("every ");
        let field = ui.add_enabled(on, field).accessible_name(format!("{} every", group.name()));
        let field = field.on_hover_text(group.about());
        if field.changed() {
            // Those of the group that are not measured stay so.
            ProbeId::of_group(group).filter(|id| p.steps.has(*id)).collect::<Vec<_>>().into_iter().for_each(|id| {
                p.set_interval(id, Some(every));
            });
        }
        ui.end_row();
    }
    row(ui, "Slice every", "Measure a slice every so many iterations", |ui| {
        ui.add(DragValue::new(&mut p.slice_every).range(1..=1_000_000_u64))
    });
    row(ui, "Step every", "Record the cheap quantities every so many iterations", |ui| {
        ui.add(DragValue::new(&mut p.step_every).range(1..=1_000_000_u64))
    });
    row(
        ui,
        "Keep θ every",
        "Keep the parameters in the run file every so many iterations, for lines and planes; 0 keeps the first and the last",
        |ui| {
            let mut n = form.spec.checkpoint_every.unwrap_or(0);
            let field = ui.add(DragValue::new(&mut n).range(0..=1_000_000_u64));
            form.spec.checkpoint_every = (n > 0).then_some(n);
            field
        },
    );
}

fn start(
    ui: &mut Ui,
    form: &mut Form,
    finished: &Result<crate::run::RunSpec, String>,
    busy: bool,
    actions: &mut Actions,
) {
    match finished {
        Ok(spec) => {
            let line = spec.command_line();
            ui.horizontal(|ui| {
                if ui.small_button("Copy").on_hover_text("Copy the command line").clicked() {
                    actions.ask(Action::Copy(line.clone()));
                }
                ui.label(RichText::new("The same in a terminal").small().weak());
            });
            egui::ScrollArea::vertical().id_salt("command").max_height(56.0).show(ui, |ui| {
                ui.add(egui::Label::new(RichText::new(&line).monospace().small()).wrap().selectable(true));
            });
        }
        // What is wrong with the network stands beside the network.
        Err(why) if form.network().is_ok() => {
            ui.add(egui::Label::new(RichText::new(why).color(theme::error(ui))).wrap());
        }
        Err(_) => {
            ui.label(RichText::new("The network cannot be built; see above.").color(theme::error(ui)));
        }
    }
    if let Some(cost) = form.cost(rayon::current_num_threads()).filter(|_| finished.is_ok()) {
        let words = format!("{} Choose fewer images, or slices less often.", cost.words());
        ui.add(egui::Label::new(RichText::new(words).small().color(ui.visuals().warn_fg_color)).wrap());
        let few = ui.small_button(format!("first {} images", theme::grouped(FEW as u64)));
        if few.on_hover_text("Train on no more; More on the data has the number").clicked() {
            form.spec.data.train_count = Some(FEW);
        }
    }
    // The form says what is wrong with it; a list that is wrong may lie out of sight.
    let sweep = finished.as_ref().map_or(Ok(None), |spec| form.sweep.of(spec));
    if let Err(why) = &sweep {
        ui.add(egui::Label::new(RichText::new(why).small().color(theme::error(ui))).wrap());
    }
    let size = egui::vec2(120.0, 28.0);
    ui.horizontal_wrapped(|ui| {
        let sweep = sweep.ok().flatten();
        let is_sweep = sweep.is_some();
        if let Some(sweep) = sweep {
            let runs = if sweep.runs.len() == 1 { "1 run".into() } else { format!("{} runs", sweep.runs.len()) };
            let words = RichText::new(format!("Start sweep of {runs}")).strong();
            let ends = if busy { " The present run is ended." } else { "" };
            let hint = format!("One run after the other, each in a file of its own.{ends}");
            if ui.add(egui::Button::new(words).min_size(size)).on_hover_text(hint).clicked() {
                actions.ask(Action::Sweep(Box::new(sweep)));
            }
        }
        let label = if busy { "Start (ends the present run)" } else { "Start run" };
        let (words, size) =
            if is_sweep { (RichText::new(label), egui::Vec2::ZERO) } else { (RichText::new(label).strong(), size) };
        let hint = if is_sweep {
            "Ctrl+Enter. One run with the values of the form, without the sweep."
        } else {
            "Ctrl+Enter. Every run is recorded in a file of its own."
        };
        let button = egui::Button::new(words).min_size(size);
        let clicked = ui.add_enabled(finished.is_ok(), button).on_hover_text(hint).clicked();
        if let (true, Ok(spec)) = (clicked, finished) {
            actions.ask(Action::Start(Box::new(spec.clone())));
        }
        if ui.button("Reset").on_hover_text("Back to the demonstration's settings").clicked() {
            *form = Form::default();
        }
    });
}
