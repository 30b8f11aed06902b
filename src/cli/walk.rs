//! `valleyscope walk`: a run without a window.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueHint};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{
    Ended,
    given::Given,
    spec::SpecArgs,
    table::{self, Thin},
};
use crate::{
    checkpoint::file_of,
    door,
    engine::{Command, Delivery, Engine, Event, Pause, Record, RecordTo, RunState},
    probe::{EpochRecord, ProbeId, SliceRecord, json::number, slice_alpha},
    run::{Left, Manifest, Outcome, RunSpec, Summary},
};

#[derive(Args, Debug)]
pub struct WalkArgs {
    // First: it looks at what the others take.
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    spec: SpecArgs,
    /// Go on from iteration STEP of a recorded run (its last one without @STEP), in the same state and with the data in
    /// the same order. What is not given is the parent's: --optimizer sam --rho 0.05 goes on under SAM. Iterations count
    /// on, and so do --steps and --epochs.
    #[arg(long, value_name = "RUN[@STEP]", value_hint = ValueHint::FilePath, help_heading = "Fork")]
    fork: Option<PathBuf>,
    /// Of the parent's settings, leave these out: average, nesterov, sam-shard, gld-batch, checkpoint-every.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "fork", help_heading = "Fork")]
    without: Vec<Left>,
    /// Record everything in FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    record: Option<PathBuf>,
    /// Replace the run file if it is there.
    #[arg(long, requires = "record", help_heading = "Output")]
    overwrite: bool,
    /// Print one JSON object per line.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

impl WalkArgs {
    /// The spec that the options describe.
    ///
    /// # Errors
    /// Those of [`SpecArgs::spec`], and of a fork's parent.
    pub fn spec(&self) -> Result<RunSpec> {
        match &self.fork {
            Some(at) => super::fork::spec(at, &self.spec, &self.given, &self.without),
            None => self.spec.spec(),
        }
    }

    pub fn run(&self) -> Result<Ended> {
        let spec = self.spec()?;
        if let Some(path) = &self.record {
            let parent = spec.fork.as_ref().and_then(|fork| fork.file.as_deref());
            let sources = [("--fork", parent), ("--init", spec.init.as_deref())];
            for (option, source) in sources.into_iter().filter_map(|(option, source)| Some((option, source?))) {
                if door::is_same(path, &file_of(source)) {
                    bail!(
                        "--record {} is the file of {option}, which would be lost; choose another name",
                        path.display()
                    );
                }
            }
        }
        let record = match &self.record {
            Some(path) => RecordTo::File { path: path.clone(), overwrite: self.overwrite },
            None => RecordTo::Nowhere,
        };
        let mut report: Box<dyn Report> = if self.json { Box::new(JsonLines::new()) } else { Box::new(Human::new()) };
        let (_, summary) = drive(spec, record, report.as_mut())?;
        Ok(match summary.outcome {
            Outcome::Diverged { .. } => Ended::Diverged,
            Outcome::Finished | Outcome::Stopped => Ended::Well,
        })
    }
}

/// Someone who follows a run.
pub trait Report {
    fn preparing(&mut self, _what: &str, _done: u64, _total: u64) {}
    fn started(&mut self, manifest: &Manifest) -> io::Result<()>;
    fn record(&mut self, record: &Record) -> io::Result<()>;
    fn warning(&mut self, message: &str);
    fn finished(&mut self, summary: &Summary) -> io::Result<()>;
}

/// Makes a whole run on an engine of its own and reports it. Ctrl-C ends the run and keeps what it has.
pub fn drive(spec: RunSpec, record: RecordTo, report: &mut dyn Report) -> Result<(Manifest, Summary)> {
    let engine = Engine::spawn(Delivery::Complete, || {}).context("could not start the engine thread")?;
    let (interrupted, interrupts) = crossbeam_channel::bounded(1);
    super::signals::on_end(move || {
        interrupted.try_send(()).ok();
    })?;
    let file = match &record {
        RecordTo::File { path, .. } => Some(path.clone()),
        RecordTo::Nowhere => None,
    };
    let mut piped = Piped { report, file, is_closed: false };
    let report: &mut dyn Report = &mut piped;
    engine.send(Command::Start { id: 1, spec: Box::new(spec), record, paused: false });
    let mut manifest = None;
    // Never, until a disk is to be tried again.
    let mut again = crossbeam_channel::never();
    loop {
        let event = crossbeam_channel::select! {
            recv(engine.events()) -> event => event.context("the engine thread has ended")?,
            recv(interrupts) -> _ => {
                engine.send(Command::Stop);
                continue;
            }
            recv(again) -> _ => {
                again = crossbeam_channel::never();
                engine.send(Command::Resume);
                continue;
            }
        };
        if let Event::State { state: RunState::Paused(Pause::Disk(cause)), .. } = &event {
            report.warning(&format!(
                "the run file cannot be written: {cause}. The run is held and tries again every {} s; Ctrl-C ends it",
                TRY_AGAIN.as_secs()
            ));
            again = crossbeam_channel::after(TRY_AGAIN);
            continue;
        }
        if let Some(done) = handle(&engine, event, &mut manifest, report)? {
            return Ok(done);
        }
    }
}

/// A disk that was full or a file that was locked is tried again after so long.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// A report whose reader may go: where there is a record, the run goes on without it.
struct Piped<'a> {
    report: &'a mut dyn Report,
    /// The record.
    file: Option<PathBuf>,
    is_closed: bool,
}

