//! Searches that let go of their memory when they are over.

use super::measured::Measured;
use crate::spectral::{EigenPair, Lanczos, LanczosSpec, LinearOperator, TraceEstimator, TraceSpec};

/// Leading eigenpairs of one operator.
pub(super) struct Leading {
    spec: LanczosSpec,
    dimension: usize,
    search: Option<Lanczos>,
    /// Those found when the search was over.
    pairs: Option<Vec<EigenPair>>,
}

impl Leading {
    pub fn new(spec: LanczosSpec, dimension: usize) -> Leading {
        Leading { spec, dimension, search: None, pairs: None }
    }

    /// Makes one block of products; whether the search is over.
    ///
    /// # Errors
    /// The operator's own; the step may be tried again.
    pub fn step<O: LinearOperator>(&mut self, operator: &mut O) -> Result<bool, O::Error> {
        if self.pairs.is_some() {
            return Ok(true);
        }
        let (spec, dimension) = (self.spec, self.dimension);
        let search = self.search.get_or_insert_with(|| Lanczos::new(spec, dimension, None));
        if search.step(operator)?.ended.is_none() {
            return Ok(false);
        }
        self.pairs = Some(search.largest());
        self.search = None;
        Ok(true)
    }

    /// None before the search is over.
    pub fn pairs(&self) -> &[EigenPair] {
        self.pairs.as_deref().unwrap_or_default()
    }

    /// As far as they are known, in descending order.
    pub fn values(&self) -> Vec<f64> {
        let under_way = || self.search.as_ref().map(Lanczos::largest_values).unwrap_or_default();
        match &self.pairs {
            Some(pairs) => pairs.iter().map(|pair| pair.value).collect(),
            None => under_way().iter().map(|value| value.value).collect(),
        }
    }
}

/// The trace of one operator.
pub(super) struct Trace {
    spec: TraceSpec,
    dimension: usize,
    search: Option<TraceEstimator>,
    found: Option<Measured>,
}

impl Trace {
    pub fn new(spec: TraceSpec, dimension: usize) -> Trace {
        Trace { spec, dimension, search: None, found: None }
    }

    /// Makes one block of products; whether the trace is known well enough, or the limit reached.
    ///
    /// # Errors
    /// The operator's own; the step may be tried again.
    pub fn step<O: LinearOperator>(&mut self, operator: &mut O) -> Result<bool, O::Error> {
        if self.found.is_some() {
            return Ok(true);
        }
        let (spec, dimension) = (self.spec, self.dimension);
        let search = self.search.get_or_insert_with(|| TraceEstimator::new(spec, dimension));
        if !search.step(operator)? {
            return Ok(false);
        }
        self.found = Some(search.estimate().into());
        self.search = None;
        Ok(true)
    }

    /// As far as it is known, else NaN.
    pub fn found(&self) -> Measured {
        let nothing = Measured { value: f64::NAN, standard_error: f64::NAN };
        let under_way = || self.search.as_ref().map_or(nothing, |search| search.estimate().into());
        self.found.unwrap_or_else(under_way)
    }

    /// Passes that it takes at most in so many dimensions.
    pub fn most_steps(&self) -> u64 {
        self.spec.most_products.min(self.dimension).div_ceil(self.spec.together.max(1)) as u64
    }
}
