//! The constants of the optimizer that all rows of an escape table share.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::optim::{NormOrder, OptimizerSpec, When};

/// The constants that all rows share; kind and ρ are theirs. Without momentum (our choice).
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SharedConstants {
    /// Momentum μ of all rows, 0 to 1; the velocity is 0 at the start.
    #[arg(long, value_name = "MU", default_value_t = 0.0, allow_negative_numbers = true, help_heading = "Optimizer")]
    pub momentum: f64,
    /// Nesterov's momentum, in all rows.
    #[arg(long, help_heading = "Optimizer")]
    pub nesterov: bool,
    /// Weight decay λ of all rows.
    #[arg(
        long,
        value_name = "LAMBDA",
        default_value_t = 0.0,
        allow_negative_numbers = true,
        help_heading = "Optimizer"
    )]
    pub weight_decay: f64,
    /// p of the norm in which SAM's ball is round, 1 to inf [default: 2].
    #[arg(long, value_name = "P", help_heading = "Optimizer")]
    pub sam_norm: Option<NormOrder>,
    /// m-sharpness: SAM ascends per shard of M images [default: the whole batch].
    #[arg(long, value_name = "M", help_heading = "Optimizer")]
    pub sam_shard: Option<u64>,
    /// psam ascends only every n-th step before this one: 300, 75% or 0.75 of --steps [default: 75%].
    #[arg(long, value_name = "E", help_heading = "Optimizer")]
    pub psam_until: Option<When>,
    /// The period n of psam [default: 20].
    #[arg(long, value_name = "N", help_heading = "Optimizer")]
    pub psam_period: Option<u64>,
}

impl SharedConstants {
    /// An optimizer with these constants.
    pub fn spec(&self) -> OptimizerSpec {
        let plain = OptimizerSpec::default();
        OptimizerSpec {
            momentum: self.momentum,
            nesterov: self.nesterov,
            weight_decay: self.weight_decay,
            sam_norm: self.sam_norm.unwrap_or(plain.sam_norm),
            sam_shard: self.sam_shard,
            psam_until: self.psam_until.unwrap_or(plain.psam_until),
            psam_period: self.psam_period.unwrap_or(plain.psam_period),
            ..plain
        }
    }

    /// Options that only sharpness-aware optimizers have, and whether they are given.
    pub(super) fn of_sam(&self) -> [(&'static str, bool); 2] {
        [("sam-norm", self.sam_norm.is_some()), ("sam-shard", self.sam_shard.is_some())]
    }

    /// Options that only PSAM has, and whether they are given.
    pub(super) fn of_psam(&self) -> [(&'static str, bool); 2] {
        [("psam-until", self.psam_until.is_some()), ("psam-period", self.psam_period.is_some())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::constants;

    /// The table of all constants says which of them rows share, and in which words.
    #[test]
    fn rows_share_what_the_table_says() {
        let command = SharedConstants::augment_args(clap::Command::new("escape"));
        let shared: Vec<_> = constants().iter().filter_map(|c| Some((c.flag, c.rows?))).collect();
        for (flag, help) in &shared {
            let option = command.get_arguments().find(|arg| arg.get_long() == Some(flag));
            let words = option.and_then(|arg| arg.get_help()).map(ToString::to_string);
            assert_eq!(words.as_deref().map(|w| w.trim_end_matches('.')), Some(help.trim_end_matches('.')), "--{flag}");
        }
        assert_eq!(command.get_arguments().count(), shared.len());
    }
}
