//! The curves of the walk between frames: made anew when records or the view have changed, and no finer than many runs together can be
//! drawn in a frame.

use std::{collections::HashMap, sync::Arc};

use super::{
    compare::{Column, Compare, is_fitted},
    memo::Memo,
    store::{Run, Store},
};
use crate::{
    engine::RunId,
    figure::{self, Color, WalkLook, WalkPlot},
};

/// All runs together get four columns for each point of the screen: up to four runs are drawn as fine as the screen is.
const AT_REST: Detail = Detail { together: 4, widest: 16 };
/// The same while the view moves: what is seen for a moment only may be coarser.
const MOVING: Detail = Detail { together: 1, widest: 40 };
/// While the view moves, or records come, curves of so many points are made anew in a frame. Those of a plot that has more are made
/// in every so manieth frame, and in between the plot shows them where they are now.
const POINTS: usize = 500;
/// They are late by no more frames than this.
const LATEST: usize = 8;

/// How fine curves are.
#[derive(Clone, Copy, Debug)]
struct Detail {
    /// Columns for each point of the screen that all runs have together.
    together: usize,
    /// A column is at most so many points wide, however many runs there are.
    widest: usize,
}

impl Detail {
    /// Columns for each of so many runs, in a plot that is so many points wide.
    fn columns(self, points: usize, runs: usize) -> usize {
        let points = points.max(1);
        (self.together * points / runs.max(1)).clamp(points.div_ceil(self.widest), points)
    }
}

/// A run as far as its curves are concerned. Its name is not drawn with them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stamp {
    id: RunId,
    color: Color,
    /// Steps, slices, epochs and changes.
    records: [usize; 4],
}

/// What the curves of a plot are made of.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    compare: Compare,
    /// The name of the run that is subtracted.
    minus: Option<String>,
    look: WalkLook,
    fit_y: bool,
    /// Those that are shown, and the one that they are held against.
    runs: Vec<Stamp>,
}

/// A plot, in one column or several.
#[derive(Debug)]
pub struct Plot {
    pub columns: Vec<Column>,
    /// Points of all curves.
    points: usize,
    /// What cannot be seen.
    pub note: Option<String>,
    /// Whether values are left out that are far beyond all others.
    pub leaves_out: bool,
}

/// A plot as it was drawn last.
#[derive(Debug, Default)]
struct Kept {
    plot: Memo<Key, Plot>,
    /// What was in view in the last frame, and the runs.
    seen: Option<((f64, f64), Vec<Stamp>)>,
    /// In how many frames it was shown in a view that it was not made for, or with records missing.
    late: usize,
}

