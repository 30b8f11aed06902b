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
    layout::ParamId,
    network::Network,
    op::{Affine, Conv2d},
    parts::Parts,
};

/// An affine layer or a convolution, and its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    pub weight: ParamId,
    pub bias: Option<ParamId>,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Affine { out: usize },
    Conv(Geometry),
}

impl Linear {
    pub fn affine(network: &Network, layer: Affine) -> Linear {
        let how = How::Affine { out: network.layout().get(layer.weight).shape[0] };
        Linear { weight: layer.weight, bias: layer.bias, how }
    }

    pub fn conv(network: &Network, layer: Conv2d) -> Linear {
        let how = How::Conv(Geometry::of(layer, network.layout().get(layer.weight).shape[0]));
        Linear { weight: layer.weight, bias: layer.bias, how }
    }

    fn outputs(&self, x: &HostAct) -> [usize; 3] {
        match &self.how {
            How::Affine { out } => [*out, 1, 1],
            How::Conv(geometry) => geometry.outputs(x.shape),
        }
    }

    fn add(&self, x: &HostAct, weight: &[f32], plus: Plus<'_>, y: &mut HostAct) {
        match &self.how {
            How::Affine { .. } => affine::product(x, weight, plus, y),
            How::Conv(geometry) => geometry.product(x, weight, plus, y),
        }
    }

    /// B(W, x) + b
    pub fn product(&self, x: &Parts, weight: &[f32], bias: Option<&[f32]>) -> Parts {
        x.map(|x| self.part(x, weight, bias))
    }

    /// The same of one part.
    pub fn part(&self, x: &HostAct, weight: &[f32], bias: Option<&[f32]>) -> HostAct {
        let mut y = HostAct::any(x.n, self.outputs(x));
        self.add(x, weight, bias.map_or(Plus::Nothing, Plus::Bias), &mut y);
        y
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
        x.each_with(dy, |x, dy| match &self.how {
            How::Affine { .. } => affine::weight_gradient(x, dy),
            How::Conv(geometry) => geometry.weight_gradient(x, dy),
        })
    }

    /// D(W, δ) for an input of the form of x.
    pub fn input_gradient(&self, dy: &Parts, weight: &[f32], x: &Parts) -> Parts {
        dy.map_with(x, |dy, x| match &self.how {
            How::Affine { .. } => affine::input_gradient(dy, weight, x.shape),
            How::Conv(geometry) => geometry.input_gradient(dy, weight, x.shape),
        })
    }
}
