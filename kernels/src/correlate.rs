//! What a convolution's weights gain: every pixel of a window beside every output, summed over pixels and images.

#![expect(unsafe_code, reason = "the innermost loop asks no place twice whether it exists")]

use pulp::{Simd, WithSimd};

use super::{
    kind::{multiply_add, run},
    sweep::Sweep,
};

/// `gradient[o][c][t] = Σ_p Σ_lanes dy[o][p] x[c][p·stride + t·dilation]`, for the x and y of [`sweep`](fn@super::sweep::sweep); summed in f32
/// over the pixels of a lane, then over the lanes.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn correlate(of: Sweep, x: &[f32], dy: &[f32], gradient: &mut [f32]) {
    let window = of.channels * of.k * of.k;
    assert!(of.has_inside(x.len(), dy.len()), "windows and planes fit each other: {of:?}");
    assert!(gradient.len() == of.outputs * window, "one number for each weight");
    run(Correlated { of, x, dy, gradient });
}

struct Correlated<'a> {
    of: Sweep,
    x: &'a [f32],
    dy: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for Correlated<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Correlated { of, x, dy, gradient } = self;
        let (x, _) = S::as_simd_f32s(x);
        let (dy, _) = S::as_simd_f32s(dy);
        let many = S::REGISTER_COUNT >= 32;
        // Sums, and what they are made of, stay in registers: 6 × 3, 5 × 4 and 4 × 5 of 32, 4 × 2 and 3 × 3 of 16.
        let longest = if many { 5 } else { 3 };
        for c in 0..of.channels {
            for ky in 0..of.k {
                let mut kx = 0;
                while kx < of.k {
                    // Of seven, four and three rather than five and two.
                    let runs = (of.k - kx).div_ceil(longest);
                    let taps = (of.k - kx).div_ceil(runs);
                    let most = match (many, taps) {
                        (true, 1..=3) => 6,
                        (true, 4) => 5,
                        (true, _) | (false, 1 | 2) => 4,
                        (false, _) => 3,
                    };
                    let mut output = 0;
                    while output < of.outputs {
                        let count = most.min(of.outputs - output);
                        let at = Place { of, output, c, ky, kx };
                        match taps {
                            1 => outputs_of::<S, 1>(simd, at, count, x, dy, gradient),
                            2 => outputs_of::<S, 2>(simd, at, count, x, dy, gradient),
                            3 => outputs_of::<S, 3>(simd, at, count, x, dy, gradient),
                            4 => outputs_of::<S, 4>(simd, at, count, x, dy, gradient),
                            _ => outputs_of::<S, 5>(simd, at, count, x, dy, gradient),
                        }
                        output += count;
                    }
                    kx += taps;
                }
            }
        }
    }
}

/// The first of a block's weights.
#[derive(Clone, Copy)]
struct Place {
    of: Sweep,
    output: usize,
    c: usize,
    ky: usize,
    kx: usize,
}

#[inline(always)]
fn outputs_of<S: Simd, const T: usize>(
    simd: S,
    at: Place,
    count: usize,
    x: &[S::f32s],
    dy: &[S::f32s],
    gradient: &mut [f32],
) {
    match count {
        1 => block::<S, 1, T>(simd, at, x, dy, gradient),
        2 => block::<S, 2, T>(simd, at, x, dy, gradient),
        3 => block::<S, 3, T>(simd, at, x, dy, gradient),
        4 => block::<S, 4, T>(simd, at, x, dy, gradient),
        5 => block::<S, 5, T>(simd, at, x, dy, gradient),
        _ => block::<S, 6, T>(simd, at, x, dy, gradient),
    }
}

