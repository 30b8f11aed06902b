//! `valleyscope valley`: asymmetric directions at a checkpoint, the shift between test and training loss, and sharpness.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Result, bail};
use clap::{Args, ValueHint};
use serde_json::json;

use super::{
    Ended,
    show::{Bar, interrupted, loss},
    subject::{DirectionArgs, SubjectArgs},
    table,
};
use crate::{
    explore::{
        Detector, DirectionReport, Family, Job as _, Origin, SamGapSpec, ShiftReport, ShiftSpec, Unit, ValleyFound,
        ValleyJob, ValleyReport, ValleyRequest,
    },
    objective::Interrupt,
    present::{self, ValleyView},
    probe::json::number,
    survey::{Refine, Side},
    valley::{Share, SharpnessSpec, SliceSpec, Verdict},
};

#[derive(Args, Debug)]
pub struct ValleyArgs {
    /// Checkpoint w: safetensors, PyTorch, burnpack, a run file or RUN@STEP.
    #[arg(value_hint = ValueHint::FilePath)]
    checkpoint: PathBuf,
    /// Other solutions: the directions towards them are judged, too.
    #[arg(value_hint = ValueHint::FilePath)]
    others: Vec<PathBuf>,
    #[command(flatten)]
    subject: SubjectArgs,
    /// Judge K Gaussian directions; 0 for none.
    #[arg(long, value_name = "K", default_value_t = 20, help_heading = "Directions")]
    directions: u32,
    #[command(flatten)]
    kind: DirectionArgs,
    /// Judge the direction in FILE, too, such as an eigenvector of the Hessian.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Directions")]
    direction: Vec<PathBuf>,
    /// r: how far from w the slopes are compared.
    #[arg(long, value_name = "R", default_value_t = Detector::default().slice.r(), help_heading = "Detector")]
    radius: f64,
    /// ζ: nearer to w than this, slopes do not count.
    #[arg(long, value_name = "Z", default_value_t = Detector::default().slice.zeta(), help_heading = "Detector")]
    zeta: f64,
    /// Points on either side, ζ and r among them.
    #[arg(long, value_name = "N", default_value_t = Detector::default().slice.points(), help_heading = "Detector")]
    points: usize,
    /// Add up to N points a direction where its slope bends by more than TOLERANCE and the verdict is open; N = 0: none.
    #[arg(long, value_name = "TOLERANCE:N", default_value = Detector::REFINE, help_heading = "Detector")]
    refine: Refine,
    /// c must be above 1 + TOLERANCE, and above 1 by more than its error.
    #[arg(long, value_name = "TOLERANCE", default_value_t = Detector::default().tolerance, help_heading = "Detector")]
    tolerance: f64,
    /// In what r and ζ are counted: direction (lengths of the direction: 1 is the other solution, or a random direction
    /// once), or distance (in parameter space, a direction of length 1).
    #[arg(long, default_value_t = Unit::default(), help_heading = "Detector")]
    unit: Unit,
    /// The point that is taken for w on each slice: checkpoint, or lowest (the lowest point within r of it).
    #[arg(long, default_value_t = Origin::default(), help_heading = "Detector")]
    origin: Origin,
    /// Compare test and training loss on −R … R along every direction from a file, for shifts up to REACH, with N training
    /// points [default: R and REACH as the radius, N twice the points of a slice].
    #[arg(
        long, value_name = "R:REACH:N", num_args = 0..=1, require_equals = true, default_missing_value = "",
        help_heading = "Shift and sharpness"
    )]
    shift: Option<String>,
    /// Expected sharpness: the mean rise under Gaussian noise of standard deviation DELTA, from M draws.
    #[arg(long, value_name = "DELTA:M", value_parser = sharpness, help_heading = "Shift and sharpness")]
    sharpness: Vec<(f64, u64)>,
    /// SAM's gap: the largest rise within a distance RHO, by SAM's own step and by K steps of projected ascent [default: 10].
    #[arg(long, value_name = "RHO[:K]", help_heading = "Shift and sharpness")]
    sam_gap: Vec<SamGapSpec>,
    /// Write what was found to these files: .csv (a row per direction), .png, .svg, .json.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    out: Vec<PathBuf>,
    /// Draw on a dark page.
    #[arg(long, help_heading = "Output")]
    dark: bool,
    /// Print one JSON object per line.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

