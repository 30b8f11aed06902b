//! Sums over the numbers of an activation.

use pulp::{Simd, WithSimd};

use super::kind::{LANES, run};

/// Σ f over the numbers of several channels that belong to the `n` examples of `[pixels, width]`, in f64; lane by lane, so that
/// many are added at once.
///
/// # Panics
/// When a channel is shorter than the first.
pub fn sum_lanes<const K: usize>(channels: [&[f32]; K], width: usize, n: usize, f: impl Fn([f64; K]) -> f64) -> f64 {
    run(Lanes { channels, width, n, f })
}

struct Lanes<'a, F, const K: usize> {
    channels: [&'a [f32]; K],
    width: usize,
    n: usize,
    f: F,
}

impl<F: Fn([f64; K]) -> f64, const K: usize> WithSimd for Lanes<'_, F, K> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> f64 {
        let Lanes { channels, width, n, f } = self;
        let mut total = 0.0;
        for first in (0..width).step_by(LANES) {
            let mut lanes = [0.0; LANES];
            for pixel in (first..channels[0].len()).step_by(width) {
                let rows: [&[f32]; K] = channels.map(|x| &x[pixel..][..LANES]);
                for (lane, sum) in lanes.iter_mut().enumerate() {
                    *sum += f(rows.map(|x| f64::from(x[lane])));
                }
            }
            total += lanes.iter().take(n.saturating_sub(first)).sum::<f64>();
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 31 + seed * 17) % 23) as f32 / 7.0 - 1.5).collect()
    }

    #[test]
    fn lanes_beyond_the_last_example_are_left_out() {
        for (width, n) in [(16, 16), (16, 1), (32, 17), (48, 40)] {
            let (x, y) = (numbers(width * 5, 1), numbers(width * 5, 2));
            let wanted: f64 = (0..width * 5).filter(|i| i % width < n).map(|i| f64::from(x[i]) * f64::from(y[i])).sum();
            for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                let found = kind.run(Lanes { channels: [&x[..], &y], width, n, f: |[x, y]: [f64; 2]| x * y });
                assert!((found - wanted).abs() < 1e-12 * (1.0 + wanted.abs()), "{kind:?}: {found}, not {wanted}");
            }
        }
    }
}
