//! The value of a constant, whatever its type.

use std::fmt;

use serde::Serialize;

use super::{ascent::NormOrder, kind::OptimizerKind, when::When};

/// A value; in files just as its type writes itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Number(f64),
    Flag(bool),
    Count(u64),
    /// A count that may be left out.
    Limit(Option<u64>),
    Norm(NormOrder),
    Moment(When),
    Kind(OptimizerKind),
}

impl Value {
    /// A value of the same type from text, as an option has it.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn parse_like(self, text: &str) -> Result<Value, String> {
        let count = || text.parse::<u64>().map_err(|_| format!("\"{text}\" is no count; write a whole number"));
        Ok(match self {
            Value::Number(_) => Value::Number(text.parse().map_err(|_| format!("\"{text}\" is no number"))?),
            Value::Flag(_) => Value::Flag(text.parse().map_err(|_| format!("\"{text}\" is neither true nor false"))?),
            Value::Count(_) => Value::Count(count()?),
            Value::Limit(_) => Value::Limit(if text.is_empty() { None } else { Some(count()?) }),
            Value::Norm(_) => Value::Norm(text.parse()?),
            Value::Moment(_) => Value::Moment(text.parse()?),
            Value::Kind(_) => Value::Kind(text.parse()?),
        })
    }
}

impl fmt::Display for Value {
    /// As an option has it; nothing for a count that is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(x) => write!(f, "{x}"),
            Value::Flag(on) => write!(f, "{on}"),
            Value::Count(n) => write!(f, "{n}"),
            Value::Limit(n) => n.map_or(Ok(()), |n| write!(f, "{n}")),
            Value::Norm(p) => write!(f, "{p}"),
            Value::Moment(t) => write!(f, "{t}"),
            Value::Kind(kind) => write!(f, "{kind}"),
        }
    }
}
