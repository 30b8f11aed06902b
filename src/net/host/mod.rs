//! The host reading: one parameter point over plain slices on the CPU, forwards and, with a tape, backwards.
//!
//! It does the same arithmetic as the primal reading, in f32, several times faster than tensors can: no dispatch, no
//! allocation per operation that the cache does not absorb, convolution as one matrix product per part, pooling as one
//! sweep. A batch is cut into parts that stay in a core's cache. Without batch statistics parts have nothing to do with
//! each other: a caller takes one through all layers before the next. With them, all parts of a batch go through a layer
//! together, in parallel.

mod act;
mod conv;
mod norm;
mod tape;

#[cfg(test)]
mod tests;

pub use act::{HostAct, Parts};
pub use tape::Tape;

use self::{act::Form, conv::Geometry, norm::Moments, tape::Saved};
use super::{
    Activation, BatchNorm, Conv2d, Layer, Linear, Network, ParamId, Pool, Reading, Statistics, buffer::Buffer,
    kernel::matmul_nt,
};

/// Reads the layers at one point θ.
pub struct Host<'a> {
    network: &'a Network,
    theta: &'a [f32],
    buffers: &'a [f32],
    statistics: Statistics,
    /// What the first layer gives before its bias, when it is known.
    first: Option<Parts>,
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
        Host { network, theta, buffers, statistics, first: None, tape: None, seen }
    }

    /// Lets the reading use Σ wⱼ pⱼ as its first product, from those of the anchors it lies between.
    pub fn between(mut self, terms: &[(f32, &Parts)]) -> Self {
        self.first = Parts::combined(terms);
        self
    }

    /// Whether the input is not needed any more, because what the first layer makes of it is known.
    pub fn knows_first(&self) -> bool {
        self.first.is_some()
    }

    /// Writes down what the way back needs.
    pub fn recording(mut self) -> Self {
        self.tape = Some(Tape::default());
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

    fn part(&self, id: ParamId) -> &'a [f32] {
        &self.theta[self.network.layout().get(id).range()]
    }

    fn buffer(&self, id: ParamId) -> &'a [f32] {
        &self.buffers[self.network.buffers().get(id).range()]
    }

    fn save(&mut self, saved: impl FnOnce() -> Saved) {
        if let Some(tape) = &mut self.tape {
            tape.0.push(saved());
        }
    }

    fn geometry(&self, layer: &Conv2d) -> Geometry {
        let shape = &self.network.layout().get(layer.weight).shape;
        Geometry { out: shape[0], k: shape[2], stride: layer.stride, pad: layer.padding }
    }

    fn plus_bias(&self, x: Parts, bias: Option<ParamId>) -> Parts {
        let Some(bias) = bias.map(|id| self.part(id)) else { return x };
        x.update(|x| match x.form {
            Form::Rows { f } => {
                for row in x.data.chunks_exact_mut(f) {
                    row.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
                }
            }
            Form::Planes { h, w, .. } => {
                for (plane, b) in x.data.chunks_exact_mut(x.n * h * w).zip(bias) {
                    plane.iter_mut().for_each(|x| *x += b);
                }
            }
        })
    }

    /// x Wᵀ
    fn linear_product(&self, x: &Parts, layer: &Linear) -> Parts {
        let shape = &self.network.layout().get(layer.weight).shape;
        let (out, f) = (shape[0], shape[1]);
        x.map(|x| {
            let mut data = Buffer::any(x.n * out);
            matmul_nt(&x.data, self.part(layer.weight), &mut data, x.n, out, f);
            HostAct { data, n: x.n, form: Form::Rows { f: out } }
        })
    }

    fn conv_product(&self, x: &Parts, layer: &Conv2d) -> Parts {
        let geometry = self.geometry(layer);
        x.map(|x| geometry.product(x, self.part(layer.weight)))
    }

    /// Unbiased, as running variances are kept.
    fn note_statistics(&mut self, layer: &BatchNorm, moments: &Moments, count: f64) {
        let buffers = self.network.buffers();
        let unbiased = count / (count - 1.0);
        for (out, m) in self.seen[buffers.get(layer.mean).range()].iter_mut().zip(&moments.mean) {
            *out = *m as f32;
        }
        for (out, v) in self.seen[buffers.get(layer.variance).range()].iter_mut().zip(&moments.variance) {
            *out = (v * unbiased) as f32;
        }
    }
}

impl Network {
    /// The first layer's product with a batch at θ, bias not added: what [`Host::between`] combines.
    pub fn host_first_product(&self, theta: &[f32], x: &Parts) -> Option<Parts> {
        let host = Host::at(self, theta, &[], Statistics::Running);
        match self.shared_first_layer()? {
            Layer::Linear(l) => Some(host.linear_product(&flat(x), l)),
            Layer::Conv2d(c) => Some(host.conv_product(x, c)),
            _ => None,
        }
    }
}

/// Rows of features, without a copy where the numbers lie so already.
fn flat(x: &Parts) -> Parts {
    match x.0.first().map(|p| p.form) {
        Some(Form::Planes { .. }) => x.map(HostAct::rows),
        _ => x.clone(),
    }
}

impl Reading for Host<'_> {
    type Value = Parts;

    fn linear(&mut self, x: Parts, layer: &Linear) -> Parts {
        let y = self.first.take().unwrap_or_else(|| self.linear_product(&x, layer));
        self.save(|| Saved::Linear(x));
        self.plus_bias(y, layer.bias)
    }

    fn conv2d(&mut self, x: Parts, layer: &Conv2d) -> Parts {
        let y = self.first.take().unwrap_or_else(|| self.conv_product(&x, layer));
        self.save(|| Saved::Conv(x));
        self.plus_bias(y, layer.bias)
    }

    fn batch_norm(&mut self, x: Parts, layer: &BatchNorm) -> Parts {
        let moments = match self.statistics {
            Statistics::Running => Moments::running(self.buffer(layer.mean), self.buffer(layer.variance)),
            Statistics::Batch => Moments::of(&x),
        };
        if self.statistics == Statistics::Batch {
            self.note_statistics(layer, &moments, norm::count(&x));
        }
        let y = norm::normalised(&x, &moments, self.part(layer.weight), self.part(layer.bias));
        let statistics = self.statistics;
        self.save(|| Saved::Norm { x, moments, statistics });
        y
    }

    fn activation(&mut self, x: Parts, activation: Activation) -> Parts {
        let y = x.update(|x| x.activate(activation));
        self.save(|| Saved::Activation(y.clone()));
        y
    }

    fn pool(&mut self, x: Parts, pool: Pool, k: usize) -> Parts {
        let y = x.map(|x| x.pooled(pool, k));
        self.save(|| Saved::Pool(x));
        y
    }

    fn subsample(&mut self, x: Parts, s: usize) -> Parts {
        let y = x.map(|x| x.subsampled(s));
        self.save(|| Saved::Shape(x.0.first().map(|p| p.form)));
        y
    }

    fn pad_channels(&mut self, x: Parts, before: usize, after: usize) -> Parts {
        let y = x.map(|x| x.padded(before, after));
        self.save(|| Saved::Shape(None));
        y
    }

    fn flatten(&mut self, x: Parts) -> Parts {
        let y = flat(&x);
        self.save(|| Saved::Shape(x.0.first().map(|p| p.form)));
        y
    }

    fn add(&mut self, x: Parts, y: Parts) -> Parts {
        x.update_with(&y, |x, y| x.add(y))
    }
}
