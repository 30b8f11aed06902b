//! Optimizers as arithmetic on θ, learning-rate schedules, and the order in which batches come.

mod batches;
mod schedule;
mod spec;
mod step;

pub use batches::Batches;
pub use schedule::{FORMS as SCHEDULE_FORMS, Schedule, When};
pub use spec::{OptimizerError, OptimizerKind, OptimizerSpec};
pub use step::Optimizer;
