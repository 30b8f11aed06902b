//! What a plot of the walk shows: which quantity, of which runs, how they are compared, and what is in view.

use egui::Ui;

use super::{action::Actions, reading::Reading, store::Store, theme, view::View};
use crate::figure::{WalkLook, WalkPlot};

/// A plot in the panel.
#[derive(Clone, Copy, Debug)]
pub struct PlotSpec {
    pub title: &'static str,
    pub plot: WalkPlot,
    /// Share of the panel's height.
    pub share: f64,
}

/// Everything that the plots of a panel have in common.
pub struct Scene<'a> {
    pub store: &'a mut Store,
    pub view: &'a mut View,
    pub reading: &'a mut Reading,
    /// The iteration that the pointer is at in another panel.
    pub elsewhere: Option<f64>,
    pub actions: &'a mut Actions,
}

impl Scene<'_> {
    /// What is in view, thinned to so many columns; on paper as in the window.
    pub fn look(&self, ui: &Ui, columns: usize) -> WalkLook {
        let View { range, log_y: log, all_values, .. } = *self.view;
        WalkLook { range, columns, log, all_values, theme: theme::page(ui) }
    }
}
