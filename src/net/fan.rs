//! The fan reading: K parameter points that are combinations of a few anchors, for slices, planes and ensembles.
//!
//! θ_k = Σ_j w_kj a_j. While all points still see the same input (the data itself), a layer that is linear in its weight
//! needs one product per *anchor*, not per point: x W(θ_k)ᵀ = Σ_j w_kj x W(a_j)ᵀ. A line of any number of points costs
//! two first-layer products, or one when the product of an end is already known; a plane costs three.

use std::ops::Range;

use burn::tensor::Device;

use super::{
    Activation, BatchNorm, Conv2d, Linear, Network, Pool, Reading, State, Statistics, Tensors,
    act::Act,
    primal::{convolution, linear, normalised},
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

/// Reads the layers at all points of a fan.
pub struct Fan<'a> {
    points: &'a FanPoints,
    statistics: Statistics,
    products: Vec<Option<FirstProduct>>,
}

impl<'a> Fan<'a> {
    /// A reading of all points.
    pub fn over(points: &'a FanPoints, statistics: Statistics) -> Self {
        Fan { points, statistics, products: vec![None; points.anchors.len()] }
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

    /// Applies a layer that is linear in its weight: `product` without bias, at an anchor; `full` at a point.
    fn affine(
        &mut self,
        x: Values,
        bias: Option<super::ParamId>,
        product: impl Fn(&Tensors, Act) -> Act,
        full: impl Fn(&Tensors, Act) -> Act,
    ) -> Values {
        let points = self.points;
        match x {
            Values::Each(xs) => Values::Each(xs.into_iter().zip(&points.points).map(|(x, t)| full(t, x)).collect()),
            Values::Shared(x) => {
                for (known, anchor) in self.products.iter_mut().zip(&points.anchors) {
                    known.get_or_insert_with(|| FirstProduct(product(anchor, (*x).clone())));
                }
                let products: Vec<&Act> = self.products.iter().flatten().map(|p| &p.0).collect();
                let combined = points.weights.iter().zip(&points.points).map(|(weights, tensors)| {
                    let terms: Vec<(f32, &Act)> =
                        weights.iter().map(|w| *w as f32).zip(products.iter().copied()).collect();
                    let y = match Act::combined(&terms) {
                        Some(y) => y,
                        // All weights are zero: the point is the origin, which only a full pass can say.
                        None => return full(tensors, (*x).clone()),
                    };
                    match bias {
                        Some(b) => y.plus_bias(tensors.vector(b)),
                        None => y,
                    }
                });
                Values::Each(combined.collect())
            }
        }
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

    fn linear(&mut self, x: Values, layer: &Linear) -> Values {
        self.affine(x, layer.bias, |t, x| x.times(t.matrix(layer.weight)), |t, x| linear(t, x, layer))
    }

    fn conv2d(&mut self, x: Values, layer: &Conv2d) -> Values {
        self.affine(x, layer.bias, |t, x| x.convolved(t.kernel(layer.weight), layer), |t, x| convolution(t, x, layer))
    }

    fn batch_norm(&mut self, x: Values, layer: &BatchNorm) -> Values {
        let points = self.points.points.iter();
        let each = points.zip(x.spread(self.points.len())).map(|(t, x)| normalised(t, x, layer, self.statistics).0);
        Values::Each(each.collect())
    }

    fn activation(&mut self, x: Values, activation: Activation) -> Values {
        Self::each(x, |x| x.activated(activation))
    }

    fn pool(&mut self, x: Values, pool: Pool, k: usize) -> Values {
        Self::each(x, |x| x.pooled(pool, k))
    }

    fn subsample(&mut self, x: Values, s: usize) -> Values {
        Self::each(x, |x| x.subsampled(s))
    }

    fn pad_channels(&mut self, x: Values, before: usize, after: usize) -> Values {
        Self::each(x, |x| x.padded(before, after))
    }

    fn flatten(&mut self, x: Values) -> Values {
        Self::each(x, |x| Act::Flat(x.flat()))
    }

    fn add(&mut self, x: Values, y: Values) -> Values {
        match (x, y) {
            (Values::Shared(x), Values::Shared(y)) => (*x).plus(*y).into(),
            (x, y) => {
                let k = self.points.len();
                Values::Each(x.spread(k).into_iter().zip(y.spread(k)).map(|(x, y)| x.plus(y)).collect())
            }
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
