//! The trace by XTrace: "XTrace: Making the Most of Every Sample in Stochastic Trace Estimation" (Epperly, Tropp, Webber 2024), §2.
//!
//! With random vectors ω_1 … ω_m and Y = AΩ, every ω_i is left out in turn: P_i projects to the span of the other columns of Y,
//! which holds the leading eigenvectors of A roughly. The trace of A on that span is computed, the rest estimated with ω_i:
//!
//! t_i = Tr(P_i A P_i) + c_i rᵀ A r with r = (I − P_i) ω_i, c_i = (D − m + 1) / ‖r‖².
//!
//! The estimate is the mean of the t_i; every one is unbiased, as ω_i is uniform on a sphere and independent of P_i. All follow
//! from one factorisation Y = Q R and H = Qᵀ A Q, so m samples take 2 m products: P_i = Q (I − s_i s_iᵀ) Qᵀ with s_i the direction
//! of column i of R⁻ᵀ. As A is symmetric, Qᵀ A Ω = R says what (A Q)ᵀ Ω is, too, and only Q is kept.
//!
//! The t_i share their products, so the spread between them says a little less than how far their mean is off: over many seeds the
//! estimate spreads 1.0 to 1.5 times as far as its standard error (see the tests), most where there are about as many samples as
//! leading eigenvalues.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{
    draw::{normal, on_sphere},
    estimate::Estimate,
    operator::LinearOperator,
    vector::{dots, norm, project_out, scale},
};

/// Samples below which the spread between them is not believed (our choice).
const FEW: usize = 10;
/// What is left of a product below this share of ‖A Ω‖ is rounding.
const ROUNDING: f64 = 1e-13;
/// What stands for a zero on the diagonal of R, in shares of the largest number of R.
const NEARLY_ZERO: f64 = 1e-12;

/// How well, and with how much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceSpec {
    /// Ends when the standard error is at most this share of |estimate|.
    pub share: f64,
    /// Ends after so many products. With D or more of them the diagonal is read off with unit vectors instead: the trace is exact.
    pub most_products: usize,
    /// Vectors that share a pass over the operator.
    pub together: usize,
    pub seed: u64,
}

impl Default for TraceSpec {
    fn default() -> TraceSpec {
        TraceSpec { share: 0.05, most_products: 100, together: 4, seed: 0 }
    }
}

impl TraceSpec {
    /// Memory that it takes at most, beside that of the operator, in bytes.
    pub fn bytes(&self, dimension: usize) -> u64 {
        let together = self.together.max(1).min(dimension.max(1)) as u64;
        let kept = if self.most_products >= dimension { 0 } else { self.most_products as u64 / 2 };
        let vectors = kept.saturating_add(together.saturating_mul(2)).saturating_add(1);
        vectors
            .saturating_mul(dimension as u64)
            .saturating_add(kept.saturating_mul(kept).saturating_mul(6))
            .saturating_mul(8)
    }
}

/// A trace under way, a product of some vectors at a time.
pub struct TraceEstimator {
    spec: TraceSpec,
    dimension: usize,
    products: usize,
    is_finite: bool,
    work: Work,
}

enum Work {
    /// Unit vectors; how many are done, and the sum of their vᵀAv.
    Diagonal {
        done: usize,
        sum: f64,
    },
    Samples(Samples),
}

#[derive(Default)]
struct Samples {
    /// Q.
    basis: Vec<Vec<f64>>,
    /// Columns of R, each as long as Q was after it: upper triangular.
    r: Vec<Vec<f64>>,
    /// Columns of QᵀΩ, all as long as Q is.
    w: Vec<Vec<f64>>,
    /// Columns of H, from the top to the diagonal.
    h: Vec<Vec<f64>>,
    /// The largest ‖A ω‖ seen.
    size: f64,
    drawn: usize,
}

impl TraceEstimator {
    pub fn new(spec: TraceSpec, dimension: usize) -> TraceEstimator {
        let work = match spec.most_products >= dimension {
            true => Work::Diagonal { done: 0, sum: 0.0 },
            false => Work::Samples(Samples::default()),
        };
        TraceEstimator { spec, dimension, products: 0, is_finite: true, work }
    }

