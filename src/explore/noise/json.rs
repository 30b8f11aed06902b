//! Gradient noise as JSON lines.

use serde_json::{Value, json};

use super::report::NoiseSeries;
use crate::probe::json::number;

impl NoiseSeries {
    /// What is known of a checkpoint, with its name where there are several; `None` before anything is. What is not known is "NaN".
    pub fn json(&self, point: usize) -> Option<Value> {
        let known = self.points.get(point)?;
        let r = known.report.as_ref()?;
        let numbers = |values: &[f64]| values.iter().map(|x| number(*x)).collect::<Vec<Value>>();
        let mut line = json!({
            "event": "noise",
            "batch": r.batch,
            "trace_sigma": number(r.trace_sigma.value),
            "trace_sigma_stderr": number(r.trace_sigma.standard_error),
            "trace_h": number(r.trace_h.value),
            "trace_h_stderr": number(r.trace_h.standard_error),
            "trace_h_sigma": number(r.trace_h_sigma.value),
            "stderr": number(r.trace_h_sigma.standard_error),
            "trace_h_sigma_bar": number(r.trace_h_sigma_bar.value),
            "trace_h_sigma_bar_stderr": number(r.trace_h_sigma_bar.standard_error),
            "ratio": number(r.ratio),
            "alignment": number(r.alignment),
            "along_first": number(r.along_first),
            "angle": number(r.angle),
            "overlap": number(r.overlap),
            "h_values": numbers(&r.h_values),
            "sigma_values": numbers(&r.sigma_values),
            "gradient_norm": number(r.gradient_norm),
            "noise_norm": number(r.noise_norm),
            "gradient_curvature": number(r.gradient_curvature),
            "complete": known.is_done,
        });
        if self.points.len() > 1 {
            line["file"] = known.station.name.clone().into();
            line["step"] = known.station.step.into();
        }
        Some(line)
    }
}
