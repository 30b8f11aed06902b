//! The largest and the smallest eigenvalues of a symmetric operator, with eigenvectors and residuals.
//!
//! Block Lanczos (Golub and Underwood 1977) with thick restarts (Wu and Simon 2000): both ends come from one Krylov basis,
//! whose vectors are made orthogonal to all others, twice (Giraud, Langou, Rozložník 2005), so that no eigenvalue appears as
//! its own ghost. A is only ever asked for products with one block; see [`krylov`] for what is kept of them.

mod krylov;
mod spec;

#[cfg(test)]
mod tests;

use krylov::{Krylov, Round};
pub use spec::{EigenPair, Ended, LanczosSpec, Progress, RitzValue};

use super::{operator::LinearOperator, vector::add};

/// A run that goes on a product at a time.
pub struct Lanczos {
    spec: LanczosSpec,
    dimension: usize,
    krylov: Krylov,
    products: usize,
    ended: Option<Ended>,
    /// The largest |Ritz value| seen.
    size: f64,
    steps: usize,
    patience: Patience,
}

/// When what is found may be believed (our choice). An exhausted basis goes on with a random vector, which may bring another
/// copy of a value that is there already: so the wanted values must not have moved since a random vector came, until the chain
/// that began with it is exhausted itself, or is longer than the first was when it came. In blocks this is
/// nearly always enough, and no proof.
#[derive(Default)]
struct Patience {
    /// The wanted values at the last step.
    seen: Vec<f64>,
    /// The step at which they last moved by more than the tolerance.
    moved: usize,
    /// How long a chain is that has shown what it has: the step at which the first random vector came.
    long: Option<usize>,
    /// How many chains that began since then are exhausted. In a block it takes as many as it has vectors, because which of
    /// them it was that came to its end is chance.
    exhausted: usize,
    /// The step at which a random vector was last added only to look for copies.
    looked: Option<usize>,
}

impl Lanczos {
    /// `start` are vectors of length D near the wanted ones, of any length and not necessarily orthogonal: the eigenvectors of
    /// an operator that is nearly the same make a run much shorter. More than a block are added up in turns, as their sum
    /// holds all their directions. Those that are zero or not finite are left out; without any it starts at random.
    ///
    /// # Panics
    /// When a vector of `start` has not length D.
    pub fn new(spec: LanczosSpec, dimension: usize, start: Option<Vec<Vec<f64>>>) -> Lanczos {
        let width = spec.width(dimension);
        let mut sums: Vec<Vec<f64>> = Vec::new();
        let useful = |v: &Vec<f64>| v.iter().all(|x| x.is_finite());
        for (number, v) in start.into_iter().flatten().filter(useful).enumerate() {
            assert_eq!(v.len(), dimension, "a start of the operator's dimension");
            match sums.get_mut(number % width) {
                Some(sum) => add(sum, 1.0, &v),
                None => sums.push(v),
            }
        }
        let krylov = Krylov::new(dimension, spec.seed, width.min(dimension), sums);
        let patience = Patience::default();
        let mut lanczos = Lanczos { spec, dimension, krylov, products: 0, ended: None, size: 0.0, steps: 0, patience };
        if lanczos.wanted() == 0 {
            lanczos.ended = Some(Ended::Found);
        }
        lanczos
    }

    /// Applies A to the next block. When the run is over, nothing happens any more.
    ///
    /// # Errors
    /// A's own; the step may be tried again.
    ///
    /// # Panics
    /// When A gives products of another number or length than asked.
    pub fn step<A: LinearOperator>(&mut self, a: &mut A) -> Result<Progress, A::Error> {
        if self.ended.is_none() {
            self.make_room();
            let products = a.apply(self.krylov.pending())?;
            self.products += products.len();
            self.steps += 1;
            let round = self.krylov.take(products);
            self.ended = self.judge(round);
        }
        Ok(self.progress())
    }

    /// Steps until the run is over.
    ///
    /// # Errors
    /// A's own.
    pub fn finish<A: LinearOperator>(&mut self, a: &mut A) -> Result<Progress, A::Error> {
        loop {
            let progress = self.step(a)?;
            if progress.ended.is_some() {
                return Ok(progress);
            }
        }
    }

    pub fn progress(&self) -> Progress {
        let found = match self.ended {
            Some(Ended::NotFinite) => 0,
            _ => self.indices().filter(|i| self.is_found(*i)).count(),
        };
        Progress { products: self.products, found, wanted: self.wanted(), ended: self.ended }
    }

    /// The best values so far of the largest, in descending order; fewer than wanted as long as the basis is smaller. NaN
    /// after a product that was not finite.
    pub fn largest_values(&self) -> Vec<RitzValue> {
        self.values(self.top())
    }

    /// The best values so far of the smallest, in ascending order.
    pub fn smallest_values(&self) -> Vec<RitzValue> {
        self.values(self.bottom().rev())
    }

    /// The same as [`Lanczos::largest_values`] with vectors, which are orthonormal (but NaN with NaN).
    pub fn largest(&self) -> Vec<EigenPair> {
        self.pairs_of(self.top())
    }

    /// The same as [`Lanczos::smallest_values`] with vectors.
    pub fn smallest(&self) -> Vec<EigenPair> {
        self.pairs_of(self.bottom().rev())
    }

    /// The largest, then the smallest. In few dimensions the same pair may be among both.
    pub fn pairs(&self) -> Vec<EigenPair> {
        let mut pairs = self.largest();
        pairs.extend(self.smallest());
        pairs
    }

    /// How far A is seen to be from symmetric: the largest difference of two numbers uᵀAv and vᵀAu that were both computed.
    /// Residuals say nothing below this. With products in f32 it is about 1e-7 ‖A‖.
    pub fn asymmetry(&self) -> f64 {
        self.krylov.asymmetry()
    }

