//! Spectral density by stochastic Lanczos quadrature.
//!
//! "Fast Estimation of tr(f(A)) via Stochastic Lanczos Quadrature" (Ubaru, Chen, Saad 2017), Algorithm 1; for Hessians of networks
//! "An Investigation into Neural Net Optimization via Hessian Eigenvalue Density" (Ghorbani, Krishnan, Xiao 2019), §2.
//!
//! For a random unit vector v, E[vᵀ f(A) v] = Tr f(A) / D. Lanczos from v gives a tridiagonal T; its eigenvalues θ_i, weighted
//! with the squared first components of its eigenvectors, are the Gauss quadrature of vᵀ f(A) v, exact for polynomials up to
//! degree 2 `steps` − 1.

use serde::{Deserialize, Serialize};

use super::{
    draw::{on_sphere, signs},
    estimate::Estimate,
    operator::LinearOperator,
    small::Small,
    vector::{add, dot, norm, project_out, scale},
};

/// A remainder below this share of ‖A‖ is rounding: the vector's Krylov space is exhausted.
const ROUNDING: f64 = 1e-13;

/// How the random vectors are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// Signs, times 1 / √D: no spread for a diagonal A.
    #[default]
    Rademacher,
    /// Normal numbers, brought to length 1.
    Gaussian,
}

/// What a density is made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DensitySpec {
    /// Random vectors.
    pub vectors: usize,
    /// Products of each: nodes of its quadrature.
    pub steps: usize,
    /// Vectors that share a pass over the operator, and whose bases are kept at a time.
    pub together: usize,
    /// Keeps every basis and makes new vectors orthogonal to all of it. Without it three vectors are kept of each basis; the
    /// density has ghosts of its outer eigenvalues then, which share their weights.
    pub orthogonal: bool,
    pub start: Start,
    pub seed: u64,
}

impl Default for DensitySpec {
    fn default() -> DensitySpec {
        DensitySpec { vectors: 6, steps: 60, together: 6, orthogonal: true, start: Start::Rademacher, seed: 0 }
    }
}

impl DensitySpec {
    /// Memory that it takes at most, beside that of the operator, in bytes.
    pub fn bytes(&self, dimension: usize) -> u64 {
        let together = self.together.clamp(1, self.vectors.max(1)) as u64;
        let steps = self.steps.min(dimension) as u64;
        let kept = if self.orthogonal { steps.saturating_add(1) } else { 3 };
        // A copy of the vectors that go to the operator, and its products.
        let vectors = together.saturating_mul(kept.saturating_add(2));
        let numbers = (self.vectors as u64).saturating_mul(4 * steps).saturating_add(steps.saturating_mul(4 * steps));
        vectors.saturating_mul(dimension as u64).saturating_add(numbers).saturating_mul(8)
    }
}

/// Lanczos from one random vector.
struct Chain {
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    /// The last is the next that A is applied to; empty when the chain is over.
    basis: Vec<Vec<f64>>,
    /// The largest ‖A v‖ seen.
    size: f64,
    is_finite: bool,
}

/// A density under way, a product of some vectors at a time.
pub struct DensityEstimator {
    spec: DensitySpec,
    dimension: usize,
    chains: Vec<Chain>,
    drawn: usize,
    products: usize,
}

impl DensityEstimator {
    pub fn new(spec: DensitySpec, dimension: usize) -> DensityEstimator {
        DensityEstimator { spec, dimension, chains: Vec::new(), drawn: 0, products: 0 }
    }

    /// Applies A once to each vector that is under way, and says whether everything is done.
    ///
    /// # Errors
    /// A's own; the step may be tried again.
    ///
    /// # Panics
    /// When A gives products of another number or length than asked.
    pub fn step<A: LinearOperator>(&mut self, a: &mut A) -> Result<bool, A::Error> {
        if self.under_way().next().is_none() {
            self.draw();
        }
        let vectors: Vec<Vec<f64>> = self.under_way().filter_map(|chain| chain.basis.last().cloned()).collect();
        if vectors.is_empty() {
            return Ok(true);
        }
        let products = a.apply(&vectors)?;
        assert_eq!(products.len(), vectors.len(), "a product for every vector");
        drop(vectors);
        self.products += products.len();
        let (steps, orthogonal) = (self.spec.steps.min(self.dimension), self.spec.orthogonal);
        let under_way = self.chains.iter_mut().filter(|chain| !chain.basis.is_empty());
        under_way.zip(products).for_each(|(chain, w)| chain.take(w, steps, orthogonal));
        Ok(self.is_done())
    }