/// T neighbouring pixels of the window of B outputs.
#[inline(always)]
fn block<S: Simd, const B: usize, const T: usize>(
    simd: S,
    at: Place,
    x: &[S::f32s],
    dy: &[S::f32s],
    gradient: &mut [f32],
) {
    let Place { of, output, c, ky, kx } = at;
    let Sweep { channels, input: [h, w], output: [oh, ow], k, stride, dilation, width, .. } = of;
    let vectors = width / S::F32_LANES;
    let mut sums = [[simd.splat_f32s(0.0); T]; B];
    let plane = oh * ow * vectors;
    let slopes: [&[S::f32s]; B] = std::array::from_fn(|b| &dy[(output + b) * plane..][..plane]);
    for vector in 0..vectors {
        for oy in 0..oh {
            let mut from = ((c * h + oy * stride + ky * dilation) * w + kx * dilation) * vectors + vector;
            let mut to = oy * ow * vectors + vector;
            for _ in 0..ow {
                // SAFETY: `Sweep::has_inside` held before. Pixel (oy·stride + ky·dilation, ox·stride + (kx + t)·dilation) lies
                // in the plane of channel c, since kx + t < k, and `to` in the plane of an output.
                let pixels: [S::f32s; T] =
                    std::array::from_fn(|t| unsafe { *x.get_unchecked(from + t * dilation * vectors) });
                for b in 0..B {
                    // SAFETY: as above.
                    let slope = unsafe { *slopes[b].get_unchecked(to) };
                    for t in 0..T {
                        sums[b][t] = multiply_add(simd, slope, pixels[t], sums[b][t]);
                    }
                }
                from += stride * vectors;
                to += vectors;
            }
        }
    }
    for (b, sums) in sums.iter().enumerate() {
        let first = (((output + b) * channels + c) * k + ky) * k + kx;
        for (gradient, sum) in gradient[first..first + T].iter_mut().zip(sums) {
            *gradient = simd.reduce_sum_f32s(*sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 31 + seed * 17) % 15) as f32 - 7.0).collect()
    }

    /// Whole numbers of this size are exact in f32, so every kind must agree with the plain sum to the bit.
    #[test]
    fn every_kind_equals_the_plain_sum() {
        for (k, stride, dilation) in
            [(1, 1, 1), (1, 2, 1), (2, 1, 1), (3, 1, 1), (3, 2, 2), (4, 1, 1), (5, 1, 1), (7, 3, 1)]
        {
            for (outputs, channels, width, output) in
                [(1, 1, 16, [1, 1]), (7, 3, 16, [2, 5]), (12, 2, 16, [3, 4]), (5, 2, 48, [4, 7]), (9, 1, 32, [1, 6])]
            {
                let side = |n: usize| (n - 1) * stride + (k - 1) * dilation + 1;
                let input = [side(output[0]) + 1, side(output[1])];
                let of = Sweep { channels, input, outputs, output, k, stride, dilation, width };
                let ([h, w], [oh, ow]) = (input, output);
                let x = numbers(channels * h * w * width, 1);
                let dy = numbers(outputs * oh * ow * width, 2);
                let mut plain = vec![0.0; outputs * channels * k * k];
                for (at, sum) in plain.iter_mut().enumerate() {
                    let (o, c, ky, kx) = (at / (channels * k * k), at / (k * k) % channels, at / k % k, at % k);
                    for (p, dy) in dy[o * oh * ow * width..][..oh * ow * width].iter().enumerate() {
                        let (oy, ox, lane) = (p / width / ow, p / width % ow, p % width);
                        let (row, column) = (oy * stride + ky * dilation, ox * stride + kx * dilation);
                        *sum += dy * x[((c * h + row) * w + column) * width + lane];
                    }
                }
                for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                    let mut gradient = vec![f32::NAN; plain.len()];
                    kind.run(Correlated { of, x: &x, dy: &dy, gradient: &mut gradient });
                    assert_eq!(gradient, plain, "{kind:?}, {of:?}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "fit each other")]
    fn planes_that_end_too_early_are_refused() {
        let of = Sweep { input: [3, 3], output: [1, 1], k: 3, ..Sweep::product(1, 1, 16) };
        correlate(of, &[1.0; 143], &[1.0; 16], &mut [0.0; 9]);
    }
}
