//! Spectra of symmetric linear operators that are known by their products alone, as the Hessian of a network is.
//!
//! Nothing here knows a network: whoever can multiply with a matrix is a [`LinearOperator`], [`Sum`], [`Scaled`], [`Shifted`],
//! [`Block`] and [`Deflated`] make new ones of them. What is estimated:
//!
//! - eigenvalues at both ends with vectors and residuals: [`Lanczos`] (block Lanczos with thick restarts, Wu and Simon 2000),
//!   and [`track()`], which follows one of them with two or three products;
//! - the density of all eigenvalues, and Tr f(A): [`DensityEstimator`] (stochastic Lanczos quadrature, Ubaru, Chen and Saad 2017;
//!   Ghorbani, Krishnan and Xiao 2019);
//! - the trace: [`TraceEstimator`] (XTrace, Epperly, Tropp and Webber 2024);
//! - how alike two subspaces are: [`overlap`], [`canonical_angles`] and [`angle`] (Björck and Golub 1973).
//!
//! All are state machines that ask for one pass of products at a time, take no D × D anything, say what memory they will take
//! (`bytes`), and give the same bits for the same seed on any number of threads. A product that is not finite ends them with NaN.

mod combine;
mod density;
mod draw;
mod estimate;
mod lanczos;
mod matrix;
mod operator;
mod small;
mod subspace;
mod trace;
mod track;
mod vector;

#[cfg(test)]
mod trial;

pub use combine::{Block, Deflated, Scaled, Shifted, Sum};
pub use density::{Density, DensityEstimator, DensitySpec, Start};
pub use estimate::Estimate;
pub use lanczos::{EigenPair, Ended, Lanczos, LanczosSpec, Progress, RitzValue};
pub use matrix::Matrix;
pub use operator::LinearOperator;
pub use subspace::{angle, canonical_angles, overlap};
pub use trace::{TraceEstimator, TraceSpec};
pub use track::{End, track};
