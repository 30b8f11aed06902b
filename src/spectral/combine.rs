//! Operators made of operators.

use std::ops::Range;

use super::{
    operator::LinearOperator,
    vector::{add, project_out, scale},
};

/// A + B.
#[derive(Clone, Debug)]
pub struct Sum<A, B> {
    a: A,
    b: B,
}

impl<A: LinearOperator, B: LinearOperator<Error = A::Error>> Sum<A, B> {
    /// # Panics
    /// When the dimensions differ.
    pub fn new(a: A, b: B) -> Sum<A, B> {
        assert_eq!(a.dimension(), b.dimension(), "a sum of operators of one dimension");
        Sum { a, b }
    }
}

impl<A: LinearOperator, B: LinearOperator<Error = A::Error>> LinearOperator for Sum<A, B> {
    type Error = A::Error;

    fn dimension(&self) -> usize {
        self.a.dimension()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, A::Error> {
        let mut products = self.a.apply(vectors)?;
        for (product, other) in products.iter_mut().zip(self.b.apply(vectors)?) {
            add(product, 1.0, &other);
        }
        Ok(products)
    }
}

/// s A.
#[derive(Clone, Debug)]
pub struct Scaled<A> {
    pub a: A,
    pub s: f64,
}

impl<A: LinearOperator> LinearOperator for Scaled<A> {
    type Error = A::Error;

    fn dimension(&self) -> usize {
        self.a.dimension()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, A::Error> {
        let mut products = self.a.apply(vectors)?;
        products.iter_mut().for_each(|product| scale(product, self.s));
        Ok(products)
    }
}

/// A + s I.
#[derive(Clone, Debug)]
pub struct Shifted<A> {
    pub a: A,
    pub s: f64,
}

impl<A: LinearOperator> LinearOperator for Shifted<A> {
    type Error = A::Error;

    fn dimension(&self) -> usize {
        self.a.dimension()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, A::Error> {
        let mut products = self.a.apply(vectors)?;
        products.iter_mut().zip(vectors).for_each(|(product, v)| add(product, self.s, v));
        Ok(products)
    }
}

/// The block of A on the diagonal that belongs to some coordinates (the parameters of one layer): its vectors get zeros
/// for the other coordinates, and of the products the others are cut off.
#[derive(Clone, Debug)]
pub struct Block<A> {
    a: A,
    range: Range<usize>,
}

impl<A: LinearOperator> Block<A> {
    /// # Panics
    /// When `range` reaches beyond A's dimension.
    pub fn new(a: A, range: Range<usize>) -> Block<A> {
        assert!(range.start <= range.end && range.end <= a.dimension(), "coordinates that the operator has");
        Block { a, range }
    }
}

impl<A: LinearOperator> LinearOperator for Block<A> {
    type Error = A::Error;

    fn dimension(&self) -> usize {
        self.range.len()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, A::Error> {
        let whole = |v: &Vec<f64>| {
            let mut whole = vec![0.0; self.a.dimension()];
            whole[self.range.clone()].copy_from_slice(v);
            whole
        };
        let vectors: Vec<Vec<f64>> = vectors.iter().map(whole).collect();
        Ok(self.a.apply(&vectors)?.iter().map(|product| product[self.range.clone()].to_vec()).collect())
    }
}

/// (I − U Uᵀ) A (I − U Uᵀ): what of A is left beside some known directions. In their span it is zero.
#[derive(Clone, Debug)]
pub struct Deflated<A> {
    a: A,
    known: Vec<Vec<f64>>,
}

impl<A: LinearOperator> Deflated<A> {
    /// `known` are orthonormal, each of length D.
    ///
    /// # Panics
    /// When one has another length.
    pub fn new(a: A, known: Vec<Vec<f64>>) -> Deflated<A> {
        assert!(known.iter().all(|u| u.len() == a.dimension()), "directions of the operator's dimension");
        Deflated { a, known }
    }
}

impl<A: LinearOperator> LinearOperator for Deflated<A> {
    type Error = A::Error;

    fn dimension(&self) -> usize {
        self.a.dimension()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, A::Error> {
        let mut vectors = vectors.to_vec();
        for v in &mut vectors {
            project_out(&self.known, v);
        }
        let mut products = self.a.apply(&vectors)?;
        for product in &mut products {
            project_out(&self.known, product);
        }
        Ok(products)
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::spectral::matrix::Matrix;

    fn a() -> Matrix {
        Matrix::new(DMatrix::from_row_slice(3, 3, &[1.0, 2.0, 3.0, 2.0, 5.0, -1.0, 3.0, -1.0, 7.0]))
    }

    /// The matrix of an operator, by its products with the unit vectors.
    fn entries<A: LinearOperator<Error = std::convert::Infallible>>(mut a: A) -> Vec<Vec<f64>> {
        let unit = |i: usize| (0..a.dimension()).map(|j| f64::from(u8::from(i == j))).collect();
        let units: Vec<Vec<f64>> = (0..a.dimension()).map(unit).collect();
        a.apply(&units).unwrap()
    }

    #[test]
    fn each_is_what_its_formula_says() {
        let whole = entries(a());
        let each = |f: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
            (0..3).map(|i| (0..3).map(|j| f(i, j)).collect()).collect()
        };
        let identity = |i: usize, j: usize| f64::from(u8::from(i == j));
        assert_eq!(entries(Sum::new(a(), Matrix::diagonal(&[1.0; 3]))), each(&|i, j| whole[i][j] + identity(i, j)));
        assert_eq!(entries(Scaled { a: a(), s: -2.0 }), each(&|i, j| -2.0 * whole[i][j]));
        assert_eq!(entries(Shifted { a: a(), s: -2.0 }), each(&|i, j| whole[i][j] - 2.0 * identity(i, j)));
        for (start, end) in [(0, 3), (1, 3), (0, 1), (2, 2)] {
            let block: Vec<Vec<f64>> = (start..end).map(|i| whole[i][start..end].to_vec()).collect();
            assert_eq!(entries(Block::new(a(), start..end)), block);
        }
        let beside = |i: usize, j: usize| if i == 1 || j == 1 { 0.0 } else { whole[i][j] };
        assert_eq!(entries(Deflated::new(a(), vec![vec![0.0, 1.0, 0.0]])), each(&beside));
        let mut borrowed = a();
        assert_eq!(entries(Shifted { a: &mut borrowed, s: 0.0 }), whole);
    }

    #[test]
    #[should_panic(expected = "coordinates that the operator has")]
    fn a_block_lies_inside() {
        Block::new(a(), 1..4);
    }
}
