//! Tables of a TOML text, read key by key; every mistake knows its line.

use std::fmt;

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use crate::suggest;

/// What is wrong, and in which line as soon as that is known.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    line: Option<usize>,
    cause: String,
}

impl Fault {
    pub(super) fn at(line: usize, cause: String) -> Fault {
        Fault { line: Some(line), cause }
    }

    /// The same in `line`, unless a more exact one is known.
    pub(super) fn or_at(self, line: usize) -> Fault {
        Fault { line: self.line.or(Some(line)), ..self }
    }
}

impl From<String> for Fault {
    fn from(cause: String) -> Fault {
        Fault { line: None, cause }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.cause),
            None => f.write_str(&self.cause),
        }
    }
}

/// A text whose places are lines.
#[derive(Clone, Copy)]
pub(super) struct Lines<'t>(pub &'t str);

impl<'t> Lines<'t> {
    /// The line of a byte, from 1 on.
    pub(super) fn at(self, byte: usize) -> usize {
        1 + self.0.bytes().take(byte).filter(|b| *b == b'\n').count()
    }

    pub(super) fn parse(self) -> Result<Spanned<DeTable<'t>>, Fault> {
        DeTable::parse(self.0).map_err(|e| {
            let cause = e.message().to_string();
            match e.span() {
                Some(span) => Fault::at(self.at(span.start), cause),
                None => cause.into(),
            }
        })
    }
}

/// A table and the text that it is from.
pub(super) struct Keys<'t> {
    table: &'t DeTable<'t>,
    lines: Lines<'t>,
}

impl<'t> Keys<'t> {
    pub(super) fn new(table: &'t DeTable<'t>, lines: Lines<'t>) -> Self {
        Keys { table, lines }
    }

    fn value(&self, key: &str) -> Option<&'t DeValue<'t>> {
        self.table.get(key).map(Spanned::get_ref)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether `key` is the text `word`.
    pub(super) fn is(&self, key: &str, word: &str) -> bool {
        matches!(self.value(key), Some(DeValue::String(text)) if text == word)
    }

    /// The line of a key; that of the table's first key where it is missing.
    pub(super) fn line(&self, key: &str) -> usize {
        let found = self.table.keys().find(|k| k.get_ref() == key);
        let first = self.table.keys().min_by_key(|k| k.span().start);
        found.or(first).map_or(1, |k| self.lines.at(k.span().start))
    }

    /// A mistake at `key`.
    pub(super) fn fault(&self, key: &str, cause: String) -> Fault {
        Fault::at(self.line(key), cause)
    }

    /// Refuses keys that are not among `known`.
    pub(super) fn only(&self, known: &[&str], of: &str) -> Result<(), Fault> {
        let mut keys: Vec<_> = self.table.keys().collect();
        keys.sort_by_key(|k| k.span().start);
        match keys.into_iter().find(|k| !known.contains(&&**k.get_ref())) {
            Some(key) => {
                let cause = suggest::unknown(&format!("key of {of}"), key.get_ref(), known);
                Err(Fault::at(self.lines.at(key.span().start), cause))
            }
            None => Ok(()),
        }
    }

    /// A whole number of at least 0.
    pub(super) fn number(&self, key: &str) -> Result<Option<usize>, Fault> {
        let Some(value) = self.value(key) else { return Ok(None) };
        whole(value).map(Some).ok_or_else(|| self.fault(key, format!("{key} needs a whole number, such as {key} = 2")))
    }

    /// A number with or without a point, or `None` for `true`.
    pub(super) fn decimal_or_on(&self, key: &str) -> Result<Option<f32>, Fault> {
        let number = match self.value(key) {
            Some(DeValue::Boolean(true)) => return Ok(None),
            Some(DeValue::Float(x)) => x.as_str().replace('_', "").parse().ok(),
            Some(DeValue::Integer(x)) => x.as_str().replace('_', "").parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.fault(key, format!("write {key} = true, or a number: {key} = 0.2")))
    }

    /// A list of whole numbers.
    pub(super) fn numbers(&self, key: &str) -> Result<Option<Vec<usize>>, Fault> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let numbers = match value {
            DeValue::Array(items) => items.iter().map(|item| whole(item.get_ref())).collect(),
            _ => None,
        };
        numbers.map(Some).ok_or_else(|| self.fault(key, format!("{key} needs whole numbers in square brackets")))
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, Fault> {
        match self.value(key) {
            None => Ok(None),
            Some(DeValue::Boolean(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.fault(key, format!("{key} is true or false, without quotes"))),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'t str>, Fault> {
        match self.value(key) {
            None => Ok(None),
            Some(DeValue::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.fault(key, format!("{key} needs a text in quotes"))),
        }
    }

    /// A list of layers.
    pub(super) fn list(&self, key: &str) -> Result<Option<&'t DeArray<'t>>, Fault> {
        match self.value(key) {
            None => Ok(None),
            Some(DeValue::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.fault(key, format!("{key} needs layers in square brackets"))),
        }
    }
}

fn whole(value: &DeValue<'_>) -> Option<usize> {
    match value {
        DeValue::Integer(n) => usize::from_str_radix(n.as_str(), n.radix()).ok(),
        _ => None,
    }
}
