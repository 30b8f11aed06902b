//! Lines, planes and escapes measured on a network: from checkpoints, data and a question to numbers.
//!
//! [`LineJob`], [`PlaneJob`] and [`EscapeJob`] are state machines: each call of `advance` measures a little and hands it
//! out. They know no thread and no clock; whoever runs them decides when to go on and when to stop.

mod escape;
mod line;
mod plane;
mod request;
mod subject;

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

pub use escape::{Ended, EscapeJob, EscapeRequest, EscapeRequestError};
pub use line::{Curve, LineFound, LineJob};
pub use plane::{Layout, Place, PlaneFound, PlaneJob};
pub use request::{AUTO, LineOf, LineRequest, PlaneOf, PlaneRequest, Subject, Window};
pub use subject::{About, Setting};

use crate::{
    checkpoint::CheckpointError,
    data::DataError,
    device::NoAdapter,
    net::{NetError, State},
    objective::ObjectiveError,
    survey::{AxisError, FrameError, GridError, PcaError, SurveyFileError},
    valley::{EscapeError, EscapeFileError},
};

/// Why a line, a plane or an escape cannot be measured.
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
