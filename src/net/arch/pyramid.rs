//! Additive pyramidal residual networks (Han et al., "Deep Pyramidal Residual Networks", 2017): 6n + 2 layers in three
//! stages of n basic blocks, whose channels grow by α/3n a block, from 16 to 16 + α.
//!
//! The thesis on SAM's escape efficiency names PyramidNet-110 and no more. Of the paper's three networks of that depth
//! (α = 48, 84, 270, basic blocks all of them) `pyramidnet110` is the widest, α = 270, which is also the one usually
//! meant: 28,485,477 parameters at 3×32×32 and 10 classes. `pyramidnet110:48` has another α.
//!
//! Names and blocks are those of `dyhan0920/PyramidNet-PyTorch`: batch norm before the first convolution without ReLU,
//! between the two with it, and after the second without. Shortcuts have no parameters: zero channels are added after
//! the old ones, and where the sides halve, 2×2 windows are averaged.

use std::fmt;

use super::{
    family::{Arch, Guess, cifar, conv, norm_relu, square, stride},
    options,
};
use crate::net::{
    builder::{Builder, Built},
    layer::Pool,
    shapes::Shapes,
};

/// Channels of the first convolution.
const STEM: usize = 16;

/// α of plain `pyramidnet110`.
const ALPHA: usize = 270;

struct Pyramid {
    /// Per stage.
    blocks: usize,
    /// Channels that are added from the first block to the last.
    alpha: usize,
}

pub(super) fn read(name: &str, text: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    let depth = options::number_after(name, "pyramidnet")?;
    let chosen = || {
        let alpha = options::Options::read(text, &[])?.number.unwrap_or(ALPHA);
        Ok(Box::new(Pyramid { blocks: options::blocks("pyramidnet", depth, 6, 2)?, alpha }) as Box<dyn Arch>)
    };
    Some(chosen())
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    let pyramid = Pyramid {
        blocks: options::plausible_blocks(shapes.blocks("layer1."))?,
        alpha: options::width(shapes.dim("bn_final.weight", 0)?.checked_sub(STEM)?).ok()?,
    };
    Some(Guess { arch: Box::new(pyramid), input: cifar(shapes, "conv1.weight"), classes: shapes.classes("fc") })
}

impl Pyramid {
    /// Channels that leave each block. Widths are summed and rounded, half to even, as the original does.
    fn widths(&self) -> Vec<usize> {
        let count = 3 * self.blocks;
        let step = self.alpha as f64 / count as f64;
        let sums = (0..count).scan(STEM as f64, |width, _| {
            *width += step;
            Some(*width)
        });
        sums.map(|w| w.round_ties_even() as usize).collect()
    }
}

impl Arch for Pyramid {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        square(b, 2)?;
        conv(b, "conv1", STEM, 3, 1)?;
        b.batch_norm("bn1")?;
        let mut channels = STEM;
        for (i, out) in self.widths().into_iter().enumerate() {
            let (stage, block) = (i / self.blocks, i % self.blocks);
            pyramid_block(b, &format!("layer{}.{block}", stage + 1), [channels, out], stride(stage, block))?;
            channels = out;
        }
        norm_relu(b, "bn_final")?;
        b.global_average()?;
        b.linear("fc", classes)
    }

    fn about(&self) -> Option<String> {
        let [n, alpha] = [self.blocks, self.alpha];
        Some(format!(
            "PyramidNet-{}, α = {alpha}: conv 3×3 to {STEM} channels | 3 stages of {n} basic block{} (no bottlenecks), growing \
             by {} channels each to {}, shortcuts padded with zeros | batch norm, ReLU | global average | linear",
            6 * n + 2,
            if n == 1 { "" } else { "s" },
            format!("{:.2}", alpha as f64 / (3 * n) as f64).trim_end_matches('0').trim_end_matches('.'),
            STEM + alpha,
        ))
    }
}

impl fmt::Display for Pyramid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("pyramidnet{}", 6 * self.blocks + 2);
        f.write_str(&options::written(&name, (self.alpha != ALPHA).then_some(self.alpha), &[]))
    }
}

fn pyramid_block(b: &mut Builder, name: &str, [channels, out]: [usize; 2], stride: usize) -> Built {
    b.residual(
        |b| {
            b.batch_norm(&format!("{name}.bn1"))?;
            conv(b, &format!("{name}.conv1"), out, 3, stride)?;
            norm_relu(b, &format!("{name}.bn2"))?;
            conv(b, &format!("{name}.conv2"), out, 3, 1)?;
            b.batch_norm(&format!("{name}.bn3"))
        },
        |b| {
            if stride != 1 {
                b.pool(Pool::Average, stride)?;
            }
            match out - channels {
                0 => Ok(()),
                new => b.pad_channels(0, new),
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_grow_evenly_and_halves_go_to_even() {
        let widths = |blocks, alpha| Pyramid { blocks, alpha }.widths();
        assert_eq!(widths(2, 9), [18, 19, 20, 22, 24, 25]);
        let last = widths(18, 270);
        assert_eq!((last[0], last[53]), (21, 286));
        assert_eq!(widths(18, 48).last(), Some(&64));
    }
}
