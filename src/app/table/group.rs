//! Runs that have settings in common, and their numbers together.

use super::{number::Number, row::Row, setting::Setting};
use crate::probe::statistics::Moments;

/// Runs with the same values of some settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// Places of its runs among the rows.
    pub rows: Vec<usize>,
    moments: [Moments; Number::COUNT],
}

impl Group {
    /// Mean of a number over the runs in which it was measured.
    pub fn mean(&self, number: Number) -> Option<f64> {
        self.moments[number.index()].mean()
    }

    /// Its standard deviation; `None` with fewer than two.
    pub fn std(&self, number: Number) -> Option<f64> {
        self.moments[number.index()].std()
    }
}

/// The groups of rows by these settings, in the order of their first rows.
pub fn groups(rows: &[&Row], by: &[Setting]) -> Vec<Group> {
    let mut found: Vec<(Vec<&str>, Vec<usize>)> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let values: Vec<&str> = by.iter().map(|setting| row.said(*setting).text.as_str()).collect();
        match found.iter_mut().find(|(of, _)| *of == values) {
            Some((_, places)) => places.push(place),
            None => found.push((values, vec![place])),
        }
    }
    found.into_iter().map(|(values, places)| group(rows, by, &values, places)).collect()
}

fn group(rows: &[&Row], by: &[Setting], values: &[&str], places: Vec<usize>) -> Group {
    let moments = Number::each(|number| places.iter().filter_map(|place| rows[*place].number(number)).collect());
    Group { name: name(by, values), rows: places, moments }
}

/// "η 0.1 · batch 100".
fn name(by: &[Setting], values: &[&str]) -> String {
    let part = |(setting, value): (&Setting, &&str)| match value.is_empty() {
        true => format!("no {}", setting.name()),
        false => format!("{} {value}", setting.name()),
    };
    let parts: Vec<String> = by.iter().zip(values).map(part).collect();
    if parts.is_empty() { "all runs".into() } else { parts.join(" · ") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        app::store::Store,
        history::{History, synthetic},
    };

    /// Runs with these rates, seeds in order, and a training loss that is their place.
    fn rows(rates: &[f64]) -> Vec<Row> {
        let mut store = Store::default();
        for (k, lr) in rates.iter().enumerate() {
            let mut manifest = synthetic::manifest(10);
            (manifest.spec.lr, manifest.spec.seed) = (*lr, k as u64);
            let mut history = History::new(manifest);
            let mut step = synthetic::step(0, 1.0);
            step.loss = Some(k as f64);
            history.push_step(step);
            store.insert(Path::new(&format!("/{k}.valley")), history);
        }
        store.runs().iter().map(Row::of).collect()
    }

    #[test]
    fn runs_with_the_same_settings_are_a_group() {
        let rows = rows(&[0.1, 0.2, 0.1, 0.1]);
        let rows: Vec<&Row> = rows.iter().collect();
        let rate = Setting::named("rate").unwrap();
        let found = groups(&rows, &[rate]);
        let names: Vec<(&str, &[usize])> = found.iter().map(|g| (g.name.as_str(), g.rows.as_slice())).collect();
        assert_eq!(names, [("η 0.1", &[0, 2, 3][..]), ("η 0.2", &[1][..])]);
        let loss = Number::named("train-loss").unwrap();
        assert!((found[0].mean(loss).unwrap() - 5.0 / 3.0).abs() < 1e-12);
        assert!((found[0].std(loss).unwrap() - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!((found[1].mean(loss), found[1].std(loss)), (Some(1.0), None));
        assert_eq!(found[0].mean(Number::named("height").unwrap()), None);
        assert_eq!(groups(&rows, &[rate, Setting::SEED]).len(), 4);
        assert_eq!(groups(&rows, &[])[0].name, "all runs");
        assert_eq!(groups(&rows, &[Setting::named("rho").unwrap()])[0].name, "no ρ");
        assert!(groups(&[], &[rate]).is_empty());
    }
}
