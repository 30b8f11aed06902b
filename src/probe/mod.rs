//! What is measured around every step.

pub mod json;
mod norm_mode;
mod record;
mod spec;
pub mod statistics;
pub mod vector;

pub use norm_mode::{NormBatch, NormMode, ONE_BATCH};
pub use record::{
    AverageRecord, Barrier, Change, ChangeRecord, EpochRecord, Evaluation, SLICE_POINTS, SliceRecord, StepRecord,
    slice_alpha,
};
pub use spec::{PROBES, ProbeSpec};
