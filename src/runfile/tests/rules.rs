//! Who may write, overwrite and read what.

use std::fs;

use super::{beside::beside, *};

fn text<T>(result: Result<T, RunFileError>) -> String {
    result.err().expect("must be refused").to_string()
}

/// Root and some file systems ignore permission bits; then there is nothing to test.
fn permissions_bind(dir: &Path) -> bool {
    let probe = dir.join("probe");
    let bind = fs::write(&probe, "").is_err();
    let _ = fs::remove_file(&probe);
    bind
}

fn set_readonly(path: &Path, readonly: bool) {
    let mut p = fs::metadata(path).unwrap().permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut p, if readonly { 0o555 } else { 0o755 });
    #[cfg(not(unix))]
    p.set_readonly(readonly);
    fs::set_permissions(path, p).unwrap();
}

#[test]
fn only_runs_are_overwritten_and_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    write_run(&path);
    assert!(text(Writer::create(&path, &manifest(), false)).contains("already exists"));
    assert_eq!(Reader::open(&path).unwrap().last_step().unwrap(), Some(299), "untouched");
    drop(Writer::create(&path, &manifest(), true).unwrap());
    assert_eq!(Reader::open(&path).unwrap().last_step().unwrap(), None);

    let letter = dir.path().join("letter.valley");
    fs::write(&letter, "Dear Sir or Madam, ".repeat(100)).unwrap();
    assert!(text(Writer::create(&letter, &manifest(), true)).contains("is not a Valleyscope run"));
    assert!(fs::read_to_string(&letter).unwrap().starts_with("Dear"));
    let other = dir.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE steps (t)").unwrap();
    assert!(matches!(Writer::create(&other, &manifest(), true), Err(RunFileError::NotOverwritten { .. })));
    assert_eq!(names(dir.path()), ["a.valley", "letter.valley", "other.db"], "no lock, no temporary file");
}

/// Whoever reads the run later sees what happened to it.
#[test]
fn notes_are_added_to_the_manifest_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let before = manifest();
    let mut w = Writer::create(&path, &before, false).unwrap();
    for words in ["it \"failed\"", "again", "it \"failed\""] {
        w.note(words).unwrap();
    }
    w.commit().unwrap();
    let reader = Reader::open(&path).unwrap();
    let expected = Manifest { notes: vec!["it \"failed\"".into(), "again".into()], ..before };
    assert_eq!(*reader.manifest(), expected);
}

#[test]
fn there_is_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let w = Writer::create(&path, &manifest(), false).unwrap();
    for overwrite in [false, true] {
        assert!(text(Writer::create(&path, &manifest(), overwrite)).contains("is being written by this very process"));
    }
    drop(w);
    assert_eq!(names(dir.path()), ["a.valley"]);
    fs::write(lock_file(&path), "4000000000\n").unwrap();
    drop(Writer::create(&path, &manifest(), true).unwrap());
}

#[test]
fn side_files_of_a_lost_run_are_not_applied_to_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let (path, lost) = (dir.path().join("a.valley"), dir.path().join("b.valley"));
    let mut w = Writer::create(&path, &manifest(), false).unwrap();
    fill(&mut w);
    w.commit().unwrap();
    fs::copy(beside(&path, "-wal"), beside(&lost, "-wal")).unwrap();
    let w = Writer::create(&lost, &manifest(), false).unwrap();
    assert_eq!(Reader::open(w.path()).unwrap().last_step().unwrap(), None);
}

#[test]
fn a_run_is_read_while_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let mut w = Writer::create(&path, &manifest(), false).unwrap();
    let r = Reader::open(&path).unwrap();
    assert_eq!((r.last_step().unwrap(), r.summary().unwrap()), (None, None));
    for t in 0..10 {
        w.step(&step(t)).unwrap();
        assert_eq!(r.last_step().unwrap(), t.checked_sub(1), "seen once committed");
        w.commit().unwrap();
        assert_eq!(r.last_step().unwrap(), Some(t));
        assert_eq!(Reader::open(&path).unwrap().steps(0..100).unwrap().len() as u64, t + 1);
    }
    w.step(&step(10)).unwrap();
    w.finish(&summary()).unwrap();
    assert_eq!((r.last_step().unwrap(), r.summary().unwrap()), (Some(10), Some(summary())));
    drop(r);
    assert_eq!(Reader::open(&path).unwrap().last_step().unwrap(), Some(10));
}

