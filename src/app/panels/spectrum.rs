//! The Spectrum panel: eigenvalues, density, trace and layers of a matrix of a network, at one checkpoint or at many.

use egui::{ComboBox, DragValue, Ui};

use super::{
    beside::Beside,
    fields::{self, inline},
    frame::{self, Measures},
    series_choice, spectrum_plots, spectrum_side,
};
use crate::{
    app::{
        content::Content,
        desk::Desk,
        kinds::spectrum::{Spectra, SpectrumEntry, SpectrumForm, matrix},
        offer::Offer,
        opened::short,
        panel::Window,
        panel_id::PanelId,
    },
    curvature::Operator,
    explore::{Request as _, SpectrumRequest},
};

/// See the module.
pub struct SpectrumPanel;

impl Measures for SpectrumPanel {
    type Kind = Spectra;

    const ID: PanelId = PanelId::new("Spectrum");
    const TITLE: &'static str = "Spectrum";
    const BESIDE: Option<Beside> = Some(Beside { id: "spectrum side", side: 268.0, narrow: 600.0, height: 400.0 });
    const TEACHES: &'static str = "Here the curvature at a checkpoint is taken apart: the largest and the smallest eigenvalues of the Hessian with \
         their residuals, beside 2/η of the run, how all the others are distributed, the trace, and which layer is how sharp. Of a \
         folder or a run: how λ₁ and the trace changed.";
    const HELP: &'static [(&'static str, &'static str)] = &[
        (
            "the matrix",
            "H: the Hessian of the mean training loss over the images of the form. G, Gauss-Newton: the part of H that does not need the network's own second derivatives, never negative (Schraudolph 2002). Σ: the covariance of the gradient over a batch of m images, (1/m)((1/N) Σ g_i g_i^{T} − g g^{T}) (Zhu et al. 2019, Eq. 5). All of them are known by exact products with vectors.",
        ),
        (
            "λ, residual",
            "The largest and the smallest eigenvalues, in algebraic order, by block Lanczos with thick restarts (Wu and Simon 2000). The residual is ‖A v − λ v‖_2: an eigenvalue lies no farther than this from λ, and the whiskers are as long. Hollow: the residual is still larger than the tolerance allows.",
        ),
        (
            "2/λ, 2/η",
            "Along an eigenvector with λ, gradient descent at rates above 2/λ overshoots by more than it had. The dashed line at 2/η is that limit for the run of the checkpoint; training often rises to it (Cohen et al. 2021). It is for plain full-batch steps: momentum β multiplies it by 1 + β, and SAM's is lower (Long and Bartlett 2023).",
        ),
        (
            "density",
            "Share of all D eigenvalues per unit of λ, each a Gaussian of the width σ told there; stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017; Ghorbani, Krishnan and Xiao 2019).",
        ),
        (
            "trace",
            "The sum of all eigenvalues by XTrace (Epperly, Tropp and Webber 2024) ± standard error; a mean over few random vectors may be off by 1.5 times that. ± 0: as many products as dimensions, so it is exact.",
        ),
        (
            "layers",
            "Largest eigenvalue and trace of the block of the matrix that belongs to the parameters of one layer, the others held.",
        ),
        (
            "over checkpoints",
            "The same at every checkpoint of a folder or of a run, one after the other; the search at each begins with the eigenvectors of the one before.",
        ),
    ];

    fn button(&self, _window: &Window<'_>) -> (&'static str, &'static str) {
        ("Measure spectrum", "Eigenvalues first, then trace, density and layers; checkpoint by checkpoint")
    }

    fn subject(&self, window: &Window<'_>) -> String {
        let desk = &window.desk;
        let at = desk.surveys.of::<Spectra>().form.series.at(&desk.library);
        format!("{} on {}", at.map_or("–".into(), short), desk.subject.words())
    }

    fn tools(&self, ui: &mut Ui, window: &mut Window<'_>) {
        let entry = window.desk.surveys.of::<Spectra>().chosen().filter(|e| e.found.is_some());
        let export = ui.add_enabled(entry.is_some(), egui::Button::new("Export…"));
        if export.on_hover_text("The plots as PNG, SVG or PDF, all numbers as CSV or JSON").clicked()
            && let Some(view) = entry.and_then(SpectrumEntry::view)
        {
            let (name, methods) = (view.title.clone(), entry.and_then(SpectrumEntry::methods));
            let content = Content::Spectrum { view: Box::new(view), dark: ui.visuals().dark_mode };
            window.actions.offer(Offer::measured(content, &name, methods));
        }
        frame::help(self, ui, window);
    }

    fn controls(&self, ui: &mut Ui, window: &mut Window<'_>) {
        controls(ui, window.desk);
    }

    fn looks(&self, ui: &mut Ui, window: &mut Window<'_>) {
        spectrum_plots::choices(ui, window.desk);
    }

    fn picture(&self, ui: &mut Ui, window: &mut Window<'_>, height: f32) {
        spectrum_plots::ui(ui, window.desk, height);
    }

    fn side(&self, ui: &mut Ui, window: &mut Window<'_>) {
        spectrum_side::ui(ui, window.desk, window.actions);
    }

    fn provenance(&self, window: &Window<'_>) -> Vec<String> {
        let view = window.desk.surveys.of::<Spectra>().chosen().and_then(SpectrumEntry::view);
        view.map(|view| view.caption).into_iter().chain([frame::POINTER.to_string()]).collect()
    }
}

