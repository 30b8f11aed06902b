//! What is measured around every step.

pub mod json;
mod norm_mode;
mod probes;
mod record;
mod spec;
pub mod statistics;
mod step;
mod step_record;
mod values;
pub mod vector;

pub use norm_mode::{NormBatch, NormMode, ONE_BATCH};
pub use probes::PROBES;
pub use record::{
    AverageRecord, Barrier, Change, ChangeRecord, EpochRecord, Evaluation, SLICE_POINTS, SliceRecord, slice_alpha,
};
pub use spec::{ProbeSpec, Switch};
pub use step::{Probe, StepView};
pub use step_record::StepRecord;
pub use values::{ProbeId, ProbeSet, ProbeValues};
