//! 2-D cross-correlation.

use super::kind::{Entry, Layer};
use crate::net::{
    builder::{Builder, Built, affordable, positive},
    init::Init,
    keys::Fault,
    layout::ParamKind,
    op::{Conv2d, Op},
    shape::Shape,
};

/// A convolution to be built: outputs, side of the window, stride, padding, bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) struct ConvSpec {
    pub out: usize,
    pub k: usize,
    pub stride: usize,
    pub pad: usize,
    pub bias: bool,
}

impl ConvSpec {
    /// A k×k window that moves by one, without padding, with bias.
    pub fn new(out: usize, k: usize) -> ConvSpec {
        ConvSpec { out, k, stride: 1, pad: 0, bias: true }
    }

    pub fn stride(self, stride: usize) -> ConvSpec {
        ConvSpec { stride, ..self }
    }

    pub fn pad(self, pad: usize) -> ConvSpec {
        ConvSpec { pad, ..self }
    }

    /// What comes before batch norm needs no bias.
    pub fn no_bias(self) -> ConvSpec {
        ConvSpec { bias: false, ..self }
    }
}

pub(super) struct Convolution;

impl Layer for Convolution {
    fn beside(&self) -> &'static [&'static str] {
        &["kernel", "stride", "padding", "bias"]
    }

    fn is_named(&self) -> bool {
        true
    }

    fn usage(&self) -> Vec<&'static str> {
        vec!["conv(OUT,K[,STRIDE[,PAD]])"]
    }

    fn in_stack(&self, b: &mut Builder, name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        let spec = match numbers {
            [out, k] => ConvSpec::new(*out, *k),
            [out, k, stride] => ConvSpec::new(*out, *k).stride(*stride),
            [out, k, stride, pad] => ConvSpec::new(*out, *k).stride(*stride).pad(*pad),
            _ => return None,
        };
        Some(b.conv(name, spec))
    }

    fn in_description(&self, b: &mut Builder, name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        let (keys, out) = (entry.keys, entry.number()?);
        let Some(k) = keys.number("kernel")? else {
            return Err("conv needs its window, such as kernel = 3".to_string().into());
        };
        let spec = ConvSpec {
            out,
            k,
            stride: keys.number("stride")?.unwrap_or(1),
            pad: keys.number("padding")?.unwrap_or(0),
            bias: keys.flag("bias")?.unwrap_or(true),
        };
        b.conv(name, spec)?;
        Ok(())
    }
}

impl Builder {
    pub(in crate::net) fn conv(&mut self, name: &str, spec: ConvSpec) -> Built {
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
        let init = Init::Uniform { fan_in: c * k * k };
        let weight = self.parameter(format!("{name}.weight"), vec![out, c, k, k], ParamKind::Weight, init);
        let bias = bias.then(|| self.parameter(format!("{name}.bias"), vec![out], ParamKind::Bias, init));
        self.push(|x| Op::Conv2d(x, Conv2d { weight, bias, stride, padding: pad }));
        let mut words = format!("conv {c}→{out} {k}×{k}");
        if stride != 1 {
            words += &format!(" stride {stride}");
        }
        if pad != 0 {
            words += &format!(" padding {pad}");
        }
        self.words.push(words);
        // The windows of a convolution are unfolded into a matrix.
        self.gives(shape, c * k * k * oh * ow);
        self.has_plane(oh * ow);
        Ok(())
    }
}
