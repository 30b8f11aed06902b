//! `valleyscope line`: loss and error between two checkpoints, or along random directions.

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Ended,
    json::{event, merge},
    measure::{End, Measure, Out, measure},
    output::OutputArgs,
    show::{loss, percent},
    table,
};
use crate::{
    explore::{LineFound, LineJob, LineRequest},
    present::{self, PresentError},
    survey::{CurveSummary, LinePoint, Side},
};

#[derive(Args, Debug)]
#[command(mut_arg("out", |out| out.help("Write the line to these files: .csv, .npz, .png, .svg, .pdf, .json")))]
pub struct LineArgs {
    #[command(flatten)]
    request: LineRequest,
    #[command(flatten)]
    output: OutputArgs,
}

impl LineArgs {
    pub fn run(&self) -> Result<Ended> {
        measure(self)
    }
}

impl Measure for LineArgs {
    type Request = LineRequest;
    type Job = LineJob;

    fn request(&self) -> &LineRequest {
        &self.request
    }

    fn output(&self) -> &OutputArgs {
        &self.output
    }

    fn check_format(path: &Path) -> Result<(), PresentError> {
        present::check_line_format(path)
    }

    fn begin(&self, out: &mut Out, job: &LineJob) -> Result<()> {
        if self.output.json {
            writeln!(out, "{}", json!({ "event": "subject", "about": job.setting.about }))?;
            for (curve, eigen) in job.curves.iter().enumerate().filter_map(|(i, c)| Some((i, c.eigen?))) {
                writeln!(out, "{}", of_curve("eigenvector", job, curve, eigen.json())?)?;
            }
        }
        Ok(())
    }