    /// Applies A to the next vectors, and says whether the estimate is good enough or the limit reached. With samples every other
    /// step completes some.
    ///
    /// # Errors
    /// A's own; the step may be tried again.
    ///
    /// # Panics
    /// When A gives products of another number or length than asked.
    pub fn step<A: LinearOperator>(&mut self, a: &mut A) -> Result<bool, A::Error> {
        if self.is_done() {
            return Ok(true);
        }
        let vectors = self.next_vectors();
        let products = a.apply(&vectors)?;
        assert_eq!(products.len(), vectors.len(), "a product for every vector");
        self.products += products.len();
        self.is_finite &= products.iter().all(|w| norm(w).is_finite());
        if self.is_finite {
            match &mut self.work {
                Work::Diagonal { done, sum } => {
                    for product in products {
                        *sum += product[*done];
                        *done += 1;
                    }
                }
                Work::Samples(samples) => samples.take(vectors, products, self.spec.seed, self.dimension),
            }
        }
        Ok(self.is_done())
    }

    /// Steps until it is done.
    ///
    /// # Errors
    /// A's own.
    pub fn finish<A: LinearOperator>(&mut self, a: &mut A) -> Result<Estimate, A::Error> {
        while !self.step(a)? {}
        Ok(self.estimate())
    }

    /// The trace as far as it is known. `value` is NaN before there is a sample, or all of the diagonal, and after a product that
    /// was not finite; `standard_error` is √(Σ (t_i − t)² / (m (m − 1))), 0 for a whole diagonal, NaN with one sample.
    pub fn estimate(&self) -> Estimate {
        let nothing = Estimate { value: f64::NAN, standard_error: f64::NAN, products: self.products };
        match &self.work {
            _ if !self.is_finite => nothing,
            Work::Diagonal { done, sum } if *done == self.dimension => {
                Estimate { value: *sum, standard_error: 0.0, ..nothing }
            }
            Work::Diagonal { .. } => nothing,
            Work::Samples(samples) => Estimate::of(samples.estimates(self.dimension), self.products),
        }
    }

    fn is_done(&self) -> bool {
        if !self.is_finite {
            return true;
        }
        match &self.work {
            Work::Diagonal { done, .. } => *done == self.dimension,
            Work::Samples(samples) => {
                if samples.is_half() {
                    return false;
                }
                let Estimate { value, standard_error, .. } = self.estimate();
                let is_good = samples.h.len() >= FEW && standard_error <= self.spec.share * value.abs();
                is_good || self.room() == 0
            }
        }
    }

    /// How many more samples may be drawn.
    fn room(&self) -> usize {
        (self.spec.most_products - self.products.min(self.spec.most_products)) / 2
    }

    fn next_vectors(&self) -> Vec<Vec<f64>> {
        let together = self.spec.together.max(1);
        match &self.work {
            Work::Diagonal { done, .. } => {
                let unit = |i: usize| {
                    let mut unit = vec![0.0; self.dimension];
                    unit[i] = 1.0;
                    unit
                };
                (*done..self.dimension.min(done + together)).map(unit).collect()
            }
            Work::Samples(samples) if samples.is_half() => samples.basis[samples.h.len()..].to_vec(),
            Work::Samples(samples) => {
                let count = together.min(self.room());
                (samples.r.len()..samples.r.len() + count).map(|i| omega(self.spec.seed, i, self.dimension)).collect()
            }
        }
    }
}

/// ω_i, of length √D. Drawn again whenever it is needed: memory is dearer than random numbers.
fn omega(seed: u64, number: usize, dimension: usize) -> Vec<f64> {
    on_sphere(seed, &format!("trace {number}"), dimension, (dimension as f64).sqrt())
}

impl Samples {
    /// Whether A was applied to the vectors of the last samples, and not yet to what they added to Q.
    fn is_half(&self) -> bool {
        self.h.len() < self.basis.len()
    }

    fn take(&mut self, vectors: Vec<Vec<f64>>, products: Vec<Vec<f64>>, seed: u64, dimension: usize) {
        if self.is_half() {
            for product in products {
                self.h.push(dots(&self.basis[..=self.h.len()], &product));
            }
            return;
        }
        let (before, first) = (self.basis.len(), self.r.len());
        self.size = products.iter().map(|w| norm(w)).fold(self.size, f64::max);
        for mut w in products {
            let mut column = project_out(&self.basis, &mut w);
            let left = norm(&w);
            column.push(left);
            match left > ROUNDING * self.size {
                true => scale(&mut w, 1.0 / left),
                false => w = self.beside(seed, dimension),
            }
            self.basis.push(w);
            self.r.push(column);
        }
        // What is new in Q with the old vectors, and all of Q with the new ones.
        for (number, column) in self.w.iter_mut().enumerate() {
            column.extend(dots(&self.basis[before..], &omega(seed, number, dimension)));
        }
        self.w.extend(vectors.iter().map(|omega| dots(&self.basis, omega)));
        debug_assert_eq!(first + vectors.len(), self.w.len());
    }

