//! An orthonormal basis that grows by products with A, and A projected to it.
//!
//! V holds the vectors that A was applied to, Q the pending ones that come next. Always A V = V T + Q C Eᵀ, where E picks the
//! last columns of V (after a restart, all of them): so the residual of a Ritz pair (θ, V s) is ‖C Eᵀ s‖₂, without a product.

use std::ops::Range;

use nalgebra::DMatrix;

use crate::spectral::{
    draw::normal,
    small::Small,
    vector::{combine, norm, project_out, rotate, scale},
};

/// What is left of a vector after the basis was taken out is rounding below this share of ‖A‖ (or of itself).
const ROUNDING: f64 = 1e-13;
/// Random vectors that are tried before the space counts as exhausted.
const TRIES: usize = 8;
/// A random vector with less than this outside the basis is tried again.
const OUTSIDE: f64 = 1e-8;

pub struct Krylov {
    dimension: usize,
    seed: u64,
    drawn: usize,
    /// V, then Q.
    basis: Vec<Vec<f64>>,
    /// Vectors of V.
    applied: usize,
    /// T = Vᵀ A V.
    projected: DMatrix<f64>,
    /// Which columns of V E picks.
    last: Range<usize>,
    /// C: a row for each vector of Q, and rows of what was too small to be one.
    coupling: DMatrix<f64>,
    /// The row of C that belongs to each vector of Q.
    rows: Vec<usize>,
    /// The round in which the chain of each vector of Q began: 0 from the start, later with a random vector.
    births: Vec<usize>,
    rounds: usize,
    /// Eigenvalues and eigenvectors of T.
    ritz: Small,
    /// The largest ‖A v‖ seen: ‖A‖ from below.
    size: f64,
    asymmetry: f64,
}

/// What one round of products did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Round {
    /// The births of the chains whose products lay in the span of the basis, where random vectors took their place.
    Grew { exhausted: Vec<usize> },
    /// A number was not finite. The basis is as it was.
    NotFinite,
}

impl Krylov {
    /// Pending are the orthonormalised vectors of `start`, random ones where it has fewer than `width` useful ones.
    pub fn new(dimension: usize, seed: u64, width: usize, start: Vec<Vec<f64>>) -> Krylov {
        let mut krylov = Krylov {
            dimension,
            seed,
            drawn: 0,
            basis: Vec::new(),
            applied: 0,
            projected: DMatrix::zeros(0, 0),
            last: 0..0,
            coupling: DMatrix::zeros(0, 0),
            rows: Vec::new(),
            births: Vec::new(),
            rounds: 0,
            ritz: Small { values: Vec::new(), vectors: DMatrix::zeros(0, 0) },
            size: 0.0,
            asymmetry: 0.0,
        };
        for mut v in start.into_iter().take(width) {
            let before = norm(&v);
            project_out(&krylov.basis, &mut v);
            let left = norm(&v);
            // A start is only a guess: one that is zero or not finite is left out.
            if left > before * OUTSIDE && left.is_finite() {
                krylov.push(v, left);
            }
        }
        while krylov.basis.len() < width && krylov.fill() {}
        krylov.rows = (0..krylov.basis.len()).collect();
        krylov.births = vec![0; krylov.basis.len()];
        krylov
    }

    pub fn pending(&self) -> &[Vec<f64>] {
        &self.basis[self.applied..]
    }

    /// All vectors kept, pending ones included.
    pub fn len(&self) -> usize {
        self.basis.len()
    }

    /// Vectors of V.
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// The rounds in which the chains of the pending vectors began.
    pub fn births(&self) -> &[usize] {
        &self.births
    }

    pub fn ritz(&self) -> &Small {
        &self.ritz
    }

    pub fn asymmetry(&self) -> f64 {
        self.asymmetry
    }

    /// ‖A v − θ v‖₂ of the Ritz pair `index`.
    pub fn residual(&self, index: usize) -> f64 {
        let s = self.ritz.vectors.view((self.last.start, index), (self.last.len(), 1));
        (&self.coupling * s).norm()
    }

    /// V s of the Ritz pair `index`.
    pub fn vector(&self, index: usize) -> Vec<f64> {
        let weights: Vec<f64> = self.ritz.vectors.column(index).iter().copied().collect();
        combine(&self.basis[..self.applied], &weights, self.dimension)
    }

