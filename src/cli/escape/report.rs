//! What an escape table says: as JSON lines, and as a table.

use std::{
    io::{self, Write},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    cli::table,
    explore::{Ended, EscapeJob, Job as _, SharedConstants},
    optim::{Constant, OptimizerKind, OptimizerSpec},
    present::{advice, mean_words, median_words, ratio_words, time_words, trend_words},
    valley::{Cell, Exit},
};

/// What is measured, and on what.
pub fn head(job: &EscapeJob) -> Value {
    let r = job.request();
    let optimizer = r.constants.spec();
    let mut line = json!({
        "event": "escape", "methods": r.methods(), "seeds": r.seeds, "seed": r.subject.seed, "limit": r.steps,
        "threshold": r.threshold, "check": r.check, "lr": r.lr, "batch": job.batch(), "momentum": optimizer.momentum,
        "nesterov": optimizer.uses_nesterov(), "weight_decay": optimizer.weight_decay,
        "sam_norm": optimizer.sam_norm, "sam_shard": optimizer.sam_shard, "accuracy": job.accuracy(),
        "resumed": job.resumed().len(), "about": job.about(),
    });
    // Those that not every table says: where they mean something to a row.
    let of = |kind: &OptimizerKind| OptimizerSpec { kind: *kind, ..optimizer };
    let is_said = |spec: OptimizerSpec, constant: &Constant| spec.uses(constant) && spec.written(constant).is_some();
    let has = |constant: &Constant| r.kinds.iter().any(|kind| is_said(of(kind), constant));
    for (constant, _) in SharedConstants::all().filter(|(constant, _)| has(constant)) {
        if line.get(constant.key).is_none() {
            line[constant.key] = json!(constant.get(&optimizer));
        }
    }
    line
}

/// One run. Of one that stayed no number of steps is known.
pub fn exit(job: &EscapeJob, ended: &Ended) -> Value {
    let method = job.table().spec().methods[ended.job.method];
    let (outcome, steps) = match ended.run.exit {
        Exit::Exited(steps) => ("exited", Some(steps)),
        Exit::Censored(_) => ("censored", None),
    };
    json!({
        "event": "exit", "optimizer": method.kind, "rho": method.rho, "seed": ended.seed, "outcome": outcome,
        "steps": steps, "limit": job.request().steps, "gradients": ended.run.gradients, "finite": ended.run.finite,
    })
}

/// All rows, the trends and the end.
pub fn rows(out: &mut impl Write, job: &EscapeJob, took: Duration, stopped: bool) -> io::Result<()> {
    let mut gradients = 0;
    for cell in job.table().summary() {
        gradients += cell.gradients;
        let mut line = json!({ "event": "cell" });
        if let (Value::Object(line), Ok(Value::Object(cell))) = (&mut line, serde_json::to_value(&cell)) {
            line.extend(cell);
        }
        writeln!(out, "{line}")?;
    }
    for (kind, trend) in job.table().trends() {
        let line = json!({
            "event": "trend", "optimizer": kind, "falls": trend.falls(), "never_rises": trend.never_rises(),
            "contradicted": trend.is_contradicted(),
            "changes": trend.changes,
        });
        writeln!(out, "{line}")?;
    }
    let progress = job.progress();
    let line = json!({
        "event": "done", "runs": progress.done, "of": progress.total, "stopped": stopped, "gradients": gradients,
        "seconds": took.as_secs_f64(),
    });
    writeln!(out, "{line}")
}

/// What is measured, before it is.
pub fn print_head(out: &mut impl Write, job: &EscapeJob) -> io::Result<()> {
    writeln!(out, "{}", job.caption())?;
    for note in &job.about().notes {
        writeln!(out, "  ({note})")?;
    }
    if !job.resumed().is_empty() {
        writeln!(out, "  ({} runs were in the record)", job.resumed().len())?;
    }
    writeln!(out)
}

/// The table.
pub fn print(out: &mut impl Write, job: &EscapeJob, took: Duration) -> io::Result<()> {
    let cells = job.table().summary();
    let dash = || "–".to_string();
    let rows = cells.iter().map(|cell| {
        vec![
            cell.method.title(),
            format!("{}", cell.runs),
            format!("{}", cell.exited),
            format!("{}", cell.censored),
            cell.mean.map_or_else(dash, |m| mean_words(&m)),
            cell.time.map_or_else(dash, time_words),
            cell.median.map_or_else(dash, |m| median_words(&m)),
            cell.speed_up.map_or_else(dash, |r| ratio_words(&r)),
            format!("{}", cell.gradients),
        ]
    });
    let head = ["", "runs", "left", "stayed", "steps", "E[ν]", "median", "SGD takes", "gradients"];
    table::print(out, &head, rows)?;
    writeln!(out)?;
    writeln!(
        out,
        "  steps: mean ± standard deviation of the runs that left; E[ν]: mean steps × η; in brackets: 95 % intervals"
    )?;
    if cells.iter().any(Cell::is_bound) {
        writeln!(out, "  ≥: a lower bound, because runs stayed; in E[ν] and in ratios they count as the limit")?;
    }
    for cell in cells.iter().filter(|c| c.diverged > 0) {
        writeln!(out, "  {}: {} left along a gradient that is not finite", cell.method.title(), cell.diverged)?;
    }
    for (kind, trend) in job.table().trends() {
        writeln!(out, "  {}", trend_words(kind, &trend))?;
    }
    if let Some(advice) = advice(job.table().spec(), &cells).map(|advice| advice.words) {
        writeln!(out, "  {advice}")?;
    }
    writeln!(out, "  {:.1} s", took.as_secs_f64())
}
