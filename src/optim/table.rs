//! The table of all constants: those of the rules, each once.

use std::sync::LazyLock;

use super::{constant::Constant, error::OptimizerError, kind::OptimizerKind, spec::OptimizerSpec, value::Value};

static CONSTANTS: LazyLock<Vec<&'static Constant>> = LazyLock::new(|| {
    let mut all: Vec<&'static Constant> = Vec::new();
    // What rules have of their bases comes last: files and help are as they were before there were bases.
    let own = OptimizerKind::ALL.iter().flat_map(|kind| kind.rule().constants().iter().copied());
    for constant in own.chain(OptimizerKind::ALL.iter().flat_map(|kind| kind.constants())) {
        if all.iter().all(|before| before.key != constant.key) {
            all.push(constant);
        }
    }
    all
});

/// All constants, in the order of files and of help: as the rules, the first one first, have them.
pub fn constants() -> &'static [&'static Constant] {
    CONSTANTS.as_slice()
}

/// All constants in the order of a command line that repeats a run.
pub fn constants_of_a_line() -> Vec<&'static Constant> {
    let mut all = constants().to_vec();
    all.sort_by_key(|constant| constant.seat);
    all
}

/// The constant of that name in files.
pub fn constant(key: &str) -> Option<&'static Constant> {
    constants().iter().copied().find(|constant| constant.key == key)
}

