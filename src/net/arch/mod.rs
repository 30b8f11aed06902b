//! The architectures that are known by name.
//!
//! Every family has a file. Names of tensors and their order are those of the best-known public PyTorch implementation,
//! which the file names, so that its checkpoints are opened as they are.

mod family;
mod lenet;
mod mlp;
mod one_hidden;
mod options;
mod preact;
mod pyramid;
mod resnet;
mod resnet18;
mod vgg;
mod wide;

#[cfg(test)]
mod tests;

use super::shapes::Shapes;

pub(super) use family::{Arch, Guess};

/// Architectures known by name. Most have relatives: other depths and, after a colon, other widths.
pub const NAMES: [&str; 12] = [
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
    "one-hidden",
];

/// From a name without and with what follows its colon to the architecture, if the name is one of the family.
type Read = fn(&str, Option<&str>) -> Option<Result<Box<dyn Arch>, String>>;

/// Numbers of the family that fit a checkpoint best, if it could be one at all.
type Recall = fn(&Shapes<'_>) -> Option<Guess>;

const FAMILIES: [(Read, Recall); 9] = [
    // Before the chains, of which its one matrix would be one.
    (one_hidden::read, one_hidden::guess),
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
pub(super) fn guesses(shapes: &Shapes<'_>) -> Vec<Guess> {
    FAMILIES.iter().filter_map(|(_, guess)| guess(shapes)).collect()
}
