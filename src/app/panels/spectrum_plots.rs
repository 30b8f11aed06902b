//! The plots of a spectrum: eigenvalues by rank, density, layers, or how λ₁ and the trace change over checkpoints.

use std::sync::Arc;

use egui::Ui;

use super::{plots, series_choice};
use crate::{
    app::{
        desk::Desk,
        kinds::spectrum::{Large, Spectra, SpectrumShown},
        theme,
    },
    figure::{Panel, density_panel, eigenvalue_panel, layer_panel, layer_trace_panel, spectrum_over_points},
};

/// Which plot is drawn, and of which checkpoint.
pub fn choices(ui: &mut Ui, desk: &mut Desk) {
    let Some(entry) = desk.surveys.of_mut::<Spectra>().chosen_mut() else { return };
    let Some(found) = &mut entry.found else { return };
    let present = found.large(&entry.request);
    let all: Vec<Large> = found.pictures(&entry.request).collect();
    if all.len() > 1 {
        ui.separator();
        for large in all {
            let button = ui.selectable_label(present == Some(large), large.title()).on_hover_text(large.help());
            if button.clicked() {
                found.large = Some(large);
            }
        }
    }
    let names: Vec<String> = found.series.points.iter().map(|point| point.station.name.clone()).collect();
    let number = found.shown().map_or(0, |(number, _)| number);
    if let Some(chosen) = series_choice::shown(ui, "spectrum", &names, number) {
        found.chosen = Some(chosen);
    }
}

/// Draws what is chosen in the height given.
pub fn ui(ui: &mut Ui, desk: &mut Desk, height: f32) {
    let Some(entry) = desk.surveys.of_mut::<Spectra>().chosen_mut() else { return };
    let (id, version) = (entry.id, entry.version);
    let Some(found) = &mut entry.found else { return };
    let Some(large) = found.large(&entry.request) else {
        return theme::teach(ui, "The trace stands beside this; nothing that has a plot was asked for.");
    };
    let panels = drawn(found, version, large);
    plots::ui(ui, &format!("spectrum {id} {}", large.title()), large.title(), &panels, height);
}

/// The panels of a choice; made anew only when something was found or chosen.
fn drawn(found: &mut SpectrumShown, version: u64, large: Large) -> Arc<Vec<Panel>> {
    let number = found.shown().map_or(0, |(number, _)| number);
    let SpectrumShown { series, drawn, .. } = found;
    let series = &*series;
    let make = || {
        let Some(point) = series.points.get(number) else { return Vec::new() };
        match large {
            Large::Eigenvalues => vec![eigenvalue_panel(series, point)],
            Large::Density => vec![point.density.as_ref().map_or_else(not_yet, density_panel)],
            Large::Layers => {
                let traces = layer_trace_panel(&point.layers);
                std::iter::once(layer_panel(&point.layers)).chain(traces).collect()
            }
            Large::Series => {
                let panels = spectrum_over_points(series);
                if panels.is_empty() { vec![not_yet()] } else { panels }
            }
        }
    };
    drawn.of((version, number, large), make).0
}

/// What stands where nothing is known yet.
fn not_yet() -> Panel {
    Panel { when_empty: "This comes after the eigenvalues and the trace.".into(), ..Panel::default() }
}
