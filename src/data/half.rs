//! The two halves of a data set.

use super::DataError;
use super::spec::DataSpec;

/// Which half of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Train,
    Test,
}

impl Half {
    /// The adjective in error texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Train => "training",
            Self::Test => "test",
        }
    }

    /// The count that `spec` asks for.
    pub fn asked(self, spec: &DataSpec) -> Option<usize> {
        match self {
            Self::Train => spec.train_count,
            Self::Test => spec.test_count,
        }
    }

    /// The number of records to use of `available`: those `spec` asks for, or `default`.
    pub fn count(self, spec: &DataSpec, available: usize, default: usize) -> Result<usize, DataError> {
        match self.asked(spec) {
            None => Ok(default),
            Some(asked) if (1..=available).contains(&asked) => Ok(asked),
            Some(asked) => Err(DataError::Count { set: spec.name.clone(), half: self.word(), asked, available }),
        }
    }
}
