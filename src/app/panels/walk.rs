//! The Walk panel: the paper's four plots on one x-axis, live.

use egui::{RichText, Ui};

use super::{fork_form, walk_compare, walk_further, walk_measure};

use crate::{
    app::{
        action::{Action, Actions},
        coach::{self, Mark},
        content::Content,
        cursor::Plots,
        offer::Offer,
        panel::{Panel, Window},
        panel_id::PanelId,
        plots::{self, Place},
        scene::{PlotSpec, Scene},
        store::Store,
        theme,
        view::View,
        walk_page,
        workspace::Workspace,
    },
    engine::Status,
    figure::WalkPlot,
    history::{History, Quantity},
    probe::Change,
    run::RunSpec,
};

/// The four plots and their share of the height.
const PLOTS: [PlotSpec; 4] = [
    PlotSpec { title: "Training loss", plot: WalkPlot::Loss, share: 0.43 },
    PlotSpec { title: "Gradient cosine", plot: WalkPlot::Cosine, share: 0.19 },
    PlotSpec { title: "Height above floor", plot: WalkPlot::Height, share: 0.19 },
    PlotSpec { title: "Distance from init", plot: WalkPlot::Distance, share: 0.19 },
];

/// The fifth, where it is measured.
const LAMBDA_MAX: PlotSpec = PlotSpec { title: "λ_max", plot: WalkPlot::LambdaMax, share: 0.19 };

/// Room for the numbers and the label of the x axis.
const AXIS: f32 = 34.0;
/// A plot with the row above it is at least so high, as far as there is room.
const LEAST: f32 = 70.0;
/// A lower one could not be drawn.
const LOWEST: f32 = 36.0;

/// See the module.
pub struct WalkPanel;

impl Panel for WalkPanel {
    fn id(&self) -> PanelId {
        PanelId::WALK
    }

    fn title(&self) -> &'static str {
        "Walk"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Walk
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let frame = ui.ctx().cumulative_frame_nr();
        let mut scene = Scene {
            elsewhere: window.reading.cursor.elsewhere(Plots::Walk, frame),
            store: window.store,
            view: window.view,
            reading: window.reading,
            actions: window.actions,
        };
        let under = self::ui(ui, &mut scene, window.status);
        if scene.reading.cursor.set(Plots::Walk, under, frame) {
            ui.ctx().request_repaint();
        }
    }
}

/// Draws the panel; returns the iteration under the pointer.
fn ui(ui: &mut Ui, scene: &mut Scene<'_>, status: &Status) -> Option<f64> {
    let data = scene.store.x_range();
    if data.is_none() {
        empty(ui, scene.store, scene.actions);
        return None;
    }
    scene.view.track(scene.store.newest_range());
    header(ui, scene, status, data);
    if !scene.view.follow {
        timeline(ui, scene.store, scene.view, data, scene.actions);
    }
    for mark in [Mark::Slice, Mark::Floor] {
        coach::mark(ui, mark);
    }
    // All room is the plots': what stands between them is theirs.
    ui.spacing_mut().item_spacing.y = 0.0;
    let room = ui.available_rect_before_wrap();
    let pointer = ui.ctx().pointer_hover_pos().filter(|at| room.contains(*at) && ui.rect_contains_pointer(room));
    let plots = shown_plots(ui, scene.store);
    let shares: Vec<f64> = plots.iter().map(|plot| plot.share).collect();
    let heights = heights(&shares, room.height() - AXIS - 2.0);
    let (mut under, left_out) = (None, std::mem::take(&mut scene.view.leaves_out));
    for (i, (plot, height)) in plots.iter().zip(heights).enumerate() {
        let is_last = i + 1 == plots.len();
        // The lowest plot carries the x-axis for all.
        let axis = if is_last { AXIS } else { 0.0 };
        let place = Place { height: height + axis, is_last, pointer: pointer.map(|at| at.x) };
        under = plots::show(ui, plot, scene, place).or(under);
    }
    if scene.view.leaves_out != left_out {
        // The switch for that stands above the plots.
        ui.ctx().request_repaint();
    }
    under
}

/// The plots of the panel: the four, λ_max where a run that is shown has it, and those that were chosen.
fn shown_plots(ui: &Ui, store: &Store) -> Vec<PlotSpec> {
    let lambda_max = store.shown().any(|(_, history)| has_lambda_max(history)).then_some(LAMBDA_MAX);
    PLOTS.into_iter().chain(lambda_max).chain(walk_further::chosen(ui)).collect()
}

/// Whether a run measures the largest eigenvalue, or did.
fn has_lambda_max(history: &History) -> bool {
    // Most runs never do, and what is never measured is looked for in all of their records.
    let is_asked_for = history.manifest().spec.probes.steps.needs_derivatives()
        || history.changes().iter().any(|c| matches!(c.change, Change::Derivatives { .. }));
    is_asked_for && [Quantity::LAMBDA_MAX, Quantity::PRECONDITIONED_LAMBDA_MAX].into_iter().any(|q| history.has(q))
}

/// The heights of plots by their shares of a room. Where that would leave one of them too low, each has what it needs, and only the
/// rest is shared: all of them together take no more than there is, so the axis under the last one is seen.
fn heights(shares: &[f64], room: f32) -> Vec<f32> {
    let whole: f64 = shares.iter().sum();
    let of = |room: f32, share: &f64| room * (share / whole) as f32;
    if shares.iter().all(|share| of(room, share) >= LEAST) {
        return shares.iter().map(|share| of(room, share)).collect();
    }
    let count = shares.len() as f32;
    let least = LEAST.min(room / count).max(LOWEST);
    shares.iter().map(|share| least + of((room - count * least).max(0.0), share)).collect()
}

