//! A batch of activations as a Burn tensor, and what layers do to it. Works the same with and without autodiff.

use burn::tensor::{
    Int, Tensor, TensorData, activation,
    module::{avg_pool2d, conv2d, max_pool2d},
    ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions},
};

use super::{Activation, Conv2d, Pool};

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

    /// Cross-correlation with W `[out, in, k, k]`, without bias.
    pub(super) fn convolved(self, weight: &Tensor<4>, layer: &Conv2d) -> Act {
        let (s, p) = (layer.stride, layer.padding);
        let options = ConvOptions::new([s, s], [p, p], [1, 1], 1);
        Act::Image(conv2d(self.image(), weight.clone(), None, options))
    }

    /// Adds one number per feature or channel.
    pub(super) fn plus_bias(self, bias: &Tensor<1>) -> Act {
        let n = bias.dims()[0];
        match self {
            Act::Flat(x) => Act::Flat(x + bias.clone().reshape([1, n])),
            Act::Image(x) => Act::Image(x + bias.clone().reshape([1, n, 1, 1])),
        }
    }

    pub(super) fn activated(self, a: Activation) -> Act {
        fn apply<const D: usize>(x: Tensor<D>, a: Activation) -> Tensor<D> {
            match a {
                Activation::Relu => activation::relu(x),
                Activation::Tanh => activation::tanh(x),
                Activation::Sigmoid => activation::sigmoid(x),
                Activation::Softplus => activation::softplus(x, 1.0),
            }
        }
        match self {
            Act::Flat(x) => Act::Flat(apply(x, a)),
            Act::Image(x) => Act::Image(apply(x, a)),
        }
    }

    pub(super) fn pooled(self, pool: Pool, k: usize) -> Act {
        let x = self.image();
        Act::Image(match pool {
            Pool::Max => max_pool2d(x, MaxPoolOptions::new([k, k]).with_stride([k, k])),
            Pool::Average => avg_pool2d(x, AvgPoolOptions::new([k, k]).with_stride([k, k])),
        })
    }

    /// `x[:, :, ::s, ::s]`
    pub(super) fn subsampled(self, s: usize) -> Act {
        let x = self.image();
        let [_, _, h, w] = x.dims();
        let every =
            |n: usize| TensorData::new((0..n).step_by(s).map(|i| i as i32).collect::<Vec<_>>(), [n.div_ceil(s)]);
        let (rows, columns) = (every(h), every(w));
        let device = x.device();
        let index = |data| Tensor::<1, Int>::from_data(data, &device);
        Act::Image(x.select(2, index(rows)).select(3, index(columns)))
    }

    /// Channels of zeros before and after.
    pub(super) fn padded(self, before: usize, after: usize) -> Act {
        let x = self.image();
        let [n, _, h, w] = x.dims();
        let device = x.device();
        let zeros = |c: usize| (c > 0).then(|| Tensor::zeros([n, c, h, w], &device));
        let parts = [zeros(before), Some(x), zeros(after)].into_iter().flatten().collect();
        Act::Image(Tensor::cat(parts, 1))
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
