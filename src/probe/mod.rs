//! What is measured around every step.

mod along_step;
pub mod json;
mod norm_mode;
mod parabola;
mod probes;
mod record;
mod spec;
pub mod statistics;
mod step;
mod step_record;
#[cfg(test)]
mod synthetic;
mod values;
pub mod vector;

pub use along_step::{AlongStep, Place};
pub use norm_mode::{NormBatch, NormMode, ONE_BATCH};
pub use parabola::Parabola;
pub use probes::PROBES;
pub use record::{
    AverageRecord, Barrier, Change, ChangeRecord, EpochRecord, Evaluation, SLICE_POINTS, SliceRecord, slice_alpha,
};
pub use spec::{ProbeSpec, Switch};
pub use step::{Line, LineProbe, NoiseSize, Probe, StepView};
pub use step_record::StepRecord;
pub use values::{ProbeId, ProbeSet, ProbeValues};
