//! Beside the plots of a spectrum: its numbers, the table of eigenvalues, and the layers.

use egui::{Grid, Label, RichText, Ui};

use super::{estimate, fields::explained, norm_switch, progress};
use crate::{
    app::{
        action::Actions,
        desk::Desk,
        kinds::spectrum::{Spectra, SpectrumShown, symbol},
        plain::plain,
        readout::short,
        theme,
    },
    curvature::Operator,
    explore::{SpectrumPoint, SpectrumSeries},
};

/// Rows of a table that are drawn; files have all.
const LISTED: usize = 200;

/// Draws the column.
pub fn ui(ui: &mut Ui, desk: &Desk, actions: &mut Actions) {
    let spectra = desk.surveys.of::<Spectra>();
    let Some((entry, found)) = spectra.found() else { return };
    norm_switch::heading(ui, spectra, entry, &found.about, actions);
    if let Some((number, point)) = found.shown() {
        station(ui, found, number, point);
        Grid::new("spectrum numbers").num_columns(2).spacing([8.0, 2.0]).show(ui, |ui| numbers(ui, found, point));
        eigenvalues(ui, &found.series, point);
        layers(ui, point);
    }
    ui.add_space(4.0);
    for note in &found.about.notes {
        ui.add(Label::new(RichText::new(plain(note)).small().weak()).wrap());
    }
    let words = format!("{} on {}", progress::words(&entry.phase), found.about.device);
    ui.add(Label::new(RichText::new(words).small().weak()).wrap());
}

/// Which of several checkpoints it is.
fn station(ui: &mut Ui, found: &SpectrumShown, number: usize, point: &SpectrumPoint) {
    let count = found.series.points.len();
    if count > 1 {
        let words = format!("{}, {} of {count}", point.station.name, number + 1);
        ui.add(Label::new(RichText::new(words).small()).wrap());
    }
}

fn numbers(ui: &mut Ui, found: &SpectrumShown, point: &SpectrumPoint) {
    let series = &found.series;
    let name = symbol(series.operator);
    explained(ui, "D", "Parameters: dimensions of the matrix", theme::grouped(series.parameters));
    if series.operator == Operator::Sigma {
        explained(
            ui,
            "m",
            "Images in a batch; every number of Σ is that of m = 1 over m",
            theme::grouped(series.batch),
        );
    }
    if let Some(largest) = point.largest() {
        explained(ui, "λ₁", "The largest eigenvalue", theme::value(largest.value));
        if series.operator == Operator::Hessian {
            let help = "Gradient descent at a higher rate overshoots by more than it had, along the first eigenvector";
            explained(ui, "2/λ₁", help, theme::value(2.0 / largest.value));
        }
    }
    if let Some(rate) = point.rate {
        explained(ui, "η", "The learning rate of the run, at this checkpoint", rate_words(rate));
        if series.operator == Operator::Hessian {
            let help = "Plain full-batch gradient descent at this η is stable below it (Cohen et al. 2021)";
            explained(ui, "2/η", help, theme::value(2.0 / rate));
        }
    }
    if let Some(trace) = point.trace {
        let help = "The sum of all eigenvalues ± standard error, by XTrace (Epperly, Tropp and Webber 2024)";
        explained(ui, &format!("Tr {name}"), help, estimate::words(trace));
    }
    if let Some(density) = &point.density {
        let help = "The same from the density: D Σ w θ over its nodes (Ubaru, Chen and Saad 2017)";
        let trace = density.trace().into();
        explained(ui, &format!("Tr {name}, by density"), help, estimate::words(trace));
        if let Some((low, high)) = density.range() {
            let help = "The lowest and the highest node of the quadratures: about where the spectrum ends";
            explained(ui, "density from, to", help, format!("{}, {}", short(low), short(high)));
        }
    }
}

/// A rate as it was given, or in few digits where a schedule has moved it.
fn rate_words(rate: f64) -> String {
    let whole = rate.to_string();
    if whole.len() <= 8 { whole } else { short(rate) }
}

/// λ, residual and 2/λ of every eigenvalue that was searched for.
fn eigenvalues(ui: &mut Ui, series: &SpectrumSeries, point: &SpectrumPoint) {
    if point.eigenvalues.is_empty() {
        return;
    }
    ui.separator();
    let heads = [
        ("rank", "Its place among all D eigenvalues, the largest is 1"),
        ("λ", "The eigenvalue, in algebraic order"),
        ("residual", "‖A v − λ v‖₂: an eigenvalue lies no farther than this from λ"),
        ("2/λ", "The rate above which gradient descent overshoots along its eigenvector"),
    ];
    Grid::new("eigenvalues").num_columns(heads.len()).striped(true).spacing([10.0, 2.0]).show(ui, |ui| {
        for (head, help) in heads {
            ui.label(RichText::new(head).small().strong()).on_hover_text(help);
        }
        ui.end_row();
        for e in point.eigenvalues.iter().take(LISTED) {
            let is_found = series.is_converged(point, e);
            let rate = if e.value > 0.0 { short(2.0 / e.value) } else { "–".into() };
            for words in [theme::grouped(e.rank as u64), theme::value(e.value)] {
                ui.label(RichText::new(words).small().monospace());
            }
            let residual = RichText::new(estimate::residual(e.residual)).small().monospace();
            if is_found {
                ui.label(residual);
            } else {
                let help = "Not found yet: the residual is larger than the tolerance allows";
                ui.label(residual.color(ui.visuals().warn_fg_color)).on_hover_text(help);
            }
            ui.label(RichText::new(rate).small().monospace());
            ui.end_row();
        }
    });
    let left = point.eigenvalues.len().saturating_sub(LISTED);
    if left > 0 {
        ui.label(RichText::new(format!("and {left} more; Export has all")).small().weak());
    }
    if point.is_searched && !point.is_found {
        let words = "Not all have residuals within the tolerance: allow more products, or a larger tolerance.";
        ui.add(Label::new(RichText::new(words).small().color(ui.visuals().warn_fg_color)).wrap());
    }
}

/// The blocks of the layers.
fn layers(ui: &mut Ui, point: &SpectrumPoint) {
    if point.layers.is_empty() {
        return;
    }
    ui.separator();
    Grid::new("layers of a spectrum").num_columns(3).striped(true).spacing([10.0, 2.0]).show(ui, |ui| {
        for (head, help) in [
            ("layer", "In the order of the network"),
            ("λ₁", "The largest eigenvalue of the layer's own block of the matrix"),
            ("trace", "The trace of that block ± standard error"),
        ] {
            ui.label(RichText::new(head).small().strong()).on_hover_text(help);
        }
        ui.end_row();
        for layer in point.layers.iter().take(LISTED) {
            ui.scope(|ui| {
                ui.set_max_width(64.0);
                ui.add(Label::new(RichText::new(&layer.name).small()).truncate()).on_hover_text(&layer.name);
            });
            let largest = layer.largest.map_or("…".into(), |e| short(e.value));
            let trace = layer.trace.map_or("–".into(), |trace| {
                let error = trace.standard_error;
                let error = if error == 0.0 { String::new() } else { format!(" ± {}", short(error)) };
                format!("{}{error}", short(trace.value))
            });
            for words in [largest, trace] {
                ui.label(RichText::new(words).small().monospace());
            }
            ui.end_row();
        }
    });
}
