//! A batch of activations as a Burn tensor, and what operations do to it. Works the same with and without autodiff.

use burn::tensor::{Tensor, module::conv2d, ops::ConvOptions};

use super::{pointwise::Pointwise, windows::Windows};

/// Activations of N examples.
#[derive(Clone, Debug)]
pub enum Act {
    /// `[N, C, H, W]`
    Image(Tensor<4>),
    /// `[N, F]`
    Flat(Tensor<2>),
}

impl Act {
    /// `[N, F]`, flattening images row-major.
    pub fn flat(self) -> Tensor<2> {
        match self {
            Act::Flat(x) => x,
            Act::Image(x) => {
                let [n, c, h, w] = x.dims();
                x.reshape([n, c * h * w])
            }
        }
    }

    /// `[N, C, H, W]`; flat activations count as F channels of one pixel.
    pub(super) fn image(self) -> Tensor<4> {
        match self {
            Act::Image(x) => x,
            Act::Flat(x) => {
                let [n, f] = x.dims();
                x.reshape([n, f, 1, 1])
            }
        }
    }

    /// x Wᵀ, W `[out, in]`.
    pub(super) fn times(self, weight: &Tensor<2>) -> Act {
        Act::Flat(self.flat().matmul(weight.clone().transpose()))
    }

    /// Cross-correlation with W `[out, in / groups, k, k]`, without bias.
    pub(super) fn convolved(self, weight: Tensor<4>, w: Windows, groups: usize) -> Act {
        let options = ConvOptions::new([w.stride; 2], [w.padding; 2], [w.dilation; 2], groups);
        Act::Image(conv2d(self.image(), weight, None, options))
    }

    /// Adds one number per feature or channel.
    pub(super) fn plus_bias(self, bias: &Tensor<1>) -> Act {
        let n = bias.dims()[0];
        match self {
            Act::Flat(x) => Act::Flat(x + bias.clone().reshape([1, n])),
            Act::Image(x) => Act::Image(x + bias.clone().reshape([1, n, 1, 1])),
        }
    }

    /// f of every number.
    pub(super) fn mapped(self, f: &Pointwise) -> Act {
        match self {
            Act::Flat(x) => Act::Flat((f.rows)(x)),
            Act::Image(x) => Act::Image((f.planes)(x)),
        }
    }

    /// The sum of two activations of one shape.
    pub(super) fn plus(self, other: Act) -> Act {
        match (self, other) {
            (Act::Image(x), Act::Image(y)) => Act::Image(x + y),
            (x, y) => Act::Flat(x.flat() + y.flat()),
        }
    }

    /// (1·`self` + …) over the same shape: Σ wⱼ xⱼ, a term of weight 0 left out and of weight 1 taken as it is, so that
    /// the ends of a line are the ends to the bit.
    pub(super) fn combined(terms: &[(f32, &Act)]) -> Option<Act> {
        fn sum<const D: usize>(terms: impl Iterator<Item = (f32, Tensor<D>)>) -> Option<Tensor<D>> {
            terms
                .filter(|(w, _)| *w != 0.0)
                .map(|(w, x)| if w == 1.0 { x } else { x.mul_scalar(w) })
                .reduce(|a, b| a + b)
        }
        match terms.first()?.1 {
            Act::Flat(_) => sum(terms.iter().map(|(w, x)| (*w, (*x).clone().flat()))).map(Act::Flat),
            Act::Image(_) => sum(terms.iter().map(|(w, x)| (*w, (*x).clone().image()))).map(Act::Image),
        }
    }
}
