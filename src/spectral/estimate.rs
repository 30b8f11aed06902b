//! A number that was estimated from random vectors.

use crate::probe::statistics::Moments;

/// An estimate with its standard error, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// NaN where one sample says nothing about it.
    pub standard_error: f64,
    /// Vectors that the operator was applied to.
    pub products: usize,
}

impl Estimate {
    /// The mean of independent samples, with its standard error.
    pub(super) fn of(samples: impl IntoIterator<Item = f64>, products: usize) -> Estimate {
        let mut moments = Moments::default();
        samples.into_iter().for_each(|sample| moments.push(sample));
        let value = moments.mean().unwrap_or(f64::NAN);
        Estimate { value, standard_error: moments.standard_error().unwrap_or(f64::NAN), products }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms() {
        let of = |samples: &[f64]| Estimate::of(samples.iter().copied(), 7);
        assert_eq!(of(&[1.0, 2.0, 3.0]), Estimate { value: 2.0, standard_error: (1.0f64 / 3.0).sqrt(), products: 7 });
        assert!(of(&[1.0]).standard_error.is_nan() && of(&[]).value.is_nan() && of(&[1.0, f64::NAN]).value.is_nan());
    }
}
