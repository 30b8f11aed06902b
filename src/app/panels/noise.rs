//! The Noise panel: what the noise of mini-batch gradients has to do with the curvature, at one checkpoint or at many.

use egui::{DragValue, Ui};

use super::{
    beside::Beside,
    fields::{self, inline},
    frame::{self, Measures},
    noise_plots, noise_side, series_choice,
};
use crate::{
    app::{
        content::Content,
        desk::Desk,
        kinds::noise::{NoiseEntry, NoiseForm, Noises},
        offer::Offer,
        opened::short,
        panel::Window,
        panel_id::PanelId,
    },
    explore::{NoiseRequest, Request as _},
};

/// See the module.
pub struct NoisePanel;

impl Measures for NoisePanel {
    type Kind = Noises;

    const ID: PanelId = PanelId::new("Noise");
    const TITLE: &'static str = "Noise";
    const BESIDE: Option<Beside> = Some(Beside { id: "noise side", side: 268.0, narrow: 600.0, height: 400.0 });
    const TEACHES: &'static str = "Here the noise of mini-batch gradients is held against the curvature at a checkpoint: Tr(HΣ), which says how fast SGD \
         leaves a minimum, beside what isotropic noise of the same size would have, and how well the two leading directions agree. \
         Of a folder or a run: how that changed.";
    const HELP: &'static [(&'static str, &'static str)] = &[
        (
            "Σ",
            "Covariance of the gradient over a batch of m images drawn with replacement: (1/m)((1/N) Σ g_i g_i^{T} − g g^{T}) (Zhu et al. 2019, Eq. 5). Tr Σ is exact where images do not share batch statistics.",
        ),
        (
            "Tr(HΣ)",
            "The escape indicator: near a minimum E[L(θ_t) − L(θ_0)] ≈ (t/2) Tr(HΣ) (Zhu et al. 2019, Eq. 13). H is the Hessian of the mean training loss. By XTrace (Epperly, Tropp and Webber 2024) among the N images.",
        ),
        (
            "isotropic",
            "Tr H · Tr Σ / D: what Tr(HΣ) would be if noise of the same size went equally in all D directions (Prop. 1, Eq. 46).",
        ),
        ("ratio", "Tr(HΣ) over that (Eq. 17): above 1, the noise prefers directions in which the loss is steep."),
        (
            "â",
            "u_1^{T} Σ u_1 · Tr H / (λ_1 · Tr Σ): the largest a of Eq. 16, as in Fig. 5. 1 where the share of the noise along u_1, the first eigenvector of H, is that of the curvature.",
        ),
        (
            "angle, overlap",
            "Between the first eigenvectors of H and of Σ, 0° for the same one; and of the spaces of the k first ones, ‖U^{T} V‖_F^{2} / k, 1 for the same space, about k/D for random ones (Björck and Golub 1973).",
        ),
        (
            "norms",
            "‖g‖ of the full gradient, and √(Tr Σ), the root of the expected squared norm of the noise. g^{T} H g: curvature along the gradient.",
        ),
        ("±", "Standard error over the random vectors of an estimate; a number without it was computed."),
    ];

    fn button(&self, _window: &Window<'_>) -> (&'static str, &'static str) {
        ("Measure noise", "Gradients first, then leading eigenvectors, then traces; checkpoint by checkpoint")
    }

    fn subject(&self, window: &Window<'_>) -> String {
        let desk = &window.desk;
        let at = desk.surveys.of::<Noises>().form.series.at(&desk.library);
        format!("{} on {}", at.map_or("–".into(), short), desk.subject.words())
    }

    fn tools(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let entry = window.desk.surveys.of::<Noises>().chosen().filter(|e| e.found.is_some());
        let export = ui.add_enabled(entry.is_some(), egui::Button::new("Export…"));
        if export.on_hover_text("The plots as PNG, SVG or PDF, a row per checkpoint as CSV, or JSON").clicked()
            && let Some(view) = entry.and_then(NoiseEntry::view)
        {
            let (name, methods) = (view.title.clone(), entry.and_then(NoiseEntry::methods));
            let content = Content::Noise { view: Box::new(view), dark: ui.visuals().dark_mode };
            window.actions.offer(Offer::measured(content, &name, methods));
        }
        frame::help(self, ui, window);
    }

    fn controls(&self, ui: &mut Ui, window: &mut Window<'_>) {
        controls(ui, window.desk);
    }

    fn looks(&self, ui: &mut Ui, window: &mut Window<'_>) {
        noise_plots::choices(ui, window.desk);
    }

    fn picture(&self, ui: &mut Ui, window: &mut Window<'_>, height: f32) {
        noise_plots::ui(ui, window.desk, height);
    }

    fn side(&self, ui: &mut Ui, window: &mut Window<'_>) {
        noise_side::ui(ui, window.desk, window.actions);
    }

    fn provenance(&self, window: &Window<'_>) -> Vec<String> {
        let view = window.desk.surveys.of::<Noises>().chosen().and_then(NoiseEntry::view);
        view.map(|view| view.caption).into_iter().chain([frame::POINTER.to_string()]).collect()
    }
}

fn controls(ui: &mut Ui, desk: &mut Desk) {
    let options = NoiseRequest::options();
    let Desk { library, surveys, .. } = desk;
    let form = &mut surveys.of_mut::<Noises>().form;
    ui.horizontal_wrapped(|ui| {
        series_choice::ui(ui, "noise", &mut form.series, library);
        inline(ui, "batch of", "m, the images of a batch", |ui| series_choice::batch(ui, &mut form.batch));
        inline(ui, "leading", options.help("leading"), |ui| {
            let range = fields::limits::<NoiseRequest>("leading");
            ui.add(DragValue::new(&mut form.leading).speed(0.1).range(range))
        });
        inline(ui, "tolerance", options.help("tolerance"), |ui| {
            let range = fields::limits::<NoiseRequest>("tolerance");
            ui.add(DragValue::new(&mut form.tolerance).speed(1e-5).range(range).max_decimals(7))
        });
        inline(ui, "products", options.help("products"), |ui| {
            let range = fields::limits::<NoiseRequest>("products");
            ui.add(DragValue::new(&mut form.products).range(range))
        });
        inline(ui, "seed", "Of random starts and vectors: the same seed, the same numbers", |ui| {
            ui.add(DragValue::new(&mut form.seed).speed(0.1))
        });
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = NoiseForm { series: std::mem::take(&mut form.series), ..NoiseForm::default() };
        }
    });
}
