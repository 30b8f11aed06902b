//! The host reading: one parameter point over plain slices on the CPU, forwards and, with a tape, backwards; and along
//! directions in θ, forwards and back.
//!
//! It does the same arithmetic as the primal reading, in f32, many times faster than tensors can: images lie in the lanes of
//! vectors, so that every layer works on sixteen at once and no sum goes across a vector (see the crate of the kernels). A batch
//! is cut into parts that stay in a core's cache. Without batch statistics parts have nothing to do with each other: a caller
//! takes one through all layers before the next. With them, all parts of a batch go through a layer together, in parallel.

mod affine;
mod conv;
mod curvature;
mod first;
mod linear;
mod norm;
mod passing;
mod tangent;
mod tape;
mod value;

#[cfg(test)]
mod curvature_tests;
#[cfg(test)]
pub(super) mod tests;
#[cfg(test)]
mod torch_tests;

pub use curvature::OutputSlopes;
pub use first::Between;
pub use passing::Passing;
pub use tangent::{Moved, Tangent, Twice};
pub use tape::Tape;
pub use value::Host;
