//! `valleyscope valley`: asymmetric directions at a checkpoint, the shift between test and training loss, and sharpness.

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{
    Ended,
    json::{event, merge},
    measure::{End, Measure, Out, measure},
    output::OutputArgs,
    show::loss,
    table,
};
use crate::{
    explore::{DirectionReport, ShiftReport, ValleyFound, ValleyJob, ValleyReport, ValleyRequest},
    present::{self, PresentError, ValleyView},
    probe::json::number,
    survey::Side,
    valley::{Share, Verdict},
};

#[derive(Args, Debug)]
#[command(
    mut_arg("out", |out| out.help("Write what was found to these files: .csv (a row per direction), .png, .svg, .pdf, .json"))
)]
pub struct ValleyArgs {
    #[command(flatten)]
    request: ValleyRequest,
    #[command(flatten)]
    output: OutputArgs,
}

impl ValleyArgs {
    pub fn run(&self) -> Result<Ended> {
        measure(self)
    }
}

impl Measure for ValleyArgs {
    type Request = ValleyRequest;
    type Job = ValleyJob;

    fn request(&self) -> &ValleyRequest {
        &self.request
    }

    fn output(&self) -> &OutputArgs {
        &self.output
    }

    fn check_format(path: &Path) -> Result<(), PresentError> {
        present::check_valley_format(path)
    }

    fn begin(&self, out: &mut Out, job: &ValleyJob) -> Result<()> {
        if self.output.json {
            let detector = self.request.detector()?;
            writeln!(out, "{}", json!({ "event": "subject", "about": job.setting.about, "detector": detector }))?;
        }
        Ok(())
    }

