//! The parameter vector θ ∈ R^D: which coordinates belong to which tensor.
//!
//! Order, names and memory layout are PyTorch's state_dict: Linear weight `[out, in]`, Conv weight `[out, in, kh, kw]`,
//! row-major, so that a state_dict is a parameter vector without any transposition.

use std::ops::Range;

use crate::optim::Blocks;

/// What a parameter tensor is for; directions and norms treat the three differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    Weight,
    Bias,
    /// Scale or shift of a normalisation layer.
    Norm,
}

/// One named tensor inside θ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// PyTorch name, such as `conv1.weight`.
    pub name: String,
    pub shape: Vec<usize>,
    /// First coordinate in θ.
    pub offset: usize,
    pub kind: ParamKind,
}

impl Param {
    /// Coordinates of this tensor.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Its place in θ.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.count()
    }
}

/// Index of a tensor in its layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParamId(pub(super) usize);

/// All tensors of a network, in state_dict order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamLayout {
    params: Vec<Param>,
}

impl ParamLayout {
    /// Appends a tensor and returns its index.
    pub(crate) fn push(&mut self, name: String, shape: Vec<usize>, kind: ParamKind) -> ParamId {
        let offset = self.len();
        self.params.push(Param { name, shape, offset, kind });
        ParamId(self.params.len() - 1)
    }

    /// The tensors in order.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// One tensor.
    pub fn get(&self, id: ParamId) -> &Param {
        &self.params[id.0]
    }

    /// The tensors for an optimizer: their places and shapes.
    pub fn blocks(&self) -> Blocks {
        self.params.iter().map(|param| param.shape.clone()).collect()
    }

    /// Dimension D of θ.
    pub fn len(&self) -> usize {
        self.params.last().map_or(0, |p| p.offset + p.count())
    }

    /// Whether the network has no parameters at all.
    pub fn is_empty(&self) -> bool {
        self.params.is_empty()
    }
}

/// A layout of tensors given by name, shape and kind, one after the other.
impl FromIterator<(String, Vec<usize>, ParamKind)> for ParamLayout {
    fn from_iter<I: IntoIterator<Item = (String, Vec<usize>, ParamKind)>>(tensors: I) -> Self {
        let mut layout = ParamLayout::default();
        for (name, shape, kind) in tensors {
            layout.push(name, shape, kind);
        }
        layout
    }
}
