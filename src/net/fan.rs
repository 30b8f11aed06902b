//! The fan reading: K parameter points that are combinations of a few anchors, for slices, planes and ensembles.
//!
//! θ_k = Σ_j w_kj a_j. While all points still see the same input (the data itself), an operation that is linear in its
//! weight needs one product per *anchor*, not per point: x W(θ_k)ᵀ = Σ_j w_kj x W(a_j)ᵀ. A line of any number of points costs
//! two first-layer products, or one when the product of an end is already known; a plane costs three.

use std::ops::Range;

use burn::tensor::Device;

use super::{
    act::Act,
    layout::ParamId,
    network::Network,
    op::{Op, Statistics},
    primal::{self, Tensors},
    reading::Reading,
    state::State,
};

/// Σ_j w_j a_j into `sum`, summed in f64 and rounded once, so that a weight of 1 alone gives the anchor to the bit. Leaves
/// alone what `sum` holds in `unused`, a stretch of θ that nobody will read.
pub fn combine_beside(sum: &mut [f32], anchors: &[&[f32]], weights: &[f64], unused: Range<usize>) {
    for i in (0..unused.start).chain(unused.end..sum.len()) {
        sum[i] = weights.iter().zip(anchors).map(|(w, a)| w * f64::from(a[i])).sum::<f64>() as f32;
    }
}

/// Σ_j w_j s_j of whole states: running statistics are combined as the parameters are.
pub fn combine(anchors: &[&State], weights: &[f64]) -> State {
    let sum = |part: fn(&State) -> &[f32]| {
        let parts: Vec<&[f32]> = anchors.iter().map(|s| part(s)).collect();
        let mut sum = vec![0.0; parts.first().map_or(0, |p| p.len())];
        combine_beside(&mut sum, &parts, weights, 0..0);
        sum
    };
    State { theta: sum(|s| &s.theta), buffers: sum(|s| &s.buffers) }
}

/// The parameter points of a fan, ready on the device.
pub struct FanPoints {
    anchors: Vec<Tensors>,
    /// `[K][anchors]`
    weights: Vec<Vec<f64>>,
    points: Vec<Tensors>,
}

impl FanPoints {
    /// Points Σ_j `weights[k][j]` · `anchors[j]`.
    pub fn new(network: &Network, anchors: &[&State], weights: &[Vec<f64>], device: &Device) -> FanPoints {
        let tensors = |s: &State| Tensors::new(network, &s.theta, &s.buffers, device);
        FanPoints {
            anchors: anchors.iter().map(|s| tensors(s)).collect(),
            points: weights.iter().map(|w| tensors(&combine(anchors, w))).collect(),
            weights: weights.to_vec(),
        }
    }

    /// Number of points K.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }
}

/// The product of the data with the first layer's weight at one anchor, bias not added.
#[derive(Clone, Debug)]
pub struct FirstProduct(Act);

/// What the points see: one input for all, or an activation each.
#[derive(Clone, Debug)]
pub enum Values {
    Shared(Box<Act>),
    Each(Vec<Act>),
}

impl From<Act> for Values {
    fn from(x: Act) -> Self {
        Values::Shared(Box::new(x))
    }
}

/// Reads the network at all points of a fan.
pub struct Fan<'a> {
    points: &'a FanPoints,
    statistics: Statistics,
    products: Vec<Option<FirstProduct>>,
    /// The node whose products these are: the first that all points see the same input of.
    first: Option<usize>,
}

impl<'a> Fan<'a> {
    /// A reading of all points.
    pub fn over(points: &'a FanPoints, statistics: Statistics) -> Self {
        Fan { points, statistics, products: vec![None; points.anchors.len()], first: None }
    }

    /// Hands in the first product of an anchor, when it is known from before.
    pub fn with_product(mut self, anchor: usize, product: Option<FirstProduct>) -> Self {
        self.products[anchor] = product;
        self
    }

    /// The first product of an anchor after a forward pass, to be handed to the next fan that shares the anchor.
    pub fn take_product(&mut self, anchor: usize) -> Option<FirstProduct> {
        self.products[anchor].take()
    }

    /// Applies an operation that is linear in its weight: `product` without bias, at an anchor; `full` at a point.
    fn linear(
        &mut self,
        node: usize,
        x: Values,
        bias: Option<ParamId>,
        product: impl Fn(&Tensors, Act) -> Act,
        full: impl Fn(&Tensors, Act) -> Act,
    ) -> Values {
        let points = self.points;
        match x {
            Values::Each(xs) => Values::Each(xs.into_iter().zip(&points.points).map(|(x, t)| full(t, x)).collect()),
            Values::Shared(x) => {
                // Another node that sees the data itself has products of its own.
                let mut others = vec![None; points.anchors.len()];
                let known = if *self.first.get_or_insert(node) == node { &mut self.products } else { &mut others };
                for (known, anchor) in known.iter_mut().zip(&points.anchors) {
                    known.get_or_insert_with(|| FirstProduct(product(anchor, (*x).clone())));
                }
                let products: Vec<&Act> = known.iter().flatten().map(|p| &p.0).collect();
                let combined = points.weights.iter().zip(&points.points).map(|(weights, tensors)| {
                    let terms: Vec<(f32, &Act)> =
                        weights.iter().map(|w| *w as f32).zip(products.iter().copied()).collect();
                    // All weights are zero: the point is the origin, which only a full pass can say.
                    let Some(y) = Act::combined(&terms) else { return full(tensors, (*x).clone()) };
                    primal::biased(tensors, y, bias)
                });
                Values::Each(combined.collect())
            }
        }
    }

