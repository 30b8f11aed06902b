//! Sums of whole activations, and sums over the lanes of one.

use pulp::{Simd, WithSimd};

use super::kind::{LANES, run};

/// `sum = Σ_j w_j x_j`, from the first term to the last, each product rounded before it is added; a weight of 1 alone gives x to
/// the bit.
///
/// # Panics
/// When a term has another length.
pub fn combine(terms: &[(f32, &[f32])], sum: &mut [f32]) {
    assert!(terms.iter().all(|(_, x)| x.len() == sum.len()), "all terms are of one length");
    run(Combined { terms, sum });
}

struct Combined<'a> {
    terms: &'a [(f32, &'a [f32])],
    sum: &'a mut [f32],
}

impl WithSimd for Combined<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Combined { terms, sum } = self;
        match terms {
            [] => sum.fill(0.0),
            [(u, x)] => sum.iter_mut().zip(*x).for_each(|(s, x)| *s = u * x),
            [(u, x), (v, y)] => sum.iter_mut().zip(*x).zip(*y).for_each(|((s, x), y)| *s = u * x + v * y),
            [(u, x), (v, y), (w, z)] => {
                let terms = x.iter().zip(*y).zip(*z);
                sum.iter_mut().zip(terms).for_each(|(s, ((x, y), z))| *s = u * x + v * y + w * z);
            }
            [(u, x), others @ ..] => {
                sum.iter_mut().zip(*x).for_each(|(s, x)| *s = u * x);
                for (w, x) in others {
                    sum.iter_mut().zip(*x).for_each(|(s, x)| *s += w * x);
                }
            }
        }
    }
}

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
    fn every_kind_combines_to_the_same_bits() {
        for count in 0..6 {
            let all: Vec<Vec<f32>> = (0..count).map(|seed| numbers(37, seed)).collect();
            let terms: Vec<(f32, &[f32])> =
                all.iter().zip([0.3, -1.25, 0.7, 2.0, 1.0]).map(|(x, w)| (w, &x[..])).collect();
            let plain: Vec<f32> =
                (0..37).map(|i| terms.iter().map(|(w, x)| w * x[i]).reduce(|a, b| a + b).unwrap_or(0.0)).collect();
            for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                let mut sum = vec![f32::NAN; 37];
                kind.run(Combined { terms: &terms, sum: &mut sum });
                assert_eq!(sum, plain, "{kind:?}, {count}");
            }
        }
        let x = numbers(20, 5);
        let mut same = vec![0.0; 20];
        combine(&[(1.0, &x)], &mut same);
        assert_eq!(same, x);
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
