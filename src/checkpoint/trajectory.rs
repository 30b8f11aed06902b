//! Many checkpoints as one path through parameter space.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{CheckpointError, Format, moment, natural, open::open, run};
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
/// Files of a directory follow the last number in their names when each has one and no two the same (`epoch2` before
/// `epoch10`), else the time of their last change. What is no checkpoint is left out with a note; so are run files, which
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
                found.push(Found { number: last_number(&file), path: file, name, changed });
            }
            Err(CheckpointError::Foreign { cause, .. }) => notes.push(format!("{name} left out: {cause}")),
            Err(e) => notes.push(format!("{name} left out: {e}")),
        }
    }
    if found.is_empty() {
        let cause = "it is a directory without checkpoints".into();
        return Err(CheckpointError::Foreign { path: path.into(), cause });
    }
    let numbers: BTreeSet<u64> = found.iter().filter_map(|f| f.number).collect();
    let by_number = numbers.len() == found.len();
    if by_number {
        found.sort_by_key(|f| f.number);
        notes.insert(0, "ordered by the last number in the file names".into());
    } else {
        found.sort_by(|a, b| a.changed.cmp(&b.changed).then_with(|| natural::compare(&a.name, &b.name)));
        notes.insert(0, "ordered by the time of the last change: not every file name has a number of its own".into());
    }
    let point = |f: Found| Point { path: f.path, name: f.name, step: f.number.filter(|_| by_number) };
    Ok(Trajectory { points: found.into_iter().map(point).collect(), notes })
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The last number in a file's name without its extension: 12 of `run3_epoch012.pt`.
fn last_number(path: &Path) -> Option<u64> {
    let stem = path.file_stem()?.to_string_lossy();
    let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = stem[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |i| i + stem[i..].chars().next().map_or(1, char::len_utf8));
    stem[start..end].parse().ok()
}
