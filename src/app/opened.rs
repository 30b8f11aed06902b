//! What is at a path that somebody opened: a run, a checkpoint, or many of them in order. Reading may take a while, so it
//! is for another thread.

use std::path::{Path, PathBuf};

use super::plain::plain;
use crate::{
    checkpoint::{self, Checkpoint, CheckpointError, Format, Summary, Trajectory},
    history::{History, Parts},
    net::{Recognised, recognise},
    probe::vector::distance,
    run::RunSpec,
    runfile::{EXTENSION, RunFileError},
};

/// What was found at a path that somebody opened.
pub enum Item {
    Run(Box<Beginning>),
    Point(Box<Point>),
    Trail(Box<Trail>),
}

/// A run as far as it is read before it is shown; of most runs that is all.
pub struct Beginning {
    pub history: History,
    pub rest: Option<Rest>,
}

/// What is still to be read of a long run.
pub struct Rest {
    pub parts: Parts,
    /// Iterations that it has made.
    pub total: u64,
}

/// Parts that are read before a run is shown: enough for a first picture.
const FIRST: usize = 2;

impl Beginning {
    fn read(path: &Path) -> Result<Beginning, RunFileError> {
        let mut parts = Parts::open(path)?;
        let total = parts.total()?;
        let mut history = parts.begin();
        for part in parts.by_ref().take(FIRST) {
            history.append(part?);
        }
        let rest = (!parts.is_done()).then_some(Rest { parts, total });
        Ok(Beginning { history, rest })
    }
}

/// One checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub path: PathBuf,
    pub format: Format,
    /// Names and shapes of its tensors, in the order of the file.
    pub shapes: Vec<(String, Vec<usize>)>,
    pub summary: Summary,
    /// The network it holds, or the nearest miss in words.
    pub network: Result<Recognised, String>,
    /// What was done to the file on the way in.
    pub notes: Vec<String>,
    /// Keys of other networks in the file.
    pub others: Vec<String>,
    /// The settings of the run that it was taken from.
    pub run: Option<RunSpec>,
}

/// Many checkpoints in order: a folder, or the iterations of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    pub path: PathBuf,
    pub found: Trajectory,
    /// Its last checkpoint, for what network it is; or why that cannot be read, in words.
    pub last: Result<Point, String>,
    /// The point that its buttons mean.
    pub chosen: usize,
}

impl Trail {
    /// Whether there are points enough for a plane of its path.
    pub fn has_plane(&self) -> bool {
        self.found.points.len() > 2
    }
}

/// Reads whatever is at a path: a run file, a checkpoint, or a folder of checkpoints. It may take a while.
///
/// # Errors
/// Why there is nothing to show, in words.
pub fn read(path: &Path) -> Result<Item, String> {
    let run = |path: &Path| Beginning::read(path).map(|run| Item::Run(Box::new(run))).map_err(plain);
    if path.is_dir() {
        return read_trail(path);
    }
    if path.extension().is_some_and(|e| e == EXTENSION) {
        return run(path);
    }
    let checkpoint = match Checkpoint::read(path) {
        // A run under another name; RUN@STEP is one of its checkpoints.
        Ok(c) if c.format == Format::Run && path.is_file() => return run(path),
        Err(CheckpointError::EmptyRun { .. }) => return run(path),
        other => other.map_err(plain)?,
    };
    Ok(Item::Point(Box::new(point(path, checkpoint))))
}

/// The checkpoints of a folder or of a run, in order; only the last one is read.
///
/// # Errors
/// Why there are none, in words.
pub fn read_trail(path: &Path) -> Result<Item, String> {
    let found = checkpoint::trajectory(path).map_err(plain)?;
    let chosen = found.points.len().saturating_sub(1);
    let last = found.points.last().ok_or_else(|| format!("{} has no checkpoints", path.display()))?;
    let last = Checkpoint::read(&last.path).map(|c| point(&last.path, c)).map_err(plain);
    Ok(Item::Trail(Box::new(Trail { path: path.into(), found, last, chosen })))
}

fn point(path: &Path, checkpoint: Checkpoint) -> Point {
    let shapes = checkpoint.shapes();
    let run = checkpoint.run.as_ref().map(|manifest| manifest.spec.clone());
    let network = match checkpoint.run.as_ref() {
        Some(m) => {
            Ok(Recognised { net: m.spec.net.clone(), input: m.input, classes: m.classes as usize, assumes: None })
        }
        None => recognise(&shapes, None).map_err(plain),
    };
    Point {
        path: path.into(),
        format: checkpoint.format,
        summary: checkpoint.summary(),
        shapes,
        network,
        notes: checkpoint.notes,
        others: checkpoint.others,
        run,
    }
}

/// A tensor in both of two checkpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub name: String,
    /// ‖B − A‖₂; `None` when the shapes differ.
    pub distance: Option<f64>,
}

/// How far every tensor of A has moved in B.
#[derive(Clone, Debug, PartialEq)]
pub struct Movement {
    pub a: PathBuf,
    pub b: PathBuf,
    /// In the order of A; tensors that only one of them has are left out.
    pub tensors: Result<Vec<Moved>, String>,
}

/// Compares two checkpoints, which it reads again: they are not kept in memory.
pub fn movement(a: PathBuf, b: PathBuf) -> Movement {
    let read = |path: &Path| Checkpoint::read(path).map_err(plain);
    let tensors = read(&a).and_then(|in_a| {
        let in_b = read(&b)?;
        let both =
            in_a.tensors.iter().filter_map(|t| Some((t, in_b.tensors.iter().find(|other| other.name == t.name)?)));
        Ok(both
            .map(|(t, other)| Moved {
                name: t.name.clone(),
                distance: (t.shape == other.shape).then(|| distance(&t.values, &other.values)),
            })
            .collect())
    });
    Movement { a, b, tensors }
}

/// A file's name without its folder.
pub fn short(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// Whether a tensor is of the network's state beside its parameters: running statistics and counters.
pub fn is_statistic(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("running_mean" | "running_var" | "num_batches_tracked"))
}