/// The kinds that have a constant, in words: "sam, asam or psam".
pub fn users(constant: &Constant) -> String {
    let names: Vec<String> =
        OptimizerKind::ALL.iter().filter(|kind| kind.has(constant)).map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

impl OptimizerSpec {
    /// Refuses constants that no step can be made with.
    ///
    /// # Errors
    /// The first constant that is out of its range, for the kind or for its base.
    pub fn check(&self) -> Result<(), OptimizerError> {
        let all = |spec: &OptimizerSpec| constants().iter().try_for_each(|constant| constant.check(spec));
        all(self)?;
        all(&self.descending())
    }

    /// What files say of a constant; `None` when it is left out.
    pub fn written(&self, constant: &Constant) -> Option<Value> {
        match constant.get(self) {
            Value::Limit(None) => None,
            // Files from before SAM had a base to choose stay as they are.
            Value::Kind(_) if !constant.is_changed(self) => None,
            // Files from before a rule was known stay as they are.
            _ if constant.is_further() && !self.uses(constant) && !constant.is_changed(self) => None,
            value => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{At, More, NormOrder, When};

    /// A value that is not the default, and that the constant may have.
    fn other(constant: &Constant) -> Value {
        match constant.default_value() {
            Value::Number(_) => Value::Number(0.1 + 0.2),
            Value::Flag(on) => Value::Flag(!on),
            Value::Count(n) => Value::Count(n + 3),
            Value::Limit(_) => Value::Limit(Some(7)),
            Value::Norm(_) => Value::Norm(NormOrder::INFINITY),
            Value::Moment(_) => Value::Moment(When::Step(31)),
            Value::Kind(_) => Value::Kind(OptimizerKind::Adam),
        }
    }

    #[test]
    fn the_table_has_every_field_and_every_constant_a_name_of_its_own() {
        let keys: Vec<&str> = constants().iter().map(|c| c.key).collect();
        assert_eq!(
            keys[..9],
            [
                "momentum",
                "nesterov",
                "weight_decay",
                "noise",
                "rho",
                "sam_norm",
                "sam_shard",
                "psam_until",
                "psam_period"
            ]
        );
        let mut places = Vec::new();
        for c in constants() {
            assert_eq!(c.flag, c.key.replace('_', "-"));
            assert!(![c.name, c.help, c.symbol, c.field.label, c.field.short, c.field.help].contains(&""), "{c:?}");
            assert!(c.help_default.is_none_or(|text| text == c.default_value().to_string()), "{c:?}");
            if let At::More { place, .. } | At::MoreCount { place, .. } = c.at {
                assert!(usize::from(place) < More::PLACES && !places.contains(&place), "{c:?} has no place of its own");
                places.push(place);
            }
        }
        let line: Vec<&str> = constants_of_a_line().iter().map(|c| c.key).collect();
        assert_eq!(line[..3], ["momentum", "nesterov", "rho"]);
        assert!(line.ends_with(&["weight_decay", "noise"]));
    }

    #[test]
    fn every_constant_survives_text_and_files() {
        for c in constants() {
            for kind in OptimizerKind::ALL {
                let plain = OptimizerSpec { kind: *kind, ..OptimizerSpec::default() };
                let mut spec = plain;
                c.set(&mut spec, other(c));
                assert_eq!(c.get(&spec), other(c), "{c:?}");
                assert!(spec != plain && c.is_changed(&spec), "{c:?}");
                assert_eq!(c.default_value().parse_like(&other(c).to_string()), Ok(other(c)), "{c:?}");
                let json = serde_json::to_string(&spec).unwrap();
                assert!(json.contains(&format!("\"{}\":", c.key)), "{json}");
                assert_eq!(serde_json::from_str::<OptimizerSpec>(&json).unwrap(), spec, "{json}");
                let toml = toml::to_string(&spec).unwrap();
                assert_eq!(toml::from_str::<OptimizerSpec>(&toml).unwrap(), spec, "{toml}");
                c.set(&mut spec, c.default_value());
                assert_eq!(spec, plain, "{c:?}");
            }
        }
    }

    #[test]
    fn users_are_said_in_words() {
        let of = |key| users(constant(key).unwrap());
        assert_eq!((of("rho").as_str(), of("psam_period").as_str()), ("sam, asam or psam", "psam"));
        assert_eq!(of("muon_share"), "sam, asam, psam or muon");
        assert!(constant("rhoo").is_none());
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_option_to_mend() {
        let says = |spec: OptimizerSpec| spec.check().unwrap_err().to_string();
        let plain = OptimizerSpec::default();
        for (spec, words) in [
            (
                OptimizerSpec { momentum: 1.0, ..plain },
                "the momentum is 1; give at least 0 and below 1, such as 0.9 (--momentum 0.9)",
            ),
            (
                OptimizerSpec { weight_decay: -1.0, ..plain },
                "the weight decay is -1; give 0 or a positive, finite number, such as 5e-4 (--weight-decay 5e-4)",
            ),
            (
                OptimizerSpec { noise: f64::NAN, ..plain },
                "the noise factor is NaN; give 0 or a positive, finite number, such as 0.1 (--noise 0.1)",
            ),
            (
                OptimizerSpec { rho: f64::INFINITY, ..plain },
                "the radius ρ is inf; give 0 or a positive, finite number, such as 0.05 (--rho 0.05)",
            ),
            (
                OptimizerSpec { nesterov: true, ..plain },
                "Nesterov's step needs a momentum above 0; give one, such as 0.9 (--momentum 0.9), or use sgd (--optimizer sgd)",
            ),
            (
                OptimizerSpec { kind: OptimizerKind::Sam, sam_base: OptimizerKind::Nesterov, ..plain },
                "Nesterov's step needs a momentum above 0; give one, such as 0.9 (--momentum 0.9), or use sgd (--optimizer sgd)",
            ),
            (
                OptimizerSpec { sam_base: OptimizerKind::Psam, ..plain },
                "SAM cannot make the step of psam; choose one of sgd, nesterov, adam, adamw, rmsprop, muon (--sam-base adam)",
            ),
            (
                OptimizerSpec { sam_shard: Some(0), ..plain },
                "a shard has 0 examples; give 1 or more (--sam-shard 1), or leave it out",
            ),
            (
                OptimizerSpec { psam_period: 0, ..plain },
                "PSAM's period is 0; give 1 or more, such as 20 (--psam-period 20)",
            ),
        ] {
            assert_eq!(says(spec), words);
        }
    }
}
