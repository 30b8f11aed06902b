//! The operations of a network, in an order in which they can be done.

use super::{
    op::{Maximum, Op},
    pointwise::RELU,
    reading::Reading,
};

/// An operation on values by their places: 0 is the images, i + 1 what node i gives.
pub(super) type Node = Op<usize>;

/// Operations in topological order; the last one gives the outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    /// How many inputs each value is.
    uses: Vec<usize>,
    /// Whether θ acts on each value: only then does anything need its gradient.
    depends: Vec<bool>,
}

/// How often a value is used; the outputs are used once, by whoever asked for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Once,
    Several,
}

/// The first product's bias, and what comes right after: before it, nothing has parameters; in it, all keeps the order of numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The value that it gives.
    pub end: usize,
    pub rises: bool,
    pub windows: Option<Maximum>,
}

impl Graph {
    /// The graph of nodes, each of which uses only the images and nodes before it.
    pub fn new(nodes: Vec<Node>) -> Graph {
        let (mut uses, mut depends) = (vec![0; nodes.len() + 1], vec![false]);
        for node in &nodes {
            let mut acts = node.has_parameters();
            node.on(|input| {
                uses[*input] += 1;
                acts |= depends[*input];
            });
            depends.push(acts);
        }
        Graph { nodes, uses, depends }
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How often a value is used.
    pub fn uses(&self, value: usize) -> Use {
        if self.uses[value] > 1 { Use::Several } else { Use::Once }
    }

    /// Whether θ acts on a value.
    pub fn depends(&self, value: usize) -> bool {
        self.depends[value]
    }

    /// The outputs of images x. A value goes where it is used last without a copy, and is dropped there.
    pub fn forward<R: Reading>(&self, reading: &mut R, x: R::Value) -> R::Value {
        self.forward_from(0, reading, x)
    }

    /// The outputs from a value on which alone everything after it depends, as it does on what the head gives.
    pub fn forward_from<R: Reading>(&self, value: usize, reading: &mut R, x: R::Value) -> R::Value {
        let mut uses = self.uses.clone();
        let mut values: Vec<Option<R::Value>> = vec![None; uses.len()];
        let mut newest = x;
        for (i, node) in self.nodes.iter().enumerate().skip(value) {
            values[i] = Some(newest);
            let op = node.on(|input| {
                uses[*input] -= 1;
                let value = if uses[*input] == 0 { values[*input].take() } else { values[*input].clone() };
                let Some(value) = value else { unreachable!("a node uses what was there before it") };
                value
            });
            newest = reading.apply(i, op);
        }
        newest
    }

    /// What comes after the first product as long as it is the only input of the next node: a rise and a maximum of windows.
    pub fn head(&self) -> Option<Head> {
        let first = self.nodes.iter().position(Node::has_parameters)?;
        self.first_product()?;
        let mut head = Head { end: first + 1, rises: false, windows: None };
        while self.uses[head.end] == 1 {
            match self.nodes.get(head.end) {
                Some(Op::Pointwise(x, function)) if *x == head.end && **function == RELU && !head.rises => {
                    head.rises = true;
                }
                Some(Op::Local(x, op)) if *x == head.end && head.windows.is_none() => match op.what.maximum() {
                    None => break,
                    windows => head.windows = windows,
                },
                _ => break,
            }
            head.end += 1;
        }
        Some(head)
    }

    /// The first node with parameters, if nothing but flattening comes before it, nothing else sees the images, and its
    /// output is linear in its weight.
    pub fn first_product(&self) -> Option<&Node> {
        for (i, node) in self.nodes.iter().enumerate() {
            if self.uses[i] != 1 {
                return None;
            }
            match node {
                Op::Flatten(x) if *x == i => {}
                Op::Affine(x, _) | Op::Conv2d(x, _) if *x == i => return Some(node),
                _ => return None,
            }
        }
        None
    }
}
