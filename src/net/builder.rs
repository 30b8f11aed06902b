//! Puts layers one after the other, keeping the shape and the parameter layout in step.

use super::{
    Network,
    layer::{self, Activation, BatchNorm, Conv2d, Layer, Linear, Pool, Residual, Shape},
    layout::{ParamKind, ParamLayout},
};

/// A convolution to be built: outputs, side of the window, stride, padding, bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConvSpec {
    pub out: usize,
    pub k: usize,
    pub stride: usize,
    pub pad: usize,
    pub bias: bool,
}

impl ConvSpec {
    /// A k×k window that moves by one, without padding, with bias.
    pub(super) fn new(out: usize, k: usize) -> ConvSpec {
        ConvSpec { out, k, stride: 1, pad: 0, bias: true }
    }

    pub(super) fn stride(self, stride: usize) -> ConvSpec {
        ConvSpec { stride, ..self }
    }

    pub(super) fn pad(self, pad: usize) -> ConvSpec {
        ConvSpec { pad, ..self }
    }

    /// What comes before batch norm needs no bias.
    pub(super) fn no_bias(self) -> ConvSpec {
        ConvSpec { bias: false, ..self }
    }
}

/// A network in the making. Errors say what is wrong and what to write instead.
pub(super) struct Builder {
    input: [usize; 3],
    /// The network in words, where that says more than its layers do.
    pub(super) about: Option<String>,
    /// Shape of what the layers so far give.
    pub(super) shape: Shape,
    layers: Vec<Layer>,
    layout: ParamLayout,
    buffers: ParamLayout,
    widest: usize,
    total: usize,
    largest_plane: usize,
}

/// Nothing, or what is wrong and what to write instead.
pub(super) type Built = Result<(), String>;

impl Builder {
    pub(super) fn new(input: [usize; 3]) -> Self {
        Builder {
            input,
            about: None,
            shape: Shape::Image(input),
            layers: Vec::new(),
            layout: ParamLayout::default(),
            buffers: ParamLayout::default(),
            widest: input.iter().product(),
            total: input.iter().product(),
            largest_plane: 1,
        }
    }

    /// The network, which must end in one output per class.
    pub(super) fn finish(self, classes: usize) -> Result<Network, String> {
        match self.shape {
            Shape::Flat(n) if n == classes => {}
            shape => {
                return Err(format!(
                    "it ends in {shape} outputs, the data has {classes} classes; end it with linear({classes})"
                ));
            }
        }
        if self.layout.is_empty() {
            return Err("it has no parameters; add a linear or conv layer".into());
        }
        Ok(Network {
            input: self.input,
            classes,
            about: self.about,
            layers: self.layers,
            layout: self.layout,
            buffers: self.buffers,
            widest: self.widest,
            total: self.total,
            largest_plane: self.largest_plane,
        })
    }

    /// The layers so far in words.
    pub(super) fn describe(&self) -> String {
        layer::describe(&self.layers, &self.layout)
    }

    /// Notes what the newest layer gives, and the numbers it needs on the side.
    fn gives(&mut self, shape: Shape, beside: usize) {
        self.shape = shape;
        self.widest = self.widest.max(shape.count() + beside);
        self.total += shape.count();
    }

    fn image(&self, layer: &str) -> Result<[usize; 3], String> {
        match self.shape {
            Shape::Image(d) => Ok(d),
            Shape::Flat(_) => {
                Err(format!("{layer} needs an image but gets {} numbers; put it before flatten", self.shape))
            }
        }
    }

    /// Flattens when needed: a linear layer takes images as PyTorch users feed them, row-major.
    pub(super) fn linear(&mut self, name: &str, out: usize) -> Built {
        self.linear_map(name, out, true)
    }

    /// A linear layer with or without bias.
    pub(super) fn linear_map(&mut self, name: &str, out: usize, bias: bool) -> Built {
        if matches!(self.shape, Shape::Image(_)) {
            self.flatten();
        }
        positive("linear", out)?;
        let shape = Shape::Flat(out);
        affordable("linear", shape, out.checked_mul(self.shape.count()))?;
        let weight = self.layout.push(format!("{name}.weight"), vec![out, self.shape.count()], ParamKind::Weight);
        let bias = bias.then(|| self.layout.push(format!("{name}.bias"), vec![out], ParamKind::Bias));
        self.layers.push(Layer::Linear(Linear { weight, bias }));
        self.gives(shape, 0);
        Ok(())
    }

    pub(super) fn conv(&mut self, name: &str, spec: ConvSpec) -> Built {
        let ConvSpec { out, k, stride, pad, bias } = spec;
        let [c, h, w] = self.image(&format!("conv({out},{k})"))?;
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
        let bias = bias.then(|| self.layout.push(format!("{name}.bias"), vec![out], ParamKind::Bias));
        self.layers.push(Layer::Conv2d(Conv2d { weight, bias, stride, padding: pad }));
        // The windows of a convolution are unfolded into a matrix.
        self.gives(shape, c * k * k * oh * ow);
        self.largest_plane = self.largest_plane.max(oh * ow);
        Ok(())
    }

    pub(super) fn batch_norm(&mut self, name: &str) -> Built {
        let [c, ..] = self.image("batchnorm")?;
        let weight = self.layout.push(format!("{name}.weight"), vec![c], ParamKind::Norm);
        let bias = self.layout.push(format!("{name}.bias"), vec![c], ParamKind::Norm);
        let mean = self.buffers.push(format!("{name}.running_mean"), vec![c], ParamKind::Norm);
        let variance = self.buffers.push(format!("{name}.running_var"), vec![c], ParamKind::Norm);
        self.layers.push(Layer::BatchNorm(BatchNorm { weight, bias, mean, variance }));
        self.gives(self.shape, 0);
        Ok(())
    }

