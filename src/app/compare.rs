//! How the runs of the Walk panel are compared: over each other, minus one of them, or beside each other.

use super::store::Store;
use crate::{
    engine::RunId,
    figure::{self, WalkLook, WalkPlot, walk_difference, walk_panel},
    history::History,
};

/// Side by side stand so many runs at most.
pub const MOST: usize = 3;

/// How runs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compare {
    /// All over each other.
    #[default]
    Overlay,
    /// Every other run minus this one, at the same iteration.
    Difference(RunId),
    /// A column of plots for each.
    SideBySide,
}

/// One plot of the panel, or of one of its columns.
#[derive(Debug)]
pub struct Column {
    /// The run that it is of; `None` for all of them.
    pub run: Option<RunId>,
    pub panel: figure::Panel,
}

/// Whether y is fitted to what is in view; columns, each of one run, are fitted together.
pub fn is_fitted(run: Option<RunId>, fit_y: bool) -> bool {
    fit_y || run.is_some()
}

impl Compare {
    /// What can be done with the runs that are there: fewer than two are not compared, and without the run that the others
    /// are held against they lie over each other.
    pub fn possible(self, store: &Store) -> Compare {
        let is_there = |id: RunId| store.run(id).is_some_and(|run| run.history.is_some());
        match self {
            Compare::Difference(id) if is_there(id) && store.shown().any(|(run, _)| run.id != id) => self,
            Compare::SideBySide if store.shown().count() > 1 => self,
            _ => Compare::Overlay,
        }
    }

    /// The run that is subtracted, and its name.
    pub fn minus(self, store: &Store) -> Option<(&History, &str)> {
        let Compare::Difference(id) = self.possible(store) else { return None };
        let run = store.run(id)?;
        Some((run.history.as_ref()?, run.short.as_str()))
    }

    /// The columns of a plot, one or as many as there are runs, all with the same range of y.
    pub fn columns(self, plot: WalkPlot, store: &Store, look: &WalkLook) -> Vec<Column> {
        if self.possible(store) == Compare::SideBySide {
            return beside(plot, store, look);
        }
        vec![Column { run: None, panel: self.panel(plot, store, look) }]
    }

    /// All runs in one plot.
    fn panel(self, plot: WalkPlot, store: &Store, look: &WalkLook) -> figure::Panel {
        let Some(minus) = self.minus(store) else { return walk_panel(plot, &store.drawn(), look) };
        let others: Vec<_> = store
            .shown()
            .filter(|(run, _)| self != Compare::Difference(run.id))
            .map(|(run, history)| (history, run.short.as_str(), run.color))
            .collect();
        walk_difference(plot, &others, minus, look)
    }
}

fn beside(plot: WalkPlot, store: &Store, look: &WalkLook) -> Vec<Column> {
    let shown = store.shown().take(MOST);
    let mut columns: Vec<Column> = shown
        .map(|(run, history)| Column {
            run: Some(run.id),
            panel: walk_panel(plot, &[(history, run.short.as_str(), run.color)], look),
        })
        .collect();
    // As if all lay over each other: a run that diverges flattens the columns of the others no more than their curves.
    let shared = figure::shared_y(&columns.iter().map(|column| &column.panel).collect::<Vec<_>>(), look.range);
    columns.iter_mut().for_each(|column| column.panel.y_range = shared.or(column.panel.y_range));
    columns
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{figure::Theme, history::synthetic::bounce};

    fn store(runs: u64) -> Store {
        let mut store = Store::default();
        (0..runs).for_each(|k| store.insert(Path::new(&format!("{k}.valley")), bounce(40, k)));
        store
    }

    fn look(log: bool) -> WalkLook {
        WalkLook { range: (0.0, 40.0), columns: 100, log, all_values: false, theme: Theme::Light }
    }

    #[test]
    fn what_cannot_be_compared_lies_over_each_other() {
        let mut two = store(2);
        let [first, second] = [two.runs()[0].id, two.runs()[1].id];
        assert_eq!(Compare::SideBySide.possible(&two), Compare::SideBySide);
        assert_eq!(Compare::Difference(second).possible(&two), Compare::Difference(second));
        assert_eq!(Compare::Difference(99).possible(&two), Compare::Overlay, "there is no such run");
        for compare in [Compare::SideBySide, Compare::Difference(1)] {
            assert_eq!(compare.possible(&store(1)), Compare::Overlay);
        }
        // A run that is not shown may still be what the others are held against.
        if let Some(run) = two.run_mut(second) {
            run.visible = false;
        }
        assert_eq!(Compare::Difference(second).possible(&two), Compare::Difference(second));
        assert_eq!(Compare::Difference(first).possible(&two), Compare::Overlay, "nothing is left to be compared");
    }

    #[test]
    fn a_difference_has_a_curve_for_every_other_run() {
        let three = store(3);
        let compare = Compare::Difference(three.runs()[1].id);
        for plot in WalkPlot::ALL {
            let found = compare.columns(plot, &three, &look(false));
            let [Column { run: None, panel }] = found.as_slice() else { panic!("{} columns", found.len()) };
            assert_eq!(panel.series.len(), 2);
            assert!(panel.title.contains(", minus "), "{}", panel.title);
        }
        assert!(compare.minus(&three).is_some_and(|(_, name)| name == three.runs()[1].short));
    }

    #[test]
    fn columns_share_their_ranges() {
        for log in [false, true] {
            let four = store(4);
            let found = Compare::SideBySide.columns(WalkPlot::Loss, &four, &look(log));
            assert_eq!(found.len(), MOST);
            let (x, y) = figure::ranges(&found[0].panel);
            for column in &found {
                let (own_x, own_y) = figure::ranges(&column.panel);
                let near = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() + (a.1 - b.1).abs() < 1e-9;
                assert!(near(own_x, x) && near(own_y, y));
                let all = column.panel.series.iter().flat_map(|s| s.curve.points());
                assert!(all.filter(|p| p[0] <= 40.0).all(|[_, v]| y.0 <= v && v <= y.1), "all is in view");
            }
        }
    }
}
