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

use super::{Ended, show::interrupted, subject::SubjectArgs};
use crate::{
    explore::{self, EscapeJob, EscapeRequest, Job as _},
    objective::Interrupt,
    optim::{NormOrder, OptimizerKind, OptimizerSpec, When},
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
    /// Momentum μ of all rows, 0 to 1; the velocity is 0 at the start.
    #[arg(long, value_name = "MU", default_value_t = 0.0, allow_negative_numbers = true, help_heading = "Optimizer")]
    momentum: f64,
    /// Nesterov's momentum, in all rows.
    #[arg(long, help_heading = "Optimizer")]
    nesterov: bool,
    /// Weight decay λ of all rows.
    #[arg(
        long,
        value_name = "LAMBDA",
        default_value_t = 0.0,
        allow_negative_numbers = true,
        help_heading = "Optimizer"
    )]
    weight_decay: f64,
    /// p of the norm in which SAM's ball is round, 1 to inf [default: 2].
    #[arg(long, value_name = "P", help_heading = "Optimizer")]
    sam_norm: Option<NormOrder>,
    /// m-sharpness: SAM ascends per shard of M images [default: the whole batch].
    #[arg(long, value_name = "M", help_heading = "Optimizer")]
    sam_shard: Option<u64>,
    /// psam ascends only every n-th step before this one: 300, 75% or 0.75 of --steps [default: 75%].
    #[arg(long, value_name = "E", help_heading = "Optimizer")]
    psam_until: Option<When>,
    /// The period n of psam [default: 20].
    #[arg(long, value_name = "N", help_heading = "Optimizer")]
    psam_period: Option<u64>,

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
        let of_psam = self.kinds.contains(&OptimizerKind::Psam);
        for (name, given, useful) in [
            ("rho", self.rho.is_some(), takes_rho),
            ("sam-norm", self.sam_norm.is_some(), takes_rho),
            ("sam-shard", self.sam_shard.is_some(), takes_rho),
            ("psam-until", self.psam_until.is_some(), of_psam),
            ("psam-period", self.psam_period.is_some(), of_psam),
        ] {
            if given && !useful {
                let who = if name.starts_with("psam") { "psam" } else { "sam" };
                bail!("--{name} means nothing to this table; add --optimizer {who}, or leave it out");
            }
        }
        let plain = EscapeRequest::default();
        let constants = OptimizerSpec::default();
        let rhos = self.rho.clone().unwrap_or(RHOS.to_vec());
        Ok(EscapeRequest {
            subject: self.subject.subject(),
            checkpoint: self.checkpoint.clone(),
            methods: Method::grid(&self.kinds, &rhos, !self.no_baseline),
            optimizer: OptimizerSpec {
                momentum: self.momentum,
                nesterov: self.nesterov,
                weight_decay: self.weight_decay,
                sam_norm: self.sam_norm.unwrap_or(constants.sam_norm),
                sam_shard: self.sam_shard,
                psam_until: self.psam_until.unwrap_or(constants.psam_until),
                psam_period: self.psam_period.unwrap_or(constants.psam_period),
                ..constants
            },
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
