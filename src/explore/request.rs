//! What all questions about networks have in common: plain data, the same on the command line, in the window and in recipes.

use std::{ops::RangeInclusive, path::Path};

use clap::Args;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    ExploreError,
    options::{self, Options},
};
use crate::{
    data::DataSpec,
    probe::NormMode,
    run::{DeviceChoice, LossKind, net_text, shell_quoted},
    survey::{Directions, Normalisation, Vectors},
};

/// The name of `--net` that asks for the network to be recognised.
pub const AUTO: &str = "auto";

/// What is asked of a [`Job`](super::Job). Its fields are the options of the command that asks the same, with their help;
/// forms edit it, and recipes hold it.
///
/// `Default` is what the command line gives where no option is given.
pub trait Request: Args + Serialize + DeserializeOwned + Default + Clone + PartialEq + Send + 'static {
    /// The command that asks the same.
    const COMMAND: &'static str;

    /// Options that are numbers, with the smallest and the largest that a form offers. The command line takes what
    /// [`Request::check`] does not refuse.
    const RANGES: &'static [(&'static str, f64, f64)] = &[];

    /// On what, and how, the loss is measured.
    fn subject(&self) -> &Subject;

    /// The same, to be changed.
    fn subject_mut(&mut self) -> &mut Subject;

    /// Where what is measured is recorded.
    fn record(&self) -> Option<&Path> {
        None
    }

    /// Refuses what can be refused before any file is read.
    ///
    /// # Errors
    /// What makes no sense, with the option to mend.
    fn check(&self) -> Result<(), ExploreError>;

    /// Its options as the command line describes them.
    fn options() -> &'static Options;

    /// From where to where a form lets an option go; `None` for what is no number.
    fn range(option: &str) -> Option<RangeInclusive<f64>> {
        let found = Self::RANGES.iter().find(|(known, ..)| *known == option);
        found.map(|(_, low, high)| *low..=*high)
    }

    /// The arguments of the command that asks the same: what differs from the default. Empty when a path is not Unicode.
    fn arguments(&self) -> Vec<String> {
        options::arguments(self)
    }

    /// The whole command line, quoted for a shell.
    fn command_line(&self) -> String {
        let mut line = format!("valleyscope {}", Self::COMMAND);
        for argument in self.arguments() {
            line.push(' ');
            line.push_str(&shell_quoted(&argument));
        }
        line
    }
}

/// On what, and how, the loss is measured.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subject {
    #[command(flatten)]
    pub data: DataSpec,
    /// Network: auto (recognised from the checkpoint's names and shapes), or as for walk.
    #[arg(long, default_value = AUTO, value_parser = net_text, help_heading = "Network")]
    pub net: String,
    /// What is measured: cross-entropy or mse.
    #[arg(long, default_value_t = LossKind::default(), help_heading = "Network")]
    pub loss: LossKind,
    #[command(flatten)]
    #[serde(rename = "bn")]
    pub norm_mode: NormMode,
    /// Processor: auto, cpu, gpu.
    #[arg(long, default_value_t = DeviceChoice::default(), help_heading = "Network")]
    pub device: DeviceChoice,
    /// Seed of random directions, of the search for eigenvectors, and of random labels (--corrupt).
    #[arg(long, default_value_t = 0, help_heading = "Network")]
    pub seed: u64,
}

impl Default for Subject {
    fn default() -> Self {
        Subject {
            data: DataSpec::default(),
            net: AUTO.into(),
            loss: LossKind::default(),
            norm_mode: NormMode::default(),
            device: DeviceChoice::default(),
            seed: 0,
        }
    }
}

/// How random directions are scaled; the subject's seed says which they are.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scaling {
    /// Length of random directions: filter (each filter's own), layer, or none.
    #[arg(long, default_value_t = Normalisation::default(), help_heading = "Directions")]
    pub normalise: Normalisation,
    /// Biases and norm parameters in random directions: zero, or keep.
    #[arg(long, default_value_t = Vectors::default(), help_heading = "Directions")]
    pub biases: Vectors,
}

impl Scaling {
    /// How these directions are scaled.
    pub fn of(directions: &Directions) -> Scaling {
        Scaling { normalise: directions.normalisation, biases: directions.vectors }
    }

    /// The directions of a seed.
    pub fn directions(&self, seed: u64) -> Directions {
        Directions { seed, normalisation: self.normalise, vectors: self.biases }
    }
}
