//! Grid lines at iterations.

use egui_plot::GridMark;

use crate::figure::ITERATION_GRID_LIMIT;

/// Least distance of grid lines; at the second one they are as strong as they get.
pub const ITERATIONS: egui::Rangef = egui::Rangef { min: 12.0, max: 90.0 };

/// A line per iteration while they are few, round numbers beyond.
pub fn iterations((min, max): (f64, f64)) -> Vec<GridMark> {
    let width = max - min;
    if !(width.is_finite() && width > 0.0) {
        return Vec::new();
    }
    let mut marks = Vec::new();
    let mut step = 10f64.powf((width / 10.0).log10().ceil()).max(1.0);
    if width / step < 4.0 && step >= 10.0 {
        step /= 2.0;
    }
    let mut i = (min / step).ceil();
    while i * step <= max {
        marks.push(GridMark { value: i * step, step_size: step });
        i += 1.0;
    }
    if width <= ITERATION_GRID_LIMIT && step > 1.0 {
        let mut i = min.ceil();
        while i <= max {
            if i % step != 0.0 {
                marks.push(GridMark { value: i, step_size: 1.0 });
            }
            i += 1.0;
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_iterations_have_a_line_each_and_many_have_round_ones() {
        let few = iterations((0.0, 40.0));
        assert_eq!(few.len(), 41);
        let many = iterations((0.0, 1e6));
        assert!((4..=21).contains(&many.len()), "{}", many.len());
        assert!(iterations((0.0, f64::NAN)).is_empty());
    }
}
