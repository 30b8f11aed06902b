//! The way back: gradients of the host reading by the chain rule, node by node from the last to the first.

use super::{
    conv::Geometry,
    norm::{self, Moments},
};
use crate::net::{
    buffer::Buffer,
    graph::Node,
    host_act::{Form, HostAct},
    kernel::{matmul_tn, matmul_wide},
    layout::ParamId,
    network::Network,
    op::{Affine, BatchNorm, Conv2d, LocalOp, Op, Statistics},
    parts::Parts,
};

/// What a forward pass wrote down for the way back, node by node.
#[derive(Default)]
pub struct Tape(Vec<Option<Saved>>);

/// What one node needs on the way back.
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

    /// Adds dL/dθ to `gradient` (length D), from dL/dz of the outputs, row-major `[N, classes]` for each part.
    ///
    /// The sum over parts is taken in their order, in f64, so it does not depend on the number of threads. The gradient
    /// of a value that θ does not act on is of no use, and not taken.
    pub fn backward(mut self, network: &Network, theta: &[f32], outputs: Vec<Vec<f32>>, gradient: &mut [f64]) {
        let classes = network.classes();
        let rows = outputs.into_iter().map(|d| {
            let mut data = Buffer::any(d.len());
            data.copy_from_slice(&d);
            HostAct { n: d.len() / classes, data, form: Form::Rows { f: classes } }
        });
        let nodes = network.graph().nodes();
        let mut back = Back { network, theta, slopes: vec![None; nodes.len() + 1], gradient };
        back.give(nodes.len(), Parts::new(rows));
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
            (Op::Affine(v, layer), Some(Saved::Values(x))) => self.affine(*v, *layer, &x, dy),
            (Op::Conv2d(v, layer), Some(Saved::Values(x))) => self.conv(*v, *layer, &x, dy),
            (Op::BatchNorm(v, layer), Some(Saved::Norm { x, moments, statistics })) => {
                self.norm(*v, *layer, &x, dy, &moments, statistics);
            }
            (Op::Pointwise(v, function), Some(Saved::Values(kept))) => {
                self.give(*v, dy.update_with(&kept, |d, kept| (function.back)(&mut d.data, &kept.data)));
            }
            (Op::Local(v, op), Some(Saved::Values(x))) => self.local(*v, op, &x, &dy),
            (Op::Flatten(v), Some(Saved::Values(x))) => {
                self.give(*v, dy.map_with(&x, |d, x| d.unflattened(x.form)));
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

    fn affine(&mut self, v: usize, layer: Affine, x: &Parts, dy: Parts) {
        let shape = &self.network.layout().get(layer.weight).shape;
        let (out, f) = (shape[0], shape[1]);
        let weights = x.each_with(&dy, |x, dy| {
            let mut gradient = Buffer::any(out * f);
            matmul_tn(&dy.data, &x.data, &mut gradient, out, f, dy.n);
            gradient
        });
        self.add_parts(layer.weight, weights);
        if let Some(bias) = layer.bias {
            let sums = dy.each(|dy| {
                let mut sum = Buffer::zeros(out);
                for row in dy.data.chunks_exact(out) {
                    sum.iter_mut().zip(row).for_each(|(s, d)| *s += d);
                }
                sum
            });
            self.add_parts(bias, sums);
        }
        if !self.is_wanted(v) {
            return;
        }
        let weight = &self.theta[self.network.layout().get(layer.weight).range()];
        let dx = dy.map(|dy| {
            let mut data = Buffer::any(dy.n * f);
            matmul_wide(&dy.data, weight, &mut data, dy.n, f, out);
            HostAct { data, n: dy.n, form: Form::Rows { f } }
        });
        self.give(v, dx);
    }

    fn conv(&mut self, v: usize, layer: Conv2d, x: &Parts, dy: Parts) {
        let geometry = Geometry::of(layer, self.network.layout().get(layer.weight).shape[0]);
        let weights = x.each_with(&dy, |x, dy| geometry.weight_gradient(x, dy));
        self.add_parts(layer.weight, weights);
        if let Some(bias) = layer.bias {
            let sums = dy.each(|dy| {
                let plane = dy.data.len() / geometry.out;
                dy.data.chunks_exact(plane).map(|d| d.iter().map(|x| f64::from(*x)).sum::<f64>()).collect::<Vec<_>>()
            });
            for sum in sums {
                self.add(bias, sum);
            }
        }
        if !self.is_wanted(v) {
            return;
        }
        let weight = &self.theta[self.network.layout().get(layer.weight).range()];
        self.give(v, dy.map_with(x, |dy, x| geometry.input_gradient(dy, weight, x.planes())));
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
