//! Wide residual networks (Zagoruyko and Komodakis 2016): WRN-d-k has three stages of n pre-activation basic blocks,
//! d = 6n + 4, with 16k, 32k and 64k channels. WRN-28-10 has 36,479,194 parameters at 3×32×32 and 10 classes.
//!
//! Names are those of `xternalz/WideResNet-pytorch`. Where the number of channels changes, the 1×1 convolution of the
//! shortcut takes the block's activated input. There is no dropout.

use std::fmt;

use super::{
    family::{Arch, Guess, cifar, conv, norm_relu, square, stride},
    options,
};
use crate::net::{
    builder::{Builder, Built},
    shapes::Shapes,
};

/// Channels of the first convolution, whatever the width.
const STEM: usize = 16;

struct Wide {
    /// Per stage.
    blocks: usize,
    /// k
    factor: usize,
}

pub(super) fn read(name: &str, text: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    let (depth, factor) = name.strip_prefix("wrn")?.split_once('-')?;
    let (depth, factor) = (options::whole(depth)?, options::whole(factor)?);
    let chosen = || {
        if text.is_some() {
            return Err("its width is the number after the hyphen; write wrn28-10".into());
        }
        Ok(Box::new(Wide { blocks: options::blocks("wrn", depth, 6, 4)?, factor: options::width(factor)? })
            as Box<dyn Arch>)
    };
    Some(chosen())
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    let wide = Wide {
        blocks: options::plausible_blocks(shapes.blocks("block1.layer."))?,
        factor: options::width(shapes.dim("block1.layer.0.conv1.weight", 0)? / STEM).ok()?,
    };
    Some(Guess { arch: Box::new(wide), input: cifar(shapes, "conv1.weight"), classes: shapes.classes("fc") })
}

impl Arch for Wide {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        square(b, 0)?;
        conv(b, "conv1", STEM, 3, 1)?;
        let mut channels = STEM;
        for stage in 0..3 {
            let out = (STEM * self.factor) << stage;
            for block in 0..self.blocks {
                let name = format!("block{}.layer.{block}", stage + 1);
                wide_block(b, &name, [channels, out], stride(stage, block))?;
                channels = out;
            }
        }
        norm_relu(b, "bn1")?;
        b.global_average()?;
        b.linear("fc", classes)
    }

    fn about(&self) -> Option<String> {
        let [n, k] = [self.blocks, self.factor];
        Some(format!(
            "WRN-{}-{k}: conv 3×3 to {STEM} channels | 3 stages of {n} pre-activation basic block{}, {}, {} and {} channels \
             | batch norm, ReLU | global average | linear",
            6 * n + 4,
            if n == 1 { "" } else { "s" },
            16 * k,
            32 * k,
            64 * k,
        ))
    }
}

impl fmt::Display for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrn{}-{}", 6 * self.blocks + 4, self.factor)
    }
}

fn wide_block(b: &mut Builder, name: &str, [channels, out]: [usize; 2], stride: usize) -> Built {
    let first = |b: &mut Builder| norm_relu(b, &format!("{name}.bn1"));
    let rest = |b: &mut Builder| {
        conv(b, &format!("{name}.conv1"), out, 3, stride)?;
        norm_relu(b, &format!("{name}.bn2"))?;
        conv(b, &format!("{name}.conv2"), out, 3, 1)
    };
    if channels == out {
        b.residual(|b| first(b).and_then(|()| rest(b)), |_| Ok(()))
    } else {
        first(b)?;
        b.residual(rest, |b| conv(b, &format!("{name}.convShortcut"), out, 1, stride))
    }
}
