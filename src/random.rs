//! Random numbers that a seed reproduces: one independent stream per purpose, so that adding a probe that draws numbers
//! never changes the batches of a run.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

/// The stream of `seed` for `purpose` ("init", "batches", "noise", …).
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(purpose.as_bytes());
    ChaCha8Rng::from_seed(hash.finalize().into())
}
