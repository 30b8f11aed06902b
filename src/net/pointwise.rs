//! Functions of one number, applied to all numbers of an activation: one table for every reading.

use std::fmt;

use burn::tensor::{Tensor, activation};

use valleyscope_kernels::wide;

/// What of a forward pass the derivatives of a function are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// x
    Input,
    /// y = f(x), which costs nothing where the next layer keeps it, too.
    Output,
}

/// A function y = f(x) of one number, for every reading.
///
/// The host's take slices, so that a loop is compiled for each function and a cheap one runs at the speed of memory.
#[derive(Clone, Copy)]
pub struct Pointwise {
    /// Its name in stacks and descriptions.
    pub name: &'static str,
    /// What `back` and `second` get beside dL/dy.
    pub keeps: Keeps,
    /// Turns x into f(x).
    pub apply: fn(&mut [f32]),
    /// Turns dL/dy into dL/dx = f′ dL/dy, beside what was kept.
    pub back: fn(&mut [f32], &[f32]),
    /// f″ from what was kept.
    pub second: fn(f32) -> f32,
    /// f of rows on tensors.
    pub rows: fn(Tensor<2>) -> Tensor<2>,
    /// f of images on tensors.
    pub planes: fn(Tensor<4>) -> Tensor<4>,
}

/// A line of the table: name, what is kept, f(x), dL/dx from dL/dy and what was kept, f″ from what was kept, f on tensors.
macro_rules! pointwise {
    ($name:literal, $keeps:ident, |$x:ident| $value:expr, |$d:ident, $k:ident| $back:expr, |$s:ident| $second:expr,
     $tensor:expr) => {
        Pointwise {
            name: $name,
            keeps: Keeps::$keeps,
            apply: |values| {
                wide(|| {
                    values.iter_mut().for_each(|value| {
                        let $x = *value;
                        *value = $value;
                    })
                })
            },
            back: |slopes, kept| {
                wide(|| {
                    slopes.iter_mut().zip(kept).for_each(|(slope, kept)| {
                        let ($d, $k) = (*slope, *kept);
                        *slope = $back;
                    })
                })
            },
            second: |$s| $second,
            rows: $tensor,
            planes: $tensor,
        }
    };
}

/// max(x, 0), the function of the architectures known by name. Not `f32::max`, which would turn a NaN into 0 and hide it;
/// and 0·y is 0 unless y is not a number, which must show.
pub const RELU: Pointwise = pointwise!(
    "relu",
    Output,
    |x| if x < 0.0 { 0.0 } else { x },
    |d, y| if y > 0.0 { d } else { 0.0 * y },
    |y| 0.0 * y,
    activation::relu
);

/// Every function, in the order in which messages name them.
pub static POINTWISE: &[Pointwise] = &[
    RELU,
    pointwise!("tanh", Output, |x| x.tanh(), |d, y| d * (1.0 - y * y), |y| -2.0 * y * (1.0 - y * y), activation::tanh),
    pointwise!(
        "sigmoid",
        Output,
        |x| 1.0 / (1.0 + (-x).exp()),
        |d, y| d * (y * (1.0 - y)),
        |y| y * (1.0 - y) * (1.0 - 2.0 * y),
        activation::sigmoid
    ),
    // ln(1 + eˣ) without overflow. Its derivative is the sigmoid of x, 1 − e^{−y}.
    pointwise!(
        "softplus",
        Output,
        |x| x.max(0.0) + (-x.abs()).exp().ln_1p(),
        |d, y| d * -(-y).exp_m1(),
        |y| -(-y).exp_m1() * (-y).exp(),
        |x| activation::softplus(x, 1.0)
    ),
    // x Φ(x) with the exact Φ, as nn.GELU() without `approximate` (Hendrycks and Gimpel 2016). φ′(x) = −x φ(x).
    pointwise!(
        "gelu",
        Input,
        |x| x * normal_distribution(x),
        |d, x| d * (normal_distribution(x) + x * normal_density(x)),
        |x| normal_density(x) * (2.0 - x * x),
        activation::gelu
    ),
    // x σ(x)
    pointwise!(
        "silu",
        Input,
        |x| x * sigmoid(x),
        |d, x| d * (sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))),
        |x| sigmoid(x) * (1.0 - sigmoid(x)) * (2.0 + x * (1.0 - 2.0 * sigmoid(x))),
        activation::silu
    ),
    // min(max(x, 0), 6), of MobileNetV2. As in PyTorch the slope at both kinks is 0.
    pointwise!(
        "relu6",
        Output,
        |x| x.clamp(0.0, 6.0),
        |d, y| if y > 0.0 && y < 6.0 { d } else { 0.0 * y },
        |y| 0.0 * y,
        |x| 6.0 - activation::relu(6.0 - activation::relu(x))
    ),
];

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Φ, the distribution function of the standard normal.
fn normal_distribution(x: f32) -> f32 {
    0.5 * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// φ, its density.
fn normal_density(x: f32) -> f32 {
    (-0.5 * x * x).exp() * (0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2)
}

impl Pointwise {
    /// The function of a name.
    pub fn named(name: &str) -> Option<&'static Pointwise> {
        POINTWISE.iter().find(|f| f.name == name)
    }
}

/// Two of one name are the same.
impl PartialEq for Pointwise {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Pointwise {}

impl fmt::Debug for Pointwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f, what is kept there, and f′.
    fn at(f: &Pointwise, x: f32) -> (f64, f32, f64) {
        let mut value = [x];
        (f.apply)(&mut value);
        let kept = if f.keeps == Keeps::Input { x } else { value[0] };
        let mut slope = [1.0f32];
        (f.back)(&mut slope, &[kept]);
        (value[0].into(), kept, slope[0].into())
    }

    /// Both derivatives against central differences, away from a kink at 0.
    #[test]
    fn derivatives_are_those_of_the_function() {
        const H: f32 = 1.0 / 64.0;
        for f in POINTWISE {
            for x in [-3.0f32, -1.25, -0.5, 0.25, 1.0, 2.5] {
                let ((below, _, slope_below), (_, kept, slope), (above, _, slope_above)) =
                    (at(f, x - H), at(f, x), at(f, x + H));
                let across = 2.0 * f64::from(H);
                assert!((slope - (above - below) / across).abs() < 5e-4, "{f:?}′ at {x}");
                let second = f64::from((f.second)(kept));
                assert!((second - (slope_above - slope_below) / across).abs() < 5e-4, "{f:?}″ at {x}");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for f in POINTWISE {
            let (value, kept, slope) = at(f, f32::NAN);
            assert!(value.is_nan() && slope.is_nan() && (f.second)(kept).is_nan(), "{f:?}");
        }
    }

    #[test]
    fn names_differ() {
        for f in POINTWISE {
            assert_eq!(POINTWISE.iter().filter(|g| *g == f).count(), 1);
            assert_eq!(Pointwise::named(f.name), Some(f));
        }
        assert_eq!(Pointwise::named("rellu"), None);
    }
}