fn sharpness(text: &str) -> Result<(f64, u64), String> {
    let parsed = text.split_once(':').and_then(|(d, m)| Some((d.trim().parse().ok()?, m.trim().parse().ok()?)));
    parsed.ok_or_else(|| format!("{text:?} is no noise; write delta:draws, such as 0.01:100"))
}

impl ValleyArgs {
    fn request(&self) -> Result<ValleyRequest> {
        let seed = self.subject.seed;
        let slice = SliceSpec::new(self.zeta, self.radius, self.points)?;
        let shift = match self.shift.as_deref() {
            Some("") => Some(ShiftSpec::new(slice.r(), slice.r(), 2 * slice.points() + 1)?),
            Some(text) => Some(text.parse()?),
            None => None,
        };
        let request = ValleyRequest {
            subject: self.subject.subject(),
            centre: self.checkpoint.clone(),
            random: (self.directions > 0)
                .then(|| Family { directions: self.kind.directions(seed), count: self.directions }),
            others: self.others.clone(),
            given: self.direction.clone(),
            detector: Detector {
                slice,
                refine: (self.refine.points() > 0).then_some(self.refine),
                tolerance: self.tolerance,
                unit: self.unit,
                origin: self.origin,
            },
            shift,
            sharpness: self
                .sharpness
                .iter()
                .map(|(delta, draws)| SharpnessSpec { delta: *delta, draws: *draws, seed })
                .collect(),
            sam_gaps: self.sam_gap.clone(),
        };
        if request.is_empty() {
            bail!("there is nothing to measure; give --directions K, another solution, --sharpness or --sam-gap");
        }
        Ok(request)
    }

    pub fn run(&self) -> Result<Ended> {
        for path in &self.out {
            present::check_valley_format(path)?;
        }
        let request = self.request()?;
        let interrupt = Interrupt::default();
        interrupted(&interrupt)?;
        let mut job = ValleyJob::open(&request, interrupt, &mut |_| {})?;
        let out = &mut io::stdout().lock();
        if self.json {
            let detector = request.detector;
            writeln!(out, "{}", json!({ "event": "subject", "about": job.setting.about, "detector": detector }))?;
        }
        let bar = Bar::new(self.json, "losses");
        while let Some(found) = job.advance()? {
            bar.set(job.progress());
            // A direction is told when it is complete, so that a reader sees the verdicts as they come.
            if let (true, ValleyFound::Judged { direction, .. }) = (self.json, found) {
                let mut line = json!({ "event": "direction", "number": direction });
                super::line::merge(&mut line, job.report().directions[direction].json());
                writeln!(out, "{line}")?;
            }
        }
        bar.done();
        let view = ValleyView::of(&job, &request);
        if self.json {
            print_json(out, job.report())?;
        } else {
            self.print(out, &job, &view)?;
        }
        for path in &self.out {
            present::save_valley(path, &view, self.dark)?;
            if !self.json {
                writeln!(out, "wrote {}", path.display())?;
            }
        }
        Ok(Ended::Well)
    }

    fn print(&self, out: &mut impl io::Write, job: &ValleyJob, view: &ValleyView) -> io::Result<()> {
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
    for (event, part) in parts.chain(report.gaps.iter().map(|g| ("sam-gap", g.json()))) {
        let mut line = json!({ "event": event });
        super::line::merge(&mut line, part);
        writeln!(out, "{line}")?;
    }
    Ok(())
}
