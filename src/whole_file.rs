//! Whole files or none: the one way in which this program writes a file that it hands to the user.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use crate::{door, temporary};

/// More links than this, one leading to the next, are a circle.
const LINKS: usize = 40;

/// Lets `fill` write to a new file in the folder of `path`, then puts that in the place of `path`.
///
/// On any error `path` stays as it was and nothing is left beside it. The file has the permissions of the one that it
/// replaces, or those of any new file. A link stays one: the file that it leads to is replaced. What is no regular file,
/// such as a pipe or a terminal, cannot be replaced and is written to directly.
///
/// # Errors
/// What `fill` returns, a file that this program has read, or a file that cannot be written; the caller names the path.
pub(crate) fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let old = fs::metadata(path).ok();
    if let Some(old) = old.as_ref().filter(|old| !old.is_file()) {
        has_reader(path, old)?;
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        fill(&mut out)?;
        return out.flush();
    }
    not_read(path)?;
    let place = behind_links(path)?;
    // Dropping `part` removes the file; only `persist` keeps it, under its own name.
    let part = temporary::file(folder(&place))?;
    let mut out = BufWriter::new(part.as_file().try_clone()?);
    fill(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    #[cfg(unix)]
    if let Some(old) = old {
        // Some file systems have no permissions to set, so nothing is set that is so already.
        if file.metadata()?.permissions() != old.permissions() {
            file.set_permissions(old.permissions())?;
        }
    }
    file.sync_all()?;
    drop(file);
    part.persist(&place).map_err(|e| e.error)?;
    sync_name(&place);
    Ok(())
}

/// Lets a new name in a folder outlive a power loss. Where folders cannot be synced, the system does it in its own time.
pub(crate) fn sync_name(path: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder(path)).and_then(|folder| folder.sync_all());
    }
}

/// Refuses to write over what was read.
fn not_read(path: &Path) -> io::Result<()> {
    match door::was_read(path) {
        true => Err(io::Error::other("it is a file that was read, which would be lost; choose another name")),
        false => Ok(()),
    }
}

/// Whether somebody reads a pipe: opening it would wait for a reader without end. What is no pipe needs none.
#[cfg(unix)]
fn has_reader(path: &Path, found: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
    if !found.file_type().is_fifo() {
        return Ok(());
    }
    let opened = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(path);
    opened.map(drop).map_err(|e| match e.raw_os_error() {
        Some(libc::ENXIO) => io::Error::other("it is a pipe that nobody reads"),
        _ => e,
    })
}

#[cfg(not(unix))]
fn has_reader(_path: &Path, _found: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Looks whether `path` could be written, and leaves nothing behind: before the work whose result it is for.
///
/// # Errors
/// A folder of this name, a folder that is missing or cannot be written into; the caller names the path.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        Ok(found) if !found.is_file() => has_reader(path, &found),
        _ => {
            not_read(path)?;
            let place = behind_links(path)?;
            // Dropped at once, and removed with that.
            temporary::file(folder(&place)).map(drop)
        }
    }
}

/// As [`write()`], with all bytes at hand.
///
/// # Errors
/// A file that cannot be written; the caller names the path.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, |out| out.write_all(bytes))
}

/// Where the file is, or would be, that a link leads to; `path` itself when it is no link.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&place) {
            Ok(target) => place = folder(&place).join(target),
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other("the link leads back to itself"))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        write_bytes(&path, b"old").unwrap();
        let error = write(&path, |out| {
            out.write_all(&[b'x'; 100_000])?;
            Err(io::Error::other("the cable broke"))
        });
        assert_eq!(error.unwrap_err().to_string(), "the cable broke");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(count(dir.path()), 1);
        let nowhere = write_bytes(&dir.path().join("no/b.csv"), b"").unwrap_err();
        assert_eq!(nowhere.kind(), io::ErrorKind::NotFound);
        assert!(write_bytes(dir.path(), b"").is_err(), "a folder is no file");
        assert_eq!(count(dir.path()), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_nobody_reads_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(check(&pipe).unwrap_err().to_string().contains("nobody reads"));
        assert!(write_bytes(&pipe, b"x").unwrap_err().to_string().contains("nobody reads"));
    }

    #[test]
    fn a_place_is_looked_at_without_a_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        check(&path).unwrap();
        assert_eq!(count(dir.path()), 0);
        write_bytes(&path, b"old").unwrap();
        check(&path).unwrap();
        assert_eq!((count(dir.path()), fs::read(&path).unwrap()), (1, b"old".to_vec()));
        assert_eq!(check(dir.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(check(&dir.path().join("no/a.csv")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(check(&path.join("below")).is_err(), "a file is no folder");
    }

    #[test]
    fn a_panic_leaves_nothing_either() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let panicked = std::panic::catch_unwind(|| write(&path, |_| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(count(dir.path()), 0);
    }

    #[test]
    fn what_is_replaced_is_longer_or_shorter() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        for content in ["long, long", "short", "", "longer than everything before"] {
            write_bytes(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(count(dir.path()), 1);
    }

    #[test]
    fn files_of_other_names_are_never_touched() {
        let dir = tempfile::tempdir().unwrap();
        let other = dir.path().join(".valleyscope-abcdef.part");
        let older = dir.path().join("a.csv.part");
        for path in [&other, &older] {
            fs::write(path, "mine").unwrap();
        }
        write_bytes(&dir.path().join("a.csv"), b"new").unwrap();
        for path in [&other, &older] {
            assert_eq!(fs::read(path).unwrap(), b"mine");
        }
        assert_eq!(count(dir.path()), 3);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_or_of_the_old_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        let dir = tempfile::tempdir().unwrap();
        let [plain, ours] = ["plain", "ours"].map(|name| dir.path().join(name));
        fs::write(&plain, "").unwrap();
        write_bytes(&ours, b"new").unwrap();
        assert_eq!(mode(&ours), mode(&plain));
        fs::set_permissions(&ours, fs::Permissions::from_mode(0o640)).unwrap();
        write_bytes(&ours, b"newer").unwrap();
        assert_eq!(mode(&ours) & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let far = dir.path().join("far");
        fs::create_dir(&far).unwrap();
        let [first, second] = ["first.csv", "second.csv"].map(|name| dir.path().join(name));
        // A relative link to a link to a file that is not there yet.
        symlink("far/real.csv", &second).unwrap();
        symlink(&second, &first).unwrap();
        for content in ["new", "newer"] {
            write_bytes(&first, content.as_bytes()).unwrap();
            assert!([&first, &second].iter().all(|link| fs::symlink_metadata(link).unwrap().is_symlink()));
            assert_eq!(fs::read_to_string(far.join("real.csv")).unwrap(), content);
        }
        assert_eq!((count(dir.path()), count(&far)), (3, 1));
        let round = dir.path().join("round");
        symlink("round", &round).unwrap();
        assert!(write_bytes(&round, b"").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;
        write_bytes(Path::new("/dev/null"), b"anything").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
