//! The one door through which files that somebody names are opened: regular ones only, since a pipe may be waited for without end, and a
//! device read without end. It remembers what came in, so that nothing is written over what was read.

use std::{
    collections::HashSet,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _},
    path::Path,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

/// A file as it was when it was read: another one may have its place on the disk after it is gone.
type Seen = (Identity, Option<SystemTime>, u64);

static READ: Mutex<Option<HashSet<Seen>>> = Mutex::new(None);

fn seen(path: &Path, found: &Metadata) -> Option<Seen> {
    identity(path).map(|identity| (identity, found.modified().ok(), found.len()))
}

/// Remembers a file that is read, for those that are not opened here (SQLite opens its own).
pub(crate) fn remember(path: &Path) {
    if let Some(seen) = fs::metadata(path).ok().and_then(|found| seen(path, &found)) {
        READ.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(seen);
    }
}

/// Whether this program has read the file that has this name now.
pub(crate) fn was_read(path: &Path) -> bool {
    let seen = fs::metadata(path).ok().and_then(|found| seen(path, &found));
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    seen.is_some_and(|seen| read.as_ref().is_some_and(|all| all.contains(&seen)))
}

/// Opens a regular file, or what a link to one leads to, for reading.
///
/// # Errors
/// What is no such file; the caller names the path.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // Looking first would leave a moment in which the file can become another one. So a pipe is opened without waiting, and then looked at.
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    let found = file.metadata()?;
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !found.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    remember(path);
    Ok(file)
}

/// The text of such a file, of `limit` bytes at most.
///
/// # Errors
/// What is no such file, or no text; the caller names the path.
pub(crate) fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read_bytes(path, limit)?).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

/// The bytes of such a file, `limit` at most.
///
/// # Errors
/// What is no such file; the caller names the path.
pub(crate) fn read_bytes(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // A byte beyond the limit tells "too large" from "just fits", whatever length a file claims to have.
    open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {} KiB", limit >> 10)));
    }
    Ok(bytes)
}

/// Whether two names are of one file, whatever they are spelled like and whether one of them is a link.
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    identity(a).is_some_and(|found| identity(b) == Some(found))
}

/// What tells a file from another one that has its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity(
    #[cfg(unix)] (u64, u64),
    // Elsewhere an open file cannot be taken away, so its name says which it is.
    #[cfg(not(unix))] std::path::PathBuf,
);

/// Which file it is that has this name, if there is one.
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(path).ok().map(|found| Identity((found.dev(), found.ino())))
    }
    #[cfg(not(unix))]
    fs::canonicalize(path).ok().map(Identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_opened_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        fs::write(&path, "0123456789").unwrap();
        assert_eq!(read_text(&path, 10).unwrap(), "0123456789");
        assert!(read_text(&path, 9).unwrap_err().to_string().contains("larger than"));
        assert_eq!(open(dir.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(open(&dir.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_devices_and_links_to_them_are_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for path in [pipe.as_path(), &link, Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert!(open(path).unwrap_err().to_string().contains("no regular file"), "{}", path.display());
        }
    }

    #[test]
    fn what_was_read_is_known_by_any_name_until_it_is_another_file() {
        let dir = tempfile::tempdir().unwrap();
        let [path, other, hard] = ["a.txt", "b.txt", "c.txt"].map(|name| dir.path().join(name));
        fs::write(&path, "a").unwrap();
        fs::write(&other, "b").unwrap();
        assert!(!was_read(&path));
        open(&path).unwrap();
        fs::hard_link(&path, &hard).unwrap();
        assert!(was_read(&path) && was_read(&hard) && !was_read(&other) && !was_read(&dir.path().join("none")));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "longer").unwrap();
        assert!(!was_read(&path));
    }

    #[cfg(unix)]
    #[test]
    fn one_file_has_many_names() {
        let dir = tempfile::tempdir().unwrap();
        let [a, link, hard, other] = ["a", "link", "hard", "other"].map(|name| dir.path().join(name));
        fs::write(&a, "").unwrap();
        fs::write(&other, "").unwrap();
        std::os::unix::fs::symlink(&a, &link).unwrap();
        fs::hard_link(&a, &hard).unwrap();
        assert!(is_same(&a, &link) && is_same(&hard, &link) && is_same(&a, &dir.path().join("./a")));
        assert!(!is_same(&a, &other) && !is_same(&a, &dir.path().join("none")));
    }
}
