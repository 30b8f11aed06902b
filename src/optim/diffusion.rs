//! The noise of a Langevin dynamics as it was measured: a root of its covariance, from which a step draws.
//!
//! ε = Σ_j ξ_j s_j with independent standard normal ξ_j has the covariance C = Σ_j s_j s_jᵀ and E‖ε‖² = Tr C = Σ_j ‖s_j‖².
//! The s_j are √λ_j u_j for eigenpairs of C, √C_ii e_i where C is diagonal, and σ e_i where all coordinates are alike.
//! They are kept in f32, as a run file has them, so that a walk that goes on from there draws the same noise.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};

use super::vectors::Vectors;

/// The name of the standard deviations of a diagonal covariance in a run file.
const DEVIATIONS: &str = "gld_deviations";

/// The name of s_j.
fn direction_name(j: u64) -> String {
    format!("gld_direction_{j}")
}

/// Gaussian noise in D dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Diffusion {
    dimension: usize,
    root: Root,
    /// E‖ε‖².
    power: f64,
    of_sgd: Option<f64>,
}

/// A root of the covariance.
#[derive(Clone, Debug, PartialEq)]
enum Root {
    /// σ of every coordinate.
    Isotropic(f64),
    /// σ_i, of length D.
    Diagonal(Vec<f32>),
    /// s_j, of length D each.
    Directions(Vec<Vec<f32>>),
}

/// The numbers of a [`Diffusion`]; its vectors lie beside them by name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// σ, where every coordinate has the same.
    pub isotropic: Option<f64>,
    /// Whether every coordinate has its own σ_i.
    pub diagonal: bool,
    /// How many s_j there are.
    pub directions: u64,
    /// Tr Σ of SGD's noise, where it was measured.
    pub of_sgd: Option<f64>,
}

impl Diffusion {
    /// N(0, σ² I) in D dimensions. `of_sgd` is Tr Σ of SGD's noise, here and in what follows.
    pub fn isotropic(sigma: f64, dimension: usize, of_sgd: Option<f64>) -> Diffusion {
        Diffusion::of(dimension, Root::Isotropic(sigma), of_sgd)
    }

    /// N(0, diag(σ_i²)).
    pub fn diagonal(deviations: Vec<f32>, of_sgd: Option<f64>) -> Diffusion {
        Diffusion::of(deviations.len(), Root::Diagonal(deviations), of_sgd)
    }

    /// N(0, Σ_j s_j s_jᵀ) in D dimensions, where each s_j has length D; without any there is no noise.
    pub fn along(directions: Vec<Vec<f32>>, dimension: usize, of_sgd: Option<f64>) -> Diffusion {
        Diffusion::of(dimension, Root::Directions(directions), of_sgd)
    }

    fn of(dimension: usize, root: Root, of_sgd: Option<f64>) -> Diffusion {
        let squared = |s: &[f32]| s.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
        let power = match &root {
            Root::Isotropic(sigma) => dimension as f64 * sigma * sigma,
            Root::Diagonal(deviations) => squared(deviations),
            Root::Directions(directions) => directions.iter().map(|s| squared(s)).sum(),
        };
        Diffusion { dimension, root, power, of_sgd }
    }

    /// E‖ε‖² = Tr C.
    pub fn power(&self) -> f64 {
        self.power
    }

    /// Tr Σ of SGD's noise, where it was measured.
    pub fn of_sgd(&self) -> Option<f64> {
        self.of_sgd
    }

    /// The s_j, where the noise lies along some.
    pub fn directions(&self) -> &[Vec<f32>] {
        if let Root::Directions(directions) = &self.root { directions } else { &[] }
    }

    /// One ε, of length D.
    pub fn draw(&self, random: &mut ChaCha8Rng) -> Vec<f32> {
        let mut normal = || -> f64 { StandardNormal.sample(random) };
        match &self.root {
            Root::Isotropic(sigma) => (0..self.dimension).map(|_| (sigma * normal()) as f32).collect(),
            Root::Diagonal(deviations) => deviations.iter().map(|s| (f64::from(*s) * normal()) as f32).collect(),
            Root::Directions(directions) => {
                let mut sum = vec![0.0f64; self.dimension];
                for direction in directions {
                    let xi = normal();
                    sum.iter_mut().zip(direction).for_each(|(sum, s)| *sum += xi * f64::from(*s));
                }
                sum.into_iter().map(|x| x as f32).collect()
            }
        }
    }

    /// Puts the vectors among those of an optimizer, whose names are others, and gives the numbers.
    pub fn keep(&self, vectors: &mut Vectors) -> Spread {
        let spread = Spread { isotropic: None, diagonal: false, directions: 0, of_sgd: self.of_sgd };
        match &self.root {
            Root::Isotropic(sigma) => Spread { isotropic: Some(*sigma), ..spread },
            Root::Diagonal(deviations) => {
                vectors.put(DEVIATIONS, deviations.clone());
                Spread { diagonal: true, ..spread }
            }
            Root::Directions(directions) => {
                (0..).zip(directions).for_each(|(j, s)| vectors.put(direction_name(j), s.clone()));
                Spread { directions: directions.len() as u64, ..spread }
            }
        }
    }

