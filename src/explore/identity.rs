//! What decides the numbers of a record, and nothing else: whether a record goes on with this very measurement.
//!
//! It is the request itself as JSON, less the fields that are named here and beside each kind of request. So a field that
//! is added to a request decides until its name is put on a list; the tests change every field and look.
//!
//! Names of files do not decide. What stands in their place is found when they are read: sums of the parameters, of the
//! data's files, how many images are used.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::subject::{About, Loaded};
use crate::{
    data,
    record::{Identity, RecordError},
};

#[cfg(test)]
pub(super) mod trial;

type Fields = Map<String, Value>;

/// Fields of a subject that decide nothing, or in whose place stands what was found.
const OF_SUBJECT: [&str; 7] = [
    // Where the data lie and whether some may be missing: the sums of their files say what was read.
    "subject.data.dir",
    "subject.data.allow_partial",
    // Counts that may be left open: those of the images used.
    "subject.data.train_count",
    "subject.data.test_count",
    // May be `auto`: the network that was built.
    "subject.net",
    // A record may go on elsewhere.
    "subject.device",
    // `data_seed`, when there is chance in the data.
    "subject.seed",
];

/// Parts of a request whose fields stand beside its own.
const LIFTED: [&str; 2] = ["subject", "constants"];

/// Fields that records have under another name, by the name in the request: records had them first.
const RENAMED: [(&str, &str); 2] = [("lr", "rate"), ("steps", "limit")];

/// What stands in place of a file's name.
const A_FILE: &str = "a file";

/// What older programs wrote and this one does not: names, and what stands elsewhere.
const NO_LONGER: [&str; 3] = ["title", "a", "b"];

/// What decides a record's numbers.
pub(super) struct Decisive {
    fields: Fields,
    /// The fields of the request when nothing is asked.
    defaults: Fields,
    left_out: &'static [&'static str],
    of_run: bool,
    /// The batch-norm statistics in words, as older records of escapes have them.
    bn: Option<String>,
}

