//! What is there: the state of every official file, and of every data set.

use std::fmt;
use std::path::{Path, PathBuf};

use super::archive::Packed;
use super::catalog::{self, Batches, Form, OfficialFile, OfficialSet};
use super::cifar_python;
use super::idx::Packing;
use super::names::unknown_name;
use super::{DataError, NAMES, digits, hash, synthetic};
use crate::door;

/// The state of an official file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    /// The official name.
    pub file: &'static str,
    /// Where it lies; `None` if it is missing.
    pub path: Option<PathBuf>,
    /// What it is.
    pub state: State,
}

/// What was found in an official file's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The official file, by its SHA-256.
    Right,
    /// Nothing.
    Missing,
    /// Another file.
    Wrong {
        /// The official SHA-256.
        expected: String,
        /// The SHA-256 of the file.
        found: String,
    },
    /// A file of another size than the official one.
    Size {
        /// The official size, bytes.
        expected: u64,
        /// The size of the file, bytes.
        found: u64,
    },
    /// The unpacked file, whose sum is not catalogued. It can be loaded, not checked.
    Plain,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => f.pad("right"),
            Self::Missing => f.pad("missing"),
            Self::Wrong { expected, found } => write!(f, "wrong: SHA-256 {found}, not {expected}"),
            Self::Size { expected, found } => write!(f, "wrong: {found} bytes, not {expected}"),
            Self::Plain => f.pad("unpacked, cannot be checked"),
        }
    }
}

/// Checks the official files of the data set `name` against their SHA-256. Files that came in an archive are checked
/// against those in it, if it is there and right.
///
/// `dir` is the folder of data files; `None` is the one that [`fetch`](super::fetch()) downloads to.
///
/// # Errors
///
/// [`DataError::Unknown`] for an unknown name, [`DataError::NoFiles`] for a set that needs none, and what the system
/// says when a file cannot be read. A missing or wrong file is no error but a [`State`].
pub fn verify(name: &str, dir: Option<&Path>) -> Result<Vec<FileState>, DataError> {
    let official = official(name)?;
    states(&catalog::folder(dir)?, official)
}

/// Checks every file of `set` in `folder`: those that are downloaded, then those that are unpacked.
pub fn states(folder: &Path, set: &OfficialSet) -> Result<Vec<FileState>, DataError> {
    let mut states =
        set.downloads().iter().map(|file| check(folder, set, file)).collect::<Result<Vec<_>, DataError>>()?;
    if let Form::Batches(batches) = &set.form {
        let archive = states.iter().find(|file| file.state == State::Right).and_then(|file| file.path.clone());
        states.extend(batch_states(folder, set, batches, archive.as_deref())?);
    }
    Ok(states)
}

/// Checks the unpacked `batches` of `set` in `folder` against those in `archive`, which must be the right one; without
/// it, by their sizes.
pub fn batch_states(
    folder: &Path,
    set: &OfficialSet,
    batches: &Batches,
    archive: Option<&Path>,
) -> Result<Vec<FileState>, DataError> {
    let located = catalog::locate_batches(folder, set, batches);
    let sums = match archive {
        Some(path) if located.missing.len() < batches.all().count() => Some(Packed { path, set, batches }.sums()?),
        _ => None,
    };
    let state = |i: usize, path: &Path, size: u64| {
        let failed = |cause| DataError::io("read", path, cause);
        if let Some(sums) = &sums {
            let found = door::open(path).and_then(|mut file| hash::of_reader(&mut file)).map_err(failed)?;
            let expected = sums[i].clone();
            return Ok(if found == expected { State::Right } else { State::Wrong { expected, found } });
        }
        let found = path.metadata().map_err(failed)?.len();
        Ok(if found == size { State::Plain } else { State::Size { expected: size, found } })
    };
    let check = |(i, batch): (usize, catalog::Batch)| {
        let path = located.place.join(batch.name);
        if located.missing.contains(&batch.name) {
            return Ok(FileState { file: batch.name, path: None, state: State::Missing });
        }
        let state = state(i, &path, (batch.records * batches.record(set.shape)) as u64)?;
        Ok(FileState { file: batch.name, path: Some(path), state })
    };
    batches.all().enumerate().map(check).collect()
}

/// The catalogued set named `name`.
pub fn official(name: &str) -> Result<&'static OfficialSet, DataError> {
    match catalog::find(name) {
        Some(official) => Ok(official),
        None if NAMES.contains(&name) => Err(DataError::NoFiles(name.to_owned())),
        None => Err(unknown_name(name)),
    }
}

