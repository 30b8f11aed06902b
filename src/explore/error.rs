//! Why a job cannot be done.

use std::path::{Path, PathBuf};

use super::request_error::{
    EigenRequestError, EscapeRequestError, LineRequestError, NoiseRequestError, PlaneRequestError,
    SpectrumRequestError, ValleySpecError,
};
use crate::{
    checkpoint::CheckpointError,
    data::DataError,
    device::NoAdapter,
    memory::TooMuch,
    net::NetError,
    objective::ObjectiveError,
    record::RecordError,
    run::NotFollowed,
    survey::{AxisError, FrameError, GridError, PcaError},
    valley::{AsymmetryError, EscapeError, SharpnessError, SliceSpecError},
};

/// Why something cannot be measured.
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
    Paths(#[from] NotFollowed),
    #[error(transparent)]
    Memory(#[from] TooMuch),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Axis(#[from] AxisError),
    #[error(transparent)]
    Grid(#[from] GridError),
    #[error(transparent)]
    Path(#[from] PcaError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    LineRequest(#[from] LineRequestError),
    #[error(transparent)]
    PlaneRequest(#[from] PlaneRequestError),
    #[error(transparent)]
    SpectrumRequest(#[from] SpectrumRequestError),
    #[error(transparent)]
    NoiseRequest(#[from] NoiseRequestError),
    #[error(transparent)]
    Escape(#[from] EscapeError),
    #[error(transparent)]
    EscapeRequest(#[from] EscapeRequestError),
    #[error("{}", below(path, *accuracy, *threshold))]
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
    #[error(transparent)]
    Slice(#[from] SliceSpecError),
    #[error(transparent)]
    ValleySpec(#[from] ValleySpecError),
    #[error(
        "there is nothing to measure; ask for directions (--directions K), another solution, sharpness (--sharpness) or SAM's gap (--sam-gap)"
    )]
    NothingToMeasure,
    #[error(
        "the shift is measured along directions that are not random; give another solution, or a file with a direction, or an eigenvector (--eigen 1)"
    )]
    NothingToShift,
    #[error("{}: {cause}; or name the network (--net)", path.display())]
    Unrecognised { path: PathBuf, cause: String },
    /// Why a recorded step cannot be made again.
    #[error("{0}")]
    Replay(String),
    #[error(transparent)]
    EigenRequest(#[from] EigenRequestError),
    #[error(
        "there is no eigenvector {rank} of a network with {parameters} parameters; give a smaller number (--eigen)"
    )]
    NoEigenvector { rank: i32, parameters: usize },
    #[error("after {products} products the search has not come to eigenvector {rank}; allow more (--eigen-products)")]
    FewProducts { rank: i32, products: u64 },
    #[error(
        "the Hessian is not finite at this checkpoint, so that it has no eigenvectors; look at its parameters and its loss"
    )]
    NoCurvature,
    #[error("{} has no checkpoints; give a folder of checkpoints or a run file", path.display())]
    EmptyPath { path: PathBuf },
}

impl ExploreError {
    /// Whether somebody asked for the end.
    pub fn is_interrupt(&self) -> bool {
        matches!(self, ExploreError::Objective(ObjectiveError::Interrupted) | ExploreError::Path(PcaError::Stopped))
    }
}

/// A start that is no minimum by the threshold.
fn below(path: &Path, accuracy: f64, threshold: f64) -> String {
    format!(
        "{} has a training accuracy of {:.2} %, below the threshold of {} %: it has left before the first step; start from \
         a better trained checkpoint, check the data it was trained on, or give a lower threshold (--threshold)",
        path.display(),
        100.0 * accuracy,
        (1e6 * threshold).round() / 1e4
    )
}
