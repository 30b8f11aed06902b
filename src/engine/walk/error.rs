//! Why a walk has no result.

use crate::{
    checkpoint::CheckpointError,
    data::DataError,
    device::NoAdapter,
    memory::TooMuch,
    net::NetError,
    objective::ObjectiveError,
    run::{ForkError, NotFollowed, SpecError},
    runfile::RunFileError,
};

/// Why a walk cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Net(#[from] NetError),
    #[error(transparent)]
    Device(#[from] NoAdapter),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    #[error(transparent)]
    Fork(#[from] ForkError),
    #[error(transparent)]
    Paths(#[from] NotFollowed),
    #[error(transparent)]
    Memory(#[from] TooMuch),
    #[error(transparent)]
    Parent(#[from] RunFileError),
}
