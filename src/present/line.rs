//! Lines to look at and to save.

use std::path::Path;

use serde_json::json;

use super::{
    error::PresentError,
    formats::{LINE_FORMATS, format},
    save::{save_bytes, save_picture, theme},
};
use crate::{
    explore::{Eigenvector, LineJob},
    export::{self, Field},
    figure::{self, Color, Figure, LineBand, LineCurve, LinePicture, Theme, line_figure, run_color},
    survey::{Band, LinePoint, LineSummary},
};

/// One measured line.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveView {
    pub name: String,
    /// What stands at α = 0 and α = 1.
    pub ends: [Option<String>; 2],
    /// ‖θ(1) − θ(0)‖.
    pub distance: f64,
    /// The eigenvector that it goes along.
    pub eigen: Option<Eigenvector>,
    /// Rising in α.
    pub points: Vec<LinePoint>,
    pub summary: LineSummary,
    pub color: Color,
}

/// One or several lines in one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct LineView {
    pub title: String,
    pub caption: String,
    pub curves: Vec<CurveView>,
    /// Loss on a logarithmic axis.
    pub log: bool,
}

impl LineView {
    /// What a job has measured so far.
    pub fn of(job: &LineJob) -> LineView {
        let curves = job.curves.iter().enumerate().map(|(i, c)| CurveView {
            name: c.name.clone(),
            ends: c.ends.clone(),
            distance: c.distance,
            eigen: c.eigen,
            points: c.line.points().to_vec(),
            summary: job.summary(i),
            color: run_color(i),
        });
        let curves: Vec<CurveView> = curves.collect();
        let title = match curves.as_slice() {
            [one] => format!("The line {}", one.name),
            [first, ..] if first.eigen.is_some() => {
                let centre = first.ends[0].as_deref().unwrap_or("A");
                format!("{} eigenvectors of the Hessian at {centre}", curves.len())
            }
            [first, ..] => {
                format!("{} random directions through {}", curves.len(), first.ends[0].as_deref().unwrap_or("A"))
            }
            [] => String::new(),
        };
        LineView { title, caption: job.setting.about.caption(), curves, log: false }
    }

    /// Whether the lines are random directions through one point: then their spread says more than each.
    pub fn is_band(&self) -> bool {
        self.curves.len() > 2 && self.curves.iter().all(|c| c.ends[1].is_none() && c.eigen.is_none())
    }

    /// The spread of training loss and error over the lines at the places of the first.
    pub fn band(&self) -> [Band; 2] {
        let alphas: Vec<f64> = self.curves.first().map_or(vec![], |c| c.points.iter().map(|p| p.alpha).collect());
        let of = |f: fn(&LinePoint) -> f64| {
            let at = |c: &CurveView, alpha: f64| c.points.iter().find(|p| p.alpha == alpha).map_or(f64::NAN, f);
            let curves: Vec<Vec<f64>> =
                self.curves.iter().map(|c| alphas.iter().map(|alpha| at(c, *alpha)).collect()).collect();
            Band::of(&alphas, &curves)
        };
        [of(|p| p.measured.train.loss), of(|p| p.measured.train.error)]
    }

    /// The picture: loss above error.
    pub fn figure(&self, theme: Theme) -> Figure {
        let band = self.is_band().then(|| self.band());
        let picture = line_picture(&[LineGroup { curves: &self.curves, band: band.as_ref() }], self.log, theme);
        line_figure(&LinePicture { title: self.title.clone(), caption: self.caption.clone(), ..picture })
    }
}

/// Curves that belong together: one line, or random directions.
#[derive(Clone, Copy, Debug)]
pub struct LineGroup<'a> {
    pub curves: &'a [CurveView],
    /// Their spread of training loss and error, where that says more than each.
    pub band: Option<&'a [Band; 2]>,
}

/// What is drawn of several lines over one axis, without title and caption.
pub fn line_picture(groups: &[LineGroup<'_>], log_loss: bool, theme: Theme) -> LinePicture {
    let all = || groups.iter().flat_map(|g| g.curves);
    let ends = [(0, "A"), (1, "B")].into_iter().filter_map(|(k, letter)| Some((k as f64, end(all(), k, letter)?)));
    let x_label = if all().any(|c| c.ends[1].is_none()) { "α: θ + α d" } else { "α: (1−α) A + α B" };
    LinePicture {
        x_label: x_label.into(),
        theme,
        curves: groups.iter().filter(|g| g.band.is_none()).flat_map(|g| g.curves).map(drawn).collect(),
        ends: ends.collect(),
        bands: groups.iter().filter_map(|g| drawn_band(g.curves, g.band?)).collect(),
        log_loss,
        ..LinePicture::default()
    }
}

/// The name of what stands at α = `end`: the checkpoint's, or `letter` when the lines have different ones. `None` when
/// nothing stands there.
fn end<'a>(curves: impl Iterator<Item = &'a CurveView>, end: usize, letter: &str) -> Option<String> {
    let mut names = curves.filter_map(|c| c.ends[end].as_ref());
    let first = names.next()?;
    Some(if names.all(|n| n == first) { first.clone() } else { letter.into() })
}

