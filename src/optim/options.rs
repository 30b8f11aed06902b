//! Constants as options of a command line, as their table says.

use clap::{Arg, ArgAction, ArgMatches, parser::ValueSource, value_parser};

use super::{ascent::NormOrder, constant::Constant, kind::OptimizerKind, value::Value, when::When};

impl Constant {
    /// Its option, with these words as help.
    pub fn argument(&'static self, help: &'static str) -> Arg {
        let arg = Arg::new(self.key).long(self.flag).help(help).help_heading("Optimizer");
        let arg = match self.default_value() {
            Value::Flag(_) => return arg.action(ArgAction::SetTrue),
            Value::Number(_) => arg.value_parser(value_parser!(f64)).allow_negative_numbers(true),
            Value::Count(_) | Value::Limit(_) => arg.value_parser(value_parser!(u64)),
            Value::Norm(_) => arg.value_parser(value_parser!(NormOrder)),
            Value::Moment(_) => arg.value_parser(value_parser!(When)),
            Value::Kind(_) => arg.value_parser(value_parser!(OptimizerKind)),
        };
        let arg = arg.action(ArgAction::Set).value_name(self.value_name);
        match self.help_default {
            Some(text) => arg.default_value(text),
            None => arg,
        }
    }

    /// The value that was given; `None` when none was.
    pub fn given(&self, matches: &ArgMatches) -> Option<Value> {
        let key = self.key;
        if matches.value_source(key) != Some(ValueSource::CommandLine) {
            return None;
        }
        Some(match self.default_value() {
            Value::Flag(_) => Value::Flag(matches.get_flag(key)),
            Value::Number(_) => Value::Number(matches.get_one::<f64>(key).copied()?),
            Value::Count(_) => Value::Count(matches.get_one::<u64>(key).copied()?),
            Value::Limit(_) => Value::Limit(Some(matches.get_one::<u64>(key).copied()?)),
            Value::Norm(_) => Value::Norm(matches.get_one::<NormOrder>(key).copied()?),
            Value::Moment(_) => Value::Moment(matches.get_one::<When>(key).copied()?),
            Value::Kind(_) => Value::Kind(matches.get_one::<OptimizerKind>(key).copied()?),
        })
    }
}