impl Piped<'_> {
    fn told(&mut self, told: io::Result<()>) -> io::Result<()> {
        match (&self.file, told) {
            (Some(file), Err(e)) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                eprintln!("nobody reads the output any more; the run goes on into {}", file.display());
                Ok(())
            }
            (_, told) => told,
        }
    }
}

impl Report for Piped<'_> {
    fn preparing(&mut self, what: &str, done: u64, total: u64) {
        self.report.preparing(what, done, total);
    }

    fn started(&mut self, manifest: &Manifest) -> io::Result<()> {
        let told = self.report.started(manifest);
        self.told(told)
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let told = self.report.record(record);
        self.told(told)
    }

    fn warning(&mut self, message: &str) {
        self.report.warning(message);
    }

    fn finished(&mut self, summary: &Summary) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let told = self.report.finished(summary);
        self.told(told)
    }
}

fn handle(
    engine: &Engine,
    event: Event,
    manifest: &mut Option<Manifest>,
    report: &mut dyn Report,
) -> Result<Option<(Manifest, Summary)>> {
    match event {
        Event::Preparing { what, done, total, .. } => report.preparing(what, done, total),
        Event::Started { manifest: m, .. } => {
            report.started(&m)?;
            *manifest = Some((*m).clone());
        }
        Event::Records { records, .. } => records.iter().try_for_each(|r| report.record(r))?,
        Event::State { state: RunState::Paused(pause), .. } => {
            match &pause {
                Pause::Diverged { t } => report.warning(&format!(
                    "the loss or the gradient is not a finite number at iteration {t}; the run ends here and keeps what \
                     it recorded. Try a smaller --lr."
                )),
                Pause::Asked | Pause::Disk(_) => {}
            }
            engine.send(Command::Stop);
        }
        Event::State { state: RunState::Running, .. } | Event::Missed { .. } => {}
        Event::Warning { message, .. } => report.warning(&message),
        Event::Cancelled { .. } => bail!("stopped before the first iteration"),
        Event::Failed { message, .. } => bail!("{message}"),
        Event::Finished { summary, .. } => {
            report.finished(&summary)?;
            let manifest = manifest.take().context("the run ended before it began")?;
            return Ok(Some((manifest, *summary)));
        }
    }
    Ok(None)
}

/// `--json`: one object per line on standard output.
struct JsonLines {
    out: io::BufWriter<io::StdoutLock<'static>>,
}

impl JsonLines {
    fn new() -> Self {
        JsonLines { out: io::BufWriter::new(io::stdout().lock()) }
    }

    fn line(&mut self, event: &str, value: serde_json::Value) -> io::Result<()> {
        let mut object = serde_json::Map::new();
        object.insert("event".into(), event.into());
        if let serde_json::Value::Object(fields) = value {
            object.extend(fields);
        }
        serde_json::to_writer(&mut self.out, &object)?;
        self.out.write_all(b"\n")
    }
}

/// The JSON form of a slice, with everything that follows from its losses.
fn slice_json(s: &SliceRecord) -> serde_json::Value {
    let barriers: Vec<_> = s.barriers().map(|b| json!({"alpha": b.alpha, "height": number(b.height)})).collect();
    json!({
        "t": s.t,
        "alpha": (0..s.loss.len()).map(slice_alpha).collect::<Vec<_>>(),
        "loss": s.loss.iter().map(|&x| number(x)).collect::<Vec<_>>(),
        "floor": number(s.floor()),
        "floor_alpha": number(s.floor_alpha()),
        "height": number(s.height()),
        "barriers": barriers,
    })
}

