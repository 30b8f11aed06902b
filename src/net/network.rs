//! A network: a function of θ and a batch of images.

use super::{
    graph::{Graph, Node},
    init::{self, Init},
    layout::ParamLayout,
    op::{Maximum, Op},
    reading::Reading,
    state::State,
};
use crate::{random, run::Weights};

/// A network's structure; it holds no numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    pub(super) input: [usize; 3],
    pub(super) classes: usize,
    pub(super) words: String,
    pub(super) graph: Graph,
    pub(super) layout: ParamLayout,
    /// How each tensor of the layout is drawn.
    pub(super) init: Vec<Init>,
    pub(super) buffers: ParamLayout,
    pub(super) buffer_init: Vec<Init>,
    pub(super) widest: usize,
    pub(super) total: usize,
    pub(super) largest_plane: usize,
    pub(super) multiplications: u64,
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

    /// The outputs (logits) of a batch under a reading.
    pub fn forward<R: Reading>(&self, reading: &mut R, x: R::Value) -> R::Value {
        self.graph.forward(reading, x)
    }

    /// The operations and where their inputs come from.
    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The first node with parameters, if its products with the data can be shared along a line of parameter points.
    pub(super) fn first_product(&self) -> Option<&Node> {
        self.graph.first_product()
    }

    /// Where the weight of that node lies in θ; empty when there is none.
    pub fn shared_first_weight(&self) -> std::ops::Range<usize> {
        match self.first_product() {
            Some(Op::Affine(_, l)) => self.layout.get(l.weight).range(),
            Some(Op::Conv2d(_, c)) => self.layout.get(c.weight).range(),
            _ => 0..0,
        }
    }

    /// Numbers per example that its product has.
    pub fn first_product_size(&self) -> Option<usize> {
        self.first_product_shape().map(|shape| shape.iter().product())
    }

    /// Numbers per example after it and what goes along with it (see [`Network::host_heads`]).
    pub fn head_size(&self) -> Option<usize> {
        let [c, h, w] = self.first_product_shape()?;
        let [h, w] = self.graph.head()?.windows.unwrap_or(Maximum::NONE).outputs([h, w]);
        Some(c * h * w)
    }

    fn first_product_shape(&self) -> Option<[usize; 3]> {
        let outputs = |weight| self.layout.get(weight).shape[0];
        match self.first_product()? {
            Op::Affine(_, l) => Some([outputs(l.weight), 1, 1]),
            Op::Conv2d(_, c) => Some([outputs(c.weight), c.windows.side(self.input[1]), c.windows.side(self.input[2])]),
            _ => None,
        }
    }

    /// A fresh θ_0 of length D from `seed`.
    pub fn initial_parameters(&self, seed: u64) -> Vec<f32> {
        init::fresh(&self.layout, &self.init, &mut random::stream(seed, "init"))
    }

    /// θ_0 and the running statistics beside it: mean 0, variance 1.
    pub fn initial_state(&self, seed: u64) -> State {
        let mut rng = random::stream(seed, "init");
        let theta = init::fresh(&self.layout, &self.init, &mut rng);
        State { theta, buffers: init::fresh(&self.buffers, &self.buffer_init, &mut rng) }
    }

    /// The same with weights drawn by a scheme and multiplied by `scale`. Under PyTorch's default and a scale of 1 it is
    /// [`Network::initial_state`] to the bit.
    pub fn initial_state_by(&self, seed: u64, weights: Weights, scale: f64) -> State {
        let mut rng = random::stream(seed, "init");
        let theta = init::drawn(&self.layout, &self.init, weights, scale, &mut rng);
        State { theta, buffers: init::fresh(&self.buffers, &self.buffer_init, &mut rng) }
    }

    /// The network in words: a known architecture as its paper puts it, any other layer by layer.
    pub fn describe(&self) -> String {
        self.words.clone()
    }

    /// Pixels of the largest convolution output, 1 without convolutions.
    pub fn largest_plane(&self) -> usize {
        self.largest_plane
    }

    /// Numbers that one example's activations take in the widest layer; for memory budgets.
    pub fn widest_activation(&self) -> usize {
        self.widest
    }

    /// Multiplications by weights that one example costs, forwards.
    pub fn multiplications(&self) -> u64 {
        self.multiplications
    }

    /// Numbers that one example's activations take in all layers together; what a gradient has to keep.
    pub fn total_activation(&self) -> usize {
        self.total
    }
}
