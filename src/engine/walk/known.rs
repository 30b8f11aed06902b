//! What a file says already.

use crate::probe::{EpochRecord, SliceRecord};

/// Measurements of an iteration that were made before.
#[derive(Default)]
pub(super) struct Known {
    pub slice: Option<SliceRecord>,
    pub epoch: Option<EpochRecord>,
}
