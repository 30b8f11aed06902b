//! The curves over epochs between frames: made anew when there is another epoch, run or colour.

use std::sync::Arc;

use super::{
    memo::Memo,
    store::{Run, Store},
};
use crate::{
    engine::RunId,
    figure::{Color, Panel, Theme},
    history::History,
};

/// Runs that are drawn as one.
type Group = (String, Vec<RunId>);

/// What the curves are made of.
#[derive(Debug, PartialEq)]
struct Key {
    page: Theme,
    /// Each with its colour, its epochs and its changes. Names are not drawn.
    runs: Vec<(RunId, Color, [usize; 2])>,
    /// Groups, when these are drawn.
    groups: Option<Vec<Group>>,
}

/// A plot.
#[derive(Debug)]
pub struct Plot {
    pub panel: Panel,
    /// What cannot be seen.
    pub note: Option<String>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct EpochCurves {
    made: Memo<Key, Vec<Plot>>,
}

impl EpochCurves {
    /// All plots, and a number that is another one whenever they are others.
    pub fn of(
        &mut self,
        store: &Store,
        groups: Option<&[Group]>,
        page: Theme,
        make: impl FnOnce() -> Vec<Plot>,
    ) -> (Arc<Vec<Plot>>, u64) {
        let stamp =
            |(run, history): (&Run, &History)| (run.id, run.color, [history.epochs().len(), history.changes().len()]);
        let key = Key { page, runs: store.shown().map(stamp).collect(), groups: groups.map(|groups| groups.to_vec()) };
        self.made.of(key, make)
    }
}
