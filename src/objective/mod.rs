//! Network + data + loss: the one door from optimizers and probes to the network.
//!
//! An [`Objective`] reduces losses and errors in f64 from f32 outputs; full-data passes go in stretches under a memory
//! budget. Behind it stands an evaluator: on the CPU the host reading, in parallel; on a GPU tensors, one after the other.
//! Where the data is cut depends on the network, the data and the kind of evaluator only, so results do not depend on the
//! number of threads. Every answer says which batch-norm statistics it wants, see [`NormMode`](crate::probe::NormMode).

mod budget;
mod chunks;
mod curvature;
#[cfg(test)]
mod derivatives_tests;
pub mod descent;
mod device;
mod error;
mod evaluator;
mod examples;
mod fan;
#[cfg(test)]
pub(crate) mod faulty;
mod function;
mod gradient;
mod guarded;
mod host;
mod images;
mod interrupt;
mod loss;
pub mod needs;
mod pass;
mod right;
#[cfg(test)]
mod samples;
mod singles;
mod subset;
mod values;

pub use error::ObjectiveError;
pub use evaluator::Curvature;
pub use examples::ExampleLoss;
pub use fan::LineEnd;
pub use function::Objective;
pub use gradient::Gradient;
pub use interrupt::Interrupt;
pub use singles::GradientSquares;
pub use subset::Subset;
