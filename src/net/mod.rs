//! Networks as pure functions of a parameter vector.
//!
//! A [`Network`] is a list of layers and a [`ParamLayout`]; it holds no numbers. [`Network::forward`] walks the layers
//! once, over the values of a [`Reading`]: plain tensors ([`Primal`], with or without autodiff), many parameter points at
//! once ([`Fan`]), or plain slices on the CPU ([`Host`]).

mod act;
mod arch;
mod buffer;
mod build;
mod builder;
mod description;
mod fan;
mod host;
mod init;
mod kernel;
mod layer;
mod layout;
mod primal;
mod recognise;
mod shapes;
mod stack;
mod state;

pub use act::Act;
pub use arch::NAMES;
pub use build::NetError;
pub use fan::{Fan, FanPoints, FirstProduct, combine, combine_beside};
pub use host::{Host, HostAct, Parts, Tape};
pub use layer::{Activation, BatchNorm, Conv2d, Layer, Linear, Pool, Residual, Shape, Statistics};
pub use layout::{Param, ParamId, ParamKind, ParamLayout};
pub use primal::{Primal, Tensors};
pub use recognise::{Recognised, Unrecognised, recognise};
pub use state::State;

/// A way to interpret the layers: what a value is, and what each operation does to it.
///
/// Operations take the layer, not its numbers; a reading knows the parameter points that it stands for.
pub trait Reading {
    /// The activation of a batch under this reading; cheap to copy.
    type Value: Clone;

    /// y = x Wᵀ + b.
    fn linear(&mut self, x: Self::Value, layer: &Linear) -> Self::Value;
    /// 2-D cross-correlation plus bias.
    fn conv2d(&mut self, x: Self::Value, layer: &Conv2d) -> Self::Value;
    /// γ (x − μ) / √(σ² + ε) + β for every channel.
    fn batch_norm(&mut self, x: Self::Value, layer: &BatchNorm) -> Self::Value;
    /// An element-wise non-linearity.
    fn activation(&mut self, x: Self::Value, activation: Activation) -> Self::Value;
    /// A square window of side `k`, stride `k`.
    fn pool(&mut self, x: Self::Value, pool: Pool, k: usize) -> Self::Value;
    /// `x[:, :, ::s, ::s]`
    fn subsample(&mut self, x: Self::Value, s: usize) -> Self::Value;
    /// Channels of zeros before and after those of x.
    fn pad_channels(&mut self, x: Self::Value, before: usize, after: usize) -> Self::Value;
    /// `[N, C, H, W]` to `[N, C·H·W]`.
    fn flatten(&mut self, x: Self::Value) -> Self::Value;
    /// The sum of the two ways through a residual block.
    fn add(&mut self, x: Self::Value, y: Self::Value) -> Self::Value;
}

/// A network's structure: a function of θ and a batch of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    input: [usize; 3],
    classes: usize,
    /// The network in words, where that says more than its layers do.
    about: Option<String>,
    layers: Vec<Layer>,
    layout: ParamLayout,
    buffers: ParamLayout,
    widest: usize,
    total: usize,
    largest_plane: usize,
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

    /// Names, shapes and places of the running statistics of batch norm.
    pub fn buffers(&self) -> &ParamLayout {
        &self.buffers
    }

    /// Whether outputs depend on batch statistics.
    pub fn has_batch_norm(&self) -> bool {
        !self.buffers.is_empty()
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
            _ => None,
        }
    }

    /// The outputs (logits) of a batch under a reading.
    pub fn forward<R: Reading>(&self, reading: &mut R, x: R::Value) -> R::Value {
        through(&self.layers, reading, x)
    }

    /// The network in words: a known architecture as its paper puts it, any other layer by layer.
    pub fn describe(&self) -> String {
        match &self.about {
            Some(about) => about.clone(),
            None => layer::describe(&self.layers, &self.layout),
        }
    }

    /// Pixels of the largest convolution output, 1 without convolutions.
    pub fn largest_plane(&self) -> usize {
        self.largest_plane
    }

    /// Numbers that one example's activations take in the widest layer; for memory budgets.
    pub fn widest_activation(&self) -> usize {
        self.widest
    }

    /// Numbers that one example's activations take in all layers together; what a gradient has to keep.
    pub fn total_activation(&self) -> usize {
        self.total
    }
}

fn through<R: Reading>(layers: &[Layer], reading: &mut R, x: R::Value) -> R::Value {
    layers.iter().fold(x, |x, layer| match layer {
        Layer::Linear(l) => reading.linear(x, l),
        Layer::Conv2d(c) => reading.conv2d(x, c),
        Layer::BatchNorm(b) => reading.batch_norm(x, b),
        Layer::Activation(a) => reading.activation(x, *a),
        Layer::Pool(p, k) => reading.pool(x, *p, *k),
        Layer::Subsample(s) => reading.subsample(x, *s),
        Layer::PadChannels { before, after } => reading.pad_channels(x, *before, *after),
        Layer::Flatten => reading.flatten(x),
        Layer::Residual(r) => {
            let body = through(&r.body, reading, x.clone());
            let shortcut = through(&r.shortcut, reading, x);
            reading.add(body, shortcut)
        }
    })
}
