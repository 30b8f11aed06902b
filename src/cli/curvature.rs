//! `valleyscope curvature`: eigenvalues, trace, density and layers of a matrix of a network at checkpoints.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::{Args, ValueHint};
use serde_json::json;

use super::{
    Ended,
    measure::{End, Measure, Out, can_be_written, measure},
    output::OutputArgs,
    show::{loss, measured},
    table,
};
use crate::{
    checkpoint,
    curvature::{Eigenvalue, LayerCurvature, Operator},
    explore::{
        ExploreError, Job as _, SpectrumFound, SpectrumJob, SpectrumPoint, SpectrumRequest, SpectrumRequestError,
        SpectrumSeries,
    },
    present::{self, PresentError, SpectrumView},
};

#[derive(Args, Debug)]
#[command(
    mut_arg("out", |out| out.help("Write what was found to these files: .csv (a row for every number), .png, .svg, .pdf, .json"))
)]
pub struct CurvatureArgs {
    #[command(flatten)]
    request: SpectrumRequest,
    /// Write the eigenvectors to FILE: tensors named as the network's, after v and the rank (v1.fc1.weight); FILE#v1 is then a
    /// direction for line, plane and valley. Of one checkpoint.
    #[arg(long, value_name = "FILE.safetensors", value_hint = ValueHint::FilePath, help_heading = "Output")]
    save_vectors: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl CurvatureArgs {
    pub fn run(&self) -> Result<Ended> {
        if let Some(path) = &self.save_vectors {
            if self.request.top == 0 && self.request.smallest == 0 {
                return Err(ExploreError::from(SpectrumRequestError::NoVectors).into());
            }
            can_be_written(("--save-vectors", path))?;
        }
        measure(self)
    }
}

impl Measure for CurvatureArgs {
    type Request = SpectrumRequest;
    type Job = SpectrumJob;

    const KEEPS_WHAT_IT_HAS: bool = true;

    fn request(&self) -> &SpectrumRequest {
        &self.request
    }

    fn output(&self) -> &OutputArgs {
        &self.output
    }

    fn check_format(path: &Path) -> Result<(), PresentError> {
        present::check_spectrum_format(path)
    }

