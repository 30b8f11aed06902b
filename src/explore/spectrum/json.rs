//! Spectra as JSON lines.

use serde_json::{Value, json};

use super::report::{SpectrumPoint, SpectrumSeries, SpectrumValue};
use crate::{
    curvature::{Eigenvalue, LayerCurvature, Measured},
    probe::json::number,
    spectral::Density,
};

impl SpectrumPoint {
    /// All that is known.
    fn values(&self) -> Vec<SpectrumValue> {
        let mut values = Vec::new();
        if !self.eigenvalues.is_empty() {
            let is_found = self.is_found;
            values.push(SpectrumValue::Eigenvalues { values: self.eigenvalues.clone(), is_found });
        }
        values.extend(self.trace.map(SpectrumValue::Trace));
        values.extend(self.density.clone().map(SpectrumValue::Density));
        let known = self.layers.iter().enumerate().filter(|(_, layer)| layer.largest.is_some());
        values.extend(known.map(|(number, layer)| SpectrumValue::Layer { number, layer: layer.clone() }));
        values
    }
}

impl SpectrumSeries {
    /// All that is known of a checkpoint, a line for each thing. Before the search for eigenvalues is over, those that are found.
    pub fn json(&self, point: usize) -> Vec<Value> {
        let values = self.points.get(point).map(SpectrumPoint::values).unwrap_or_default();
        values.iter().flat_map(|value| self.json_of(point, value)).collect()
    }

    /// The lines of one thing that was found at a checkpoint; they name it where there are several.
    pub fn json_of(&self, point: usize, value: &SpectrumValue) -> Vec<Value> {
        let Some(known) = self.points.get(point) else { return Vec::new() };
        let mut lines = match value {
            SpectrumValue::Begun(_) => Vec::new(),
            SpectrumValue::Eigenvalues { values, .. } => {
                let is_told = |e: &&Eigenvalue| known.is_searched || self.is_converged(known, e);
                values.iter().filter(is_told).map(|e| eigenvalue(e, self.is_converged(known, e))).collect()
            }
            SpectrumValue::Trace(trace) => vec![measured("trace", trace)],
            SpectrumValue::Density(found) => vec![density(found)],
            SpectrumValue::Layer { number, layer } => vec![of_layer(*number, layer)],
        };
        if self.points.len() > 1 {
            for line in &mut lines {
                line["file"] = known.station.name.clone().into();
                line["step"] = known.station.step.into();
            }
        }
        lines
    }
}

fn eigenvalue(e: &Eigenvalue, is_found: bool) -> Value {
    let (value, residual) = (number(e.value), number(e.residual));
    json!({ "event": "eigenvalue", "rank": e.rank, "value": value, "residual": residual, "found": is_found })
}

fn measured(event: &str, found: &Measured) -> Value {
    json!({ "event": event, "value": number(found.value), "stderr": number(found.standard_error) })
}

/// The quadratures themselves: whoever draws them chooses how much they are smoothed.
fn density(found: &Density) -> Value {
    let quadrature = |nodes: &Vec<(f64, f64)>| {
        let pair = |(place, weight): &(f64, f64)| json!([number(*place), number(*weight)]);
        nodes.iter().map(pair).collect::<Vec<Value>>()
    };
    let nodes: Vec<Vec<Value>> = found.nodes.iter().map(quadrature).collect();
    json!({ "event": "density", "dimension": found.dimension, "products": found.products, "nodes": nodes })
}

fn of_layer(at: usize, layer: &LayerCurvature) -> Value {
    let mut line = json!({ "event": "layer", "number": at, "name": layer.name });
    if let Some(largest) = layer.largest {
        line["value"] = number(largest.value);
        line["residual"] = number(largest.residual);
    }
    if let Some(trace) = layer.trace {
        line["trace"] = number(trace.value);
        line["stderr"] = number(trace.standard_error);
    }
    line
}