    /// What was kept, in D dimensions, to go on with; its vectors are taken out. `None` where some of them are gone: then it
    /// is to be measured anew.
    pub fn going_on(spread: Spread, dimension: usize, vectors: &mut Vectors) -> Option<Diffusion> {
        let Spread { isotropic, diagonal, directions, of_sgd } = spread;
        if let Some(sigma) = isotropic {
            return Some(Diffusion::isotropic(sigma, dimension, of_sgd));
        }
        if diagonal {
            return vectors.take(DEVIATIONS).map(|deviations| Diffusion::diagonal(deviations, of_sgd));
        }
        let found: Vec<Vec<f32>> = (0..).map_while(|j| vectors.take(&direction_name(j))).collect();
        (found.len() as u64 == directions).then(|| Diffusion::along(found, dimension, of_sgd))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    const DIMENSION: usize = 3;

    /// One of each kind with its covariance, written out.
    fn every() -> Vec<(Diffusion, [[f64; DIMENSION]; DIMENSION])> {
        let (s, t) = ([0.5f32, -1.0, 0.25], [2.0f32, 0.0, 0.5]);
        let mut both = [[0.0; DIMENSION]; DIMENSION];
        for (i, row) in both.iter_mut().enumerate() {
            for (j, c) in row.iter_mut().enumerate() {
                *c = f64::from(s[i] * s[j] + t[i] * t[j]);
            }
        }
        let one = |x: f64| [[x, 0.0, 0.0], [0.0, x, 0.0], [0.0, 0.0, x]];
        vec![
            (Diffusion::isotropic(0.5, DIMENSION, None), one(0.25)),
            (
                Diffusion::diagonal(vec![0.5, 0.0, 2.0], Some(4.25)),
                [[0.25, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 4.0]],
            ),
            (Diffusion::along(vec![s.to_vec(), t.to_vec()], DIMENSION, Some(0.1 + 0.2)), both),
            (Diffusion::along(Vec::new(), DIMENSION, None), one(0.0)),
        ]
    }

    /// Every entry of the sample covariance inside 5 standard errors, √((C_ii C_jj + C_ij²)/n).
    #[test]
    fn draws_have_the_covariance() {
        let n = 20_000;
        for (diffusion, c) in every() {
            let mut random = random::stream(3, "draws");
            let mut sums = [[0.0; DIMENSION]; DIMENSION];
            for _ in 0..n {
                let e = diffusion.draw(&mut random);
                assert_eq!(e.len(), DIMENSION);
                for (i, row) in sums.iter_mut().enumerate() {
                    for (j, sum) in row.iter_mut().enumerate() {
                        *sum += f64::from(e[i]) * f64::from(e[j]);
                    }
                }
            }
            for (i, j) in (0..DIMENSION).flat_map(|i| (0..DIMENSION).map(move |j| (i, j))) {
                let found = sums[i][j] / f64::from(n);
                let error = ((c[i][i] * c[j][j] + c[i][j] * c[i][j]) / f64::from(n)).sqrt();
                assert!((found - c[i][j]).abs() <= 5.0 * error, "{diffusion:?}, {i}, {j}: {found}, not {}", c[i][j]);
            }
            let trace: f64 = (0..DIMENSION).map(|i| c[i][i]).sum();
            assert!((diffusion.power() - trace).abs() < 1e-12 * (1.0 + trace), "{diffusion:?}");
        }
    }

    #[test]
    fn what_is_kept_draws_the_same() {
        for (diffusion, _) in every() {
            let mut vectors: Vectors = [("velocity".to_string(), vec![1.0; DIMENSION])].into_iter().collect();
            let spread = diffusion.keep(&mut vectors);
            let json = serde_json::to_string(&spread).unwrap();
            let mut left = vectors.clone();
            let again = Diffusion::going_on(serde_json::from_str(&json).unwrap(), DIMENSION, &mut left).unwrap();
            assert_eq!(again, diffusion);
            assert_eq!(left.iter().count(), 1, "only the velocity is left");
            let draw = |diffusion: &Diffusion| diffusion.draw(&mut random::stream(7, "draws"));
            assert_eq!(draw(&again), draw(&diffusion));
            if diffusion.directions().len() > 1 {
                vectors.take(&direction_name(1));
                assert_eq!(Diffusion::going_on(spread, DIMENSION, &mut vectors), None);
            }
        }
    }

    #[test]
    fn a_seed_repeats_the_noise_and_another_one_does_not() {
        let (diffusion, _) = every().swap_remove(2);
        let draw = |seed| diffusion.draw(&mut random::stream(seed, "draws"));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
