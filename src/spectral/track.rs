//! One end of a spectrum, followed while the operator moves.

use super::{
    lanczos::{EigenPair, Lanczos, LanczosSpec},
    operator::LinearOperator,
};

/// Which end of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Largest,
    Smallest,
}

/// The best eigenpair of A at this end that at most `products` products find (at least one), from where it lay before: the
/// Ritz pair of the Krylov space of `last` (vectors of length D; when there are several their sum, as in [`Lanczos::new`]; when
/// there is none a random one). Also says how many products it took: fewer than allowed when the residual vanishes.
///
/// This is Lanczos with a basis of `products` vectors. Two or three suffice from one iteration of training to the next, as
/// Rayleigh quotients have errors that are squares of those of the vectors; the residual says how well it went. A vector that
/// was exact keeps tracking its eigenvalue when another passes it: now and then, start anew.
///
/// # Errors
/// A's own.
///
/// # Panics
/// When a vector of `last` has not length D.
pub fn track<A: LinearOperator>(
    a: &mut A,
    end: End,
    last: Vec<Vec<f64>>,
    products: usize,
    seed: u64,
) -> Result<Option<(EigenPair, usize)>, A::Error> {
    let spec = LanczosSpec {
        largest: usize::from(end == End::Largest),
        smallest: usize::from(end == End::Smallest),
        block: 1,
        most: products,
        tolerance: f64::EPSILON,
        most_products: products,
        copies: false,
        seed,
    };
    let mut lanczos = Lanczos::new(spec, a.dimension(), Some(last));
    let progress = lanczos.finish(a)?;
    Ok(lanczos.pairs().pop().map(|pair| (pair, progress.products)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectral::{
        matrix::Matrix,
        trial::{Broken, Known, lenet_like},
    };

    #[test]
    fn an_eigenvalue_that_moves_is_followed_with_two_products() {
        let values = lenet_like(2_000);
        for end in [End::Largest, End::Smallest] {
            let mut vector = Vec::new();
            for step in 0..20 {
                let moved: Vec<f64> = values.iter().map(|v| v * (1.0 + 0.02 * f64::from(step))).collect();
                let mut a = Known::new(&moved, 1);
                let products = if step == 0 { 100 } else { 2 };
                let last = if step == 0 { Vec::new() } else { vec![vector] };
                let (pair, made) = track(&mut a, end, last, products, 3).unwrap().unwrap();
                assert!(made <= products && a.products == made);
                let order = a.descending();
                let known = if end == End::Largest { order[0] } else { order[order.len() - 1] };
                assert!((pair.value / known - 1.0).abs() < 1e-4, "{step}: {} {known}", pair.value);
                assert!((pair.value - known).abs() <= pair.residual + 1e-12);
                vector = pair.vector;
            }
        }
    }

    /// Two products have the values of the 2 × 2 matrix on the span of v and A v.
    #[test]
    fn two_products_are_the_quadratic_formula() {
        let (a, v): ([f64; 3], [f64; 3]) = ([3.0, 1.0, -2.0], [0.6, 0.64, 0.48]);
        let moment = |power: i32| -> f64 { a.iter().zip(v).map(|(a, v)| v * v * a.powi(power)).sum() };
        let alpha = moment(1);
        let beta = (moment(2) - alpha * alpha).sqrt();
        let central: f64 = a.iter().zip(v).map(|(a, v)| v * v * (a - alpha).powi(3)).sum();
        let other = alpha + central / (beta * beta);
        let half = 0.5 * (alpha - other);
        for (end, sign) in [(End::Largest, 1.0), (End::Smallest, -1.0)] {
            let expected = 0.5 * (alpha + other) + sign * half.hypot(beta);
            let (pair, made) = track(&mut Matrix::diagonal(&a), end, vec![v.to_vec()], 2, 0).unwrap().unwrap();
            assert!((pair.value - expected).abs() < 1e-14, "{} {expected}", pair.value);
            assert_eq!(made, 2);
        }
    }

    #[test]
    fn nan_is_nan_and_nothing_is_nothing() {
        let (pair, made) =
            track(&mut Broken { dimension: 9, good: 1 }, End::Largest, Vec::new(), 3, 0).unwrap().unwrap();
        assert!(pair.value.is_nan() && pair.residual.is_nan());
        assert_eq!(made, 2);
        assert_eq!(track(&mut Matrix::diagonal(&[]), End::Largest, Vec::new(), 3, 0), Ok(None));
        let (pair, made) = track(&mut Matrix::diagonal(&[4.0]), End::Smallest, Vec::new(), 3, 0).unwrap().unwrap();
        assert_eq!((pair.value, pair.residual, made), (4.0, 0.0, 1));
    }
}
