//! Checkpoints that are measured one after the other.

use std::path::PathBuf;

use super::{error::ExploreError, subject::short};
use crate::{
    checkpoint::{self, Checkpoint, labels},
    run::BatchSize,
};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// What to call it among the others: a file's name, or the iteration of a run.
    pub name: String,
    /// What `Checkpoint::read` takes.
    pub path: PathBuf,
    /// The iteration, or the number in the file's name that the order follows.
    pub step: Option<u64>,
}

/// Those that files stand for, at least one for each: a checkpoint for itself, a folder or a run for all that it has, in order. Also notes
/// for a person to read.
///
/// # Errors
/// What cannot be read, and what has no checkpoints.
pub(super) fn stations(files: &[PathBuf]) -> Result<(Vec<Station>, Vec<String>), ExploreError> {
    let (mut stations, mut notes) = (Vec::new(), Vec::new());
    for path in files {
        // RUN@STEP and FILE#KEY are no files.
        if !path.exists() {
            stations.push(Station { name: short(path), path: path.clone(), step: checkpoint::step_of(path) });
            continue;
        }
        let found = checkpoint::trajectory(path)?;
        if found.points.len() > 1 || path.is_dir() {
            notes.extend(found.notes);
        }
        let station = |p: checkpoint::Point| Station { name: p.name, path: p.path, step: p.step };
        stations.extend(found.points.into_iter().map(station));
    }
    if files.len() > 1 {
        let paths: Vec<PathBuf> = stations.iter().map(|station| station.path.clone()).collect();
        for (station, label) in stations.iter_mut().zip(labels(&paths)) {
            station.name = label;
        }
    }
    Ok((stations, notes))
}

/// m, the examples of a batch whose noise is measured: what was asked for, else as many as in the batches of the run that the checkpoint is
/// of. 1 where there is no run, and where its batches are full and have no noise.
pub(super) fn batch(asked: Option<u64>, first: &Checkpoint) -> u64 {
    let of_run = || match first.run.as_ref()?.spec.batch {
        BatchSize::Of(size) => Some(size),
        BatchSize::Full => None,
    };
    asked.or_else(of_run).unwrap_or(1)
}
