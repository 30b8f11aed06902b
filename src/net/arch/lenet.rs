//! The LeNet-like network of "The Anisotropic Noise in Stochastic Gradient Descent" (D.3); 11,330 parameters on 1×28×28
//! images and 10 classes.

use std::fmt;

use super::{
    family::{Arch, Guess},
    options::Options,
};
use crate::net::{
    builder::{Builder, Built},
    layer::{ConvSpec, Pool},
    shapes::Shapes,
};

struct Lenet;

pub(super) fn read(name: &str, options: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    if name != "lenet" {
        return None;
    }
    Some(match Options::read(options, &[]) {
        Ok(Options { number: None, .. }) => Ok(Box::new(Lenet)),
        Ok(_) => Err("lenet has no other widths; write lenet, or describe the network as a stack".into()),
        Err(e) => Err(e),
    })
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    let channels = shapes.dim("conv1.weight", 1)?;
    // Each 5×5 window takes 4 off the side, each pooling halves it: the first linear layer sees 10 planes of s×s.
    let seen = shapes.dim("fc1.weight", 1)?;
    let s = (seen / 10).isqrt();
    let side = 4 * s + 12;
    Some(Guess { arch: Box::new(Lenet), input: [channels, side, side], classes: shapes.dim("fc2.weight", 0)? })
}

impl Arch for Lenet {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        b.conv("conv1", ConvSpec::new(10, 5))?;
        b.pool(Pool::Max, 2)?;
        b.relu();
        b.conv("conv2", ConvSpec::new(10, 5))?;
        b.pool(Pool::Max, 2)?;
        b.relu();
        b.flatten();
        b.linear("fc1", 50)?;
        b.relu();
        b.linear("fc2", classes)
    }
}

impl fmt::Display for Lenet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lenet")
    }
}
