//! Which batch-norm statistics a number was measured with. Networks without batch norm give the same in every mode.

use std::{fmt, str::FromStr};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::suggest;

/// The statistics behind a loss, an error or a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormMode {
    /// Those stored beside θ; between two files they are interpolated as the parameters are.
    Running,
    /// Mean and variance of the batches that are evaluated.
    Batch(NormBatch),
    /// Running statistics computed anew at every point: reset, then one pass over the training images in file order,
    /// every batch with the same weight (PyTorch's momentum `None`).
    Recalibrated(NormBatch),
}

/// Images whose statistics are taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NormBatch {
    /// All of them up to 4,096, else batches of 4,096.
    #[default]
    Auto,
    /// All of them.
    All,
    Of(u64),
}

/// Images up to which they count as one batch when nothing was said.
pub const ONE_BATCH: usize = 4096;

impl NormBatch {
    /// Images per batch of `count` images.
    pub fn size(self, count: usize) -> usize {
        match self {
            NormBatch::Auto => count.min(ONE_BATCH),
            NormBatch::All => count,
            NormBatch::Of(n) => usize::try_from(n).map_or(count, |n| n.clamp(1, count)),
        }
    }
}

impl Default for NormMode {
    fn default() -> Self {
        NormMode::Batch(NormBatch::Auto)
    }
}

impl NormMode {
    /// The names without their batches, as `--bn` takes them.
    pub const NAMES: [&str; 3] = ["running", "batch", "recalibrated"];

    /// The same statistics over batches of another size.
    pub fn with_batch(self, batch: NormBatch) -> NormMode {
        match self {
            NormMode::Running => NormMode::Running,
            NormMode::Batch(_) => NormMode::Batch(batch),
            NormMode::Recalibrated(_) => NormMode::Recalibrated(batch),
        }
    }

    /// Images whose statistics are taken together; [`NormBatch::Auto`] where it does not matter.
    pub fn batch(self) -> NormBatch {
        match self {
            NormMode::Running => NormBatch::Auto,
            NormMode::Batch(batch) | NormMode::Recalibrated(batch) => batch,
        }
    }

    /// The mode in words, for captions: "statistics of batches of 100".
    pub fn words(self) -> String {
        let of = |batch| match batch {
            NormBatch::Auto => String::new(),
            NormBatch::All => " of all images together".into(),
            NormBatch::Of(n) => format!(" of batches of {n}"),
        };
        match self {
            NormMode::Running => "running statistics".into(),
            NormMode::Batch(b) => format!("batch statistics{}", of(b)),
            NormMode::Recalibrated(b) => format!("recalibrated statistics{}", of(b)),
        }
    }
}

impl fmt::Display for NormBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NormBatch::Auto => write!(f, "auto"),
            NormBatch::All => write!(f, "all"),
            NormBatch::Of(n) => write!(f, "{n}"),
        }
    }
}

impl FromStr for NormBatch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(NormBatch::Auto),
            "all" => Ok(NormBatch::All),
            n => match n.parse() {
                Ok(n) if n >= 2 => Ok(NormBatch::Of(n)),
                _ => Err(format!("\"{n}\" is no batch for statistics; write 2 or more, or all")),
            },
        }
    }
}

/// `running`, `batch`, `batch:100`, `recalibrated`, `recalibrated:all`
impl fmt::Display for NormMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, batch) = match self {
            NormMode::Running => return write!(f, "running"),
            NormMode::Batch(b) => ("batch", b),
            NormMode::Recalibrated(b) => ("recalibrated", b),
        };
        match batch {
            NormBatch::Auto => write!(f, "{name}"),
            batch => write!(f, "{name}:{batch}"),
        }
    }
}

impl FromStr for NormMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, batch) = match text.split_once(':') {
            Some((name, batch)) => (name, batch.parse()?),
            None => (text, NormBatch::Auto),
        };
        match name {
            "running" if text.contains(':') => Err("running statistics have no batch; write running".into()),
            "running" => Ok(NormMode::Running),
            "batch" => Ok(NormMode::Batch(batch)),
            "recalibrated" => Ok(NormMode::Recalibrated(batch)),
            _ => Err(suggest::unknown("batch-norm mode", name, &NormMode::NAMES)),
        }
    }
}

impl Serialize for NormMode {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NormMode {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A mode as the command line takes it: in two options.
#[derive(Args)]
struct NormOptions {
    /// Batch-norm statistics of what is measured: running, batch or recalibrated.
    #[arg(long, value_name = "MODE", default_value_t = NormMode::default(), help_heading = "Network")]
    bn: NormMode,
    /// Images whose statistics are taken together: a number or all [default: all, up to 4096].
    #[arg(long, value_name = "N", help_heading = "Network")]
    bn_batch: Option<NormBatch>,
}

impl Args for NormMode {
    fn augment_args(command: Command) -> Command {
        NormOptions::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        NormOptions::augment_args_for_update(command)
    }
}

impl FromArgMatches for NormMode {
    fn from_arg_matches(matches: &ArgMatches) -> Result<NormMode, clap::Error> {
        let NormOptions { bn, bn_batch } = NormOptions::from_arg_matches(matches)?;
        Ok(bn_batch.map_or(bn, |batch| bn.with_batch(batch)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = NormMode::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_read_back_as_it_is_written() {
        for text in ["running", "batch", "batch:all", "batch:100", "recalibrated", "recalibrated:32"] {
            assert_eq!(text.parse::<NormMode>().unwrap().to_string(), text);
        }
        for (text, part) in
            [("runing", "did you mean \"running\""), ("batch:1", "2 or more"), ("running:3", "no batch")]
        {
            assert!(text.parse::<NormMode>().unwrap_err().contains(part), "{text}");
        }
        assert_eq!(
            [NormBatch::Auto.size(9000), NormBatch::All.size(9000), NormBatch::Of(64).size(10)],
            [4096, 9000, 10]
        );
    }
}
