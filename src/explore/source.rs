//! What data are read from, to see whether reading again would give the same.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use crate::data::{self, DataSpec};

/// A file that was written less than this before may be written again without a change of its time: clocks of file
/// systems are coarse, some tell two seconds.
const SETTLED: Duration = Duration::from_secs(3);

/// Everything that decides what is loaded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    spec: DataSpec,
    /// Where it decides anything.
    seed: Option<u64>,
    /// Where files may be, and what is there.
    files: Vec<(PathBuf, Option<Stamp>)>,
}

/// What a file was like when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stamp {
    length: u64,
    modified: SystemTime,
}

impl Source {
    /// `None` when the files cannot be told from others in their places.
    pub fn of(spec: &DataSpec, seed: u64) -> Option<Source> {
        let settled = SystemTime::now().checked_sub(SETTLED)?;
        let mut files = Vec::new();
        for path in data::sources(spec) {
            let stamp = match fs::metadata(&path) {
                // What is read from a folder is in the list itself.
                Ok(found) if found.is_file() => Some(Stamp { length: found.len(), modified: found.modified().ok()? }),
                _ => None,
            };
            if stamp.is_some_and(|stamp| stamp.modified > settled) {
                return None;
            }
            files.push((path, stamp));
        }
        Some(Source { spec: spec.clone(), seed: data::is_drawn(spec).then_some(seed), files })
    }
}
