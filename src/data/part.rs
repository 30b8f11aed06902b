//! A file that is being downloaded: `FILE.valleyscope-part` beside the place where `FILE` will be.
//!
//! What has arrived stays there when a download ends early, for the next one to go on from. The file is locked against
//! other processes, and takes its real name only when it is whole and right.

use std::fs::{self, File, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{DataError, hash};
use crate::temporary;

/// Openings tried: another process may rename its part between our opening and locking it.
const TRIES: usize = 3;

/// What follows the name of the file; a name that nobody else gives.
const ENDING: &str = ".valleyscope-part";

/// An open, locked part.
#[derive(Debug)]
pub struct Part {
    file: File,
    path: PathBuf,
    target: PathBuf,
    len: u64,
    resumed: u64,
}

impl Part {
    /// Opens the part of `target`, with what an earlier download has left in it, or creates it and its folders.
    ///
    /// # Errors
    ///
    /// [`DataError::Busy`] if another process has it, or what the system says.
    pub fn open(target: &Path) -> Result<Self, DataError> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|cause| DataError::io("create the folder", folder, cause))?;
        }
        let mut name = target.as_os_str().to_owned();
        name.push(ENDING);
        let path = PathBuf::from(name);
        for _ in 0..TRIES {
            let file = open(&path).map_err(|cause| DataError::io("create", &path, cause))?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Err(DataError::Busy(path)),
                // Some network file systems cannot lock; a single process is the common case.
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            // If the name is gone, this is another process's finished file: never write to it.
            if !path.exists() {
                continue;
            }
            let len = file.metadata().map_err(|cause| DataError::io("read", &path, cause))?.len();
            return Ok(Self { file, path, target: target.to_owned(), len, resumed: len });
        }
        Err(DataError::Busy(path))
    }

    /// The bytes that have arrived.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Those of them that an earlier download had left.
    pub fn resumed(&self) -> u64 {
        self.resumed
    }

    /// Adds `bytes` at the end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), DataError> {
        let failed = |cause| DataError::io("write", &self.path, cause);
        self.file.seek(SeekFrom::Start(self.len)).map_err(failed)?;
        self.file.write_all(bytes).map_err(failed)?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Drops all that has arrived.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn restart(&mut self) -> Result<(), DataError> {
        if self.len > 0 {
            self.file.set_len(0).map_err(|cause| DataError::io("truncate", &self.path, cause))?;
            self.len = 0;
            self.resumed = 0;
        }
        Ok(())
    }

    /// The SHA-256 of what has arrived, in hexadecimal.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn sha256(&mut self) -> Result<String, DataError> {
        let failed = |cause| DataError::io("read", &self.path, cause);
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        hash::of_reader(&mut self.file).map_err(failed)
    }

    /// Gives the file its real name, once all of it is on the disk; replaces what has that name.
    ///
    /// # Errors
    ///
    /// What the system says; the part is then still there.
    pub fn finish(self) -> Result<(), DataError> {
        self.file.sync_all().map_err(|cause| DataError::io("write", &self.path, cause))?;
        fs::rename(&self.path, &self.target).map_err(|cause| DataError::io("create", &self.target, cause))
    }
}

impl Drop for Part {
    /// Leaves no empty part behind.
    fn drop(&mut self) {
        if self.len == 0 {
            // If it cannot be removed, an empty part does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    // The only full disk that every test can have is a device of the system's.
    #[cfg(test)]
    if fs::read_link(path).is_ok_and(|target| target == Path::new("/dev/full")) {
        return File::options().read(true).write(true).open(path);
    }
    temporary::lasting(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_kept_resumed_and_renamed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a/b/file.gz");
        let mut part = Part::open(&target).unwrap();
        part.append(b"ab").unwrap();
        drop(part);
        assert!(!target.exists());
        let mut part = Part::open(&target).unwrap();
        assert_eq!((part.len(), part.resumed()), (2, 2));
        part.append(b"c").unwrap();
        assert_eq!(part.sha256().unwrap(), hash::of_bytes(b"abc"));
        part.append(b"d").unwrap();
        part.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abcd");
        assert!(!dir.path().join("a/b/file.gz.valleyscope-part").exists());
    }

    #[test]
    fn a_restarted_part_is_empty_and_goes_away() {
        let dir = tempfile::tempdir().unwrap();
        let mut part = Part::open(&dir.path().join("f")).unwrap();
        part.append(b"ab").unwrap();
        part.restart().unwrap();
        assert_eq!((part.len(), part.resumed()), (0, 0));
        drop(part);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_part_in_use_is_busy() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("f");
        let _part = Part::open(&target).unwrap();
        assert!(matches!(Part::open(&target), Err(DataError::Busy(_))));
    }

    #[test]
    fn a_file_in_the_folders_place_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x"), b"").unwrap();
        let text = Part::open(&dir.path().join("x/f")).unwrap_err().to_string();
        assert!(text.contains("cannot create the folder"), "{text}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.path().join("f.valleyscope-part")).unwrap();
        let error = Part::open(&dir.path().join("f")).unwrap().append(b"ab").unwrap_err();
        assert!(matches!(error, DataError::DiskFull { .. }), "{error}");
    }
}
