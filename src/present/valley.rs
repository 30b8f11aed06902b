//! A valley to look at and to save.

use std::{fmt::Write as _, path::Path};

use serde_json::json;

use super::{
    error::PresentError,
    formats::{VALLEY_FORMATS, format},
    quoted::quoted,
    save::{save_bytes, save_picture, theme},
};
use crate::{
    explore::{About, Detector, DirectionReport, Unit, ValleyJob, ValleyReport, ValleyRequest},
    figure::{Figure, Theme, valley_figure},
    runfile::Cell,
    survey::Side,
    valley::Verdict,
};

/// What was found about the valley around a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct ValleyView {
    pub title: String,
    pub caption: String,
    pub report: ValleyReport,
    pub detector: Detector,
}

impl ValleyView {
    /// What a job has found so far.
    pub fn of(job: &ValleyJob, request: &ValleyRequest) -> ValleyView {
        ValleyView::new(&job.setting.about, request, job.report().clone())
    }

    /// What was found for a request.
    pub fn new(about: &About, request: &ValleyRequest, report: ValleyReport) -> ValleyView {
        let name = request.checkpoint.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        // A request that was measured has one.
        let detector = request.detector().unwrap_or_default();
        let unit = match detector.unit {
            Unit::Direction => "lengths of the direction",
            Unit::Distance => "distance in parameter space",
        };
        let family = match request.directions {
            0 => String::new(),
            count => {
                let d = request.random();
                format!(
                    " · {count} Gaussian directions, normalised: {}, biases: {}, seed {}",
                    d.normalisation, d.vectors, d.seed
                )
            }
        };
        let slice = detector.slice;
        let caption = format!(
            "{}\nζ = {}, r = {} in {unit}, tolerance {}, origin: {}{family}",
            about.caption(),
            slice.zeta(),
            slice.r(),
            detector.tolerance,
            detector.origin,
        );
        ValleyView { title: format!("The valley around {name}"), caption, report, detector }
    }

    /// As a picture.
    pub fn figure(&self, theme: Theme) -> Figure {
        let figure = valley_figure(&self.report, theme);
        Figure { title: self.title.clone(), caption: self.caption.clone(), ..figure }
    }

    /// A row per direction.
    pub fn csv(&self) -> String {
        as_csv(&self.report)
    }
}

/// Writes a valley in the format that the name's ending says: a table with a row per direction, a picture, or everything.
///
/// # Errors
/// An ending that means no format, and what can go wrong in writing.
pub fn save_valley(path: &Path, view: &ValleyView, dark: bool) -> Result<(), PresentError> {
    match format(path, &VALLEY_FORMATS, "valley")? {
        "json" => save_bytes(path, as_json(view).as_bytes()),
        "csv" => save_bytes(path, view.csv().as_bytes()),
        picture => save_picture(path, &view.figure(theme(dark)), picture),
    }
}

fn as_json(view: &ValleyView) -> String {
    let r = &view.report;
    json!({
        "title": view.title,
        "caption": view.caption,
        "detector": view.detector,
        "train": r.train,
        "test": r.test,
        "noise": r.noise,
        "directions": r.directions.iter().map(DirectionReport::json).collect::<Vec<_>>(),
        "share": r.share(),
        "shifts": r.shifts.iter().map(|s| s.json()).collect::<Vec<_>>(),
        "sharpness": r.sharpness,
        "sam_gaps": r.gaps.iter().map(|g| g.json()).collect::<Vec<_>>(),
    })
    .to_string()
}

fn as_csv(report: &ValleyReport) -> String {
    let mut out = String::from(
        "number,source,name,length,origin,asymmetric,c,c_error,p,p_at,steep,steep_at,flat,rise_left,rise_right,reason\n",
    );
    for (number, d) in report.directions.iter().enumerate() {
        let source = d.source.name();
        let a = d.asymmetry();
        let cell = |x: Option<f64>| Cell(x);
        let (verdict, reason) = match &d.verdict {
            Some(Verdict::Asymmetric(_)) => ("yes", String::new()),
            Some(Verdict::NotAsymmetric { reason }) => ("no", reason.to_string()),
            None => ("", String::new()),
        };
        let flat = a.map_or("", |a| if a.flat == Side::Left { "left" } else { "right" });
        let rise = d.rise();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{number},{source},{},{},{},{verdict},{},{},{},{},{},{},{flat},{},{},{}",
            quoted(&d.name),
            cell(d.length),
            cell(Some(d.origin)),
            cell(a.map(|a| a.c)),
            cell(a.map(|a| a.error)),
            cell(a.map(|a| a.p)),
            cell(a.map(|a| a.p_at)),
            cell(a.map(|a| a.steep)),
            cell(a.map(|a| a.steep_at)),
            cell(rise.map(|r| r[0])),
            cell(rise.map(|r| r[1])),
            quoted(&reason),
        );
    }
    out
}
