//! Random vectors, each a stream of its own: a later one is the same whether the earlier ones were drawn or not.

use rand::RngCore as _;
use rand_distr::{Distribution as _, StandardNormal};

use super::vector::{norm, scale};
use crate::random;

/// Independent standard normal numbers; `purpose` names the stream.
pub fn normal(seed: u64, purpose: &str, dimension: usize) -> Vec<f64> {
    let mut rng = random::stream(seed, &format!("spectral {purpose}"));
    (0..dimension).map(|_| StandardNormal.sample(&mut rng)).collect()
}

/// Independent signs, times `size`.
pub fn signs(seed: u64, purpose: &str, dimension: usize, size: f64) -> Vec<f64> {
    let mut rng = random::stream(seed, &format!("spectral {purpose}"));
    let mut drawn = Vec::with_capacity(dimension);
    while drawn.len() < dimension {
        let bits = rng.next_u64();
        let count = 64.min(dimension - drawn.len());
        drawn.extend((0..count).map(|bit| if bits >> bit & 1 == 1 { size } else { -size }));
    }
    drawn
}

/// Uniform on the sphere of radius `size`.
pub fn on_sphere(seed: u64, purpose: &str, dimension: usize, size: f64) -> Vec<f64> {
    let mut drawn = normal(seed, purpose, dimension);
    let length = norm(&drawn);
    scale(&mut drawn, size / length);
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_their_size_and_their_moments() {
        let dimension = 10_000;
        let mean = |x: &[f64]| x.iter().sum::<f64>() / dimension as f64;
        for drawn in [signs(1, "s", dimension, 1.0), normal(1, "n", dimension), on_sphere(1, "o", dimension, 100.0)] {
            assert!(mean(&drawn).abs() < 0.05);
            assert!((norm(&drawn).powi(2) / dimension as f64 - 1.0).abs() < 0.05);
        }
        assert!((norm(&on_sphere(2, "o", 7, 3.0)) - 3.0).abs() < 1e-14);
        assert!(signs(1, "s", 70, 2.0).iter().all(|s| s.abs() == 2.0));
    }

    #[test]
    fn a_seed_and_a_purpose_name_a_vector() {
        assert_eq!(normal(1, "a", 9), normal(1, "a", 9));
        assert_ne!(normal(1, "a", 9), normal(1, "b", 9));
        assert_ne!(signs(1, "a", 99, 1.0), signs(2, "a", 99, 1.0));
    }
}
