//! Runs that nobody has asked to keep: they are recorded like any other, so that they can be forked and looked into, and thrown
//! away when the window closes. A mark beside the file says so; a program that was killed leaves both, and the next one sweeps.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::{
    runfile::{beside, lock_file},
    temporary::{self, SIDE_FILES},
};

const MARK: &str = ".unkept";

/// The marks of this window's runs, locked while it lives. Whatever is still marked when it goes is thrown away.
#[derive(Debug)]
pub struct Unkept {
    folder: PathBuf,
    marks: Vec<(PathBuf, File)>,
}

impl Unkept {
    /// Sweeps what earlier windows have left in `folder`.
    pub fn of(folder: PathBuf) -> Unkept {
        sweep(&folder);
        Unkept { folder, marks: Vec::new() }
    }

    /// Marks a run that is about to be recorded.
    ///
    /// # Errors
    /// When the mark cannot be written.
    pub fn mark(&mut self, run: &Path) -> io::Result<()> {
        let file = temporary::lasting(&beside(run, MARK))?;
        file.try_lock().map_err(io::Error::from)?;
        self.marks.push((run.into(), file));
        Ok(())
    }

    pub fn has(&self, run: &Path) -> bool {
        self.marks.iter().any(|(marked, _)| marked == run)
    }

    /// Keeps a run after all.
    ///
    /// # Errors
    /// When its mark cannot be taken away.
    pub fn keep(&mut self, run: &Path) -> io::Result<()> {
        fs::remove_file(beside(run, MARK))?;
        self.marks.retain(|(marked, _)| marked != run);
        Ok(())
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        self.marks.clear();
        sweep(&self.folder);
    }
}

/// Whether somebody has said that a run is not to be kept.
pub fn is_marked(run: &Path) -> bool {
    beside(run, MARK).is_file()
}

/// Throws away marked runs that no window holds. What cannot be removed stays marked for the next time.
fn sweep(folder: &Path) {
    for mark in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let Some(run) = mark.to_str().and_then(|name| name.strip_suffix(MARK)).map(PathBuf::from) else { continue };
        // Only an empty file is a mark of ours.
        let is_mark = fs::symlink_metadata(&mark).is_ok_and(|found| found.is_file() && found.len() == 0);
        let Some(file) = is_mark.then(|| temporary::lasting(&mark).ok()).flatten() else { continue };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => continue,
        }
        let gone = |path: &Path| match fs::remove_file(path) {
            Err(e) => e.kind() == io::ErrorKind::NotFound,
            Ok(()) => true,
        };
        // What a killed writer has left goes first.
        let mut left = SIDE_FILES.iter().map(|end| beside(&run, end)).chain([lock_file(&run)]);
        if left.all(|path| gone(&path)) && gone(&run) {
            gone(&mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_goes_with_the_window_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, "run").unwrap();
            path
        };
        let (kept, thrown, other) = (file("kept.valley"), file("thrown.valley"), file("other.valley"));
        file("thrown.valley-wal");
        let mut unkept = Unkept::of(folder.path().into());
        unkept.mark(&kept).unwrap();
        unkept.mark(&thrown).unwrap();
        assert!(unkept.has(&kept) && is_marked(&kept) && !is_marked(&other));
        // Another window sweeps, and leaves alone what this one holds.
        drop(Unkept::of(folder.path().into()));
        assert!(thrown.exists());
        unkept.keep(&kept).unwrap();
        drop(unkept);
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["kept.valley", "other.valley"]);
    }

    #[test]
    fn what_a_killed_window_left_is_swept_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("left.valley");
        fs::write(&run, "run").unwrap();
        fs::write(beside(&run, MARK), "").unwrap();
        // A file of somebody else that only looks like a mark.
        fs::write(folder.path().join("mine.unkept"), "my notes").unwrap();
        fs::write(folder.path().join("mine"), "more notes").unwrap();
        drop(Unkept::of(folder.path().into()));
        assert!(!run.exists() && folder.path().join("mine").exists());
    }
}
