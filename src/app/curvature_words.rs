//! What the curvature along a step means, in a line.

use egui::{RichText, Ui};

use super::{
    pointer_table::chip,
    readout::{few, short},
    slices,
    store::Store,
};
use crate::{
    history::{History, Quantity},
    probe::{AlongStep, Place, ProbeId, SliceRecord, StepRecord},
};

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

/// A line for every run that has a largest eigenvalue measured at the pointer or before.
pub fn show_limit(ui: &mut Ui, store: &Store, x: f64) {
    let (runs, _) = few(&store.shown().collect::<Vec<_>>(), store.active().map(|run| run.id));
    let t = x.max(0.0).floor() as u64;
    for (run, history) in &runs {
        let Some(words) = against_limit(history, t) else { continue };
        ui.horizontal(|ui| {
            chip(ui, run.color);
            ui.label(RichText::new(words).small());
        });
    }
}

/// The last λ_max that was measured until iteration t, beside the limit of the step there; `None` before there is one.
fn against_limit(history: &History, t: u64) -> Option<String> {
    let end = history.steps().partition_point(|step| step.t <= t);
    let optimizer_has = |step: &StepRecord| {
        let own = step.value(ProbeId::PRECONDITIONED_LAMBDA_MAX).map(|value| (value, Quantity::PRECONDITIONED_LIMIT));
        own.or(step.value(ProbeId::LAMBDA_MAX).map(|value| (value, Quantity::STABILITY_LIMIT)))
    };
    let first = end.saturating_sub(LOOKED);
    let found = (first..end).rev().find_map(|i| Some((i, optimizer_has(history.steps().get(i)?)?)));
    let (i, (value, limit)) = found?;
    let name = if limit == Quantity::STABILITY_LIMIT { "λ_max" } else { "preconditioned λ_max" };
    let at = history.steps().get(i)?.t;
    let words = match history.series(limit).y(i) {
        Some(limit) if value.is_finite() && limit.is_finite() => {
            let meaning = if value > limit { "above it a step overshoots" } else { "below it steps shrink" };
            format!(" ({} of the limit {}: {meaning})", percent(value / limit), short(limit))
        }
        _ => String::new(),
    };
    Some(format!("{name} {} at {at}{words}", short(value)))
}

/// Records that are looked through for a measurement.
const LOOKED: usize = 1000;

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

    #[test]
    fn the_largest_eigenvalue_is_told_beside_the_limit() {
        let mut history = History::new(crate::history::synthetic::manifest(30));
        for t in 0..30_u64 {
            let step = crate::history::synthetic::step(t, 1.0);
            let lambda = t.is_multiple_of(10).then_some(15.0 + t as f64 / 2.0);
            history.push_step(StepRecord { values: step.values.with(ProbeId::LAMBDA_MAX, lambda), ..step });
        }
        let words = |t| against_limit(&history, t).unwrap();
        assert_eq!(words(9), "λ_max 15.00 at 0 (75 % of the limit 20.00: below it steps shrink)");
        assert_eq!(words(25), "λ_max 25.00 at 20 (125 % of the limit 20.00: above it a step overshoots)");
        assert_eq!(against_limit(&History::new(crate::history::synthetic::manifest(30)), 5), None);
    }
}