fn drawn_band(curves: &[CurveView], [loss, error]: &[Band; 2]) -> Option<LineBand> {
    Some(LineBand {
        count: curves.len(),
        color: curves.first()?.color,
        alpha: loss.points.iter().map(|p| p.alpha).collect(),
        loss: spread(loss),
        error: spread(error),
    })
}

fn drawn(c: &CurveView) -> LineCurve {
    let of = |f: fn(&LinePoint) -> Option<f64>| c.points.iter().map_while(f).collect::<Vec<f64>>();
    LineCurve {
        name: c.name.clone(),
        color: c.color,
        alpha: of(|p| Some(p.alpha)),
        train_loss: of(|p| Some(p.measured.train.loss)),
        train_error: of(|p| Some(p.measured.train.error)),
        test_loss: of(|p| p.measured.test.map(|t| t.loss)),
        test_error: of(|p| p.measured.test.map(|t| t.error)),
    }
}

fn spread(band: &Band) -> figure::Spread {
    let of = |f: fn(&crate::survey::Spread) -> f64| {
        band.points.iter().map(|p| p.spread.as_ref().map_or(f64::NAN, f)).collect::<Vec<f64>>()
    };
    figure::Spread {
        min: of(|s| s.min),
        lower_quartile: of(|s| s.lower_quartile),
        mean: of(|s| s.mean),
        upper_quartile: of(|s| s.upper_quartile),
        max: of(|s| s.max),
    }
}

/// Writes lines in the format that the name's ending says.
///
/// # Errors
/// An ending that means no format, and what can go wrong in writing.
pub fn save_line(path: &Path, view: &LineView, dark: bool) -> Result<(), PresentError> {
    match format(path, &LINE_FORMATS, "line")? {
        "json" => save_bytes(path, as_json(view).as_bytes()),
        "csv" => with_table(view, |line| Ok(export::csv::write_line(path, line)?)),
        "npz" => with_table(view, |line| Ok(export::npz::write_line(path, line, &as_json(view))?)),
        picture => save_picture(path, &view.figure(theme(dark)), picture),
    }
}

/// All numbers as CSV, as they are saved.
///
/// # Errors
/// Curves that make no table.
pub fn line_csv(view: &LineView) -> Result<String, PresentError> {
    with_table(view, |line| Ok(export::csv::line_text(line)))
}

fn as_json(view: &LineView) -> String {
    let curves = view.curves.iter().map(|c| {
        let mut curve = json!({
            "name": c.name, "ends": c.ends, "distance": c.distance, "points": c.points, "summary": c.summary,
        });
        if let Some(eigen) = c.eigen {
            curve["eigen"] = eigen.json();
        }
        curve
    });
    json!({ "title": view.title, "caption": view.caption, "curves": curves.collect::<Vec<_>>() }).to_string()
}

/// All curves as columns over every α that one of them has; of several, each with its number.
fn with_table<T>(
    view: &LineView,
    write: impl FnOnce(&export::Line<'_>) -> Result<T, PresentError>,
) -> Result<T, PresentError> {
    let mut alpha: Vec<f64> = view.curves.iter().flat_map(|c| c.points.iter().map(|p| p.alpha)).collect();
    alpha.sort_by(f64::total_cmp);
    alpha.dedup();
    let mut columns: Vec<(String, Vec<Option<f64>>)> = Vec::new();
    for (i, c) in view.curves.iter().enumerate() {
        let at = |alpha: &f64| c.points.iter().find(|p| p.alpha == *alpha);
        let points: Vec<Option<&LinePoint>> = alpha.iter().map(at).collect();
        let mut column = |name: &str, f: fn(&LinePoint) -> Option<f64>| {
            let name = if view.curves.len() == 1 { name.to_string() } else { format!("{name}_{i}") };
            columns.push((name, points.iter().map(|p| p.and_then(f)).collect()));
        };
        column("train_loss", |p| Some(p.measured.train.loss));
        column("train_error", |p| Some(p.measured.train.error));
        column("test_loss", |p| p.measured.test.map(|t| t.loss));
        column("test_error", |p| p.measured.test.map(|t| t.error));
    }
    let fields: Vec<Field<'_>> = columns.iter().map(|(name, values)| Field { name, values }).collect();
    write(&export::Line::new(&alpha, &fields)?)
}
