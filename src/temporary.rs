//! Files and folders for the time of some work. Their names are new ones, so that nothing of anybody is in the way, and as long as their
//! process lives it holds a lock on them: what a killed process has left is known by that, and removed by the next process that needs a
//! place beside it.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tempfile::{NamedTempFile, TempDir};

/// What SQLite puts beside a file, by the ending of its name.
pub(crate) const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What all names begin with.
const PREFIX: &str = ".valleyscope-";
/// What names of files end with.
const SUFFIX: &str = ".part";
/// What names of folders begin with, in the folder of all temporary files.
const FOLDER: &str = "valleyscope-recipe-";
/// The file in a folder that is locked.
const LOCK: &str = "lock";
/// Younger ones are left alone: a lock is taken a moment after its file is made.
const YOUNG: Duration = Duration::from_secs(60);

/// Folders that this process has swept of files.
static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A new file in `folder`, with the permissions of any new file; it goes with the value that is returned, unless it is given a name.
///
/// # Errors
/// A folder that is missing or cannot be written into.
pub(crate) fn file(folder: &Path) -> io::Result<NamedTempFile> {
    // Once is enough: what comes later is of processes that live now, and a folder may be long.
    if SWEPT.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.into()) {
        sweep_files(folder);
    }
    let new = |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).open(path);
    let made = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(folder, new)?;
    // Some file systems cannot lock; there a file that is left stays.
    made.as_file().try_lock().ok();
    Ok(made)
}

/// Removes files that killed processes have left in `folder`.
fn sweep_files(folder: &Path) {
    sweep(
        folder,
        |name| name.starts_with(PREFIX) && name.ends_with(SUFFIX),
        Path::to_path_buf,
        |path| {
            fs::remove_file(path)?;
            // What SQLite has put beside it.
            SIDE_FILES.iter().for_each(|side| {
                let mut name = path.as_os_str().to_owned();
                name.push(side);
                fs::remove_file(name).ok();
            });
            Ok(())
        },
    );
}

/// A new file in `folder` that only its user can read.
///
/// # Errors
/// A folder that is missing or cannot be written into.
pub(crate) fn private(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)
}

/// A new folder for temporary files; it goes with the value that is returned.
#[derive(Debug)]
pub(crate) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// # Errors
    /// When there is no place for temporary files.
    pub fn new() -> io::Result<Folder> {
        Folder::inside(&std::env::temp_dir())
    }

    fn inside(place: &Path) -> io::Result<Folder> {
        sweep(place, |name| name.starts_with(FOLDER), |path| path.join(LOCK), |path| fs::remove_dir_all(path));
        let folder = tempfile::Builder::new().prefix(FOLDER).tempdir_in(place)?;
        let lock = OpenOptions::new().write(true).create_new(true).open(folder.path().join(LOCK))?;
        lock.try_lock().ok();
        Ok(Folder { folder, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what is ours by its name and nobody's by its lock. What cannot be removed stays.
fn sweep(
    place: &Path,
    is_ours: impl Fn(&str) -> bool,
    lock_of: impl Fn(&Path) -> PathBuf,
    remove: impl Fn(&Path) -> io::Result<()>,
) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_str().is_some_and(&is_ours) {
            continue;
        }
        let path = entry.path();
        if is_left(&lock_of(&path)) {
            remove(&path).ok();
        }
    }
}

/// Whether a lock was left by a process that is no more.
fn is_left(lock: &Path) -> bool {
    // A link is nothing that we have made.
    let is_old = |found: &fs::Metadata| {
        found.is_file() && found.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > YOUNG))
    };
    fs::symlink_metadata(lock).is_ok_and(|found| is_old(&found))
        && OpenOptions::new().write(true).open(lock).is_ok_and(|file| match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
        })
}

/// Opens a file of our own that is there to be gone on with, or makes it; never what a link leads to, and only a regular file.
///
/// # Errors
/// What is none of that.
pub(crate) fn lasting(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.clone().create_new(true).open(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let name = || path.file_name().unwrap_or(OsStr::new("it")).display();
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other(format!("{} is no regular file; move it away", name())));
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn names(place: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(place).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn age(path: &Path) {
        let old = SystemTime::now() - 2 * YOUNG;
        File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path();
        let mine = [".valleyscope-notes", "a.part", ".valleyscope-x.png"];
        mine.iter().for_each(|name| fs::write(place.join(name), "mine").unwrap());
        fs::create_dir(place.join(".valleyscope-folder.part")).unwrap();
        let [left, young, alive] = [0; 3].map(|_| file(place).unwrap());
        [left.path(), alive.path()].into_iter().for_each(age);
        let [left, young] = [left, young].map(|file| file.into_temp_path().keep().unwrap());
        let side = format!("{}-wal", left.display());
        fs::write(&side, "").unwrap();
        let another = file(place).unwrap();
        assert!(left.exists(), "this process has swept here before");
        sweep_files(place);
        let mut expected: Vec<String> = mine.map(String::from).to_vec();
        expected.push(".valleyscope-folder.part".into());
        expected.extend(
            [&*young, alive.path(), another.path()].map(|p| p.file_name().unwrap().to_str().unwrap().to_string()),
        );
        expected.sort();
        assert_eq!(names(place), expected);
        drop((alive, another));
        assert_eq!(names(place).len(), mine.len() + 2);
    }

    #[test]
    fn folders_go_with_their_owner_or_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path();
        fs::create_dir(place.join("valleyscope-recipe-of-mine")).unwrap();
        let alive = Folder::inside(place).unwrap();
        age(&alive.path().join(LOCK));
        let Folder { folder, _lock: lock } = Folder::inside(place).unwrap();
        fs::write(folder.path().join("0.valley"), "x").unwrap();
        age(&folder.path().join(LOCK));
        let left = folder.keep();
        drop(lock);
        let other = Folder::inside(place).unwrap();
        assert!(!left.exists() && alive.path().exists() && other.path().exists());
        drop((alive, other));
        assert_eq!(names(place), ["valleyscope-recipe-of-mine"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_to_go_on_with_is_no_link_and_no_pipe() {
        let dir = tempfile::tempdir().unwrap();
        let [path, target, link] = ["own", "target", "link"].map(|name| dir.path().join(name));
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(lasting(&link).unwrap_err().to_string().contains("link is no regular file; move it away"));
        std::os::unix::fs::symlink(dir.path().join("none"), dir.path().join("dangling")).unwrap();
        assert!(lasting(&dir.path().join("dangling")).is_err() && !dir.path().join("none").exists());
        assert!(std::process::Command::new("mkfifo").arg(dir.path().join("pipe")).status().unwrap().success());
        assert!(lasting(&dir.path().join("pipe")).is_err());
        lasting(&path).unwrap();
        fs::write(&path, "12").unwrap();
        assert_eq!(lasting(&path).unwrap().metadata().unwrap().len(), 2);
    }
}
