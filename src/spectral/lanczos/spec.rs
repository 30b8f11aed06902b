//! What is asked of a Lanczos run, and what it says.

use serde::{Deserialize, Serialize};

/// How many eigenvalues, how well, and with how much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LanczosSpec {
    /// So many of the largest eigenvalues (in algebraic order); more than D are D.
    pub largest: usize,
    /// So many of the smallest.
    pub smallest: usize,
    /// Vectors that share a pass over the operator; 1 takes the fewest products.
    pub block: usize,
    /// Vectors kept at most: memory. Fewer than `largest + smallest + 3 block + 2` are raised to that.
    pub most: usize,
    /// An eigenpair is found when ‖A v − λ v‖₂ is at most so large a share of the largest |Ritz value| seen.
    pub tolerance: f64,
    /// Ends after so many products, found or not.
    pub most_products: usize,
    /// Looks for further copies of repeated eigenvalues. One starting vector shows one copy of each (a block of b shows b) until
    /// rounding brings the others, as it has only one direction in the space of that eigenvalue. With this, random vectors are added after everything
    /// is found, until one changes nothing, or the block has grown until `most` leaves it no room; it takes two to four times the
    /// products.
    pub copies: bool,
    pub seed: u64,
}

impl Default for LanczosSpec {
    fn default() -> LanczosSpec {
        LanczosSpec {
            largest: 1,
            smallest: 0,
            block: 1,
            most: 40,
            tolerance: 1e-3,
            most_products: 200,
            copies: false,
            seed: 0,
        }
    }
}

impl LanczosSpec {
    /// Memory that a run takes at most, beside that of the operator, and with one set of eigenvectors handed out, in bytes.
    pub fn bytes(&self, dimension: usize) -> u64 {
        let room = self.room(dimension) as u64;
        let wanted = (self.largest.min(dimension) + self.smallest.min(dimension)) as u64;
        let vectors = room.saturating_add(self.width(dimension) as u64).saturating_add(wanted);
        // The small problem: the matrix, a copy, its vectors, and the solver's own.
        let small = room.saturating_mul(room).saturating_mul(4);
        vectors.saturating_mul(dimension as u64).saturating_add(small).saturating_mul(8)
    }

    /// Vectors in a block, in fact.
    pub(super) fn width(&self, dimension: usize) -> usize {
        self.block.clamp(1, dimension.max(1)).min(self.most_products.max(1))
    }

    /// Vectors kept at most, in fact.
    pub(super) fn room(&self, dimension: usize) -> usize {
        let least = self.largest.min(dimension) + self.smallest.min(dimension) + 3 * self.width(dimension) + 2;
        self.most.max(least).min(dimension)
    }
}

/// Why a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All that is wanted was found.
    Found,
    /// The limit of products was reached first.
    Products,
    /// A product was not finite; the eigenvalues are NaN.
    NotFinite,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Vectors that the operator was applied to.
    pub products: usize,
    /// How many of the wanted eigenpairs have small residuals.
    pub found: usize,
    /// At most as many as there are.
    pub wanted: usize,
    pub ended: Option<Ended>,
}

/// λ and v with A v ≈ λ v.
#[derive(Clone, Debug, PartialEq)]
pub struct EigenPair {
    pub value: f64,
    /// ‖v‖₂ = 1, length D.
    pub vector: Vec<f64>,
    /// ‖A v − λ v‖₂: λ lies no farther than this from an eigenvalue of A.
    pub residual: f64,
}

/// λ without its vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RitzValue {
    pub value: f64,
    /// ‖A v − λ v‖₂.
    pub residual: f64,
}
