//! The small problem that a large one is projected to.

use nalgebra::{DMatrix, SymmetricEigen};

/// Rounds of the QR algorithm for each eigenvalue; it takes two or three.
const ROUNDS: usize = 60;

/// All eigenvalues of a small symmetric matrix, in descending order, and its eigenvectors, the columns of `vectors`.
#[derive(Clone, Debug, PartialEq)]
pub struct Small {
    pub values: Vec<f64>,
    pub vectors: DMatrix<f64>,
}

impl Small {
    /// Of the matrix's lower triangle. `None` when a number is not finite: there the solver might never end.
    pub fn of(matrix: &DMatrix<f64>) -> Option<Small> {
        if matrix.iter().any(|x| !x.is_finite()) {
            return None;
        }
        if matrix.is_empty() {
            return Some(Small { values: Vec::new(), vectors: DMatrix::zeros(0, 0) });
        }
        let rounds = ROUNDS * (matrix.nrows() + 1);
        let solve = |matrix: DMatrix<f64>| SymmetricEigen::try_new(matrix, f64::EPSILON, rounds);
        let (solved, shift) = match solve(matrix.clone()) {
            Some(solved) => (solved, 0.0),
            None => {
                // The solver asks for an accuracy relative to neighbours on the diagonal, which it may not reach among
                // numbers that are nothing but rounding. Moved away from zero they are all alike.
                let shift = 2.0 * matrix.nrows() as f64 * matrix.amax();
                let moved = matrix + DMatrix::identity(matrix.nrows(), matrix.nrows()) * shift;
                (solve(moved)?, shift)
            }
        };
        let mut order: Vec<usize> = (0..solved.eigenvalues.len()).collect();
        order.sort_by(|a, b| solved.eigenvalues[*b].total_cmp(&solved.eigenvalues[*a]));
        Some(Small {
            values: order.iter().map(|i| solved.eigenvalues[*i] - shift).collect(),
            vectors: solved.eigenvectors.select_columns(&order),
        })
    }

    /// Of the symmetric tridiagonal matrix with this diagonal and these numbers beside it.
    pub fn of_tridiagonal(diagonal: &[f64], beside: &[f64]) -> Option<Small> {
        let matrix = DMatrix::from_fn(diagonal.len(), diagonal.len(), |i, j| match i.abs_diff(j) {
            0 => diagonal[i],
            1 => beside[i.min(j)],
            _ => 0.0,
        });
        Small::of(&matrix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectral::draw::normal;

    #[test]
    fn vectors_and_values_make_the_matrix_again() {
        for n in [0, 1, 2, 3, 10, 50] {
            let drawn = DMatrix::from_vec(n, n, normal(1, "matrix", n * n));
            for matrix in [&drawn + drawn.transpose(), DMatrix::zeros(n, n), &drawn * drawn.transpose() * 1e-200] {
                let small = Small::of(&matrix).unwrap();
                assert!(small.values.windows(2).all(|pair| pair[0] >= pair[1]));
                let values = nalgebra::DVector::from_column_slice(&small.values);
                let again = &small.vectors * DMatrix::from_diagonal(&values) * small.vectors.transpose();
                assert!(n == 0 || (again - &matrix).amax() <= 1e-13 * matrix.amax() * n as f64, "{n}");
            }
        }
    }

    #[test]
    fn what_is_not_finite_has_no_answer() {
        for bad in [f64::NAN, f64::INFINITY] {
            assert_eq!(Small::of(&DMatrix::from_element(3, 3, bad)), None);
            assert_eq!(Small::of_tridiagonal(&[1.0, bad], &[0.5]), None);
        }
    }

    #[test]
    fn a_chain_has_its_known_values() {
        // Diagonal 0, beside it 1: 2 cos(kπ / (n + 1)).
        let small = Small::of_tridiagonal(&[0.0; 6], &[1.0; 5]).unwrap();
        for (k, value) in small.values.iter().enumerate() {
            assert!((value - 2.0 * ((k + 1) as f64 * std::f64::consts::PI / 7.0).cos()).abs() < 1e-14);
        }
    }
}