impl Kept {
    /// The plot as it was made last, while only what is in view and the records change, and it is not yet to be made anew.
    fn moved(&mut self, key: &Key) -> Option<(Arc<Plot>, u64)> {
        let (made, plot, revision) = self.plot.last()?;
        let look = WalkLook { range: made.look.range, columns: made.look.columns, ..key.look };
        let drawn = |runs: &[Stamp]| runs.iter().map(|run| (run.id, run.color)).collect::<Vec<_>>();
        let is_same =
            drawn(&made.runs) == drawn(&key.runs) && *made == Key { look, runs: made.runs.clone(), ..key.clone() };
        if !is_same || self.late + 1 >= (plot.points / POINTS).min(LATEST) {
            return None;
        }
        self.late += 1;
        Some((plot, revision))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Curves {
    kept: HashMap<WalkPlot, Kept>,
}

/// A plot to be drawn.
pub struct Drawn {
    pub plot: Arc<Plot>,
    /// Another number whenever the curves are others.
    pub revision: u64,
    /// They are finer when the view stands still.
    pub is_draft: bool,
    /// What is in view along x, when the curves were made for another view.
    pub range: Option<(f64, f64)>,
}

impl Curves {
    /// A plot of the runs that are shown. `look` has the width of the screen as its columns; `fit_y` fits y to what is in view.
    pub fn of(&mut self, plot: WalkPlot, compare: Compare, store: &Store, look: &WalkLook, fit_y: bool) -> Drawn {
        let kept = self.kept.entry(plot).or_default();
        let runs = stamps(compare, store);
        let seen = kept.seen.replace((look.range, runs.clone()));
        let moves = seen.as_ref().is_some_and(|(range, _)| *range != look.range);
        let grows = seen.is_some_and(|(_, before)| before != runs);
        let count = store.shown().count();
        let columns = AT_REST.columns(look.columns, count);
        let now = if moves { MOVING.columns(look.columns, count) } else { columns };
        let look = WalkLook { columns: now, ..*look };
        let minus = compare.minus(store).map(|(_, name)| name.to_owned());
        let key = Key { compare, minus, look, fit_y, runs };
        if let Some((plot, revision)) = (moves || grows).then(|| kept.moved(&key)).flatten() {
            return Drawn { plot, revision, is_draft: true, range: Some(look.range) };
        }
        kept.late = 0;
        let (plot, revision) = kept.plot.of(key, || make(plot, compare, store, &look, fit_y));
        Drawn { plot, revision, is_draft: now < columns, range: None }
    }
}

fn stamps(compare: Compare, store: &Store) -> Vec<Stamp> {
    let minus = |id| compare == Compare::Difference(id);
    let runs = store.runs().iter().filter(|run| run.visible || minus(run.id));
    let stamp = |run: &Run| {
        let history = run.history.as_ref()?;
        let records = [history.steps().len(), history.slices().len(), history.epochs().len(), history.changes().len()];
        Some(Stamp { id: run.id, color: run.color, records })
    };
    runs.filter_map(stamp).collect()
}

fn make(plot: WalkPlot, compare: Compare, store: &Store, look: &WalkLook, fit_y: bool) -> Plot {
    let mut columns = compare.columns(plot, store, look);
    for Column { run, panel } in &mut columns {
        // What is in view is the hand's choice where the vertical axis is free.
        panel.clips &= is_fitted(*run, fit_y);
        // The same in every frame.
        panel.y_range = Some(figure::ranges(panel).1);
        // The title says it, and words stand where there is room for them.
        panel.y_label.clear();
        panel.markers.iter_mut().for_each(|m| m.label.clear());
    }
    let note = columns.iter().find_map(|column| figure::note(&column.panel, look.range));
    let leaves_out = columns.iter().any(|column| figure::leaves_out(&column.panel, look.range));
    let series = columns.iter().flat_map(|column| &column.panel.series);
    let points = series.map(|series| series.curve.points().count()).sum();
    Plot { columns, points, note, leaves_out }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        figure::Theme,
        history::{History, synthetic},
    };

    #[test]
    fn many_runs_are_no_dearer_than_a_few() {
        let columns = |detail: Detail| [1, 4, 10, 100, 10_000].map(|runs| detail.columns(1280, runs));
        assert_eq!(columns(AT_REST), [1280, 1280, 512, 80, 80]);
        assert_eq!(columns(MOVING), [1280, 320, 128, 32, 32]);
        assert_eq!([AT_REST.columns(0, 0), MOVING.columns(1, 7)], [1, 1]);
    }

    fn store(runs: u64, steps: u64) -> Store {
        let mut store = Store::default();
        (0..runs).for_each(|k| store.insert(Path::new(&format!("{k}.valley")), synthetic::bounce(steps, k)));
        store
    }

    /// Up to an iteration on so many points of the screen: points of the curves, their number, whether they are a draft, and the view
    /// if they were not made for it.
    fn height(curves: &mut Curves, store: &Store, to: f64, columns: usize) -> (usize, u64, bool, Option<(f64, f64)>) {
        let look = WalkLook { range: (0.0, to), columns, log: false, all_values: false, theme: Theme::Dark };
        let drawn = curves.of(WalkPlot::Height, Compare::Overlay, store, &look, true);
        (drawn.plot.points, drawn.revision, drawn.is_draft, drawn.range)
    }

    #[test]
    fn curves_are_made_when_records_or_the_view_have_changed_and_finer_when_it_rests() {
        let (mut store, mut curves) = (store(10, 40), Curves::default());
        let mut of = |store: &Store, to: f64| height(&mut curves, store, to, 20);
        let (fine, first, is_draft, _) = of(&store, 40.0);
        assert!(!is_draft, "nothing has moved yet");
        assert_eq!(of(&store, 40.0), (fine, first, false, None));
        let (coarse, second, is_draft, range) = of(&store, 39.0);
        assert!(is_draft && coarse < fine && second > first && range.is_none(), "{coarse} of {fine}");
        let (again, third, is_draft, _) = of(&store, 39.0);
        assert!(!is_draft && again > coarse && third > second);
        let id = store.runs()[0].id;
        store.run_mut(id).unwrap().visible = false;
        let (_, fourth, ..) = of(&store, 39.0);
        assert!(fourth > third);
        store.insert(Path::new("empty.valley"), History::new(synthetic::manifest(10)));
        assert!(of(&store, 39.0).1 > fourth);
        assert_eq!(of(&store, 39.0).1, of(&store, 39.0).1);
    }

    #[test]
    fn many_points_are_made_anew_in_every_so_manieth_frame_of_a_view_that_moves() {
        let (mut store, mut curves) = (store(10, 4000), Curves::default());
        let (fine, first, ..) = height(&mut curves, &store, 4000.0, 1280);
        assert!(fine > LATEST * POINTS, "{fine}");
        for k in 1..LATEST {
            let to = 4000.0 - k as f64;
            let shown = height(&mut curves, &store, to, 1280);
            assert_eq!(shown, (fine, first, true, Some((0.0, to))), "those that are there, where they are now");
        }
        let (coarse, second, is_draft, range) = height(&mut curves, &store, 3000.0, 1280);
        assert!(coarse < fine && second > first && is_draft && range.is_none());
        assert!(!height(&mut curves, &store, 3000.0, 1280).2, "the view rests");
        // Records that come are seen a little later, and all of them when no more come.
        let (_, revision, ..) = height(&mut curves, &store, 3000.0, 1280);
        let id = store.runs()[0].id;
        store.run_mut(id).unwrap().history.as_mut().unwrap().push_step(synthetic::step(4000, 1.0));
        let (_, late, is_draft, _) = height(&mut curves, &store, 3000.0, 1280);
        assert!(late == revision && is_draft);
        let (_, second, is_draft, _) = height(&mut curves, &store, 3000.0, 1280);
        assert!(second > revision && !is_draft);
        // What is other than moved is drawn at once.
        store.run_mut(id).unwrap().visible = false;
        let (_, third, _, range) = height(&mut curves, &store, 2990.0, 1280);
        assert!(third > second && range.is_none(), "a run was hidden");
    }

    #[test]
    fn what_may_be_left_out_belongs_to_the_curves() {
        let mut store = Store::default();
        store.insert(Path::new("a.valley"), synthetic::bounce(40, 1));
        let mut curves = Curves::default();
        let mut of = |(fit_y, all_values): (bool, bool)| {
            let look = WalkLook { range: (0.0, 40.0), columns: 200, log: false, all_values, theme: Theme::Dark };
            let Drawn { plot, revision, .. } = curves.of(WalkPlot::Height, Compare::Overlay, &store, &look, fit_y);
            (plot.columns[0].panel.clips, revision)
        };
        let made = [(true, false), (true, true), (false, false), (false, false)].map(&mut of);
        assert_eq!(made, [(true, 1), (false, 2), (false, 3), (false, 3)]);
    }
}
