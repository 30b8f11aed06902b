//! What can be wrong with a request to the laboratory.

use super::formula::FormulaError;

/// A surface, dynamics, ensemble or theorem that cannot be built from what was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ToyError {
    /// A number out of its range.
    #[error("the {name} is {value}; give {remedy}")]
    Parameter { name: &'static str, value: f64, remedy: &'static str },
    /// A count out of its range.
    #[error("the number of {name} is {value}; give {remedy}")]
    Count { name: &'static str, value: u64, remedy: &'static str },
    /// Mini-batches or Σ asked of a surface that is not a mean over samples.
    #[error(
        "{dynamics} needs a surface that is a mean over samples, and {surface} is none; use gd, const, hessian or eigvec there, or another surface: escape2d, quadratic, valley, bias2d, logistic"
    )]
    NeedsSamples { dynamics: String, surface: &'static str },
    /// A point with the wrong number of coordinates.
    #[error("{surface} has dimension {dim}, but the {what} has {given} coordinates; give {dim}")]
    Point { what: &'static str, surface: &'static str, dim: usize, given: usize },
    /// A point that is no place to start from.
    #[error("the {what} holds {value}; give finite numbers")]
    NotFinite { what: &'static str, value: f64 },
    /// A measurement that exists in one and two dimensions only.
    #[error("{what} is exact in {needed} only, and the surface has dimension {dim}; choose another surface")]
    Dimension { what: &'static str, needed: &'static str, dim: usize },
    /// A surface name that is not known.
    #[error("{0}")]
    Unknown(String),
    /// A formula that cannot be read.
    #[error(transparent)]
    Formula(#[from] FormulaError),
    /// The assumptions of a theorem are not met, so that it says nothing.
    #[error("{theorem} does not apply: {reason}")]
    Assumption { theorem: &'static str, reason: String },
}

/// `value` if it is finite and above 0.
pub(crate) fn positive(name: &'static str, value: f64, remedy: &'static str) -> Result<f64, ToyError> {
    require(value > 0.0 && value.is_finite(), name, value, remedy)
}

/// `value` if it is finite and not below 0.
pub(crate) fn not_negative(name: &'static str, value: f64, remedy: &'static str) -> Result<f64, ToyError> {
    require(value >= 0.0 && value.is_finite(), name, value, remedy)
}

/// `value` if `good`.
pub(crate) fn require(good: bool, name: &'static str, value: f64, remedy: &'static str) -> Result<f64, ToyError> {
    if good { Ok(value) } else { Err(ToyError::Parameter { name, value, remedy }) }
}