impl Report for JsonLines {
    fn started(&mut self, manifest: &Manifest) -> io::Result<()> {
        self.line("run", serde_json::to_value(manifest)?)?;
        self.out.flush()
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::Step(r) => self.line("step", serde_json::to_value(r)?),
            Record::Slice(r) => self.line("slice", slice_json(r)),
            Record::Epoch(r) => {
                self.line("epoch", serde_json::to_value(r)?)?;
                self.out.flush()
            }
            Record::Change(r) => self.line("change", serde_json::to_value(r)?),
            Record::Checkpoint { .. } | Record::State { .. } | Record::Average { .. } | Record::Note { .. } => Ok(()),
        }
    }

    fn warning(&mut self, message: &str) {
        eprintln!("valleyscope: {message}");
    }

    fn finished(&mut self, summary: &Summary) -> io::Result<()> {
        self.line("done", serde_json::to_value(summary)?)?;
        self.out.flush()
    }
}

/// A progress bar while it runs, and a table at the end.
pub struct Human {
    bar: ProgressBar,
    /// The first iteration: not 0 in a fork.
    from: u64,
    /// What the run will have cost beyond its base optimizer, by PSAM's formula.
    psam_cost: Option<f64>,
    epochs: Thin<EpochRecord>,
    changes: Vec<String>,
    first_loss: Option<f64>,
    cosine: (f64, u64),
    slices: u64,
    interior: u64,
    barriers: u64,
    highest_barrier: f64,
    heights: f64,
}

impl Human {
    pub fn new() -> Human {
        Human {
            bar: ProgressBar::hidden(),
            from: 0,
            psam_cost: None,
            epochs: Thin::default(),
            changes: Vec::new(),
            first_loss: None,
            cosine: (0.0, 0),
            slices: 0,
            interior: 0,
            barriers: 0,
            highest_barrier: 0.0,
            heights: 0.0,
        }
    }
}

impl Report for Human {
    fn preparing(&mut self, what: &str, done: u64, total: u64) {
        if self.bar.is_hidden() && io::stderr().is_terminal() {
            self.bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("  {msg}  {wide_bar} {pos}/{len}  {eta} left") {
                self.bar.set_style(style);
            }
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(what.to_string());
    }

    fn started(&mut self, m: &Manifest) -> io::Result<()> {
        self.bar.finish_and_clear();
        let mut out = io::stdout().lock();
        writeln!(out, "{}", m.spec.label())?;
        writeln!(out, "  data     {} ({} training, {} test images)", m.spec.data.name, m.train_count, m.test_count)?;
        for note in &m.data_notes {
            writeln!(out, "           {note}")?;
        }
        writeln!(out, "  network  {} ({} parameters)", m.network, m.parameters)?;
        writeln!(out, "  device   {}", m.device)?;
        if let Some(fork) = &m.spec.fork {
            let file = fork.file.as_ref().map_or("a run without a file".into(), |f| f.display().to_string());
            writeln!(out, "  fork     of {file} at iteration {}", fork.step)?;
        }
        for note in &m.notes {
            writeln!(out, "           {note}")?;
        }
        self.from = m.spec.fork.as_ref().map_or(0, |fork| fork.step);
        self.psam_cost = m.spec.psam_cost(m.steps);
        self.bar = ProgressBar::new(m.steps);
        if let Ok(style) =
            ProgressStyle::with_template("  {wide_bar} {pos}/{len} iterations  {per_sec}  {eta} left  {msg}")
        {
            self.bar.set_style(style);
        }
        Ok(())
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::Step(r) => {
                self.bar.set_position(r.t + 1);
                if let Some(loss) = r.loss {
                    self.first_loss.get_or_insert(loss);
                    self.bar.set_message(format!("loss {loss:.4}"));
                }
                if let Some(c) = r.value(ProbeId::COSINE) {
                    self.cosine.0 += c;
                    self.cosine.1 += 1;
                }
            }
            Record::Slice(s) => {
                self.slices += 1;
                self.interior += u64::from(s.has_interior_minimum());
                self.barriers += u64::from(s.has_barrier());
                self.highest_barrier = s.barriers().map(|b| b.height).fold(self.highest_barrier, f64::max);
                self.heights += s.height();
            }
            Record::Epoch(e) => self.epochs.push(*e),
            Record::Change(r) => {
                let line = format!("  iteration {}: {}", r.t, r.change);
                self.changes.push(line);
            }
            Record::Checkpoint { .. } | Record::State { .. } | Record::Average { .. } | Record::Note { .. } => {}
        }
        Ok(())
    }

    fn warning(&mut self, message: &str) {
        self.bar.suspend(|| eprintln!("warning: {message}"));
    }

