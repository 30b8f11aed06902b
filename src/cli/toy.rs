//! `valleyscope toy`: ensembles on exact landscapes.

mod out;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueHint};
use serde_json::json;

use super::{Ended, measure::can_be_written, show::Bar, table};
use crate::{
    explore::Progress,
    probe::json::number,
    toy::{
        ToyError,
        dynamics::{DynamicsKind, DynamicsSpec},
        ensemble::{self, Ensemble, EnsembleSpec, Region, Results, SuccessRule},
        surface::{Covariance, Surface},
        surfaces::SurfaceSpec,
    },
};

#[derive(Args, Debug)]
pub struct ToyArgs {
    #[arg(help = format!("Surface: {}", SurfaceSpec::NAMES.join(", ")))]
    surface: String,
    /// L(w) of the surface "formula", in one variable (w, x or w1) or two (and y or w2).
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "Surface")]
    formula: Option<String>,
    /// A constant of the surface, such as alpha=-0.5 for linex or dim=3 for quadratic. May be given several times.
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Surface")]
    set: Vec<String>,
    /// Where every run starts, such as 1,1 [default: the surface's own start].
    #[arg(long, value_name = "X,Y", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Surface")]
    start: Option<Vec<f64>>,

    #[arg(long, value_name = "A,B|all", default_value = "all", help_heading = "Dynamics", help = format!(
        "Dynamics: {}; or all: on escape2d the six of the noise paper, elsewhere all that the surface can drive",
        names()
    ))]
    dynamics: String,
    /// Learning rate η.
    #[arg(
        long,
        value_name = "RATE",
        default_value_t = 0.005,
        allow_negative_numbers = true,
        help_heading = "Dynamics"
    )]
    lr: f64,
    /// E‖ε‖² of the noise that const, diag, leading, hessian and eigvec add after the step; not multiplied by η.
    #[arg(
        long,
        value_name = "TRACE",
        default_value_t = 0.01,
        allow_negative_numbers = true,
        help_heading = "Dynamics"
    )]
    noise: f64,
    /// ρ of sam and psam.
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true, help_heading = "Dynamics")]
    rho: f64,
    /// p of the norm that ρ is measured in, 1 to inf.
    #[arg(long, value_name = "P", default_value_t = 2.0, allow_negative_numbers = true, help_heading = "Dynamics")]
    norm: f64,
    /// Momentum μ of momentum and nesterov.
    #[arg(long, value_name = "MU", default_value_t = 0.9, allow_negative_numbers = true, help_heading = "Dynamics")]
    momentum: f64,
    /// Samples per mini-batch.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Dynamics")]
    batch: usize,
    /// psam takes SAM's step every N-th step …
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = "Dynamics")]
    period: u64,
    /// … until this step, then always.
    #[arg(long, value_name = "STEP", default_value_t = 0, help_heading = "Dynamics")]
    until: u64,
    /// swa averages the iterates after this step.
    #[arg(long, value_name = "STEP", default_value_t = 0, help_heading = "Dynamics")]
    average_from: u64,
    /// Σ of diag and leading: centred, or running-sum (as in the noise paper's released code).
    #[arg(long, default_value_t = Covariance::default(), help_heading = "Dynamics")]
    covariance: Covariance,

    /// Runs of every dynamics.
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Ensemble")]
    runs: u64,
    /// Steps of every run.
    #[arg(long, value_name = "T", default_value_t = 500, help_heading = "Ensemble")]
    steps: u32,
    /// Seed of everything random.
    #[arg(long, default_value_t = 0, help_heading = "Ensemble")]
    seed: u64,
    /// Which iterates must be in the region: the final one, any one (ever), or more than half (majority).
    #[arg(long, default_value_t = SuccessRule::default(), help_heading = "Ensemble")]
    success: SuccessRule,

    /// Write to these files: .png, .svg and .pdf (paths over a surface of the plane, else curves), .csv (one row per run).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    out: Vec<PathBuf>,
    /// Print one JSON object per line.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

