//! Residual networks for small images (He et al., "Deep Residual Learning for Image Recognition", 2016, §4.2): three
//! stages of n basic blocks, 6n + 2 layers, shortcuts without parameters (option A).
//!
//! Where the sides halve, the shortcut takes every second row and column and adds half of the new channels as zeros
//! before the old ones and half after. Names are those of `akamaster/pytorch_resnet_cifar10`, but the last layer is
//! called `fc` unless `linear` is asked for.

use std::fmt;

use super::{
    family::{Arch, Guess, Head, cifar, conv, norm_relu, square, stride},
    options,
};
use crate::net::{
    builder::{Builder, Built},
    shapes::Shapes,
};

/// Channels of the first stage in the paper.
const WIDTH: usize = 16;

struct Resnet {
    /// Per stage.
    blocks: usize,
    /// Channels of the first stage; each stage has twice those of the one before.
    width: usize,
    head: Head,
}

pub(super) fn read(name: &str, text: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    // 18 layers are those of another family.
    let depth = options::number_after(name, "resnet").filter(|d| *d != 18)?;
    Some(chosen(depth, text).map(|r| Box::new(r) as Box<dyn Arch>))
}

fn chosen(depth: usize, text: Option<&str>) -> Result<Resnet, String> {
    let given = options::Options::read(text, &Head::WORDS)?;
    if means_imagenet(depth) && given.number.is_none() {
        return Err(format!(
            "ResNet-{depth} is a network of bottlenecks for ImageNet, which is not known here; the one for small images \
             that is as deep is resnet{depth}:{WIDTH}"
        ));
    }
    Ok(Resnet {
        blocks: options::blocks("resnet", depth, 6, 2)?,
        width: given.number.unwrap_or(WIDTH),
        head: given.words.iter().find_map(|w| Head::named(w)).unwrap_or(Head::Fc),
    })
}

/// Depths that are 6n + 2 and yet call another network to mind.
fn means_imagenet(depth: usize) -> bool {
    depth == 50 || depth == 152
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    let head = Head::of(shapes);
    let resnet = Resnet {
        blocks: options::plausible_blocks(shapes.blocks("layer1."))?,
        width: options::width(shapes.dim("conv1.weight", 0)?).ok()?,
        head,
    };
    Some(Guess { arch: Box::new(resnet), input: cifar(shapes, "conv1.weight"), classes: shapes.classes(head.name()) })
}

impl Resnet {
    fn depth(&self) -> usize {
        6 * self.blocks + 2
    }
}

impl Arch for Resnet {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        square(b, 0)?;
        conv(b, "conv1", self.width, 3, 1)?;
        norm_relu(b, "bn1")?;
        for stage in 0..3 {
            let out = self.width << stage;
            for block in 0..self.blocks {
                let name = format!("layer{}.{block}", stage + 1);
                basic_block(b, &name, out, stride(stage, block), |b| match stride(stage, block) {
                    1 => Ok(()),
                    s => {
                        b.subsample(s)?;
                        let new = out - out / 2;
                        b.pad_channels(new / 2, new - new / 2)
                    }
                })?;
            }
        }
        b.global_average()?;
        b.linear(self.head.name(), classes)
    }

    fn about(&self) -> Option<String> {
        let [w, n] = [self.width, self.blocks];
        Some(format!(
            "ResNet-{} for small images: conv 3×3 to {w} channels | 3 stages of {n} basic block{}, {w}, {} and {} channels, \
             shortcuts without parameters (option A) | global average | linear",
            self.depth(),
            if n == 1 { "" } else { "s" },
            2 * w,
            4 * w,
        ))
    }
}

impl fmt::Display for Resnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = self.width == WIDTH && !means_imagenet(self.depth());
        let head = (self.head != Head::Fc).then_some(self.head.name());
        f.write_str(&options::written(&format!("resnet{}", self.depth()), (!usual).then_some(self.width), &[head]))
    }
}

/// Two 3×3 convolutions with batch norm beside a shortcut, then ReLU.
pub(super) fn basic_block(
    b: &mut Builder,
    name: &str,
    out: usize,
    stride: usize,
    shortcut: impl FnOnce(&mut Builder) -> Built,
) -> Built {
    b.residual(
        |b| {
            conv(b, &format!("{name}.conv1"), out, 3, stride)?;
            norm_relu(b, &format!("{name}.bn1"))?;
            conv(b, &format!("{name}.conv2"), out, 3, 1)?;
            b.batch_norm(&format!("{name}.bn2"))
        },
        shortcut,
    )?;
    b.relu();
    Ok(())
}
