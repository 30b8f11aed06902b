//! The constants of optimizers as options, as their table says; those that were given.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource, value_parser};

use crate::optim::{Constant, NormOrder, OptimizerKind, OptimizerSpec, Value, When, constants};

/// The constants that were given on the command line.
#[derive(Clone, Debug, Default)]
pub struct Constants(Vec<(&'static Constant, Value)>);

impl Constants {
    /// Puts what was given in the place of what `spec` has.
    pub fn change(&self, spec: &mut OptimizerSpec) {
        self.0.iter().for_each(|(constant, value)| constant.set(spec, *value));
    }

    /// The first one that means nothing to any of these kinds: giving it is a mistake.
    pub fn stray(&self, kinds: &[OptimizerKind]) -> Option<&'static Constant> {
        let is_stray = |constant: &Constant| !kinds.iter().any(|kind| kind.has(constant));
        self.0.iter().map(|(constant, _)| *constant).find(|constant| is_stray(constant))
    }
}

impl Args for Constants {
    fn augment_args(command: Command) -> Command {
        command.args(constants().iter().map(|constant| argument(constant)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Constants {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = constants().iter().filter_map(|constant| Some((*constant, given(constant, matches)?)));
        Ok(Constants(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn argument(constant: &'static Constant) -> Arg {
    let arg = Arg::new(constant.key).long(constant.flag).help(constant.help).help_heading("Optimizer");
    let arg = match constant.default_value() {
        Value::Flag(_) => return arg.action(ArgAction::SetTrue),
        Value::Number(_) => arg.value_parser(value_parser!(f64)).allow_negative_numbers(true),
        Value::Count(_) | Value::Limit(_) => arg.value_parser(value_parser!(u64)),
        Value::Norm(_) => arg.value_parser(value_parser!(NormOrder)),
        Value::Moment(_) => arg.value_parser(value_parser!(When)),
    };
    let arg = arg.action(ArgAction::Set).value_name(constant.value_name);
    match constant.help_default {
        Some(text) => arg.default_value(text),
        None => arg,
    }
}

/// The value that was given; `None` when none was.
fn given(constant: &Constant, matches: &ArgMatches) -> Option<Value> {
    let key = constant.key;
    if matches.value_source(key) != Some(ValueSource::CommandLine) {
        return None;
    }
    Some(match constant.default_value() {
        Value::Flag(_) => Value::Flag(matches.get_flag(key)),
        Value::Number(_) => Value::Number(matches.get_one::<f64>(key).copied()?),
        Value::Count(_) => Value::Count(matches.get_one::<u64>(key).copied()?),
        Value::Limit(_) => Value::Limit(Some(matches.get_one::<u64>(key).copied()?)),
        Value::Norm(_) => Value::Norm(matches.get_one::<NormOrder>(key).copied()?),
        Value::Moment(_) => Value::Moment(matches.get_one::<When>(key).copied()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::users;

    fn read(words: &[String]) -> Constants {
        let command = Constants::augment_args(Command::new("x").no_binary_name(true));
        Constants::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap()
    }

    #[test]
    fn what_is_not_given_changes_nothing_and_what_means_nothing_is_found() {
        let mut spec = OptimizerSpec { momentum: 0.9, ..OptimizerSpec::default() };
        let before = spec;
        read(&[]).change(&mut spec);
        assert_eq!(spec, before);
        let given = read(&["--rho".into(), "-1".into(), "--momentum".into(), "0".into()]);
        assert_eq!(given.stray(&[OptimizerKind::Sgd]).map(|c| c.key), Some("rho"));
        assert!(given.stray(&[OptimizerKind::Sgd, OptimizerKind::Asam]).is_none());
        let stray = given.stray(&[]).map(users);
        assert_eq!(stray.as_deref(), Some("gd, sgd, nesterov, sam, asam or psam"));
    }
}