    fn largest_count(&self) -> usize {
        self.spec.largest.min(self.dimension)
    }

    fn smallest_count(&self) -> usize {
        self.spec.smallest.min(self.dimension)
    }

    /// Different eigenpairs that are wanted.
    fn wanted(&self) -> usize {
        (self.largest_count() + self.smallest_count()).min(self.dimension)
    }

    fn known(&self) -> usize {
        match self.ended {
            // Values that would be NaN: all of them.
            Some(Ended::NotFinite) => self.dimension,
            _ => self.krylov.ritz().values.len(),
        }
    }

    fn top(&self) -> std::ops::Range<usize> {
        0..self.largest_count().min(self.known())
    }

    fn bottom(&self) -> std::ops::Range<usize> {
        let known = self.known();
        known - self.smallest_count().min(known)..known
    }

    /// Of the wanted Ritz pairs, each once.
    fn indices(&self) -> impl Iterator<Item = usize> + use<> {
        let (top, bottom) = (self.top(), self.bottom());
        let rest = bottom.start.max(top.end)..bottom.end;
        top.chain(rest)
    }

    fn is_found(&self, index: usize) -> bool {
        self.krylov.residual(index) <= self.spec.tolerance * self.size
    }

    fn values(&self, indices: impl Iterator<Item = usize>) -> Vec<RitzValue> {
        let is_nan = self.ended == Some(Ended::NotFinite);
        let value = |i: usize| match is_nan {
            true => RitzValue { value: f64::NAN, residual: f64::NAN },
            false => RitzValue { value: self.krylov.ritz().values[i], residual: self.krylov.residual(i) },
        };
        indices.map(value).collect()
    }

    fn pairs_of(&self, indices: impl Iterator<Item = usize> + Clone) -> Vec<EigenPair> {
        let is_nan = self.ended == Some(Ended::NotFinite);
        let vector = |i: usize| if is_nan { vec![f64::NAN; self.dimension] } else { self.krylov.vector(i) };
        let values = self.values(indices.clone());
        let pair = |(i, RitzValue { value, residual })| EigenPair { value, vector: vector(i), residual };
        indices.zip(values).map(pair).collect()
    }

    /// Restarts when the next block would not fit beside the vectors.
    fn make_room(&mut self) {
        let (room, pending) = (self.spec.room(self.dimension), self.krylov.pending().len());
        if room == self.dimension || self.krylov.len() + pending <= room {
            return;
        }
        let (largest, smallest) = (self.largest_count(), self.smallest_count());
        // Half of what is free beside the wanted stays filled: the more is kept, the less is lost, but the next restart
        // comes sooner (our choice).
        let free = room.saturating_sub(2 * pending + largest + smallest) / 2;
        let (more_top, more_bottom) = match (largest, smallest) {
            (_, 0) => (free, 0),
            (0, _) => (0, free),
            _ => (free / 2, free - free / 2),
        };
        let applied = self.krylov.applied();
        let top = (largest + more_top).min(applied);
        let bottom = applied.saturating_sub(smallest + more_bottom).max(top);
        let keep: Vec<usize> = (0..top).chain(bottom..applied).collect();
        self.krylov.restart(&keep);
    }

    fn judge(&mut self, round: Round) -> Option<Ended> {
        let Round::Grew { exhausted } = round else { return Some(Ended::NotFinite) };
        let values = &self.krylov.ritz().values;
        self.size = values.iter().fold(self.size, |size, value| size.max(value.abs()));
        self.look_whether_moved();
        for birth in exhausted {
            self.patience.exhausted += usize::from(birth >= self.patience.moved);
            self.patience.long.get_or_insert(self.steps);
        }
        let is_whole = self.krylov.pending().is_empty();
        let is_found = self.krylov.ritz().values.len() >= self.wanted() && self.indices().all(|i| self.is_found(i));
        if is_whole || (is_found && self.is_believed() && !self.looks_further()) {
            return Some(Ended::Found);
        }
        let next = self.products + self.krylov.pending().len();
        (next > self.spec.most_products.max(1)).then_some(Ended::Products)
    }

    fn look_whether_moved(&mut self) {
        let values: Vec<f64> = self.indices().map(|i| self.krylov.ritz().values[i]).collect();
        let allowed = self.spec.tolerance.max(f64::EPSILON * 1e3) * self.size;
        let same = |(a, b): (&f64, &f64)| (a - b).abs() <= allowed;
        if values.len() != self.patience.seen.len() || !values.iter().zip(&self.patience.seen).all(same) {
            self.patience.moved = self.steps;
            self.patience.exhausted = 0;
        }
        self.patience.seen = values;
    }

    fn is_believed(&self) -> bool {
        let Some(long) = self.patience.long else { return true };
        let moved = self.patience.moved;
        let is_long = |birth: usize| birth > 0 && self.steps - birth.max(moved) > long;
        self.patience.exhausted >= self.krylov.births().len()
            || self.krylov.births().iter().any(|birth| is_long(*birth))
    }

    /// Whether it adds a vector to look for copies.
    fn looks_further(&mut self) -> bool {
        let is_news = self.patience.looked.is_none_or(|looked| self.patience.moved > looked);
        let room = self.spec.room(self.dimension);
        let pending = self.krylov.pending().len() + 1;
        let fits = room == self.dimension || self.largest_count() + self.smallest_count() + 2 * pending < room;
        if !(self.spec.copies && is_news && fits) {
            return false;
        }
        if self.krylov.len() == self.dimension {
            // The next step has all of the space.
            return true;
        }
        self.make_room();
        if !self.krylov.widen() {
            return false;
        }
        self.patience.looked = Some(self.steps);
        self.patience.long.get_or_insert(self.steps);
        true
    }
}
