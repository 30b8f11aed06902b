//! The plots of gradient noise: Tr(HΣ) beside that of isotropic noise, for one checkpoint or over many.

use std::sync::Arc;

use egui::Ui;

use super::{plots, series_choice};
use crate::{
    app::{
        desk::Desk,
        kinds::noise::{NoiseShown, Noises},
    },
    figure::{Panel, noise_eigenvalue_panel, noise_indicator_panel, noise_over_points},
};

/// Of which checkpoint the numbers are told.
pub fn choices(ui: &mut Ui, desk: &mut Desk) {
    let Some(entry) = desk.surveys.of_mut::<Noises>().chosen_mut() else { return };
    let Some(found) = &mut entry.found else { return };
    let names: Vec<String> = found.series.points.iter().map(|point| point.station.name.clone()).collect();
    let number = found.shown().map_or(0, |(number, _)| number);
    if let Some(chosen) = series_choice::shown(ui, "noise", &names, number) {
        found.chosen = Some(chosen);
    }
}

/// Draws them in the height given.
pub fn ui(ui: &mut Ui, desk: &mut Desk, height: f32) {
    let Some(entry) = desk.surveys.of_mut::<Noises>().chosen_mut() else { return };
    let (id, version) = (entry.id, entry.version);
    let Some(found) = &mut entry.found else { return };
    let panels = drawn(found, version);
    plots::ui(ui, &format!("noise {id}"), "Noise against curvature", &panels, height);
}

/// The panels; made anew only when something was found or chosen.
fn drawn(found: &mut NoiseShown, version: u64) -> Arc<Vec<Panel>> {
    let number = found.shown().map_or(0, |(number, _)| number);
    let NoiseShown { series, drawn, .. } = found;
    let series = &*series;
    let make = || {
        let report = series.points.get(number).and_then(|point| point.report.as_ref());
        let mut panels = match (series.points.len(), report) {
            (1, Some(report)) => vec![noise_indicator_panel(report)],
            // The first numbers come after a pass over the data.
            (1, None) => {
                vec![Panel { when_empty: "The first numbers are on their way…".into(), ..Panel::default() }]
            }
            _ => noise_over_points(series),
        };
        panels.extend(report.map(noise_eigenvalue_panel));
        panels
    };
    drawn.of((version, number), make).0
}
