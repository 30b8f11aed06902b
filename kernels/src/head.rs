//! What a network's first layer gives at many parameter points, from its products at a few anchors.
//!
//! A stretch of the products stays in the first cache while all points go over it, and nothing is stored before bias, rise and
//! windows are done.

use pulp::{Simd, WithSimd};

use super::{
    kind::run,
    pool::{Pooled, wins},
};

/// The products, and what comes after the first layer before anything else has parameters.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// `[C, input, width]` each, one for each anchor.
    pub products: &'a [&'a [f32]],
    /// Windows without padding; those of one pixel leave all as it is.
    pub windows: Pooled,
    /// Whether what is below 0 becomes 0. A NaN stays.
    pub rises: bool,
}

/// A point between the anchors.
#[derive(Debug)]
pub struct HeadPoint<'a> {
    /// One for each product. Those that are 0 are left out, and a 1 alone gives the product to the bit.
    pub weights: &'a [f32],
    /// `[C]`
    pub bias: Option<&'a [f32]>,
    /// `[C, output, width]`
    pub y: &'a mut [f32],
}

/// `y = max over windows of max(0, Σ_j w_j p_j + b)` for every point; each w p is rounded before it is added, from the first
/// anchor to the last. Since rounding never turns an order around, bits do not depend on whether windows or the rise come first.
///
/// # Panics
/// When the sizes do not fit each other.
pub fn heads(of: Head<'_>, points: &mut [HeadPoint<'_>]) {
    let x = of.products.first().map_or(0, |x| x.len());
    assert!(of.windows.padding == 0, "windows have no padding");
    assert!(of.products.iter().all(|product| product.len() == x), "products are of one length");
    let channels = x / of.windows.pixels().max(1);
    for point in &*points {
        of.windows.check(x, point.y.len());
        assert!(point.weights.len() == of.products.len(), "one weight for each product");
        assert!(point.bias.is_none_or(|bias| bias.len() == channels), "one bias for each channel");
    }
    run(Heads { of, points });
}

struct Heads<'a, 'b> {
    of: Head<'a>,
    points: &'a mut [HeadPoint<'b>],
}

impl WithSimd for Heads<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Heads { of: Head { products, windows, rises }, points } = self;
        let vectors = windows.width / S::F32_LANES;
        let ([h, w], [oh, ow]) = (windows.input, windows.output);
        let channels = products.first().map_or(0, |x| x.len()) / windows.pixels().max(1);
        let products: Vec<&[S::f32s]> = products.iter().map(|x| S::as_simd_f32s(x).0).collect();
        let terms: Vec<Vec<Term<'_, S>>> = points
            .iter()
            .map(|point| {
                let both = point.weights.iter().zip(&products).filter(|(w, _)| **w != 0.0);
                both.map(|(w, x)| (simd.splat_f32s(*w), *x)).collect()
            })
            .collect();
        let row = Row { vectors, w, ow, window: windows.window, stride: windows.stride, rises };
        for c in 0..channels {
            for oy in 0..oh {
                let from = (c * h + oy * windows.stride) * w * vectors;
                let to = (c * oh + oy) * ow * vectors;
                for (point, terms) in points.iter_mut().zip(&terms) {
                    let bias = simd.splat_f32s(point.bias.map_or(0.0, |bias| bias[c]));
                    let (y, _) = S::as_mut_simd_f32s(point.y);
                    let y = &mut y[to..][..ow * vectors];
                    match (terms.len(), point.bias.is_some()) {
                        (0, _) => row.fill::<S, 0, true>(simd, from, terms, bias, y),
                        (1, false) => row.fill::<S, 1, false>(simd, from, terms, bias, y),
                        (1, true) => row.fill::<S, 1, true>(simd, from, terms, bias, y),
                        (2, false) => row.fill::<S, 2, false>(simd, from, terms, bias, y),
                        (2, true) => row.fill::<S, 2, true>(simd, from, terms, bias, y),
                        (3, true) => row.fill::<S, 3, true>(simd, from, terms, bias, y),
                        (3, false) => row.fill::<S, 3, false>(simd, from, terms, bias, y),
                        (_, true) => row.fill::<S, MANY, true>(simd, from, terms, bias, y),
                        (_, false) => row.fill::<S, MANY, false>(simd, from, terms, bias, y),
                    }
                }
            }
        }
    }
}