fn names() -> String {
    DynamicsKind::ALL.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl ToyArgs {
    fn surface(&self) -> Result<SurfaceSpec> {
        let named = SurfaceSpec::named(&self.surface)?;
        let mut fields = toml::Table::new();
        for set in &self.set {
            let field: toml::Table = toml::from_str(set)
                .with_context(|| format!("--set {set}: write NAME=VALUE with a number, such as alpha=-0.5"))?;
            fields.extend(field);
        }
        if let Some(formula) = &self.formula {
            if !matches!(named, SurfaceSpec::Formula { .. }) {
                bail!("--formula goes with the surface \"formula\": valleyscope toy formula --formula \"{formula}\"");
            }
            fields.insert("formula".into(), formula.as_str().into());
        }
        if fields.is_empty() {
            return Ok(named);
        }
        fields.insert("name".into(), named.name().into());
        toml::Value::Table(fields).try_into().with_context(|| format!("the constants of {}", named.name()))
    }

    fn kinds(&self, surface: &dyn Surface) -> Result<Vec<DynamicsKind>> {
        let mut kinds = Vec::new();
        for word in self.dynamics.split(',').map(str::trim) {
            match word {
                "all" if surface.about().name == "escape2d" => kinds.extend(DynamicsKind::ESCAPE),
                "all" => {
                    let fits = |kind: &&DynamicsKind| {
                        let refused = DynamicsSpec::of(**kind).check(surface);
                        !matches!(refused, Err(ToyError::NeedsSamples { .. }))
                    };
                    kinds.extend(DynamicsKind::ALL.iter().filter(fits));
                }
                _ => kinds.push(word.parse().map_err(anyhow::Error::msg)?),
            }
        }
        let mut once: Vec<DynamicsKind> = Vec::new();
        kinds.into_iter().for_each(|kind| {
            if !once.contains(&kind) {
                once.push(kind);
            }
        });
        Ok(once)
    }

    fn spec(&self) -> Result<EnsembleSpec> {
        let surface = self.surface()?;
        let dynamics = self.kinds(&*surface.build(self.seed, 0)?)?.into_iter().map(|kind| DynamicsSpec {
            kind,
            lr: self.lr,
            batch: self.batch,
            momentum: self.momentum,
            rho: self.rho,
            norm: self.norm,
            period: self.period,
            until: self.until,
            average_from: self.average_from,
            noise: self.noise,
            covariance: self.covariance,
        });
        Ok(EnsembleSpec {
            dynamics: dynamics.collect(),
            surface,
            runs: self.runs,
            steps: self.steps,
            seed: self.seed,
            start: self.start.clone(),
            region: None,
        })
    }

    pub fn run(&self) -> Result<Ended> {
        for path in &self.out {
            out::check(path)?;
            can_be_written(("--out", path))?;
        }
        let mut ensemble = Ensemble::new(self.spec()?)?;
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        super::signals::on_end(move || flag.store(true, Ordering::Relaxed))?;
        let done = self.simulate(&mut ensemble, &stop)?;
        if done == 0 {
            bail!("stopped before the first run was done");
        }
        if done < self.runs {
            eprintln!("stopped: {done} of {} runs are done, and these numbers are theirs", self.runs);
        }
        let out = &mut io::stdout().lock();
        if self.json {
            for results in ensemble.results() {
                writeln!(out, "{}", self.line(&ensemble, results))?;
            }
        } else {
            self.print(out, &ensemble, done)?;
        }
        for path in &self.out {
            out::save(path, &ensemble, self.success)?;
            if !self.json {
                writeln!(out, "wrote {}", path.display())?;
            }
        }
        Ok(Ended::Well)
    }

    /// Makes the runs, or those that are made until `stop`; returns how many of each dynamics.
    fn simulate(&self, ensemble: &mut Ensemble, stop: &AtomicBool) -> Result<u64> {
        let bar = Bar::new(self.json, "runs");
        // Small enough a share for the bar to move, large enough for every thread to have work.
        let chunk = (self.runs / 100).max(rayon::current_num_threads() as u64);
        let mut done = 0;
        loop {
            bar.set(Progress { done, total: self.runs });
            match ensemble.advance(chunk, stop)? {
                ensemble::Progress::Running(runs) => done = runs,
                ensemble::Progress::Done => break,
                ensemble::Progress::Cancelled => break,
            }
        }
        bar.done();
        Ok(ensemble.results().first().map_or(0, |r| r.outcomes().len() as u64))
    }

    fn line(&self, ensemble: &Ensemble, results: &Results) -> serde_json::Value {
        let rate = results.success(self.success);
        json!({
            "event": "ensemble", "dynamics": results.spec().kind, "runs": rate.runs, "success": number(rate.rate()),
            "low": rate.low, "high": rate.high, "median_first_passage": results.median_first_passage(),
            "mean_trace_h_sigma": number(results.mean_trace()),
            "surface": ensemble.spec().surface.name(), "successes": rate.successes, "rule": self.success,
            "region": ensemble.region(), "steps": self.steps, "seed": self.seed, "start": ensemble.start(),
            "lr": self.lr,
        })
    }

    fn print(&self, out: &mut impl io::Write, ensemble: &Ensemble, done: u64) -> Result<()> {
        let about = ensemble.spec().surface.build(self.seed, 0)?.about();
        writeln!(out, "{}: L(w) = {}", about.title, about.formula)?;
        writeln!(
            out,
            "{done} runs of {} steps from {}, η = {}, seed {}",
            self.steps,
            place(ensemble.start()),
            self.lr,
            self.seed
        )?;
        writeln!(out, "success: {} {}\n", self.rule(), region(ensemble.region()))?;
        let rows = ensemble.results().iter().map(|r| {
            let rate = r.success(self.success);
            vec![
                r.spec().kind.to_string(),
                percent(rate.rate()),
                format!("{} to {}", percent(rate.low), percent(rate.high)),
                r.median_first_passage().map_or("–".into(), |t| format!("{t:.0}")),
                format!("{:.4}", r.mean_trace()),
            ]
        });
        let head = ["dynamics", "success", "95 % interval", "median first passage", "mean Tr(HΣ)"];
        table::print(out, &head, rows)?;
        Ok(())
    }

    fn rule(&self) -> &'static str {
        match self.success {
            SuccessRule::Final => "the final iterate is",
            SuccessRule::Ever => "any iterate is",
            SuccessRule::Majority => "more than half of the iterates are",
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn place(w: &[f64]) -> String {
    format!("({})", w.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")).replace('-', "−")
}

fn region(region: &Region) -> String {
    match region {
        Region::Below { bound } => format!("where every coordinate is below {bound}").replace('-', "−"),
        Region::Near { centre, radius } => format!("within {radius} of {}", place(centre)),
        Region::Far { centre, radius } => format!("farther than {radius} from {}", place(centre)),
        Region::Above { loss } => format!("where the loss is at least {loss}"),
    }
}
