//! Convolution with images in the lanes of vectors: windows over planes, and with windows of one pixel a matrix product.
//!
//! A block of outputs and of neighbouring pixels stays in registers: every pixel is loaded once for all outputs of the
//! block, every weight once for all pixels. Channels are taken in stretches whose pixels fit the first cache.

#![expect(unsafe_code, reason = "the innermost loop asks no place twice whether it exists")]

use pulp::{Simd, WithSimd};

use super::kind::{LANES, multiply_add, run};

/// What windows go over. Planes are `[C, H, W, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Input channels.
    pub channels: usize,
    /// Height and width of the input, with its padding.
    pub input: [usize; 2],
    /// Output channels.
    pub outputs: usize,
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Pixels along a side of a window, between windows, and between the pixels of a window.
    pub k: usize,
    pub stride: usize,
    pub dilation: usize,
    /// Examples side by side, a multiple of [`LANES`].
    pub width: usize,
}

/// Weights `w[o][c][t]`, t counting the k·k pixels of a window row by row, as they lie in θ, or turned around.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    pub values: &'a [f32],
    /// From one output to the next, and from one channel to the next.
    pub output: usize,
    pub channel: usize,
    /// Whether the last pixel of a window comes first.
    pub reversed: bool,
}

impl Sweep {
    /// A product of matrices: `[outputs, channels] · [channels, width]`.
    pub fn product(outputs: usize, channels: usize, width: usize) -> Sweep {
        // The lanes of one example more are one pixel more.
        let pixels = width / LANES;
        Sweep { channels, input: [1, pixels], outputs, output: [1, pixels], k: 1, stride: 1, dilation: 1, width: LANES }
    }

    /// Whether windows, input and output fit each other.
    pub(super) fn has_inside(&self, x: usize, y: usize) -> bool {
        let Sweep { channels, input: [h, w], outputs, output: [oh, ow], k, stride, dilation, width } = *self;
        let reach = |n: usize| (n.max(1) - 1) * stride + (k.max(1) - 1) * dilation;
        k > 0
            && width.is_multiple_of(LANES)
            && reach(oh) < h
            && reach(ow) < w
            && x == channels * h * w * width
            && y == outputs * oh * ow * width
    }

    /// Whether there is a weight for every output, channel and pixel of a window.
    fn has_all(&self, weights: &Weights<'_>) -> bool {
        let Sweep { channels, outputs, k, .. } = *self;
        let last = outputs.saturating_sub(1) * weights.output + channels.saturating_sub(1) * weights.channel;
        channels == 0 || outputs == 0 || last + k * k <= weights.values.len()
    }
}

/// What the sums are added to.
#[derive(Clone, Copy, Debug)]
pub enum Plus<'a> {
    Nothing,
    /// A number for each output, added to the finished sum, so that it makes no difference who adds it.
    Bias(&'a [f32]),
    /// What is in y already.
    There,
}

/// y = b + W ∗ x: `y[o][p] = b[o] + Σ_c Σ_t w[o][c][t] x[c][p·stride + t·dilation]` for every lane; x is
/// `[channels, input, width]`, y `[outputs, output, width]`.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn sweep(of: Sweep, x: &[f32], weights: Weights<'_>, plus: Plus<'_>, y: &mut [f32]) {
    assert!(
        of.has_inside(x.len(), y.len()) && of.has_all(&weights),
        "windows, planes and weights fit each other: {of:?}"
    );
    assert!(!matches!(plus, Plus::Bias(b) if b.len() != of.outputs), "one bias for each output");
    run(Swept { of, x, weights, plus, y });
}

struct Swept<'a> {
    of: Sweep,
    x: &'a [f32],
    weights: Weights<'a>,
    plus: Plus<'a>,
    y: &'a mut [f32],
}

/// Outputs in a block.
const OUTPUTS: usize = 6;
/// Bytes of pixels that a block goes over before the next outputs go over them, half of the first cache.
const NEAR: usize = 24 << 10;