/// As many terms as there are.
const MANY: usize = usize::MAX;

/// A row of outputs.
#[derive(Clone, Copy)]
struct Row {
    vectors: usize,
    /// Pixels in a row of the input and of the output.
    w: usize,
    ow: usize,
    window: [usize; 2],
    stride: usize,
    rises: bool,
}

type Term<'a, S> = (<S as Simd>::f32s, &'a [<S as Simd>::f32s]);

impl Row {
    #[inline(always)]
    fn fill<S: Simd, const TERMS: usize, const BIAS: bool>(
        self,
        simd: S,
        from: usize,
        terms: &[Term<'_, S>],
        bias: S::f32s,
        y: &mut [S::f32s],
    ) {
        let Row { vectors, w, ow, window: [rows, columns], stride, rises } = self;
        // What a row of windows looks at, in every term; so no place is asked for twice.
        let reach = ((rows - 1) * w + (ow - 1) * stride + columns) * vectors;
        let mut near = [(bias, &[][..]); 3];
        if TERMS <= 3 {
            for (near, (weight, x)) in near.iter_mut().zip(terms) {
                *near = (*weight, &x[from..][..reach]);
            }
        }
        for ox in 0..ow {
            for v in 0..vectors {
                let first = ox * stride * vectors + v;
                let mut largest = value::<S, TERMS, BIAS>(simd, &near, terms, from, first, bias);
                if rows == 2 && columns == 2 {
                    let others = [first + vectors, first + w * vectors, first + (w + 1) * vectors];
                    for at in others {
                        let x = value::<S, TERMS, BIAS>(simd, &near, terms, from, at, bias);
                        largest = simd.select_f32s(wins(simd, largest, x), x, largest);
                    }
                } else {
                    for number in 1..rows * columns {
                        let at = first + (number / columns * w + number % columns) * vectors;
                        let x = value::<S, TERMS, BIAS>(simd, &near, terms, from, at, bias);
                        largest = simd.select_f32s(wins(simd, largest, x), x, largest);
                    }
                }
                if rises {
                    let zero = simd.splat_f32s(0.0);
                    largest = simd.select_f32s(simd.less_than_f32s(largest, zero), zero, largest);
                }
                y[ox * vectors + v] = largest;
            }
        }
    }
}

/// Σ_j w_j p_j + b at one pixel.
#[inline(always)]
fn value<S: Simd, const TERMS: usize, const BIAS: bool>(
    simd: S,
    near: &[Term<'_, S>; 3],
    terms: &[Term<'_, S>],
    from: usize,
    at: usize,
    bias: S::f32s,
) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    if TERMS == MANY {
        for (number, (weight, x)) in terms.iter().enumerate() {
            let product = simd.mul_f32s(*weight, x[from + at]);
            sum = if number == 0 { product } else { simd.add_f32s(sum, product) };
        }
    } else {
        for (number, (weight, x)) in near.iter().enumerate().take(TERMS) {
            let product = simd.mul_f32s(*weight, x[at]);
            sum = if number == 0 { product } else { simd.add_f32s(sum, product) };
        }
    }
    if BIAS { simd.add_f32s(sum, bias) } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 31 + seed * 17) % 23) as f32 / 7.0 - 1.5).collect()
    }

    fn windows(input: [usize; 2], k: usize, stride: usize, width: usize) -> Pooled {
        let output = input.map(|n| (n - k) / stride + 1);
        Pooled { input, output, window: [k, k], stride, padding: 0, width }
    }

    /// One number after the other, in the order in which a network has it: sum, bias, rise, windows.
    fn plain(products: &[&[f32]], of: Pooled, rises: bool, weights: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let ([h, w], [oh, ow]) = (of.input, of.output);
        let channels = products[0].len() / (h * w * of.width);
        let value = |c: usize, row: usize, column: usize, lane: usize| {
            let at = ((c * h + row) * w + column) * of.width + lane;
            let terms = weights.iter().zip(products).filter(|(w, _)| **w != 0.0).map(|(w, x)| w * x[at]);
            let sum = terms.reduce(|a, b| a + b).unwrap_or(0.0) + bias.map_or(0.0, |b| b[c]);
            if rises && sum < 0.0 { 0.0 } else { sum }
        };
        let mut y = Vec::new();
        for (c, oy, ox) in (0..channels).flat_map(|c| (0..oh).flat_map(move |y| (0..ow).map(move |x| (c, y, x)))) {
            for lane in 0..of.width {
                let pixels = (0..of.window[0]).flat_map(|dy| (0..of.window[1]).map(move |dx| (dy, dx)));
                let larger = |a: f32, b: f32| if b > a || b.is_nan() { b } else { a };
                let value = |(dy, dx)| value(c, oy * of.stride + dy, ox * of.stride + dx, lane);
                y.push(pixels.map(value).reduce(larger).unwrap());
            }
        }
        y
    }

    #[test]
    fn every_kind_equals_the_plain_way_to_the_bit() {
        let weights: [&[f32]; 8] = [
            &[1.0],
            &[0.3],
            &[0.3, 0.7],
            &[1.0, 0.0],
            &[0.0, 1.0],
            &[-0.25, 2.0, 0.5],
            &[0.5, 0.0, 0.5],
            &[0.1, 0.2, 0.3, 0.4],
        ];
        for of in [
            windows([1, 1], 1, 1, 48),
            windows([1, 1], 1, 1, 16),
            windows([4, 6], 2, 2, 16),
            windows([5, 7], 2, 2, 32),
            windows([7, 5], 3, 2, 16),
            windows([6, 6], 3, 3, 32),
        ] {
            for channels in [1, 3] {
                let size = channels * of.input[0] * of.input[1] * of.width;
                let all: Vec<Vec<f32>> = (0..4).map(|seed| numbers(size, seed)).collect();
                for (rises, has_bias) in [(false, false), (true, false), (false, true), (true, true)] {
                    let bias = numbers(channels, 9);
                    let bias = has_bias.then_some(&bias[..]);
                    for count in 1..=4 {
                        let products: Vec<&[f32]> = all[..count].iter().map(|x| &x[..]).collect();
                        let weights: Vec<&[f32]> = weights.into_iter().filter(|w| w.len() == count).collect();
                        let wanted: Vec<Vec<f32>> =
                            weights.iter().map(|w| plain(&products, of, rises, w, bias)).collect();
                        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                            let mut found: Vec<Vec<f32>> = wanted.iter().map(|y| vec![9.0; y.len()]).collect();
                            let mut points: Vec<HeadPoint<'_>> = found
                                .iter_mut()
                                .zip(&weights)
                                .map(|(y, weights)| HeadPoint { weights, bias, y })
                                .collect();
                            let of = Head { products: &products, windows: of, rises };
                            kind.run(Heads { of, points: &mut points });
                            assert_eq!(found, wanted, "{kind:?}, {of:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_number_shows_wherever_it_stands_in_a_window() {
        for place in 0..4 {
            let mut x = vec![-1.0; 4 * 16];
            x[place * 16 + 3] = f32::NAN;
            for kind in Kind::ALL.into_iter().filter(|kind| kind.is_here()) {
                let mut y = vec![9.0; 16];
                let mut points = [HeadPoint { weights: &[1.0], bias: None, y: &mut y }];
                let of = Head { products: &[&x], windows: windows([2, 2], 2, 2, 16), rises: true };
                kind.run(Heads { of, points: &mut points });
                assert!(y.iter().enumerate().all(|(lane, y)| y.is_nan() == (lane == 3) && (lane == 3 || *y == 0.0)));
            }
        }
    }

    #[test]
    fn a_point_of_no_weight_is_its_bias() {
        let mut y = vec![9.0; 32];
        let mut points = [HeadPoint { weights: &[0.0], bias: Some(&[1.5, -2.0]), y: &mut y }];
        heads(Head { products: &[&[f32::INFINITY; 32]], windows: windows([1, 1], 1, 1, 16), rises: true }, &mut points);
        assert_eq!(y, [[1.5; 16], [0.0; 16]].concat());
    }

    #[test]
    #[should_panic(expected = "one weight for each product")]
    fn a_weight_too_many_is_refused() {
        let mut y = [0.0; 16];
        let mut points = [HeadPoint { weights: &[1.0, 2.0], bias: None, y: &mut y }];
        heads(Head { products: &[&[0.0; 16]], windows: windows([1, 1], 1, 1, 16), rises: false }, &mut points);
    }
}
