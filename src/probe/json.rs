//! JSON has no NaN and no infinity; we write the strings "NaN", "inf" and "-inf" instead of dropping the number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number that JSON can carry: itself when finite, its name otherwise.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Finite(f64),
    Named(Name),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Name {
    NaN,
    #[serde(rename = "inf")]
    Inf,
    #[serde(rename = "-inf")]
    MinusInf,
}

impl From<f64> for Number {
    fn from(x: f64) -> Self {
        match x {
            x if x.is_finite() => Number::Finite(x),
            x if x.is_nan() => Number::Named(Name::NaN),
            x if x > 0.0 => Number::Named(Name::Inf),
            _ => Number::Named(Name::MinusInf),
        }
    }
}

impl From<Number> for f64 {
    fn from(n: Number) -> f64 {
        match n {
            Number::Finite(x) => x,
            Number::Named(Name::NaN) => f64::NAN,
            Number::Named(Name::Inf) => f64::INFINITY,
            Number::Named(Name::MinusInf) => f64::NEG_INFINITY,
        }
    }
}

/// For `#[serde(with = …)]` on an `f64`.
pub mod finite_or_name {
    use super::*;

    pub fn serialize<S: Serializer>(x: &f64, s: S) -> Result<S::Ok, S::Error> {
        Number::from(*x).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
        Number::deserialize(d).map(f64::from)
    }
}

/// For `#[serde(with = …)]` on an `Option<f64>`; `None` is `null`.
pub mod finite_or_name_option {
    use super::*;

    pub fn serialize<S: Serializer>(x: &Option<f64>, s: S) -> Result<S::Ok, S::Error> {
        x.map(Number::from).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<Number>::deserialize(d)?.map(f64::from))
    }
}

/// The same for a value built by hand.
pub fn number(x: f64) -> serde_json::Value {
    match Number::from(x) {
        Number::Finite(x) => x.into(),
        Number::Named(Name::NaN) => "NaN".into(),
        Number::Named(Name::Inf) => "inf".into(),
        Number::Named(Name::MinusInf) => "-inf".into(),
    }
}
