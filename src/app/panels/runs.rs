//! The runs in the window: colour, name, what they are doing; show, hide, take out, take the settings of.

use egui::{RichText, Ui};

use super::fork_form;
use crate::{
    app::{
        action::{Action, Actions},
        background::Job,
        elide,
        panel::{Panel, Side, Window},
        panel_id::PanelId,
        store::{Phase, Run, Store},
        theme,
        unkept::Unkept,
        view::View,
        workspace::Workspace,
    },
    engine::{Command, Pause},
    run::{Fork, Outcome},
};

/// See the module.
pub struct RunsPanel;

impl Panel for RunsPanel {
    fn id(&self) -> PanelId {
        PanelId::new("Runs")
    }

    fn title(&self) -> &'static str {
        "Runs"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Walk
    }

    fn side(&self) -> Side {
        Side::Left
    }

    /// Names end in an ellipsis, fields shrink and buttons wrap, so that it fits into the smallest window.
    fn narrowest(&self) -> f32 {
        210.0
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        self::ui(ui, window.store, window.view, window.unkept, window.actions);
    }
}

/// A list of so many runs is drawn whole, and can be read out from end to end. In a longer one, what is out of view keeps its room.
const WHOLE: usize = 24;

/// Draws the list. Visibility and the active run are the store's own and cheap to undo, so they change right here.
fn ui(ui: &mut Ui, store: &mut Store, view: &View, unkept: &Unkept, actions: &mut Actions) {
    ui.horizontal(|ui| {
        if ui.button("Open…").on_hover_text("Ctrl+O. Or drop run files on the window.").clicked() {
            actions.ask(Action::OpenDialog);
        }
        let undo = ui.add_enabled(store.can_reopen(), egui::Button::new("Bring back"));
        if undo.on_hover_text("Open again the run that was taken out last").clicked() {
            actions.ask(Action::Reopen);
        }
    });
    ui.separator();
    if store.runs().is_empty() {
        theme::teach(
            ui,
            "Every run appears here: the ones you start, and run files you open. Shown runs overlay in the same plots, by colour.",
        );
        return;
    }
    let active = store.active().map(|r| r.id);
    let tree = store.tree();
    let several = store.all_live().count() > 1;
    let is_long = tree.len() > WHOLE;
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        for (id, depth) in tree {
            // Its widgets are the same ones wherever it stands.
            let scope = egui::Id::unique(("run in the list", id));
            let width = ui.available_width();
            let before = ui.data(|d| d.get_temp::<egui::Vec2>(scope)).filter(|size| is_long && size.x == width);
            let is_out = |size: egui::Vec2| !ui.is_rect_visible(egui::Rect::from_min_size(ui.cursor().min, size));
            if let Some(size) = before.filter(|size| is_out(*size)) {
                ui.allocate_space(size);
                continue;
            }
            let Some(run) = store.run_mut(id) else { continue };
            let is_kept = !run.file.as_ref().is_some_and(|file| unkept.has(file));
            let place = Place { is_active: active == Some(id), several, is_kept, middle: view.middle() };
            let mut chosen = false;
            let drawn = ui.scope_builder(egui::UiBuilder::new().scope_id(scope), |ui| {
                ui.horizontal_top(|ui| {
                    branch(ui, depth);
                    ui.vertical(|ui| chosen = entry(ui, run, place, actions));
                });
            });
            let size = egui::vec2(width, drawn.response.rect.height());
            ui.data_mut(|d| d.insert_temp(scope, size));
            if chosen {
                store.set_active(id);
            }
        }
    });
}

/// Where an entry stands.
#[derive(Clone, Copy)]
struct Place {
    is_active: bool,
    /// Several runs go on.
    several: bool,
    /// Its file stays when the window closes.
    is_kept: bool,
    /// The iteration in the middle of the plots.
    middle: u64,
}

/// The line from a fork to the run that it left.
fn branch(ui: &mut Ui, depth: usize) {
    if depth == 0 {
        return;
    }
    let (rect, _) = ui.allocate_exact_size(egui::vec2(12.0 * depth as f32, 24.0), egui::Sense::hover());
    let stroke = egui::Stroke::new(1.5, ui.visuals().weak_text_color());
    let x = rect.right() - 6.0;
    let corner = egui::pos2(x, rect.bottom() - 8.0);
    ui.painter().line_segment([egui::pos2(x, rect.top() - 4.0), corner], stroke);
    ui.painter().line_segment([corner, egui::pos2(rect.right() + 3.0, corner.y)], stroke);
}

