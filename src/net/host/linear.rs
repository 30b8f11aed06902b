//! What is linear in its weights W and in its input x, each for itself: y = B(W, x) + b. So all derivatives are made of B and
//! of its two adjoints: with W and x changing by V and x˙,
//!
//! y˙ = B(V, x) + B(W, x˙) + b˙; dL/dW = C(x, δ) and its change C(x, δ˙) + C(x˙, δ); dL/dx = D(W, δ) and its change D(W, δ˙) + D(V, δ),
//! where δ = dL/dy.

use valleyscope_kernels::Plus;

use super::{affine, conv::Geometry};
use crate::net::{
    buffer::Buffer,
    host_act::HostAct,
    network::Network,
    op::{Affine, Conv2d},
    parts::Parts,
};

/// An affine layer or a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) enum Linear {
    Affine { out: usize },
    Conv(Geometry),
}

impl Linear {
    pub fn affine(network: &Network, layer: Affine) -> Linear {
        Linear::Affine { out: network.layout().get(layer.weight).shape[0] }
    }

    pub fn conv(network: &Network, layer: Conv2d) -> Linear {
        Linear::Conv(Geometry::of(layer, network.layout().get(layer.weight).shape[0]))
    }

    fn outputs(&self, x: &HostAct) -> [usize; 3] {
        match self {
            Linear::Affine { out } => [*out, 1, 1],
            Linear::Conv(geometry) => geometry.outputs(x.shape),
        }
    }

    fn add(&self, x: &HostAct, weight: &[f32], plus: Plus<'_>, y: &mut HostAct) {
        match self {
            Linear::Affine { .. } => affine::product(x, weight, plus, y),
            Linear::Conv(geometry) => geometry.product(x, weight, plus, y),
        }
    }

    /// B(W, x) + b
    pub fn product(&self, x: &Parts, weight: &[f32], bias: Option<&[f32]>) -> Parts {
        x.map(|x| {
            let mut y = HostAct::any(x.n, self.outputs(x));
            self.add(x, weight, bias.map_or(Plus::Nothing, Plus::Bias), &mut y);
            y
        })
    }

    /// y˙; without x˙ only W and b change.
    pub fn tangent(
        &self,
        x: &Parts,
        dx: Option<&Parts>,
        weight: &[f32],
        change: &[f32],
        bias: Option<&[f32]>,
    ) -> Parts {
        let y = self.product(x, change, bias);
        match dx {
            Some(dx) => y.update_with(dx, |y, dx| self.add(dx, weight, Plus::There, y)),
            None => y,
        }
    }

    /// C(x, δ) of every part.
    pub fn weight_gradient(&self, x: &Parts, dy: &Parts) -> Vec<Buffer> {
        x.each_with(dy, |x, dy| match self {
            Linear::Affine { .. } => affine::weight_gradient(x, dy),
            Linear::Conv(geometry) => geometry.weight_gradient(x, dy),
        })
    }

    /// D(W, δ) for an input of the form of x.
    pub fn input_gradient(&self, dy: &Parts, weight: &[f32], x: &Parts) -> Parts {
        dy.map_with(x, |dy, x| match self {
            Linear::Affine { .. } => affine::input_gradient(dy, weight, x.shape),
            Linear::Conv(geometry) => geometry.input_gradient(dy, weight, x.shape),
        })
    }
}
