//! What an objective asks of the processor it is computed on.

use std::{any::Any, ops::Range};

use super::{error::Result, interrupt::Interrupt, loss::Tally, pass::Pass, subset::Subset};
use crate::{
    net::{State, Statistics},
    run::LossKind,
};

/// A network over the images of a data set on one processor: outputs, and what is derived from them.
///
/// It knows the network and the images, and decides what suits its processor: how large a chunk is, what goes side by
/// side, what is kept from one pass to the next. Which examples are taken together, labels, losses, sums and means over
/// batches are the objective's, and the same for all evaluators.
pub(super) trait Evaluator: Send + Sync {
    /// Whether the same question has the same answer to the bit.
    fn is_exact(&self) -> bool;

    /// Whether several threads may ask at once.
    fn takes_threads(&self) -> bool;

    /// Examples that are easiest to work with together.
    fn chunk(&self) -> usize;

    /// Examples that a gradient with running statistics takes together at most; more are cut.
    fn gradient_limit(&self) -> usize;

    /// Bytes that it keeps in memory beside the images.
    fn bytes(&self) -> usize;

    /// Why the processor that was asked for is asked no more; another one answers in its place.
    fn failure(&self) -> Option<&str> {
        None
    }

    /// The same for another thread: it shares the network and the images, and nothing that belongs to a thread.
    fn anew(&self) -> Box<dyn Evaluator>;

    /// Outputs of some examples at a point.
    ///
    /// # Errors
    /// When the device fails.
    fn outputs(&self, at: &State, subset: Subset, which: Which<'_>, statistics: Statistics) -> Result<Outputs>;

    /// For every batch of a pass, `tally` of the outputs at every point of a fan. `known` are first-layer products at the
    /// first anchor over the same pass; when `over` says so, those at the last one are returned.
    ///
    /// # Errors
    /// When the device fails, and when interrupted.
    fn fan(
        &self,
        over: &FanPass<'_>,
        known: Option<Products>,
        tally: &TallyOf<'_>,
        interrupt: &Interrupt,
    ) -> Result<FanTallies>;

    /// Adds a batch's share of the gradient to `sum`. Returns its share of the mean loss, and the statistics of the
    /// batch.
    ///
    /// # Errors
    /// When the device fails.
    fn gradient(
        &self,
        at: &State,
        batch: &Batch<'_>,
        statistics: Statistics,
        sum: &mut [f64],
    ) -> Result<(f64, Vec<f32>)>;

    /// Who answers for derivatives along directions in θ.
    fn derivatives(&self) -> &dyn Derivatives;
}

/// Derivatives of the outputs and of the gradient along directions in θ.
pub(super) trait Derivatives {
    /// Outputs of some training examples, and J v, their change along each direction v in θ (length D), `[N, classes]` each.
    ///
    /// # Errors
    /// When the device fails.
    fn tangents(
        &self,
        at: &State,
        directions: &[&[f32]],
        indices: &[u32],
        statistics: Statistics,
    ) -> Result<(Vec<f32>, Vec<Vec<f32>>)>;

    /// Adds a batch's share of A v to the sum of each direction v. Exact, by forward over reverse.
    ///
    /// # Errors
    /// When the device fails.
    fn curvature(
        &self,
        at: &State,
        directions: &[&[f32]],
        batch: &Batch<'_>,
        of: Curvature,
        statistics: Statistics,
        sums: &mut [Vec<f64>],
    ) -> Result<()>;

    /// Adds Σ_i c_i g_i to the sum of each set of coefficients c, a number for every example of the batch, where g_i is the gradient of
    /// the loss of example i; the batch's `count` does not matter. With batch statistics g_i goes through those of the batch.
    ///
    /// # Errors
    /// When the device fails.
    fn weighted(
        &self,
        at: &State,
        coefficients: &[&[f64]],
        batch: &Batch<'_>,
        statistics: Statistics,
        sums: &mut [Vec<f64>],
    ) -> Result<()>;
}

/// A matrix of second derivatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curvature {
    /// H, the Hessian of the mean loss.
    Hessian,
    /// G = (1/N) Σ_i J_iᵀ (d²ℓ_i/dz²) J_i, the part of H that does not need the network's own second derivatives; never
    /// negative (Schraudolph 2002).
    GaussNewton,
}

/// Some examples of a subset.
#[derive(Clone, Copy)]
pub(super) enum Which<'a> {
    /// In the order of the data.
    Stretch(&'a Range<usize>),
    /// In the order of their indices.
    At(&'a [u32]),
}

/// What a network makes of a batch.
pub(super) struct Outputs {
    /// `[N, classes]`, row-major.
    pub values: Vec<f32>,
    /// Mean and unbiased variance of the batch in every batch norm, in the layout of the buffers; empty when running
    /// statistics were used.
    pub statistics: Vec<f32>,
}

/// The points Σ_j `weights[k][j]` · `anchors[j]`, over a pass.
#[derive(Clone, Copy)]
pub(super) struct FanPass<'a> {
    pub pass: &'a Pass,
    pub anchors: &'a [&'a State],
    pub weights: &'a [Vec<f64>],
    /// Whether first-layer products at the last anchor are returned.
    pub keep: bool,
}

/// What is wanted of the outputs of a batch; it is named by its stretch.
pub(super) type TallyOf<'a> = dyn Fn(&Range<usize>, &[f32]) -> Tally + Sync + 'a;

/// Tallies of every batch and, in it, of every point; and the products that were to be kept.
pub(super) type FanTallies = (Vec<Vec<Tally>>, Option<Products>);

/// First-layer products of the data at one point, batch by batch, as the evaluator that made them keeps them.
pub(super) struct Products(Box<dyn Any + Send + Sync>);

impl Products {
    pub fn new<T: Any + Send + Sync>(products: T) -> Products {
        Products(Box::new(products))
    }

    /// What was put in, if it was of this type.
    pub fn take<T: Any>(self) -> Option<T> {
        self.0.downcast::<T>().ok().map(|products| *products)
    }
}

/// Training examples that a gradient is taken over.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub indices: &'a [u32],
    /// Of these examples.
    pub labels: &'a [u32],
    pub loss: LossKind,
    /// Examples in the mean loss, of which these may be a part.
    pub count: usize,
}
