//! A part of a file, named behind its path: a moment of a run (`FILE@STEP`, `FILE@average`), and the network under a key
//! (`FILE#KEY`).

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What of a run is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Step(u64),
    /// The mean of iterates.
    Average,
}

/// The name of [`Moment::Average`] behind the @.
const AVERAGE: &str = "average";

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Step(t) => write!(f, "{t}"),
            Moment::Average => f.write_str(AVERAGE),
        }
    }
}

/// `FILE@STEP` or `FILE@average` apart. A file that has such a name itself is taken as it is.
pub(super) fn split_moment(path: &Path) -> (PathBuf, Option<Moment>) {
    let parts = || {
        let (file, moment) = path.file_name()?.to_str()?.rsplit_once('@')?;
        let moment = if moment == AVERAGE { Moment::Average } else { Moment::Step(moment.parse().ok()?) };
        (!file.is_empty() && !path.exists()).then(|| (path.with_file_name(file), Some(moment)))
    };
    parts().unwrap_or_else(|| (path.to_path_buf(), None))
}

/// `FILE#KEY` apart. A file that has such a name itself is taken as it is.
pub(super) fn split_key(path: &Path) -> (PathBuf, Option<String>) {
    let parts = || {
        let (file, key) = path.file_name()?.to_str()?.rsplit_once('#')?;
        let is_one = !file.is_empty() && !key.is_empty() && !path.exists();
        is_one.then(|| (path.with_file_name(file), Some(key.to_string())))
    };
    parts().unwrap_or_else(|| (path.to_path_buf(), None))
}

/// The file of `FILE#KEY`.
pub fn without_key(path: &Path) -> PathBuf {
    split_key(path).0
}

/// The file of `FILE`, `FILE@STEP`, `FILE@average` or `FILE#KEY`.
pub fn file_of(path: &Path) -> PathBuf {
    split_moment(&split_key(path).0).0
}

/// The iteration that `FILE@STEP` names.
pub fn step_of(path: &Path) -> Option<u64> {
    match split_moment(path).1 {
        Some(Moment::Step(step)) => Some(step),
        Some(Moment::Average) | None => None,
    }
}

/// `FILE@STEP`.
pub(super) fn at_step(file: &Path, step: u64) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!("@{step}"));
    name.into()
}