/// Checks one file of `set` in `folder`.
pub fn check(folder: &Path, set: &OfficialSet, file: &OfficialFile) -> Result<FileState, DataError> {
    let (path, state) = match catalog::locate(folder, set, file) {
        None => (None, State::Missing),
        Some((path, Packing::Plain)) => (Some(path), State::Plain),
        Some((path, Packing::Gzip)) => {
            let found = door::open(&path)
                .and_then(|mut opened| hash::of_reader(&mut opened))
                .map_err(|cause| DataError::io("read", &path, cause))?;
            let right = found == file.sha256;
            let wrong = || State::Wrong { expected: file.sha256.to_owned(), found };
            (Some(path), if right { State::Right } else { wrong() })
        }
    };
    Ok(FileState { file: file.name, path, state })
}

/// A data set in the list of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetStatus {
    /// One of [`NAMES`].
    pub name: &'static str,
    /// What it is, in one line.
    pub description: &'static str,
    /// Training records, when no count is given.
    pub train: usize,
    /// Test records, when no count is given.
    pub test: usize,
    /// Where it is.
    pub place: Place,
}

impl SetStatus {
    /// Whether the set can be loaded now (if its files are what they seem).
    pub fn is_present(&self) -> bool {
        !matches!(self.place, Place::Missing { .. })
    }
}

/// Where a data set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the program.
    BuiltIn,
    /// Drawn from the seed.
    Generated,
    /// All files are there; their first one is in this folder.
    Folder(PathBuf),
    /// Some or all files are missing.
    Missing {
        /// The missing files, without `.gz`.
        files: Vec<&'static str>,
        /// The number of files that the set has.
        of: usize,
        /// The folders looked in; none if the system has no cache folder.
        looked: Vec<PathBuf>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.pad("built in"),
            Self::Generated => f.pad("generated"),
            Self::Folder(folder) => f.pad(&folder.display().to_string()),
            Self::Missing { files, of, .. } if files.len() == *of => f.pad("not here"),
            Self::Missing { files, of, .. } => write!(f, "incomplete: {} of {of} files missing", files.len()),
        }
    }
}

/// Whether the files of a catalogued data set are in `dir`. Reads no file.
pub fn is_present(name: &str, dir: Option<&Path>) -> bool {
    catalog::find(name).is_some_and(|set| !matches!(place(set, dir), Place::Missing { .. }))
}

/// Bytes of the files that are downloaded of a data set; `None` for what has none.
pub fn download_size(name: &str) -> Option<u64> {
    catalog::find(name).map(|set| set.downloads().iter().map(|file| file.size).sum())
}

/// Every data set in the order of [`NAMES`]: what it is, and whether it is there. Reads no file; [`verify`] does.
///
/// `dir` is the folder of data files; `None` is the one that [`fetch`](super::fetch()) downloads to.
pub fn status(dir: Option<&Path>) -> Vec<SetStatus> {
    let points = |name, description| SetStatus {
        name,
        description,
        train: synthetic::TRAIN,
        test: synthetic::TEST,
        place: Place::Generated,
    };
    let images = |official: &OfficialSet| SetStatus {
        name: official.name,
        description: official.description,
        train: official.train,
        test: official.test,
        place: place(official, dir),
    };
    let digits = SetStatus {
        name: "digits",
        description: "handwritten digits, 8x8 (Alpaydin and Kaynak)",
        train: digits::TRAIN,
        test: digits::TEST,
        place: Place::BuiltIn,
    };
    let moons = points("moons", "points on two half circles that reach into each other");
    let spirals = points("spirals", "points on two spiral arms");
    let separable = points("separable", "points on two sides of a line, with a gap between them");
    std::iter::once(digits).chain(catalog::SETS.iter().map(images)).chain([moons, spirals, separable]).collect()
}

