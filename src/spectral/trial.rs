//! Operators of known spectrum for tests.

use std::convert::Infallible;

use super::{
    draw::on_sphere,
    operator::LinearOperator,
    vector::{add, dot},
};

/// A diagonal matrix turned by random reflections: D numbers and a few vectors, whatever D is.
pub struct Known {
    pub values: Vec<f64>,
    mirrors: Vec<Vec<f64>>,
    /// Vectors that it was applied to.
    pub products: usize,
}

impl Known {
    pub fn new(values: &[f64], seed: u64) -> Known {
        let mirror = |number: usize| on_sphere(seed, &format!("mirror {number}"), values.len(), 1.0);
        Known { values: values.to_vec(), mirrors: (0..3).map(mirror).collect(), products: 0 }
    }

    fn turn(&self, mut v: Vec<f64>, back: bool) -> Vec<f64> {
        let mut mirrors: Vec<&Vec<f64>> = self.mirrors.iter().collect();
        if back {
            mirrors.reverse();
        }
        for mirror in mirrors {
            let share = dot(mirror, &v);
            add(&mut v, -2.0 * share, mirror);
        }
        v
    }

    /// The eigenvector of `values[index]`.
    pub fn vector(&self, index: usize) -> Vec<f64> {
        self.turn((0..self.values.len()).map(|i| f64::from(u8::from(i == index))).collect(), true)
    }

    /// From largest to smallest.
    pub fn descending(&self) -> Vec<f64> {
        let mut values = self.values.clone();
        values.sort_by(|a, b| b.total_cmp(a));
        values
    }
}

impl LinearOperator for Known {
    type Error = Infallible;

    fn dimension(&self) -> usize {
        self.values.len()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Infallible> {
        self.products += vectors.len();
        let product = |v: &Vec<f64>| {
            let mut turned = self.turn(v.clone(), false);
            turned.iter_mut().zip(&self.values).for_each(|(x, value)| *x *= value);
            self.turn(turned, true)
        };
        Ok(vectors.iter().map(product).collect())
    }
}

/// An operator whose vectors and products are rounded to f32, as those of a network are.
pub struct Rounded(pub Known);

impl LinearOperator for Rounded {
    type Error = Infallible;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Infallible> {
        let rounded = |v: &Vec<f64>| v.iter().map(|x| f64::from(*x as f32)).collect();
        let vectors: Vec<Vec<f64>> = vectors.iter().map(rounded).collect();
        Ok(self.0.apply(&vectors)?.iter().map(rounded).collect())
    }
}

/// Its products are not numbers from the `good`-th call on.
pub struct Broken {
    pub dimension: usize,
    pub good: usize,
}

impl LinearOperator for Broken {
    type Error = Infallible;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn apply(&mut self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Infallible> {
        let is_good = self.good > 0;
        self.good = self.good.saturating_sub(1);
        let number = |(i, x): (usize, &f64)| if is_good || i > 0 { (i + 1) as f64 * x } else { f64::NAN };
        Ok(vectors.iter().map(|v| v.iter().enumerate().map(number).collect()).collect())
    }
}

/// Spectra of `dimension` numbers that are hard in different ways.
pub fn spectra(dimension: usize) -> Vec<(&'static str, Vec<f64>)> {
    let d = dimension;
    let make = |f: &dyn Fn(usize) -> f64| (0..d).map(f).collect::<Vec<f64>>();
    vec![
        ("spread", make(&|i| 1.0 + i as f64)),
        ("indefinite", make(&|i| i as f64 - 0.4 * d as f64)),
        ("clustered", make(&|i| if i < 3 { 5.0 + 1e-3 * i as f64 } else { (i as f64).sin() })),
        ("repeated", make(&|i| [4.0, -2.0, 1.0][i % 3])),
        ("zero", make(&|_| 0.0)),
        ("identity", make(&|_| 2.0)),
        ("rank one", make(&|i| if i == 0 { 7.0 } else { 0.0 })),
        ("negative", make(&|i| -1.0 / (1.0 + i as f64))),
        ("tiny", make(&|i| 1e-120 * (1.0 + i as f64))),
        ("huge", make(&|i| 1e120 * (i as f64 - 2.0))),
    ]
}

/// Like the Hessian of a small LeNet: ten leading values, a long tail around 0, some negative ones.
pub fn lenet_like(dimension: usize) -> Vec<f64> {
    let leading = [8.60, 8.19, 6.85, 5.91, 4.72, 3.96, 3.31, 2.64, 2.10, 1.57];
    let tail = |i: usize| {
        let share = (i as f64 + 0.5) / dimension as f64;
        // Most of them are tiny; a few reach up to 1, or down to −0.65.
        if share < 0.2 { -0.65 * (1.0 - share / 0.2).powi(8) } else { ((share - 0.2) / 0.8).powi(12) }
    };
    (0..dimension).map(|i| leading.get(i).copied().unwrap_or_else(|| tail(i - leading.len()))).collect()
}
