//! How the table is to be shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{column::Column, setting::Setting, sort::Sort};

/// What was chosen; all but the search is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Columns that were switched on or off by hand.
    pub(super) columns: BTreeMap<Column, bool>,
    /// `None` keeps runs in the order in which they came.
    pub sort: Option<Sort>,
    /// Settings in which all runs agree have no column.
    pub only_differing: bool,
    /// Runs with the same values of these settings are a group.
    pub group_by: Vec<Setting>,
    /// All runs of a group have one colour.
    pub color_by_group: bool,
    /// Plots over epochs show the mean and the spread of groups.
    pub bands: bool,
    #[serde(skip)]
    pub query: String,
}

impl Look {
    /// Whether there is such a column: without a choice, for every number and for settings in which runs differ.
    pub fn has(&self, column: Column, differs: bool) -> bool {
        let chosen = self.columns.get(&column).copied();
        match column {
            Column::Name => true,
            Column::Number(_) => chosen.unwrap_or(true),
            Column::Setting(_) => chosen.unwrap_or(differs) && (differs || !self.only_differing),
        }
    }

    /// Whether a column is switched on, hidden or not.
    pub fn is_chosen(&self, column: Column, differs: bool) -> bool {
        Look { only_differing: false, columns: self.columns.clone(), ..Look::default() }.has(column, differs)
    }

    /// Switches a column on or off.
    pub fn choose(&mut self, column: Column, on: bool) {
        self.columns.insert(column, on);
    }

    /// Takes a setting into what groups have in common, or out of it.
    pub fn toggle_group(&mut self, setting: Setting) {
        match self.group_by.iter().position(|s| *s == setting) {
            Some(place) => {
                self.group_by.remove(place);
            }
            None => self.group_by.push(setting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_a_column_where_runs_differ_or_it_was_chosen() {
        let seed = Column::Setting(Setting::SEED);
        let mut look = Look::default();
        assert!(look.has(seed, true) && !look.has(seed, false));
        look.choose(seed, true);
        assert!(look.has(seed, false));
        look.only_differing = true;
        assert!(!look.has(seed, false) && look.has(seed, true) && look.is_chosen(seed, false));
        look.choose(seed, false);
        assert!(!look.has(seed, true));
    }

    #[test]
    fn a_look_is_remembered_without_its_search() {
        let mut look = Look { query: "sam".into(), bands: true, ..Look::default() };
        look.toggle_group(Setting::SEED);
        look.choose(Column::Setting(Setting::SEED), false);
        look.sort = Some(Sort::clicked(None, Column::Name));
        let text = serde_json::to_string(&look).unwrap();
        let back: Look = serde_json::from_str(&text).unwrap();
        assert_eq!(back, Look { query: String::new(), ..look.clone() });
        look.toggle_group(Setting::SEED);
        assert!(look.group_by.is_empty());
    }
}
