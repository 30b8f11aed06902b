//! Forwards at one point, with nothing kept for a way back: operations wait until numbers of all parts are needed at once, and
//! then every part goes through those that wait while it is in a core's cache.
//!
//! That is at the end, at statistics of a batch, and at a value that is used more than once.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    linear::Linear,
    norm::{self, Moments},
};
use crate::net::{
    graph::Use,
    host_act::HostAct,
    layout::ParamId,
    network::Network,
    op::{BatchNorm, Op, Statistics},
    parts::Parts,
    reading::Reading,
};

/// Reads the network at one point θ.
pub struct Passing<'a> {
    network: &'a Network,
    theta: &'a [f32],
    buffers: &'a [f32],
    statistics: Statistics,
    /// Statistics of the batch that went through, in the layout of the buffers, variances unbiased.
    seen: Vec<f32>,
}

/// What an operation makes of a part, which it may change in place; the number is that of the part.
type Step<'a> = Arc<dyn Fn(usize, Arc<HostAct>) -> Arc<HostAct> + Send + Sync + 'a>;

/// Parts, and what is still to be done with each.
#[derive(Clone, Default)]
pub struct Waiting<'a> {
    parts: Parts,
    steps: Vec<Step<'a>>,
}

impl From<Parts> for Waiting<'_> {
    fn from(parts: Parts) -> Self {
        Waiting { parts, steps: Vec::new() }
    }
}

impl<'a> Waiting<'a> {
    fn then(mut self, step: impl Fn(usize, Arc<HostAct>) -> Arc<HostAct> + Send + Sync + 'a) -> Self {
        self.steps.push(Arc::new(step));
        self
    }

    /// In place, unless something else still needs the part.
    fn change(self, step: impl Fn(&mut HostAct) + Send + Sync + 'a) -> Self {
        self.then(move |_, mut x| {
            step(Arc::make_mut(&mut x));
            x
        })
    }

    /// Does what waits, and with every part's numbers what `also` says.
    fn done_with<T: Send>(self, also: impl Fn(&HostAct) -> T + Sync) -> (Parts, Vec<T>) {
        let steps = &self.steps;
        let through = |(number, part): (usize, Arc<HostAct>)| {
            let part = steps.iter().fold(part, |part, step| step(number, part));
            let told = also(&part);
            (part, told)
        };
        let parts = self.parts.0;
        let found: Vec<(Arc<HostAct>, T)> = match parts.len() {
            1 => parts.into_iter().enumerate().map(through).collect(),
            _ => parts.into_par_iter().enumerate().map(through).collect(),
        };
        let (parts, told) = found.into_iter().unzip();
        (Parts(parts), told)
    }

    fn done(self) -> Parts {
        if self.steps.is_empty() { self.parts } else { self.done_with(|_| ()).0 }
    }

    /// The numbers, `[N, F]` row-major.
    pub fn into_outputs(self) -> Vec<f32> {
        self.done().into_outputs()
    }
}

impl<'a> Passing<'a> {
    /// The reading at `theta`, of length D, with running statistics `buffers`.
    pub fn at(network: &'a Network, theta: &'a [f32], buffers: &'a [f32], statistics: Statistics) -> Self {
        let seen = match statistics {
            Statistics::Batch => vec![0.0; network.buffers().len()],
            Statistics::Running => Vec::new(),
        };
        Passing { network, theta, buffers, statistics, seen }
    }

    /// Mean and unbiased variance of the batch that went through, in the layout of the buffers; empty without batch
    /// statistics.
    pub fn take_statistics(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.seen)
    }

    fn part(&self, id: ParamId) -> &'a [f32] {
        &self.theta[self.network.layout().get(id).range()]
    }

    fn buffer(&self, id: ParamId) -> &'a [f32] {
        &self.buffers[self.network.buffers().get(id).range()]
    }

    fn linear(&self, x: Waiting<'a>, of: Linear) -> Waiting<'a> {
        let (weight, bias) = (self.part(of.weight), of.bias.map(|id| self.part(id)));
        x.then(move |_, x| Arc::new(of.part(&x, weight, bias)))
    }

    fn batch_norm(&mut self, x: Waiting<'a>, layer: BatchNorm) -> Waiting<'a> {
        let (x, moments) = match self.statistics {
            Statistics::Running => (x, Moments::running(self.buffer(layer.mean), self.buffer(layer.variance))),
            Statistics::Batch => {
                let (x, sums) = x.done_with(norm::part_moments);
                let moments = Moments::merged(&sums);
                moments.note(self.network, layer, norm::count(&x), &mut self.seen);
                (x.into(), moments)
            }
        };
        let (gamma, beta) = (self.part(layer.weight), self.part(layer.bias));
        x.then(move |_, x| Arc::new(norm::normalised_part(&x, &moments, gamma, beta)))
    }
}

impl<'a> Reading for Passing<'a> {
    type Value = Waiting<'a>;

    fn apply(&mut self, node: usize, op: Op<Waiting<'a>>) -> Waiting<'a> {
        let y = match op {
            Op::Affine(x, layer) => self.linear(x, Linear::affine(self.network, layer)),
            Op::Conv2d(x, layer) => self.linear(x, Linear::conv(self.network, layer)),
            Op::BatchNorm(x, layer) => self.batch_norm(x, layer),
            Op::Pointwise(x, function) => x.change(|x| (function.apply)(&mut x.data)),
            Op::Local(x, op) => {
                let parameters: Vec<&'a [f32]> = op.parameters.iter().map(|id| self.part(*id)).collect();
                x.then(move |_, x| Arc::new(op.what.on_host(&x, &parameters)))
            }
            Op::Flatten(x) => x.change(|x| x.shape = [x.features(), 1, 1]),
            Op::Add(x, y) => {
                let y = y.done();
                x.then(move |number, mut x| {
                    Arc::make_mut(&mut x).add(&y.0[number]);
                    x
                })
            }
        };
        match self.network.graph().uses(node + 1) {
            Use::Once => y,
            // What waits would be done anew for everything that uses it.
            Use::Several => y.done().into(),
        }
    }
}
