//! Shares of successes.

use serde::{Deserialize, Serialize};

use super::interval::Z_95;

/// Successes among runs, with Wilson's score interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    pub successes: u64,
    pub runs: u64,
    /// The 95 % interval of the underlying rate.
    pub low: f64,
    pub high: f64,
}

impl Proportion {
    /// # Shapes
    ///
    /// `successes` ≤ `runs`; without runs the interval is all of 0..1.
    pub fn new(successes: u64, runs: u64) -> Proportion {
        let [low, high] = wilson(successes, runs, Z_95);
        Proportion { successes, runs, low, high }
    }

    /// The share of successes; NaN without runs.
    pub fn rate(self) -> f64 {
        self.successes as f64 / self.runs as f64
    }
}

/// Wilson's score interval (E. B. Wilson, 1927) at `z` standard deviations: the rates p with |p̂ − p| ≤ z √(p (1 − p) / n).
pub fn wilson(successes: u64, runs: u64, z: f64) -> [f64; 2] {
    if runs == 0 {
        return [0.0, 1.0];
    }
    let (n, p) = (runs as f64, successes as f64 / runs as f64);
    let below = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / below;
    let half = z / below * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the interval reaches them exactly; rounding must not leave them out.
    [if successes == 0 { 0.0 } else { centre - half }, if successes == runs { 1.0 } else { centre + half }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_solves_its_equation() {
        for (k, n) in [(33, 100), (1, 2000), (999, 2000), (1, 3)] {
            let (p, z) = (k as f64 / n as f64, 1.96);
            for end in wilson(k, n, z) {
                assert!(((p - end).abs() - z * (end * (1.0 - end) / n as f64).sqrt()).abs() < 1e-12, "{k}/{n} {end}");
            }
        }
        // No success among 10: 0 to z²/(n + z²).
        let [low, high] = wilson(0, 10, 1.96);
        assert!(low == 0.0 && (high - 3.8416 / 13.8416).abs() < 1e-12);
        assert_eq!(wilson(10, 10, 1.96)[1], 1.0);
        assert_eq!(wilson(0, 0, 1.96), [0.0, 1.0]);
        let third = Proportion::new(660, 2000);
        assert!(third.rate() == 0.33 && third.low > 0.309 && third.high < 0.352);
        assert!(Proportion::new(0, 0).rate().is_nan());
    }
}
