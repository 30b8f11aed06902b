//! 2-D cross-correlation.

use super::kind::{Entry, Layer};
use crate::net::{
    builder::{Builder, Built, affordable, positive},
    init::Init,
    keys::Fault,
    layout::ParamKind,
    op::{Conv2d, Op},
    shape::Shape,
    windows::Windows,
};

/// A convolution to be built: outputs, windows, groups of channels, bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) struct ConvSpec {
    pub out: usize,
    pub windows: Windows,
    pub groups: usize,
    pub bias: bool,
}

impl ConvSpec {
    /// A k×k window that moves by one, without padding, with bias.
    pub fn new(out: usize, k: usize) -> ConvSpec {
        ConvSpec { out, windows: Windows { k, stride: 1, padding: 0, dilation: 1 }, groups: 1, bias: true }
    }

    pub fn stride(self, stride: usize) -> ConvSpec {
        ConvSpec { windows: Windows { stride, ..self.windows }, ..self }
    }

    pub fn pad(self, padding: usize) -> ConvSpec {
        ConvSpec { windows: Windows { padding, ..self.windows }, ..self }
    }

    /// What comes before batch norm needs no bias.
    pub fn no_bias(self) -> ConvSpec {
        ConvSpec { bias: false, ..self }
    }
}

pub(super) struct Convolution;

impl Layer for Convolution {
    fn beside(&self) -> &'static [&'static str] {
        &["kernel", "stride", "padding", "dilation", "groups", "bias"]
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
        let windows = Windows {
            k,
            stride: keys.number("stride")?.unwrap_or(1),
            padding: keys.number("padding")?.unwrap_or(0),
            dilation: keys.number("dilation")?.unwrap_or(1),
        };
        // A group for every channel, whatever their number: depthwise.
        let groups = if keys.is("groups", "channels") { b.channels() } else { keys.number("groups")?.unwrap_or(1) };
        let spec = ConvSpec { out, windows, groups, bias: keys.flag("bias")?.unwrap_or(true) };
        b.conv(name, spec)?;
        Ok(())
    }
}

impl Builder {
    pub(in crate::net) fn conv(&mut self, name: &str, spec: ConvSpec) -> Built {
        let ConvSpec { out, windows, groups, bias } = spec;
        let Windows { k, stride, padding, dilation } = windows;
        let [c, h, w] = self.image(&format!("conv({out},{k})"))?;
        for n in [out, groups] {
            positive("conv", n)?;
        }
        let [oh, ow] = self.windows(&format!("conv({out},{k}{})", windows.beside(1)), windows, [h, w])?;
        if !c.is_multiple_of(groups) || !out.is_multiple_of(groups) {
            return Err(format!(
                "conv with groups = {groups} needs numbers of channels that are multiples of it, not {c} and {out}"
            ));
        }
        let shape = Shape::Image([out, oh, ow]);
        let seen = k.checked_mul(k).and_then(|kk| kk.checked_mul(c / groups));
        affordable("conv", shape, seen.and_then(|seen| seen.checked_mul(out)))?;
        let seen = seen.unwrap_or(usize::MAX);
        let init = Init::Uniform { fan_in: seen };
        let weight = self.parameter(format!("{name}.weight"), vec![out, c / groups, k, k], ParamKind::Weight, init);
        let bias = bias.then(|| self.parameter(format!("{name}.bias"), vec![out], ParamKind::Bias, init));
        self.push(|x| Op::Conv2d(x, Conv2d { weight, bias, windows, groups }));
        let mut words = format!("conv {c}→{out} {k}×{k}");
        for (what, number, usual) in
            [("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1), ("groups", groups, 1)]
        {
            if number != usual {
                words += &format!(" {what} {number}");
            }
        }
        self.words.push(words);
        // The windows of a convolution are unfolded into a matrix.
        self.gives(shape, c * k * k * oh * ow);
        self.has_plane(oh * ow);
        self.multiplies(seen * out * oh * ow);
        Ok(())
    }

    /// A linear map of the channels, the same at every pixel: `nn.Linear` on the last axis of `[N, places, channels]`.
    pub(in crate::net) fn channel_map(&mut self, name: &str, out: usize, bias: bool) -> Built {
        let [c, h, w] = self.image("linear over channels")?;
        positive("linear", out)?;
        let shape = Shape::Image([out, h, w]);
        affordable("linear", shape, out.checked_mul(c))?;
        let init = Init::Uniform { fan_in: c };
        let weight = self.parameter(format!("{name}.weight"), vec![out, c], ParamKind::Weight, init);
        let bias = bias.then(|| self.parameter(format!("{name}.bias"), vec![out], ParamKind::Bias, init));
        let windows = Windows { k: 1, stride: 1, padding: 0, dilation: 1 };
        self.push(|x| Op::Conv2d(x, Conv2d { weight, bias, windows, groups: 1 }));
        self.words.push(format!("linear {c}→{out} over channels"));
        self.gives(shape, c * h * w);
        self.has_plane(h * w);
        self.multiplies(c * out * h * w);
        Ok(())
    }

    /// How many windows there are along each side of an image, for `layer` as a person would write it.
    pub(super) fn windows(&self, layer: &str, windows: Windows, sides: [usize; 2]) -> Result<[usize; 2], String> {
        let Windows { k, stride, padding, dilation } = windows;
        for n in [k, stride, dilation] {
            positive(layer, n)?;
        }
        if padding > sides[0].max(sides[1]) {
            return Err(format!("{layer} pads more than its {} input is wide", self.shape));
        }
        match sides.map(|n| windows.along(n)) {
            [Some(h), Some(w)] => Ok([h, w]),
            _ => {
                let span = windows.span().unwrap_or(usize::MAX);
                Err(format!("{layer} has a {span}×{span} window, larger than its {} input", self.shape))
            }
        }
    }

    /// Channels of the image so far, or numbers in a row.
    pub(super) fn channels(&self) -> usize {
        match self.shape {
            Shape::Image([c, ..]) => c,
            Shape::Flat(f) => f,
        }
    }
}