    /// A random unit vector orthogonal to Q. There are fewer than D / 2 vectors, so that much of it lies outside.
    fn beside(&mut self, seed: u64, dimension: usize) -> Vec<f64> {
        let mut v = normal(seed, &format!("trace beside {}", self.drawn), dimension);
        self.drawn += 1;
        project_out(&self.basis, &mut v);
        let left = norm(&v);
        scale(&mut v, 1.0 / left);
        v
    }

    /// t_i of every sample that is complete.
    fn estimates(&self, dimension: usize) -> Vec<f64> {
        let m = self.h.len();
        let largest = self.r[..m].iter().flatten().fold(0.0, |largest: f64, x| largest.max(x.abs()));
        let least = if largest > 0.0 { NEARLY_ZERO * largest } else { 1.0 };
        let mut r = DMatrix::zeros(m, m);
        for (column, numbers) in self.r[..m].iter().enumerate() {
            numbers.iter().enumerate().for_each(|(row, x)| r[(row, column)] = *x);
        }
        let h = DMatrix::from_fn(m, m, |i, j| self.h[i.max(j)][i.min(j)]);
        // Columns of Y that depend on others are moved apart: their span holds the range of A with or without one of them.
        let mut apart = r.clone();
        (0..m).for_each(|i| apart[(i, i)] = apart[(i, i)].max(least));
        let Some(s) = apart.transpose().solve_lower_triangular(&DMatrix::identity(m, m)) else {
            return vec![f64::NAN; m];
        };
        let trace = h.trace();
        let sample = |i: usize| {
            let s = s.column(i).normalize();
            let w = nalgebra::DVector::from_column_slice(&self.w[i][..m]);
            let x = &w - &s * s.dot(&w);
            let hx = &h * &x;
            let column = r.column(i);
            let rest = w.dot(&column) - 2.0 * x.dot(&column) + x.dot(&hx);
            let factor = (dimension - m + 1) as f64 / (dimension as f64 - x.norm_squared());
            trace - s.dot(&(&h * &s)) + factor * rest
        };
        (0..m).map(sample).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectral::{
        matrix::Matrix,
        trial::{Broken, Known, lenet_like, spectra},
        vector::dot,
    };

    fn estimate(spec: TraceSpec, values: &[f64]) -> Estimate {
        let mut a = Known::new(values, 3);
        let found = TraceEstimator::new(spec, values.len()).finish(&mut a).unwrap();
        assert_eq!(found.products, a.products);
        found
    }

    /// Every sample left out by hand: an orthonormal basis of the other products, and products with it.
    #[test]
    fn samples_are_what_their_definition_says() {
        let values: Vec<f64> = (0..30).map(|i| (f64::from(i) * 1.3).sin() * 5.0 / (1.0 + f64::from(i))).collect();
        let (d, m) = (30, 7);
        let spec = TraceSpec { share: 0.0, most_products: 2 * m, together: 3, seed: 5 };
        let mut estimator = TraceEstimator::new(spec, d);
        let mut a = Known::new(&values, 3);
        estimator.finish(&mut a).unwrap();
        let Work::Samples(samples) = &estimator.work else { panic!() };
        let omegas: Vec<Vec<f64>> = (0..m).map(|i| omega(5, i, d)).collect();
        let y = a.apply(&omegas).unwrap();
        for (i, found) in samples.estimates(d).into_iter().enumerate() {
            let mut basis: Vec<Vec<f64>> = Vec::new();
            for (j, y) in y.iter().enumerate() {
                if i != j {
                    let mut w = y.clone();
                    project_out(&basis, &mut w);
                    let size = norm(&w);
                    scale(&mut w, 1.0 / size);
                    basis.push(w);
                }
            }
            let on_it: f64 = a.apply(&basis).unwrap().iter().zip(&basis).map(|(aq, q)| dot(aq, q)).sum();
            let mut rest = omegas[i].clone();
            project_out(&basis, &mut rest);
            let product = a.apply(std::slice::from_ref(&rest)).unwrap().remove(0);
            let direct = on_it + (d - m + 1) as f64 * dot(&rest, &product) / dot(&rest, &rest);
            assert!((found - direct).abs() < 1e-10, "{i}: {found} {direct}");
        }
    }

    #[test]
    fn enough_products_make_it_exact() {
        for dimension in [0, 1, 2, 3, 5, 17, 60] {
            for (name, values) in spectra(dimension) {
                let spec = TraceSpec { most_products: dimension, ..TraceSpec::default() };
                let found = estimate(spec, &values);
                let exact: f64 = values.iter().sum();
                let size = values.iter().map(|v| v.abs()).sum::<f64>();
                assert!((found.value - exact).abs() <= 1e-13 * size, "{name} {dimension} {found:?}");
                assert_eq!((found.standard_error, found.products), (0.0, dimension));
            }
        }
    }

    /// Few directions that matter are found, all of them.
    #[test]
    fn a_matrix_of_low_rank_is_exact_to_rounding() {
        for rank in [0, 1, 2, 4] {
            let values: Vec<f64> = (0..80).map(|i| if i < rank { 3.0 - 2.0 * i as f64 } else { 0.0 }).collect();
            for together in [1, 3, 20] {
                let spec = TraceSpec { share: 0.0, most_products: 24, together, seed: 2 };
                let found = estimate(spec, &values);
                let exact: f64 = values.iter().sum();
                assert!((found.value - exact).abs() < 1e-8, "{rank} {together}: {found:?} {exact}");
                assert!(found.standard_error < 1e-8, "{rank} {together}: {found:?}");
            }
        }
    }

    #[test]
    fn it_is_unbiased_and_its_errors_are_as_large_as_the_spread() {
        let slow: Vec<f64> = (0..150).map(|i| 1.0 / (1.0 + 0.05 * f64::from(i))).collect();
        let indefinite: Vec<f64> = (0..150).map(|i| (f64::from(i) * 0.9).sin() + 0.3).collect();
        for (name, values) in [("lenet", lenet_like(150)), ("slow", slow), ("indefinite", indefinite)] {
            let exact: f64 = values.iter().sum();
            for most_products in [20, 40] {
                let spec = TraceSpec { share: 0.0, most_products, ..TraceSpec::default() };
                let found: Vec<Estimate> = (0..300).map(|seed| estimate(TraceSpec { seed, ..spec }, &values)).collect();
                let all = Estimate::of(found.iter().map(|e| e.value), 0);
                assert!(
                    (all.value - exact).abs() < 4.0 * all.standard_error,
                    "{name} {most_products}: {all:?} {exact}"
                );
                let spread = all.standard_error * 300f64.sqrt();
                let said = (found.iter().map(|e| e.standard_error.powi(2)).sum::<f64>() / 300.0).sqrt();
                println!("{name} {most_products}: said {said}, spread {spread}");
                assert!((0.6..1.7).contains(&(said / spread)), "{name} {most_products}: {said} {spread}");
                let near = found.iter().filter(|e| (e.value - exact).abs() < 4.0 * e.standard_error).count();
                println!("{name} {most_products}: {near} of 300 within four standard errors");
                assert!(near >= 285, "{name} {most_products}: {near}");
            }
        }
    }

    #[test]
    fn it_goes_on_until_it_is_good_enough() {
        let values = lenet_like(2_000);
        let exact: f64 = values.iter().sum();
        let mut before = 0;
        for share in [0.3, 0.1, 0.05, 0.02] {
            let found = estimate(TraceSpec { share, most_products: 1_000, ..TraceSpec::default() }, &values);
            assert!(found.standard_error <= share * found.value.abs());
            assert!((found.value - exact).abs() < 4.0 * found.standard_error, "{found:?} {exact}");
            assert!(found.products >= before && found.products < 1_000);
            before = found.products;
        }
    }

    #[test]
    fn a_seed_has_its_bits_and_the_limit_holds() {
        let values = lenet_like(100);
        for (most_products, together) in [(0, 1), (1, 1), (2, 1), (15, 2), (31, 7), (99, 10)] {
            let spec = TraceSpec { share: 0.0, most_products, together, seed: 4 };
            let found = estimate(spec, &values);
            assert_eq!(found.products, most_products / 2 * 2);
            assert_eq!(found.value.is_nan(), most_products < 2);
            assert_eq!(found.standard_error.is_nan(), most_products < 4);
            let again = estimate(spec, &values);
            assert_eq!(found.value.to_bits(), again.value.to_bits());
            assert!(TraceSpec { most_products: 40, ..spec }.bytes(1000) > 20 * 8 * 1000);
        }
    }

    #[test]
    fn nan_is_nan() {
        for (most_products, good) in [(20, 0), (20, 1), (50, 2)] {
            let spec = TraceSpec { most_products, ..TraceSpec::default() };
            let found = TraceEstimator::new(spec, 50).finish(&mut Broken { dimension: 50, good }).unwrap();
            assert!(found.value.is_nan() && found.standard_error.is_nan());
            assert_eq!(found.products, 4 * (good + 1));
        }
        assert_eq!(TraceEstimator::new(TraceSpec::default(), 0).finish(&mut Matrix::diagonal(&[])).unwrap().value, 0.0);
    }
}
