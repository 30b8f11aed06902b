//! The Line panel: loss and error on the line between A and B, along random directions or along eigenvectors through A.

use egui::{DragValue, Rect, RichText, Ui, vec2};

use super::{
    beside::Beside,
    fields,
    frame::{self, Measures},
    line_plot::{self, Place, Quantity},
    line_readout, line_side, run_choice,
};
use crate::app::{
    content::Content,
    desk::Desk,
    kinds::line::{LineForm, LineKind, Lines},
    library::Role,
    offer::Offer,
    opened::short,
    panel::Window,
    panel_id::PanelId,
    store::Store,
};

/// See the module.
pub struct LinePanel;

impl Measures for LinePanel {
    type Kind = Lines;

    const ID: PanelId = PanelId::LINE;
    const TITLE: &'static str = "Line";
    const BESIDE: Option<Beside> = Some(Beside { id: "line side", side: 276.0, narrow: 560.0, height: 420.0 });
    /// All lines are shown together; the column beside them has their list.
    const CHOOSES: bool = false;
    const TEACHES: &'static str = "Here the loss and the error on the straight line between two checkpoints are drawn: is there a barrier between \
         them, which side of each is flatter, where is the lowest point? Or along random directions or eigenvectors of the Hessian \
         through one of them.";
    const HELP: &'static [(&'static str, &'static str)] = &[
        (
            "the line",
            "Loss and error at (1−α) A + α B: α = 0 is A, α = 1 is B. Running statistics of batch norm are combined in the same way. Solid: training images; dotted: test images. A star marks the lowest measured loss of each.",
        ),
        (
            "barrier",
            "The most that the loss rises above the chord, the straight line from L(A) to L(B): max of L(α) − ((1−α) L(A) + α L(B)) over the measured 0 ≤ α ≤ 1 (Garipov et al. 2018; Frankle et al. 2020). Above the higher end: L(α) − max(L(A), L(B)).",
        ),
        ("distance", "‖B − A‖_2 over all parameters; running statistics are none."),
        ("gradient cosine", "cos of the angle between the gradients of the full training loss at A and at B."),
        (
            "one-sided slopes",
            "ΔL/Δα to the left and to the right of an end, over the nearest points at the same distance on both sides. The side with the smaller |slope| is the flatter one.",
        ),
        (
            "shift",
            "Minimum of the test loss − minimum of the training loss, each of the parabola through the lowest point and its two neighbours; in α, and as a distance ‖·‖_2. A minimum at the end of what was measured has no place: measure further out, or widen. The arrow at the bottom of the plot goes from the one to the other.",
        ),
        (
            "between runs",
            "A and B are where the two runs are: as soon as a measurement is done, the next one begins at their newest iterates, both after the same iteration. A run that has ended is measured where it ended.",
        ),
        (
            "random directions",
            "A + α d, d Gaussian; normalised filter by filter it has the length of the weights (Li et al. 2018). The band reaches from the least to the greatest loss, the darker one holds the middle half, the line is the mean.",
        ),
        (
            "eigenvectors",
            "A + α v, v an eigenvector of the Hessian of the training loss at A, of length 1: 1 has the largest eigenvalue, −1 the smallest. The curvature of the training loss at α = 0 is the eigenvalue. They are searched by block Lanczos before the first point is measured; the component of the largest magnitude is positive.",
        ),
    ];

    fn button(&self, window: &Window<'_>) -> (&'static str, &'static str) {
        let words = match form(window).kind {
            LineKind::Between => "Measure line A–B",
            LineKind::Random => "Measure directions",
            LineKind::Eigen => "Measure eigenvectors",
            LineKind::Runs => "Measure between runs",
        };
        (words, "Adds a line to those that are shown")
    }

    fn subject(&self, window: &Window<'_>) -> String {
        let desk = &window.desk;
        let name = |role| desk.library.at(role).map_or("–".into(), |p| short(&p.path));
        let ends = match form(window).kind {
            LineKind::Runs => {
                return "on the data of the runs, while they go on; with batch norm, statistics are computed anew where \
                        that is affordable"
                    .into();
            }
            LineKind::Random | LineKind::Eigen => name(Role::A),
            LineKind::Between => format!("{} → {}", name(Role::A), name(Role::B)),
        };
        format!("{ends} on {}", desk.subject.words())
    }

    fn tools(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let desk = &mut *window.desk;
        let lines = desk.surveys.of::<Lines>();
        let export = ui.add_enabled(lines.shown().next().is_some(), egui::Button::new("Export…"));
        if export.on_hover_text("All lines that are shown: PNG, SVG, PDF, CSV, NPZ or JSON").clicked() {
            let mut view = lines.picture();
            view.log = desk.line_look.log;
            let (name, methods) = (format!("line {}", view.title), lines.methods());
            let content = Content::Line { view, dark: ui.visuals().dark_mode };
            window.actions.offer(Offer::measured(content, &name, Some(methods)));
        }
        frame::help(self, ui, window);
        ui.toggle_value(&mut window.desk.line_look.log, "Log").on_hover_text("Logarithmic axis for the loss");
    }

    fn controls(&self, ui: &mut Ui, window: &mut Window<'_>) {
        controls(ui, window.desk, window.store);
    }

    fn has_picture(&self, window: &Window<'_>) -> bool {
        let lines = window.desk.surveys.of::<Lines>();
        lines.entries.iter().any(|l| l.curves().iter().any(|c| !c.points.is_empty()))
    }

    fn picture(&self, ui: &mut Ui, window: &mut Window<'_>, height: f32) {
        plots(ui, window.desk, height);
    }

    fn side(&self, ui: &mut Ui, window: &mut Window<'_>) {
        line_side::ui(ui, window.desk, window.actions);
    }

    fn teaches(&self, window: &Window<'_>) -> &'static str {
        match form(window).kind {
            LineKind::Runs => {
                "Here the loss and the error on the straight line through two runs are drawn while both still train: the two \
                 branches of a fork, SGD and SAM. Which side of each solution is flat, and how far is the minimum of the test \
                 loss from that of the training loss? Choose a run as A and others as B; those that have ended are measured \
                 where they ended."
            }
            LineKind::Between | LineKind::Random | LineKind::Eigen => Self::TEACHES,
        }
    }

    fn provenance(&self, window: &Window<'_>) -> Vec<String> {
        let shown = window.desk.surveys.of::<Lines>().shown();
        let words = shown.map(|(line, found)| {
            format!("{}: {}; measured on {}.", line.name(), found.about.caption(), found.about.device)
        });
        words.chain([frame::POINTER.to_string()]).collect()
    }
}

