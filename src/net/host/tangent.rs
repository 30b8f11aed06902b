//! Forward mode: one point θ and directions v in it. Every value carries its change along each of them, so a pass gives the
//! outputs and J v for every example; the values themselves are computed once for all directions.

use super::{
    linear::Linear,
    norm::{self, Moments, MomentsChange, ScaleChange},
    tape::Tape,
    value::Host,
};
use crate::net::{
    host_act::HostAct,
    layout::ParamId,
    network::Network,
    op::{Along, BatchNorm, LocalOp, Op, Statistics},
    parts::Parts,
    pointwise::Keeps,
    reading::Reading,
};

/// Reads the network at θ, and how it changes along directions.
pub struct Tangent<'a> {
    host: Host<'a>,
    directions: &'a [&'a [f32]],
    /// What the way back needs beside the host's tape, node by node.
    tape: Option<Vec<Option<Changes>>>,
}

/// What a node's input and its statistics do along each direction.
#[derive(Default)]
pub(super) struct Changes {
    pub inputs: Vec<Option<Parts>>,
    pub moments: Vec<MomentsChange>,
}

/// What a forward pass along directions wrote down for the way back.
pub struct Twice {
    pub(super) tape: Tape,
    pub(super) changes: Vec<Option<Changes>>,
}

impl Twice {
    /// What the way back of the values alone needs.
    pub fn into_values(self) -> Tape {
        self.tape
    }
}

/// A value and its change along each direction; `None` is no change.
#[derive(Clone, Default)]
pub struct Moved {
    x: Parts,
    changes: Vec<Option<Parts>>,
}

impl Moved {
    /// Images, which do not depend on θ.
    pub fn images(x: Parts, directions: usize) -> Moved {
        Moved { x, changes: vec![None; directions] }
    }

    /// Outputs `[N, classes]` and their change along each direction.
    pub fn into_outputs(self) -> (Vec<f32>, Vec<Vec<f32>>) {
        let outputs = self.x.into_outputs();
        let still = || vec![0.0; outputs.len()];
        let changes = self.changes.into_iter().map(|change| change.map_or_else(still, Parts::into_outputs)).collect();
        (outputs, changes)
    }
}

impl<'a> Tangent<'a> {
    /// The reading at `theta` along `directions`, each of length D, with running statistics `buffers`.
    pub fn at(
        network: &'a Network,
        theta: &'a [f32],
        buffers: &'a [f32],
        statistics: Statistics,
        directions: &'a [&'a [f32]],
    ) -> Self {
        Tangent { host: Host::at(network, theta, buffers, statistics), directions, tape: None }
    }

    /// Writes down what the way back needs.
    pub fn recording(mut self) -> Self {
        let nodes = self.host.network.graph().nodes().len();
        self.host = self.host.recording();
        self.tape = Some((0..nodes).map(|_| None).collect());
        self
    }

    /// What was written down.
    pub fn into_tape(self) -> Twice {
        Twice { tape: self.host.into_tape(), changes: self.tape.unwrap_or_default() }
    }

    /// Mean and unbiased variance of the batch that went through, as [`Host::take_statistics`].
    pub fn take_statistics(&mut self) -> Vec<f32> {
        self.host.take_statistics()
    }

    /// The change of a parameter along each direction.
    fn parts(&self, id: ParamId) -> impl Iterator<Item = &'a [f32]> + use<'a> {
        let range = self.host.network.layout().get(id).range();
        self.directions.iter().map(move |v| &v[range.clone()])
    }

    fn linear(&self, x: &Moved, of: Linear) -> Vec<Option<Parts>> {
        let mut biases = of.bias.map(|id| self.parts(id));
        let along = self.parts(of.weight).zip(&x.changes);
        along
            .map(|(change, dx)| {
                let bias = biases.as_mut().and_then(Iterator::next);
                Some(of.tangent(&x.x, dx.as_ref(), self.host.part(of.weight), change, bias))
            })
            .collect()
    }

    /// The change of every output along each direction, and that of the statistics.
    fn batch_norm(&self, x: &Moved, layer: BatchNorm) -> (Vec<Option<Parts>>, Vec<MomentsChange>) {
        let gamma = self.host.part(layer.weight);
        let moments = match self.host.statistics {
            Statistics::Running => Moments::running(self.host.buffer(layer.mean), self.host.buffer(layer.variance)),
            Statistics::Batch => Moments::of(&x.x),
        };
        let scales = self.parts(layer.weight).zip(self.parts(layer.bias));
        let each = scales.zip(&x.changes).map(|((gamma_change, beta_change), dx)| {
            let dx = dx.clone().unwrap_or_else(|| still(&x.x));
            let change = match self.host.statistics {
                Statistics::Running => MomentsChange::none(gamma.len()),
                Statistics::Batch => MomentsChange::of(&x.x, &dx, &moments),
            };
            let scale = ScaleChange { gamma, gamma_change, beta_change };
            (Some(norm::tangent(&x.x, &dx, &moments, &change, scale)), change)
        });
        each.unzip()
    }

    fn local(&self, x: &Moved, op: &LocalOp) -> Vec<Option<Parts>> {
        let parameters: Vec<&[f32]> = op.parameters.iter().map(|id| self.host.part(*id)).collect();
        let along = x.changes.iter().enumerate();
        along
            .map(|(j, dx)| {
                if dx.is_none() && parameters.is_empty() {
                    return None;
                }
                let dx = dx.clone().unwrap_or_else(|| still(&x.x));
                let changes: Vec<&[f32]> = op.parameters.iter().filter_map(|id| self.parts(*id).nth(j)).collect();
                Some(x.x.map_with(&dx, |x, dx| {
                    op.what.tangent(&Along { x, dx, parameters: &parameters, changes: &changes })
                }))
            })
            .collect()
    }
}