    /// Steps until everything is done.
    ///
    /// # Errors
    /// A's own.
    pub fn finish<A: LinearOperator>(&mut self, a: &mut A) -> Result<Density, A::Error> {
        while !self.step(a)? {}
        Ok(self.density())
    }

    /// Vectors that the operator was applied to, and how many there will be at most.
    pub fn progress(&self) -> (usize, usize) {
        (self.products, self.spec.vectors.saturating_mul(self.spec.steps.min(self.dimension)))
    }

    /// The density as far as it is known: vectors under way have fewer nodes.
    pub fn density(&self) -> Density {
        let nodes = self.chains.iter().filter(|chain| !chain.diagonal.is_empty()).map(Chain::nodes).collect();
        Density { dimension: self.dimension, nodes, products: self.products }
    }

    fn is_done(&self) -> bool {
        let is_drawn = self.drawn >= self.spec.vectors || self.spec.steps == 0 || self.dimension == 0;
        is_drawn && self.under_way().next().is_none()
    }

    fn under_way(&self) -> impl Iterator<Item = &Chain> {
        self.chains.iter().filter(|chain| !chain.basis.is_empty())
    }

    /// The next vectors that share their passes.
    fn draw(&mut self) {
        if self.is_done() {
            return;
        }
        let end = self.spec.vectors.min(self.drawn.saturating_add(self.spec.together.max(1)));
        for number in self.drawn..end {
            let purpose = format!("density {number}");
            let (seed, dimension) = (self.spec.seed, self.dimension);
            let v = match self.spec.start {
                Start::Rademacher => signs(seed, &purpose, dimension, 1.0 / (dimension as f64).sqrt()),
                Start::Gaussian => on_sphere(seed, &purpose, dimension, 1.0),
            };
            let (diagonal, beside) = (Vec::new(), Vec::new());
            self.chains.push(Chain { diagonal, beside, basis: vec![v], size: 0.0, is_finite: true });
        }
        self.drawn = end;
    }
}

impl Chain {
    fn take(&mut self, mut w: Vec<f64>, steps: usize, orthogonal: bool) {
        let Some(v) = self.basis.last() else { return };
        let size = norm(&w);
        self.size = self.size.max(size);
        self.is_finite &= size.is_finite();
        self.diagonal.push(dot(v, &w));
        if !self.is_finite || self.diagonal.len() == steps {
            self.basis = Vec::new();
            return;
        }
        match orthogonal {
            true => {
                project_out(&self.basis, &mut w);
            }
            false => {
                for (v, share) in
                    self.basis.iter().rev().zip(self.diagonal.last().into_iter().chain(self.beside.last()))
                {
                    add(&mut w, -share, v);
                }
            }
        }
        let left = norm(&w);
        if left <= ROUNDING * self.size {
            self.basis = Vec::new();
            return;
        }
        scale(&mut w, 1.0 / left);
        self.beside.push(left);
        self.basis.push(w);
        if !orthogonal && self.basis.len() > 2 {
            self.basis.remove(0);
        }
    }

    fn nodes(&self) -> Vec<(f64, f64)> {
        let beside = &self.beside[..self.diagonal.len() - 1];
        match Small::of_tridiagonal(&self.diagonal, beside) {
            Some(small) if self.is_finite => {
                let weight = |(i, value): (usize, &f64)| (*value, small.vectors[(0, i)].powi(2));
                small.values.iter().enumerate().map(weight).rev().collect()
            }
            _ => vec![(f64::NAN, 1.0)],
        }
    }
}

/// The density of a spectrum, as quadratures of some random vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// D.
    pub dimension: usize,
    /// For each random vector its nodes (eigenvalues, ascending) with weights that add up to 1. One node at NaN where a product
    /// was not finite.
    pub nodes: Vec<Vec<(f64, f64)>>,
    /// Vectors that the operator was applied to.
    pub products: usize,
}

impl Density {
    /// The density at each place of `grid`, normalised to 1 over all eigenvalues, every eigenvalue a Gaussian of standard
    /// deviation `sigma`, with its standard error over the random vectors. It is as large far away from the eigenvalues as the
    /// Gaussian says, so that its logarithm can be drawn until that is 0.
    pub fn smoothed(&self, grid: &[f64], sigma: f64) -> Vec<Estimate> {
        let height = 1.0 / (sigma * std::f64::consts::TAU.sqrt());
        let gaussian = |x: f64, node: f64| height * (-0.5 * ((x - node) / sigma).powi(2)).exp();
        grid.iter().map(|x| self.mean_of(1.0, |node| gaussian(*x, node))).collect()
    }

