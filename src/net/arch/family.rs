//! What families of architectures have in common.

use crate::net::{
    builder::{Builder, Built},
    layer::ConvSpec,
    shape::Shape,
    shapes::Shapes,
};

/// An architecture with its free numbers chosen; its text is what `--net` takes.
pub(in crate::net) trait Arch: std::fmt::Display {
    /// Adds its layers, the last with one output per class.
    fn build(&self, b: &mut Builder, classes: usize) -> Built;

    /// The architecture in words, where that says more than its layers do.
    fn about(&self) -> Option<String> {
        None
    }

    /// What had to be assumed about a checkpoint, because names and shapes do not tell.
    fn assumes(&self) -> Option<&'static str> {
        None
    }
}

/// What a checkpoint may be, as far as a few of its tensors tell.
pub(in crate::net) struct Guess {
    pub arch: Box<dyn Arch>,
    /// `[C, H, W]`, H and W the usual ones where the tensors leave them open.
    pub input: [usize; 3],
    pub classes: usize,
}

/// What an implementation calls the last layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    Fc,
    Linear,
}

impl Head {
    pub const WORDS: [&str; 2] = ["fc", "linear"];

    pub fn name(self) -> &'static str {
        match self {
            Head::Fc => "fc",
            Head::Linear => "linear",
        }
    }

    pub fn named(name: &str) -> Option<Head> {
        [Head::Fc, Head::Linear].into_iter().find(|h| h.name() == name)
    }

    /// The one that the checkpoint has.
    pub fn of(shapes: &Shapes<'_>) -> Head {
        if shapes.dim("linear.weight", 0).is_some() { Head::Linear } else { Head::Fc }
    }
}

/// Refuses images whose sides are unequal or cannot be halved `halvings` times without a rest.
pub(super) fn square(b: &Builder, halvings: u32) -> Built {
    let Shape::Image([_, h, w]) = b.shape else { return Err("it needs images".into()) };
    let of = 1 << halvings;
    if h != w || h == 0 {
        Err(format!("it needs square images, the data has {h}×{w}; choose other data or a stack"))
    } else if h % of != 0 {
        Err(format!("it needs a side that is a multiple of {of}, the data has {h}×{w}; choose other data or a stack"))
    } else {
        Ok(())
    }
}

/// A convolution without bias that keeps the sides at stride 1: batch norm is near.
pub(super) fn conv(b: &mut Builder, name: &str, out: usize, k: usize, stride: usize) -> Built {
    b.conv(name, ConvSpec::new(out, k).stride(stride).pad(k / 2).no_bias())
}

pub(super) fn norm_relu(b: &mut Builder, name: &str) -> Built {
    b.batch_norm(name)?;
    b.relu();
    Ok(())
}

/// The stride of a stage's `block`: the sides halve at the first of every stage but the first.
pub(super) fn stride(stage: usize, block: usize) -> usize {
    if stage > 0 && block == 0 { 2 } else { 1 }
}

/// Input of a network that averages over whole planes: channels of the first convolution, CIFAR's sides.
pub(super) fn cifar(shapes: &Shapes<'_>, first: &str) -> [usize; 3] {
    [shapes.dim(first, 1).unwrap_or(3), 32, 32]
}
