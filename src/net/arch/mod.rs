//! The architectures that are known by name.
//!
//! Every family has a file. Names of tensors and their order are those of the best-known public PyTorch implementation,
//! which the file names, so that its checkpoints are opened as they are.

mod lenet;
mod mlp;
mod options;
mod preact;
mod pyramid;
mod resnet;
mod resnet18;
mod vgg;
mod wide;

#[cfg(test)]
mod tests;

use super::{
    builder::{Builder, Built, ConvSpec},
    layer::{Activation, Shape},
    shapes::Shapes,
};

/// Architectures known by name. Most have relatives: other depths and, after a colon, other widths.
pub const NAMES: [&str; 11] = [
    "mlp",
    "lenet",
    "resnet8",
    "resnet20",
    "resnet56",
    "resnet18",
    "vgg11",
    "vgg11-bn",
    "preactresnet164",
    "wrn28-10",
    "pyramidnet110",
];

/// An architecture with its free numbers chosen; its text is what `--net` takes.
pub(super) trait Arch: std::fmt::Display {
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
pub(super) struct Guess {
    pub arch: Box<dyn Arch>,
    /// `[C, H, W]`, H and W the usual ones where the tensors leave them open.
    pub input: [usize; 3],
    pub classes: usize,
}

/// From a name without and with what follows its colon to the architecture, if the name is one of the family.
type Read = fn(&str, Option<&str>) -> Option<Result<Box<dyn Arch>, String>>;

/// Numbers of the family that fit a checkpoint best, if it could be one at all.
type Recall = fn(&Shapes) -> Option<Guess>;

const FAMILIES: [(Read, Recall); 8] = [
    (mlp::read, mlp::guess),
    (lenet::read, lenet::guess),
    (resnet::read, resnet::guess),
    (resnet18::read, resnet18::guess),
    (vgg::read, vgg::guess),
    (preact::read, preact::guess),
    (wide::read, wide::guess),
    (pyramid::read, pyramid::guess),
];

/// The architecture that `text` names; `None` if no family knows the name.
pub(super) fn read(text: &str) -> Option<Result<Box<dyn Arch>, String>> {
    let (name, options) = match text.split_once(':') {
        Some((name, options)) => (name, Some(options)),
        None => (text, None),
    };
    FAMILIES.iter().find_map(|(read, _)| read(name, options))
}

/// What every family makes of a checkpoint.
pub(super) fn guesses(shapes: &Shapes) -> Vec<Guess> {
    FAMILIES.iter().filter_map(|(_, guess)| guess(shapes)).collect()
}

/// What an implementation calls the last layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Fc,
    Linear,
}

impl Head {
    const WORDS: [&str; 2] = ["fc", "linear"];

    fn name(self) -> &'static str {
        match self {
            Head::Fc => "fc",
            Head::Linear => "linear",
        }
    }

    fn named(name: &str) -> Option<Head> {
        [Head::Fc, Head::Linear].into_iter().find(|h| h.name() == name)
    }

    /// The one that the checkpoint has.
    fn of(shapes: &Shapes) -> Head {
        if shapes.dim("linear.weight", 0).is_some() { Head::Linear } else { Head::Fc }
    }
}

/// Refuses images whose sides are unequal or cannot be halved `halvings` times without a rest.
fn square(b: &Builder, halvings: u32) -> Built {
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
fn conv(b: &mut Builder, name: &str, out: usize, k: usize, stride: usize) -> Built {
    b.conv(name, ConvSpec::new(out, k).stride(stride).pad(k / 2).no_bias())
}

fn norm_relu(b: &mut Builder, name: &str) -> Built {
    b.batch_norm(name)?;
    b.activation(Activation::Relu);
    Ok(())
}

/// The stride of a stage's `block`: the sides halve at the first of every stage but the first.
fn stride(stage: usize, block: usize) -> usize {
    if stage > 0 && block == 0 { 2 } else { 1 }
}

/// Input of a network that averages over whole planes: channels of the first convolution, CIFAR's sides.
fn cifar(shapes: &Shapes, first: &str) -> [usize; 3] {
    [shapes.dim(first, 1).unwrap_or(3), 32, 32]
}
