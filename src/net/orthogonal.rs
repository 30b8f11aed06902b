//! Random orthonormal vectors.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// `count` vectors of `length` one after the other, each of length 1 and at right angles to those before it; `count` is at
/// most `length`.
///
/// Gaussian vectors, orthogonalised by Gram and Schmidt in their order: the Q of a QR decomposition whose R has a positive
/// diagonal, which is uniform over all such sets (Mezzadri 2007). Twice, because once is not enough in rounded numbers and
/// twice is (Giraud et al. 2005).
pub(super) fn orthonormal(count: usize, length: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut all: Vec<f64> = (0..count * length).map(|_| rng.sample(StandardNormal)).collect();
    for i in 0..count {
        let (before, rest) = all.split_at_mut(i * length);
        let v = &mut rest[..length];
        for _ in 0..2 {
            for u in before.chunks_exact(length) {
                let along = dot(u, v);
                v.iter_mut().zip(u).for_each(|(v, u)| *v -= along * u);
            }
        }
        let norm = dot(v, v).sqrt();
        v.iter_mut().for_each(|v| *v /= norm);
    }
    all
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
