//! Where the curvature of a network is looked at.

use std::sync::Arc;

use crate::{
    net::{Network, State},
    objective::{Curvature, Objective, ObjectiveError, Subset},
    probe::NormMode,
};

/// Directions that share a pass at most: each keeps activations of its own, and a pass is what a caller waits for.
const TOGETHER: usize = 8;
/// Bytes that the activations of a batch with its own statistics, which cannot be cut, may take for all directions.
const ACTIVATIONS: usize = 1 << 30;

/// A point of a network's training loss, with the statistics that batch norm has there. Clones share it.
#[derive(Clone)]
pub struct Place {
    objective: Arc<Objective>,
    at: Arc<State>,
    mode: NormMode,
    together: usize,
}

impl Place {
    /// Shares network, data and interrupt with the objective. Running statistics that the mode computes anew are computed here, once.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn new(objective: &Objective, at: &State, mode: NormMode) -> Result<Place, ObjectiveError> {
        let (at, mode) = objective.settled(at, mode)?;
        let network = objective.network();
        let together = match mode {
            NormMode::Batch(batch) if network.has_batch_norm() => {
                let examples = batch.size(objective.count(Subset::Train));
                let each = (network.total_activation() * size_of::<f32>() * examples).max(1);
                (ACTIVATIONS / each).saturating_sub(1).clamp(1, TOGETHER)
            }
            _ => TOGETHER,
        };
        Ok(Place { objective: Arc::new(objective.again()), at: Arc::new(at), mode, together })
    }

    /// D.
    pub fn parameters(&self) -> usize {
        self.at.theta.len()
    }

    /// N, the number of training examples.
    pub fn examples(&self) -> usize {
        self.objective.count(Subset::Train)
    }

    /// The network.
    pub fn network(&self) -> &Network {
        self.objective.network()
    }

    /// The objective.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The point, and the mode: running statistics or those of batches.
    pub fn state(&self) -> (&State, NormMode) {
        (&self.at, self.mode)
    }

    /// Whether the gradient of an example goes through the statistics of others.
    pub fn mixes_examples(&self) -> bool {
        matches!(self.mode, NormMode::Batch(_)) && self.network().has_batch_norm()
    }

    /// Vectors that go well into one pass.
    pub fn together(&self) -> usize {
        self.together
    }

    /// g, the gradient of the mean loss, of length D.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn gradient(&self) -> Result<Vec<f64>, ObjectiveError> {
        let share = vec![1.0 / self.examples() as f64; self.examples()];
        Ok(self.combined(&[share])?.pop().unwrap_or_default())
    }

    /// A v for each vector v (length D).
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn products(&self, of: Curvature, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, ObjectiveError> {
        let mut products = Vec::with_capacity(vectors.len());
        for vectors in vectors.chunks(self.together) {
            let narrow = narrow(vectors);
            let directions: Vec<&[f32]> = narrow.iter().map(Vec::as_slice).collect();
            let objective = &self.objective;
            products.extend(objective.full_curvature_products(&self.at, &directions, of, self.mode, &mut |_, _| ())?);
        }
        Ok(products)
    }

    /// (g_i − g)·v of every training example, for each vector v (length D): `[N]` each.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn along(&self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, ObjectiveError> {
        let mut all = Vec::with_capacity(vectors.len());
        for vectors in vectors.chunks(self.together) {
            let narrow = narrow(vectors);
            let directions: Vec<&[f32]> = narrow.iter().map(Vec::as_slice).collect();
            all.extend(self.objective.full_directional_derivatives(&self.at, &directions, self.mode)?);
        }
        Ok(all.into_iter().map(centred).collect())
    }

    /// Σ_i c_i g_i over the training examples for each c (length N): `[D]` each.
    ///
    /// # Errors
    /// When interrupted, and when the device fails.
    pub fn combined(&self, coefficients: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, ObjectiveError> {
        let mut sums = Vec::with_capacity(coefficients.len());
        for some in coefficients.chunks(self.together) {
            let some: Vec<&[f64]> = some.iter().map(Vec::as_slice).collect();
            sums.extend(self.objective.full_weighted_gradient(&self.at, &some, self.mode, &mut |_, _| ())?);
        }
        Ok(sums)
    }
}

/// x less its mean.
pub(super) fn centred(mut x: Vec<f64>) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter_mut().for_each(|x| *x -= mean);
    x
}

/// The one rounding on the way from the mathematics in f64 to the network in f32.
fn narrow(vectors: &[Vec<f64>]) -> Vec<Vec<f32>> {
    vectors.iter().map(|v| v.iter().map(|x| *x as f32).collect()).collect()
}