fn header(ui: &mut Ui, scene: &mut Scene<'_>, status: &Status, data: Option<(f64, f64)>) {
    ui.horizontal(|ui| {
        let view = &mut *scene.view;
        let follow = ui.toggle_value(&mut view.follow, "Follow").on_hover_text("F. Keep the newest iteration in view");
        if follow.clicked() && view.follow {
            view.reset();
        }
        if ui.button("All").on_hover_text("A. Show the whole run").clicked() {
            view.show_all(data);
        }
        ui.toggle_value(&mut view.log_y, "Log").on_hover_text("L. Logarithmic axes for loss and height");
        let fit = ui.toggle_value(&mut view.fit_y, "Fit y");
        fit.on_hover_text("Fit the vertical axes to what is in view; off, they zoom freely too");
        walk_further::menu(ui);
        walk_measure::menu(ui, scene.store, status, scene.actions);
        walk_compare::menu(ui, scene);
        walk_compare::marks(ui, scene);
        walk_compare::pins(ui, scene);
        // Nobody needs it where nothing is left out. It comes and goes, and nothing that is clicked moves with it.
        if scene.view.leaves_out || scene.view.all_values {
            let help = "Also values that are more than twenty times as large as all others, which leave the others no height; a \
                        logarithmic axis has room for both";
            ui.toggle_value(&mut scene.view.all_values, "All values").on_hover_text(help);
        }
        ui.separator();
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Export…").on_hover_text("All plots, as they are in view: PNG, SVG, PDF or CSV").clicked() {
                export(ui, scene);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| newest(ui, scene.store));
        });
    });
}

/// All plots as they stand in the panel.
fn export(ui: &Ui, scene: &mut Scene<'_>) {
    let plots = shown_plots(ui, scene.store);
    let figure = walk_page::of(ui, &plots, scene);
    let range = Some(scene.view.range);
    scene.actions.offer(Offer::of_runs(Content::Figure(figure), "walk", scene.store, range));
}

/// The numbers of the newest iteration, or how far a file is read; the numbers at the pointer are told there.
fn newest(ui: &mut Ui, store: &Store) {
    if let Some((run, (read, total))) = store.runs().iter().find_map(|run| Some((run, run.reading()?))) {
        let words = format!("{}  reading {} of {}", run.short, theme::grouped(read), theme::grouped(total));
        let label = ui.add(egui::Label::new(RichText::new(words).monospace().small()).truncate());
        label.on_hover_text("Iterations that have been read from its file so far");
        return;
    }
    let Some((run, history)) = store.active().and_then(|run| Some((run, run.history.as_ref()?))) else { return };
    let Some(step) = history.steps().last() else { return };
    let mut words = format!("{}  t {}", run.short, step.t);
    if let Some(loss) = step.loss {
        words += &format!("  L {loss:.5}");
    }
    words += &format!("  batch L {:.4}  η {}", step.batch_loss, step.learning_rate);
    ui.add(egui::Label::new(RichText::new(words).monospace().small()).truncate())
        .on_hover_text("The newest iteration of the run that is chosen in Runs");
}

/// A slider over the whole run, to scrub.
fn timeline(ui: &mut Ui, store: &Store, view: &mut View, data: Option<(f64, f64)>, actions: &mut Actions) {
    let Some((first, last)) = data else { return };
    ui.horizontal(|ui| {
        let name = ui.label(RichText::new("Timeline").small().weak());
        let mut centre = ((view.range.0 + view.range.1) / 2.0).clamp(first, last);
        ui.spacing_mut().slider_width = (ui.available_width() - 190.0).max(80.0);
        let slider = egui::Slider::new(&mut centre, first..=last).fixed_decimals(0);
        if ui.add(slider).labelled_by(name.id).on_hover_text("The iteration in the middle of the view").changed() {
            view.centre_on(centre);
        }
        if let Some(run) = store.active() {
            // Its words change with every move of the slider; its name does not.
            let at = view.middle().min(run.reached().unwrap_or(0));
            let button = egui::Button::new(format!("Fork at {at}…")).small();
            ui.push_id("fork here", |ui| fork_form::recorded(ui, button, run, at, actions));
        }
    });
}

fn empty(ui: &mut Ui, store: &Store, actions: &mut Actions) {
    if store.live().is_some() {
        return theme::teach(ui, "The first iteration is on its way…");
    }
    theme::teach(
        ui,
        "Here the optimizer's walk is drawn as it happens: the full training loss between consecutive iterates with the \
         dashed valley floor, the cosine of consecutive gradients, the height above the floor, and the distance from the \
         starting point.",
    );
    ui.vertical_centered(|ui| {
        if ui.button("Watch the demonstration").clicked() {
            actions.ask(Action::Start(Box::new(RunSpec::demonstration())));
        }
        if ui.button("Open a run file…").clicked() {
            actions.ask(Action::OpenDialog);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_take_all_the_room_and_no_more() {
        let shares = PLOTS.map(|plot| plot.share);
        for room in [150.0f32, 200.0, 323.0, 600.0, 1500.0] {
            let found = heights(&shares, room);
            assert!((found.iter().sum::<f32>() - room).abs() < 1e-2, "{found:?} in {room}");
            assert!(found.iter().all(|height| *height >= LEAST.min(room / 4.0) - 1e-3), "{found:?} in {room}");
        }
        assert!((heights(&shares, 1000.0)[0] - 430.0).abs() < 1e-2);
        assert_eq!(heights(&shares, 10.0), [LOWEST; 4], "in a window without room they are still drawn");
    }
}
