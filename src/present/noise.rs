//! Gradient noise to look at and to save.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use super::{
    error::PresentError,
    formats::{NOISE_FORMATS, format},
    quoted::quoted,
    save::{save_bytes, save_picture, theme},
};
use crate::{
    explore::{About, NoiseJob, NoisePoint, NoiseRequest, NoiseSeries},
    figure::{Figure, Theme, noise_figure},
    runfile::Cell,
};

/// What was found about gradient noise.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseView {
    pub title: String,
    pub caption: String,
    pub series: NoiseSeries,
}

impl NoiseView {
    /// What a job has found so far.
    pub fn of(job: &NoiseJob, request: &NoiseRequest) -> NoiseView {
        NoiseView::new(&job.setting.about, request, job.series().clone())
    }

    /// What was found for a request.
    pub fn new(about: &About, request: &NoiseRequest, series: NoiseSeries) -> NoiseView {
        let at = match series.points.as_slice() {
            [one] => one.station.name.clone(),
            points => format!("{} checkpoints", points.len()),
        };
        let caption = format!(
            "{}\nbatches of {} drawn with replacement, at most {} products for a trace, seed {}",
            about.caption(),
            series.batch,
            request.products,
            request.subject.seed,
        );
        NoiseView { title: format!("Gradient noise at {at}"), caption, series }
    }

    /// As a picture.
    pub fn figure(&self, theme: Theme) -> Figure {
        let figure = noise_figure(&self.series, theme);
        Figure { title: self.title.clone(), caption: self.caption.clone(), ..figure }
    }

    /// A row for every checkpoint of which something is known; angles in radians.
    pub fn csv(&self) -> String {
        as_csv(&self.series)
    }
}

/// Writes gradient noise in the format that the name's ending says: a table, a picture, or everything.
///
/// # Errors
/// An ending that means no format, and what can go wrong in writing.
pub fn save_noise(path: &Path, view: &NoiseView, dark: bool) -> Result<(), PresentError> {
    match format(path, &NOISE_FORMATS, "noise measurement")? {
        "json" => save_bytes(path, as_json(view).as_bytes()),
        "csv" => save_bytes(path, view.csv().as_bytes()),
        picture => save_picture(path, &view.figure(theme(dark)), picture),
    }
}

fn as_json(view: &NoiseView) -> String {
    let series = &view.series;
    let point = |(i, p): (usize, &NoisePoint)| json!({ "file": p.station.name, "step": p.station.step, "found": series.json(i) });
    let points: Vec<Value> = series.points.iter().enumerate().map(point).collect();
    json!({
        "title": view.title,
        "caption": view.caption,
        "batch": series.batch,
        "leading": series.leading,
        "parameters": series.parameters,
        "points": points,
    })
    .to_string()
}

fn as_csv(series: &NoiseSeries) -> String {
    let mut out = String::from(
        "checkpoint,step,batch,trace_sigma,trace_sigma_error,trace_h,trace_h_error,trace_h_sigma,trace_h_sigma_error,\
         trace_h_sigma_bar,trace_h_sigma_bar_error,ratio,alignment,along_first,angle,overlap,lambda_1_h,lambda_1_sigma,\
         gradient_norm,noise_norm,gradient_curvature\n",
    );
    for p in &series.points {
        let Some(r) = &p.report else { continue };
        let numbers = [
            Some(r.trace_sigma.value),
            Some(r.trace_sigma.standard_error),
            Some(r.trace_h.value),
            Some(r.trace_h.standard_error),
            Some(r.trace_h_sigma.value),
            Some(r.trace_h_sigma.standard_error),
            Some(r.trace_h_sigma_bar.value),
            Some(r.trace_h_sigma_bar.standard_error),
            Some(r.ratio),
            Some(r.alignment),
            Some(r.along_first),
            Some(r.angle),
            Some(r.overlap),
            r.h_values.first().copied(),
            r.sigma_values.first().copied(),
            Some(r.gradient_norm),
            Some(r.noise_norm),
            Some(r.gradient_curvature),
        ];
        let step = p.station.step.map_or(String::new(), |step| step.to_string());
        // Writing to a string cannot fail.
        let _ = write!(out, "{},{step},{}", quoted(&p.station.name), r.batch);
        for number in numbers {
            let _ = write!(out, ",{}", Cell(number));
        }
        out.push('\n');
    }
    out
}
