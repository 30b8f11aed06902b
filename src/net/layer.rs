//! The layers a network is made of, and what each does to a shape.

use super::{ParamId, ParamLayout, layout::ParamKind};

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

/// One layer; parameters are indices into the network's [`ParamLayout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    Linear(Linear),
    Conv2d(Conv2d),
    Activation(Activation),
    /// Square window, stride equal to its side, no padding.
    Pool(Pool, usize),
    Flatten,
}

impl Layer {
    /// Whether the layer's output is linear in its own weight when the input is fixed, bias aside.
    pub fn is_linear_in_its_weight(&self) -> bool {
        matches!(self, Layer::Linear(_) | Layer::Conv2d(_))
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
        }
    }
}

/// Builds layers one after the other, keeping the shape and the parameter layout in step.
pub(super) struct Builder {
    pub(super) shape: Shape,
    pub(super) layers: Vec<Layer>,
    pub(super) layout: ParamLayout,
}

impl Builder {
    pub(super) fn new(input: [usize; 3]) -> Self {
        Builder { shape: Shape::Image(input), layers: Vec::new(), layout: ParamLayout::default() }
    }

    /// Flattens when needed: a linear layer takes images as PyTorch users feed them, row-major.
    pub(super) fn linear(&mut self, name: &str, out: usize) -> Result<(), String> {
        if matches!(self.shape, Shape::Image(_)) {
            self.flatten();
        }
        positive("linear", out)?;
        let shape = Shape::Flat(out);
        affordable("linear", shape, out.checked_mul(self.shape.count()))?;
        let weight = self.layout.push(format!("{name}.weight"), vec![out, self.shape.count()], ParamKind::Weight);
        let bias = Some(self.layout.push(format!("{name}.bias"), vec![out], ParamKind::Bias));
        self.layers.push(Layer::Linear(Linear { weight, bias }));
        self.shape = shape;
        Ok(())
    }

    pub(super) fn conv(&mut self, name: &str, out: usize, k: usize, stride: usize, pad: usize) -> Result<(), String> {
        let Shape::Image([c, h, w]) = self.shape else {
            return Err(format!(
                "conv({out},{k}) needs an image but gets {} numbers; put it before flatten",
                self.shape
            ));
        };
        for n in [out, k, stride] {
            positive("conv", n)?;
        }
        if pad > h.max(w) {
            return Err(format!("conv({out},{k},{stride},{pad}) pads more than its {} input is wide", self.shape));
        }
        let side = |n: usize| (n + 2 * pad).checked_sub(k).map(|d| d / stride + 1);
        let (Some(oh), Some(ow)) = (side(h), side(w)) else {
            return Err(format!("conv({out},{k}) has a {k}×{k} window, larger than its {} input", self.shape));
        };
        let shape = Shape::Image([out, oh, ow]);
        affordable("conv", shape, out.checked_mul(c * k * k))?;
        let weight = self.layout.push(format!("{name}.weight"), vec![out, c, k, k], ParamKind::Weight);
        let bias = Some(self.layout.push(format!("{name}.bias"), vec![out], ParamKind::Bias));
        self.layers.push(Layer::Conv2d(Conv2d { weight, bias, stride, padding: pad }));
        self.shape = shape;
        Ok(())
    }

    pub(super) fn pool(&mut self, pool: Pool, k: usize) -> Result<(), String> {
        let Shape::Image([c, h, w]) = self.shape else {
            return Err(format!("pool({k}) needs an image but gets {} numbers; put it before flatten", self.shape));
        };
        positive("pool", k)?;
        if k > h || k > w {
            return Err(format!("pool({k}) has a {k}×{k} window, larger than its {} input", self.shape));
        }
        self.layers.push(Layer::Pool(pool, k));
        self.shape = Shape::Image([c, h / k, w / k]);
        Ok(())
    }

    pub(super) fn activation(&mut self, a: Activation) {
        self.layers.push(Layer::Activation(a));
    }

    pub(super) fn flatten(&mut self) {
        self.layers.push(Layer::Flatten);
        self.shape = Shape::Flat(self.shape.count());
    }
}

/// Largest tensor of a layer, in numbers: 1 GiB of f32. What is larger is a slip of the finger, and would end in a failed
/// allocation instead of an answer.
const LARGEST: usize = 1 << 28;

fn affordable(layer: &str, output: Shape, weights: Option<usize>) -> Result<(), String> {
    let activations = match output {
        Shape::Flat(f) => Some(f),
        Shape::Image([c, h, w]) => c.checked_mul(h).and_then(|n| n.checked_mul(w)),
    };
    match (weights, activations) {
        (Some(w), Some(a)) if w <= LARGEST && a <= LARGEST / 16 => Ok(()),
        _ => Err(format!("{layer} with {output} outputs is too large for this program; use fewer")),
    }
}

fn positive(layer: &str, n: usize) -> Result<(), String> {
    if n == 0 { Err(format!("{layer} with 0 in it; give 1 or more")) } else { Ok(()) }
}
