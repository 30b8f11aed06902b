//! Requests as options of the command line: their help, and the arguments that repeat them.

use clap::{ArgAction, Args, Command};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::aside::without_asides;

/// The options of a request as the command line describes them, without what only it says: the tooltips of a form.
#[derive(Debug)]
pub struct Options(Vec<(String, String)>);

impl Options {
    /// Reads them from what the request tells the command line.
    pub fn of<T: Args>() -> Options {
        let command = T::augment_args(Command::new("options"));
        let described = command.get_arguments().map(|arg| {
            let help = arg.get_help().map_or(String::new(), |help| without_asides(&help.to_string()));
            (arg.get_id().to_string(), help)
        });
        Options(described.collect())
    }

    /// The help of an option, by the name of its field; of the data set's own fields `data` and `data_dir` are called as
    /// their options. Empty for what is none.
    pub fn help(&self, id: &str) -> &str {
        self.0.iter().find(|(known, _)| known == id).map_or("", |(_, help)| help)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }
}

/// Fields that are called otherwise than their options: run files named them first.
const RENAMED: [(&str, &str); 2] = [("name", "data"), ("dir", "data_dir")];

/// The arguments that make this request from the default one; none when a path is not Unicode.
///
/// Every option has the name of its field, and its text is the field's text in JSON.
pub(super) fn arguments<T: Args + Serialize + Default>(request: &T) -> Vec<String> {
    let (now, plain) = (leaves(request), leaves(&T::default()));
    let command = T::augment_args(Command::new("arguments"));
    let (mut places, mut options) = (Vec::new(), Vec::new());
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let Some(value) = now.get(id) else { continue };
        let texts = texts(value);
        let Some(long) = arg.get_long() else {
            places.extend(texts.into_iter().filter(|text| !text.is_empty()));
            continue;
        };
        if plain.get(id) == Some(value) || texts.is_empty() {
            continue;
        }
        if matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse) {
            options.push(format!("--{long}"));
            continue;
        }
        let texts =
            arg.get_value_delimiter().map_or(texts.clone(), |comma| vec![texts.join(comma.to_string().as_str())]);
        for text in texts {
            if arg.is_require_equals_set() || text.starts_with('-') {
                options.push(format!("--{long}={text}"));
            } else {
                options.extend([format!("--{long}"), text]);
            }
        }
    }
    // What begins like an option is a place only behind two dashes.
    if places.iter().any(|place: &String| place.starts_with('-')) {
        options.push("--".into());
        options.extend(places);
        return options;
    }
    places.extend(options);
    places
}

/// The fields of a request and of the structs in it, by name.
pub(super) fn leaves(request: &impl Serialize) -> Map<String, Value> {
    let mut found = Map::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(request) {
        gather(fields, &mut found);
    }
    found
}

fn gather(fields: Map<String, Value>, into: &mut Map<String, Value>) {
    for (key, value) in fields {
        match value {
            Value::Object(inner) => gather(inner, into),
            leaf => {
                let renamed = RENAMED.iter().find(|(field, _)| *field == key);
                into.insert(renamed.map_or(key.clone(), |(_, option)| option.to_string()), leaf);
            }
        }
    }
}

/// A value as texts: none for what is not given, several for a list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Object(_) => vec![],
        Value::Bool(on) => vec![on.to_string()],
        // 1 instead of 1.0.
        Value::Number(n) => vec![n.as_f64().filter(|_| n.is_f64()).map_or_else(|| n.to_string(), |x| x.to_string())],
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
    }
}
