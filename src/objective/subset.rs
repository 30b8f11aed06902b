//! Training examples and test examples.

use crate::data::{Dataset, Split};

/// Which examples an evaluation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    Train,
    Test,
}

impl Subset {
    /// Its examples.
    pub(super) fn of(self, data: &Dataset) -> &Split {
        match self {
            Subset::Train => &data.train,
            Subset::Test => &data.test,
        }
    }
}

/// One for each subset.
#[derive(Debug, Default)]
pub(super) struct Both<T> {
    pub train: T,
    pub test: T,
}

impl<T> Both<T> {
    pub fn of(&self, subset: Subset) -> &T {
        match subset {
            Subset::Train => &self.train,
            Subset::Test => &self.test,
        }
    }
}
