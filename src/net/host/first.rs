//! The first layer at many points between a few anchors, from one product for each anchor.

use std::sync::Arc;

use rayon::prelude::*;
use valleyscope_kernels::{HeadPoint, Pooled, heads};

use super::linear::Linear;
use crate::net::{
    graph::Head,
    host_act::HostAct,
    network::Network,
    op::{Maximum, Op},
    parts::Parts,
    reading::Reading,
    state::State,
};

/// A point Σ_j w_j a_j.
#[derive(Clone, Copy)]
pub struct Between<'a> {
    /// One weight for each anchor.
    pub weights: &'a [f32],
    /// The point itself; of its first layer only the bias is looked at.
    pub at: &'a State,
}

impl Network {
    fn first_linear(&self) -> Option<Linear> {
        match self.first_product()? {
            Op::Affine(_, layer) => Some(Linear::affine(self, *layer)),
            Op::Conv2d(_, layer) => Some(Linear::conv(self, *layer)),
            _ => None,
        }
    }

    /// The first node's product with a batch at θ, bias not added: what [`Network::host_heads`] combines.
    pub fn host_first_product(&self, theta: &[f32], x: &Parts) -> Option<Parts> {
        let of = self.first_linear()?;
        Some(of.product(x, &theta[self.layout().get(of.weight).range()], None))
    }

    /// What the first layer and the operations right after it that keep the order of numbers give at every point, from the first
    /// products at the anchors. The numbers have the bits that layer after layer gives them.
    pub fn host_heads(&self, products: &[Parts], points: &[Between<'_>]) -> Option<Vec<Parts>> {
        let (head, of) = (self.graph().head()?, self.first_linear()?);
        let biases: Vec<Option<&[f32]>> =
            points.iter().map(|point| of.bias.map(|id| &point.at.theta[self.layout().get(id).range()])).collect();
        let part = |part: usize| {
            let products: Vec<&HostAct> = products.iter().map(|parts| &*parts.0[part]).collect();
            part_heads(&products, points, &biases, head)
        };
        let parts: Vec<Vec<HostAct>> = match products.first()?.0.len() {
            1 => vec![part(0)],
            count => (0..count).into_par_iter().map(part).collect(),
        };
        let mut heads = vec![Parts::default(); points.len()];
        for part in parts {
            heads.iter_mut().zip(part).for_each(|(head, part)| head.0.push(Arc::new(part)));
        }
        Some(heads)
    }

    /// The outputs from what [`Network::host_heads`] gives.
    pub fn forward_after_head<R: Reading>(&self, reading: &mut R, head: R::Value) -> R::Value {
        match self.graph().head() {
            Some(of) => self.graph().forward_from(of.end, reading, head),
            None => head,
        }
    }
}

/// One part's, point by point.
fn part_heads(products: &[&HostAct], points: &[Between<'_>], biases: &[Option<&[f32]>], head: Head) -> Vec<HostAct> {
    let Some(first) = products.first() else { return Vec::new() };
    let ([c, h, w], width) = (first.shape, first.width());
    let Maximum { window, stride } = head.windows.unwrap_or(Maximum::NONE);
    let output = Maximum { window, stride }.outputs([h, w]);
    let windows = Pooled { input: [h, w], output, window, stride, padding: 0, width };
    let mut ys: Vec<HostAct> = points.iter().map(|_| HostAct::any(first.n, [c, output[0], output[1]])).collect();
    let each = ys.iter_mut().zip(points).zip(biases);
    let mut points: Vec<HeadPoint<'_>> =
        each.map(|((y, point), bias)| HeadPoint { weights: point.weights, bias: *bias, y: &mut y.data }).collect();
    let products: Vec<&[f32]> = products.iter().map(|x| &*x.data).collect();
    heads(valleyscope_kernels::Head { products: &products, windows, rises: head.rises }, &mut points);
    ys
}
