//! VGG-11 for 32×32 images (Simonyan and Zisserman 2015, configuration A), without and with batch norm.
//!
//! "The Anisotropic Noise in Stochastic Gradient Descent" (D.4) gives 9,750,922 parameters on CIFAR-10. Eight
//! convolutions with bias have 9,220,480; a classifier of 512 → 512 → 512 → 10 has 530,442, which makes exactly that
//! number (the usual head of one layer would give 9,225,610). The paper trains without dropout, so there is none here,
//! but names are those of `chengyangfu/pytorch-vgg-cifar10`, whose classifier counts two dropouts.

use std::fmt;

use super::{
    family::{Arch, Guess, cifar},
    options,
};
use crate::net::{
    builder::{Builder, Built},
    layer::{ConvSpec, Pool},
    shape::Shape,
    shapes::Shapes,
};

/// Channels of the first convolution in the paper.
const WIDTH: usize = 64;

/// Channels of the convolutions in units of the first one's; 0 is a pooling.
const FEATURES: [usize; 13] = [1, 0, 2, 0, 4, 4, 0, 8, 8, 0, 8, 8, 0];

struct Vgg11 {
    width: usize,
    norm: bool,
}

impl Vgg11 {
    fn name(&self) -> &'static str {
        if self.norm { "vgg11-bn" } else { "vgg11" }
    }
}

pub(super) fn read(name: &str, text: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    let norm = match name {
        "vgg11" => false,
        "vgg11-bn" => true,
        _ => return None,
    };
    let given = options::Options::read(text, &[]);
    Some(given.map(|given| Box::new(Vgg11 { width: given.number.unwrap_or(WIDTH), norm }) as Box<dyn Arch>))
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    let width = options::width(shapes.dim("features.0.weight", 0)?).ok()?;
    // The second convolution comes fourth without batch norm between.
    let norm = shapes.dim("features.3.weight", 1).is_none();
    Some(Guess {
        arch: Box::new(Vgg11 { width, norm }),
        input: cifar(shapes, "features.0.weight"),
        classes: shapes.classes("classifier.6"),
    })
}

impl Arch for Vgg11 {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        if !matches!(b.shape, Shape::Image([_, 32, 32])) {
            return Err(format!("{} needs images of 32×32, the data has {}; choose CIFAR data", self.name(), b.shape));
        }
        let mut index = 0;
        let mut next = || {
            index += 1;
            format!("features.{}", index - 1)
        };
        for times in FEATURES {
            if times == 0 {
                next();
                b.pool(Pool::Max, 2)?;
            } else {
                b.conv(&next(), ConvSpec::new(times * self.width, 3).pad(1))?;
                if self.norm {
                    b.batch_norm(&next())?;
                }
                next();
                b.relu();
            }
        }
        b.flatten();
        for layer in ["classifier.1", "classifier.4"] {
            b.linear(layer, 8 * self.width)?;
            b.relu();
        }
        b.linear("classifier.6", classes)
    }

    fn about(&self) -> Option<String> {
        let w = self.width;
        Some(format!(
            "VGG-11 for 32×32 images {} batch norm: 8 convolutions 3×3, {w} to {} channels, 5 max pools | linear {2}→{2}, \
             ReLU, twice | linear",
            if self.norm { "with" } else { "without" },
            8 * w,
            8 * w,
        ))
    }
}

impl fmt::Display for Vgg11 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&options::written(self.name(), (self.width != WIDTH).then_some(self.width), &[]))
    }
}
