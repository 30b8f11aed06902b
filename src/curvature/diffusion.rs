//! The covariance that a Langevin dynamics draws its noise from, measured at a point: see [`Covariance`] for which one.
//!
//! All are scaled to E‖ε‖² = Tr Σ, Σ being that of SGD with batches of m examples drawn with replacement (Zhu et al. 2019,
//! Eq. 5 and 14): Σ = (1/m)((1/N) Σ_i g_i g_iᵀ − g gᵀ). Its trace and its diagonal come from the gradients of all single
//! examples, exactly; eigenpairs of Σ and of H come from products (Lanczos). The paper's own coefficients (D.3,
//! √(Tr H/(m Tr Σ))) do not make the noises equal, and it estimates Σ from 60 mini-batches; here it is Table 1 to the letter.

use std::ops::ControlFlow;

use rand_distr::{Distribution as _, StandardNormal};

use super::{
    operators::{NetworkCurvature, NoiseCovariance},
    place::Place,
};
use crate::{
    memory,
    net::Statistics,
    objective::{Curvature, GradientSquares, ObjectiveError},
    optim::{Covariance, Diffusion, Langevin},
    random,
    spectral::{EigenPair, Lanczos, LanczosSpec, LinearOperator},
};

/// Gradients of single examples that are taken at a time.
const SINGLES: usize = 64;
/// An eigenpair is found when ‖A v − λ v‖₂ is at most so large a share of the largest |eigenvalue| (our choice).
const TOLERANCE: f64 = 1e-3;
/// The length of the random vector beside the eigenvectors found before, which are 1 together: a search never misses for good
/// what they do not hold.
const NEWS: f64 = 0.1;

/// The search for `count` leading eigenpairs.
fn lanczos(count: usize, seed: u64) -> LanczosSpec {
    LanczosSpec {
        largest: count,
        smallest: 0,
        block: 1,
        most: count.saturating_mul(3).saturating_add(40),
        tolerance: TOLERANCE,
        // What is not found by then is used as it is: a covariance of nearly the leading eigenvectors.
        most_products: count.saturating_mul(10).saturating_add(60),
        copies: false,
        seed,
    }
}

/// Whether there is room for the noise of a Langevin dynamics in so many dimensions.
///
/// # Errors
/// When there is not.
pub fn room_for(wanted: &Langevin, dimension: usize) -> Result<(), memory::TooMuch> {
    let d = dimension as u64;
    let search = wanted.eigenvectors().map_or(0, |count| {
        // The vectors in use, those found, and those that wait to be written, in f32.
        let kept = (count.min(dimension) as u64).saturating_mul(d).saturating_mul(3 * size_of::<f32>() as u64);
        lanczos(count, 0).bytes(dimension).saturating_add(kept)
    });
    let sums = d.saturating_mul(4 * size_of::<f64>() as u64);
    let what = || match wanted.eigenvectors() {
        Some(count) => format!("noise along {count} eigenvectors of {dimension} parameters"),
        None => format!("noise in {dimension} parameters"),
    };
    memory::promise(
        what,
        search.saturating_add(sums),
        "use fewer eigenvectors (--gld-rank) or a smaller network, or allow more memory (--memory)",
    )
}

/// A covariance under way, a piece of work at a time. It holds no network, so that it may wait while something else is done.
pub struct DiffusionSearch {
    wanted: Langevin,
    /// m.
    batch: f64,
    seed: u64,
    singles: Singles,
    /// s_j of the noise before, near the eigenvectors that are wanted.
    before: Vec<Vec<f32>>,
    search: Option<Lanczos>,
    evaluations: u64,
}

/// Sums over the gradients of single examples.
#[derive(Default)]
struct Singles {
    done: usize,
    /// Σ ‖g_i‖².
    norms: f64,
    /// Σ g_i, of length D.
    sum: Vec<f64>,
    /// Σ g_ij², of length D.
    squares: Vec<f64>,
}

impl DiffusionSearch {
    /// Of what is wanted, for batches of `batch` examples; `before` is the noise that it comes in the place of, if there is some.
    pub fn new(wanted: Langevin, batch: u64, before: Option<&Diffusion>, seed: u64) -> DiffusionSearch {
        let before = before.map_or(&[][..], Diffusion::directions).to_vec();
        let (singles, batch) = (Singles::default(), batch.max(1) as f64);
        DiffusionSearch { wanted, batch, seed, singles, before, search: None, evaluations: 0 }
    }

