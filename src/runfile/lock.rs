//! One writer per run file: an advisory lock on `<file>.lock`.
//!
//! The lock is not on the run file itself: POSIX drops all fcntl locks of a process on a file as soon as that process
//! closes any descriptor of it, so ours would take SQLite's own locks with it. For the same reason nothing in this
//! module ever opens a run file other than through SQLite.
//!
//! The operating system releases the lock when its process dies, so a lock file left by `kill -9` blocks nobody.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek as _, Write},
    path::{Path, PathBuf},
};

use super::{
    beside::beside,
    error::{Doing, RunFileError},
};
use crate::temporary;

/// No process id is longer, bytes.
const LONGEST: u64 = 32;

/// The file whose lock is that of the run file `run`.
pub(crate) fn lock_file(run: &Path) -> PathBuf {
    beside(run, ".lock")
}

/// Held for as long as a run file is written.
#[derive(Debug)]
pub struct WriteLock {
    file: File,
    path: PathBuf,
}

impl WriteLock {
    /// Takes the lock of the run file `run`, or says who has it.
    pub fn take(run: &Path) -> Result<Self, RunFileError> {
        let failed = |e| RunFileError::from_io(run, Doing::Write, e);
        let path = lock_file(run);
        loop {
            let mut file = temporary::lasting(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(RunFileError::BeingWritten { path: run.to_path_buf(), pid: holder(&mut file) });
                }
                Err(TryLockError::Error(e)) => return Err(failed(e)),
            }
            // The last holder may have removed the file between our open and our lock; then we hold nothing.
            if still_there(&file, &path) {
                if !is_ours(&mut file).map_err(failed)? {
                    return Err(RunFileError::NoLock { path: run.to_path_buf(), lock: path });
                }
                file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
                return Ok(WriteLock { file, path });
            }
        }
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Removed while still locked: whoever opened it before sees in `still_there` that it is gone.
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// Whether a file holds nothing but the number that a lock holds.
fn is_ours(file: &mut File) -> io::Result<bool> {
    let mut text = Vec::new();
    Read::by_ref(file).take(LONGEST + 1).read_to_end(&mut text)?;
    file.rewind()?;
    Ok(text.len() as u64 <= LONGEST && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'\n'))
}

/// The process id that the holder wrote down. On Windows a locked file cannot be read; then nobody is named.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(unix)]
fn still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(theirs)) => (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()),
        _ => false,
    }
}

/// Elsewhere an open file keeps its name until it is closed, so the name cannot have passed to another file.
#[cfg(not(unix))]
fn still_there(_: &File, _: &Path) -> bool {
    true
}
