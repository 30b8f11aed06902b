//! Requests that are refused before any file is read.

use thiserror::Error;

use crate::optim::OptimizerError;

/// Random directions that are measured at most.
pub(super) const MOST_DIRECTIONS: u32 = 100_000;

/// Ends that make no line.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LineRequestError {
    #[error("0 random directions are none; give the number of directions, such as 10 (--random 10)")]
    NoDirections,
    #[error("{0} random directions are more than anybody looks at; give at most {MOST_DIRECTIONS} (--random)")]
    TooManyDirections(u32),
    #[error("give two checkpoints, or one and a number of random directions (--random K) or eigenvectors (--eigen 1)")]
    Ends,
}

/// Files that make no plane.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PlaneRequestError {
    #[error("the plane of a path (--pca) takes one folder of checkpoints or one run file, and no directions")]
    Path,
    #[error("two checkpoints make a line: measure that (valleyscope line), or give a third checkpoint")]
    Two,
    #[error("directions from files (--direction-u and --direction-v) go with one checkpoint")]
    Directions,
    #[error("a plane along eigenvectors takes one checkpoint, two of them (--eigen 1,-1), and no other directions")]
    Eigenvectors,
}

/// Eigenvectors that cannot be searched.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum EigenRequestError {
    #[error(
        "eigenvectors are counted from 1, the largest eigenvalue, or from -1, the smallest; there is no 0 (--eigen)"
    )]
    Zero,
    #[error("eigenvector {0} is asked for twice; name each once (--eigen)")]
    Twice(i32),
    #[error("eigenvector {rank} is farther from an end than is searched; ask for at most {most} from each (--eigen)")]
    TooMany { rank: i32, most: u32 },
    #[error(
        "the residual of eigenvectors is {0}; give a share of the largest |λ| above 0 and at most 0.5 (--eigen-tolerance)"
    )]
    Tolerance(f64),
    #[error("0 products find no eigenvector; allow some, such as 1000 (--eigen-products)")]
    Products,
}

/// Numbers that make no sense, and options that would do nothing.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum EscapeRequestError {
    #[error("{option} means nothing to this table (--{option}); add {needs} (--optimizer {needs}), or leave it out")]
    Useless { option: &'static str, needs: String },
    #[error("the threshold is {0}; give a share of right answers above 0 and at most 1, such as 0.9")]
    Threshold(f64),
    #[error("the accuracy is looked at every 0 steps; give 1 or more (--check 1)")]
    Check,
    #[error("a batch of 0 images makes no step; give 1 or more (--batch 1)")]
    EmptyBatch,
    #[error("a batch of {batch} is larger than the {count} training images; give {count} or less (--batch {count})")]
    Batch { batch: u64, count: usize },
    #[error("{seeds} seeds from {seed} on go beyond the largest one; begin with a smaller one (--seed)")]
    Seeds { seeds: usize, seed: u64 },
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
}

/// Eigenvalues that are looked for at most: the matrices between them are small no more.
pub(super) const MOST_EIGENVALUES: usize = 5_000;

/// Spectra that cannot be measured.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SpectrumRequestError {
    #[error("there is no checkpoint; give one or several, a folder of checkpoints or a run file")]
    NoFiles,
    #[error(
        "there is nothing to find; ask for eigenvalues (--top K, --smallest K), the trace (--trace), the density (--density) or layers (--layers)"
    )]
    Nothing,
    #[error(
        "{0} eigenvalues are more than can be told apart here; give at most {MOST_EIGENVALUES} (--top, --smallest)"
    )]
    TooMany(usize),
    #[error("a batch of 0 images has no gradient; give 1 or more (--batch 1)")]
    EmptyBatch,
    #[error(
        "a batch means nothing to this matrix (--batch); ask for the noise covariance (--operator sigma), or leave it out"
    )]
    BatchOfNothing,
    #[error(
        "the tolerance is {0}; give a share of the largest eigenvalue above 0 and below 1, such as 1e-4 (--tolerance)"
    )]
    Tolerance(f64),
    #[error("0 products find nothing; give 1 or more (--products), or leave it out")]
    NoProducts,
    #[error("eigenvectors are saved of one checkpoint, and these are {0}; give one of them (--save-vectors)")]
    Several(usize),
    #[error("there are no eigenvectors to save (--save-vectors); ask for eigenvalues (--top K, --smallest K)")]
    NoVectors,
}

/// Gradient noise that cannot be measured.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum NoiseRequestError {
    #[error("there is no checkpoint; give one or several, a folder of checkpoints or a run file")]
    NoFiles,
    #[error("a batch of 0 images has no gradient; give 1 or more (--batch 1)")]
    EmptyBatch,
    #[error("{0} leading eigenvectors cannot be compared; give 1 to {MOST_EIGENVALUES} (--leading)")]
    Leading(usize),
    #[error(
        "the tolerance is {0}; give a share of the largest eigenvalue above 0 and below 1, such as 1e-3 (--tolerance)"
    )]
    Tolerance(f64),
    #[error("{0} products make no estimate of a trace; give 2 or more (--products)")]
    Products(usize),
}

/// Most points of the training curve of a shift.
pub const MAX_SHIFT_POINTS: usize = 4096;
/// Most steps of ascent of a SAM gap.
pub const MAX_ASCENT: u32 = 10_000;

/// A comparison or a gap that cannot be measured.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ValleySpecError {
    #[error("{0:?} is no range of a shift; write R:reach:points, such as 1:0.5:33")]
    ShiftSyntax(String),
    #[error("{0} directions are more than anybody looks at; give at most {MOST_DIRECTIONS} (--directions)")]
    TooManyDirections(u32),
    #[error("the shift is compared on −R … R with R = {radius}, and tried up to {reach}; give finite numbers above 0")]
    ShiftRange { radius: f64, reach: f64 },
    #[error("{0} points do not make a curve; give 5 to {max}", max = MAX_SHIFT_POINTS)]
    ShiftPoints(usize),
    #[error("{0:?} is no noise; write delta:draws, such as 0.01:100")]
    NoiseSyntax(String),
    #[error("{0:?} is no ball of SAM; write rho or rho:steps, such as 0.05 or 0.05:10")]
    GapSyntax(String),
    #[error("ρ is {0}; give a finite number above 0, such as 0.05")]
    Rho(f64),
    #[error("{0} steps of ascent are too many; give at most {max}", max = MAX_ASCENT)]
    Steps(u32),
}