    /// Applies an operation with parameters that is not.
    fn at_each(&self, x: Values, f: impl Fn(&Tensors, Act) -> Act) -> Values {
        let xs = x.spread(self.points.len());
        Values::Each(self.points.points.iter().zip(xs).map(|(t, x)| f(t, x)).collect())
    }

    fn each(x: Values, f: impl Fn(Act) -> Act) -> Values {
        match x {
            Values::Shared(x) => Values::Shared(Box::new(f(*x))),
            Values::Each(xs) => Values::Each(xs.into_iter().map(f).collect()),
        }
    }
}

impl Reading for Fan<'_> {
    type Value = Values;

    fn apply(&mut self, node: usize, op: Op<Values>) -> Values {
        match op {
            Op::Affine(x, layer) => {
                let product = |t: &Tensors, x: Act| x.times(t.matrix(layer.weight));
                self.linear(node, x, layer.bias, product, |t, x| primal::affine(t, x, layer))
            }
            Op::Conv2d(x, layer) => {
                let product = |t: &Tensors, x: Act| x.convolved(t.kernel(layer.weight), layer.windows, layer.groups);
                self.linear(node, x, layer.bias, product, |t, x| primal::convolution(t, x, layer))
            }
            Op::BatchNorm(x, layer) => {
                let statistics = self.statistics;
                self.at_each(x, |t, x| primal::normalised(t, x, layer, statistics).0)
            }
            Op::Pointwise(x, function) => Self::each(x, |x| x.mapped(function)),
            Op::Local(x, op) if op.parameters.is_empty() => Self::each(x, |x| op.what.on_tensors(x, &[])),
            Op::Local(x, op) => self.at_each(x, |t, x| primal::local(t, x, &op)),
            Op::Flatten(x) => Self::each(x, |x| Act::Flat(x.flat())),
            Op::Add(x, y) => match (x, y) {
                (Values::Shared(x), Values::Shared(y)) => (*x).plus(*y).into(),
                (x, y) => {
                    let k = self.points.len();
                    Values::Each(x.spread(k).into_iter().zip(y.spread(k)).map(|(x, y)| x.plus(y)).collect())
                }
            },
        }
    }
}

impl Values {
    /// One activation for each of K points.
    fn spread(self, points: usize) -> Vec<Act> {
        match self {
            Values::Shared(x) => vec![*x; points],
            Values::Each(xs) => xs,
        }
    }

    /// The outputs of every point, `[N, classes]` each; K copies when no layer had parameters.
    pub fn into_outputs(self, points: usize) -> Vec<burn::tensor::Tensor<2>> {
        self.spread(points).into_iter().map(Act::flat).collect()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, TensorData};

    use super::*;
    use crate::net::Primal;

    /// Also where two convolutions see the images, each of which has products of its own.
    #[test]
    fn every_point_is_what_it_is_alone() {
        let block = "{ body = [{ conv = 2, kernel = 3, padding = 1, name = \"a\" }], \
                     shortcut = [{ conv = 2, kernel = 1, name = \"b\" }] }";
        for net in [format!("layers = [{block}, \"relu linear(3)\"]"), "pool(2) linear(4) tanh linear(3)".into()] {
            let network = Network::build(&net, [2, 4, 4], 3).unwrap();
            let (a, b) = (network.initial_state(1), network.initial_state(2));
            let weights = [vec![0.25, 0.75], vec![1.0, 0.0], vec![1.5, -0.5]];
            let device = Device::flex();
            let images: Vec<f32> = (0..3 * 32).map(|i| ((i * 37 % 101) as f32 - 50.0) / 25.0).collect();
            let x = || Act::Image(Tensor::from_data(TensorData::new(images.clone(), [3, 2, 4, 4]), &device));
            let points = FanPoints::new(&network, &[&a, &b], &weights, &device);
            let out = network.forward(&mut Fan::over(&points, Statistics::Running), x().into()).into_outputs(3);
            for (out, weights) in out.into_iter().zip(&weights) {
                let at = combine(&[&a, &b], weights);
                let tensors = Tensors::new(&network, &at.theta, &at.buffers, &device);
                let alone = network.forward(&mut Primal::at(&tensors, Statistics::Running), x()).flat();
                let (out, alone): (Vec<f32>, Vec<f32>) =
                    (out.try_into_vec_as().unwrap(), alone.try_into_vec_as().unwrap());
                assert!(out.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-4), "{net}: {out:?}, {alone:?}");
            }
        }
    }
}
