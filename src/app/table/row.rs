//! What a run has in all columns.

use super::{number::Number, said::Said, setting::Setting};
use crate::{app::store::Run, engine::RunId};

/// A run of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: RunId,
    pub name: String,
    numbers: [Option<f64>; Number::COUNT],
    settings: Vec<Said>,
    /// All that a search looks through, in small letters.
    words: String,
}

impl Row {
    pub fn of(run: &Run) -> Row {
        let numbers = Number::each(|number| number.of(run));
        let spec = run.history.as_ref().map(|history| &history.manifest().spec);
        let said = |setting: Setting| spec.map_or(Said::default(), |spec| setting.of(spec, run.sweep));
        let settings: Vec<Said> = Setting::all().map(said).collect();
        let mut words = format!("{} {}", run.name(), run.label);
        for (setting, said) in Setting::all().zip(&settings).filter(|(_, said)| !said.text.is_empty()) {
            words += &format!(" {} {}", setting.name(), said.text);
        }
        let words = words.to_lowercase();
        Row { id: run.id, name: run.name().into(), numbers, settings, words }
    }

    /// `None` when it was not measured, NaN when it was and is not a number.
    pub fn number(&self, number: Number) -> Option<f64> {
        self.numbers[number.index()]
    }

    pub fn said(&self, setting: Setting) -> &Said {
        &self.settings[setting.index()]
    }

    /// Whether all words of a search occur in its name or its settings.
    pub fn has(&self, query: &str) -> bool {
        query.split_whitespace().all(|word| self.words.contains(&word.to_lowercase()))
    }
}

/// The settings in which not all rows agree.
pub fn differing(rows: &[&Row]) -> Vec<Setting> {
    let differs = |setting: &Setting| rows.windows(2).any(|pair| pair[0].said(*setting) != pair[1].said(*setting));
    Setting::all().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        app::store::Store,
        history::{History, synthetic},
    };

    fn rows(rates: &[f64]) -> Vec<Row> {
        let mut store = Store::default();
        for (k, lr) in rates.iter().enumerate() {
            let mut manifest = synthetic::manifest(10);
            (manifest.spec.lr, manifest.spec.seed) = (*lr, k as u64);
            store.insert(Path::new(&format!("/{k}.valley")), History::new(manifest));
        }
        store.runs().iter().map(Row::of).collect()
    }

    #[test]
    fn every_word_of_a_search_must_occur() {
        let rows = rows(&[0.1]);
        assert!(rows[0].has("") && rows[0].has("SGD η") && rows[0].has("mlp  0.1"));
        assert!(!rows[0].has("sgd sam") && !rows[0].has("cifar"));
    }

    #[test]
    fn settings_that_differ_are_found() {
        let rows = rows(&[0.1, 0.2]);
        let names = |rows: &[&Row]| differing(rows).into_iter().map(Setting::key).collect::<Vec<_>>();
        assert_eq!(names(&[&rows[0], &rows[1]]), ["seed", "rate"]);
        assert_eq!(names(&[&rows[0]]), [""; 0]);
    }
}
