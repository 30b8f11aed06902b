//! Optimizers as arithmetic on θ, learning-rate schedules, switches, averages, and the order in which batches come.

mod ascent;
mod average;
mod batches;
mod schedule;
mod spec;
mod step;
mod switch;
mod when;

pub use ascent::{ASAM_ETA, Ascent, NormOrder, Units};
pub use average::{AVERAGE_FORM, Average, AverageSpec};
pub use batches::{Batches, Position};
pub use schedule::{FORMS as SCHEDULE_FORMS, Schedule};
pub use spec::{OptimizerError, OptimizerKind, OptimizerSpec};
pub use step::Optimizer;
pub use switch::{SWITCH_FORM, Switch, SwitchError, SwitchPlan};
pub use when::When;
