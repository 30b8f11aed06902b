//! Forwards at one point, operation by operation, so that what each gives can be kept for the way back.

use super::{
    linear::Linear,
    norm::{self, Moments},
    tape::{Saved, Tape},
};
use crate::net::{
    layout::ParamId,
    network::Network,
    op::{BatchNorm, LocalOp, Op, Statistics},
    parts::Parts,
    pointwise::{Keeps, Pointwise},
    reading::Reading,
};

/// Reads the network at one point θ.
pub struct Host<'a> {
    pub(super) network: &'a Network,
    theta: &'a [f32],
    buffers: &'a [f32],
    pub(super) statistics: Statistics,
    tape: Option<Tape>,
    /// Statistics of the batch that went through, in the layout of the buffers, variances unbiased.
    seen: Vec<f32>,
}

impl<'a> Host<'a> {
    /// The reading at `theta`, of length D, with running statistics `buffers`.
    pub fn at(network: &'a Network, theta: &'a [f32], buffers: &'a [f32], statistics: Statistics) -> Self {
        let seen = match statistics {
            Statistics::Batch => vec![0.0; network.buffers().len()],
            Statistics::Running => Vec::new(),
        };
        Host { network, theta, buffers, statistics, tape: None, seen }
    }

    /// Writes down what the way back needs.
    pub fn recording(mut self) -> Self {
        self.tape = Some(Tape::new(self.network));
        self
    }

    /// What was written down.
    pub fn into_tape(self) -> Tape {
        self.tape.unwrap_or_default()
    }

    /// Mean and unbiased variance of the batch that went through, in the layout of the buffers; empty without batch
    /// statistics.
    pub fn take_statistics(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.seen)
    }

    pub(super) fn part(&self, id: ParamId) -> &'a [f32] {
        &self.theta[self.network.layout().get(id).range()]
    }

    pub(super) fn buffer(&self, id: ParamId) -> &'a [f32] {
        &self.buffers[self.network.buffers().get(id).range()]
    }

    /// Writes down what the way back needs of a node, if it comes there.
    fn save(&mut self, node: usize, saved: impl FnOnce() -> Saved) {
        if let Some(tape) = &mut self.tape
            && self.network.graph().depends(node + 1)
        {
            tape.save(node, saved());
        }
    }

    /// B(W, x) + b
    fn linear(&mut self, node: usize, x: Parts, of: Linear) -> Parts {
        let y = of.product(&x, self.part(of.weight), of.bias.map(|id| self.part(id)));
        self.save(node, || Saved::Values(x));
        y
    }

    fn batch_norm(&mut self, node: usize, x: Parts, layer: BatchNorm) -> Parts {
        let moments = match self.statistics {
            Statistics::Running => Moments::running(self.buffer(layer.mean), self.buffer(layer.variance)),
            Statistics::Batch => Moments::of(&x),
        };
        if self.statistics == Statistics::Batch {
            moments.note(self.network, layer, norm::count(&x), &mut self.seen);
        }
        let y = norm::normalised(&x, &moments, self.part(layer.weight), self.part(layer.bias));
        let statistics = self.statistics;
        self.save(node, || Saved::Norm { x, moments, statistics });
        y
    }

    fn pointwise(&mut self, node: usize, x: Parts, function: &Pointwise) -> Parts {
        let apply = |x: Parts| x.update(|x| (function.apply)(&mut x.data));
        match function.keeps {
            Keeps::Input => {
                self.save(node, || Saved::Values(x.clone()));
                apply(x)
            }
            Keeps::Output => {
                let y = apply(x);
                self.save(node, || Saved::Values(y.clone()));
                y
            }
        }
    }

    fn local(&mut self, node: usize, x: Parts, op: &LocalOp) -> Parts {
        let parameters: Vec<&[f32]> = op.parameters.iter().map(|id| self.part(*id)).collect();
        let y = x.map(|x| op.what.on_host(x, &parameters));
        self.save(node, || Saved::Values(if op.what.needs_input() { x } else { x.outline() }));
        y
    }
}

impl Reading for Host<'_> {
    type Value = Parts;

    fn apply(&mut self, node: usize, op: Op<Parts>) -> Parts {
        match op {
            Op::Affine(x, layer) => self.linear(node, x, Linear::affine(self.network, layer)),
            Op::Conv2d(x, layer) => self.linear(node, x, Linear::conv(self.network, layer)),
            Op::BatchNorm(x, layer) => self.batch_norm(node, x, layer),
            Op::Pointwise(x, function) => self.pointwise(node, x, function),
            Op::Local(x, op) => self.local(node, x, &op),
            Op::Flatten(x) => {
                self.save(node, || Saved::Values(x.outline()));
                x.update(|x| x.shape = [x.features(), 1, 1])
            }
            Op::Add(x, y) => x.update_with(&y, |x, y| x.add(y)),
        }
    }
}