    /// Takes A q for every pending q: they become part of V, what the products have outside the basis is pending next.
    ///
    /// # Panics
    /// When there are not as many products as pending vectors, or one has not length D.
    pub fn take(&mut self, products: Vec<Vec<f64>>) -> Round {
        let (start, end) = (self.applied, self.basis.len());
        let count = end - start;
        assert_eq!(products.len(), count, "a product for every vector");
        assert!(products.iter().all(|w| w.len() == self.dimension), "products of the operator's dimension");
        let sizes: Vec<f64> = products.iter().map(|w| norm(w)).collect();
        if sizes.iter().any(|size| !size.is_finite()) {
            return Round::NotFinite;
        }
        self.rounds += 1;
        self.size = sizes.iter().copied().fold(self.size, f64::max);
        let mut projected = DMatrix::zeros(end, end);
        projected.view_mut((0, 0), (start, start)).copy_from(&self.projected);
        let mut coupling = DMatrix::zeros(count, count);
        let mut rows = Vec::with_capacity(count);
        let (mut births, mut exhausted) = (Vec::with_capacity(count), Vec::new());
        for (column, mut w) in products.into_iter().enumerate() {
            let shares = project_out(&self.basis, &mut w);
            for (row, share) in shares[..end].iter().enumerate() {
                projected[(row, start + column)] = *share;
            }
            for (share, row) in shares[end..].iter().zip(&rows) {
                coupling[(*row, column)] = *share;
            }
            let left = norm(&w);
            coupling[(column, column)] = left;
            if left > ROUNDING * self.size {
                self.push(w, left);
                rows.push(column);
                births.push(self.births[column]);
                continue;
            }
            exhausted.push(self.births[column]);
            if self.fill() {
                rows.push(column);
                births.push(self.rounds);
            }
        }
        self.note_asymmetry(&projected, start..end);
        symmetrise(&mut projected, start);
        self.projected = projected;
        (self.coupling, self.rows, self.births) = (coupling, rows, births);
        (self.last, self.applied) = (start..end, end);
        match Small::of(&self.projected) {
            Some(ritz) => self.ritz = ritz,
            None => return Round::NotFinite,
        }
        Round::Grew { exhausted }
    }

    /// One more random vector is pending, if there is room in the space.
    pub fn widen(&mut self) -> bool {
        if !self.fill() {
            return false;
        }
        let row = self.coupling.nrows();
        let coupling = std::mem::replace(&mut self.coupling, DMatrix::zeros(0, 0));
        self.coupling = coupling.resize_vertically(row + 1, 0.0);
        self.rows.push(row);
        self.births.push(self.rounds);
        true
    }

    /// Keeps these Ritz vectors (in ascending order of their numbers, each once) and the pending vectors (Wu and Simon 2000).
    pub fn restart(&mut self, keep: &[usize]) {
        let s = self.ritz.vectors.select_columns(keep);
        let last = s.rows(self.last.start, self.last.len());
        self.coupling = &self.coupling * last;
        let pending = self.basis.split_off(self.applied);
        rotate(&mut self.basis, &s);
        self.basis.extend(pending);
        self.applied = keep.len();
        self.last = 0..keep.len();
        let values: Vec<f64> = keep.iter().map(|i| self.ritz.values[*i]).collect();
        self.projected = DMatrix::from_diagonal(&nalgebra::DVector::from_column_slice(&values));
        self.ritz = Small { values, vectors: DMatrix::identity(keep.len(), keep.len()) };
    }

    fn push(&mut self, mut v: Vec<f64>, size: f64) {
        // Two steps: 1 / size overflows where size is smallest.
        let power = size.log2().floor().exp2();
        scale(&mut v, 1.0 / power);
        scale(&mut v, power / size);
        self.basis.push(v);
    }

    /// Adds a random vector orthogonal to the basis; false when the basis spans everything.
    fn fill(&mut self) -> bool {
        for _ in 0..TRIES {
            if self.basis.len() >= self.dimension {
                return false;
            }
            let mut v = normal(self.seed, &format!("lanczos {}", self.drawn), self.dimension);
            self.drawn += 1;
            let before = norm(&v);
            project_out(&self.basis, &mut v);
            let left = norm(&v);
            if left > OUTSIDE * before {
                scale(&mut v, 1.0 / left);
                // Where little was left, rounding has grown with the division.
                project_out(&self.basis, &mut v);
                let left = norm(&v);
                self.push(v, left);
                return true;
            }
        }
        false
    }

    /// C was computed from A applied to V, and again, transposed, from A applied to Q: they differ as A from Aᵀ.
    fn note_asymmetry(&mut self, projected: &DMatrix<f64>, pending: Range<usize>) {
        for (column, row) in pending.clone().zip(&self.rows) {
            for place in 0..pending.start {
                let known =
                    if self.last.contains(&place) { self.coupling[(*row, place - self.last.start)] } else { 0.0 };
                self.asymmetry = self.asymmetry.max((projected[(place, column)] - known).abs());
            }
        }
    }
}

/// The rows of the columns from `start` on; where both sides were computed, their mean.
fn symmetrise(projected: &mut DMatrix<f64>, start: usize) {
    for column in start..projected.ncols() {
        for row in 0..column {
            if row >= start {
                projected[(row, column)] = 0.5 * (projected[(row, column)] + projected[(column, row)]);
            }
            projected[(column, row)] = projected[(row, column)];
        }
    }
}