fn form<'a>(window: &'a Window<'_>) -> &'a LineForm {
    &window.desk.surveys.of::<Lines>().form
}

fn controls(ui: &mut Ui, desk: &mut Desk, store: &Store) {
    let form = &mut desk.surveys.of_mut::<Lines>().form;
    ui.horizontal_wrapped(|ui| {
        for (kind, words, help) in [
            (LineKind::Between, "A–B", "The straight line: (1−α) A + α B"),
            (LineKind::Random, "Random", "Random directions through A: A + α d"),
            (LineKind::Eigen, "Eigenvectors", "Eigenvectors of the Hessian of the training loss at A: A + α v"),
            (LineKind::Runs, "Between runs", "From one run to one or more others, again and again while they go on"),
        ] {
            ui.selectable_value(&mut form.kind, kind, words).on_hover_text(help);
        }
        ui.separator();
        if form.kind == LineKind::Runs {
            run_choice::ui(ui, &mut form.runs, store);
            ui.separator();
        }
        fields::range(ui, "α", form.range_mut());
        ui.separator();
        if form.is_random() {
            fields::inline(ui, "K", "How many directions; three or more are drawn as a band", |ui| {
                ui.add(DragValue::new(&mut form.count).range(1..=200))
            });
            fields::directions(ui, &mut form.directions);
        } else if form.kind == LineKind::Eigen {
            fields::eigenvectors(ui, &mut form.eigen, "1, -1");
            fields::search_seed(ui, &mut form.eigen);
        } else {
            let widen = ui.checkbox(&mut form.widen, "widen to");
            widen.on_hover_text("Go on beyond both ends until the training loss is so many times the higher end's");
            let ratio = DragValue::new(&mut form.ratio).speed(0.05).range(1.01..=1000.0).suffix("×");
            ui.add_enabled(form.widen, ratio).accessible_name("widen ratio");
            let refine = ui.checkbox(&mut form.refine, "refine by");
            refine.on_hover_text("Add points where the curve bends by more than this share of its range");
            let extra = DragValue::new(&mut form.extra).range(1..=1000).suffix(" points");
            ui.add_enabled(form.refine, extra).accessible_name("refine points");
            let bend = DragValue::new(&mut form.tolerance).speed(0.05).range(0.01..=50.0).prefix("at ").suffix(" %");
            ui.add_enabled(form.refine, bend).accessible_name("refine tolerance");
        }
        ui.checkbox(&mut form.test, "test set").on_hover_text("Measure the test images, too");
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = LineForm { runs: std::mem::take(&mut form.runs), ..LineForm::default() };
        }
    });
}

fn plots(ui: &mut Ui, desk: &Desk, height: f32) {
    ui.label(RichText::new("training solid, test dotted; point at a curve to read its numbers").small().weak());
    let room = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height - 22.0));
    let pointer = ui.ctx().pointer_hover_pos().filter(|at| room.contains(*at) && ui.rect_contains_pointer(room));
    let rest = height - 22.0;
    let plots = [(Quantity::Loss, 0.6, false), (Quantity::Error, 0.4, true)];
    for ((quantity, share, is_last), panel) in plots.into_iter().zip(line_plot::panels(ui, desk)) {
        let room = (rest * share).max(90.0) - if is_last { 4.0 } else { 6.0 };
        let place = Place { height: room, is_last, pointer: pointer.map(|at| at.x) };
        let shown = line_plot::show(ui, quantity, panel, desk, place);
        line_readout::at(ui, quantity == Quantity::Loss, desk, shown);
    }
}
