//! Networks as pure functions of a parameter vector.
//!
//! A [`Network`] is a list of layers and a [`ParamLayout`]; it holds no numbers. [`Network::forward`] walks the layers
//! once, over the values of a [`Reading`]: plain tensors ([`Primal`], with or without autodiff), many parameter points at
//! once ([`Fan`]), or plain slices on the CPU ([`Host`]).

mod act;
mod buffer;
mod build;
mod fan;
mod host;
mod init;
mod kernel;
mod layer;
mod layout;
mod primal;
mod state;

pub use act::Act;
pub use build::{NAMES, NetError};
pub use fan::{Fan, FanPoints, FirstProduct, combine_beside};
pub use host::{Host, HostAct};
pub use layer::{Activation, Conv2d, Layer, Linear, Pool, Shape};
pub use layout::{Param, ParamId, ParamKind, ParamLayout};
pub use primal::{Primal, Tensors};
pub use state::State;

/// A way to interpret the layers: what a value is, and what each operation does to it.
///
/// Operations take the layer, not its numbers; a reading knows the parameter points that it stands for.
pub trait Reading {
    /// The activation of a batch under this reading.
    type Value;

    /// y = x Wᵀ + b.
    fn linear(&mut self, x: Self::Value, layer: &Linear) -> Self::Value;
    /// 2-D cross-correlation plus bias.
    fn conv2d(&mut self, x: Self::Value, layer: &Conv2d) -> Self::Value;
    /// An element-wise non-linearity.
    fn activation(&mut self, x: Self::Value, activation: Activation) -> Self::Value;
    /// A square window of side `k`, stride `k`.
    fn pool(&mut self, x: Self::Value, pool: Pool, k: usize) -> Self::Value;
    /// `[N, C, H, W]` to `[N, C·H·W]`.
    fn flatten(&mut self, x: Self::Value) -> Self::Value;
}

/// A network's structure: a function of θ and a batch of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    input: [usize; 3],
    classes: usize,
    layers: Vec<Layer>,
    layout: ParamLayout,
}

impl Network {
    /// `[C, H, W]` of one example.
    pub fn input(&self) -> [usize; 3] {
        self.input
    }

    /// Outputs per example.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Names, shapes and places of the parameters.
    pub fn layout(&self) -> &ParamLayout {
        &self.layout
    }

    /// The first layer that has parameters, if nothing but reshaping comes before it and its output is linear in its
    /// weight: its products with the data can then be shared along a line of parameter points.
    pub fn shared_first_layer(&self) -> Option<&Layer> {
        let first = self.layers.iter().find(|l| !matches!(l, Layer::Flatten))?;
        first.is_linear_in_its_weight().then_some(first)
    }

    /// Where the shared first layer's weight lies in θ; empty when there is none.
    pub fn shared_first_weight(&self) -> std::ops::Range<usize> {
        match self.shared_first_layer() {
            Some(Layer::Linear(l)) => self.layout.get(l.weight).range(),
            Some(Layer::Conv2d(c)) => self.layout.get(c.weight).range(),
            _ => 0..0,
        }
    }

    /// Numbers per example that the shared first layer gives.
    pub fn first_product_size(&self) -> Option<usize> {
        match self.shared_first_layer()? {
            Layer::Linear(l) => Some(self.layout.get(l.weight).shape[0]),
            Layer::Conv2d(c) => {
                let w = &self.layout.get(c.weight).shape;
                let side = |n: usize| (n + 2 * c.padding - w[2]) / c.stride + 1;
                Some(w[0] * side(self.input[1]) * side(self.input[2]))
            }
            Layer::Activation(_) | Layer::Pool(..) | Layer::Flatten => None,
        }
    }

    /// The outputs (logits) of a batch under a reading.
    pub fn forward<R: Reading>(&self, reading: &mut R, x: R::Value) -> R::Value {
        self.layers.iter().fold(x, |x, layer| match layer {
            Layer::Linear(l) => reading.linear(x, l),
            Layer::Conv2d(c) => reading.conv2d(x, c),
            Layer::Activation(a) => reading.activation(x, *a),
            Layer::Pool(p, k) => reading.pool(x, *p, *k),
            Layer::Flatten => reading.flatten(x),
        })
    }

    /// The layers in words.
    pub fn describe(&self) -> String {
        let words: Vec<_> = self.layers.iter().map(|l| l.describe(&self.layout)).collect();
        words.join(" | ")
    }

    /// Pixels of the largest convolution output, 1 without convolutions.
    pub fn largest_plane(&self) -> usize {
        let mut image = self.input;
        let mut largest = 1;
        for layer in &self.layers {
            match layer {
                Layer::Conv2d(c) => {
                    let w = &self.layout.get(c.weight).shape;
                    let side = |n: usize| (n + 2 * c.padding - w[2]) / c.stride + 1;
                    image = [w[0], side(image[1]), side(image[2])];
                    largest = largest.max(image[1] * image[2]);
                }
                Layer::Pool(_, k) => image = [image[0], image[1] / k, image[2] / k],
                Layer::Linear(_) | Layer::Activation(_) | Layer::Flatten => {}
            }
        }
        largest
    }

    /// Numbers that one example's activations take in the widest layer; for memory budgets.
    pub fn widest_activation(&self) -> usize {
        let mut widest: usize = self.input.iter().product();
        let mut image = self.input;
        for layer in &self.layers {
            let count = match layer {
                Layer::Linear(l) => self.layout.get(l.weight).shape[0],
                Layer::Conv2d(c) => {
                    let w = &self.layout.get(c.weight).shape;
                    let side = |n: usize| (n + 2 * c.padding - w[2]) / c.stride + 1;
                    image = [w[0], side(image[1]), side(image[2])];
                    // The library unfolds the windows of a convolution into a matrix: count it too.
                    image.iter().product::<usize>() + w[1] * w[2] * w[3] * image[1] * image[2]
                }
                Layer::Pool(_, k) => {
                    image = [image[0], image[1] / k, image[2] / k];
                    image.iter().product()
                }
                Layer::Activation(_) | Layer::Flatten => 0,
            };
            widest = widest.max(count);
        }
        widest
    }
}