    fn begin(&self, out: &mut Out, job: &SpectrumJob) -> Result<()> {
        let series = job.series();
        if self.save_vectors.is_some() && series.points.len() > 1 {
            return Err(ExploreError::from(SpectrumRequestError::Several(series.points.len())).into());
        }
        if self.output.json {
            let files: Vec<&str> = series.points.iter().map(|p| p.station.name.as_str()).collect();
            let line = json!({
                "event": "subject", "about": job.setting.about, "operator": series.operator, "batch": series.batch,
                "tolerance": series.tolerance, "seed": self.request.subject.seed, "files": files,
            });
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// A number is told when it will not change any more.
    fn found(&self, out: &mut Out, job: &SpectrumJob, found: SpectrumFound) -> Result<()> {
        if found.is_final {
            for line in job.series().json_of(found.point, &found.value) {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }

    fn end(&self, out: &mut Out, job: &SpectrumJob, end: End) -> Result<()> {
        let series = job.series();
        if end.stopped {
            eprintln!("stopped: these numbers are those that were found until then");
        }
        if self.output.json {
            // Of a search that was stopped, what it had found already.
            let open = series.points.iter().position(|p| !p.is_searched && !p.eigenvalues.is_empty());
            let lines = open.into_iter().flat_map(|point| series.json(point));
            for line in lines.filter(|line| line["event"] == "eigenvalue") {
                writeln!(out, "{line}")?;
            }
            let progress = job.progress();
            let line = json!({
                "event": "done", "products": progress.done, "stopped": end.stopped, "seconds": end.took.as_secs_f64(),
            });
            writeln!(out, "{line}")?;
        } else {
            print(out, job, &SpectrumView::of(job, &self.request), end)?;
        }
        if let Some(path) = &self.save_vectors {
            match write_vectors(path, job)? {
                true if self.output.json => {}
                true => writeln!(out, "wrote {}", path.display())?,
                false => eprintln!("the eigenvectors are not known yet; {} is not written", path.display()),
            }
        }
        Ok(())
    }

    fn save(&self, path: &Path, job: &SpectrumJob) -> Result<(), PresentError> {
        present::save_spectrum(path, &SpectrumView::of(job, &self.request), self.output.dark)
    }
}

/// Writes the eigenvectors, and says whether they are known.
fn write_vectors(path: &Path, job: &SpectrumJob) -> Result<bool> {
    let Some(point) = job.series().points.first().filter(|_| !job.vectors().is_empty()) else { return Ok(false) };
    let named = |(e, v): (&Eigenvalue, &Vec<f64>)| (format!("v{}", e.rank), v.iter().map(|x| *x as f32).collect());
    let vectors: Vec<(String, Vec<f32>)> = point.eigenvalues.iter().zip(job.vectors()).map(named).collect();
    checkpoint::save_directions(path, job.setting.objective.network().layout(), &vectors)?;
    Ok(true)
}

fn print(out: &mut impl io::Write, job: &SpectrumJob, view: &SpectrumView, end: End) -> io::Result<()> {
    writeln!(out, "{}\n{}", view.title, view.caption)?;
    for note in &job.setting.about.notes {
        writeln!(out, "  ({note})")?;
    }
    writeln!(out)?;
    match view.series.points.as_slice() {
        [point] => print_point(out, &view.series, point)?,
        points => print_points(out, &view.series, points)?,
    }
    writeln!(out, "  {} products in {:.1} s", job.progress().done, end.took.as_secs_f64())
}

fn print_point(out: &mut impl io::Write, series: &SpectrumSeries, point: &SpectrumPoint) -> io::Result<()> {
    let is_curvature = series.operator != Operator::Sigma;
    if !point.eigenvalues.is_empty() {
        let row = |e: &Eigenvalue| {
            let rate = if is_curvature && e.value > 0.0 { loss(2.0 / e.value) } else { String::new() };
            let open = if series.is_converged(point, e) { "" } else { "not found yet" };
            vec![e.rank.to_string(), loss(e.value), format!("{:.1e}", e.residual), rate, open.to_string()]
        };
        table::print(out, &["rank", "λ", "residual", "2/λ", ""], point.eigenvalues.iter().map(row))?;
        writeln!(out)?;
    }
    if !point.layers.is_empty() {
        let row = |layer: &LayerCurvature| {
            let dash = || "–".to_string();
            vec![
                layer.name.clone(),
                layer.largest.map_or_else(dash, |e| loss(e.value)),
                layer.trace.map_or_else(dash, |trace| measured(&trace)),
            ]
        };
        table::print(out, &["layer", "λ₁ of its block", "trace of its block"], point.layers.iter().map(row))?;
        writeln!(out)?;
    }
    if let Some(trace) = point.trace {
        writeln!(out, "  trace: {}", measured(&trace))?;
    }
    if let Some(density) = &point.density {
        let trace = density.trace();
        writeln!(
            out,
            "  density: {} random vectors, {} products; its mean times {} parameters gives a trace of {}",
            density.nodes.len(),
            density.products,
            density.dimension,
            measured(&trace.into())
        )?;
        if let Some((low, high)) = density.range() {
            writeln!(out, "  the density reaches from {} to {}", loss(low), loss(high))?;
        }
    }
    if let Some(largest) = point.largest().filter(|e| is_curvature && e.value > 0.0) {
        writeln!(
            out,
            "  gradient descent is stable along the leading eigenvector below a learning rate of 2/λ₁ = {}; momentum β allows \
             1 + β times as much",
            loss(2.0 / largest.value)
        )?;
    }
    if point.is_searched && !point.is_found {
        writeln!(
            out,
            "  not all eigenvalues have residuals below {} of the largest one; allow more products (--products) or a larger \
             --tolerance",
            series.tolerance
        )?;
    }
    Ok(())
}

fn print_points(out: &mut impl io::Write, series: &SpectrumSeries, points: &[SpectrumPoint]) -> io::Result<()> {
    let dash = || "–".to_string();
    let is_curvature = series.operator != Operator::Sigma;
    let row = |p: &SpectrumPoint| {
        let largest = p.largest();
        let second = p.eigenvalues.iter().find(|e| e.rank == 2);
        let smallest = p.eigenvalues.last().filter(|e| e.rank as u64 == series.parameters);
        let rate = largest.filter(|e| is_curvature && e.value > 0.0).map(|e| 2.0 / e.value);
        let is_all = p.is_found || p.eigenvalues.is_empty();
        let state = match (p.is_done, is_all) {
            (true, true) => "",
            (true, false) => "not all found",
            (false, _) => "not complete",
        };
        vec![
            p.station.name.clone(),
            largest.map_or_else(dash, |e| loss(e.value)),
            second.map_or_else(dash, |e| loss(e.value)),
            smallest.map_or_else(dash, |e| loss(e.value)),
            rate.map_or_else(dash, loss),
            p.trace.map_or_else(dash, |trace| measured(&trace)),
            state.to_string(),
        ]
    };
    let head = ["checkpoint", "λ₁", "λ₂", "smallest λ", "2/λ₁", "trace", ""];
    table::print(out, &head, points.iter().map(row))?;
    writeln!(out)?;
    if is_curvature {
        writeln!(
            out,
            "  2/λ₁ is the largest stable learning rate of gradient descent; momentum β allows 1 + β times as much"
        )?;
    }
    Ok(())
}
