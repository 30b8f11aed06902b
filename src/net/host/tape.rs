//! The way back: gradients of the host reading by the chain rule, layer by layer from the last to the first.

use super::{
    act::{Form, HostAct, Parts},
    conv::Geometry,
    norm::{self, Moments},
};
use crate::net::{
    BatchNorm, Conv2d, Layer, Linear, Network, ParamId, Statistics,
    buffer::Buffer,
    kernel::{matmul_tn, matmul_wide},
};

/// What a forward pass wrote down for the way back.
#[derive(Default)]
pub struct Tape(pub(super) Vec<Saved>);

/// What one layer needs on the way back.
pub(super) enum Saved {
    /// Its input.
    Linear(Parts),
    /// Its input.
    Conv(Parts),
    Norm {
        x: Parts,
        moments: Moments,
        statistics: Statistics,
    },
    /// Its output.
    Activation(Parts),
    /// Its input.
    Pool(Parts),
    /// The form of its input, where it matters.
    Shape(Option<Form>),
}

impl Tape {
    /// Adds dL/dθ to `gradient` (length D), from dL/dz of the outputs, row-major `[N, classes]` for each part.
    ///
    /// The sum over parts is taken in their order, in f64, so it does not depend on the number of threads.
    pub fn backward(mut self, network: &Network, theta: &[f32], outputs: Vec<Vec<f32>>, gradient: &mut [f64]) {
        let classes = network.classes();
        let rows = outputs.into_iter().map(|d| {
            let mut data = Buffer::any(d.len());
            data.copy_from_slice(&d);
            HostAct { n: d.len() / classes, data, form: Form::Rows { f: classes } }
        });
        let dy = Parts::new(rows);
        let mut way = Back { network, theta, tape: &mut self.0, gradient };
        way.through(&network.layers, dy, false);
    }
}

struct Back<'a> {
    network: &'a Network,
    theta: &'a [f32],
    tape: &'a mut Vec<Saved>,
    gradient: &'a mut [f64],
}

impl Back<'_> {
    /// dL/dx of a stack from its dL/dy. The very first layer's is of no use to anybody: then `wanted` is false.
    fn through(&mut self, layers: &[Layer], dy: Parts, wanted: bool) -> Parts {
        layers.iter().enumerate().rev().fold(dy, |dy, (i, layer)| {
            let wanted = wanted || layers[..i].iter().any(Layer::has_parameters);
            self.layer(layer, dy, wanted)
        })
    }

    fn layer(&mut self, layer: &Layer, dy: Parts, wanted: bool) -> Parts {
        if let Layer::Residual(r) = layer {
            let from_shortcut = self.through(&r.shortcut, dy.clone(), wanted);
            let from_body = self.through(&r.body, dy, wanted);
            return if wanted { from_body.update_with(&from_shortcut, |x, y| x.add(y)) } else { from_body };
        }
        let Some(saved) = self.tape.pop() else { unreachable!("every layer has written down something") };
        match (layer, saved) {
            (Layer::Linear(l), Saved::Linear(x)) => self.linear(l, &x, dy, wanted),
            (Layer::Conv2d(c), Saved::Conv(x)) => self.conv(c, &x, dy, wanted),
            (Layer::BatchNorm(b), Saved::Norm { x, moments, statistics }) => self.norm(b, &x, dy, &moments, statistics),
            (Layer::Activation(a), Saved::Activation(y)) => dy.update_with(&y, |d, y| d.deactivate(y, *a)),
            (Layer::Pool(p, k), Saved::Pool(x)) => dy.map_with(&x, |d, x| d.unpooled(x, *p, *k)),
            (Layer::Subsample(s), Saved::Shape(Some(Form::Planes { c, h, w }))) => {
                dy.map(|d| d.unsubsampled([c, h, w], *s))
            }
            (Layer::PadChannels { before, after }, _) => dy.map(|d| d.unpadded(*before, *after)),
            (Layer::Flatten, Saved::Shape(Some(form @ Form::Planes { .. }))) => dy.map(|d| d.unflattened(form)),
            (Layer::Flatten, _) => dy,
            _ => unreachable!("the tape is read in the order it was written"),
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

    fn linear(&mut self, layer: &Linear, x: &Parts, dy: Parts, wanted: bool) -> Parts {
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
        if !wanted {
            return dy;
        }
        let weight = &self.theta[self.network.layout().get(layer.weight).range()];
        dy.map(|dy| {
            let mut data = Buffer::any(dy.n * f);
            matmul_wide(&dy.data, weight, &mut data, dy.n, f, out);
            HostAct { data, n: dy.n, form: Form::Rows { f } }
        })
    }

    fn conv(&mut self, layer: &Conv2d, x: &Parts, dy: Parts, wanted: bool) -> Parts {
        let shape = &self.network.layout().get(layer.weight).shape;
        let geometry = Geometry { out: shape[0], k: shape[2], stride: layer.stride, pad: layer.padding };
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
        if !wanted {
            return dy;
        }
        let weight = &self.theta[self.network.layout().get(layer.weight).range()];
        dy.map_with(x, |dy, x| geometry.input_gradient(dy, weight, x.planes()))
    }

    fn norm(&mut self, layer: &BatchNorm, x: &Parts, dy: Parts, moments: &Moments, statistics: Statistics) -> Parts {
        let gradients = norm::parameter_gradients(x, &dy, moments);
        self.add(layer.weight, gradients[0].iter().copied());
        self.add(layer.bias, gradients[1].iter().copied());
        let gamma = &self.theta[self.network.layout().get(layer.weight).range()];
        let through = (statistics == Statistics::Batch).then_some(&gradients);
        norm::input_gradient(x, dy, moments, gamma, through)
    }
}
