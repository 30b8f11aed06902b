//! What outlives a power loss.

use std::sync::atomic::{AtomicBool, Ordering};

static DURABLE: AtomicBool = AtomicBool::new(false);

/// From now on every commit to a run file or a record is on the disk before the work goes on (`--durable`). Otherwise a commit outlives a
/// killed process, and a power loss as soon as the system has written it.
pub fn be_durable() {
    DURABLE.store(true, Ordering::Relaxed);
}

/// SQLite's `synchronous`: FULL syncs its journal at every commit, NORMAL only before it folds it into the file.
pub(super) fn synchronous() -> &'static str {
    if DURABLE.load(Ordering::Relaxed) { "FULL" } else { "NORMAL" }
}

#[cfg(test)]
mod tests {
    use crate::runfile::{Writer, tests, writer::connect};

    /// The setting is of the process; for other tests it only means slower commits.
    #[test]
    fn commits_are_synced_on_request() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        drop(Writer::create(&path, &tests::manifest(), false).unwrap());
        super::be_durable();
        let db = connect(&path, &path).unwrap();
        let full: i64 = db.query_row("PRAGMA synchronous", (), |row| row.get(0)).unwrap();
        assert_eq!(full, 2);
    }
}
