//! Plots of the walk on a page, as they stand in the panel: beside each other where the runs are, with what is in view.

use egui::{Id, Ui};

use super::{
    chart::Range,
    compare::{MOST, is_fitted},
    scene::{PlotSpec, Scene},
};
use crate::{
    engine::RunId,
    figure::{Figure, Panel, WALK_COLUMNS, text::literal, walk_page_of},
};

/// The page.
pub fn of(ui: &Ui, plots: &[PlotSpec], scene: &Scene<'_>) -> Figure {
    let (look, compare) = (scene.look(ui, WALK_COLUMNS), scene.reading.compare);
    let mut panels = Vec::new();
    let mut runs = scene.store.drawn();
    for spec in plots {
        for (k, column) in compare.columns(spec.plot, scene.store, &look).into_iter().enumerate() {
            let mut panel = Panel { beside: k > 0, ..column.panel };
            if let Some(run) = column.run.and_then(|id| scene.store.run(id)) {
                panel.title = format!("{}: {}", literal(&run.short), panel.title);
                runs.truncate(MOST);
            }
            as_left(ui, spec, column.run, scene, &mut panel);
            panels.push(panel);
        }
    }
    walk_page_of(panels, &runs, look.theme)
}

/// Gives a panel the range of y that a hand has left its plot at, if it may.
fn as_left(ui: &Ui, spec: &PlotSpec, run: Option<RunId>, scene: &Scene<'_>, panel: &mut Panel) {
    if is_fitted(run, scene.view.fit_y) {
        return;
    }
    panel.clips = false;
    let left = ui.ctx().data(|d| d.get_temp::<Range>(id(spec, panel.log_y)));
    panel.y_range = left.or(panel.y_range);
}

/// Remembers the range of y that a plot shows, for its page.
pub fn keep(ui: &Ui, spec: &PlotSpec, log: bool, seen: Range) {
    ui.ctx().data_mut(|d| d.insert_temp(id(spec, log), seen));
}

fn id(spec: &PlotSpec, log: bool) -> Id {
    Id::unique(("y of a plot of the walk", spec.title, log))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        app::{action::Actions, compare::Compare, reading::Reading, store::Store, view::View},
        figure::{self, WalkPlot},
        history::synthetic::bounce,
    };

    const PLOTS: [PlotSpec; 2] = [
        PlotSpec { title: "Training loss", plot: WalkPlot::Loss, share: 0.5 },
        PlotSpec { title: "Distance from init", plot: WalkPlot::Distance, share: 0.5 },
    ];

    fn in_a_panel(runs: u64, compare: Compare, mut f: impl FnMut(&Ui, &mut Scene<'_>)) {
        let mut store = Store::default();
        (0..runs).for_each(|k| store.insert(Path::new(&format!("{k}.valley")), bounce(40, k)));
        let mut reading = Reading { compare, ..Reading::default() };
        let (mut view, mut actions) = (View::default(), Actions::default());
        egui::__run_test_ui(|ui| {
            let (store, view, reading, actions) = (&mut store, &mut view, &mut reading, &mut actions);
            f(ui, &mut Scene { store, view, reading, elsewhere: None, actions });
        });
    }

    #[test]
    fn runs_beside_each_other_are_so_on_the_page() {
        in_a_panel(4, Compare::SideBySide, |ui, scene| {
            let page = of(ui, &PLOTS, scene);
            let beside: Vec<bool> = page.panels.iter().map(|panel| panel.beside).collect();
            assert_eq!(beside, [false, true, true, false, true, true], "three columns at most");
            assert_eq!(page.key.len(), 3, "no run in the key that has no column");
            let titles: Vec<&str> = page.panels.iter().map(|panel| panel.title.as_str()).collect();
            for (run, title) in scene.store.runs().iter().take(MOST).zip(titles) {
                assert_eq!(title, format!("{}: Training loss between the iterates", literal(&run.short)));
            }
            let ranges: Vec<_> = page.panels[..3].iter().map(|panel| figure::ranges(panel).1).collect();
            assert!(ranges.iter().all(|range| *range == ranges[0]), "{ranges:?}");
        });
        in_a_panel(2, Compare::Overlay, |ui, scene| {
            let page = of(ui, &PLOTS, scene);
            assert!(page.panels.len() == 2 && page.panels.iter().all(|panel| !panel.beside));
        });
    }

    #[test]
    fn the_page_has_the_range_that_a_hand_has_left() {
        in_a_panel(1, Compare::Overlay, |ui, scene| {
            let y = |scene: &Scene<'_>| figure::ranges(&of(ui, &PLOTS, scene).panels[1]).1;
            assert_eq!(y(scene).0, 0.0, "a distance that is fitted begins at 0");
            keep(ui, &PLOTS[1], false, (0.25, 0.75));
            assert_eq!(y(scene).0, 0.0, "what is fitted is fitted again");
            scene.view.fit_y = false;
            assert_eq!(y(scene), (0.25, 0.75));
        });
    }
}
