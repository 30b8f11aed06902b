//! The way back over a tangent: H v by forward over reverse. Beside dL/dy of every value goes its change along each direction;
//! what arrives at the parameters is the change of the gradient, which is H v exactly.

use super::{
    linear::Linear,
    norm::{self, Moments, MomentsChange, Moving, ScaleChange},
    tangent::{Changes, Twice, still},
    tape::Saved,
};
use crate::net::{
    buffer::Buffer,
    graph::Node,
    host_act::HostAct,
    layout::ParamId,
    network::Network,
    op::{Along, BatchNorm, LocalOp, Op, Statistics},
    parts::Parts,
    pointwise::Pointwise,
};

/// dL/dz of the outputs and its change along each direction, row-major `[N, classes]` for each part.
pub struct OutputSlopes {
    pub slopes: Vec<Vec<f32>>,
    /// Direction by direction.
    pub changes: Vec<Vec<Vec<f32>>>,
}

/// dL/dy and its change along each direction.
#[derive(Clone)]
struct Slopes {
    d: Parts,
    changes: Vec<Parts>,
}

impl Twice {
    /// Adds H v to the sum of each direction v, of length D.
    ///
    /// The sum over parts is taken in their order, in f64, so it does not depend on the number of threads.
    pub fn backward(
        mut self,
        network: &Network,
        theta: &[f32],
        directions: &[&[f32]],
        outputs: &OutputSlopes,
        sums: &mut [&mut [f64]],
    ) {
        let rows = |parts: &[Vec<f32>]| Parts::new(parts.iter().map(|d| HostAct::slopes(d, network.classes())));
        let nodes = network.graph().nodes();
        let last = Slopes { d: rows(&outputs.slopes), changes: outputs.changes.iter().map(|c| rows(c)).collect() };
        let mut back = Back { network, theta, directions, slopes: vec![None; nodes.len() + 1], sums };
        back.give(nodes.len(), last);
        for (i, node) in nodes.iter().enumerate().rev() {
            if let Some(dy) = back.slopes[i + 1].take() {
                let changes = self.changes[i].take().unwrap_or_default();
                back.node(node, self.tape.take(i), &changes, dy);
            }
        }
    }
}

struct Back<'a, 'b> {
    network: &'a Network,
    theta: &'a [f32],
    directions: &'a [&'a [f32]],
    slopes: Vec<Option<Slopes>>,
    sums: &'a mut [&'b mut [f64]],
}

impl Back<'_, '_> {
    fn is_wanted(&self, value: usize) -> bool {
        self.network.graph().depends(value)
    }

    fn give(&mut self, value: usize, slope: Slopes) {
        if self.is_wanted(value) {
            let add = |x: Parts, y: &Parts| x.update_with(y, |x, y| x.add(y));
            self.slopes[value] = Some(match self.slopes[value].take() {
                Some(before) => Slopes {
                    d: add(slope.d, &before.d),
                    changes: slope.changes.into_iter().zip(&before.changes).map(|(x, y)| add(x, y)).collect(),
                },
                None => slope,
            });
        }
    }

    fn at(&self, id: ParamId) -> &[f32] {
        &self.theta[self.network.layout().get(id).range()]
    }

    fn along(&self, direction: usize, id: ParamId) -> &[f32] {
        &self.directions[direction][self.network.layout().get(id).range()]
    }

    fn node(&mut self, node: &Node, saved: Option<Saved>, changes: &Changes, dy: Slopes) {
        match (node, saved) {
            (Op::Affine(v, layer), Some(Saved::Values(x))) => {
                self.linear(*v, Linear::affine(self.network, *layer), &x, changes, &dy);
            }
            (Op::Conv2d(v, layer), Some(Saved::Values(x))) => {
                self.linear(*v, Linear::conv(self.network, *layer), &x, changes, &dy);
            }
            (Op::BatchNorm(v, layer), Some(Saved::Norm { x, moments, statistics })) => {
                self.norm(*v, *layer, &x, &moments, statistics, changes, &dy);
            }
            (Op::Pointwise(v, function), Some(Saved::Values(kept))) => self.pointwise(*v, function, &kept, changes, dy),
            (Op::Local(v, op), Some(Saved::Values(x))) => self.local(*v, op, &x, changes, &dy),
            (Op::Flatten(v), Some(Saved::Values(x))) => {
                let unflat = |d: Parts| d.update_with(&x, |d, x| d.shape = x.shape);
                self.give(*v, Slopes { d: unflat(dy.d), changes: dy.changes.into_iter().map(unflat).collect() });
            }
            (Op::Add(x, y), None) => {
                self.give(*y, dy.clone());
                self.give(*x, dy);
            }
            _ => unreachable!("every node has written down what it asks for"),
        }
    }

    fn add(&mut self, direction: usize, id: ParamId, values: impl IntoIterator<Item = f64>) {
        let range = self.network.layout().get(id).range();
        self.sums[direction][range].iter_mut().zip(values).for_each(|(sum, x)| *sum += x);
    }

    fn add_parts(&mut self, direction: usize, id: ParamId, parts: Vec<Buffer>) {
        for part in parts {
            self.add(direction, id, part.iter().map(|x| f64::from(*x)));
        }
    }

