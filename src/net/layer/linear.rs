//! y = x Wᵀ + b.

use super::kind::{Entry, Layer};
use crate::net::{
    builder::{Builder, Built, affordable, positive},
    init::Init,
    keys::Fault,
    layout::ParamKind,
    op::{Affine, Op},
    shape::Shape,
};

pub(super) struct Linear;

impl Layer for Linear {
    fn beside(&self) -> &'static [&'static str] {
        &["bias", "over"]
    }

    fn is_named(&self) -> bool {
        true
    }

    fn usage(&self) -> Vec<&'static str> {
        vec!["linear(OUT)"]
    }

    fn in_stack(&self, b: &mut Builder, name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        match numbers {
            [out] => Some(b.linear(name, *out)),
            _ => None,
        }
    }

    fn in_description(&self, b: &mut Builder, name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        let out = if entry.keys.is("linear", "classes") { entry.classes } else { entry.number()? };
        let bias = entry.keys.flag("bias")?.unwrap_or(true);
        if entry.over_channels()? {
            b.channel_map(name, out, bias)?;
        } else {
            b.linear_map(name, out, bias)?;
        }
        Ok(())
    }
}

impl Builder {
    /// Flattens when needed: a linear layer takes images as PyTorch users feed them, row-major.
    pub(in crate::net) fn linear(&mut self, name: &str, out: usize) -> Built {
        self.linear_map(name, out, true)
    }

    /// A linear layer with or without bias.
    pub(in crate::net) fn linear_map(&mut self, name: &str, out: usize, bias: bool) -> Built {
        if matches!(self.shape, Shape::Image(_)) {
            self.flatten();
        }
        positive("linear", out)?;
        let (f, shape) = (self.shape.count(), Shape::Flat(out));
        affordable("linear", shape, out.checked_mul(f))?;
        let init = Init::Uniform { fan_in: f };
        let weight = self.parameter(format!("{name}.weight"), vec![out, f], ParamKind::Weight, init);
        let bias = bias.then(|| self.parameter(format!("{name}.bias"), vec![out], ParamKind::Bias, init));
        self.push(|x| Op::Affine(x, Affine { weight, bias }));
        self.words.push(format!("linear {f}→{out}"));
        self.gives(shape, 0);
        self.multiplies(f * out);
        Ok(())
    }
}
