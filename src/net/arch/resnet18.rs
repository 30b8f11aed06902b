//! ResNet-18: four stages of two basic blocks, projections where the shape changes (He et al. 2016, option B).
//!
//! The first convolution is for small images: 3×3, stride 1, no pooling; 11,173,962 parameters at 3×32×32 and 10 classes.
//! With `imagenet` it is the paper's: 7×7, stride 2, then a maximum of 3×3 windows, stride 2; 11,689,512 at 1000 classes.
//!
//! Names are those of `kuangliu/pytorch-cifar`. torchvision's class has others in two places: `resnet18:fc,downsample` for small
//! images, `resnet18:fc,downsample,imagenet` as it is.

use std::fmt;

use super::{
    family::{Arch, Guess, Head, cifar, conv, norm_relu, square, stride},
    options,
    resnet::basic_block,
};
use crate::net::{
    builder::{Builder, Built},
    layer::Pool,
    shapes::Shapes,
    windows::Windows,
};

/// Channels of the first stage in the paper.
const WIDTH: usize = 64;

const DOWNSAMPLE: &str = "downsample";

const IMAGENET: &str = "imagenet";

struct Resnet18 {
    /// Channels of the first stage; each stage has twice those of the one before.
    width: usize,
    head: Head,
    /// Whether projections are called `downsample` instead of `shortcut`.
    downsample: bool,
    /// Whether the first layers are those for large images.
    imagenet: bool,
}

pub(super) fn read(name: &str, text: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    if name != "resnet18" {
        return None;
    }
    let given = options::Options::read(text, &[Head::Fc.name(), Head::Linear.name(), DOWNSAMPLE, IMAGENET]);
    Some(given.map(|given| {
        Box::new(Resnet18 {
            width: given.number.unwrap_or(WIDTH),
            head: given.words.iter().find_map(|w| Head::named(w)).unwrap_or(Head::Linear),
            downsample: given.words.iter().any(|w| w == DOWNSAMPLE),
            imagenet: given.words.iter().any(|w| w == IMAGENET),
        }) as Box<dyn Arch>
    }))
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    // Without blocks it is something else.
    options::plausible_blocks(shapes.blocks("layer1."))?;
    let head = Head::of(shapes);
    let resnet = Resnet18 {
        width: options::width(shapes.dim("conv1.weight", 0)?).ok()?,
        head,
        downsample: shapes.dim("layer2.0.downsample.0.weight", 0).is_some(),
        imagenet: shapes.dim("conv1.weight", 2) == Some(7),
    };
    let [c, h, w] = cifar(shapes, "conv1.weight");
    let input = if resnet.imagenet { [c, 224, 224] } else { [c, h, w] };
    Some(Guess { arch: Box::new(resnet), input, classes: shapes.classes(head.name()) })
}

impl Arch for Resnet18 {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        square(b, 0)?;
        if self.imagenet {
            conv(b, "conv1", self.width, 7, 2)?;
            norm_relu(b, "bn1")?;
            b.pool_windows(Pool::Max, Windows { k: 3, stride: 2, padding: 1, dilation: 1 })?;
        } else {
            conv(b, "conv1", self.width, 3, 1)?;
            norm_relu(b, "bn1")?;
        }
        let projection = if self.downsample { DOWNSAMPLE } else { "shortcut" };
        for stage in 0..4 {
            let out = self.width << stage;
            for block in 0..2 {
                let name = format!("layer{}.{block}", stage + 1);
                basic_block(b, &name, out, stride(stage, block), |b| match stride(stage, block) {
                    1 => Ok(()),
                    s => {
                        conv(b, &format!("{name}.{projection}.0"), out, 1, s)?;
                        b.batch_norm(&format!("{name}.{projection}.1"))
                    }
                })?;
            }
        }
        b.global_average()?;
        b.linear(self.head.name(), classes)
    }

    fn about(&self) -> Option<String> {
        let w = self.width;
        let stem = if self.imagenet {
            format!("ResNet-18: conv 7×7 stride 2 to {w} channels | max pool 3×3 stride 2")
        } else {
            format!("ResNet-18 for small images: conv 3×3 to {w} channels")
        };
        Some(format!(
            "{stem} | 4 stages of 2 basic blocks, {w} to {} channels, \
             shortcuts projected by 1×1 convolutions | global average | linear",
            8 * w
        ))
    }
}

impl fmt::Display for Resnet18 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = (self.head != Head::Linear).then_some(self.head.name());
        let projection = self.downsample.then_some(DOWNSAMPLE);
        let stem = self.imagenet.then_some(IMAGENET);
        f.write_str(&options::written(
            "resnet18",
            (self.width != WIDTH).then_some(self.width),
            &[head, projection, stem],
        ))
    }
}
