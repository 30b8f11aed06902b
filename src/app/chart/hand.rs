//! What a hand may do to a plot, and where it has left it.

use egui::{Id, Ui};
use egui_plot::{Plot, PlotBounds};

/// From one end of an axis to the other, in the plot's own units.
pub type Range = (f64, f64);

/// What a hand may do to a plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hand {
    /// Nothing: it shows what there is.
    #[default]
    Still,
    /// A drag pans, scrolling zooms, a right drag zooms to a box, a double click sees all. Plots of one group move
    /// together along x.
    Free { group: Option<Id> },
    /// The caller keeps what is in view along x, and gets what a hand made of it; y is fitted to that, or moves freely.
    Along { fit_y: bool },
}

/// What a hand has left a plot at; `None`: nobody has moved it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Held {
    pub x: Option<Range>,
    pub y: Option<Range>,
}

impl Hand {
    /// Lets a plot do what the hand may.
    pub fn allow<'a>(self, plot: Plot<'a>) -> Plot<'a> {
        let [pan, zoom, drag_axes] = match self {
            Hand::Still => [[false; 2]; 3],
            Hand::Free { .. } => [[true; 2]; 3],
            // What scrolls along x is the caller's.
            Hand::Along { fit_y } => [[true, !fit_y], [false, !fit_y], [true, !fit_y]],
        };
        plot.allow_drag(pan)
            .allow_zoom(zoom)
            .allow_axis_zoom_drag(drag_axes)
            .allow_boxed_zoom(self != Hand::Still)
            .allow_scroll(false)
            .allow_double_click_reset(false)
    }

    /// What is kept of the plot since the last frame.
    pub fn held(self, ui: &Ui, id: Id) -> Held {
        let kept = |id: Id| ui.ctx().data(|d| d.get_temp::<Option<Range>>(id)).flatten();
        match self {
            Hand::Still => Held::default(),
            Hand::Free { .. } => Held { x: kept(self.x_id(id)), y: kept(y_id(id)) },
            Hand::Along { fit_y } => Held { x: None, y: kept(y_id(id)).filter(|_| !fit_y) },
        }
    }

    /// Keeps what a hand made of the plot in this frame; gives back where it has moved along x.
    pub fn keep(self, ui: &Ui, id: Id, shown: [Range; 2], now: &PlotBounds, is_reset: bool) -> Option<Range> {
        let [x, y] = [0, 1].map(|k| (now.min()[k], now.max()[k]));
        let has_moved = [(shown[0], x), (shown[1], y)].map(|(from, to)| is_other(from, to));
        let keep = |id: Id, range: Option<Range>| {
            ui.ctx().data_mut(|d| d.insert_temp(id, range));
        };
        match self {
            Hand::Still => {}
            Hand::Free { .. } if is_reset => {
                keep(self.x_id(id), None);
                keep(y_id(id), None);
            }
            Hand::Free { .. } if has_moved[0] || has_moved[1] => {
                keep(self.x_id(id), Some(x));
                keep(y_id(id), Some(y));
            }
            Hand::Free { .. } => {}
            // Freed from fitting, y stays where it was.
            Hand::Along { .. } => keep(y_id(id), Some(y).filter(|_| !is_reset)),
        }
        Some(x).filter(|_| has_moved[0] && !is_reset)
    }

    fn x_id(self, id: Id) -> Id {
        match self {
            Hand::Free { group: Some(group) } => group.with("held x"),
            _ => id.with("held x"),
        }
    }
}

fn y_id(id: Id) -> Id {
    id.with("held y")
}

/// Whether a range was moved by more than rounding.
fn is_other(from: Range, to: Range) -> bool {
    (to.0 - from.0).abs() + (to.1 - from.1).abs() > 1e-9 * (from.1 - from.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_frame(mut f: impl FnMut(&Ui, Id)) {
        egui::__run_test_ui(|ui| f(ui, Id::unique("a plot of a test")));
    }

    #[test]
    fn a_plot_stays_where_a_hand_has_left_it_until_a_double_click() {
        in_a_frame(|ui, id| {
            let group = Some(Id::unique("a group of a test"));
            let (hand, other) = (Hand::Free { group }, id.with("beside"));
            let shown = [(0.0, 1.0), (0.0, 2.0)];
            let still = PlotBounds::from_min_max([0.0, 0.0], [1.0, 2.0]);
            assert_eq!(hand.keep(ui, id, shown, &still, false), None);
            assert_eq!(hand.held(ui, id), Held::default());
            let panned = PlotBounds::from_min_max([0.5, 0.0], [1.5, 2.0]);
            assert_eq!(hand.keep(ui, id, shown, &panned, false), Some((0.5, 1.5)));
            assert_eq!(hand.held(ui, id), Held { x: Some((0.5, 1.5)), y: Some((0.0, 2.0)) });
            assert_eq!(hand.held(ui, other), Held { x: Some((0.5, 1.5)), y: None }, "along x they move together");
            hand.keep(ui, id, shown, &panned, true);
            assert_eq!(hand.held(ui, id), Held::default());
        });
    }

    #[test]
    fn y_freed_from_fitting_stays_where_it_was() {
        in_a_frame(|ui, id| {
            let bounds = PlotBounds::from_min_max([0.0, 3.0], [1.0, 4.0]);
            Hand::Along { fit_y: true }.keep(ui, id, [(0.0, 1.0), (3.0, 4.0)], &bounds, false);
            assert_eq!(Hand::Along { fit_y: true }.held(ui, id).y, None);
            assert_eq!(Hand::Along { fit_y: false }.held(ui, id).y, Some((3.0, 4.0)));
        });
    }
}
