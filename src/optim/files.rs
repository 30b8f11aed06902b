//! A spec in files: the kind and every constant by its name.

use std::{fmt, sync::LazyLock};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error as _, MapAccess, Unexpected, Visitor},
    ser::SerializeStruct as _,
};

use super::{
    constant::Constant,
    spec::OptimizerSpec,
    table::{constant, constants},
    value::Value,
};

const NAME: &str = "OptimizerSpec";
const KIND: &str = "kind";

/// What a file may say.
static KEYS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| std::iter::once(KIND).chain(constants().iter().map(|constant| constant.key)).collect());

impl Serialize for OptimizerSpec {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let written: Vec<(&'static str, Value)> =
            constants().iter().filter_map(|constant| Some((constant.key, self.written(constant)?))).collect();
        let mut out = s.serialize_struct(NAME, 1 + written.len())?;
        out.serialize_field(KIND, &self.kind)?;
        for (key, value) in written {
            out.serialize_field(key, &value)?;
        }
        out.end()
    }
}

impl<'de> Deserialize<'de> for OptimizerSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_struct(NAME, KEYS.as_slice(), Constants)
    }
}

/// Reads a value of the type of a constant; `None` for null.
pub struct Typed(pub &'static Constant);

impl<'de> DeserializeSeed<'de> for Typed {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Option<Value>, D::Error> {
        Ok(match self.0.default_value() {
            Value::Number(_) => Option::deserialize(d)?.map(Value::Number),
            Value::Flag(_) => Option::deserialize(d)?.map(Value::Flag),
            Value::Count(_) => Option::deserialize(d)?.map(Value::Count),
            Value::Limit(_) => Option::deserialize(d)?.map(|n| Value::Limit(Some(n))),
            Value::Norm(_) => Option::deserialize(d)?.map(Value::Norm),
            Value::Moment(_) => Option::deserialize(d)?.map(Value::Moment),
            Value::Kind(_) => Option::deserialize(d)?.map(Value::Kind),
        })
    }
}

struct Constants;

impl<'de> Visitor<'de> for Constants {
    type Value = OptimizerSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {NAME}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OptimizerSpec, A::Error> {
        let mut spec = OptimizerSpec::default();
        let mut seen: Vec<&'static str> = Vec::new();
        while let Some(word) = map.next_key::<String>()? {
            let key = KEYS.iter().copied().find(|key| *key == word);
            let key = key.ok_or_else(|| A::Error::unknown_field(&word, KEYS.as_slice()))?;
            if seen.contains(&key) {
                return Err(A::Error::duplicate_field(key));
            }
            seen.push(key);
            let Some(constant) = constant(key) else {
                spec.kind = map.next_value()?;
                continue;
            };
            let value = match constant.default_value() {
                Value::Limit(_) => Value::Limit(map.next_value()?),
                _ => map
                    .next_value_seed(Typed(constant))?
                    .ok_or_else(|| A::Error::invalid_type(Unexpected::Unit, &key))?,
            };
            constant.set(&mut spec, value);
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{NormOrder, OptimizerKind};

    #[test]
    fn a_spec_is_written_as_it_always_was() {
        let plain = serde_json::to_string(&OptimizerSpec::default()).unwrap();
        assert_eq!(
            plain,
            "{\"kind\":\"sgd\",\"momentum\":0.0,\"nesterov\":false,\"weight_decay\":0.0,\"noise\":0.0,\"rho\":0.05,\
             \"sam_norm\":2.0,\"psam_until\":\"75%\",\"psam_period\":20}"
        );
        let odd = OptimizerSpec { sam_norm: NormOrder::INFINITY, sam_shard: Some(8), ..OptimizerSpec::default() };
        let json = serde_json::to_string(&odd).unwrap();
        assert!(json.contains("\"sam_norm\":\"inf\",\"sam_shard\":8,\"psam_until\""), "{json}");
    }

    #[test]
    fn what_is_left_out_is_the_default_and_what_is_unknown_is_refused() {
        let sam: OptimizerSpec = toml::from_str("kind = \"sam\"\nmomentum = 0\npsam_until = 300").unwrap();
        let expected = OptimizerSpec { kind: OptimizerKind::Sam, psam_until: crate::optim::When::Step(300), ..sam };
        assert_eq!((sam, sam.rho), (expected, 0.05));
        let says = |json: &str| serde_json::from_str::<OptimizerSpec>(json).unwrap_err().to_string();
        assert!(says("{\"rhoo\":1}").contains("unknown field `rhoo`, expected one of `kind`, `momentum`"));
        assert!(says("{\"rho\":1,\"rho\":2}").contains("duplicate field `rho`"));
        assert!(says("{\"kind\":\"sma\"}").contains("did you mean \"sam\""));
        assert!(says("3").contains("expected struct OptimizerSpec"));
    }
}
