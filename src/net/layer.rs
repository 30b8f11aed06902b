//! The layers a network is made of, and what each does to a shape.

use super::{ParamId, ParamLayout};

/// Shape of one example's activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `[C, H, W]`
    Image([usize; 3]),
    /// `[F]`
    Flat(usize),
}

impl Shape {
    /// Numbers per example.
    pub fn count(self) -> usize {
        match self {
            Shape::Image(d) => d.iter().product(),
            Shape::Flat(f) => f,
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Image([c, h, w]) => write!(f, "{c}×{h}×{w}"),
            Shape::Flat(n) => write!(f, "{n}"),
        }
    }
}

/// An element-wise non-linearity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Relu,
    Tanh,
    Sigmoid,
    /// ln(1 + eˣ)
    Softplus,
}

impl Activation {
    /// Every activation and its name in a stack.
    pub const ALL: [(&str, Activation); 4] = [
        ("relu", Activation::Relu),
        ("tanh", Activation::Tanh),
        ("sigmoid", Activation::Sigmoid),
        ("softplus", Activation::Softplus),
    ];
}

/// How a pooling window is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Max,
    Average,
}

/// y = x Wᵀ + b, W `[out, in]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    pub weight: ParamId,
    pub bias: Option<ParamId>,
}

/// 2-D cross-correlation, W `[out, in, k, k]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    pub weight: ParamId,
    pub bias: Option<ParamId>,
    pub stride: usize,
    pub padding: usize,
}

/// Batch norm over the channels of an image: y = γ (x − μ) / √(σ² + ε) + β.
///
/// Which μ and σ² is decided by whoever reads the layer, see [`Statistics`].
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

/// y = body(x) + shortcut(x); an empty shortcut is the identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residual {
    pub body: Vec<Layer>,
    pub shortcut: Vec<Layer>,
}

/// One layer; parameters are indices into the network's [`ParamLayout`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer {
    Linear(Linear),
    Conv2d(Conv2d),
    BatchNorm(BatchNorm),
    Activation(Activation),
    /// Square window, stride equal to its side, no padding.
    Pool(Pool, usize),
    /// Every so many rows and columns, from the first on: `x[:, :, ::s, ::s]`.
    Subsample(usize),
    /// Channels of zeros before and after.
    PadChannels {
        before: usize,
        after: usize,
    },
    Flatten,
    Residual(Residual),
}

impl Layer {
    /// Whether the layer's output is linear in its own weight when the input is fixed, bias aside.
    pub fn is_linear_in_its_weight(&self) -> bool {
        matches!(self, Layer::Linear(_) | Layer::Conv2d(_))
    }

    /// Whether any coordinate of θ acts in it.
    pub fn has_parameters(&self) -> bool {
        match self {
            Layer::Linear(_) | Layer::Conv2d(_) | Layer::BatchNorm(_) => true,
            Layer::Residual(r) => r.body.iter().chain(&r.shortcut).any(Layer::has_parameters),
            Layer::Activation(_)
            | Layer::Pool(..)
            | Layer::Subsample(_)
            | Layer::PadChannels { .. }
            | Layer::Flatten => false,
        }
    }

    /// The layer in words, for manifests and tooltips.
    pub fn describe(&self, layout: &ParamLayout) -> String {
        let dims = |id: ParamId| layout.get(id).shape.clone();
        match self {
            Layer::Linear(l) => format!("linear {}→{}", dims(l.weight)[1], dims(l.weight)[0]),
            Layer::Conv2d(c) => {
                let d = dims(c.weight);
                let mut text = format!("conv {}→{} {}×{}", d[1], d[0], d[2], d[3]);
                if c.stride != 1 {
                    text += &format!(" stride {}", c.stride);
                }
                if c.padding != 0 {
                    text += &format!(" padding {}", c.padding);
                }
                text
            }
            Layer::Activation(a) => {
                Activation::ALL.iter().find(|(_, b)| a == b).map_or("activation", |(n, _)| n).to_string()
            }
            Layer::Pool(Pool::Max, k) => format!("max pool {k}×{k}"),
            Layer::Pool(Pool::Average, k) => format!("average pool {k}×{k}"),
            Layer::Flatten => "flatten".into(),
            Layer::BatchNorm(b) => format!("batch norm {}", dims(b.weight)[0]),
            Layer::Subsample(s) => format!("every {s}. pixel"),
            Layer::PadChannels { before, after } => format!("{before} + {after} zero channels"),
            Layer::Residual(r) if r.shortcut.is_empty() => format!("({}) + x", describe(&r.body, layout)),
            Layer::Residual(r) => format!("({}) + ({})", describe(&r.body, layout), describe(&r.shortcut, layout)),
        }
    }
}

/// Layers in words, one after the other.
pub(super) fn describe(layers: &[Layer], layout: &ParamLayout) -> String {
    let words: Vec<_> = layers.iter().map(|l| l.describe(layout)).collect();
    words.join(" | ")
}
