//! `valleyscope escape`: steps until SGD and SAM leave a minimum.

mod live;
mod report;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Result, bail};
use clap::{Args, ValueHint};

use super::{Ended, constants::Constants, show::interrupted, subject::SubjectArgs};
use crate::{
    explore::{self, EscapeJob, EscapeRequest, Job as _},
    objective::Interrupt,
    optim::{OptimizerKind, OptimizerSpec, constant},
    present,
    valley::Method,
};

/// ρ when nothing is said: the thesis's smallest, its typical and its largest.
const RHOS: [f64; 3] = [0.05, 0.2, 0.7];

#[derive(Args, Debug)]
pub struct EscapeArgs {
    /// Checkpoint of a minimum: safetensors, PyTorch, burnpack, a run file or RUN@STEP.
    #[arg(value_hint = ValueHint::FilePath)]
    checkpoint: PathBuf,
    #[command(flatten)]
    subject: SubjectArgs,
    /// Optimizers that run from it: sam, asam, psam, sgd, nesterov; several with commas.
    #[arg(
        long = "optimizer",
        value_name = "A,B",
        value_delimiter = ',',
        default_value = "sam",
        help_heading = "Optimizer"
    )]
    kinds: Vec<OptimizerKind>,
    /// Radii ρ of sam, asam and psam; each is a row of the table [default: 0.05,0.2,0.7].
    #[arg(long, value_name = "R,S", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Optimizer")]
    rho: Option<Vec<f64>>,
    /// Leave out SGD, which the others are compared with.
    #[arg(long, help_heading = "Optimizer")]
    no_baseline: bool,
    /// Constant learning rate η of all rows [default: 0.03].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, help_heading = "Optimizer")]
    lr: Option<f64>,
    /// Images per step [default: 256, or all when there are fewer].
    #[arg(long, value_name = "N", help_heading = "Optimizer")]
    batch: Option<u64>,
    #[command(flatten)]
    constants: Constants<true>,

    /// Runs of every row; their batches come in the orders of the seeds --seed, --seed + 1, …, the same in every row.
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Escape")]
    seeds: usize,
    /// Steps after which a run is stopped, and counted as one that stayed.
    #[arg(long, value_name = "LIMIT", default_value_t = 1000, help_heading = "Escape")]
    steps: u64,
    /// A run has left when its training accuracy is below this share.
    #[arg(long, value_name = "SHARE", default_value_t = 0.9, allow_negative_numbers = true, help_heading = "Escape")]
    threshold: f64,
    /// Look at the accuracy every N steps.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Escape")]
    check: u64,
    /// Look at all training images always, also where a random part of them tells, with a chance of error below 10⁻¹², that
    /// the accuracy has not fallen.
    #[arg(long, help_heading = "Escape")]
    full_checks: bool,
    /// Keep every run in FILE, and go on with those it has: a table that was stopped is resumed exactly, and may grow by
    /// further seeds and radii.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    record: Option<PathBuf>,
    /// Write the table to these files: .csv (one row per run), .png, .svg.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    out: Vec<PathBuf>,
    /// Draw on a dark page.
    #[arg(long, help_heading = "Output")]
    dark: bool,
    /// Print one JSON object per line.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

impl EscapeArgs {
    fn request(&self) -> Result<EscapeRequest> {
        let takes_rho = self.kinds.iter().any(|kind| kind.is_sharpness_aware());
        let stray_rho = constant("rho").filter(|_| self.rho.is_some() && !takes_rho);
        if let Some(constant) = stray_rho.or_else(|| self.constants.stray(&self.kinds)) {
            let (name, who) = (constant.flag, OptimizerKind::ALL.iter().find(|kind| kind.has(constant)));
            let who = who.map_or(String::new(), ToString::to_string);
            bail!("--{name} means nothing to this table; add --optimizer {who}, or leave it out");
        }
        let plain = EscapeRequest::default();
        let mut optimizer = OptimizerSpec::default();
        self.constants.change(&mut optimizer);
        let rhos = self.rho.clone().unwrap_or(RHOS.to_vec());
        Ok(EscapeRequest {
            subject: self.subject.subject(),
            checkpoint: self.checkpoint.clone(),
            methods: Method::grid(&self.kinds, &rhos, !self.no_baseline),
            optimizer,
            rate: self.lr.unwrap_or(plain.rate),
            batch: self.batch,
            seeds: self.seeds,
            seed: self.subject.seed,
            limit: self.steps,
            threshold: self.threshold,
            check: self.check,
            full_checks: self.full_checks,
            record: self.record.clone(),
        })
    }

    pub fn run(&self) -> Result<Ended> {
        for path in &self.out {
            present::check_escape_format(path)?;
        }
        let request = self.request()?;
        let interrupt = Interrupt::default();
        interrupted(&interrupt)?;
        let mut job = EscapeJob::open(&request, interrupt, &mut |_| {})?;
        let out = &mut io::stdout().lock();
        if self.json {
            writeln!(out, "{}", report::head(&job))?;
            for ended in job.resumed() {
                writeln!(out, "{}", report::exit(&job, ended))?;
            }
        } else {
            report::print_head(out, &job)?;
        }
        let begun = Instant::now();
        let live = live::Live::new(self.json, &job);
        let stopped = loop {
            live.show(&job, begun.elapsed());
            match job.advance() {
                Ok(Some(ended)) if self.json => {
                    for ended in &ended {
                        writeln!(out, "{}", report::exit(&job, ended))?;
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => break false,
                Err(e) if e.is_interrupt() => break true,
                Err(e) => return Err(e.into()),
            }
        };
        live.done();
        let explore::Progress { done, total } = job.progress();
        if stopped {
            let way = match &self.record {
                Some(path) => format!("; the same command goes on with {}", path.display()),
                None => "; with --record FILE a table can go on".into(),
            };
            eprintln!("stopped: {done} of {total} runs are made, and these numbers are theirs{way}");
        }
        if self.json {
            report::rows(out, &job, begun.elapsed(), stopped)?;
        } else {
            report::print(out, &job, begun.elapsed())?;
        }
        for path in &self.out {
            present::save_escape(path, &present::EscapeView::of(&job), self.dark)?;
            if !self.json {
                writeln!(out, "wrote {}", path.display())?;
            }
        }
        Ok(Ended::Well)
    }
}
