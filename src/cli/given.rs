//! Which options were given on the command line, and not left to their defaults.

use std::collections::BTreeSet;

use clap::{ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};

use crate::optim::constants;

/// Options that a fork has from its parent.
pub const FIXED: [&str; 16] = [
    "data",
    "train_count",
    "test_count",
    "pixels",
    "labels",
    "corrupt",
    "corrupt_as",
    "net",
    "loss",
    "weights",
    "init_scale",
    "init",
    "order",
    "seed",
    "allow_partial",
    "images",
];

/// The options that a fork asks about by name, in `fork` and in `optimizer`; its optimizer's constants ask for themselves.
pub const ASKED: [&str; 11] =
    ["data_dir", "kind", "switch", "lr", "schedule", "batch", "device", "probes", "bn", "bn_batch", "checkpoint_every"];

/// The options that were given on the command line, by their names in code. It has none of its own and must be parsed
/// before the others, which take their values away.
#[derive(Clone, Debug, Default)]
pub struct Given(BTreeSet<String>);

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        Ok(Given(matches.ids().filter(given).map(|id| id.to_string()).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Given::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl Given {
    /// Whether an option was given.
    pub fn has(&self, option: &str) -> bool {
        let is_constant = || constants().iter().any(|constant| constant.key == option);
        debug_assert!(
            FIXED.contains(&option) || ASKED.contains(&option) || is_constant(),
            "{option} is not asked about"
        );
        self.0.contains(option)
    }
}
