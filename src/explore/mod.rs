//! Lines, planes, escapes and valleys measured on a network: from checkpoints, data and a question to numbers.
//!
//! [`LineJob`], [`PlaneJob`], [`EscapeJob`] and [`ValleyJob`] are state machines: each call of `advance` measures a little
//! and hands it out. They know no thread and no clock; whoever runs them decides when to go on and when to stop.

mod escape;
mod job;
mod line;
mod plane;
mod request;
mod subject;
mod valley;

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

pub use escape::{Ended, EscapeHead, EscapeJob, EscapeRequest, EscapeRequestError};
pub use job::Job;
pub use line::{Curve, CurveHead, LineFound, LineHead, LineJob};
pub use plane::{Layout, Place, PlaneFound, PlaneHead, PlaneJob};
pub use request::{AUTO, LineOf, LineRequest, PlaneOf, PlaneRequest, Subject, Window};
pub use subject::{About, Setting};
pub use valley::{
    Detector, DirectionReport, Family, GapReport, Origin, SamGapSpec, SharpnessReport, ShiftReport, ShiftSpec, Source,
    Unit, ValleyFound, ValleyHead, ValleyJob, ValleyReport, ValleyRequest, ValleySpecError,
};

use crate::{
    checkpoint::CheckpointError,
    data::DataError,
    device::NoAdapter,
    net::{NetError, State},
    objective::ObjectiveError,
    survey::{AxisError, FrameError, GridError, PcaError, SurveyFileError},
    valley::{AsymmetryError, EscapeError, EscapeFileError, SharpnessError},
};

/// Why a line, a plane, an escape or a valley cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Net(#[from] NetError),
    #[error(transparent)]
    Device(#[from] NoAdapter),
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Axis(#[from] AxisError),
    #[error(transparent)]
    Grid(#[from] GridError),
    #[error(transparent)]
    Path(#[from] PcaError),
    #[error(transparent)]
    File(#[from] SurveyFileError),
    #[error(transparent)]
    Escape(#[from] EscapeError),
    #[error(transparent)]
    EscapeRequest(#[from] EscapeRequestError),
    #[error(transparent)]
    EscapeFile(#[from] EscapeFileError),
    #[error("{}", escape::below(path, *accuracy, *threshold))]
    BelowThreshold { path: PathBuf, accuracy: f64, threshold: f64 },
    #[error(transparent)]
    Asymmetry(#[from] AsymmetryError),
    #[error(transparent)]
    Sharpness(#[from] SharpnessError),
    #[error("{} and {} are the same point, so there is no direction between them; give another solution", a.display(), b.display())]
    SamePoint { a: PathBuf, b: PathBuf },
    #[error("{} holds a direction of length 0; give one that leads somewhere", path.display())]
    NoDirection { path: PathBuf },
    #[error("the shift between test and training loss needs a test set; give test images (--test-count) or other data")]
    NoTestSet,
    #[error("the shift is measured along directions from files; give another solution, or a file with a direction")]
    NothingToShift,
    #[error("{}: {cause}; name the network with --net", path.display())]
    Unrecognised { path: PathBuf, cause: String },
    #[error("{} has no checkpoints; give a folder of checkpoints or a run file", path.display())]
    EmptyPath { path: PathBuf },
}

impl ExploreError {
    /// Whether somebody asked for the end.
    pub fn is_interrupt(&self) -> bool {
        matches!(self, ExploreError::Objective(ObjectiveError::Interrupted) | ExploreError::Path(PcaError::Stopped))
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// SHA-256 of a point's numbers.
fn sum(state: &State) -> String {
    let mut hash = Sha256::new();
    for x in state.theta.iter().chain(&state.buffers) {
        hash.update(x.to_le_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
