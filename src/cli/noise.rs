//! `valleyscope noise`: the noise of mini-batch gradients against the curvature of the loss, at checkpoints.

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{
    Ended,
    measure::{End, Measure, Out, measure},
    output::OutputArgs,
    show::{loss, measured},
    table,
};
use crate::{
    curvature::NoiseReport,
    explore::{Job as _, NoiseFound, NoiseJob, NoisePoint, NoiseRequest},
    present::{self, NoiseView, PresentError},
};

#[derive(Args, Debug)]
#[command(
    mut_arg("out", |out| out.help("Write what was found to these files: .csv (a row per checkpoint), .png, .svg, .pdf, .json"))
)]
pub struct NoiseArgs {
    #[command(flatten)]
    request: NoiseRequest,
    #[command(flatten)]
    output: OutputArgs,
}

impl NoiseArgs {
    pub fn run(&self) -> Result<Ended> {
        measure(self)
    }
}

impl Measure for NoiseArgs {
    type Request = NoiseRequest;
    type Job = NoiseJob;

    const KEEPS_WHAT_IT_HAS: bool = true;

    fn request(&self) -> &NoiseRequest {
        &self.request
    }

    fn output(&self) -> &OutputArgs {
        &self.output
    }

    fn check_format(path: &Path) -> Result<(), PresentError> {
        present::check_noise_format(path)
    }

    fn begin(&self, out: &mut Out, job: &NoiseJob) -> Result<()> {
        if self.output.json {
            let series = job.series();
            let files: Vec<&str> = series.points.iter().map(|p| p.station.name.as_str()).collect();
            let line = json!({
                "event": "subject", "about": job.setting.about, "batch": series.batch, "leading": series.leading,
                "seed": self.request.subject.seed, "files": files,
            });
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// A checkpoint is told when all of it is measured.
    fn found(&self, out: &mut Out, job: &NoiseJob, found: NoiseFound) -> Result<()> {
        if let NoiseFound::Report { point, is_last: true, .. } = found
            && let Some(line) = job.series().json(point)
        {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn end(&self, out: &mut Out, job: &NoiseJob, end: End) -> Result<()> {
        let series = job.series();
        if end.stopped {
            eprintln!("stopped: these numbers are those that were found until then");
        }
        if !self.output.json {
            return Ok(print(out, job, &NoiseView::of(job, &self.request), end)?);
        }
        // Of a checkpoint at which it was stopped, what was known already; what was not is NaN.
        let open = series.points.iter().position(|p| !p.is_done && p.report.is_some());
        if let Some(line) = open.and_then(|point| series.json(point)) {
            writeln!(out, "{line}")?;
        }
        let line = json!({
            "event": "done", "passes": job.progress().done, "stopped": end.stopped, "seconds": end.took.as_secs_f64(),
        });
        Ok(writeln!(out, "{line}")?)
    }

    fn save(&self, path: &Path, job: &NoiseJob) -> Result<(), PresentError> {
        present::save_noise(path, &NoiseView::of(job, &self.request), self.output.dark)
    }
}

fn print(out: &mut impl io::Write, job: &NoiseJob, view: &NoiseView, end: End) -> io::Result<()> {
    writeln!(out, "{}\n{}", view.title, view.caption)?;
    for note in &job.setting.about.notes {
        writeln!(out, "  ({note})")?;
    }
    writeln!(out)?;
    match view.series.points.as_slice() {
        [NoisePoint { report: Some(report), .. }] => print_report(out, report, view.series.parameters)?,
        points => print_points(out, points)?,
    }
    writeln!(out, "  {} passes in {:.1} s", job.progress().done, end.took.as_secs_f64())
}

fn print_report(out: &mut impl io::Write, r: &NoiseReport, parameters: u64) -> io::Result<()> {
    let first = |values: &[f64]| values.first().map_or("–".to_string(), |x| loss(*x));
    writeln!(out, "  Tr Σ  of the gradient noise, batches of {}   {}", r.batch, measured(&r.trace_sigma))?;
    writeln!(out, "  Tr H  of the curvature                     {}", measured(&r.trace_h))?;
    writeln!(out, "  Tr(HΣ)                                     {}", measured(&r.trace_h_sigma))?;
    writeln!(out, "  Tr H · Tr Σ / {parameters}, if the noise were isotropic   {}", measured(&r.trace_h_sigma_bar))?;
    writeln!(out, "  ratio of the two                           {}", loss(r.ratio))?;
    writeln!(out, "  projection coefficient â                   {}", loss(r.alignment))?;
    writeln!(out, "  λ₁ of H                                    {}", first(&r.h_values))?;
    writeln!(out, "  λ₁ of Σ                                    {}", first(&r.sigma_values))?;
    writeln!(out, "  variance of the noise along u₁ of H        {}", loss(r.along_first))?;
    writeln!(out, "  angle between the leading eigenvectors     {:.2}°", r.angle.to_degrees())?;
    writeln!(out, "  overlap of the {} leading eigenvectors      {:.4}", r.h_values.len(), r.overlap)?;
    writeln!(out, "  ‖g‖ of the full gradient                   {}", loss(r.gradient_norm))?;
    writeln!(out, "  √Tr Σ, the size of the noise               {}", loss(r.noise_norm))?;
    writeln!(out, "  gᵀHg                                       {}", loss(r.gradient_curvature))?;
    let words = match r.ratio {
        ratio if ratio > 1.0 => {
            format!("the noise is {} times as strong where the loss bends as isotropic noise of its size", loss(ratio))
        }
        ratio if ratio.is_finite() => {
            "the noise is not stronger where the loss bends than isotropic noise of its size".into()
        }
        _ => return Ok(()),
    };
    writeln!(out, "\n  {words}")
}

fn print_points(out: &mut impl io::Write, points: &[NoisePoint]) -> io::Result<()> {
    let row = |p: &NoisePoint| {
        let cell = |f: &dyn Fn(&NoiseReport) -> String| p.report.as_ref().map_or_else(|| "–".to_string(), f);
        vec![
            p.station.name.clone(),
            cell(&|r| measured(&r.trace_sigma)),
            cell(&|r| measured(&r.trace_h)),
            cell(&|r| measured(&r.trace_h_sigma)),
            cell(&|r| loss(r.trace_h_sigma_bar.value)),
            cell(&|r| loss(r.ratio)),
            cell(&|r| loss(r.alignment)),
            cell(&|r| format!("{:.1}°", r.angle.to_degrees())),
            if p.is_done { String::new() } else { "not complete".to_string() },
        ]
    };
    let head = ["checkpoint", "Tr Σ", "Tr H", "Tr(HΣ)", "Tr H Tr Σ / D", "ratio", "â", "angle", ""];
    table::print(out, &head, points.iter().map(row))?;
    writeln!(out)
}
