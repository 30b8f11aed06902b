//! The options that choose an optimizer, when it changes, and what is averaged.

use anyhow::{Result, bail};
use clap::Args;

use super::given::Given;
use crate::{
    optim::{
        AVERAGE_FORM, AverageSpec, NormOrder, OptimizerKind, OptimizerSpec, SCHEDULE_FORMS, SWITCH_FORM, Schedule,
        SwitchPlan, When,
    },
    run::RunSpec,
};

/// The optimizer of a run; every default is [`OptimizerSpec`]'s own.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Optimizer")]
pub struct OptimizerArgs {
    /// Optimizer: gd (full batch), sgd, nesterov, sam, asam, psam (docs/optimizers.md).
    #[arg(long = "optimizer", value_name = "NAME", default_value_t = OptimizerKind::default())]
    kind: OptimizerKind,
    /// Learning rate η.
    #[arg(long, value_name = "RATE", default_value_t = 0.1, allow_negative_numbers = true)]
    pub lr: f64,
    /// Momentum μ, 0 to 1.
    #[arg(long, value_name = "MU", default_value_t = 0.0, allow_negative_numbers = true)]
    momentum: f64,
    /// Nesterov's momentum, with any optimizer.
    #[arg(long)]
    nesterov: bool,
    /// Weight decay λ.
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, allow_negative_numbers = true)]
    weight_decay: f64,
    /// Isotropic Gaussian noise on the gradient: its variance as a share of the largest gradient variance at θ₀.
    #[arg(long, value_name = "FACTOR", default_value_t = 0.0, allow_negative_numbers = true)]
    noise: f64,
    /// Radius ρ of SAM's ball; in asam in units of |θ| [default: 0.05].
    #[arg(long, value_name = "RHO", allow_negative_numbers = true)]
    rho: Option<f64>,
    /// p of the norm in which SAM's ball is round, 1 to inf [default: 2].
    #[arg(long, value_name = "P")]
    sam_norm: Option<NormOrder>,
    /// m-sharpness: SAM ascends per shard of M images, then averages the gradients [default: the whole batch].
    #[arg(long, value_name = "M")]
    sam_shard: Option<u64>,
    /// psam ascends only every n-th iteration before this one: 300, 75% or 0.75 [default: 75%].
    #[arg(long, value_name = "E")]
    psam_until: Option<When>,
    /// The period n of psam [default: 20].
    #[arg(long, value_name = "N")]
    psam_period: Option<u64>,
    #[arg(long, value_name = "PLAN", default_value_t = SwitchPlan::default(), hide_default_value = true, help = format!("Go on with another optimizer: {SWITCH_FORM}"))]
    pub switch: SwitchPlan,
    #[arg(long, value_name = "RULE", help = format!("Average the iterates beside the walk: {AVERAGE_FORM} (PERIOD in iterations [default: one epoch])"))]
    pub average: Option<AverageSpec>,
    #[arg(long, default_value_t = Schedule::Constant, help = format!("Learning-rate schedule: {SCHEDULE_FORMS}"))]
    pub schedule: Schedule,
}

impl OptimizerArgs {
    /// The optimizer that the options describe.
    ///
    /// # Errors
    /// Options of an optimizer that the run never comes to.
    pub fn spec(&self) -> Result<OptimizerSpec> {
        let plain = OptimizerSpec::default();
        let comes_to =
            |f: fn(OptimizerKind) -> bool| f(self.kind) || self.switch.switches().iter().any(|switch| f(switch.to));
        self.refuse(comes_to)?;
        Ok(OptimizerSpec {
            kind: self.kind,
            momentum: self.momentum,
            nesterov: self.nesterov,
            weight_decay: self.weight_decay,
            noise: self.noise,
            rho: self.rho.unwrap_or(plain.rho),
            sam_norm: self.sam_norm.unwrap_or(plain.sam_norm),
            sam_shard: self.sam_shard,
            psam_until: self.psam_until.unwrap_or(plain.psam_until),
            psam_period: self.psam_period.unwrap_or(plain.psam_period),
        })
    }

    /// Puts what was given in the place of what the parent of a fork had. With another optimizer, its planned switches end.
    ///
    /// # Errors
    /// Options of an optimizer that the fork never comes to.
    pub fn change(&self, spec: &mut RunSpec, given: &Given) -> Result<()> {
        let of = &mut spec.optimizer;
        if given.has("kind") && of.kind != self.kind {
            of.kind = self.kind;
            spec.switch = SwitchPlan::default();
        }
        if given.has("momentum") {
            of.momentum = self.momentum;
        }
        of.nesterov |= self.nesterov;
        if given.has("weight_decay") {
            of.weight_decay = self.weight_decay;
        }
        of.rho = self.rho.unwrap_or(of.rho);
        of.sam_norm = self.sam_norm.unwrap_or(of.sam_norm);
        of.sam_shard = self.sam_shard.or(of.sam_shard);
        of.psam_until = self.psam_until.unwrap_or(of.psam_until);
        of.psam_period = self.psam_period.unwrap_or(of.psam_period);
        if given.has("switch") {
            spec.switch = self.switch.clone();
        }
        spec.average = self.average.or(spec.average);
        if given.has("lr") {
            spec.lr = self.lr;
        }
        if given.has("schedule") {
            spec.schedule = self.schedule.clone();
        }
        self.refuse(|f| spec.kinds().any(f))
    }

    /// Refuses options that only some optimizers have, when the run comes to none of them.
    fn refuse(&self, comes_to: impl Fn(fn(OptimizerKind) -> bool) -> bool) -> Result<()> {
        let of_sam = [
            ("rho", self.rho.is_some()),
            ("sam-norm", self.sam_norm.is_some()),
            ("sam-shard", self.sam_shard.is_some()),
        ];
        let of_psam = [("psam-until", self.psam_until.is_some()), ("psam-period", self.psam_period.is_some())];
        refuse(&of_sam, comes_to(OptimizerKind::is_sharpness_aware), "sam, asam or psam")?;
        refuse(&of_psam, comes_to(|kind| kind == OptimizerKind::Psam), "psam")
    }
}

/// An option that would do nothing is a mistake.
fn refuse(options: &[(&str, bool)], useful: bool, who: &str) -> Result<()> {
    match options.iter().find(|(_, given)| *given && !useful) {
        Some((name, _)) => bail!("--{name} means nothing to this run; add --optimizer {who}, or leave it out"),
        None => Ok(()),
    }
}
