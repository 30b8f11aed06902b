//! What a reader of the walk has set: what is pinned, marked and compared, and where the pointer is.

use super::{compare::Compare, cursor::Cursor, curves::Curves, epoch_curves::EpochCurves, pins::Pins};
use crate::figure::ITERATION_GRID_LIMIT;

/// See the module.
#[derive(Debug, Default)]
pub struct Reading {
    pub pins: Pins,
    pub compare: Compare,
    pub marks: Marks,
    pub cursor: Cursor,
    /// The plots of the walk as they were drawn last.
    pub curves: Curves,
    /// Those over epochs.
    pub epochs: EpochCurves,
    /// Whether keys are free for panels: nothing is being typed into.
    pub keys: bool,
}

/// Whether barriers and minima are marked in the plot of the loss.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    /// What was chosen by hand; without it they are there while they can be read.
    chosen: Option<bool>,
}

impl Marks {
    /// Whether they are drawn, with so many iterations in view.
    pub fn on(self, iterations: f64) -> bool {
        self.chosen.unwrap_or(is_readable(iterations))
    }

    /// Draws them, or does not.
    pub fn set(&mut self, on: bool, iterations: f64) {
        self.chosen = (on != is_readable(iterations)).then_some(on);
    }
}

fn is_readable(iterations: f64) -> bool {
    iterations < ITERATION_GRID_LIMIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_there_while_they_can_be_read_until_somebody_decides() {
        let mut marks = Marks::default();
        assert!(marks.on(40.0) && !marks.on(400.0));
        marks.set(true, 400.0);
        assert!(marks.on(40.0) && marks.on(400.0));
        marks.set(false, 400.0);
        assert!(marks.on(40.0) && !marks.on(400.0), "back to what nobody has decided");
        marks.set(false, 40.0);
        assert!(!marks.on(40.0) && !marks.on(400.0));
    }
}
