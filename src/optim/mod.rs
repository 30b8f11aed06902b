//! Optimizers as arithmetic on θ, learning-rate schedules, switches, averages, and the order in which batches come.
//!
//! A kind of optimizer is a file under `rules` and a line in `kind` and `rules`; the rest follows from what it says there.

mod ascent;
mod average;
mod batches;
mod blocks;
mod constant;
mod descent;
mod diffusion;
mod error;
mod files;
mod kind;
mod langevin;
mod moments;
mod more;
mod options;
mod rule;
mod rules;
mod schedule;
mod spec;
mod squares;
mod step;
mod switch;
mod table;
mod value;
mod vectors;
mod when;
mod words;

pub use ascent::{ASAM_ETA, Ascent, NormOrder, Units};
pub use average::{AVERAGE_FORM, Average, AverageSpec};
pub use batches::{Batches, Position};
pub use blocks::{Block, Blocks};
pub use constant::{At, Constant, Field, Offered, Rail, Range, Seat};
pub use descent::VELOCITY;
pub use diffusion::{Diffusion, Spread};
pub use error::OptimizerError;
pub use files::Typed;
pub use kind::OptimizerKind;
pub use langevin::{Covariance, Langevin};
pub use more::More;
pub use rule::Rule;
pub use schedule::{FORMS as SCHEDULE_FORMS, Schedule};
pub use spec::OptimizerSpec;
pub use step::Optimizer;
pub use switch::{SWITCH_FORM, Switch, SwitchError, SwitchPlan};
pub use table::{constant, constants, constants_of_a_line, users};
pub use value::Value;
pub use vectors::{Kept, Vectors};
pub use when::When;

#[cfg(test)]
mod tests;
