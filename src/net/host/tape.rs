//! The way back: gradients of the host reading by the chain rule, node by node from the last to the first.

use super::{
    linear::Linear,
    norm::{self, Moments},
};
use crate::net::{
    buffer::Buffer,
    graph::Node,
    host_act::HostAct,
    layout::ParamId,
    network::Network,
    op::{BatchNorm, LocalOp, Op, Statistics},
    parts::Parts,
};

/// What a forward pass wrote down for the way back, node by node.
#[derive(Clone, Default)]
pub struct Tape(Vec<Option<Saved>>);

/// What one node needs on the way back; copies share the numbers.
#[derive(Clone)]
pub(super) enum Saved {
    /// Its input, its output or its input's outline, as the operation asks.
    Values(Parts),
    Norm {
        x: Parts,
        moments: Moments,
        statistics: Statistics,
    },
}

impl Tape {
    /// An empty one.
    pub(super) fn new(network: &Network) -> Tape {
        Tape(network.graph().nodes().iter().map(|_| None).collect())
    }

    pub(super) fn save(&mut self, node: usize, saved: Saved) {
        self.0[node] = Some(saved);
    }

    /// What a node wrote down.
    pub(super) fn take(&mut self, node: usize) -> Option<Saved> {
        self.0[node].take()
    }

    /// Adds dL/dθ to `gradient` (length D), from dL/dz of the outputs, row-major `[N, classes]` for each part.
    ///
    /// The sum over parts is taken in their order, in f64, so it does not depend on the number of threads. The gradient
    /// of a value that θ does not act on is of no use, and not taken.
    pub fn backward(mut self, network: &Network, theta: &[f32], outputs: Vec<Vec<f32>>, gradient: &mut [f64]) {
        let classes = network.classes();
        let nodes = network.graph().nodes();
        let mut back = Back { network, theta, slopes: vec![None; nodes.len() + 1], gradient };
        back.give(nodes.len(), Parts::new(outputs.iter().map(|d| HostAct::slopes(d, classes))));
        for (i, (node, saved)) in nodes.iter().zip(&mut self.0).enumerate().rev() {
            if let Some(dy) = back.slopes[i + 1].take() {
                back.node(node, saved.take(), dy);
            }
        }
    }
}

struct Back<'a> {
    network: &'a Network,
    theta: &'a [f32],
    /// dL/dv of every value v, as far as it is known.
    slopes: Vec<Option<Parts>>,
    gradient: &'a mut [f64],
}

impl Back<'_> {
    fn is_wanted(&self, value: usize) -> bool {
        self.network.graph().depends(value)
    }

    /// Adds to dL/dv of a value.
    fn give(&mut self, value: usize, slope: Parts) {
        if self.is_wanted(value) {
            self.slopes[value] = Some(match self.slopes[value].take() {
                Some(before) => slope.update_with(&before, |x, y| x.add(y)),
                None => slope,
            });
        }
    }

    /// Takes dL/dy through a node to its parameters and its inputs.
    fn node(&mut self, node: &Node, saved: Option<Saved>, dy: Parts) {
        match (node, saved) {
            (Op::Affine(v, layer), Some(Saved::Values(x))) => {
                self.linear(*v, Linear::affine(self.network, *layer), &x, &dy);
            }
            (Op::Conv2d(v, layer), Some(Saved::Values(x))) => {
                self.linear(*v, Linear::conv(self.network, *layer), &x, &dy);
            }
            (Op::BatchNorm(v, layer), Some(Saved::Norm { x, moments, statistics })) => {
                self.norm(*v, *layer, &x, dy, &moments, statistics);
            }
            (Op::Pointwise(v, function), Some(Saved::Values(kept))) => {
                self.give(*v, dy.update_with(&kept, |d, kept| (function.back)(&mut d.data, &kept.data)));
            }
            (Op::Local(v, op), Some(Saved::Values(x))) => self.local(*v, op, &x, &dy),
            (Op::Flatten(v), Some(Saved::Values(x))) => {
                self.give(*v, dy.update_with(&x, |d, x| d.shape = x.shape));
            }
            // The second input is served first, so that a value that both come from gets first + second.
            (Op::Add(x, y), None) => {
                self.give(*y, dy.clone());
                self.give(*x, dy);
            }
            _ => unreachable!("every node has written down what it asks for"),
        }
    }

    fn add(&mut self, id: ParamId, values: impl IntoIterator<Item = f64>) {
        let range = self.network.layout().get(id).range();
        self.gradient[range].iter_mut().zip(values).for_each(|(g, x)| *g += x);
    }

    fn add_parts(&mut self, id: ParamId, parts: Vec<Buffer>) {
        for part in parts {
            self.add(id, part.iter().map(|x| f64::from(*x)));
        }
    }

    fn linear(&mut self, v: usize, of: Linear, x: &Parts, dy: &Parts) {
        self.add_parts(of.weight, of.weight_gradient(x, dy));
        self.bias(of.bias, dy);
        if self.is_wanted(v) {
            let weight = &self.theta[self.network.layout().get(of.weight).range()];
            self.give(v, of.input_gradient(dy, weight, x));
        }
    }

    /// dL/db is the sum of dL/dy over pixels and examples.
    fn bias(&mut self, bias: Option<ParamId>, dy: &Parts) {
        let Some(bias) = bias else { return };
        for sums in dy.each(norm::channel_sums) {
            self.add(bias, sums);
        }
    }

    fn norm(&mut self, v: usize, layer: BatchNorm, x: &Parts, dy: Parts, moments: &Moments, statistics: Statistics) {
        let gradients = norm::parameter_gradients(x, &dy, moments);
        self.add(layer.weight, gradients[0].iter().copied());
        self.add(layer.bias, gradients[1].iter().copied());
        if !self.is_wanted(v) {
            return;
        }
        let gamma = &self.theta[self.network.layout().get(layer.weight).range()];
        let through = (statistics == Statistics::Batch).then_some(&gradients);
        self.give(v, norm::input_gradient(x, dy, moments, gamma, through));
    }

    fn local(&mut self, v: usize, op: &LocalOp, x: &Parts, dy: &Parts) {
        let (theta, layout) = (self.theta, self.network.layout());
        let parameters: Vec<&[f32]> = op.parameters.iter().map(|id| &theta[layout.get(*id).range()]).collect();
        if !parameters.is_empty() {
            let gradients = x.each_with(dy, |x, dy| op.what.parameter_gradients(x, dy, &parameters));
            for (id, values) in gradients.into_iter().flat_map(|part| op.parameters.iter().zip(part)) {
                self.add(*id, values);
            }
        }
        if self.is_wanted(v) {
            let dx = dy.map_with(x, |dy, x| op.what.back(x, dy, &parameters));
            self.give(v, dx);
        }
    }
}
