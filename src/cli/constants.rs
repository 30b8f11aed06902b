//! The constants of optimizers as options, as their table says; those that were given.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::optim::{Constant, OptimizerKind, OptimizerSpec, Value, constants};

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
        command.args(constants().iter().map(|constant| constant.argument(constant.help)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Constants {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = constants().iter().filter_map(|constant| Some((*constant, constant.given(matches)?)));
        Ok(Constants(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
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
        assert_eq!(
            stray.as_deref(),
            Some(
                "gd, sgd, nesterov, sam, asam, psam, rmsprop, gld-const, gld-dynamic, gld-diag, gld-leading, gld-hessian or gld-eigvec"
            )
        );
    }
}