fn place(official: &OfficialSet, dir: Option<&Path>) -> Place {
    let all: Vec<_> = match &official.form {
        Form::Idx(files) => files.iter().map(OfficialFile::plain).collect(),
        Form::Batches(batches) => batches.all().map(|batch| batch.name).collect(),
    };
    let of = all.len();
    let Ok(folder) = catalog::folder(dir) else { return Place::Missing { files: all, of, looked: Vec::new() } };
    let (first, files, looked) = match &official.form {
        Form::Idx(files) => {
            let places = files.map(|file| catalog::locate(&folder, official, &file).map(|(path, _)| path));
            let missing = all.into_iter().zip(&places).filter(|(_, place)| place.is_none()).map(|(name, _)| name);
            let missing = missing.collect();
            let first = places[0].as_deref().and_then(Path::parent).map(Path::to_owned);
            (first, missing, catalog::places(&folder, official).to_vec())
        }
        Form::Batches(batches) => {
            let located = catalog::locate_batches(&folder, official, batches);
            let python = cifar_python::locate(&folder, official, batches).filter(|_| !located.missing.is_empty());
            let located = python.unwrap_or(located);
            (Some(located.place), located.missing, catalog::batch_places(&folder, official, batches).to_vec())
        }
    };
    match first {
        Some(folder) if files.is_empty() => Place::Folder(folder),
        _ => Place::Missing { files, of, looked },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::cifar::tests::part_of_cifar_10;
    use super::*;

    #[test]
    fn the_list_has_every_name_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let list = status(Some(dir.path()));
        assert_eq!(list.iter().map(|set| set.name).collect::<Vec<_>>(), NAMES);
        let present: Vec<_> = list.iter().map(SetStatus::is_present).collect();
        assert_eq!(present, [true, false, false, false, false, true, true, true]);
        assert_eq!((list[1].train, list[1].test, list[1].place.to_string().as_str()), (60_000, 10_000, "not here"));
    }

    #[test]
    fn files_are_found_missing_plain_and_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("mnist");
        fs::create_dir(&own).unwrap();
        fs::write(own.join("train-images-idx3-ubyte.gz"), b"abc").unwrap();
        fs::write(own.join("train-labels-idx1-ubyte"), b"abc").unwrap();
        let files = verify("mnist", Some(dir.path())).unwrap();
        assert!(matches!(&files[0].state, State::Wrong { found, .. } if found == &hash::of_bytes(b"abc")));
        assert_eq!(files[0].path, Some(own.join("train-images-idx3-ubyte.gz")));
        assert_eq!((&files[1].state, &files[2].state), (&State::Plain, &State::Missing));
        assert_eq!(files[3], FileState { file: "t10k-labels-idx1-ubyte.gz", path: None, state: State::Missing });

        let place = &status(Some(dir.path()))[1].place;
        assert_eq!(place.to_string(), "incomplete: 2 of 4 files missing");
        for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
            fs::write(own.join(name), b"abc").unwrap();
        }
        assert_eq!(status(Some(dir.path()))[1].place, Place::Folder(own));
    }

    #[test]
    fn batches_without_their_archive_are_judged_by_their_size() {
        let dir = part_of_cifar_10("cifar-10");
        let files = verify("cifar-10", Some(dir.path())).unwrap();
        assert_eq!((files.len(), files[0].file, &files[0].state), (7, "cifar-10-binary.tar.gz", &State::Missing));
        assert_eq!(files[1].state, State::Size { expected: 30_730_000, found: 3 * 3073 });
        assert_eq!(files[1].path, Some(dir.path().join("cifar-10/data_batch_1.bin")));
        let whole = fs::File::create(dir.path().join("cifar-10/test_batch.bin")).unwrap();
        whole.set_len(30_730_000).unwrap();
        assert_eq!(verify("cifar-10", Some(dir.path())).unwrap()[6].state, State::Plain);

        assert_eq!(status(Some(dir.path()))[3].place, Place::Folder(dir.path().join("cifar-10")));
        fs::remove_file(dir.path().join("cifar-10/data_batch_5.bin")).unwrap();
        assert_eq!(verify("cifar-10", Some(dir.path())).unwrap()[5].state, State::Missing);
        assert_eq!(status(Some(dir.path()))[3].place.to_string(), "incomplete: 1 of 6 files missing");
        assert_eq!(status(Some(dir.path()))[4].place.to_string(), "not here");
    }

    #[test]
    fn sets_without_files_and_unknown_ones_are_errors() {
        assert!(matches!(verify("moons", None), Err(DataError::NoFiles(_))));
        assert!(verify("mnits", None).unwrap_err().to_string().contains("did you mean \"mnist\""));
    }

    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn the_official_files_are_right() {
        let dir = PathBuf::from(std::env::var_os("VALLEYSCOPE_SHARED").unwrap()).join("data");
        for set in &catalog::SETS[..2] {
            for (file, state) in set.downloads().iter().zip(verify(set.name, Some(&dir)).unwrap()) {
                assert_eq!(state.state, State::Right, "{} {}", set.name, file.name);
                assert_eq!(state.path.unwrap().metadata().unwrap().len(), file.size);
            }
        }
    }
}
