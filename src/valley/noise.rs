//! How far rounding moves a loss, told from the loss itself.
//!
//! "Estimating Computational Noise" (Moré, Wild 2011): values at places so close together that the function behind them is
//! a straight line there differ by noise alone, and differences of order k of independent noise of standard deviation σ
//! have the mean square σ² (2k)!/(k!)².

use super::slice::NOISE;

/// The orders of differences that are looked at; (k!)²/(2k)! of each.
const ORDERS: [(usize, f64); 3] = [(3, 1.0 / 20.0), (4, 1.0 / 70.0), (5, 1.0 / 252.0)];
/// A bound is so many standard deviations.
const DEVIATIONS: f64 = 3.0;

/// Values that one estimate of the noise takes.
pub const NOISE_POINTS: usize = 9;

/// The standard deviation of the noise in values at equal, tiny steps: the largest that the differences of order 3, 4 and 5
/// say, so that what is left of a curve raises it rather than hides it. `None` for fewer than [`NOISE_POINTS`] values, or
/// one that is not finite.
pub fn noise_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < NOISE_POINTS || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let mut differences = values.to_vec();
    let mut largest = 0.0f64;
    let mut order = 0;
    for (wanted, factor) in ORDERS {
        while order < wanted {
            differences = differences.windows(2).map(|w| w[1] - w[0]).collect();
            order += 1;
        }
        let square = differences.iter().map(|d| d * d).sum::<f64>() / differences.len() as f64;
        largest = largest.max((factor * square).sqrt());
    }
    Some(largest)
}

/// The share of a loss that rounding may change, a bound for [`Criteria::noise`](super::Criteria): three standard
/// deviations, the largest over groups of close values, and never less than [`NOISE`].
pub fn noise_share<'a>(groups: impl IntoIterator<Item = &'a [f64]>) -> f64 {
    let share = |values: &[f64]| {
        let level = values.iter().map(|v| v.abs()).fold(0.0, f64::max);
        noise_deviation(values).map(|deviation| DEVIATIONS * deviation / level).filter(|s| s.is_finite())
    };
    groups.into_iter().filter_map(share).fold(NOISE, f64::max)
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;

    #[test]
    fn noise_on_a_slope_is_found_and_the_slope_is_not() {
        let mut rng = crate::random::stream(3, "test");
        let mut values = |deviation: f64| -> Vec<f64> {
            let mut noise = |x: f64| -> f64 {
                let z: f64 = StandardNormal.sample(&mut rng);
                2.0 + 7.0 * x + 0.5 * x * x + deviation * z
            };
            (0..NOISE_POINTS).map(|k| noise(k as f64)).collect()
        };
        for deviation in [1e-2, 1e-5, 1e-8] {
            let found: Vec<f64> = (0..400).filter_map(|_| noise_deviation(&values(deviation))).collect();
            // Each of the three estimates has the mean square σ², so that of the largest is above, and not by much.
            let square = found.iter().map(|f| (f / deviation).powi(2)).sum::<f64>() / found.len() as f64;
            assert!((1.0..2.0).contains(&square), "{square}");
            assert!(found.iter().all(|f| (0.1..4.0).contains(&(f / deviation))));
        }
        assert!(noise_deviation(&values(0.0)).unwrap() < 1e-13);
    }

    #[test]
    fn the_bound_is_three_deviations_and_never_below_single_precision() {
        // +1, −1, +1 …: differences of order k are ±2^k, and 2^{2k} (k!)²/(2k)! grows with k.
        let around = |level: f64, step: f64| -> Vec<f64> {
            (0..NOISE_POINTS).map(|k| level + if k % 2 == 0 { step } else { -step }).collect()
        };
        let deviation = 1e-5 * f64::sqrt(1024.0 / 252.0);
        assert!((noise_deviation(&around(2.0, 1e-5)).unwrap() / deviation - 1.0).abs() < 1e-6);
        let (loud, quiet) = (around(2.0, 1e-5), around(0.5, 1e-9));
        assert!((noise_share([&loud[..], &quiet[..]]) / (3.0 * deviation / 2.0) - 1.0).abs() < 1e-4);
        assert_eq!(noise_share([&quiet[..]]), NOISE);
        assert_eq!(noise_share([&[1.0; 5][..], &[f64::NAN; 9], &[0.0; 9]]), NOISE);
    }
}