fn controls(ui: &mut Ui, desk: &mut Desk) {
    let options = SpectrumRequest::options();
    let Desk { library, surveys, .. } = desk;
    let form = &mut surveys.of_mut::<Spectra>().form;
    let count = |ui: &mut Ui, value: &mut usize, option: &str| {
        ui.add(DragValue::new(value).speed(0.1).range(fields::limits::<SpectrumRequest>(option)))
    };
    ui.horizontal_wrapped(|ui| {
        series_choice::ui(ui, "spectrum", &mut form.series, library);
        inline(
            ui,
            "matrix",
            "H is the curvature of the training loss, G its part that is never negative, Σ the noise",
            |ui| {
                let combo = ComboBox::from_id_salt("matrix").width(120.0).selected_text(matrix(form.operator));
                combo
                    .show_ui(ui, |ui| {
                        for operator in Operator::ALL {
                            ui.selectable_value(&mut form.operator, *operator, matrix(*operator));
                        }
                    })
                    .response
            },
        );
        if form.operator == Operator::Sigma {
            inline(ui, "batch of", "m, the images of a batch whose gradient has this noise", |ui| {
                series_choice::batch(ui, &mut form.batch)
            });
        }
        inline(ui, "largest", options.help("top"), |ui| count(ui, &mut form.top, "top"));
        inline(ui, "smallest", options.help("smallest"), |ui| count(ui, &mut form.smallest, "smallest"));
    });
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut form.density, "density").on_hover_text(options.help("density"));
        ui.checkbox(&mut form.trace, "trace").on_hover_text(options.help("trace"));
        ui.checkbox(&mut form.layers, "layers").on_hover_text(options.help("layers"));
        ui.separator();
        inline(ui, "tolerance", options.help("tolerance"), |ui| {
            let range = fields::limits::<SpectrumRequest>("tolerance");
            ui.add(DragValue::new(&mut form.tolerance).speed(1e-5).range(range).max_decimals(7))
        });
        inline(ui, "products", options.help("products"), |ui| {
            let field = DragValue::new(&mut form.products).range(0..=1_000_000);
            ui.add(field.custom_formatter(|n, _| if n == 0.0 { "as needed".into() } else { format!("{n}") }))
        });
        inline(ui, "seed", "Of random starts and vectors: the same seed, the same numbers", |ui| {
            ui.add(DragValue::new(&mut form.seed).speed(0.1))
        });
        if ui.small_button("Reset").on_hover_text("Back to the defaults").clicked() {
            *form = SpectrumForm { series: std::mem::take(&mut form.series), ..SpectrumForm::default() };
        }
    });
}