impl Decisive {
    /// The fields of `request` but those of its subject that are left out and `left_out`, with what was found of its
    /// subject. `default` is what an older program that did not know a field measured with.
    ///
    /// # Errors
    /// When a file's name is no text.
    pub fn of(
        request: &impl Serialize,
        left_out: &'static [&'static str],
        default: Value,
        about: &About,
        loaded: &Loaded,
    ) -> Result<Decisive, RecordError> {
        let undescribed = |e: serde_json::Error| RecordError::Undescribed { cause: e.to_string() };
        let mut asked = serde_json::to_value(request).map_err(undescribed)?;
        // A run's own data, where they are used.
        asked["subject"]["data"] = serde_json::to_value(&loaded.spec).map_err(undescribed)?;
        let mut fields = decisive(asked, left_out);
        let sums: Vec<&str> = loaded.files.iter().map(|file| file.sha256.as_str()).collect();
        for (key, found) in [
            ("net", json!(about.net)),
            ("train_count", json!(about.train_count)),
            ("data_files", json!(sums)),
            ("data_seed", json!(data::is_drawn(&loaded.spec).then_some(loaded.seed))),
        ] {
            fields.insert(key.into(), found);
        }
        if about.bn.is_none() {
            fields.shift_remove("bn");
        }
        let (of_run, bn) = (loaded.of_run, about.bn.clone());
        Ok(Decisive { fields, defaults: decisive(default, left_out), left_out, of_run, bn })
    }

    /// Adds what else was found.
    pub fn with(mut self, key: &str, found: Value) -> Decisive {
        self.fields.insert(key.into(), found);
        self
    }

    /// As a record keeps it.
    pub fn identity(&self) -> Identity {
        Identity(Value::Object(self.fields.clone()))
    }

    /// A record's identity as this program would have written it. What the program that wrote it did not keep cannot be
    /// compared, and counts as the same.
    pub fn settled(&self, stored: Identity) -> Identity {
        let Identity(mut stored) = stored;
        let seed = stored.get_mut("seed").map(Value::take);
        for path in OF_SUBJECT.iter().chain(self.left_out) {
            let lifted = LIFTED.iter().find_map(|part| path.strip_prefix(part)?.strip_prefix('.'));
            let path = lifted.unwrap_or(path);
            // What was found may stand under a name that was asked for.
            if !self.fields.contains_key(path) {
                remove(&mut stored, path);
            }
        }
        let mut fields = match stored {
            Value::Object(fields) => fields,
            other => return Identity(other),
        };
        if let Some(data) = fields.get_mut("data") {
            unname(data);
        }
        fill(&mut fields, &self.defaults);
        if !fields.contains_key("data_files") {
            self.settle_older(&mut fields, seed);
        }
        // Statistics of a network without batch norm, and test images that are not looked at.
        for key in ["bn", "test_count"] {
            if !self.fields.contains_key(key) {
                fields.shift_remove(key);
            }
        }
        Identity(Value::Object(fields))
    }

    /// Before the sums of the data's files were kept, data were described as they were asked for: a run's own as nothing.
    fn settle_older(&self, stored: &mut Fields, seed: Option<Value>) {
        for key in NO_LONGER {
            stored.shift_remove(key);
        }
        let set = stored.shift_remove("data_set").map(|set| named(&set));
        let ours = |key: &str| self.fields.get(key).filter(|value| !value.is_null());
        let is_unasked = stored.get("data") == self.defaults.get("data");
        let agrees = set.as_ref().is_none_or(|set| ours("data").is_some_and(|data| data["name"] == *set));
        let own = ours("data").filter(|_| self.of_run && is_unasked && agrees);
        if let Some(data) = own {
            stored.insert("data".into(), data.clone());
        } else {
            if let (Some(set), Some(Value::Object(data))) = (set, stored.get_mut("data")) {
                data.insert("name".into(), set);
            }
            if let (Some(seed), Some(_)) = (seed, ours("data_seed")) {
                stored.insert("data_seed".into(), seed);
            }
        }
        for key in ["data_files", "data_seed", "of"] {
            if let (true, Some(value)) = (stored.get(key).is_none_or(Value::is_null), ours(key)) {
                stored.insert(key.into(), value.clone());
            }
        }
        let words = stored.get("bn").and_then(Value::as_str);
        if let (true, Some(bn)) = (words.is_some() && words == self.bn.as_deref(), ours("bn")) {
            stored.insert("bn".into(), bn.clone());
        }
    }
}

/// The fields of a request that are not left out.
fn decisive(mut request: Value, left_out: &'static [&'static str]) -> Fields {
    for path in OF_SUBJECT.iter().chain(left_out) {
        remove(&mut request, path);
    }
    let Value::Object(mut fields) = request else { return Fields::new() };
    for part in LIFTED {
        if let Some(Value::Object(inner)) = fields.shift_remove(part) {
            fields.extend(inner);
        }
    }
    for (name, kept) in RENAMED {
        if let Some(value) = fields.shift_remove(name) {
            fields.insert(kept.into(), value);
        }
    }
    if let Some(data) = fields.get_mut("data") {
        unname(data);
    }
    fields
}

/// Removes the field at a path of keys with dots between them.
fn remove(value: &mut Value, path: &str) {
    let Value::Object(fields) = value else { return };
    match path.split_once('.') {
        Some((first, rest)) => {
            if let Some(inner) = fields.get_mut(first) {
                remove(inner, rest);
            }
        }
        None => {
            fields.shift_remove(path);
        }
    }
}

/// Says that there are files of one's own, and not what they are called.
fn unname(data: &mut Value) {
    if let Some(name) = data.get_mut("name") {
        *name = named(name);
    }
    if let Some(labels) = data.get_mut("labels").filter(|labels| !labels.is_null()) {
        *labels = A_FILE.into();
    }
}

/// A data set's name when it is known; else it is a path.
fn named(name: &Value) -> Value {
    match name.as_str() {
        Some(known) if data::NAMES.contains(&known) => known.into(),
        _ => A_FILE.into(),
    }
}

/// Fields that an older program did not know.
fn fill(stored: &mut Fields, defaults: &Fields) {
    for (key, default) in defaults {
        if let Some(known) = stored.get_mut(key) {
            if let (Value::Object(known), Value::Object(default)) = (known, default) {
                fill(known, default);
            }
        } else {
            stored.insert(key.clone(), default.clone());
        }
    }
}