/// No change, in numbers.
pub(super) fn still(x: &Parts) -> Parts {
    x.map(|x| HostAct::zeros(x.n, x.shape))
}

impl Reading for Tangent<'_> {
    type Value = Moved;

    fn apply(&mut self, node: usize, op: Op<Moved>) -> Moved {
        let inputs = match &op {
            Op::Affine(x, _) | Op::Conv2d(x, _) | Op::BatchNorm(x, _) | Op::Pointwise(x, _) | Op::Local(x, _) => {
                x.changes.clone()
            }
            Op::Flatten(_) | Op::Add(..) => Vec::new(),
        };
        let x = self.host.apply(node, op.on(|value| value.x.clone()));
        let mut moments = Vec::new();
        let changes = match op {
            Op::Affine(x, layer) => self.linear(&x, Linear::affine(self.host.network, layer)),
            Op::Conv2d(x, layer) => self.linear(&x, Linear::conv(self.host.network, layer)),
            Op::BatchNorm(x, layer) => {
                let (changes, along) = self.batch_norm(&x, layer);
                moments = along;
                changes
            }
            Op::Pointwise(from, function) => {
                let kept = if function.keeps == Keeps::Input { &from.x } else { &x };
                let change = |dx: Parts| dx.update_with(kept, |d, kept| (function.back)(&mut d.data, &kept.data));
                from.changes.into_iter().map(|dx| dx.map(change)).collect()
            }
            Op::Local(x, op) => self.local(&x, &op),
            Op::Flatten(x) => {
                let flat = |dx: Parts| dx.update(|dx| dx.shape = [dx.features(), 1, 1]);
                x.changes.into_iter().map(|dx| dx.map(flat)).collect()
            }
            Op::Add(x, y) => {
                let sum = |(x, y): (Option<Parts>, Option<Parts>)| match (x, y) {
                    (Some(x), Some(y)) => Some(x.update_with(&y, |x, y| x.add(y))),
                    (x, y) => x.or(y),
                };
                x.changes.into_iter().zip(y.changes).map(sum).collect()
            }
        };
        if let Some(tape) = &mut self.tape {
            tape[node] = Some(Changes { inputs, moments });
        }
        Moved { x, changes }
    }
}
