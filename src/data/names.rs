//! The names of data sets.

use super::DataError;
use crate::suggest;

/// The known data sets, in the order in which they are listed.
pub const NAMES: [&str; 8] =
    ["digits", "mnist", "fashion-mnist", "cifar-10", "cifar-100", "moons", "spirals", "separable"];

/// The error for a name that is none of [`NAMES`].
pub(super) fn unknown_name(name: &str) -> DataError {
    DataError::Unknown(suggest::unknown("data set", name, &NAMES))
}