impl WithSimd for Swept<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Swept { of, x, weights, plus, y } = self;
        let (x, _) = S::as_simd_f32s(x);
        let (y, _) = S::as_mut_simd_f32s(y);
        let vectors = of.width / S::F32_LANES;
        // 6 × 4 sums, 4 pixels and a weight are 29 registers; 6 × 2, 2 and 1 are 15.
        let pixels = if S::REGISTER_COUNT >= 32 { 4 } else { 2 };
        let row = of.k * ((pixels - 1) * of.stride + (of.k - 1) * of.dilation + 1) * size_of::<S::f32s>();
        let most = (NEAR / row).max(1);
        // Stretches of one length: a last one of a few channels would cost as many loads and stores of sums as a whole one.
        let stretch = of.channels.div_ceil(of.channels.div_ceil(most).max(1)).max(1);
        for vector in 0..vectors {
            for oy in 0..of.output[0] {
                let mut start = 0;
                loop {
                    let end = (start + stretch).min(of.channels);
                    let at = Place { of, vectors, vector, oy, start, end };
                    let mut ox = 0;
                    while ox < of.output[1] {
                        let count = pixels.min(of.output[1] - ox);
                        match (of.k, count, of.stride * vectors) {
                            (1, 4, 1) => pixels_of::<S, 4, 1, true>(simd, at, ox, x, &weights, plus, y),
                            (1, 4, _) => pixels_of::<S, 4, 0, true>(simd, at, ox, x, &weights, plus, y),
                            (1, 3, _) => pixels_of::<S, 3, 0, true>(simd, at, ox, x, &weights, plus, y),
                            (1, 2, _) => pixels_of::<S, 2, 0, true>(simd, at, ox, x, &weights, plus, y),
                            (1, ..) => pixels_of::<S, 1, 0, true>(simd, at, ox, x, &weights, plus, y),
                            (_, 4, 1) => pixels_of::<S, 4, 1, false>(simd, at, ox, x, &weights, plus, y),
                            (_, 4, 2) => pixels_of::<S, 4, 2, false>(simd, at, ox, x, &weights, plus, y),
                            (_, 4, _) => pixels_of::<S, 4, 0, false>(simd, at, ox, x, &weights, plus, y),
                            (_, 3, _) => pixels_of::<S, 3, 0, false>(simd, at, ox, x, &weights, plus, y),
                            (_, 2, 2) => pixels_of::<S, 2, 2, false>(simd, at, ox, x, &weights, plus, y),
                            (_, 2, _) => pixels_of::<S, 2, 0, false>(simd, at, ox, x, &weights, plus, y),
                            _ => pixels_of::<S, 1, 0, false>(simd, at, ox, x, &weights, plus, y),
                        }
                        ox += count;
                    }
                    start = end;
                    if start >= of.channels {
                        break;
                    }
                }
            }
        }
    }
}

/// A row of outputs in one vector of lanes, from a stretch of the channels.
#[derive(Clone, Copy)]
struct Place {
    of: Sweep,
    vectors: usize,
    vector: usize,
    oy: usize,
    start: usize,
    end: usize,
}

/// P neighbouring pixels of all outputs.
#[inline(always)]
fn pixels_of<S: Simd, const P: usize, const APART: usize, const ONE: bool>(
    simd: S,
    at: Place,
    ox: usize,
    x: &[S::f32s],
    weights: &Weights<'_>,
    plus: Plus<'_>,
    y: &mut [S::f32s],
) {
    let mut output = 0;
    while output < at.of.outputs {
        let count = OUTPUTS.min(at.of.outputs - output);
        match count {
            1 => block::<S, 1, P, APART, ONE>(simd, at, [output, ox], x, weights, plus, y),
            2 => block::<S, 2, P, APART, ONE>(simd, at, [output, ox], x, weights, plus, y),
            3 => block::<S, 3, P, APART, ONE>(simd, at, [output, ox], x, weights, plus, y),
            4 => block::<S, 4, P, APART, ONE>(simd, at, [output, ox], x, weights, plus, y),
            5 => block::<S, 5, P, APART, ONE>(simd, at, [output, ox], x, weights, plus, y),
            _ => block::<S, 6, P, APART, ONE>(simd, at, [output, ox], x, weights, plus, y),
        }
        output += count;
    }
}

