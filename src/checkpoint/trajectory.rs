//! Many checkpoints as one path through parameter space.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    CheckpointError, Format, moment, natural,
    open::open,
    order::{Order, order},
    run,
};
use crate::runfile::Reader;

/// A point of a trajectory: where its checkpoint lies, and how to label it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What `Checkpoint::read` takes: a file, or `FILE@STEP`.
    pub path: PathBuf,
    /// A short name for a picture: the file's name, or the iteration.
    pub name: String,
    /// The iteration of a run, or the number in the file's name that the order follows.
    pub step: Option<u64>,
}

/// Checkpoints in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trajectory {
    /// At least one.
    pub points: Vec<Point>,
    /// What the order follows and what was left out, for a person to read.
    pub notes: Vec<String>,
}

/// The checkpoints of a run file, iteration by iteration, or those of a directory.
///
/// Files of a directory follow the counts in their names (`epoch2` before `epoch10`, whatever loss stands behind it), else the
/// last whole number in which all differ, else the time of their last change. What is no checkpoint is left out with a note; so are run files, which
/// are trajectories themselves. Only the first bytes are looked at: a damaged file is found when it is read.
///
/// # Errors
/// A directory that cannot be read or has no checkpoints, and a file that is none.
pub fn trajectory(path: &Path) -> Result<Trajectory, CheckpointError> {
    let io = |source| CheckpointError::Io { path: path.into(), source };
    if fs::metadata(path).map_err(io)?.is_dir() {
        return directory(path);
    }
    match open(path)?.2 {
        Format::Run => {
            let point =
                |step: u64| Point { path: moment::at_step(path, step), name: step.to_string(), step: Some(step) };
            let points = run::steps(&Reader::open(path)?)?.into_iter().map(point).collect();
            Ok(Trajectory { points, notes: vec!["ordered by iteration".into()] })
        }
        _ => {
            let point = Point { path: path.into(), name: name(path), step: None };
            Ok(Trajectory { points: vec![point], notes: vec!["a single checkpoint".into()] })
        }
    }
}

/// Times that are nearer say nothing about an order.
const APART: Duration = Duration::from_secs(2);

/// A checkpoint file of a directory.
struct Found {
    path: PathBuf,
    name: String,
    number: Option<u64>,
    changed: SystemTime,
}

fn directory(path: &Path) -> Result<Trajectory, CheckpointError> {
    let io = |source| CheckpointError::Io { path: path.into(), source };
    let mut found = Vec::new();
    let mut notes = Vec::new();
    let mut files: Vec<PathBuf> =
        fs::read_dir(path).map_err(io)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(io)?;
    files.sort();
    for file in files {
        let name = name(&file);
        // Hidden files are somebody else's, and directories are not searched.
        if name.starts_with('.') || file.is_dir() {
            continue;
        }
        match open(&file) {
            Ok((_, _, Format::Run)) => notes.push(format!("{name} left out: it is a run, open it by itself")),
            Ok((opened, _, _)) => {
                let changed = opened.metadata().and_then(|m| m.modified()).map_err(io)?;
                found.push(Found { number: None, path: file, name, changed });
            }
            Err(CheckpointError::Foreign { cause, .. }) => notes.push(format!("{name} left out: {cause}")),
            Err(e) => notes.push(format!("{name} left out: {e}")),
        }
    }
    if found.is_empty() {
        let cause = "it is a directory without checkpoints".into();
        return Err(CheckpointError::Foreign { path: path.into(), cause });
    }
    let stems: Vec<String> = found.iter().map(|f| stem(&f.path)).collect();
    let by_time = |a: &Found, b: &Found| a.changed.cmp(&b.changed).then_with(|| natural::compare(&a.name, &b.name));
    if let Some(Order { keys, by }) = order(&stems) {
        let mut keyed: Vec<(Vec<u64>, Found)> = keys.into_iter().zip(found).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        found = keyed.into_iter().map(|(key, f)| Found { number: key.last().copied(), ..f }).collect();
        notes.insert(0, by);
        // Files that were copied together have one time, nearly, which says nothing.
        if found.windows(2).any(|pair| pair[0].changed > pair[1].changed + APART) {
            notes.insert(1, "the times of the files' last changes are in another order".into());
        }
    } else {
        found.sort_by(by_time);
        notes.insert(0, "ordered by the time of the last change: the file names have no count of their own".into());
    }
    let point = |f: Found| Point { path: f.path, name: f.name, step: f.number };
    Ok(Trajectory { points: found.into_iter().map(point).collect(), notes })
}

/// A file's name without its extension. What stands behind the last point is a part of the name where it is no word.
fn stem(path: &Path) -> String {
    let whole = name(path);
    match whole.rsplit_once('.') {
        Some((stem, extension)) if extension.starts_with(|c: char| c.is_alphabetic()) && !stem.is_empty() => {
            stem.into()
        }
        _ => whole,
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
