//! A matrix that is there as numbers: for small problems, and for tests.

use std::convert::Infallible;

use nalgebra::{DMatrix, DVector};

use super::operator::LinearOperator;

/// A dense symmetric matrix, `[D × D]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix(DMatrix<f64>);

impl Matrix {
    /// # Panics
    /// When it is not square. That it is symmetric is taken on trust.
    pub fn new(matrix: DMatrix<f64>) -> Matrix {
        assert!(matrix.is_square(), "a symmetric matrix is square");
        Matrix(matrix)
    }

    /// The matrix with these numbers on its diagonal.
    pub fn diagonal(values: &[f64]) -> Matrix {
        Matrix(DMatrix::from_diagonal(&DVector::from_column_slice(values)))
    }
}

impl LinearOperator for Matrix {
    type Error = Infallible;

    fn dimension(&self) -> usize {
        self.0.nrows()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Infallible> {
        Ok(vectors.iter().map(|v| (&self.0 * DVector::from_column_slice(v)).as_slice().to_vec()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_rows() {
        let mut a = Matrix::new(DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, -3.0]));
        assert_eq!(a.apply(&[vec![1.0, 0.0], vec![1.0, 2.0]]), Ok(vec![vec![1.0, 2.0], vec![5.0, -4.0]]));
        assert_eq!(Matrix::diagonal(&[2.0, 3.0]).apply(&[vec![1.0, 1.0]]), Ok(vec![vec![2.0, 3.0]]));
        assert_eq!(a.dimension(), 2);
    }
}