/// P neighbouring pixels of B outputs, whose windows are APART vectors from each other, or as the sizes say where APART is 0:
/// known distances need no registers. ONE says that windows are single pixels, which need no loops inside.
#[inline(always)]
fn block<S: Simd, const B: usize, const P: usize, const APART: usize, const ONE: bool>(
    simd: S,
    at: Place,
    [output, ox]: [usize; 2],
    x: &[S::f32s],
    weights: &Weights<'_>,
    plus: Plus<'_>,
    y: &mut [S::f32s],
) {
    let Place { of, vectors, vector, oy, start, end } = at;
    let Sweep { input: [h, w], output: [oh, ow], stride, dilation, .. } = of;
    let k = if ONE { 1 } else { of.k };
    let to = |b: usize, p: usize| (((output + b) * oh + oy) * ow + ox + p) * vectors + vector;
    let mut sums = [[simd.splat_f32s(0.0); P]; B];
    for b in 0..B {
        for p in 0..P {
            if start > 0 || matches!(plus, Plus::There) {
                sums[b][p] = y[to(b, p)];
            }
        }
    }
    // Each output's weights begin at a place of their own; from there on all go in step.
    let weight: [&[f32]; B] = std::array::from_fn(|b| &weights.values[(output + b) * weights.output..]);
    let apart = if APART == 0 { stride * vectors } else { APART };
    let direction = if weights.reversed { usize::MAX } else { 1 };
    for c in start..end {
        let mut which = c * weights.channel + if weights.reversed { k * k - 1 } else { 0 };
        for ky in 0..k {
            let mut pixel = ((c * h + oy * stride + ky * dilation) * w + ox * stride) * vectors + vector;
            for _ in 0..k {
                // SAFETY: `Sweep::has_inside` and `has_all` held before. Pixel (oy·stride + ky·dilation, (ox + p)·stride + kx·dilation) lies in
                // the plane of channel c, since ox + p < ow, and the weight of output + b, c and a tap below k·k lies in
                // `values`, since output + b < outputs.
                let pixels: [S::f32s; P] = std::array::from_fn(|p| unsafe { *x.get_unchecked(pixel + p * apart) });
                for b in 0..B {
                    // SAFETY: as above.
                    let weight = simd.splat_f32s(unsafe { *weight[b].get_unchecked(which) });
                    for p in 0..P {
                        sums[b][p] = multiply_add(simd, weight, pixels[p], sums[b][p]);
                    }
                }
                which = which.wrapping_add(direction);
                pixel += dilation * vectors;
            }
        }
    }
    for b in 0..B {
        let bias = match plus {
            Plus::Bias(bias) if end == of.channels => Some(simd.splat_f32s(bias[output + b])),
            _ => None,
        };
        for p in 0..P {
            y[to(b, p)] = bias.map_or(sums[b][p], |bias| simd.add_f32s(sums[b][p], bias));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 31 + seed * 17) % 23) as f32 - 11.0).collect()
    }

    /// Whole numbers of this size are exact in f32, so every kind must agree with the plain sum to the bit.
    #[test]
    fn every_kind_equals_the_plain_sum() {
        let mut cases = vec![Sweep::product(1, 0, 16)];
        for (outputs, channels, width) in [(1, 1, 16), (7, 5, 48), (13, 200, 80), (6, 784, 64), (3, 2, 32)] {
            cases.push(Sweep::product(outputs, channels, width));
        }
        for (k, stride, dilation) in
            [(1, 1, 1), (1, 2, 1), (2, 2, 1), (3, 1, 1), (3, 2, 2), (5, 1, 1), (5, 3, 1), (3, 1, 2)]
        {
            for (outputs, channels, width, output) in
                [(1, 1, 16, [1, 1]), (7, 3, 16, [2, 5]), (12, 40, 16, [3, 4]), (5, 2, 48, [4, 7]), (9, 1, 32, [1, 6])]
            {
                let side = |n: usize| (n - 1) * stride + (k - 1) * dilation + 1;
                // Pixels that no window reaches are allowed.
                let input = [side(output[0]), side(output[1]) + 1];
                cases.push(Sweep { channels, input, outputs, output, k, stride, dilation, width });
            }
        }
        for of in cases {
            let Sweep { channels, input: [h, w], outputs, output: [oh, ow], k, stride, dilation, width } = of;
            let x = numbers(channels * h * w * width, 1);
            let values = numbers(outputs * channels * k * k, 2);
            let bias = numbers(outputs, 3);
            for (output, channel) in [(channels * k * k, k * k), (k * k, outputs * k * k)] {
                for reversed in [false, true] {
                    let weights = Weights { values: &values, output, channel, reversed };
                    let mut plain = vec![0.0; outputs * oh * ow * width];
                    for (at, y) in plain.iter_mut().enumerate() {
                        let (lane, pixel) = (at % width, at / width);
                        let (o, oy, ox) = (pixel / (oh * ow), pixel / ow % oh, pixel % ow);
                        *y = bias[o];
                        for c in 0..channels {
                            for tap in 0..k * k {
                                let (row, column) =
                                    (oy * stride + tap / k * dilation, ox * stride + tap % k * dilation);
                                let which = if reversed { k * k - 1 - tap } else { tap };
                                let weight = values[o * output + c * channel + which];
                                *y += weight * x[((c * h + row) * w + column) * width + lane];
                            }
                        }
                    }
                    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                        let mut y = vec![f32::NAN; plain.len()];
                        kind.run(Swept { of, x: &x, weights, plus: Plus::Bias(&bias), y: &mut y });
                        assert_eq!(y, plain, "{kind:?}, {of:?}");
                    }
                    let without: Vec<f32> =
                        plain.iter().enumerate().map(|(at, y)| y - bias[at / (oh * ow * width)]).collect();
                    let (mut y, mut more) = (vec![f32::NAN; plain.len()], vec![2.0; plain.len()]);
                    sweep(of, &x, weights, Plus::Nothing, &mut y);
                    assert_eq!(y, without, "{of:?}");
                    sweep(of, &x, weights, Plus::There, &mut more);
                    assert!(more.iter().zip(&without).all(|(more, y)| *more == y + 2.0), "{of:?}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "fit each other")]
    fn a_window_that_reaches_too_far_is_refused() {
        let of = Sweep { input: [3, 3], output: [2, 2], k: 3, ..Sweep::product(1, 1, 16) };
        let weights = Weights { values: &[1.0; 9], output: 9, channel: 9, reversed: false };
        sweep(of, &[1.0; 144], weights, Plus::Nothing, &mut [0.0; 64]);
    }

    #[test]
    #[should_panic(expected = "fit each other")]
    fn weights_that_end_too_early_are_refused() {
        let weights = Weights { values: &[1.0; 5], output: 3, channel: 1, reversed: false };
        sweep(Sweep::product(2, 3, 16), &[1.0; 48], weights, Plus::Nothing, &mut [0.0; 32]);
    }
}