    fn linear(&mut self, v: usize, of: Linear, x: &Parts, changes: &Changes, dy: &Slopes) {
        for (j, (change, dx)) in dy.changes.iter().zip(&changes.inputs).enumerate() {
            self.add_parts(j, of.weight, of.weight_gradient(x, change));
            if let Some(dx) = dx {
                self.add_parts(j, of.weight, of.weight_gradient(dx, &dy.d));
            }
            if let Some(bias) = of.bias {
                for sums in change.each(norm::channel_sums) {
                    self.add(j, bias, sums);
                }
            }
        }
        if !self.is_wanted(v) {
            return;
        }
        let through = |j: usize, change: &Parts| {
            let turned = of.input_gradient(&dy.d, self.along(j, of.weight), x);
            of.input_gradient(change, self.at(of.weight), x).update_with(&turned, |x, y| x.add(y))
        };
        let changes = dy.changes.iter().enumerate().map(|(j, change)| through(j, change)).collect();
        let d = of.input_gradient(&dy.d, self.at(of.weight), x);
        self.give(v, Slopes { d, changes });
    }

    #[expect(clippy::too_many_arguments, reason = "what was saved of a node, piece by piece")]
    fn norm(
        &mut self,
        v: usize,
        layer: BatchNorm,
        x: &Parts,
        moments: &Moments,
        statistics: Statistics,
        changes: &Changes,
        dy: &Slopes,
    ) {
        let is_batch = statistics == Statistics::Batch;
        let mut through = Vec::new();
        for (j, (ddy, dx)) in dy.changes.iter().zip(&changes.inputs).enumerate() {
            let dx = dx.clone().unwrap_or_else(|| still(x));
            let moving = self.moving(j, layer, [x, &dx], moments, &changes.moments[j], is_batch);
            let sums = norm::sums(&moving, &dy.d, ddy);
            if self.is_wanted(v) {
                through.push(norm::input_gradient_tangent(&moving, &dy.d, ddy, &sums));
            }
            let [_, _, beta, gamma] = sums;
            self.add(j, layer.weight, gamma);
            self.add(j, layer.bias, beta);
        }
        if self.is_wanted(v) {
            let gradients = is_batch.then(|| norm::parameter_gradients(x, &dy.d, moments));
            let d = norm::input_gradient(x, dy.d.clone(), moments, self.at(layer.weight), gradients.as_ref());
            self.give(v, Slopes { d, changes: through });
        }
    }

    fn moving<'c>(
        &'c self,
        direction: usize,
        layer: BatchNorm,
        [x, dx]: [&'c Parts; 2],
        moments: &'c Moments,
        change: &'c MomentsChange,
        through_statistics: bool,
    ) -> Moving<'c> {
        let scale = ScaleChange {
            gamma: self.at(layer.weight),
            gamma_change: self.along(direction, layer.weight),
            beta_change: self.along(direction, layer.bias),
        };
        Moving { x, dx, moments, change, scale, through_statistics }
    }

    /// f′ δ, and its change f′ δ˙ + f″ x˙ δ.
    fn pointwise(&mut self, v: usize, function: &Pointwise, kept: &Parts, changes: &Changes, dy: Slopes) {
        let slope = |d: Parts| d.update_with(kept, |d, kept| (function.back)(&mut d.data, &kept.data));
        let bent = |(ddy, dx): (&Parts, &Option<Parts>)| {
            let change = slope(ddy.clone());
            let Some(dx) = dx else { return change };
            Parts::new(Parts::zipped([&change, kept, dx, &dy.d], |[change, kept, dx, dy]| {
                let mut change = change.clone();
                let numbers = kept.data.iter().zip(&*dx.data).zip(&*dy.data);
                for (change, ((kept, dx), dy)) in change.data.iter_mut().zip(numbers) {
                    *change += (function.second)(*kept) * dx * dy;
                }
                change
            }))
        };
        let changes = dy.changes.iter().zip(&changes.inputs).map(bent).collect();
        self.give(v, Slopes { d: slope(dy.d.clone()), changes });
    }

    fn local(&mut self, v: usize, op: &LocalOp, x: &Parts, changes: &Changes, dy: &Slopes) {
        let (theta, layout, directions) = (self.theta, self.network.layout(), self.directions);
        let parameters: Vec<&[f32]> = op.parameters.iter().map(|id| &theta[layout.get(*id).range()]).collect();
        let mut through = Vec::new();
        for (j, (ddy, dx)) in dy.changes.iter().zip(&changes.inputs).enumerate() {
            let moves: Vec<&[f32]> = op.parameters.iter().map(|id| &directions[j][layout.get(*id).range()]).collect();
            // Where x was not kept, nothing asks for its change either.
            let dx = dx.clone().unwrap_or_else(|| if op.what.needs_input() { still(x) } else { x.clone() });
            let (parameters, moves) = (&parameters[..], &moves[..]);
            if !parameters.is_empty() {
                let gradients = Parts::zipped([x, &dx, &dy.d, ddy], |[x, dx, dy, ddy]| {
                    op.what.parameter_gradients_tangent(&Along { x, dx, parameters, changes: moves }, dy, ddy)
                });
                for (id, values) in gradients.into_iter().flat_map(|part| op.parameters.iter().zip(part)) {
                    self.add(j, *id, values);
                }
            }
            if self.is_wanted(v) {
                let change = Parts::zipped([x, &dx, &dy.d, ddy], |[x, dx, dy, ddy]| {
                    op.what.back_tangent(&Along { x, dx, parameters, changes: moves }, dy, ddy)
                });
                through.push(Parts::new(change));
            }
        }
        if self.is_wanted(v) {
            let d = dy.d.map_with(x, |dy, x| op.what.back(x, dy, &parameters));
            self.give(v, Slopes { d, changes: through });
        }
    }
}
