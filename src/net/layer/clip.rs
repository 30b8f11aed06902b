//! φ(x) = min(max(x, δ), 1 − δ) of every number: the clipped output of "The Anisotropic Noise in Stochastic Gradient
//! Descent" (20), which has δ = 0.001.

use burn::tensor::{Tensor, activation};

use super::kind::{Entry, Layer};
use crate::net::{
    act::Act,
    builder::{Builder, Built},
    host_act::HostAct,
    keys::Fault,
    op::{Along, Local},
};

/// `clip(DELTA)`.
pub(super) struct Clipping;

impl Layer for Clipping {
    fn usage(&self) -> Vec<&'static str> {
        vec!["clip(DELTA)"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        match numbers {
            [delta] => Some(b.clip(*delta as f32)),
            _ => None,
        }
    }

    fn with_decimal(&self, b: &mut Builder, _word: &str, number: f32) -> Option<Built> {
        Some(b.clip(number))
    }

    fn in_description(&self, b: &mut Builder, _name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        let Some(delta) = entry.keys.decimal_or_on(entry.key)? else {
            return Err("clip needs its δ, such as clip = 0.001".to_string().into());
        };
        b.clip(delta)?;
        Ok(())
    }
}

impl Builder {
    /// Keeps every number between δ and 1 − δ.
    pub(in crate::net) fn clip(&mut self, delta: f32) -> Built {
        // NaN is refused, too.
        if !(0.0..0.5).contains(&delta) {
            return Err(format!("clip({delta}) keeps nothing between its ends; give 0 or more, and less than 0.5"));
        }
        self.local(Clip { low: delta, high: 1.0 - delta }, Vec::new());
        self.gives(self.shape, 0);
        Ok(())
    }
}

#[derive(Debug)]
struct Clip {
    low: f32,
    high: f32,
}

impl Local for Clip {
    fn words(&self) -> String {
        format!("clip to [{}, {}]", self.low, self.high)
    }

    fn on_host(&self, x: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut y = x.clone();
        // What is not a number stays so.
        y.data.iter_mut().for_each(|x| *x = x.clamp(self.low, self.high));
        y
    }

    /// The slope at both kinks is 0, as that of ReLU.
    fn back(&self, x: &HostAct, dy: &HostAct, _parameters: &[&[f32]]) -> HostAct {
        let mut dx = dy.clone();
        for (d, x) in dx.data.iter_mut().zip(x.data.iter()) {
            // 0 times a number that is clamped, so that one that is none shows and infinity does not make one.
            *d = if *x > self.low && *x < self.high { *d } else { 0.0 * x.clamp(self.low, self.high) };
        }
        dx
    }

    fn tangent(&self, along: &Along<'_>) -> HostAct {
        self.back(along.x, along.dx, along.parameters)
    }

    fn on_tensors(&self, x: Act, _parameters: &[&Tensor<1>]) -> Act {
        fn apply<const D: usize>(x: Tensor<D>, clip: &Clip) -> Tensor<D> {
            let (low, high) = (f64::from(clip.low), f64::from(clip.high));
            // Of ReLUs, whose slope at the kink is 0.
            activation::relu(activation::relu(x - low).neg() + (high - low)).neg() + high
        }
        match x {
            Act::Image(x) => Act::Image(apply(x, self)),
            Act::Flat(x) => Act::Flat(apply(x, self)),
        }
    }
}
