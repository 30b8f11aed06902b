//! Lines, planes, escapes and valleys measured on a network: from checkpoints, data and a question to numbers.
//!
//! [`LineJob`], [`PlaneJob`], [`EscapeJob`] and [`ValleyJob`] are state machines: each call of `advance` measures a little
//! and hands it out. They know no thread and no clock; whoever runs them decides when to go on and when to stop.

mod error;
mod escape;
mod escape_error;
mod identity;
mod job;
mod line;
mod plane;
mod progress;
mod request;
mod subject;
mod sum;
mod valley;

pub use error::ExploreError;
pub use escape::{Ended, EscapeHead, EscapeJob, EscapeRequest};
pub use escape_error::EscapeRequestError;
pub use job::Job;
pub use line::{Curve, CurveHead, LineFound, LineHead, LineJob};
pub use plane::{Layout, Place, PlaneFound, PlaneHead, PlaneJob};
pub use progress::Progress;
pub use request::{AUTO, LineOf, LineRequest, PlaneOf, PlaneRequest, Subject, Window};
pub use subject::{About, Setting};
pub use valley::{
    Detector, DirectionReport, Family, GapReport, Origin, SamGapSpec, SharpnessReport, ShiftReport, ShiftSpec, Source,
    Unit, ValleyFound, ValleyHead, ValleyJob, ValleyReport, ValleyRequest, ValleySpecError,
};