#[test]
fn dropping_a_writer_keeps_what_it_was_given() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    let mut w = Writer::create(&path, &manifest(), false).unwrap();
    fill(&mut w);
    drop(w);
    let r = Reader::open(&path).unwrap();
    assert_eq!((r.last_step().unwrap(), r.summary().unwrap()), (Some(299), None));
    assert_eq!(names(dir.path()), ["a.valley"]);
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone/a.valley");
    assert!(text(Writer::create(&gone, &manifest(), false)).contains("its directory does not exist"));
    assert!(matches!(Writer::create(dir.path(), &manifest(), true), Err(RunFileError::IsDirectory { .. })));
    let path = dir.path().join("a.valley");
    write_run(&path);
    // As a file in WAL mode, which needs side files to be read in the ordinary way.
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "WAL").unwrap();
    set_readonly(dir.path(), true);
    if permissions_bind(dir.path()) {
        let new = dir.path().join("b.valley");
        assert!(matches!(Writer::create(&new, &manifest(), false), Err(RunFileError::NotWritable { .. })));
        assert_eq!(Reader::open(&path).unwrap().steps(0..400).unwrap().len(), 300);
    }
    set_readonly(dir.path(), false);
}

#[test]
fn a_writer_refuses_what_it_could_not_give_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut w = Writer::create(&dir.path().join("a.valley"), &manifest(), false).unwrap();
    assert!(text(w.checkpoint(0, &[1.0])).contains("1 parameters, and the network has 3"));
    assert!(matches!(w.step(&step(u64::MAX)), Err(RunFileError::Refused { .. })));
    w.step(&step(1)).unwrap();
    assert!(matches!(w.step(&step(1)), Err(RunFileError::Refused { .. })), "an iteration is written once");
    w.step(&step(2)).unwrap();
    let path = w.path().to_path_buf();
    drop(w);
    assert_eq!(Reader::open(&path).unwrap().steps(0..9).unwrap().len(), 2);
}

#[test]
fn what_is_no_run_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    assert!(text(Reader::open(&path)).contains("does not exist"));
    assert!(text(Reader::open(dir.path())).contains("is a directory"));
    for content in [String::new(), "x".into(), "not a database ".repeat(1000)] {
        fs::write(&path, &content).unwrap();
        assert!(text(Reader::open(&path)).contains("is not a Valleyscope run"), "{} bytes", content.len());
    }
    for (change, expected) in [
        ("PRAGMA user_version = 9", "update Valleyscope"),
        ("DROP TABLE steps; CREATE VIEW steps AS SELECT 1 AS t", "table steps is missing or changed"),
        ("DELETE FROM manifest", "has no manifest"),
        ("UPDATE manifest SET json = '{}'", "manifest is not readable"),
        ("PRAGMA application_id = 7", "some other SQLite file"),
    ] {
        fs::remove_file(&path).unwrap();
        write_run(&path);
        rusqlite::Connection::open(&path).unwrap().execute_batch(change).unwrap();
        let error = text(Reader::open(&path));
        assert!(error.contains(expected) && error.contains("a.valley"), "{error}");
    }
}

#[test]
fn values_of_the_wrong_kind_are_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    write_run(&path);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "UPDATE steps SET loss = 'big' WHERE t = 3; UPDATE slices SET loss = x'00' WHERE t = 3; \
         UPDATE changes SET what = 'else'; UPDATE checkpoints SET theta = x'0011223344' WHERE t = 0; \
         UPDATE epochs SET t = -1; UPDATE summary SET outcome = 'lost'",
    )
    .unwrap();
    drop(db);
    let r = Reader::open(&path).unwrap();
    assert_eq!(r.steps(0..3).unwrap().len(), 3);
    let errors = [text(r.steps(0..9)), text(r.slices(0..9)), text(r.changes()), text(r.epochs()), text(r.summary())];
    for error in errors {
        assert!(error.contains("is damaged"), "{error}");
    }
    assert!(text(r.checkpoint(0)).contains("1 parameters, and the network has 3"));
}
