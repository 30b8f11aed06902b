//! `valleyscope line`: loss and error between two checkpoints, or along random directions.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Result, bail};
use clap::{Args, ValueHint};
use serde_json::{Value, json};

use super::{
    Ended,
    show::{Bar, interrupted, loss, percent},
    subject::{DirectionArgs, SubjectArgs},
    table,
};
use crate::{
    explore::{Job as _, LineFound, LineJob, LineOf, LineRequest},
    objective::Interrupt,
    present,
    survey::{Axis, CurveSummary, LineSpec, LineSummary, Refine, Side, Widen},
};

#[derive(Args, Debug)]
pub struct LineArgs {
    /// Checkpoint at α = 0: safetensors, PyTorch, burnpack, a run file or RUN@STEP.
    #[arg(value_hint = ValueHint::FilePath)]
    a: PathBuf,
    /// Checkpoint at α = 1.
    #[arg(value_hint = ValueHint::FilePath, required_unless_present = "random", conflicts_with = "random")]
    b: Option<PathBuf>,
    #[command(flatten)]
    subject: SubjectArgs,
    /// Places on the line: first, last and how many [default: -0.5:1.5:21, or -1:1:21 with --random].
    #[arg(long, value_name = "FROM:TO:N", allow_hyphen_values = true, help_heading = "Line")]
    alphas: Option<Axis>,
    /// Go on beyond both ends until the training loss is RATIO times the higher end.
    #[arg(long, value_name = "RATIO", value_parser = widen, help_heading = "Line")]
    widen: Option<Widen>,
    /// Add up to N points where the curve bends by more than TOLERANCE of its range, such as 0.01:40.
    #[arg(long, value_name = "TOLERANCE:N", help_heading = "Line")]
    refine: Option<Refine>,
    /// Draw K lines along random directions through A instead of one to B.
    #[arg(long, value_name = "K", help_heading = "Line")]
    random: Option<u32>,
    #[command(flatten)]
    directions: DirectionArgs,
    /// Leave out the gradients at both ends and their cosine.
    #[arg(long, help_heading = "Line")]
    no_gradients: bool,
    /// Leave out the test set.
    #[arg(long, help_heading = "Line")]
    no_test: bool,
    /// Write the line to these files: .csv, .npz, .png, .svg, .json.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    out: Vec<PathBuf>,
    /// Draw on a dark page.
    #[arg(long, help_heading = "Output")]
    dark: bool,
    /// Print one JSON object per line.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

fn widen(text: &str) -> Result<Widen, String> {
    let ratio: f64 = text.parse().map_err(|_| format!("\"{text}\" is no number; write a ratio such as 2"))?;
    Widen::new(ratio).map_err(|e| e.to_string())
}

impl LineArgs {
    fn request(&self) -> Result<LineRequest> {
        let of = match (&self.b, self.random) {
            (Some(b), None) => LineOf::Between { a: self.a.clone(), b: b.clone() },
            (None, Some(0)) => bail!("--random 0 draws nothing; give the number of directions, such as 10"),
            (None, Some(count)) => LineOf::Random {
                centre: self.a.clone(),
                directions: self.directions.directions(self.subject.seed),
                count,
            },
            _ => bail!("give two checkpoints, or one and --random K"),
        };
        let plain = if self.random.is_some() { Axis::new(-1.0, 1.0, 21)? } else { Axis::new(-0.5, 1.5, 21)? };
        let line = LineSpec { alphas: self.alphas.unwrap_or(plain), widen: self.widen, refine: self.refine };
        Ok(LineRequest {
            subject: self.subject.subject(),
            of,
            line,
            names: None,
            test: !self.no_test,
            gradients: !self.no_gradients,
        })
    }

    pub fn run(&self) -> Result<Ended> {
        for path in &self.out {
            present::check_line_format(path)?;
        }
        let request = self.request()?;
        let interrupt = Interrupt::default();
        interrupted(&interrupt)?;
        let mut job = LineJob::open(&request, interrupt, &mut |_| {})?;
        let out = &mut io::stdout().lock();
        let several = job.curves.len() > 1;
        if self.json {
            writeln!(out, "{}", json!({ "event": "subject", "about": job.setting.about }))?;
        }
        let bar = Bar::new(self.json, "points");
        while let Some(found) = job.advance()? {
            bar.set(job.progress());
            let (true, LineFound::Points { curve, points }) = (self.json, found) else { continue };
            for p in points {
                let mut line = json!({ "event": "point" });
                if several {
                    line["curve"] = curve.into();
                }
                merge(&mut line, serde_json::to_value(p)?);
                writeln!(out, "{line}")?;
            }
        }
        bar.done();
        for curve in 0..job.curves.len() {
            let summary = job.summary(curve);
            if self.json {
                let mut line = json!({ "event": "line" });
                if several {
                    line["curve"] = curve.into();
                }
                merge(&mut line, serde_json::to_value(summary)?);
                writeln!(out, "{line}")?;
            } else if !several {
                self.print(out, &job, &summary)?;
            }
        }
        if !self.json && several {
            print_band(out, &job)?;
        }
        for path in &self.out {
            present::save_line(path, &present::LineView::of(&job), self.dark)?;
            if !self.json {
                writeln!(out, "wrote {}", path.display())?;
            }
        }
        Ok(Ended::Well)
    }

    fn print(&self, out: &mut impl io::Write, job: &LineJob, summary: &LineSummary) -> io::Result<()> {
        writeln!(out, "{}", job.curves[0].name)?;
        writeln!(out, "{}", job.setting.about.caption())?;
        for note in &job.setting.about.notes {
            writeln!(out, "  ({note})")?;
        }
        writeln!(out)?;
        let points = job.curves[0].line.points();
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
        writeln!(out)?;
        writeln!(out, "  distance between the ends   {:.6}", summary.distance)?;
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

pub(super) fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