    /// Gradients and products computed so far. A gradient of one example counts as one, as where the scale of isotropic noise
    /// is measured; so does a product with H. A product with Σ is two: one way there along v, one back.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Makes one product, or takes the gradients of some examples; the noise when it is known. `place` is the same one
    /// throughout. What is not finite makes noise that is not a number.
    ///
    /// # Errors
    /// When interrupted, and when the device fails: the same piece may be asked for again.
    pub fn advance(&mut self, place: &Place) -> Result<ControlFlow<Diffusion>, ObjectiveError> {
        let dimension = place.parameters();
        if let (Covariance::Const, Some(sigma)) = (self.wanted.covariance, self.wanted.sigma) {
            return Ok(ControlFlow::Break(Diffusion::isotropic(sigma, dimension, None)));
        }
        if self.singles.done < place.examples() {
            self.take_singles(place)?;
            return Ok(ControlFlow::Continue(()));
        }
        // Rounding may leave less than nothing where all gradients are alike.
        let power = positive(self.singles.trace()) / self.batch;
        let isotropic = |power: f64| Diffusion::isotropic((power / dimension as f64).sqrt(), dimension, Some(power));
        if !power.is_finite() {
            return Ok(ControlFlow::Break(isotropic(f64::NAN)));
        }
        let pairs = match self.wanted.covariance {
            Covariance::Const | Covariance::Dynamic => return Ok(ControlFlow::Break(isotropic(power))),
            Covariance::Diag => {
                let deviation = |variance: f64| (positive(variance) / self.batch).sqrt() as f32;
                let deviations = self.singles.variances().map(deviation).collect();
                return Ok(ControlFlow::Break(Diffusion::diagonal(deviations, Some(power))));
            }
            Covariance::Leading => self.product(place, &mut NoiseCovariance::new(place, 1), 2)?,
            Covariance::Hessian | Covariance::Eigvec => {
                self.product(place, &mut NetworkCurvature::new(place, Curvature::Hessian), 1)?
            }
        };
        let Some(pairs) = pairs else { return Ok(ControlFlow::Continue(())) };
        if pairs.iter().any(|pair| !pair.value.is_finite()) {
            return Ok(ControlFlow::Break(isotropic(f64::NAN)));
        }
        let directions = directions(&pairs, power, self.wanted.covariance == Covariance::Eigvec);
        Ok(ControlFlow::Break(Diffusion::along(directions, dimension, Some(power))))
    }

    /// Takes the gradients of some more examples; of all of them at once where they share statistics.
    fn take_singles(&mut self, place: &Place) -> Result<(), ObjectiveError> {
        let (at, mode) = place.state();
        let (objective, singles) = (place.objective(), &mut self.singles);
        let found = if place.mixes_examples() {
            objective.full_gradient_squares(at, mode, &mut |_, _| ())?
        } else {
            let end = place.examples().min(singles.done + SINGLES);
            let some: Vec<u32> = (singles.done as u32..end as u32).collect();
            objective.gradient_squares(at, &some, Statistics::Running, &mut |_, _| ())?
        };
        self.evaluations += found.norms.len() as u64;
        singles.add(&found);
        Ok(())
    }

    /// One more product, which counts as so many evaluations; the leading eigenpairs when they are found.
    fn product<O: LinearOperator<Error = ObjectiveError>>(
        &mut self,
        place: &Place,
        operator: &mut O,
        cost: u64,
    ) -> Result<Option<Vec<EigenPair>>, ObjectiveError> {
        let count = self.wanted.eigenvectors().unwrap_or(1);
        let (seed, before) = (self.seed, &self.before);
        let search = self.search.get_or_insert_with(|| {
            Lanczos::new(lanczos(count, seed), place.parameters(), start(before, place.parameters(), seed))
        });
        let made = search.progress().products;
        let progress = search.step(operator)?;
        self.evaluations += (progress.products - made) as u64 * cost;
        Ok(progress.ended.is_some().then(|| search.largest()))
    }
}

impl Singles {
    fn add(&mut self, found: &GradientSquares) {
        let n = found.norms.len() as f64;
        self.done += found.norms.len();
        self.norms += found.norms.iter().sum::<f64>();
        let dimension = found.mean.len();
        self.sum.resize(dimension, 0.0);
        self.squares.resize(dimension, 0.0);
        self.sum.iter_mut().zip(&found.mean).for_each(|(sum, mean)| *sum += n * mean);
        self.squares.iter_mut().zip(&found.diagonal).for_each(|(sum, mean)| *sum += n * mean);
    }

    /// The diagonal of Σ at m = 1.
    fn variances(&self) -> impl Iterator<Item = f64> {
        let n = self.done as f64;
        self.squares.iter().zip(&self.sum).map(move |(squares, sum)| squares / n - (sum / n) * (sum / n))
    }

