//! Why a run cannot be forked.

use std::path::PathBuf;

use crate::optim::OptimizerKind;

/// A fork that cannot be made.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum ForkError {
    #[error(
        "{0} cannot change in a fork, which goes on from the state of its parent; leave it out, or start a new run"
    )]
    Fixed(&'static str),
    #[error("the run has made {reached} iterations and cannot be left at {step}; fork it at {reached} or before")]
    NotReached { step: u64, reached: u64 },
    #[error(
        "a fork at iteration {step} has nothing to do in a run of {steps}; make it longer (--steps or --epochs); iterations count from the beginning of its first ancestor"
    )]
    NothingLeft { step: u64, steps: u64 },
    #[error(
        "the switch to {to} at iteration {at} comes before the fork at {step}; switch later (--switch), or choose {to} (--optimizer {to})"
    )]
    SwitchedBefore { to: OptimizerKind, at: u64, step: u64 },
    #[error("{} is another run than the one that was left here; give the file of that run", path.display())]
    OtherRun { path: PathBuf },
    #[error(
        "{}: the run had {} parameters, {} running statistics and {} training images, and its network and data have {}, {} \
         and {} now; give the folder of the data that it was trained on (--data-dir)",
        path.display(), was[0], was[1], was[2], is[0], is[1], is[2]
    )]
    Misfit { path: PathBuf, was: [u64; 3], is: [u64; 3] },
    #[error("the parent of this fork was not recorded, so that it cannot be made again; fork a run that has a file")]
    NotRecorded,
    #[error("{}: going through its iterations again ends at {t}, before the fork at {step}: {cause}", path.display())]
    Lost { path: PathBuf, t: u64, step: u64, cause: &'static str },
}
