//! Matrices of a network, known by what they make of vectors: its curvature, the covariance of its gradient noise, and what the two
//! make together.
//!
//! With g_i the gradient of example i, g their mean and G_c the D × N matrix of columns g_i − g, the covariance of the gradient over a
//! batch of m examples drawn with replacement is Σ = (1/m)((1/N) Σ_i g_i g_iᵀ − g gᵀ) = (1/(N m)) G_c G_cᵀ (Zhu et al. 2019, Eq. 5,
//! where it is an approximation for batches drawn without replacement).

use super::place::{Place, centred};
use crate::{
    named::named_choice,
    objective::{Curvature, ObjectiveError},
    spectral::LinearOperator,
};

type Products = Result<Vec<Vec<f64>>, ObjectiveError>;

named_choice! {
    /// A D × D matrix of a network at a point.
    Operator as "matrix" {
        /// H, the Hessian of the mean training loss.
        #[default] Hessian = "hessian",
        /// G, the part of H that does not need the network's own second derivatives.
        GaussNewton = "gauss-newton",
        /// Σ, the covariance of the gradient over a batch.
        Sigma = "sigma",
    }
}

impl Operator {
    /// The matrix of a network at a point; `batch` examples are in a batch of Σ.
    pub fn at<'a>(self, place: &'a Place, batch: u64) -> NetworkOperator<'a> {
        match self {
            Operator::Hessian => NetworkOperator::Curvature(NetworkCurvature::new(place, Curvature::Hessian)),
            Operator::GaussNewton => NetworkOperator::Curvature(NetworkCurvature::new(place, Curvature::GaussNewton)),
            Operator::Sigma => NetworkOperator::Noise(NoiseCovariance::new(place, batch)),
        }
    }
}

/// Any of them.
pub enum NetworkOperator<'a> {
    Curvature(NetworkCurvature<'a>),
    Noise(NoiseCovariance<'a>),
}

impl LinearOperator for NetworkOperator<'_> {
    type Error = ObjectiveError;

    fn dimension(&self) -> usize {
        match self {
            NetworkOperator::Curvature(operator) => operator.dimension(),
            NetworkOperator::Noise(operator) => operator.dimension(),
        }
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Products {
        match self {
            NetworkOperator::Curvature(operator) => operator.apply(vectors),
            NetworkOperator::Noise(operator) => operator.apply(vectors),
        }
    }
}

/// H or the Gauss-Newton matrix of the mean training loss, D × D.
pub struct NetworkCurvature<'a> {
    place: &'a Place,
    of: Curvature,
}

impl<'a> NetworkCurvature<'a> {
    /// Of a network at a point.
    pub fn new(place: &'a Place, of: Curvature) -> NetworkCurvature<'a> {
        NetworkCurvature { place, of }
    }
}

impl LinearOperator for NetworkCurvature<'_> {
    type Error = ObjectiveError;

    fn dimension(&self) -> usize {
        self.place.parameters()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Products {
        self.place.products(self.of, vectors)
    }
}

/// Σ, D × D: derivatives of all examples along v, and the sum of their gradients with these as coefficients.
pub struct NoiseCovariance<'a> {
    place: &'a Place,
    batch: f64,
}

impl<'a> NoiseCovariance<'a> {
    /// For batches of so many examples.
    pub fn new(place: &'a Place, batch: u64) -> NoiseCovariance<'a> {
        NoiseCovariance { place, batch: batch as f64 }
    }
}

impl LinearOperator for NoiseCovariance<'_> {
    type Error = ObjectiveError;

    fn dimension(&self) -> usize {
        self.place.parameters()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Products {
        let along = self.place.along(vectors)?;
        // Coefficients without a mean: G_c c is then Σ c_i g_i, and g need not be known.
        Ok(scaled(self.place.combined(&along)?, self.batch * self.place.examples() as f64))
    }
}

/// K = (1/(N m)) G_cᵀ G_c, N × N, which has the non-zero eigenvalues of Σ and its trace.
pub struct NoiseGram<'a> {
    place: &'a Place,
    batch: f64,
}

impl<'a> NoiseGram<'a> {
    /// For batches of so many examples.
    pub fn new(place: &'a Place, batch: u64) -> NoiseGram<'a> {
        NoiseGram { place, batch: batch as f64 }
    }
}

impl LinearOperator for NoiseGram<'_> {
    type Error = ObjectiveError;

    fn dimension(&self) -> usize {
        self.place.examples()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Products {
        let combined = self.place.combined(&without_means(vectors))?;
        Ok(scaled(self.place.along(&combined)?, self.batch * self.place.examples() as f64))
    }
}

/// M = (1/(N m)) G_cᵀ H G_c, N × N: its trace is Tr(HΣ).
pub struct NoiseCurvature<'a> {
    place: &'a Place,
    of: Curvature,
    batch: f64,
}

impl<'a> NoiseCurvature<'a> {
    /// For batches of so many examples.
    pub fn new(place: &'a Place, of: Curvature, batch: u64) -> NoiseCurvature<'a> {
        NoiseCurvature { place, of, batch: batch as f64 }
    }
}

impl LinearOperator for NoiseCurvature<'_> {
    type Error = ObjectiveError;

    fn dimension(&self) -> usize {
        self.place.examples()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Products {
        let combined = self.place.combined(&without_means(vectors))?;
        let bent = self.place.products(self.of, &combined)?;
        Ok(scaled(self.place.along(&bent)?, self.batch * self.place.examples() as f64))
    }
}

fn without_means(vectors: &[Vec<f64>]) -> Vec<Vec<f64>> {
    vectors.iter().cloned().map(centred).collect()
}

fn scaled(mut vectors: Vec<Vec<f64>>, by: f64) -> Vec<Vec<f64>> {
    vectors.iter_mut().flatten().for_each(|x| *x /= by);
    vectors
}
