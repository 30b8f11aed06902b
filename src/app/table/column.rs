//! The columns of the table.

use serde::{Deserialize, Serialize};

use super::{number::Number, setting::Setting};

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Column {
    /// The run's colour and name.
    Name,
    Number(Number),
    Setting(Setting),
}

impl Column {
    /// Every column, in its place.
    pub fn all() -> impl Iterator<Item = Column> {
        let numbers = Number::all().map(Column::Number);
        std::iter::once(Column::Name).chain(numbers).chain(Setting::all().map(Column::Setting))
    }

    fn key(self) -> &'static str {
        match self {
            Column::Name => "name",
            Column::Number(number) => number.key(),
            Column::Setting(setting) => setting.key(),
        }
    }

    /// What its head says.
    pub fn name(self) -> &'static str {
        match self {
            Column::Name => "run",
            Column::Number(number) => number.name(),
            Column::Setting(setting) => setting.name(),
        }
    }

    /// What it is, in words.
    pub fn title(self) -> &'static str {
        match self {
            Column::Name => "Name of the run",
            Column::Number(number) => number.title(),
            Column::Setting(setting) => setting.title(),
        }
    }
}

impl From<Column> for String {
    fn from(column: Column) -> String {
        column.key().into()
    }
}

impl TryFrom<String> for Column {
    type Error = String;

    fn try_from(key: String) -> Result<Column, String> {
        Column::all().find(|column| column.key() == key).ok_or_else(|| format!("there is no column {key}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_remembered_by_a_key_of_its_own() {
        let all: Vec<Column> = Column::all().collect();
        for column in &all {
            assert_eq!(Column::try_from(String::from(*column)), Ok(*column));
        }
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Column>>(&text).unwrap(), all);
    }
}
