//! `valleyscope autopsy`: one step of a recorded run, made again and looked into.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Result, bail};
use clap::{Args, ValueHint};
use serde_json::json;

use super::{
    Ended, fork,
    show::{Bar, interrupted, loss},
    table,
};
use crate::{
    engine::{AutopsyHead, AutopsyJob, AutopsyRequest},
    explore::{AutopsyReport, Job as _, StepMade},
    history::History,
    objective::Interrupt,
    probe::json::number,
    run::DeviceChoice,
    runfile::Reader,
};

#[derive(Args, Debug)]
pub struct AutopsyArgs {
    /// The run and the iteration of the step: RUN@STEP, such as run.valley@300. Without a step, the jumps of the run are listed.
    #[arg(value_hint = ValueHint::FilePath)]
    at: PathBuf,
    /// Folder with the files of the data, when it is not that of the run.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    data_dir: Option<PathBuf>,
    /// Processor: auto, cpu, gpu [default: that of the run].
    #[arg(long)]
    device: Option<DeviceChoice>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl AutopsyArgs {
    pub fn run(&self) -> Result<Ended> {
        let (file, step) = fork::parts(&self.at)?;
        let Some(step) = step else { return self.jumps(file) };
        let request = AutopsyRequest { file, step, data_dir: self.data_dir.clone(), device: self.device };
        let interrupt = Interrupt::default();
        interrupted(&interrupt)?;
        let reading = Bar::new(self.json, "making it again");
        let mut job = AutopsyJob::open(&request, interrupt, &mut |share| reading.share(share))?;
        reading.done();
        let bar = Bar::new(self.json, AutopsyJob::COUNTS);
        while job.advance()?.is_some() {
            bar.set(job.progress());
        }
        bar.done();
        let out = &mut io::stdout().lock();
        match self.json {
            true => writeln!(out, "{}", as_json(&job.head(), job.report()))?,
            false => print(out, &job.head(), job.report())?,
        }
        Ok(Ended::Well)
    }

    /// The iterations at which the run's batch loss jumps.
    fn jumps(&self, file: PathBuf) -> Result<Ended> {
        let reader = Reader::open(&file)?;
        let mut history = History::new(reader.manifest().clone());
        for step in reader.steps(0..u64::MAX)? {
            history.push_step(step);
        }
        let jumps = history.spikes();
        let out = &mut io::stdout().lock();
        if self.json {
            writeln!(out, "{}", json!({ "jumps": jumps }))?;
            return Ok(Ended::Well);
        }
        if jumps.is_empty() {
            bail!("{} has no jumps; name a step: {}@STEP", file.display(), file.display());
        }
        let words: Vec<String> = jumps.iter().map(u64::to_string).collect();
        writeln!(out, "  the batch loss jumps at {}", words.join(", "))?;
        writeln!(out, "  look into one: valleyscope autopsy {}@{}", file.display(), words[0])?;
        writeln!(out, "  and into the step that led there: the iteration before it")?;
        Ok(Ended::Well)
    }
}

fn as_json(head: &AutopsyHead, report: &AutopsyReport) -> serde_json::Value {
    let forks = head.forks.iter().map(|(what, spec)| json!({ "what": what, "command": spec.command_line() }));
    let mut all = json!({
        "run": head.run,
        "optimizer": head.optimizer.title(),
        "base_learning_rate": number(head.learning_rate),
        "notes": head.notes,
        "forks": forks.collect::<Vec<_>>(),
    });
    super::json::merge(&mut all, report.json());
    all
}

fn print(out: &mut impl io::Write, head: &AutopsyHead, report: &AutopsyReport) -> io::Result<()> {
    writeln!(out, "Iteration {} of {}, {}", head.step, table::shown(&head.run), head.optimizer.title())?;
    for note in &head.notes {
        writeln!(out, "  ({})", table::shown(note))?;
    }
    if let Some(made) = &report.step {
        writeln!(out)?;
        print_step(out, made)?;
    }
    if !report.worst.is_empty() {
        writeln!(out, "\n  the largest losses of the batch")?;
        let rows = report.worst.iter().map(|e| {
            let prediction = e.prediction.map_or("–".into(), |class| class.to_string());
            vec![e.index.to_string(), e.label.to_string(), prediction, loss(e.loss)]
        });
        table::print(out, &["example", "label", "prediction", "loss"], rows)?;
    }
    if !report.layers.is_empty() {
        writeln!(out, "\n  layers: u is the step, H the Hessian of the training loss, g the gradient of the batch")?;
        let known = |x: Option<f64>| x.map_or("–".into(), loss);
        let rows = report.layers.iter().map(|layer| {
            let [expected, came] = layer.squares.map_or([None; 2], |squares| squares.map(Some));
            vec![
                layer.name.clone(),
                layer.parameters.to_string(),
                loss(layer.gradient),
                loss(layer.step),
                known(layer.curvature()),
                known(layer.share),
                known(expected),
                known(came),
                known(layer.surprise()),
            ]
        });
        let head = ["layer", "parameters", "‖g‖", "‖u‖", "u·Hu/‖u‖² own", "share of u·Hu", "v", "g²", "g²/v"];
        table::print(out, &head, rows)?;
    }
    if let (Some(bend), Some(curvature)) = (report.bend(), report.curvature()) {
        writeln!(
            out,
            "  u·Hu = {}, the sum of the shares; along the whole step u·Hu/‖u‖² = {}",
            loss(bend),
            loss(curvature)
        )?;
    }
    writeln!(out, "\n  instead of it, from just before the step:")?;
    for (what, spec) in &head.forks {
        writeln!(out, "  {what}: {}", spec.command_line())?;
    }
    Ok(())
}

fn print_step(out: &mut impl io::Write, made: &StepMade) -> io::Result<()> {
    let step = made.step;
    writeln!(
        out,
        "  batch loss {}, {} examples, learning rate {}",
        loss(step.batch_loss),
        step.batch,
        step.learning_rate
    )?;
    match made.slice {
        Some(slice) => {
            writeln!(out, "  training loss {} before, {} after", loss(slice.start()), loss(slice.end()))?;
            let losses: Vec<String> = slice.loss.iter().map(|x| loss(*x)).collect();
            writeln!(out, "  along the step: {}", losses.join(" "))?;
        }
        None => writeln!(out, "  no step was made: a loss or a gradient is not finite")?,
    }
    match made.is_recorded() {
        Some(true) => writeln!(out, "  these are the recorded numbers to the bit"),
        Some(false) => writeln!(out, "  these are not the recorded numbers to the bit"),
        None => writeln!(out, "  nothing of this step was recorded"),
    }
}
