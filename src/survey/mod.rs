//! Lines and planes through parameter space: which points to measure, in which order, and what follows from the numbers.
//!
//! Everything here is a state machine over plain numbers: it never evaluates a network and knows no threads. Whoever
//! can measure a loss asks a [`Line`] or a [`Plane`] what comes next, and records what was found.
//!
//! - A line runs through A (α = 0) and B (α = 1): θ(α) = (1 − α)A + αB. See [`Line`], [`LineSummary`] and [`Band`].
//! - A plane is a [`Frame`] (an origin and two directions) with a [`Grid`] on it: θ(a, b) = origin + a u + b v. Its
//!   directions are random ([`Frame::random`]), span three checkpoints ([`ThreePoints`]) or are the leading principal
//!   components of a path ([`principal_plane`]).

mod axis;
mod band;
mod direction;
mod frame;
mod grid;
mod line;
mod line_spec;
mod measured;
mod pca;
mod plane;
mod sides;
mod summary;
mod three;
mod trajectory;

pub use axis::{Axis, AxisError};
pub use band::{Band, BandPoint, Spread};
pub use direction::{Directions, Normalisation, Vectors, difference};
pub use frame::{Frame, FrameError, Projection};
pub use grid::{Grid, GridError, Node};
pub use line::{Line, LinePoint};
pub use line_spec::{LineSpec, LineSpecError, Refine, Widen};
pub use measured::Measured;
pub use pca::{PcaError, PrincipalPlane, principal_plane};
pub use plane::{Plane, PlanePoint, Shown};
pub use sides::Sides;
pub use summary::{CurveSummary, EndSlopes, LineBarrier, LineSummary, Lowest, MinimumShift, Side, Slope};
pub use three::{Basis, ThreePoints};
pub use trajectory::{ReadError, Trajectory};
