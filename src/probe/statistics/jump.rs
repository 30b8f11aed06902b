//! When a series of numbers jumps.

use super::order::quantile;

/// A number is held against so many before it.
const WINDOW: usize = 20;
/// With fewer there is nothing to hold it against.
const LEAST: usize = 10;
/// It is above their median by more than so many median distances from it, …
const DISTANCES: f64 = 5.0;
/// … and more than so many times as large.
const TIMES: f64 = 1.5;

/// Whether a loss jumps after others, the newest of which comes first: it is above the median of the 20 before it by more
/// than 5 times their median absolute deviation, and more than 1.5 times as large as the median (our rule; the 5 and the
/// median absolute deviation, not scaled, are about 3.4 standard deviations of normal numbers).
///
/// Of those before it only the finite ones count, and there must be 10. A loss that is not finite jumps.
pub fn is_jump(before: impl IntoIterator<Item = f64>, loss: f64) -> bool {
    let mut window: Vec<f64> = before.into_iter().take(WINDOW).filter(|x| x.is_finite()).collect();
    if window.len() < LEAST {
        return false;
    }
    if !loss.is_finite() {
        return true;
    }
    // Most losses are refused here, before anything is sorted: the median is no less than the lowest.
    let lowest = window.iter().copied().fold(f64::INFINITY, f64::min);
    if loss <= lowest {
        return false;
    }
    let Some(median) = middle(&mut window) else { return false };
    if loss <= TIMES * median {
        return false;
    }
    let mut distances: Vec<f64> = window.iter().map(|x| (x - median).abs()).collect();
    middle(&mut distances).is_some_and(|distance| loss > median + DISTANCES * distance)
}

fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_have_to_be_passed() {
        // Median 1, median distance 0.1: the bounds are 1.5 by both rules.
        let near: Vec<f64> = (0..20).map(|k| if k % 2 == 0 { 0.9 } else { 1.1 }).collect();
        assert!(!is_jump(near.iter().copied(), 1.499) && is_jump(near.iter().copied(), 1.501));
        // Median distance 0.3: 2.5.
        let wide: Vec<f64> = (0..20).map(|k| if k % 2 == 0 { 0.7 } else { 1.3 }).collect();
        assert!(!is_jump(wide.iter().copied(), 2.49) && is_jump(wide.iter().copied(), 2.51));
        // No distance at all: half as much again.
        assert!(!is_jump([2.0; 20], 3.0) && is_jump([2.0; 20], 3.001));
        assert!(!is_jump([0.0; 20], 0.0) && is_jump([0.0; 20], 1e-9), "everything is far from nothing");
        assert!(!is_jump([2.0; 20], -5.0) && !is_jump([2.0; 20], 2.0), "down is no jump");
    }

    #[test]
    fn only_the_last_twenty_count_and_ten_are_needed() {
        let old = [1.0; 20].into_iter().chain([1000.0; 50]);
        assert!(is_jump(old, 2.0), "the newest come first");
        assert!(!is_jump([1.0; 9], 100.0) && is_jump([1.0; 10], 100.0) && !is_jump([], 100.0));
        let lost = [f64::NAN; 11].into_iter().chain([1.0; 40]);
        assert!(!is_jump(lost, 100.0), "nine finite ones of twenty");
        let few = [f64::INFINITY; 10].into_iter().chain([1.0; 40]);
        assert!(is_jump(few, 100.0));
    }

    #[test]
    fn what_is_not_finite_jumps() {
        for lost in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(is_jump([1.0; 20], lost) && !is_jump([lost; 20], 5.0) && !is_jump([1.0; 3], lost));
        }
    }

    /// A step of the window up and down does not hide a jump: half of the values may be anything.
    #[test]
    fn a_jump_among_jumps_is_seen() {
        let mixed = [50.0; 9].into_iter().chain([1.0; 11]);
        assert!(is_jump(mixed, 50.0), "eleven of twenty decide");
    }
}
