//! Grid lines at iterations.

use egui_plot::{GridInput, GridMark};

use crate::figure::{ITERATION_GRID_LIMIT, ticks};

/// Least distance of grid lines; at the second one they are as strong as they get. A line for each of forty iterations is.
pub const ITERATIONS: egui::Rangef = egui::Rangef { min: 4.0, max: 12.0 };

/// From this distance, points, a mark of an axis of iterations has its number.
pub const NUMBERED: egui::Rangef = egui::Rangef { min: 38.0, max: 42.0 };
/// Marks with a number are at least about so far from each other.
const APART: f64 = 50.0;

/// Round numbers, at least three where there are as many, and between them a line per iteration while these are few.
pub fn iterations(input: &GridInput) -> Vec<GridMark> {
    let (min, max) = input.bounds;
    let width = max - min;
    let points = width / input.base_step_size * f64::from(ITERATIONS.min);
    if !(width.is_finite() && width > 0.0 && points.is_finite()) {
        return Vec::new();
    }
    let most = (points / APART) as usize;
    let of = |count: usize| ticks::whole((min, max), count);
    let enough = (1..=most).rev().map(of).find(|found| found.len() > 1 && far(found, width, points));
    let numbered: Vec<f64> = enough.unwrap_or_else(|| of(1)).into_iter().map(|tick| tick.value).collect();
    let step = numbered.windows(2).map(|pair| pair[1] - pair[0]).fold(width.max(1.0), f64::min);
    let mut marks: Vec<GridMark> = numbered.iter().map(|value| GridMark { value: *value, step_size: step }).collect();
    if width <= ITERATION_GRID_LIMIT && step > 1.0 {
        let whole = (min.ceil() as i64..=max.floor() as i64).map(|i| i as f64);
        let between = whole.filter(|value| !numbered.iter().any(|n| (n - value).abs() < 0.5));
        // Nearer than what has a number, whatever room there is.
        let unit = 1f64.min(0.9 * f64::from(NUMBERED.min) / points * width);
        marks.extend(between.map(|value| GridMark { value, step_size: unit }));
    }
    marks
}

/// Whether there is room for a number at each.
fn far(found: &[ticks::Tick], width: f64, points: f64) -> bool {
    found.windows(2).all(|pair| (pair[1].value - pair[0].value) / width * points >= f64::from(NUMBERED.max))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An axis from `low` to `high`, so many points long.
    fn axis(low: f64, high: f64, points: f64) -> Vec<GridMark> {
        iterations(&GridInput {
            bounds: (low, high),
            base_step_size: (high - low) / points * f64::from(ITERATIONS.min),
        })
    }

    fn numbers(marks: &[GridMark], low: f64, high: f64, points: f64) -> Vec<f64> {
        let far = |m: &&GridMark| m.step_size / (high - low) * points >= f64::from(NUMBERED.max);
        marks.iter().filter(far).map(|m| m.value).collect()
    }

    #[test]
    fn few_iterations_have_a_line_each_and_many_have_round_ones() {
        let few = axis(0.0, 40.0, 900.0);
        assert_eq!(few.len(), 41);
        assert_eq!(numbers(&few, 0.0, 40.0, 900.0).len(), 9, "every fifth has its number");
        let many = axis(0.0, 1e6, 900.0);
        assert!((4..=21).contains(&many.len()), "{}", many.len());
        assert!(axis(0.0, f64::NAN, 900.0).is_empty());
    }

    #[test]
    fn every_axis_has_three_whole_numbers_where_there_are_as_many() {
        for (low, high) in [(0.0, 2.0), (0.0, 3.0), (0.0, 8.0), (0.0, 30.0), (1.0, 60.0), (0.0, 1000.0), (250.0, 290.0)]
        {
            for points in [200.0, 320.0, 700.0, 1500.0] {
                let found = numbers(&axis(low, high, points), low, high, points);
                assert!(found.len() >= 3, "{low} to {high} on {points}: {found:?}");
                assert!(found.iter().all(|x| x.fract() == 0.0), "{found:?}");
            }
        }
    }
}