    pub(super) fn pool(&mut self, pool: Pool, k: usize) -> Built {
        let [c, h, w] = self.image(&format!("pool({k})"))?;
        positive("pool", k)?;
        if k > h || k > w {
            return Err(format!("pool({k}) has a {k}×{k} window, larger than its {} input", self.shape));
        }
        self.layers.push(Layer::Pool(pool, k));
        self.gives(Shape::Image([c, h / k, w / k]), 0);
        Ok(())
    }

    /// The mean over each whole plane, as F numbers.
    pub(super) fn global_average(&mut self) -> Built {
        let [_, h, w] = self.image("globalavg")?;
        if h != w {
            return Err(format!("globalavg needs a square image but gets {}", self.shape));
        }
        self.pool(Pool::Average, h)?;
        self.flatten();
        Ok(())
    }

    /// Keeps every s-th row and column.
    pub(super) fn subsample(&mut self, s: usize) -> Built {
        let [c, h, w] = self.image("subsample")?;
        positive("subsample", s)?;
        self.layers.push(Layer::Subsample(s));
        self.gives(Shape::Image([c, h.div_ceil(s), w.div_ceil(s)]), 0);
        Ok(())
    }

    /// Adds channels of zeros.
    pub(super) fn pad_channels(&mut self, before: usize, after: usize) -> Built {
        let [c, h, w] = self.image("pad")?;
        let channels = before.checked_add(after).and_then(|n| n.checked_add(c));
        let shape = Shape::Image([channels.unwrap_or(usize::MAX), h, w]);
        affordable("pad", shape, Some(0))?;
        self.layers.push(Layer::PadChannels { before, after });
        self.gives(shape, 0);
        Ok(())
    }

    pub(super) fn activation(&mut self, a: Activation) {
        self.layers.push(Layer::Activation(a));
        self.gives(self.shape, 0);
    }

    pub(super) fn flatten(&mut self) {
        self.layers.push(Layer::Flatten);
        self.shape = Shape::Flat(self.shape.count());
    }

    /// body(x) + shortcut(x); a shortcut that builds nothing is the identity.
    pub(super) fn residual<E: From<String>>(
        &mut self,
        body: impl FnOnce(&mut Builder) -> Result<(), E>,
        shortcut: impl FnOnce(&mut Builder) -> Result<(), E>,
    ) -> Result<(), E> {
        let input = self.shape;
        let outside = std::mem::take(&mut self.layers);
        body(self)?;
        let body = std::mem::take(&mut self.layers);
        let output = std::mem::replace(&mut self.shape, input);
        shortcut(self)?;
        if self.shape != output {
            return Err(
                format!("a residual block adds {output} from its body to {} from its shortcut", self.shape).into()
            );
        }
        let shortcut = std::mem::replace(&mut self.layers, outside);
        self.layers.push(Layer::Residual(Residual { body, shortcut }));
        Ok(())
    }
}

/// Largest tensor of a layer, in numbers: 1 GiB of f32. What is larger is a slip of the finger, and would end in a failed
/// allocation instead of an answer.
const LARGEST: usize = 1 << 28;

fn affordable(layer: &str, output: Shape, weights: Option<usize>) -> Built {
    let activations = match output {
        Shape::Flat(f) => Some(f),
        Shape::Image([c, h, w]) => c.checked_mul(h).and_then(|n| n.checked_mul(w)),
    };
    match (weights, activations) {
        (Some(w), Some(a)) if w <= LARGEST && a <= LARGEST / 16 => Ok(()),
        _ => Err(format!("{layer} with {output} outputs is too large for this program; use fewer")),
    }
}

fn positive(layer: &str, n: usize) -> Built {
    if n == 0 { Err(format!("{layer} with 0 in it; give 1 or more")) } else { Ok(()) }
}

#[cfg(test)]
impl Network {
    /// A network with both kinds of shortcut, strides, padding and odd sides.
    pub(super) fn residual_sample() -> Network {
        let mut b = Builder::new([2, 9, 9]);
        let mut build = || {
            b.conv("conv1", ConvSpec::new(4, 3).pad(1).no_bias())?;
            b.batch_norm("bn1")?;
            b.activation(Activation::Relu);
            b.residual(
                |b| {
                    b.conv("a.conv1", ConvSpec::new(8, 3).stride(2).pad(1).no_bias())?;
                    b.batch_norm("a.bn1")?;
                    b.activation(Activation::Relu);
                    b.conv("a.conv2", ConvSpec::new(8, 3).pad(1).no_bias())?;
                    b.batch_norm("a.bn2")
                },
                |b| {
                    b.subsample(2)?;
                    b.pad_channels(1, 3)
                },
            )?;
            b.activation(Activation::Tanh);
            b.residual(
                |b| b.conv("b.conv", ConvSpec::new(6, 2).stride(2).pad(1)),
                |b| b.conv("b.shortcut", ConvSpec::new(6, 1).stride(2).no_bias()),
            )?;
            b.residual(|b| b.conv("c.conv", ConvSpec::new(6, 3).pad(1)), |_| Ok(()))?;
            b.global_average()?;
            b.linear("fc", 10)
        };
        build().and_then(|()| b.finish(10)).unwrap_or_else(|e: String| panic!("{e}"))
    }
}