    /// A direction is told when it is complete, so that a reader sees the verdicts as they come.
    fn found(&self, out: &mut Out, job: &ValleyJob, found: ValleyFound) -> Result<()> {
        if let ValleyFound::Judged { direction, .. } = found {
            let mut line = json!({ "event": "direction", "number": direction });
            merge(&mut line, job.report().directions[direction].json());
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn end(&self, out: &mut Out, job: &ValleyJob, _end: End) -> Result<()> {
        if self.output.json {
            print_json(out, job.report())
        } else {
            Ok(print(out, job, &ValleyView::of(job, &self.request))?)
        }
    }

    fn save(&self, path: &Path, job: &ValleyJob) -> Result<(), PresentError> {
        present::save_valley(path, &ValleyView::of(job, &self.request), self.output.dark)
    }
}

fn print(out: &mut impl io::Write, job: &ValleyJob, view: &ValleyView) -> io::Result<()> {
    let report = job.report();
    writeln!(out, "{}\n{}", view.title, view.caption)?;
    for note in &job.setting.about.notes {
        writeln!(out, "  ({note})")?;
    }
    if let Some(train) = report.train {
        let test = report.test.map_or(String::new(), |t| format!(", test loss {}", loss(t.loss)));
        let noise = report.noise.map_or(String::new(), |n| format!("; rounding moves a loss by {n:.1e} of it"));
        writeln!(out, "\n  training loss {}{test}{noise}", loss(train.loss))?;
    }
    if !report.directions.is_empty() {
        writeln!(out)?;
        let head = ["direction", "length", "c", "±", "p", "flat", "rise left", "rise right", "why not"];
        table::print(out, &head, report.directions.iter().map(row))?;
    }
    if let Some(share) = report.share() {
        writeln!(out)?;
        print_share(out, &share)?;
    }
    for s in &report.shifts {
        print_shift(out, s, &report.directions[s.direction].name)?;
    }
    print_sharpness(out, report)
}

fn row(d: &DirectionReport) -> Vec<String> {
    let dash = || "–".to_string();
    let known = |x: Option<f64>| x.map_or_else(dash, loss);
    let [c, error, p, flat, why] = match &d.verdict {
        Some(Verdict::Asymmetric(a)) => {
            let side = match a.flat {
                Side::Left => "left",
                Side::Right => "right",
            };
            [format!("{:.4}", a.c), format!("{:.4}", a.error), loss(a.p), side.into(), String::new()]
        }
        Some(Verdict::NotAsymmetric { reason }) => [dash(), dash(), dash(), dash(), reason.to_string()],
        None => [dash(), dash(), dash(), dash(), "not judged".into()],
    };
    let rise = d.rise();
    let rises = [rise.map(|r| r[0]), rise.map(|r| r[1])].map(known);
    let [left, right] = rises;
    vec![d.name.clone(), known(d.length), c, error, p, flat, left, right, why]
}

fn print_share(out: &mut impl io::Write, share: &Share) -> io::Result<()> {
    let a = share.asymmetric;
    writeln!(
        out,
        "  {} of {} random directions are asymmetric: {:.1} %, 95 % interval {:.1} % to {:.1} % (Wilson)",
        a.successes,
        a.runs,
        100.0 * a.rate(),
        100.0 * a.low,
        100.0 * a.high
    )?;
    let o = share.others;
    writeln!(
        out,
        "  the others: {} balanced, {} falling, {} too flat, {} not finite",
        o.balanced, o.falling, o.too_flat, o.not_finite
    )?;
    let counts = share.c.counts();
    if let Some(last) = counts.iter().rposition(|n| *n > 0) {
        let bins = share.c.edges().windows(2).zip(counts).take(last + 1);
        let words: Vec<String> = bins.map(|(e, n)| format!("{:.2}–{:.2}: {n}", e[0], e[1])).collect();
        writeln!(out, "  c: {}", words.join(", "))?;
    }
    Ok(())
}

fn print_shift(out: &mut impl io::Write, s: &ShiftReport, name: &str) -> io::Result<()> {
    match &s.outcome {
        Some(Ok(shift)) => {
            let end = if shift.at_end { ", the end of what was tried" } else { "" };
            writeln!(
                out,
                "  shift along {name}: δ = {:.4}{end}, gap ξ = {} (without a shift {}), lowest test minus lowest training loss {}",
                shift.delta,
                loss(shift.gap),
                loss(shift.unshifted_gap),
                loss(shift.height)
            )
        }
        Some(Err(why)) => writeln!(out, "  shift along {name}: {why}"),
        None => Ok(()),
    }
}

fn print_sharpness(out: &mut impl io::Write, report: &ValleyReport) -> io::Result<()> {
    let known = |x: Option<f64>| x.map_or("–".into(), loss);
    for s in &report.sharpness {
        let Some(e) = &s.estimate else { continue };
        let interval = e.interval.map_or(String::new(), |i| format!(", 95 % {} to {}", loss(i.low), loss(i.high)));
        let odd = if e.not_finite > 0 { format!(", {} not finite", e.not_finite) } else { String::new() };
        writeln!(
            out,
            "  expected sharpness, δ = {}: {} ± {} (standard error{interval}), {} draws{odd}",
            s.spec.delta,
            known(e.mean),
            known(e.standard_error),
            e.finite + e.not_finite,
        )?;
    }
    for g in &report.gaps {
        let Some(gap) = &g.gap else { continue };
        let level = if g.gradient_norm == Some(0.0) { "; the gradient is 0, there is no way up" } else { "" };
        writeln!(
            out,
            "  SAM gap, ρ = {}: {} after one step, {} after {} steps of ascent (lower bounds of the maximum){level}",
            g.spec.rho(),
            known(gap.one_step_gap()),
            known(gap.ascent_gap()),
            g.spec.steps(),
        )?;
    }
    Ok(())
}

fn print_json(out: &mut impl io::Write, report: &ValleyReport) -> Result<()> {
    let mut line = json!({ "event": "valley", "noise": report.noise.map(number) });
    if let Some(train) = report.train {
        line["train"] = json!(train);
    }
    if let Some(test) = report.test {
        line["test"] = json!(test);
    }
    writeln!(out, "{line}")?;
    let parts = report.share().map(|share| ("share", json!(share)));
    let parts = parts.into_iter().chain(report.shifts.iter().map(|s| ("shift", s.json())));
    let parts = parts.chain(report.sharpness.iter().map(|s| ("sharpness", json!(s))));
    for (name, part) in parts.chain(report.gaps.iter().map(|g| ("sam-gap", g.json()))) {
        let mut line = event(name);
        merge(&mut line, part);
        writeln!(out, "{line}")?;
    }
    Ok(())
}
