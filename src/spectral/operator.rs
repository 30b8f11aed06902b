//! What all estimators here know of a matrix: its products with vectors.

/// A symmetric linear operator A on vectors of length D.
pub trait LinearOperator {
    type Error;

    /// D.
    fn dimension(&self) -> usize;

    /// A v for each v (length D), in one pass.
    ///
    /// # Errors
    /// When a product cannot be had, or is no longer wanted.
    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Self::Error>;
}

impl<A: LinearOperator> LinearOperator for &mut A {
    type Error = A::Error;

    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Self::Error> {
        (**self).apply(vectors)
    }
}
