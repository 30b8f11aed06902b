//! The stretch of iterations that all plots show together.

use serde::{Deserialize, Serialize};

/// The shared x-axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// First and last iteration in view.
    pub range: (f64, f64),
    /// Keep the newest iteration in view.
    pub follow: bool,
    /// Iterations shown while following.
    pub span: f64,
    /// Fit the vertical axes to what is in view.
    pub fit_y: bool,
    /// Draw losses on a logarithmic axis.
    pub log_y: bool,
    /// Whether the vertical axes show values that are far beyond all others, too.
    pub all_values: bool,
    /// Whether one of the plots leaves out such values now.
    pub leaves_out: bool,
}

/// What follow mode shows: as many iterations as the paper's Figure 1.
pub const FOLLOW_SPAN: f64 = 40.0;
/// Closer than this there is nothing more to see: a ninth of a step is the distance of two points.
const CLOSEST: f64 = 0.5;

impl Default for View {
    fn default() -> Self {
        View {
            range: (0.0, FOLLOW_SPAN),
            follow: true,
            span: FOLLOW_SPAN,
            fit_y: true,
            log_y: false,
            all_values: false,
            leaves_out: false,
        }
    }
}

impl View {
    /// Moves along with the data when following.
    pub fn track(&mut self, data: Option<(f64, f64)>) {
        if self.follow {
            let end = data.map_or(self.span, |(_, end)| end.max(self.span));
            self.range = (end - self.span, end);
        }
    }

    /// Takes a range that the user made by hand, and stops following.
    pub fn hold(&mut self, range: (f64, f64)) {
        if range.0.is_finite() && range.1.is_finite() && range.1 - range.0 >= CLOSEST {
            self.range = range;
            self.follow = false;
        }
    }

    /// Zooms by `factor` (> 1 shows less) around iteration `centre`; while following, only the span changes.
    pub fn zoom(&mut self, factor: f64, centre: f64) {
        let width = ((self.range.1 - self.range.0) / factor).max(CLOSEST);
        if self.follow {
            self.span = width;
        } else {
            let share = (centre - self.range.0) / (self.range.1 - self.range.0);
            self.range = (centre - share * width, centre + (1.0 - share) * width);
        }
    }

    /// Shows everything there is.
    pub fn show_all(&mut self, data: Option<(f64, f64)>) {
        if let Some((a, b)) = data {
            self.range = (a, b.max(a + CLOSEST));
        }
        self.follow = false;
        self.fit_y = true;
    }

    /// Back to following with the default span.
    pub fn reset(&mut self) {
        let View { log_y, all_values, leaves_out, .. } = *self;
        *self = View { log_y, all_values, leaves_out, ..View::default() };
    }

    /// The iteration in the middle.
    pub fn middle(&self) -> u64 {
        ((self.range.0 + self.range.1) / 2.0).round().max(0.0) as u64
    }

    /// Puts iteration `t` in the middle, for scrubbing.
    pub fn centre_on(&mut self, t: f64) {
        let half = (self.range.1 - self.range.0) / 2.0;
        self.range = (t - half, t + half);
        self.follow = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_mode_keeps_the_newest_in_view_until_a_hand_moves_it() {
        let mut v = View::default();
        v.track(Some((0.0, 10.0)));
        assert_eq!(v.range, (0.0, 40.0));
        v.track(Some((0.0, 100.0)));
        assert_eq!(v.range, (60.0, 100.0));
        v.zoom(2.0, 70.0);
        v.track(Some((0.0, 100.0)));
        assert_eq!(v.range, (80.0, 100.0));
        v.hold((3.0, 9.0));
        v.track(Some((0.0, 200.0)));
        assert_eq!(v.range, (3.0, 9.0));
        v.zoom(2.0, 3.0);
        assert_eq!(v.range, (3.0, 6.0));
        v.hold((5.0, 5.0));
        assert_eq!(v.range, (3.0, 6.0), "an empty range is no range");
    }
}
