//! Which part of a landscape is in view.

use egui::Vec2;

/// Sides of a window that differ by more than this are not drawn to the same scale.
const MOST_OBLONG: f64 = 3.0;

/// (low, high) along both axes.
pub type Bounds = [[f64; 2]; 2];

/// A window over a landscape that the hand moves; without a hand it is the landscape's own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    held: Option<Bounds>,
    /// Size of the plot's inside in points, as it was last drawn.
    frame: Option<Vec2>,
}

impl View {
    /// Back to the whole landscape.
    pub fn reset(&mut self) {
        self.held = None;
    }

    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Takes the size of the plot's inside; returns whether it is new.
    pub fn set_frame(&mut self, frame: Vec2) -> bool {
        let is_new = self.frame.is_none_or(|f| (f - frame).length() > 0.5);
        self.frame = Some(frame);
        is_new
    }

    /// What is seen of a landscape whose own window is `home`. With `is_plane` a unit of one axis is as long as one of the
    /// other, and more is shown along the side that has room.
    pub fn visible(&self, home: Bounds, is_plane: bool) -> Bounds {
        let bounds = self.held.unwrap_or(home);
        let Some(frame) = self.frame.filter(|f| is_plane && f.x > 8.0 && f.y > 8.0) else { return bounds };
        let [width, height] = bounds.map(|[low, high]| high - low);
        if !(1.0 / MOST_OBLONG..=MOST_OBLONG).contains(&(width / height)) {
            return bounds;
        }
        let unit = (width / f64::from(frame.x)).max(height / f64::from(frame.y));
        let wide = |[low, high]: [f64; 2], points: f32| {
            let (middle, half) = (0.5 * (low + high), 0.5 * unit * f64::from(points));
            [middle - half, middle + half]
        };
        [wide(bounds[0], frame.x), wide(bounds[1], frame.y)]
    }

    /// Moves what is seen now.
    pub fn pan(&mut self, now: Bounds, by: [f64; 2]) {
        self.hold([0, 1].map(|d| now[d].map(|x| x - by[d])));
    }

    /// Shows 1/`factor` of what is seen now, with `around` staying where it is.
    pub fn zoom(&mut self, now: Bounds, factor: f64, around: [f64; 2]) {
        self.hold([0, 1].map(|d| now[d].map(|x| around[d] + (x - around[d]) / factor)));
    }

    fn hold(&mut self, bounds: Bounds) {
        // A window too narrow for its own numbers, or not finite, is not taken.
        let is_good = |[low, high]: &[f64; 2]| {
            let size = low.abs().max(high.abs());
            low.is_finite() && high.is_finite() && high - low > 1e-9 * size && size < 1e12
        };
        if bounds.iter().all(is_good) {
            self.held = Some(bounds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_frame_shows_more_and_keeps_the_scale() {
        let home = [[-1.0, 1.0], [-1.0, 1.0]];
        let mut view = View::default();
        assert_eq!(view.visible(home, true), home, "before anything was drawn");
        assert!(view.set_frame(Vec2::new(400.0, 200.0)) && !view.set_frame(Vec2::new(400.2, 200.0)));
        let [x, y] = view.visible(home, true);
        assert!((x[0] + 2.0).abs() < 1e-2 && (x[1] - 2.0).abs() < 1e-2 && (y[1] - 1.0).abs() < 1e-9, "{x:?} {y:?}");
        assert_eq!(view.visible(home, false), home);
        assert_eq!(view.visible([[0.0, 100.0], [0.0, 1.0]], true), [[0.0, 100.0], [0.0, 1.0]]);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let home = [[0.0, 4.0], [0.0, 2.0]];
        let mut view = View::default();
        view.zoom(home, 2.0, [1.0, 1.0]);
        assert_eq!(view.visible(home, false), [[0.5, 2.5], [0.5, 1.5]]);
        view.pan(view.visible(home, false), [0.5, 0.0]);
        assert_eq!(view.visible(home, false), [[0.0, 2.0], [0.5, 1.5]]);
        view.zoom(view.visible(home, false), f64::NAN, [0.0, 0.0]);
        view.zoom(view.visible(home, false), 1e30, [0.3, 0.7]);
        assert_eq!(view.visible(home, false), [[0.0, 2.0], [0.5, 1.5]], "too narrow to be told apart");
        view.reset();
        assert!(!view.is_held());
    }
}
