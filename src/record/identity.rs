//! What a record's numbers depend on, as JSON: whether a file goes on with this very measurement.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Everything that decides the numbers of a record: the contents of its files, network, data, directions, constants. What
/// does not decide them (names of files, the device, the time) is left out, or a measurement could not be resumed
/// elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity(pub Value);

impl Identity {
    /// Where another identity differs first, in words; keys in a path are joined with dots. What is not set may be null
    /// or missing.
    pub fn difference(&self, other: &Identity) -> Option<String> {
        difference("", &self.0, &other.0)
    }
}

/// SHA-256, in hexadecimal digits, of a JSON value written with sorted keys and without spaces.
pub fn fingerprint(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{}:", Value::from(key.as_str()));
                canonical(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

fn difference(path: &str, a: &Value, b: &Value) -> Option<String> {
    let step = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    let (Value::Object(x), Value::Object(y)) = (a, b) else {
        let place = if path.is_empty() { "the whole" } else { path };
        return (a != b).then(|| format!("{place} is {} there and {} here", short(a), short(b)));
    };
    let inside = x.iter().find_map(|(key, a)| match y.get(key) {
        Some(b) => difference(&step(key), a, b),
        None if a.is_null() => None,
        None => Some(format!("{} is {} there and missing here", step(key), short(a))),
    });
    let extra = || y.iter().find(|(key, b)| !x.contains_key(*key) && !b.is_null());
    inside.or_else(|| extra().map(|(key, b)| format!("{} is missing there and {} here", step(key), short(b))))
}

/// A value in at most sixty characters.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 { text } else { text.chars().take(59).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_every_value_does() {
        let a = json!({"seed": 1, "files": {"a": "x", "b": [1, 2.5, null]}});
        let b = json!({"files": {"b": [1, 2.5, null], "a": "x"}, "seed": 1});
        assert_eq!(fingerprint(&a), fingerprint(&b));
        assert_eq!(Identity(a.clone()).difference(&Identity(b)), None);
        // Independently: printf '{"files":{"a":"x","b":[1,2.5,null]},"seed":1}' | sha256sum
        assert_eq!(fingerprint(&a), "5e03b575b46090f771e4d42a67fbb6934d152d4598e273b21c22eabb6507eca7");
        for (other, expected) in [
            (json!({"seed": 2, "files": {"a": "x", "b": [1, 2.5, null]}}), "seed is 1 there and 2 here"),
            (json!({"seed": 1, "files": {"a": "y", "b": [1, 2.5, null]}}), "files.a is \"x\" there and \"y\" here"),
            (json!({"seed": 1, "files": {"a": "x", "b": [1, 2]}}), "files.b is [1,2.5,null] there and [1,2] here"),
            (json!({"seed": 1}), "files is {\"a\":\"x\",\"b\":[1,2.5,null]} there and missing here"),
            (json!({"seed": 1, "files": a["files"], "bn": "batch"}), "bn is missing there and \"batch\" here"),
            (json!(3), "here"),
        ] {
            assert_ne!(fingerprint(&a), fingerprint(&other));
            let found = Identity(a.clone()).difference(&Identity(other)).unwrap();
            assert!(found.ends_with(expected), "{found}");
        }
        // What is not set may be left out.
        let unset = json!({"seed": 1, "files": a["files"], "shard": null});
        assert_eq!(Identity(a.clone()).difference(&Identity(unset.clone())), None);
        assert_eq!(Identity(unset).difference(&Identity(a)), None);
        let long = Identity(json!({"x": "y".repeat(1000)})).difference(&Identity(json!({}))).unwrap();
        assert!(long.chars().count() < 100, "{long}");
    }
}
