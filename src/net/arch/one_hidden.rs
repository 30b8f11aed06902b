//! The networks with one hidden layer of "The Anisotropic Noise in Stochastic Gradient Descent" (Proposition 2, 5.2, D.2):
//! linear, ReLU, an output layer of +1 and −1 that is not trained, and the output clipped to [0.001, 0.999].
//!
//! With `--loss mse` the loss is the paper's (19), the mean of (φ(f) − y)² with y the class, 0 or 1. Biases in the hidden
//! layer, an even share of both signs and outputs that are not scaled by the width are our choice: the paper says nothing of
//! them.

use std::fmt;

use super::{
    family::{Arch, Guess},
    options::{Options, written},
};
use crate::net::{
    builder::{Builder, Built},
    shapes::Shapes,
};

const NAME: &str = "one-hidden";

/// The narrowest of the paper's 32, 128 and 512.
const USUAL: usize = 32;

/// The paper's δ.
const DELTA: f32 = 0.001;

struct OneHidden {
    width: usize,
}

pub(super) fn read(name: &str, options: Option<&str>) -> Option<Result<Box<dyn Arch>, String>> {
    if name != NAME {
        return None;
    }
    Some(Options::read(options, &[]).map(|options| {
        let width = options.number.unwrap_or(USUAL);
        Box::new(OneHidden { width }) as Box<dyn Arch>
    }))
}

pub(super) fn guess(shapes: &Shapes<'_>) -> Option<Guess> {
    let (width, inputs) = (shapes.dim("hidden.weight", 0)?, shapes.dim("hidden.weight", 1)?);
    // Nothing else has a hidden layer and no other.
    let is_alone = shapes.len() == 2 && shapes.dim("hidden.bias", 0) == Some(width);
    is_alone.then(|| Guess { arch: Box::new(OneHidden { width }), input: [inputs, 1, 1], classes: 2 })
}

impl Arch for OneHidden {
    fn build(&self, b: &mut Builder, classes: usize) -> Built {
        if classes != 2 {
            return Err(format!(
                "it tells two classes apart, the data has {classes}; choose other data or another network"
            ));
        }
        b.linear("hidden", self.width)?;
        b.relu();
        b.fixed_sum()?;
        b.clip(DELTA)?;
        b.pair()
    }
}

impl fmt::Display for OneHidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(NAME, (self.width != USUAL).then_some(self.width), &[]))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        net::{HostAct, Moved, Network, OutputSlopes, Parts, Statistics, Tangent, recognise},
        run::{Spread, Weights},
    };

    const POINTS: [usize; 3] = [2, 1, 1];

    #[test]
    fn the_output_layer_has_no_parameters() {
        for (net, width) in
            [("one-hidden", 32), ("one-hidden:32", 32), ("one-hidden:128", 128), ("one-hidden:512", 512)]
        {
            let network = Network::build(net, POINTS, 2).unwrap();
            assert_eq!(network.layout().len(), 3 * width, "{net}");
            let stack = Network::build(&format!("linear({width}) relu fixedsum clip(0.001) pair"), POINTS, 2).unwrap();
            assert_eq!(network.describe(), stack.describe());
            let params = network.layout().params();
            let tensors: Vec<_> = params.iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
            let found = recognise(&tensors, Some(POINTS)).unwrap();
            let written = net.replace(":32", "");
            assert_eq!((found.net, found.input, found.classes), (written, POINTS, 2));
        }
        for (net, classes, part) in [
            ("one-hidden", 10, "the data has 10"),
            ("one-hidden:33", 2, "gets 33 numbers"),
            ("one-hidden:x", 2, "is no number"),
            ("one-hiden", 2, "did you mean \"one-hidden\""),
        ] {
            let error = Network::build(net, POINTS, classes).unwrap_err().to_string();
            assert!(error.contains(part), "{net}: {error}");
        }
    }

    /// The outputs, and H v of the mean of (φ(f) − y)², which is 2/N Σ ∇f (∇f · v) over the examples that are not clipped: f
    /// is linear in θ as long as no unit turns on or off.
    #[test]
    fn outputs_and_curvature_are_those_of_the_closed_form() {
        const COUNT: usize = 30;
        let x: Vec<f32> = (0..2 * COUNT).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let label = |i: usize| i % 2;
        for width in [32, 128, 512] {
            let network = Network::build(&format!("one-hidden:{width}"), POINTS, 2).unwrap();
            let spread = Spread { deviation: 1.0 / (width as f64).sqrt(), biases: true };
            let theta = network.initial_state_by(6, Weights::Normal(spread), 1.0).theta;
            let v: Vec<f32> = (0..theta.len()).map(|i| (0.9 * i as f32).sin()).collect();
            let directions = [v.as_slice()];

            let (mut outputs, mut want, mut inside) = (Vec::new(), vec![0.0_f64; theta.len()], 0);
            for x in x.chunks_exact(2) {
                let (mut f, mut slopes) = (0.0_f64, vec![0.0_f64; theta.len()]);
                for k in 0..width {
                    let at = |i: usize| f64::from(theta[i]);
                    let before = at(2 * k) * f64::from(x[0]) + at(2 * k + 1) * f64::from(x[1]) + at(2 * width + k);
                    if before > 0.0 {
                        let sign: f64 = if k < width / 2 { 1.0 } else { -1.0 };
                        f += sign * before;
                        slopes[2 * k] = sign * f64::from(x[0]);
                        slopes[2 * k + 1] = sign * f64::from(x[1]);
                        slopes[2 * width + k] = sign;
                    }
                }
                let clipped = f.clamp(0.001, 0.999);
                outputs.extend([1.0 - clipped, clipped]);
                if f == clipped {
                    inside += 1;
                    let along: f64 = slopes.iter().zip(&v).map(|(s, v)| s * f64::from(*v)).sum();
                    want.iter_mut().zip(&slopes).for_each(|(w, s)| *w += 2.0 / COUNT as f64 * along * s);
                }
            }
            assert!(inside > 3 && inside < COUNT, "{width}: {inside} are not clipped");

            let images = Parts::new([HostAct::images(&x, POINTS)]);
            let mut reading = Tangent::at(&network, &theta, &[], Statistics::Running, &directions).recording();
            let (z, moved) = network.forward(&mut reading, Moved::images(images, 1)).into_outputs();
            for (found, want) in z.iter().zip(&outputs) {
                assert!((f64::from(*found) - want).abs() < 2e-6, "{width}: {found}, not {want}");
            }
            // Of the mean over the examples of the mean over both outputs.
            let target = |i: usize, j: usize| f32::from(u8::from(j == label(i)));
            let slope = |(i, z): (usize, &f32)| (z - target(i / 2, i % 2)) / COUNT as f32;
            let slopes = vec![z.iter().enumerate().map(slope).collect()];
            let changes = vec![vec![moved[0].iter().map(|dz| dz / COUNT as f32).collect()]];
            let mut sum = vec![0.0_f64; theta.len()];
            let outputs = OutputSlopes { slopes, changes };
            reading.into_tape().backward(&network, &theta, &directions, &outputs, &mut [&mut sum]);
            let size = want.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            for (found, want) in sum.iter().zip(&want) {
                assert!((found - want).abs() < 1e-5 * size, "{width}: {found}, not {want} of {size}");
            }
        }
    }
}
