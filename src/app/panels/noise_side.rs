//! Beside the plots of gradient noise: its numbers with their standard errors.

use egui::{Grid, Label, RichText, Ui};

use super::{
    estimate,
    fields::{explained, heading},
    norm_switch, progress,
};
use crate::{
    app::{
        action::Actions,
        desk::Desk,
        kinds::noise::{NoiseShown, Noises},
        plain::plain,
        readout::short,
        theme,
    },
    curvature::{Measured, NoiseReport},
};

/// Draws the column.
pub fn ui(ui: &mut Ui, desk: &Desk, actions: &mut Actions) {
    let noises = desk.surveys.of::<Noises>();
    let Some((entry, found)) = noises.found() else { return };
    norm_switch::heading(ui, noises, entry, &found.about, actions);
    if let Some((number, point)) = found.shown() {
        let count = found.series.points.len();
        if count > 1 {
            let words = format!("{}, {} of {count}", point.station.name, number + 1);
            ui.add(Label::new(RichText::new(words).small()).wrap());
        }
        Grid::new("noise numbers").num_columns(2).spacing([8.0, 2.0]).show(ui, |ui| {
            general(ui, found);
            if let Some(report) = &point.report {
                numbers(ui, &Told { report, is_done: point.is_done });
            }
        });
    }
    ui.add_space(4.0);
    for note in &found.about.notes {
        ui.add(Label::new(RichText::new(plain(note)).small().weak()).wrap());
    }
    let words = format!("{} on {}", progress::words(&entry.phase), found.about.device);
    ui.add(Label::new(RichText::new(words).small().weak()).wrap());
}

fn general(ui: &mut Ui, found: &NoiseShown) {
    explained(ui, "D", "Parameters: dimensions of H and Σ", theme::grouped(found.series.parameters));
    explained(ui, "N", "Training images, whose gradients Σ is of", theme::grouped(found.about.train_count));
    let help = "Images in a batch; every number of Σ is that of m = 1 over m";
    explained(ui, "m", help, theme::grouped(found.series.batch));
}

/// A report, and whether it is whole: in the midst of a measurement, what is not a number is not measured yet.
struct Told<'a> {
    report: &'a NoiseReport,
    is_done: bool,
}

impl Told<'_> {
    fn value(&self, x: f64) -> String {
        if x.is_nan() && !self.is_done { "not yet".into() } else { theme::value(x) }
    }

    fn estimate(&self, found: Measured) -> String {
        if found.value.is_nan() { self.value(found.value) } else { estimate::words(found) }
    }

    fn list(&self, values: &[f64]) -> String {
        match values {
            [] => self.value(f64::NAN),
            values => values.iter().map(|value| short(*value)).collect::<Vec<_>>().join(", "),
        }
    }
}

fn numbers(ui: &mut Ui, told: &Told<'_>) {
    let r = told.report;
    heading(ui, "noise against curvature");
    let help = "Trace of Hessian times covariance, the escape indicator (Zhu et al. 2019, Eq. 13) ± standard error";
    explained(ui, "Tr(HΣ)", help, told.estimate(r.trace_h_sigma));
    let help = "Tr H · Tr Σ / D: the same for isotropic noise of the same size (Prop. 1, Eq. 46)";
    explained(ui, "isotropic", help, told.estimate(r.trace_h_sigma_bar));
    let help = "Tr(HΣ) over that of isotropic noise (Eq. 17)";
    explained(ui, "ratio", help, told.value(r.ratio));
    heading(ui, "alignment");
    let help = "u₁·Σu₁ · Tr H / (λ₁ · Tr Σ), the projection coefficient (Eq. 16, Fig. 5)";
    explained(ui, "â", help, told.value(r.alignment));
    let help = "Variance of the noise along u₁, the first eigenvector of H";
    explained(ui, "u₁·Σu₁", help, told.value(r.along_first));
    let help = "Between the first eigenvectors of H and of Σ (Björck and Golub 1973)";
    let degrees = if r.angle.is_nan() { told.value(r.angle) } else { format!("{:.2}°", r.angle.to_degrees()) };
    explained(ui, "angle", help, degrees);
    let help = "Σ (u_i·v_j)² / k of the k first eigenvectors of both: 1 for the same space, about k/D for random ones";
    explained(ui, "overlap", help, told.value(r.overlap));
    heading(ui, "norms");
    explained(ui, "‖g‖", "Length of the full gradient", told.value(r.gradient_norm));
    let help = "√(Tr Σ): the root of the expected squared norm of the noise";
    explained(ui, "√(Tr Σ)", help, told.value(r.noise_norm));
    explained(
        ui,
        "g·Hg",
        "Curvature along the full gradient, times its squared length",
        told.value(r.gradient_curvature),
    );
    heading(ui, "traces and leading eigenvalues");
    let help = "The sum of the eigenvalues of H ± standard error, by XTrace (Epperly, Tropp and Webber 2024)";
    explained(ui, "Tr H", help, told.estimate(r.trace_h));
    let help = "E‖g_B − g‖², the expected squared norm of the noise (Eq. 5)";
    explained(ui, "Tr Σ", help, told.estimate(r.trace_sigma));
    let help = "The leading eigenvalues, in descending order, by block Lanczos with thick restarts (Wu and Simon 2000)";
    explained(ui, "λ of H", help, told.list(&r.h_values));
    explained(ui, "λ of Σ", help, told.list(&r.sigma_values));
}