    /// Tr A = D Σ w θ.
    pub fn trace(&self) -> Estimate {
        self.trace_of(|node| node)
    }

    /// Tr f(A) = D Σ w f(θ). Functions that change within the distance of two nodes are smeared.
    pub fn trace_of(&self, f: impl Fn(f64) -> f64) -> Estimate {
        self.mean_of(self.dimension as f64, f)
    }

    /// The lowest and the highest node; `None` without any, NaN where one is NaN.
    pub fn range(&self) -> Option<(f64, f64)> {
        let mut nodes = self.nodes.iter().flatten().map(|node| node.0);
        let first = nodes.next()?;
        let wider = |(low, high): (f64, f64), node: f64| match low.is_nan() || node.is_nan() {
            true => (f64::NAN, f64::NAN),
            false => (low.min(node), high.max(node)),
        };
        Some(nodes.fold((first, first), wider))
    }

    fn mean_of(&self, factor: f64, f: impl Fn(f64) -> f64) -> Estimate {
        let sample =
            |nodes: &Vec<(f64, f64)>| factor * nodes.iter().map(|(node, weight)| weight * f(*node)).sum::<f64>();
        Estimate::of(self.nodes.iter().map(sample), self.products)
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::spectral::{
        matrix::Matrix,
        trial::{Broken, Known, lenet_like, spectra},
    };

    fn density(spec: DensitySpec, values: &[f64]) -> Density {
        DensityEstimator::new(spec, values.len()).finish(&mut Known::new(values, 3)).unwrap()
    }

    #[test]
    fn weights_add_up_to_one_and_nodes_lie_in_the_spectrum() {
        for dimension in [1, 2, 3, 5, 17, 60] {
            for (name, values) in spectra(dimension) {
                for (start, orthogonal) in
                    [(Start::Rademacher, true), (Start::Gaussian, true), (Start::Gaussian, false)]
                {
                    let spec = DensitySpec { start, orthogonal, steps: 30, ..DensitySpec::default() };
                    let found = density(spec, &values);
                    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
                    let size = low.abs().max(high.abs());
                    assert_eq!(found.nodes.len(), 6);
                    for nodes in &found.nodes {
                        assert!((nodes.iter().map(|n| n.1).sum::<f64>() - 1.0).abs() < 1e-12, "{name} {dimension}");
                        assert!(nodes.windows(2).all(|pair| pair[0].0 <= pair[1].0));
                        assert!(nodes.len() <= dimension);
                        let inside = |node: f64| node >= low - 1e-12 * size && node <= high + 1e-12 * size;
                        assert!(nodes.iter().all(|n| inside(n.0)), "{name} {dimension} {nodes:?}");
                    }
                }
            }
        }
    }

    /// Σ w θ^p = vᵀ A^p v for every p up to 2 steps − 1, computed by products.
    #[test]
    fn quadrature_is_exact_for_polynomials() {
        let values: Vec<f64> = (0..40).map(|i| (f64::from(i) * 0.7).sin()).collect();
        for start in [Start::Rademacher, Start::Gaussian] {
            let spec = DensitySpec { vectors: 3, together: 2, steps: 5, start, seed: 9, ..DensitySpec::default() };
            let found = density(spec, &values);
            let mut a = Known::new(&values, 3);
            for (number, nodes) in found.nodes.iter().enumerate() {
                let purpose = format!("density {number}");
                let v = match start {
                    Start::Rademacher => signs(9, &purpose, 40, 1.0 / 40f64.sqrt()),
                    Start::Gaussian => on_sphere(9, &purpose, 40, 1.0),
                };
                let mut power = v.clone();
                for p in 0..10 {
                    let sum: f64 = nodes.iter().map(|(node, weight)| weight * node.powi(p)).sum();
                    assert!((sum - dot(&v, &power)).abs() < 1e-13, "{p}");
                    power = a.apply(&[power]).unwrap().remove(0);
                }
            }
        }
    }

    #[test]
    fn traces_of_powers_are_within_their_errors() {
        for (name, values) in [("lenet", lenet_like(300)), ("spread", (0..80).map(f64::from).collect())] {
            let spec = DensitySpec { vectors: 60, steps: 20, seed: 1, ..DensitySpec::default() };
            let found = density(spec, &values);
            for power in 1..5 {
                let exact: f64 = values.iter().map(|v| v.powi(power)).sum();
                let Estimate { value, standard_error, .. } = found.trace_of(|x| x.powi(power));
                assert!(
                    (value - exact).abs() < 4.0 * standard_error,
                    "{name} {power}: {value} {exact} {standard_error}"
                );
                assert!(standard_error < 0.2 * exact.abs(), "{name} {power}");
            }
            assert_eq!(found.trace(), found.trace_of(|x| x));
            assert_eq!(found.trace().products, 60 * 20);
        }
    }

    #[test]
    fn the_errors_are_as_large_as_the_spread() {
        let values = lenet_like(200);
        let spec = DensitySpec { vectors: 10, steps: 10, start: Start::Gaussian, ..DensitySpec::default() };
        let estimates: Vec<Estimate> =
            (0..200).map(|seed| density(DensitySpec { seed, ..spec }, &values).trace()).collect();
        let all = Estimate::of(estimates.iter().map(|e| e.value), 0);
        let exact: f64 = values.iter().sum();
        assert!((all.value - exact).abs() < 4.0 * all.standard_error);
        let spread = all.standard_error * 200f64.sqrt();
        let said = (estimates.iter().map(|e| e.standard_error.powi(2)).sum::<f64>() / 200.0).sqrt();
        assert!((0.8..1.25).contains(&(said / spread)), "{said} {spread}");
    }

    #[test]
    fn rademacher_vectors_know_a_diagonal_exactly() {
        let spec = DensitySpec { vectors: 4, ..DensitySpec::default() };
        let mut a = Matrix::diagonal(&[3.0, -1.0, 2.5]);
        let found = DensityEstimator::new(spec, 3).finish(&mut a).unwrap();
        assert!((found.trace().value - 4.5).abs() < 1e-13 && found.trace().standard_error < 1e-13);
        assert_eq!(found.range().map(|(low, high)| (low.round(), high.round())), Some((-1.0, 3.0)));
    }

    #[test]
    fn the_smoothed_density_is_that_of_the_eigenvalues() {
        // With as many steps as dimensions the nodes are the eigenvalues; the mean over vectors has equal weights.
        let values: Vec<f64> = (0..12).map(|i| f64::from(i) - 3.0).collect();
        let spec = DensitySpec { vectors: 400, steps: 12, together: 50, ..DensitySpec::default() };
        let found = density(spec, &values);
        let grid: Vec<f64> = (0..400).map(|i| -8.0 + 0.06 * f64::from(i)).collect();
        let smoothed = found.smoothed(&grid, 0.8);
        for (x, found) in grid.iter().zip(&smoothed) {
            let bump = |v: &f64| (-0.5 * ((x - v) / 0.8).powi(2)).exp() / (0.8 * std::f64::consts::TAU.sqrt());
            let exact = values.iter().map(bump).sum::<f64>() / 12.0;
            assert!((found.value - exact).abs() < 5.0 * found.standard_error + 1e-12, "{x}: {found:?} {exact}");
        }
        let area: f64 = smoothed.iter().map(|e| 0.06 * e.value).sum();
        assert!((area - 1.0).abs() < 1e-3, "{area}");
    }

    #[test]
    fn vectors_that_share_a_pass_are_the_same_alone() {
        let values = lenet_like(100);
        let one = DensitySpec { together: 1, steps: 8, ..DensitySpec::default() };
        let alone = density(one, &values);
        for together in [2, 4, 100] {
            assert_eq!(density(DensitySpec { together, ..one }, &values), alone);
        }
        assert_ne!(density(DensitySpec { seed: 1, ..one }, &values), alone);
        assert!(DensitySpec { together: 4, ..one }.bytes(1000) > 4 * 8 * 8 * 1000);
    }

    #[test]
    fn nan_is_nan_and_nothing_is_nothing() {
        let spec = DensitySpec { vectors: 3, together: 1, steps: 4, ..DensitySpec::default() };
        let mut estimator = DensityEstimator::new(spec, 8);
        let found = estimator.finish(&mut Broken { dimension: 8, good: 5 }).unwrap();
        assert!(found.nodes[0].iter().all(|node| node.0.is_finite()));
        assert!(found.nodes[1].iter().chain(&found.nodes[2]).all(|node| node.0.is_nan()));
        assert!(found.trace().value.is_nan() && found.range().is_some_and(|(low, _)| low.is_nan()));
        assert!(found.smoothed(&[0.0], 1.0)[0].value.is_nan());
        for (vectors, steps, dimension) in [(0, 4, 3), (3, 0, 3), (3, 4, 0)] {
            let spec = DensitySpec { vectors, steps, ..spec };
            let mut a = Matrix::new(DMatrix::zeros(dimension, dimension));
            let found = DensityEstimator::new(spec, dimension).finish(&mut a).unwrap();
            assert!(found.nodes.is_empty() && found.range().is_none() && found.trace().value.is_nan());
        }
    }
}
