//! The toy laboratory: landscapes of one and two dimensions where everything is exact, in f64.
//!
//! | file | what | where it comes from |
//! | --- | --- | --- |
//! | [`surface`] | value, gradient, Hessian, samples, known minima of a landscape | |
//! | [`surfaces`] | the landscapes | |
//! | `surfaces/escape` | two basins, the minimum taken per point | noise paper D.1 |
//! | `surfaces/quadratic` | wells with Σ = H | noise paper Eq. (12), SAM thesis Assumptions 2.2.2, 2.2.3 |
//! | `surfaces/sextic`, `linex` | a symmetric and an asymmetric line | SAM thesis Fig. 3.1 |
//! | `surfaces/valley` | (r, p, c, ζ) | SAM thesis Definition 2.3.1, Asymmetric Valleys Definition 1 |
//! | `surfaces/two_sided` | two asymmetric directions | SAM thesis Fig. 3.2 |
//! | `surfaces/clipped` | two weights, not convex | noise paper appendix B, Eq. (84) to (87) |
//! | `surfaces/logistic` | 20 points, two parameters | Asymmetric Valleys, released experiments |
//! | `surfaces/classic` | Rosenbrock, Himmelblau | |
//! | [`formula`] | a landscape typed by the user, differentiated by second-order dual numbers | |
//! | [`dynamics`], [`walker`] | GD, SGD, momentum, Nesterov, SAM, PSAM, SWA, a step at a time | SAM thesis Eq. (2.2), Algorithm 1 |
//! | [`noise`] | const, diag, leading, Hessian, first eigenvector at equal trace | noise paper Table 1, Eq. (14), D.1 |
//! | [`ensemble`] | many runs: success, first passage, Tr(HΣ) over time | noise paper Fig. 2 |
//! | [`perturbed`] | L̃, the exact maximum over the ρ-ball | SAM thesis Eq. (2.1), section 3.2 |
//! | [`theory`] | theorems held against measurements | its own table |
//!
//! Nothing here knows threads' names, files or windows; ensembles and simulations use the threads of the current pool, and
//! their results do not depend on how many there are.

pub mod dynamics;
pub mod ensemble;
mod error;
pub mod formula;
pub mod matrix;
pub mod noise;
pub mod perturbed;
pub mod surface;
pub mod surfaces;
pub mod theory;
pub mod walker;

pub use error::ToyError;
