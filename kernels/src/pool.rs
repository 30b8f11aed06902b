//! Pooling: windows of a plane, each reduced to one number for every lane.

use pulp::{Simd, WithSimd};

use super::kind::{LANES, run};

/// What windows go over, channel by channel. Planes are `[H, W, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooled {
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Height and width of a window.
    pub window: [usize; 2],
    pub stride: usize,
    /// Pixels around the input, which count as zeros in a sum and not at all in a maximum.
    pub padding: usize,
    /// Examples side by side, a multiple of [`LANES`].
    pub width: usize,
}

impl Pooled {
    pub(super) fn pixels(&self) -> usize {
        self.input[0] * self.input[1] * self.width
    }

    fn outputs(&self) -> usize {
        self.output[0] * self.output[1] * self.width
    }

    /// Pixels of the window of an output along a side, as far as there are any.
    #[inline(always)]
    fn along(&self, side: usize, at: usize) -> std::ops::Range<usize> {
        let start = at * self.stride;
        let end = (start + self.window[side]).saturating_sub(self.padding).min(self.input[side]);
        start.saturating_sub(self.padding).min(end)..end
    }

    pub(super) fn check(&self, x: usize, y: usize) {
        let channels = x / self.pixels().max(1);
        let fits = self.width.is_multiple_of(LANES) && x == channels * self.pixels() && y == channels * self.outputs();
        assert!(fits, "windows and planes fit each other: {self:?}");
    }
}

/// The sum over every window, times `scale`; x is `[C, input, width]`, y `[C, output, width]`.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn pool_sum(of: Pooled, scale: f32, x: &[f32], y: &mut [f32]) {
    of.check(x.len(), y.len());
    run(Sum { of, scale, x, y });
}

/// Adds `scale` times the slope of every output to the pixels of its window: what [`pool_sum`] has as its way back.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn pool_spread(of: Pooled, scale: f32, dy: &[f32], dx: &mut [f32]) {
    of.check(dx.len(), dy.len());
    run(Spread { of, scale, dy, dx });
}

/// The largest pixel of every window; a NaN wins, because it must show.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn pool_max(of: Pooled, x: &[f32], y: &mut [f32]) {
    of.check(x.len(), y.len());
    run(Max { of, x, y });
}

/// What another plane has where x is largest in every window, the first of equals as in PyTorch.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn pool_pick(of: Pooled, x: &[f32], other: &[f32], y: &mut [f32]) {
    of.check(x.len(), y.len());
    assert!(x.len() == other.len(), "another plane of the same form");
    run(Pick { of, x, other, y });
}

/// Adds the slope of every output to the pixel that is largest in its window, the first of equals as in PyTorch.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn pool_max_back(of: Pooled, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    of.check(x.len(), dy.len());
    assert!(x.len() == dx.len(), "slopes of the same form as x");
    run(MaxBack { of, x, dy, dx });
}

/// Goes over all windows: `each` gets the place of the output and the places of the pixels' rows, in vectors of S.
#[inline(always)]
fn windows<S: Simd>(of: Pooled, channels: usize, mut each: impl FnMut(usize, Window)) {
    let vectors = of.width / S::F32_LANES;
    let ([h, w], [oh, ow]) = (of.input, of.output);
    for c in 0..channels {
        for oy in 0..oh {
            let rows = of.along(0, oy);
            for ox in 0..ow {
                let columns = of.along(1, ox);
                for vector in 0..vectors {
                    let at = Window {
                        first: ((c * h + rows.start) * w + columns.start) * vectors + vector,
                        rows: rows.len(),
                        columns: columns.len(),
                        row: w * vectors,
                        column: vectors,
                    };
                    each(((c * oh + oy) * ow + ox) * vectors + vector, at);
                }
            }
        }
    }
}

/// The pixels of a window in one vector of lanes.
#[derive(Clone, Copy)]
struct Window {
    first: usize,
    rows: usize,
    columns: usize,
    /// From one row to the next, and from one column.
    row: usize,
    column: usize,
}