fn entry(ui: &mut Ui, run: &mut Run, place: Place, actions: &mut Actions) -> bool {
    let color = theme::color(run.color);
    let mut chosen = false;
    let frame = egui::Frame::new().inner_margin(6).corner_radius(4);
    let frame = if place.is_active { frame.fill(ui.visuals().faint_bg_color) } else { frame };
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let shown = ui.checkbox(&mut run.visible, "").on_hover_text("Show its curves");
            shown.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::CheckBox, true, run.visible, format!("Show {}", run.name()))
            });
            let (rect, _) = ui.allocate_exact_size(egui::vec2(14.0, 14.0), egui::Sense::hover());
            ui.painter().rect_filled(rect.shrink(1.0), 3.0, color);
            let name = elide::label(ui, run.name(), RichText::strong);
            chosen = name.on_hover_text(format!("{}\nClick: its numbers are read out", run.label)).clicked();
        });
        let state = ui.add(egui::Label::new(RichText::new(phase(run)).small()).wrap());
        if let Some(words) = cost(run) {
            state.on_hover_text(words);
        }
        if let Some(file) = &run.file {
            let name = file.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned());
            ui.add(egui::Label::new(RichText::new(name).small().weak()).truncate())
                .on_hover_text(file.display().to_string());
        }
        if let Some(words) = lineage(run) {
            ui.add(egui::Label::new(RichText::new(words.0).small().weak()).wrap()).on_hover_text(words.1);
        }
        ui.horizontal_wrapped(|ui| {
            if !place.is_kept {
                let keep = ui.small_button("Keep");
                if keep.on_hover_text("Its file goes when the window closes, unless you keep it").clicked() {
                    actions.ask(Action::Keep(run.id));
                }
            }
            if place.several && run.is_live() {
                let stop = ui.small_button("Stop this one").on_hover_text("End this branch; the others go on");
                if stop.clicked() {
                    actions.ask(Action::Engine(Command::StopOne(run.id)));
                }
            }
            let words = egui::Button::new("Fork from…").small();
            fork_form::recorded(ui, words, run, place.middle, actions);
            if let Some(history) = &run.history {
                let edit = ui.small_button("Settings").on_hover_text("Put this run's settings into the form");
                if edit.clicked() {
                    actions.ask(Action::EditSpec(Box::new(history.manifest().spec.clone())));
                }
                if ui.small_button("Command").on_hover_text("Copy the command line that repeats it").clicked() {
                    actions.ask(Action::Copy(history.manifest().command.clone()));
                }
            }
            if let Some(file) = &run.file {
                let keep = ui.small_button("Checkpoints").on_hover_text("Its parameters, for lines and planes");
                if keep.clicked() {
                    actions.ask(Action::Open(vec![Job { as_trail: true, ..Job::new(file.clone()) }]));
                    actions.ask(Action::ShowPanel(PanelId::CHECKPOINTS));
                }
            }
            let close = ui.add_enabled(!run.is_live(), egui::Button::new("Take out").small());
            if close.on_hover_text("Take it out of the window; its file stays").clicked() {
                actions.ask(Action::Close(run.id));
            }
        });
    });
    ui.add_space(4.0);
    chosen
}

/// What a fork left, and the whole way from the run that began at θ₀.
fn lineage(run: &Run) -> Option<(String, String)> {
    let fork = run.history.as_ref()?.manifest().spec.fork.as_ref()?;
    let name = |fork: &Fork| {
        let file = fork.file.as_ref().and_then(|f| f.file_name()).map(|n| n.to_string_lossy().into_owned());
        file.unwrap_or_else(|| "a run without a file".into())
    };
    let way: Vec<String> =
        fork.ancestors().map(|f| format!("iteration {} of {} ({})", f.step, name(f), f.base.label())).collect();
    Some((
        format!("fork of {} at iteration {}", name(fork), fork.step),
        format!("It left {}", way.join(",\nwhich left ")),
    ))
}

/// What the run costs, in gradients: counted when it has ended, and by PSAM's formula.
fn cost(run: &Run) -> Option<String> {
    let history = run.history.as_ref()?;
    let manifest = history.manifest();
    let formula = manifest.spec.psam_cost(manifest.steps);
    let formula = formula
        .map(|f| format!("PSAM's extra cost 1 − (n−1)E/(nT) = {f:.4}, in units of SAM's extra gradient per step"));
    let counted = history.summary().map(|s| {
        let extra = s.extra_cost().map_or(String::new(), |x| format!(", {x:.4} per iteration beyond the first"));
        format!("{} gradient evaluations in {} iterations{extra}", s.gradient_evaluations, s.steps)
    });
    let words: Vec<String> = counted.into_iter().chain(formula).collect();
    (!words.is_empty()).then(|| words.join("\n"))
}

/// What a run is doing, in words.
fn phase(run: &Run) -> String {
    let from = run.history.as_ref().and_then(|h| Some(h.manifest().spec.fork.as_ref()?.step)).unwrap_or(0);
    let at = run.history.as_ref().map_or(0, |h| h.last_step_t().map_or(from, |t| t + 1));
    let total = run.history.as_ref().map_or(0, |h| h.manifest().steps);
    match &run.phase {
        Phase::Preparing { what, done, total } if *total > 0 => format!("{what}: {done} of {total}"),
        Phase::Preparing { what, .. } => format!("{what}…"),
        Phase::Running => format!("running, iteration {at} of {total}"),
        Phase::Paused(Pause::Asked) => format!("held at iteration {at} of {total}"),
        Phase::Paused(Pause::Diverged { t }) => format!("held: diverged at iteration {t}"),
        Phase::Paused(Pause::Disk(_)) => "held: the run file cannot be written".into(),
        Phase::Ended(Outcome::Finished) => format!("finished, {at} iterations"),
        Phase::Ended(Outcome::Stopped) => format!("stopped after {at} of {total} iterations"),
        Phase::Ended(Outcome::Diverged { t }) => format!("diverged at iteration {t}"),
        Phase::Reading { total } => {
            let (read, all) = run.reading().unwrap_or((at, *total));
            format!("reading, {} of {} iterations", theme::grouped(read), theme::grouped(all))
        }
        Phase::Unfinished => format!("no end on file (killed, or still going elsewhere), {at} iterations"),
        Phase::Failed(why) => format!("failed: {why}"),
    }
}
