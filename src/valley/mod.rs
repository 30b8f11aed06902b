//! Asymmetric valleys, escapes from a minimum and sharpness: what to measure, and what follows from the numbers.
//!
//! Everything here is a state machine or a function over plain numbers: it never evaluates a network and knows no threads.
//! Whoever can measure a loss asks what comes next, and records what was found.
//!
//! - A direction is judged from a [`Slice`] by [`judge`]; [`Share`] sums up many. [`noise_share`] says how exact the losses are.
//! - [`best_shift`] lays a test loss curve over a training loss curve.
//! - [`Escape`] is the table of an escape experiment; its cells are [`Exits`], compared by [`Ratio`] and [`Trend`], summed up
//!   as [`Cell`]s. [`Screen`] tells from a few images whether a run is still inside.
//! - [`ExpectedSharpness`] and [`SamGap`] say how sharp a point is.

mod asymmetry;
mod cells;
mod compare;
mod curve;
mod escape;
mod exits;
mod noise;
mod screen;
mod share;
mod sharpness;
mod shift;
mod slice;
mod slice_spec;
mod slopes;

pub use asymmetry::{Asymmetry, AsymmetryError, Criteria, Reason, Verdict, judge};
pub use cells::Cell;
pub use compare::{Bound, Change, Course, Ratio, Trend};
pub use escape::{Escape, EscapeError, EscapeSpec, Job, Method, Run};
pub use exits::{Exit, ExitError, Exits, MeanSteps, MedianSteps, Steps};
pub use noise::{NOISE_POINTS, noise_deviation, noise_share};
pub use screen::{Accuracy, RISK, Screen};
pub use share::{Others, Share};
pub use sharpness::{Ascent, ExpectedSharpness, SamGap, SharpnessError, SharpnessEstimate, SharpnessSpec};
pub use shift::{Shift, ShiftError, best_shift};
pub use slice::{NOISE, Slice};
pub use slice_spec::{SliceSpec, SliceSpecError};
