//! The perturbed loss L̃(w) = max over ‖ε‖₂ ≤ ρ of L(w + ε): SAM thesis Eq. (2.1), section 3.2; the exact maximum, not the
//! first-order step that SAM takes.
//!
//! - `line`: one dimension. The maximum is at an end of the interval or at a local maximum inside, so it is exact. `wells`:
//!   what it makes of the wells there.
//! - `disc`: the plane. Branch and bound over pieces of the disc whose upper bounds are rigorous
//!   ([`Surface::hull_bound`](super::surface::Surface::hull_bound)); every value comes with a bound of its error.
//! - `cut`: its minimum in the plane, by cutting planes.
//! - `well`: the ball around a point of a quadratic well in any dimension, a trust-region problem with a known solution.

mod cut;
mod disc;
mod extremes;
mod line;
mod loss;
mod well;
mod wells;

pub use extremes::{Bottom, Peak};
pub use loss::Perturbed;
pub use well::quadratic_peak;
pub use wells::{LineWell, line_well};