    fn finished(&mut self, s: &Summary) -> io::Result<()> {
        self.bar.finish_and_clear();
        let mut out = io::stdout().lock();
        let epochs = self.epochs.all();
        if !epochs.is_empty() {
            writeln!(out)?;
            let shown = table::thinned(&epochs, 12);
            let rows = shown.iter().map(|e| {
                vec![
                    e.epoch.to_string(),
                    e.t.to_string(),
                    format!("{:.4}", e.train_loss),
                    format!("{:.2} %", 100.0 * (1.0 - e.train_error)),
                    format!("{:.4}", e.test_loss),
                    format!("{:.2} %", 100.0 * (1.0 - e.test_error)),
                    if e.slices > 0 { e.barriers.to_string() } else { "–".into() },
                    e.mean_height.map_or("–".into(), |h| format!("{h:.2e}")),
                ]
            });
            let head =
                ["epoch", "iteration", "train loss", "accuracy", "test loss", "accuracy", "barriers", "mean height"];
            table::print(&mut out, &head, rows)?;
            let averages: Vec<_> = epochs.iter().filter_map(|e| Some((e.epoch, e.average?))).collect();
            if !averages.is_empty() {
                writeln!(out, "\n  the average of the iterates, batch-norm statistics computed anew")?;
                let rows = table::thinned(&averages, 12).into_iter().map(|(epoch, a)| {
                    vec![
                        epoch.to_string(),
                        a.count.to_string(),
                        format!("{:.4}", a.train.loss),
                        format!("{:.2} %", 100.0 * (1.0 - a.train.error)),
                        format!("{:.4}", a.test.loss),
                        format!("{:.2} %", 100.0 * (1.0 - a.test.error)),
                    ]
                });
                let head = ["epoch", "iterates", "train loss", "accuracy", "test loss", "accuracy"];
                table::print(&mut out, &head, rows)?;
            }
        }
        if !self.changes.is_empty() {
            writeln!(out)?;
        }
        for change in &self.changes {
            writeln!(out, "{change}")?;
        }
        writeln!(out)?;
        let mean = |sum: f64, n: u64| if n > 0 { format!("{:.4}", sum / n as f64) } else { "–".into() };
        let made = match self.from {
            0 => format!("{} iterations", s.steps),
            from => format!("iterations {from} to {}", s.steps),
        };
        let ended = match s.outcome {
            Outcome::Finished => format!("{made} in {:.2} s", s.seconds),
            Outcome::Stopped => format!("stopped after {made}, {:.2} s", s.seconds),
            Outcome::Diverged { t } => format!("diverged at iteration {t}, after {:.2} s", s.seconds),
        };
        let loss = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.6}"));
        let share = |k: u64| {
            if self.slices > 0 {
                format!("{k} of {} slices ({:.1} %)", self.slices, 100.0 * k as f64 / self.slices as f64)
            } else {
                "–".into()
            }
        };
        let rows = [
            ("run", ended),
            ("full training loss", format!("{} → {}", loss(self.first_loss), loss(s.loss))),
            ("mean gradient cosine", mean(self.cosine.0, self.cosine.1)),
            (
                "mean height above floor",
                if self.slices > 0 { format!("{:.3e}", self.heights / self.slices as f64) } else { "–".into() },
            ),
            ("interior minimum", share(self.interior)),
            ("barrier crossed", format!("{}, highest {:.2e}", share(self.barriers), self.highest_barrier)),
            ("distance from init", format!("{:.4}", s.distance)),
            ("parameter norm", format!("{:.4}", s.norm)),
            ("evaluations", evaluations(s)),
        ];
        for (name, value) in rows {
            writeln!(out, "  {name:<24}{value}")?;
        }
        if let Some(formula) = self.psam_cost {
            writeln!(out, "  {:<24}{}", "extra cost of PSAM", psam_cost(formula, s))?;
        }
        Ok(())
    }
}

/// What the run has cost.
fn evaluations(s: &Summary) -> String {
    let words = format!("{} gradients, {} full losses", s.gradient_evaluations, s.full_loss_evaluations);
    match s.derivative_passes {
        0 => words,
        passes => format!("{words}, {passes} passes for derivatives"),
    }
}

/// PSAM's extra cost by its formula, beside what was counted, in units of SAM's extra cost.
fn psam_cost(formula: f64, s: &Summary) -> String {
    let words = format!("{formula:.4} of SAM's by 1 − (n−1)E/(nT)");
    match s.extra_cost() {
        Some(counted) => format!("{words}, {counted:.4} counted"),
        None => words,
    }
}
