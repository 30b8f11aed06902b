//! The options that choose an optimizer, when it changes, and what is averaged.

use anyhow::{Result, bail};
use clap::Args;

use super::{constants::Constants, given::Given};
use crate::{
    optim::{
        AVERAGE_FORM, AverageSpec, OptimizerKind, OptimizerSpec, SCHEDULE_FORMS, SWITCH_FORM, Schedule, SwitchPlan,
        users,
    },
    run::RunSpec,
};

/// The optimizer of a run; every default is [`OptimizerSpec`]'s own.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Optimizer")]
pub struct OptimizerArgs {
    // Its help names the optimizers that there are.
    #[arg(long = "optimizer", value_name = "NAME", help = kinds_help(), default_value_t = OptimizerKind::default())]
    kind: OptimizerKind,
    // Its help says what is usual.
    #[arg(long, value_name = "RATE", help = rate_help(), default_value_t = 0.1, allow_negative_numbers = true)]
    pub lr: f64,
    #[command(flatten)]
    constants: Constants,
    #[arg(long, value_name = "PLAN", default_value_t = SwitchPlan::default(), hide_default_value = true, help = format!("Go on with another optimizer: {SWITCH_FORM}"))]
    pub switch: SwitchPlan,
    #[arg(long, value_name = "RULE", help = format!("Average the iterates beside the walk: {AVERAGE_FORM} (PERIOD in iterations [default: one epoch]; lawa keeps K vectors)"))]
    pub average: Option<AverageSpec>,
    #[arg(long, default_value_t = Schedule::Constant, help = format!("Learning-rate schedule: {SCHEDULE_FORMS}"))]
    pub schedule: Schedule,
}

fn kinds_help() -> String {
    let name = |kind: &OptimizerKind| match kind {
        OptimizerKind::Gd => "gd (full batch)".to_string(),
        other => other.to_string(),
    };
    let names: Vec<String> = OptimizerKind::ALL.iter().map(name).collect();
    format!("Optimizer: {} (docs/optimizers.md)", names.join(", "))
}

fn rate_help() -> String {
    let usual = |kind: &OptimizerKind| kind.rule().usual_rate().map(|rate| format!("{rate} for {kind}"));
    let usual: Vec<String> = OptimizerKind::ALL.iter().filter_map(usual).collect();
    format!("Learning rate η; usual is {}", usual.join(", "))
}

impl OptimizerArgs {
    /// The optimizer that the options describe.
    ///
    /// # Errors
    /// Options of an optimizer that the run never comes to.
    pub fn spec(&self) -> Result<OptimizerSpec> {
        let switches = self.switch.switches().iter().map(|switch| switch.to);
        self.refuse(&std::iter::once(self.kind).chain(switches).collect::<Vec<_>>())?;
        let mut spec = OptimizerSpec { kind: self.kind, ..OptimizerSpec::default() };
        self.constants.change(&mut spec);
        Ok(spec)
    }

    /// Puts what was given in the place of what the parent of a fork had. With another optimizer, its planned switches end.
    ///
    /// # Errors
    /// Options of an optimizer that the fork never comes to.
    pub fn change(&self, spec: &mut RunSpec, given: &Given) -> Result<()> {
        if given.has("kind") && spec.optimizer.kind != self.kind {
            spec.optimizer.kind = self.kind;
            spec.switch = SwitchPlan::default();
        }
        self.constants.change(&mut spec.optimizer);
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
        self.refuse(&spec.kinds().collect::<Vec<_>>())
    }

    /// Refuses constants that only some optimizers have, when the run comes to none of them.
    fn refuse(&self, kinds: &[OptimizerKind]) -> Result<()> {
        let Some(constant) = self.constants.stray(kinds) else { return Ok(()) };
        let (name, who) = (constant.flag, users(constant));
        bail!("--{name} means nothing to this run; add --optimizer {who}, or leave it out")
    }
}
