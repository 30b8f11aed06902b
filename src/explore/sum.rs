//! Points told apart by their numbers.

use sha2::{Digest as _, Sha256};

use crate::net::State;

/// SHA-256 of a point's numbers.
pub(super) fn sum(state: &State) -> String {
    let mut hash = Sha256::new();
    for x in state.theta.iter().chain(&state.buffers) {
        hash.update(x.to_le_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