impl Window {
    #[inline(always)]
    fn each(self, mut f: impl FnMut(usize)) {
        let mut row = self.first;
        for _ in 0..self.rows {
            let mut at = row;
            for _ in 0..self.columns {
                f(at);
                at += self.column;
            }
            row += self.row;
        }
    }
}

/// Whether b takes the place of a.
#[inline(always)]
pub(super) fn wins<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::m32s {
    let is_number = simd.equal_f32s(b, b);
    simd.or_m32s(simd.less_than_f32s(a, b), simd.not_m32s(is_number))
}

struct Sum<'a> {
    of: Pooled,
    scale: f32,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sum { of, scale, x, y } = self;
        let channels = x.len() / of.pixels().max(1);
        let ((x, _), (y, _)) = (S::as_simd_f32s(x), S::as_mut_simd_f32s(y));
        let scale = simd.splat_f32s(scale);
        windows::<S>(of, channels, |to, window| {
            let mut sum = simd.splat_f32s(0.0);
            window.each(|at| sum = simd.add_f32s(sum, x[at]));
            y[to] = simd.mul_f32s(sum, scale);
        });
    }
}

struct Spread<'a> {
    of: Pooled,
    scale: f32,
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Spread { of, scale, dy, dx } = self;
        let channels = dx.len() / of.pixels().max(1);
        let ((dy, _), (dx, _)) = (S::as_simd_f32s(dy), S::as_mut_simd_f32s(dx));
        let scale = simd.splat_f32s(scale);
        windows::<S>(of, channels, |from, window| {
            let share = simd.mul_f32s(dy[from], scale);
            window.each(|at| dx[at] = simd.add_f32s(dx[at], share));
        });
    }
}

struct Max<'a> {
    of: Pooled,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Max<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Max { of, x, y } = self;
        let channels = x.len() / of.pixels().max(1);
        let ((x, _), (y, _)) = (S::as_simd_f32s(x), S::as_mut_simd_f32s(y));
        windows::<S>(of, channels, |to, window| {
            let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
            window.each(|at| largest = simd.select_f32s(wins(simd, largest, x[at]), x[at], largest));
            y[to] = largest;
        });
    }
}

struct Pick<'a> {
    of: Pooled,
    x: &'a [f32],
    other: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Pick<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Pick { of, x, other, y } = self;
        let channels = x.len() / of.pixels().max(1);
        let ((x, _), (other, _), (y, _)) = (S::as_simd_f32s(x), S::as_simd_f32s(other), S::as_mut_simd_f32s(y));
        windows::<S>(of, channels, |to, window| {
            let (mut largest, mut picked) = (x[window.first], other[window.first]);
            window.each(|at| {
                let wins = wins(simd, largest, x[at]);
                largest = simd.select_f32s(wins, x[at], largest);
                picked = simd.select_f32s(wins, other[at], picked);
            });
            y[to] = picked;
        });
    }
}

