//! The operations that networks are made of: few, because every reading has to know them all.

use std::{fmt, sync::Arc};

use burn::tensor::Tensor;

use super::{act::Act, host_act::HostAct, layout::ParamId, pointwise::Pointwise, windows::Windows};

/// An operation with its inputs: places of values in a network's graph, values of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op<V> {
    /// y = x Wᵀ + b
    Affine(V, Affine),
    /// 2-D cross-correlation plus bias.
    Conv2d(V, Conv2d),
    /// γ (x − μ) / √(σ² + ε) + β for every channel.
    BatchNorm(V, BatchNorm),
    /// A function of every number.
    Pointwise(V, &'static Pointwise),
    /// What a layer brings along.
    Local(V, Arc<LocalOp>),
    /// `[N, C, H, W]` to `[N, C·H·W]`.
    Flatten(V),
    /// The sum of two values of one shape.
    Add(V, V),
}

impl<V> Op<V> {
    /// The same operation on what `f` makes of the inputs, which it sees in their order.
    pub fn on<W>(&self, mut f: impl FnMut(&V) -> W) -> Op<W> {
        match self {
            Op::Affine(x, affine) => Op::Affine(f(x), *affine),
            Op::Conv2d(x, conv) => Op::Conv2d(f(x), *conv),
            Op::BatchNorm(x, norm) => Op::BatchNorm(f(x), *norm),
            Op::Pointwise(x, function) => Op::Pointwise(f(x), function),
            Op::Local(x, local) => Op::Local(f(x), local.clone()),
            Op::Flatten(x) => Op::Flatten(f(x)),
            Op::Add(x, y) => {
                let x = f(x);
                Op::Add(x, f(y))
            }
        }
    }

    /// Whether any coordinate of θ acts in it.
    pub fn has_parameters(&self) -> bool {
        match self {
            Op::Affine(..) | Op::Conv2d(..) | Op::BatchNorm(..) => true,
            Op::Local(_, local) => !local.parameters.is_empty(),
            Op::Pointwise(..) | Op::Flatten(_) | Op::Add(..) => false,
        }
    }
}

/// y = x Wᵀ + b, W `[out, in]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Affine {
    pub weight: ParamId,
    pub bias: Option<ParamId>,
}

/// 2-D cross-correlation, W `[out, in / groups, k, k]`, or `[out, in]` for a linear map of the channels of every pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    pub weight: ParamId,
    pub bias: Option<ParamId>,
    pub windows: Windows,
    /// Channels are cut into so many equal groups; a group of outputs sees one group of inputs.
    pub groups: usize,
}

/// Batch norm over the channels of an image: y = γ (x − μ) / √(σ² + ε) + β.
///
/// Which μ and σ² is decided by whoever reads the network, see [`Statistics`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNorm {
    /// γ
    pub weight: ParamId,
    /// β
    pub bias: ParamId,
    /// Running mean, in the layout of the buffers.
    pub mean: ParamId,
    /// Running variance, in the layout of the buffers.
    pub variance: ParamId,
}

impl BatchNorm {
    /// ε, PyTorch's default.
    pub const EPSILON: f64 = 1e-5;
    /// Share of the newest batch in the running statistics, PyTorch's default.
    pub const MOMENTUM: f64 = 0.1;
}

/// The statistics that batch norm uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    /// Those stored beside θ.
    Running,
    /// Mean and biased variance of the batch at hand.
    Batch,
}

/// An operation that treats every example by itself. A layer brings it along, so that one with arithmetic of its own is
/// one file.
pub trait Local: fmt::Debug + Send + Sync {
    /// The operation in words. Two that say the same do the same.
    fn words(&self) -> String;

    /// y on the host.
    fn on_host(&self, x: &HostAct, parameters: &[&[f32]]) -> HostAct;

    /// The windows without padding of whose numbers y is the maximum, if it is that and nothing else: then what never turns
    /// the order of numbers around may as well come after it.
    fn maximum(&self) -> Option<Maximum> {
        None
    }

    /// Whether the way back needs the numbers of x. If not, it gets an x with the form and without the numbers.
    fn needs_input(&self) -> bool {
        true
    }

    /// dL/dx on the host, from x and dL/dy.
    fn back(&self, x: &HostAct, dy: &HostAct, parameters: &[&[f32]]) -> HostAct;

    /// The derivative of L with respect to each parameter, summed over the examples of x.
    fn parameter_gradients(&self, _x: &HostAct, _dy: &HostAct, _parameters: &[&[f32]]) -> Vec<Vec<f64>> {
        Vec::new()
    }

    /// The change of y along a direction. As it stands, that of an operation that is linear in x and has no parameters.
    fn tangent(&self, along: &Along<'_>) -> HostAct {
        self.on_host(along.dx, along.parameters)
    }

    /// The change of [`Local::back`] along a direction, when dL/dy is `dy` and changes by `ddy`. As it stands, that of an
    /// operation that is linear in x and has no parameters.
    fn back_tangent(&self, along: &Along<'_>, _dy: &HostAct, ddy: &HostAct) -> HostAct {
        self.back(along.x, ddy, along.parameters)
    }

    /// The change of [`Local::parameter_gradients`] along a direction.
    fn parameter_gradients_tangent(&self, _along: &Along<'_>, _dy: &HostAct, _ddy: &HostAct) -> Vec<Vec<f64>> {
        Vec::new()
    }

    /// y on tensors; the way back is autodiff's.
    fn on_tensors(&self, x: Act, parameters: &[&Tensor<1>]) -> Act;
}

/// Windows that move over an image without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maximum {
    /// Height and width.
    pub window: [usize; 2],
    pub stride: usize,
}

impl Maximum {
    /// Windows of one pixel, which are the pixels themselves.
    pub const NONE: Maximum = Maximum { window: [1, 1], stride: 1 };

    /// Windows in an image of this height and width.
    pub fn outputs(self, [h, w]: [usize; 2]) -> [usize; 2] {
        let along = |n: usize, k: usize| (n - k) / self.stride + 1;
        [along(h, self.window[0]), along(w, self.window[1])]
    }
}

/// What a local operation acts on, and how that changes along a direction in θ.
#[derive(Clone, Copy)]
pub struct Along<'a> {
    pub x: &'a HostAct,
    pub dx: &'a HostAct,
    pub parameters: &'a [&'a [f32]],
    /// Of the parameters.
    pub changes: &'a [&'a [f32]],
}

/// A local operation and its place in θ.
#[derive(Debug)]
pub struct LocalOp {
    /// Vectors, in the order in which the operation gets them.
    pub parameters: Vec<ParamId>,
    pub what: Box<dyn Local>,
}

impl PartialEq for LocalOp {
    fn eq(&self, other: &Self) -> bool {
        self.parameters == other.parameters && self.what.words() == other.what.words()
    }
}

impl Eq for LocalOp {}