    /// Tr Σ at m = 1.
    fn trace(&self) -> f64 {
        let n = self.done as f64;
        self.norms / n - self.sum.iter().map(|sum| (sum / n) * (sum / n)).sum::<f64>()
    }
}

/// x, or 0 where it is below; NaN stays.
fn positive(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}

/// Where a search begins: the noise before, of length 1, and something of every direction. At random without any.
fn start(before: &[Vec<f32>], dimension: usize, seed: u64) -> Option<Vec<Vec<f64>>> {
    let mut sum = vec![0.0f64; dimension];
    before.iter().for_each(|s| sum.iter_mut().zip(s).for_each(|(sum, s)| *sum += f64::from(*s)));
    let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
    if !(length > 0.0 && length.is_finite()) {
        return None;
    }
    let mut random = random::stream(seed, "start of a Langevin covariance");
    let share = NEWS / (dimension as f64).sqrt();
    for x in &mut sum {
        let z: f64 = StandardNormal.sample(&mut random);
        *x = *x / length + share * z;
    }
    Some(vec![sum])
}

/// s_j = √(c λ_j) u_j with c so that Σ‖s_j‖² is `power`; of eigenvalues that are not positive there is no s_j. With
/// `is_first` alone the first eigenvector has all of it, whatever its eigenvalue is.
fn directions(pairs: &[EigenPair], power: f64, is_first: bool) -> Vec<Vec<f32>> {
    let weights: Vec<f64> = match is_first {
        true => vec![1.0],
        false => pairs.iter().map(|pair| positive(pair.value)).collect(),
    };
    let sum: f64 = weights.iter().sum();
    let scaled = |(pair, weight): (&EigenPair, &f64)| {
        let size = (power * weight / sum).sqrt();
        pair.vector.iter().map(|x| (size * x) as f32).collect()
    };
    // Where nothing is positive the trace cannot be met, and there is no noise.
    pairs.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0).map(scaled).collect()
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, SymmetricEigen};

    use super::*;
    use crate::{
        net::{Network, State},
        objective::{Interrupt, Objective},
        probe::{NormBatch, NormMode},
        run::LossKind,
    };

    const EXAMPLES: usize = 21;
    const BATCH: u64 = 4;
    const K: usize = 3;

    fn wanted(covariance: Covariance, rank: u64) -> Langevin {
        Langevin { covariance, sigma: None, batch: None, rank, every: 10 }
    }

    fn measured(place: &Place, wanted: Langevin, before: Option<&Diffusion>) -> (Diffusion, u64) {
        let mut search = DiffusionSearch::new(wanted, BATCH, before, 5);
        loop {
            if let ControlFlow::Break(found) = search.advance(place).unwrap() {
                return (found, search.evaluations());
            }
        }
    }

    /// H and Σ/m, column by column.
    fn dense(place: &Place) -> [DMatrix<f64>; 2] {
        let d = place.parameters();
        let units: Vec<Vec<f64>> = (0..d).map(|j| (0..d).map(|k| f64::from(u8::from(k == j))).collect()).collect();
        let bent = place.products(Curvature::Hessian, &units).unwrap();
        let h = DMatrix::from_fn(d, d, |i, j| 0.5 * (bent[j][i] + bent[i][j]));
        // Derivatives of single examples along every coordinate, less their means: not what the search asks for.
        let along = place.along(&units).unwrap();
        let share = 1.0 / (EXAMPLES as f64 * BATCH as f64);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        [h, DMatrix::from_fn(d, d, |i, j| share * dot(&along[i], &along[j]))]
    }

    /// The covariance that is meant, from the matrices, and how far a search may be from it: eigenvectors turn by at most the
    /// tolerance over the gap to what is left out.
    fn meant(covariance: Covariance, [h, sigma]: &[DMatrix<f64>; 2], k: usize) -> (DMatrix<f64>, f64) {
        let (d, power) = (h.nrows(), sigma.trace());
        let leading = |a: &DMatrix<f64>, k: usize, is_first: bool| {
            let SymmetricEigen { eigenvalues, eigenvectors } = a.clone().symmetric_eigen();
            let mut order: Vec<usize> = (0..d).collect();
            order.sort_by(|i, j| eigenvalues[*j].total_cmp(&eigenvalues[*i]));
            let sorted: Vec<f64> = order.iter().map(|i| eigenvalues[*i]).collect();
            let mut c = DMatrix::<f64>::zeros(d, d);
            for i in order.into_iter().take(k) {
                let u = eigenvectors.column(i);
                let weight = if is_first { 1.0 } else { eigenvalues[i].max(0.0) };
                c += weight * u * u.transpose();
            }
            let c = &c * (power / c.trace());
            let gap = sorted[k - 1] - sorted[k];
            let open = TOLERANCE * (3.0 + 2.0 * sorted[0] / gap) * c.amax();
            (c, open)
        };
        match covariance {
            Covariance::Const | Covariance::Dynamic => {
                (DMatrix::identity(d, d) * (power / d as f64), TOLERANCE * power / d as f64)
            }
            Covariance::Diag => (DMatrix::from_diagonal(&sigma.diagonal()), TOLERANCE * sigma.amax()),
            Covariance::Leading => leading(sigma, k, false),
            Covariance::Hessian => leading(h, k, false),
            Covariance::Eigvec => leading(h, 1, true),
        }
    }

    fn everywhere(check: &dyn Fn(&Objective, &State, NormMode, &str)) {
        let build = |net: &str, input| Network::build(net, input, 10).unwrap();
        let batch = NormBatch::Of(8);
        let modes =
            [NormMode::Running, NormMode::Batch(NormBatch::All), NormMode::Batch(batch), NormMode::Recalibrated(batch)];
        let networks = [
            (build("flatten linear(10)", [1, 1, 3]), &modes[..1]),
            (build("conv(2,3) tanh pool(2) flatten linear(10)", [1, 6, 6]), &modes[..1]),
            (build("conv(2,3) batchnorm softplus flatten linear(10)", [1, 3, 3]), &modes[..]),
        ];
        for (network, modes) in networks {
            let (mut at, words) = (network.initial_state(5), network.describe());
            // Outputs that are nearly alike have a Hessian of nearly equal eigenvalues.
            at.theta.iter_mut().for_each(|x| *x *= 3.0);
            let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy);
            for mode in modes {
                check(&objective, &at, *mode, &format!("{words}, {mode:?}"));
            }
        }
    }

    /// Every entry of the covariance of 20,000 draws against the matrix that is meant, inside 5 standard errors
    /// √((C_ii C_jj + C_ij²)/n), beside what a search for eigenvectors leaves open.
    #[test]
    fn draws_have_the_covariance_that_is_meant() {
        let n = 20_000;
        everywhere(&|objective, at, mode, what| {
            let place = Place::new(objective, at, mode).unwrap();
            let matrices = dense(&place);
            let d = place.parameters();
            for covariance in Covariance::ALL {
                let (c, open) = meant(covariance, &matrices, K);
                let (found, _) = measured(&place, wanted(covariance, K as u64), None);
                let mut random = random::stream(1, "draws");
                let mut sums = DMatrix::<f64>::zeros(d, d);
                for _ in 0..n {
                    let e: Vec<f64> = found.draw(&mut random).into_iter().map(f64::from).collect();
                    let e = nalgebra::DVector::from_vec(e);
                    sums.ger(1.0, &e, &e, 1.0);
                }
                for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
                    let (found, error) = (
                        sums[(i, j)] / f64::from(n),
                        ((c[(i, i)] * c[(j, j)] + c[(i, j)].powi(2)) / f64::from(n)).sqrt(),
                    );
                    let apart = (found - c[(i, j)]).abs();
                    assert!(
                        apart <= 5.0 * error + open,
                        "{what}, {covariance:?}, {i}, {j}: {found}, not {}",
                        c[(i, j)]
                    );
                }
            }
        });
    }

    #[test]
    fn all_are_as_large_as_the_noise_of_sgd_and_more_eigenvectors_than_dimensions_are_all() {
        everywhere(&|objective, at, mode, what| {
            let place = Place::new(objective, at, mode).unwrap();
            let matrices = dense(&place);
            let power = matrices[1].trace();
            let d = place.parameters();
            for covariance in Covariance::ALL {
                for rank in [1, K as u64, d as u64 + 7] {
                    let (found, _) = measured(&place, wanted(covariance, rank), None);
                    let apart = (found.power() / power - 1.0).abs();
                    assert!(apart < 1e-4, "{what}, {covariance:?}, k = {rank}: {} of {power}", found.power());
                    assert_eq!(found.of_sgd().map(|x| (x / power - 1.0).abs() < 1e-4), Some(true), "{what}");
                    assert!(found.directions().len() as u64 <= rank.min(d as u64), "{what}");
                }
            }
            // With all of its eigenvectors it is Σ itself, whose rank is below N.
            let (found, _) = measured(&place, wanted(Covariance::Leading, d as u64 + 7), None);
            let mut c = DMatrix::zeros(d, d);
            for s in found.directions() {
                let s = DMatrix::from_iterator(d, 1, s.iter().map(|x| f64::from(*x)));
                c += &s * s.transpose();
            }
            let apart = (c - &matrices[1]).amax();
            assert!(apart < 3e-3 * matrices[1].amax(), "{what}: {apart}");
        });
    }

    #[test]
    fn a_seed_repeats_it_and_a_search_that_goes_on_finds_the_same_for_less() {
        everywhere(&|objective, at, mode, what| {
            let place = Place::new(objective, at, mode).unwrap();
            let [h, sigma] = dense(&place);
            for covariance in [Covariance::Leading, Covariance::Hessian, Covariance::Eigvec] {
                let (first, cost) = measured(&place, wanted(covariance, 1), None);
                assert_eq!(measured(&place, wanted(covariance, 1), None), (first.clone(), cost), "{what}");
                let (second, less) = measured(&place, wanted(covariance, 1), Some(&first));
                assert!(less <= cost, "{what}, {covariance:?}: {less} evaluations after {cost}");
                let a = if covariance == Covariance::Leading { &sigma } else { &h };
                let largest = a.clone().symmetric_eigen().eigenvalues.max();
                for found in [first, second] {
                    let s = found.directions()[0].iter().map(|x| f64::from(*x));
                    let s = DMatrix::from_iterator(place.parameters(), 1, s);
                    let quotient = (s.transpose() * a * &s)[(0, 0)] / s.norm_squared();
                    assert!((quotient / largest - 1.0).abs() < 0.01, "{what}, {covariance:?}: {quotient}, {largest}");
                }
            }
        });
    }

    /// A search that is interrupted at each place where it looks goes on as if nothing had been.
    #[test]
    fn an_interrupted_search_goes_on() {
        let network = Network::build("conv(2,3) batchnorm softplus flatten linear(10)", [1, 3, 3], 10).unwrap();
        let at = network.initial_state(5);
        let interrupt = Interrupt::default();
        let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy).interrupted_by(interrupt.clone());
        for mode in [NormMode::Running, NormMode::Batch(NormBatch::All)] {
            let place = Place::new(&objective, &at, mode).unwrap();
            for covariance in Covariance::ALL {
                let whole = measured(&place, wanted(covariance, K as u64), None);
                let mut search = DiffusionSearch::new(wanted(covariance, K as u64), BATCH, None, 5);
                let (mut looks, mut stopped) = (0, 0);
                let found = loop {
                    interrupt.raise_at_look(looks % 2 + 1);
                    looks += 1;
                    let made = search.advance(&place);
                    interrupt.raise_at_look(0);
                    match made {
                        Ok(ControlFlow::Continue(())) => {
                            if interrupt.is_raised() {
                                interrupt.answer();
                            }
                        }
                        Ok(ControlFlow::Break(found)) => break found,
                        Err(ObjectiveError::Interrupted) => {
                            interrupt.answer();
                            stopped += 1;
                            // Without an interrupt, once: a piece may be one that is always looked at.
                            if let ControlFlow::Break(found) = search.advance(&place).unwrap() {
                                break found;
                            }
                        }
                        Err(e) => panic!("{e}"),
                    }
                };
                assert!(stopped > 0, "{mode:?}, {covariance:?}");
                assert_eq!((found, search.evaluations()), whole, "{mode:?}, {covariance:?}");
            }
        }
    }

    /// A saddle: negative eigenvalues are no variance, and the first eigenvector has all of it whatever its eigenvalue is.
    #[test]
    fn only_positive_curvature_carries_noise() {
        let pair = |value, vector: [f64; 2]| EigenPair { value, vector: vector.to_vec(), residual: 0.0 };
        let saddle = [pair(3.0, [0.0, 1.0]), pair(-5.0, [1.0, 0.0])];
        assert_eq!(directions(&saddle, 0.25, false), [[0.0, 0.5]]);
        let hill = [pair(-1.0, [0.6, 0.8])];
        assert!(directions(&hill, 0.25, false).is_empty());
        assert_eq!(directions(&hill, 0.25, true), [[0.3, 0.4]]);
    }

    #[test]
    fn what_is_not_finite_is_no_noise_that_could_be_taken_for_one() {
        let network = Network::build("flatten linear(10)", [1, 1, 3], 10).unwrap();
        let mut at = network.initial_state(5);
        at.theta[0] = f32::NAN;
        let objective = Objective::sample(network, EXAMPLES, LossKind::CrossEntropy);
        let place = Place::new(&objective, &at, NormMode::Running).unwrap();
        for covariance in Covariance::ALL {
            let (found, _) = measured(&place, wanted(covariance, 2), None);
            assert!(found.power().is_nan(), "{covariance:?}");
        }
    }
}
