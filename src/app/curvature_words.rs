//! What the curvature along a step means, in a line.

use egui::{RichText, Ui};

use super::{
    pointer_table::chip,
    readout::{few, short},
    slices,
    store::Store,
};
use crate::probe::{AlongStep, Place, ProbeId, SliceRecord, StepRecord};

/// A line for every run that has a slice at the pointer.
pub fn show(ui: &mut Ui, store: &Store, x: f64) {
    let (runs, _) = few(&store.shown().collect::<Vec<_>>(), store.active().map(|run| run.id));
    let t = x.max(0.0).floor() as u64;
    for (run, history) in &runs {
        let Some(slice) = slices::slice(history, t) else { continue };
        let step = history.steps().binary_search_by_key(&t, |s| s.t).ok().and_then(|k| history.steps().get(k));
        ui.horizontal(|ui| {
            chip(ui, run.color);
            ui.label(RichText::new(of(slice, step)).small());
        });
    }
}

/// The curvature along a step, beside what it is held against: 2/η, 1, the floor.
fn of(slice: &SliceRecord, step: Option<&StepRecord>) -> String {
    let along = AlongStep::of(slice, step);
    let against = |sharpness: f64| match step.map(|step| 2.0 / step.learning_rate) {
        Some(edge) if sharpness.is_finite() && edge.is_finite() => {
            format!(" ({} of 2/η = {})", percent(sharpness / edge), short(edge))
        }
        _ => String::new(),
    };
    let mut parts = Vec::new();
    if let Some(sharpness) = along.sharpness {
        parts.push(format!("sharpness {}{}", short(sharpness), against(sharpness)));
    }
    if let Some(critical) = step.and_then(|step| step.value(ProbeId::CRITICAL_SHARPNESS)) {
        parts.push(format!("critical {}{}", short(critical), against(critical)));
    }
    if let Some(edge) = along.edge {
        let words = match edge {
            e if e.is_nan() => "",
            e if e < 0.0 => ": uphill, or bent down",
            e if e < 1.0 => ": lowers the loss",
            _ => ": no lower",
        };
        parts.push(format!("ζ {}{words}", short(edge)));
    }
    let words = Place::of(along.place).map(|place| format!(": {}", place.words())).unwrap_or_default();
    parts.push(format!("place {}{words}", short(along.place)));
    parts.join(" · ")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share).replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{ProbeValues, slice_alpha};

    #[test]
    fn a_step_is_read_like_an_instrument() {
        // 2 (α − 0.8)²: s = −3.2, κ = 4.
        let slice = SliceRecord { t: 0, loss: std::array::from_fn(|k| 2.0 * (slice_alpha(k) - 0.8).powi(2)) };
        let values = ProbeValues::NONE
            .with(ProbeId::STEP_NORM, Some(0.5))
            .with(ProbeId::SLOPE, Some(-4.0))
            .with(ProbeId::CRITICAL_SHARPNESS, Some(25.0));
        let step = StepRecord { t: 0, loss: None, batch_loss: 1.0, values, learning_rate: 0.1, batch: 1 };
        assert_eq!(
            of(&slice, Some(&step)),
            "sharpness 16.00 (80 % of 2/η = 20.00) · critical 25.00 (125 % of 2/η = 20.00) · ζ 0.5000: lowers the loss · \
             place 0.2500: ends beyond the floor"
        );
        assert_eq!(of(&slice, None), "place 0.2500: ends beyond the floor", "as much as the slice alone tells");
        let over = StepRecord { values: values.with(ProbeId::SLOPE, Some(-1.0)), ..step };
        assert!(of(&slice, Some(&over)).contains("ζ 2.000: no lower"));
        let lost = SliceRecord { t: 0, loss: [f64::NAN; 10] };
        assert!(of(&lost, Some(&step)).starts_with("sharpness NaN · critical 25.00"));
        assert!(of(&lost, Some(&step)).ends_with("ζ NaN · place NaN"));
    }
}
