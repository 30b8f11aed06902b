//! Spectra to look at and to save.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use super::{
    error::PresentError,
    formats::{SPECTRUM_FORMATS, format},
    quoted::quoted,
    save::{save_bytes, save_picture, theme},
};
use crate::{
    curvature::Operator,
    explore::{About, SpectrumJob, SpectrumPoint, SpectrumRequest, SpectrumSeries},
    figure::{Figure, SMOOTHING, Theme, spectrum_figure, ticks::short},
    runfile::Cell,
};

/// What was found about spectra.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumView {
    pub title: String,
    pub caption: String,
    pub series: SpectrumSeries,
}

impl SpectrumView {
    /// What a job has found so far.
    pub fn of(job: &SpectrumJob, request: &SpectrumRequest) -> SpectrumView {
        SpectrumView::new(&job.setting.about, request, job.series().clone())
    }

    /// What was found for a request.
    pub fn new(about: &About, request: &SpectrumRequest, series: SpectrumSeries) -> SpectrumView {
        let at = match series.points.as_slice() {
            [one] => one.station.name.clone(),
            points => format!("{} checkpoints", points.len()),
        };
        let smoothed = match request.density {
            true => format!("; density smoothed by {} of its range", short(SMOOTHING)),
            false => String::new(),
        };
        let caption = format!(
            "{}\n{}; residuals below {} of the largest eigenvalue, seed {}{smoothed}",
            about.caption(),
            matrix_words(series.operator, series.batch),
            series.tolerance,
            request.subject.seed,
        );
        SpectrumView { title: format!("Curvature at {at}"), caption, series }
    }

    /// As a picture.
    pub fn figure(&self, theme: Theme) -> Figure {
        let figure = spectrum_figure(&self.series, theme);
        Figure { title: self.title.clone(), caption: self.caption.clone(), ..figure }
    }

    /// A row for every number: an eigenvalue with its rank and residual, a trace with its standard error, a layer, a node of the density
    /// with its weight (`number` is that of the random vector).
    pub fn csv(&self) -> String {
        as_csv(&self.series)
    }
}

/// "Hessian of the training loss", for a caption.
pub fn matrix_words(operator: Operator, batch: u64) -> String {
    match operator {
        Operator::Hessian => "Hessian of the training loss".into(),
        Operator::GaussNewton => "Gauss-Newton matrix of the training loss".into(),
        Operator::Sigma => format!("covariance of the gradient over batches of {batch}"),
    }
}

/// Writes spectra in the format that the name's ending says: a table, a picture, or everything.
///
/// # Errors
/// An ending that means no format, and what can go wrong in writing.
pub fn save_spectrum(path: &Path, view: &SpectrumView, dark: bool) -> Result<(), PresentError> {
    match format(path, &SPECTRUM_FORMATS, "spectrum")? {
        "json" => save_bytes(path, as_json(view).as_bytes()),
        "csv" => save_bytes(path, view.csv().as_bytes()),
        picture => save_picture(path, &view.figure(theme(dark)), picture),
    }
}

fn as_json(view: &SpectrumView) -> String {
    let series = &view.series;
    let point = |(i, p): (usize, &SpectrumPoint)| {
        json!({
            "file": p.station.name, "step": p.station.step, "complete": p.is_done, "found": series.json(i),
        })
    };
    let points: Vec<Value> = series.points.iter().enumerate().map(point).collect();
    json!({
        "title": view.title,
        "caption": view.caption,
        "operator": series.operator,
        "batch": series.batch,
        "parameters": series.parameters,
        "tolerance": series.tolerance,
        "points": points,
    })
    .to_string()
}

fn as_csv(series: &SpectrumSeries) -> String {
    let mut out = String::from("checkpoint,step,quantity,number,name,value,error,found,weight\n");
    for p in &series.points {
        let place = format!("{},{}", quoted(&p.station.name), p.station.step.map_or(String::new(), |s| s.to_string()));
        // Writing to a string cannot fail.
        let mut row = |quantity: &str, number: String, name: &str, [value, error]: [Option<f64>; 2], found: &str| {
            let (name, value, error) = (quoted(name), Cell(value), Cell(error));
            let _ = writeln!(out, "{place},{quantity},{number},{name},{value},{error},{found},");
        };
        for e in &p.eigenvalues {
            let found = if series.is_converged(p, e) { "yes" } else { "no" };
            row("eigenvalue", e.rank.to_string(), "", [Some(e.value), Some(e.residual)], found);
        }
        if let Some(trace) = p.trace {
            row("trace", String::new(), "", [Some(trace.value), Some(trace.standard_error)], "");
        }
        for (number, layer) in p.layers.iter().enumerate() {
            if let Some(e) = layer.largest {
                row("layer", number.to_string(), &layer.name, [Some(e.value), Some(e.residual)], "");
            }
            if let Some(trace) = layer.trace {
                let numbers = [Some(trace.value), Some(trace.standard_error)];
                row("layer_trace", number.to_string(), &layer.name, numbers, "");
            }
        }
        for (number, nodes) in p.density.iter().flat_map(|density| &density.nodes).enumerate() {
            for (node, weight) in nodes {
                let (node, weight) = (Cell(Some(*node)), Cell(Some(*weight)));
                let _ = writeln!(out, "{place},node,{number},,{node},,,{weight}");
            }
        }
    }
    out
}
