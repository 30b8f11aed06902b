//! The table as it is to be drawn: columns, and lines from top to bottom.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use super::{
    column::Column,
    group::{self, Group},
    look::Look,
    row::{self, Row},
    setting::Setting,
    sort::Sort,
};

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The head of a group: its place among the groups.
    Group(usize),
    /// A run: its place among the rows.
    Run(usize),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    pub columns: Vec<Column>,
    /// Settings in which not all runs agree.
    pub differing: Vec<Setting>,
    /// What the search found, in order.
    pub rows: Vec<Arc<Row>>,
    pub groups: Vec<Group>,
    pub lines: Vec<Line>,
    /// Letters of the longest cell of every column; counted by whoever draws it first.
    pub letters: OnceLock<Vec<usize>>,
}

impl Arranged {
    pub fn of<'a>(rows: impl Iterator<Item = &'a Arc<Row>>, look: &Look, folded: &BTreeSet<String>) -> Arranged {
        let all: Vec<&Arc<Row>> = rows.collect();
        let differing = row::differing(&plain(all.iter().copied()));
        let columns = Column::all().filter(|column| look.has(*column, differs(*column, &differing))).collect();
        let mut rows: Vec<Arc<Row>> = all.into_iter().filter(|row| row.has(&look.query)).cloned().collect();
        if let Some(sort) = look.sort {
            rows.sort_by(|a, b| sort.rows(a, b));
        }
        let mut arranged = Arranged { columns, differing, rows, ..Arranged::default() };
        if look.group_by.is_empty() {
            arranged.lines = (0..arranged.rows.len()).map(Line::Run).collect();
            return arranged;
        }
        arranged.groups = group::groups(&plain(arranged.rows.iter()), &look.group_by);
        if let Some((sort, Column::Number(number))) = look.sort.map(|sort: Sort| (sort, sort.column)) {
            arranged.groups.sort_by(|a, b| sort.numbers(a.mean(number), b.mean(number)));
        }
        for (place, group) in arranged.groups.iter().enumerate() {
            arranged.lines.push(Line::Group(place));
            if !folded.contains(&group.name) {
                arranged.lines.extend(group.rows.iter().copied().map(Line::Run));
            }
        }
        arranged
    }
}

/// Whether runs differ in what a column shows; numbers always may.
pub fn differs(column: Column, differing: &[Setting]) -> bool {
    match column {
        Column::Name | Column::Number(_) => true,
        Column::Setting(setting) => differing.contains(&setting),
    }
}

/// The rows themselves.
pub fn plain<'a>(rows: impl Iterator<Item = &'a Arc<Row>>) -> Vec<&'a Row> {
    rows.map(|row| &**row).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        app::{store::Store, table::number::Number},
        history::{History, synthetic},
    };

    /// Runs with these rates and training losses.
    fn rows(of: &[(f64, f64)]) -> Vec<Arc<Row>> {
        let mut store = Store::default();
        for (k, (lr, loss)) in of.iter().enumerate() {
            let mut manifest = synthetic::manifest(10);
            manifest.spec.lr = *lr;
            let mut history = History::new(manifest);
            let mut step = synthetic::step(0, 1.0);
            step.loss = Some(*loss);
            history.push_step(step);
            store.insert(Path::new(&format!("/{k}.valley")), history);
        }
        store.runs().iter().map(|run| Arc::new(Row::of(run))).collect()
    }

    #[test]
    fn runs_are_sorted_grouped_found_and_folded() {
        let rows = rows(&[(0.1, 3.0), (0.2, f64::NAN), (0.1, 1.0), (0.3, 0.5)]);
        let loss = Column::Number(Number::named("train-loss").unwrap());
        let rate = Setting::named("rate").unwrap();
        let mut look = Look { sort: Some(Sort::clicked(None, loss)), ..Look::default() };
        let ids = |look: &Look| {
            Arranged::of(rows.iter(), look, &BTreeSet::new()).rows.iter().map(|r| r.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&look), [4, 3, 1, 2]);
        look.sort = Some(Sort { column: loss, is_reversed: true });
        assert_eq!(ids(&look), [1, 3, 4, 2]);
        look.sort = Some(Sort::clicked(None, loss));
        look.group_by = vec![rate];
        let arranged = Arranged::of(rows.iter(), &look, &BTreeSet::from(["η 0.1".to_string()]));
        let names: Vec<&str> = arranged.groups.iter().map(|g| g.name.as_str()).collect();
        // By their means, 0.5, 2 and NaN.
        assert_eq!(names, ["η 0.3", "η 0.1", "η 0.2"]);
        assert_eq!(arranged.lines, [Line::Group(0), Line::Run(0), Line::Group(1), Line::Group(2), Line::Run(3)]);
        assert!(arranged.columns.contains(&Column::Setting(rate)) && arranged.differing == [rate]);
        look.query = "0.3".into();
        assert_eq!(ids(&look), [4]);
    }

    /// A frame has sixteen milliseconds for everything; here is no optimiser, and a wide margin for a busy machine.
    #[test]
    fn a_hundred_runs_are_arranged_at_once() {
        let of: Vec<(f64, f64)> = (0..100).map(|k| (f64::from(k % 10), f64::from(k))).collect();
        let rows = rows(&of);
        let look = Look { group_by: vec![Setting::named("rate").unwrap()], query: "sgd".into(), ..Look::default() };
        let begun = std::time::Instant::now();
        let arranged = Arranged::of(rows.iter(), &look, &BTreeSet::new());
        assert_eq!((arranged.groups.len(), arranged.lines.len()), (10, 110));
        assert!(begun.elapsed().as_millis() < 100, "{:?}", begun.elapsed());
    }
}
