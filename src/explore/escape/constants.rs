//! The constants of the optimizer that all rows of an escape table share: the rows of the table of constants that say so.

use std::{collections::BTreeSet, fmt, sync::LazyLock};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
    ser::SerializeMap as _,
};

use crate::optim::{Constant, OptimizerKind, OptimizerSpec, Typed, Value, constants};

/// The constants that all rows share; kind and ρ are theirs. Without momentum (our choice).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedConstants {
    spec: OptimizerSpec,
    /// Of those that only some rules have, the keys of the ones that were said.
    said: BTreeSet<&'static str>,
}

impl SharedConstants {
    /// Constants that rows share, with what help says of them, in the order of files.
    pub fn all() -> impl Iterator<Item = (&'static Constant, &'static str)> {
        constants().iter().filter_map(|constant| Some((*constant, constant.rows?)))
    }

    /// Those of `spec` that one of these kinds has.
    pub fn of(spec: &OptimizerSpec, kinds: &[OptimizerKind]) -> SharedConstants {
        let mut shared = SharedConstants::default();
        for (constant, _) in Self::all().filter(|(constant, _)| kinds.iter().any(|kind| kind.has(constant))) {
            shared.say(constant, constant.get(spec));
        }
        shared
    }

    /// An optimizer with these constants.
    pub fn spec(&self) -> OptimizerSpec {
        self.spec
    }

    /// Gives a constant a value.
    pub fn say(&mut self, constant: &'static Constant, value: Value) {
        constant.set(&mut self.spec, value);
        if constant.is_own() && value != Value::Limit(None) {
            self.said.insert(constant.key);
        } else {
            self.said.remove(constant.key);
        }
    }

    /// All of them said, whether they were or not.
    pub(super) fn whole(&self) -> SharedConstants {
        Self::of(&self.spec, OptimizerKind::ALL)
    }

    /// The first one that was said and means nothing to any of these kinds.
    pub(super) fn stray(&self, kinds: &[OptimizerKind]) -> Option<&'static Constant> {
        let mut said = Self::all().map(|(constant, _)| constant).filter(|constant| self.said.contains(constant.key));
        said.find(|constant| !kinds.iter().any(|kind| kind.has(constant)))
    }
}

impl Args for SharedConstants {
    fn augment_args(command: Command) -> Command {
        command.args(Self::all().map(|(constant, help)| constant.argument(help)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SharedConstants {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut shared = SharedConstants::default();
        shared.update_from_arg_matches(matches)?;
        Ok(shared)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for (constant, _) in Self::all() {
            if let Some(value) = constant.given(matches) {
                self.say(constant, value);
            }
        }
        Ok(())
    }
}

impl Serialize for SharedConstants {
    /// What only some rules have and was not said is null.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut out = s.serialize_map(None)?;
        for (constant, _) in Self::all() {
            let is_said = !constant.is_own() || self.said.contains(constant.key);
            out.serialize_entry(constant.key, &is_said.then(|| constant.get(&self.spec)))?;
        }
        out.end()
    }
}

impl<'de> Deserialize<'de> for SharedConstants {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_struct("SharedConstants", KEYS.as_slice(), Constants)
    }
}

/// What a file may say.
static KEYS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| SharedConstants::all().map(|(constant, _)| constant.key).collect());

struct Constants;

impl<'de> Visitor<'de> for Constants {
    type Value = SharedConstants;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("constants that all rows share")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SharedConstants, A::Error> {
        let mut shared = SharedConstants::default();
        while let Some(word) = map.next_key::<String>()? {
            let Some((constant, _)) = SharedConstants::all().find(|(constant, _)| constant.key == word) else {
                return Err(A::Error::unknown_field(&word, KEYS.as_slice()));
            };
            if let Some(value) = map.next_value_seed(Typed(constant))? {
                shared.say(constant, value);
            }
        }
        Ok(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::constant;

    fn parsed(words: &[&str]) -> SharedConstants {
        let command = SharedConstants::augment_args(Command::new("escape").no_binary_name(true));
        SharedConstants::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap()
    }

    #[test]
    fn rows_share_what_the_table_says() {
        let command = SharedConstants::augment_args(Command::new("escape"));
        for (key, help) in [
            ("momentum", "Momentum μ of all rows, 0 to 1; the velocity is 0 at the start"),
            ("nesterov", "Nesterov's momentum, in all rows"),
            ("weight_decay", "Weight decay λ of all rows"),
            ("sam_norm", "p of the norm in which SAM's ball is round, 1 to inf [default: 2]"),
            ("sam_shard", "m-sharpness: SAM ascends per shard of M images [default: the whole batch]"),
            (
                "psam_until",
                "psam ascends only every n-th step before this one: 300, 75% or 0.75 of all steps [default: 75%]",
            ),
            ("psam_period", "The period n of psam [default: 20]"),
        ] {
            let option = command.get_arguments().find(|arg| arg.get_id() == key).unwrap();
            assert_eq!(option.get_help().unwrap().to_string(), help);
        }
        // Rows have their own, or none may have it.
        assert!(command.get_arguments().all(|arg| arg.get_id() != "rho" && arg.get_id() != "noise"));
    }

    #[test]
    fn what_is_said_is_kept_in_files_and_what_is_not_is_null() {
        let plain = serde_json::to_string(&SharedConstants::default()).unwrap();
        // Those of further optimizers follow.
        let first = "{\"momentum\":0.0,\"nesterov\":false,\"weight_decay\":0.0,\"sam_norm\":null,\"sam_shard\":null,\
             \"psam_until\":null,\"psam_period\":null";
        assert!(plain.starts_with(first), "{plain}");
        for words in [
            vec![],
            vec!["--momentum", "0.9", "--nesterov", "--weight-decay", "5e-4"],
            vec!["--sam-norm", "inf", "--sam-shard", "16", "--psam-until", "300", "--psam-period", "3"],
            vec!["--sam-norm", "2", "--psam-until", "75%", "--psam-period", "20"],
        ] {
            let said = parsed(&words);
            let json = serde_json::to_string(&said).unwrap();
            assert_eq!(serde_json::from_str::<SharedConstants>(&json).unwrap(), said, "{json}");
            assert_eq!(said.whole().whole(), said.whole());
            assert_eq!(said.whole().spec(), said.spec());
        }
        let error = serde_json::from_str::<SharedConstants>("{\"rho\":1.0}").unwrap_err().to_string();
        assert!(error.contains("unknown field `rho`, expected one of `momentum`, `nesterov`"), "{error}");
    }

    #[test]
    fn a_constant_that_no_row_has_is_found_even_with_its_default() {
        let stray = |words: &[&str], kinds: &[OptimizerKind]| parsed(words).stray(kinds).map(|constant| constant.key);
        assert_eq!(stray(&["--psam-period", "20"], &[OptimizerKind::Sam]), Some("psam_period"));
        assert_eq!(stray(&["--psam-period", "20"], &[OptimizerKind::Sam, OptimizerKind::Psam]), None);
        assert_eq!(stray(&["--sam-norm", "2"], &[OptimizerKind::Sgd]), Some("sam_norm"));
        assert_eq!(stray(&["--momentum", "0.5"], &[OptimizerKind::Sgd]), None);
        let spec = OptimizerSpec { momentum: 0.5, psam_period: 3, ..OptimizerSpec::default() };
        let of_sgd = SharedConstants::of(&spec, &[OptimizerKind::Sgd]);
        let mut expected = SharedConstants::default();
        expected.say(constant("momentum").unwrap(), Value::Number(0.5));
        assert_eq!(of_sgd, expected);
    }
}
