//! Residual networks with activation before the weights (He et al., "Identity Mappings in Deep Residual Networks", 2016):
//! three stages of n bottlenecks, 9n + 2 layers.
//!
//! Names and blocks are those of `bearpaw/pytorch-classification` and `timgaripov/swa` (`PreResNet164`): where the shape
//! changes, a 1×1 convolution without batch norm takes the block's own input, not the activated one.

use std::fmt;

use super::{
    family::{Arch, Guess, cifar, conv, norm_relu, square, stride},
    options,
};
use crate::net::{
    builder::{Builder, Built},
    shapes::Shapes,
};

/// Channels of the first stage's 3×3 convolutions in the paper.
const WIDTH: usize = 16;

/// Channels that leave a bottleneck, over those of its 3×3 convolution.
const EXPANSION: usize = 4;

struct Preact {
    /// Per stage.
    blocks: usize,
    width: usize,
}

pub(super) fn read(name: &str, text: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    let depth = options::number_after(name, "preactresnet")?;
    let chosen = || {
        let width = options::Options::read(text, &[])?.number.unwrap_or(WIDTH);
        Ok(Box::new(Preact { blocks: options::blocks("preactresnet", depth, 9, 2)?, width }) as Box<dyn Arch>)
    };
    Some(chosen())
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    shapes.dim("layer1.0.conv3.weight", 0)?;
    let preact = Preact {
        blocks: options::plausible_blocks(shapes.blocks("layer1."))?,
        width: options::width(shapes.dim("conv1.weight", 0)?).ok()?,
    };
    Some(Guess { arch: Box::new(preact), input: cifar(shapes, "conv1.weight"), classes: shapes.classes("fc") })
}

impl Arch for Preact {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        square(b, 0)?;
        conv(b, "conv1", self.width, 3, 1)?;
        for stage in 0..3 {
            for block in 0..self.blocks {
                // The first block of all widens, though the sides stay.
                let shortcut = if block == 0 { Shortcut::Projection } else { Shortcut::Identity };
                let name = format!("layer{}.{block}", stage + 1);
                bottleneck(b, &name, self.width << stage, stride(stage, block), shortcut)?;
            }
        }
        norm_relu(b, "bn")?;
        b.global_average()?;
        b.linear("fc", classes)
    }

    fn about(&self) -> Option<String> {
        let [w, n] = [self.width, self.blocks];
        Some(format!(
            "pre-activation ResNet-{}: conv 3×3 to {w} channels | 3 stages of {n} bottleneck{} 1×1, 3×3, 1×1 of {w}, {} and \
             {} channels inside, {EXPANSION} times as many outside | batch norm, ReLU | global average | linear",
            9 * n + 2,
            if n == 1 { "" } else { "s" },
            2 * w,
            4 * w,
        ))
    }
}

impl fmt::Display for Preact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("preactresnet{}", 9 * self.blocks + 2);
        f.write_str(&options::written(&name, (self.width != WIDTH).then_some(self.width), &[]))
    }
}

enum Shortcut {
    Identity,
    Projection,
}

fn bottleneck(b: &mut Builder, name: &str, inside: usize, stride: usize, shortcut: Shortcut) -> Built {
    let outside = EXPANSION * inside;
    b.residual(
        |b| {
            norm_relu(b, &format!("{name}.bn1"))?;
            conv(b, &format!("{name}.conv1"), inside, 1, 1)?;
            norm_relu(b, &format!("{name}.bn2"))?;
            conv(b, &format!("{name}.conv2"), inside, 3, stride)?;
            norm_relu(b, &format!("{name}.bn3"))?;
            conv(b, &format!("{name}.conv3"), outside, 1, 1)
        },
        |b| match shortcut {
            Shortcut::Identity => Ok(()),
            Shortcut::Projection => conv(b, &format!("{name}.downsample.0"), outside, 1, stride),
        },
    )
}
