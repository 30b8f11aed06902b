//! Puts operations one after the other, keeping the shape and the parameter layout in step. Layers know what to put.

use std::sync::Arc;

use super::{
    graph::{Graph, Node},
    init::Init,
    layout::{ParamId, ParamKind, ParamLayout},
    network::Network,
    op::{Local, LocalOp, Op},
    shape::Shape,
};

/// A network in the making. Errors say what is wrong and what to write instead.
pub(super) struct Builder {
    input: [usize; 3],
    /// The network in words, where that says more than its layers do.
    pub about: Option<String>,
    /// Shape of what the layers so far give.
    pub shape: Shape,
    /// Its place among the values of the graph.
    pub value: usize,
    /// The layers so far in words.
    pub words: Vec<String>,
    nodes: Vec<Node>,
    layout: ParamLayout,
    init: Vec<Init>,
    buffers: ParamLayout,
    buffer_init: Vec<Init>,
    widest: usize,
    total: usize,
    largest_plane: usize,
    multiplications: u64,
}

/// Nothing, or what is wrong and what to write instead.
pub(super) type Built = Result<(), String>;

impl Builder {
    pub fn new(input: [usize; 3]) -> Self {
        Builder {
            input,
            about: None,
            shape: Shape::Image(input),
            value: 0,
            words: Vec::new(),
            nodes: Vec::new(),
            layout: ParamLayout::default(),
            init: Vec::new(),
            buffers: ParamLayout::default(),
            buffer_init: Vec::new(),
            widest: input.iter().product(),
            total: input.iter().product(),
            largest_plane: 1,
            multiplications: 0,
        }
    }

    /// The network, which must end in one output per class.
    pub fn finish(self, classes: usize) -> Result<Network, String> {
        match self.shape {
            Shape::Flat(n) if n == classes => {}
            shape => {
                return Err(format!(
                    "it ends in {shape} outputs, the data has {classes} classes; end it with linear({classes})"
                ));
            }
        }
        if self.layout.is_empty() {
            return Err("it has no parameters; add a linear or conv layer".into());
        }
        Ok(Network {
            input: self.input,
            classes,
            words: self.about.unwrap_or_else(|| self.words.join(" | ")),
            graph: Graph::new(self.nodes),
            layout: self.layout,
            init: self.init,
            buffers: self.buffers,
            buffer_init: self.buffer_init,
            widest: self.widest,
            total: self.total,
            largest_plane: self.largest_plane,
            multiplications: self.multiplications,
        })
    }

    /// The layers so far in words.
    pub fn describe(&self) -> String {
        self.words.join(" | ")
    }

    /// Appends an operation, given the place of what the layers so far give.
    pub fn push(&mut self, op: impl FnOnce(usize) -> Node) {
        self.nodes.push(op(self.value));
        self.value = self.nodes.len();
    }

    /// Appends an operation that a layer brings along, with its words.
    pub fn local(&mut self, what: impl Local + 'static, parameters: Vec<ParamId>) {
        self.words.push(what.words());
        self.push(|x| Op::Local(x, Arc::new(LocalOp { parameters, what: Box::new(what) })));
    }

    /// Appends a tensor to θ.
    pub fn parameter(&mut self, name: String, shape: Vec<usize>, kind: ParamKind, init: Init) -> ParamId {
        self.init.push(init);
        self.layout.push(name, shape, kind)
    }

    /// Appends a vector to the running statistics.
    pub fn buffer(&mut self, name: String, len: usize, init: Init) -> ParamId {
        self.buffer_init.push(init);
        self.buffers.push(name, vec![len], ParamKind::Norm)
    }

    /// Notes what the newest layer gives, and the numbers it needs on the side.
    pub fn gives(&mut self, shape: Shape, beside: usize) {
        self.shape = shape;
        self.widest = self.widest.max(shape.count() + beside);
        self.total += shape.count();
    }

    /// Notes the pixels of a convolution's output.
    pub fn has_plane(&mut self, pixels: usize) {
        self.largest_plane = self.largest_plane.max(pixels);
    }

    /// Notes what an image costs in the newest layer.
    pub fn multiplies(&mut self, numbers: usize) {
        self.multiplications = self.multiplications.saturating_add(numbers as u64);
    }

    /// The image that `layer` needs.
    pub fn image(&self, layer: &str) -> Result<[usize; 3], String> {
        match self.shape {
            Shape::Image(d) => Ok(d),
            Shape::Flat(_) => {
                Err(format!("{layer} needs an image but gets {} numbers; put it before flatten", self.shape))
            }
        }
    }
}

/// Largest tensor of a layer, in numbers: 1 GiB of f32. What is larger is a slip of the finger, and would end in a failed
/// allocation instead of an answer.
const LARGEST: usize = 1 << 28;

/// Refuses a layer whose output or weights are too large.
pub(super) fn affordable(layer: &str, output: Shape, weights: Option<usize>) -> Built {
    let activations = match output {
        Shape::Flat(f) => Some(f),
        Shape::Image([c, h, w]) => c.checked_mul(h).and_then(|n| n.checked_mul(w)),
    };
    match (weights, activations) {
        (Some(w), Some(a)) if w <= LARGEST && a <= LARGEST / 16 => Ok(()),
        _ => Err(format!("{layer} with {output} outputs is too large for this program; use fewer")),
    }
}

/// Refuses 0.
pub(super) fn positive(layer: &str, n: usize) -> Built {
    if n == 0 { Err(format!("{layer} with 0 in it; give 1 or more")) } else { Ok(()) }
}