    fn found(&self, out: &mut Out, job: &LineJob, found: LineFound) -> Result<()> {
        let LineFound::Points { curve, points } = found else { return Ok(()) };
        for p in points {
            let mut line = of_curve("point", job, curve, p)?;
            if let Some(why) = why(job, &p) {
                line["why"] = why.into();
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn end(&self, out: &mut Out, job: &LineJob, _end: End) -> Result<()> {
        if self.output.json {
            for curve in 0..job.curves.len() {
                writeln!(out, "{}", of_curve("line", job, curve, job.summary(curve))?)?;
            }
        } else if job.curves.len() > 1 && job.curves.iter().all(|c| c.eigen.is_none()) {
            print_band(out, job)?;
        } else {
            about(out, job)?;
            for curve in 0..job.curves.len() {
                print(out, job, curve)?;
            }
        }
        Ok(())
    }

    fn save(&self, path: &Path, job: &LineJob) -> Result<(), PresentError> {
        present::save_line(path, &present::LineView::of(job), self.output.dark)
    }
}

/// Why a point has no loss, where that is known.
fn why(job: &LineJob, point: &LinePoint) -> Option<&'static str> {
    let is_missing = !point.measured.train.loss.is_finite();
    job.setting.about.limits.why(point.alpha, 0.0).filter(|_| is_missing)
}

/// An event about one of the curves, with its number where there are several.
fn of_curve(name: &str, job: &LineJob, curve: usize, what: impl Serialize) -> serde_json::Result<Value> {
    let mut line = event(name);
    if job.curves.len() > 1 {
        line["curve"] = curve.into();
    }
    merge(&mut line, serde_json::to_value(what)?);
    Ok(line)
}

/// What was measured, on what.
fn about(out: &mut impl io::Write, job: &LineJob) -> io::Result<()> {
    match job.curves.as_slice() {
        [one] => writeln!(out, "{}", one.name)?,
        several => writeln!(out, "{} eigenvectors of the Hessian", several.len())?,
    }
    writeln!(out, "{}", job.setting.about.caption())?;
    for note in &job.setting.about.notes {
        writeln!(out, "  ({note})")?;
    }
    Ok(())
}

fn print(out: &mut impl io::Write, job: &LineJob, curve: usize) -> io::Result<()> {
    let (summary, curve) = (&job.summary(curve), &job.curves[curve]);
    writeln!(out)?;
    if let Some(eigen) = curve.eigen {
        writeln!(out, "  {}, {} products", eigen.words(), eigen.products)?;
    }
    let points = curve.line.points();
    let rows = points.iter().map(|p| {
        let (m, test) = (p.measured, p.measured.test);
        let dash = || "–".to_string();
        vec![
            format!("{:.4}", p.alpha),
            loss(m.train.loss),
            percent(m.train.error),
            test.map_or_else(dash, |t| loss(t.loss)),
            test.map_or_else(dash, |t| percent(t.error)),
        ]
    });
    table::print(out, &["α", "train loss", "train error", "test loss", "test error"], rows)?;
    let without = points.iter().filter_map(|p| Some((p.alpha.to_string(), why(job, p)?)));
    let (alphas, whys): (Vec<String>, Vec<&str>) = without.unzip();
    if let Some(why) = whys.first() {
        writeln!(out, "  no loss, {why}, at α = {}", alphas.join(", "))?;
    }
    writeln!(out)?;
    let length = if curve.ends[1].is_some() { "distance between the ends  " } else { "length of the direction    " };
    writeln!(out, "  {length} {:.6}", summary.distance)?;
    if let Some(cosine) = summary.gradient_cosine {
        writeln!(out, "  cosine of the end gradients {cosine:.6}")?;
    }
    print_curve(out, "training", &summary.train)?;
    summary.test.iter().try_for_each(|test| print_curve(out, "test", test))?;
    match summary.shift {
        Some(s) => writeln!(
            out,
            "  minima by parabolas: training α = {:.4}, test α = {:.4}; shift {:+.4}, a distance of {:+.4}",
            s.train, s.test, s.alpha, s.distance
        ),
        None if summary.test.is_some() => {
            writeln!(
                out,
                "  no shift: a minimum lies at the end of what was measured; give wider --alphas, or --widen 2"
            )
        }
        None => Ok(()),
    }
}

fn print_curve(out: &mut impl io::Write, name: &str, c: &CurveSummary) -> io::Result<()> {
    if let Some(b) = c.barrier {
        let place = if b.above_chord > 0.0 { format!(" at α = {:.3}", b.alpha) } else { String::new() };
        writeln!(
            out,
            "  {name} barrier: {} above the straight line{place}, {} above the higher end",
            loss(b.above_chord),
            loss(b.above_higher_end)
        )?;
    }
    if let Some(low) = c.lowest {
        writeln!(out, "  {name} minimum: {} at α = {:.3}", loss(low.loss), low.alpha)?;
    }
    for (end, slopes) in [("A", c.slopes_a), ("B", c.slopes_b)] {
        let Some(s) = slopes else { continue };
        let (Some(left), Some(right)) = (s.left, s.right) else { continue };
        let flatter = match s.flatter {
            Some(Side::Left) => ", flatter on the left",
            Some(Side::Right) => ", flatter on the right",
            None => "",
        };
        writeln!(
            out,
            "  {name} slopes at {end}: {:+.4} left, {:+.4} right per unit of α{flatter}",
            left.per_alpha, right.per_alpha
        )?;
    }
    if c.not_finite > 0 {
        writeln!(out, "  {name}: {} of {} points are not finite", c.not_finite, c.points)?;
    }
    Ok(())
}

fn print_band(out: &mut impl io::Write, job: &LineJob) -> io::Result<()> {
    writeln!(out, "{}", job.setting.about.caption())?;
    let [band, _] = present::LineView::of(job).band();
    let rows = band.points.iter().map(|p| {
        let s = p.spread;
        let cell = |f: fn(&crate::survey::Spread) -> f64| s.as_ref().map_or("–".into(), |s| loss(f(s)));
        vec![
            format!("{:.4}", p.alpha),
            cell(|s| s.min),
            cell(|s| s.lower_quartile),
            cell(|s| s.median),
            cell(|s| s.upper_quartile),
            cell(|s| s.max),
            cell(|s| s.mean),
        ]
    });
    table::print(out, &["α", "lowest", "25 %", "median", "75 %", "highest", "mean"], rows)
}
