//! JSON lines that are put together from parts.

use serde_json::{Value, json};

/// The beginning of a line.
pub fn event(name: &str) -> Value {
    json!({ "event": name })
}

/// Adds the fields of an object to a line.
pub fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