struct MaxBack<'a> {
    of: Pooled,
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for MaxBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let MaxBack { of, x, dy, dx } = self;
        let channels = x.len() / of.pixels().max(1);
        let ((x, _), (dy, _), (dx, _)) = (S::as_simd_f32s(x), S::as_simd_f32s(dy), S::as_mut_simd_f32s(dx));
        let zero = simd.splat_f32s(0.0);
        windows::<S>(of, channels, |from, window| {
            // Which pixel of the window, counted from 0; exact for all windows that there are.
            let (mut largest, mut best) = (x[window.first], zero);
            let mut number = 0.0;
            window.each(|at| {
                let wins = wins(simd, largest, x[at]);
                largest = simd.select_f32s(wins, x[at], largest);
                best = simd.select_f32s(wins, simd.splat_f32s(number), best);
                number += 1.0;
            });
            number = 0.0;
            window.each(|at| {
                let share = simd.select_f32s(simd.equal_f32s(best, simd.splat_f32s(number)), dy[from], zero);
                dx[at] = simd.add_f32s(dx[at], share);
                number += 1.0;
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 31 + seed * 17 + i * i % 7) % 15) as f32 - 7.0).collect()
    }

    fn cases() -> impl Iterator<Item = Pooled> {
        let windows = [(2, 2, 0), (3, 3, 0), (3, 2, 1), (3, 1, 1), (5, 2, 2), (1, 1, 0), (2, 3, 0)];
        windows.into_iter().flat_map(|(k, stride, padding)| {
            [([6, 9], 16), ([7, 5], 48), ([5, 6], 32)].into_iter().map(move |(input, width)| {
                let output = input.map(|n: usize| (n + 2 * padding - k) / stride + 1);
                Pooled { input, output, window: [k, k], stride, padding, width }
            })
        })
    }

    /// Places of the pixels of a window, and what the kernels call by it.
    fn places(of: Pooled, c: usize, oy: usize, ox: usize, lane: usize) -> Vec<usize> {
        let [h, w] = of.input;
        let inside = |at: usize, k: usize, n: usize| {
            (at * of.stride..at * of.stride + k).filter_map(move |p| p.checked_sub(of.padding).filter(|p| *p < n))
        };
        let columns: Vec<usize> = inside(ox, of.window[1], w).collect();
        inside(oy, of.window[0], h)
            .flat_map(|y| columns.iter().map(move |x| ((c * h + y) * w + x) * of.width + lane))
            .collect()
    }

    #[test]
    fn every_kind_equals_the_plain_loops() {
        const CHANNELS: usize = 3;
        for of in cases() {
            let (x, other) = (numbers(CHANNELS * of.pixels(), 1), numbers(CHANNELS * of.pixels(), 2));
            let dy = numbers(CHANNELS * of.outputs(), 3);
            let [oh, ow] = of.output;
            let (mut sum, mut max, mut picked) = (vec![0.0; dy.len()], vec![0.0; dy.len()], vec![0.0; dy.len()]);
            let (mut spread, mut back) = (vec![1.0; x.len()], vec![1.0; x.len()]);
            for at in 0..dy.len() {
                let (lane, pixel) = (at % of.width, at / of.width);
                let places = places(of, pixel / (oh * ow), pixel / ow % oh, pixel % ow, lane);
                let best = places.iter().copied().reduce(|a, b| if x[b] > x[a] { b } else { a }).unwrap();
                sum[at] = places.iter().map(|i| x[*i]).sum::<f32>() * 0.5;
                (max[at], picked[at]) = (x[best], other[best]);
                back[best] += dy[at];
                places.iter().for_each(|i| spread[*i] += dy[at] * 0.5);
            }
            for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                let mut y = vec![f32::NAN; dy.len()];
                kind.run(Sum { of, scale: 0.5, x: &x, y: &mut y });
                assert_eq!(y, sum, "{kind:?}, {of:?}");
                kind.run(Max { of, x: &x, y: &mut y });
                assert_eq!(y, max, "{kind:?}, {of:?}");
                kind.run(Pick { of, x: &x, other: &other, y: &mut y });
                assert_eq!(y, picked, "{kind:?}, {of:?}");
                let mut dx = vec![1.0; x.len()];
                kind.run(Spread { of, scale: 0.5, dy: &dy, dx: &mut dx });
                assert_eq!(dx, spread, "{kind:?}, {of:?}");
                let mut dx = vec![1.0; x.len()];
                kind.run(MaxBack { of, x: &x, dy: &dy, dx: &mut dx });
                assert_eq!(dx, back, "{kind:?}, {of:?}");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_wins() {
        let of = Pooled { input: [2, 2], output: [1, 1], window: [2, 2], stride: 2, padding: 0, width: 16 };
        for at in 0..4 {
            let mut x = vec![1.0; 64];
            x[at * 16 + 3] = f32::NAN;
            for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                let mut y = vec![0.0; 16];
                kind.run(Max { of, x: &x, y: &mut y });
                assert!(y.iter().enumerate().all(|(lane, y)| y.is_nan() == (lane == 3)), "{kind:?}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "fit each other")]
    fn planes_that_end_too_early_are_refused() {
        let of = Pooled { input: [2, 2], output: [1, 1], window: [2, 2], stride: 2, padding: 0, width: 16 };
        pool_max(of, &[1.0; 63], &mut [0.0; 16]);
    }
}
