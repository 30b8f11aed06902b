//! What every kind of record has to stand: exact, resumable, and never mistaken for one another. The kinds' own tests call
//! these checks.

mod damage;
mod kill;

use std::{
    fs::{self, File},
    path::Path,
};

pub use damage::{changed_by_hand, cut_anywhere, scribbled};
pub use kill::{child, killed};

use super::*;

/// A kind of record with numbers to try it with.
pub trait Trial: Row {
    /// What the rows of [`few`](Trial::few) and [`many`](Trial::many) stand on.
    fn ground() -> Self::Ground;

    /// Every kind of number, in the order in which they are measured; at least four rows.
    fn few() -> Vec<Self>;

    /// Some ten thousand rows, in the order in which they are measured.
    fn many() -> Vec<Self>;
}

/// What the record of a trial is of.
pub fn identity() -> Identity {
    Identity(json!({ "model": { "file": "a.safetensors", "sha256": "00ff" }, "seed": 7, "bn": "running", "x": 0.1 }))
}

/// Starts a record, or goes on with it.
pub fn open<R: Trial>(path: &Path) -> Result<(Record<R>, Vec<R>)> {
    Record::<R>::create_or_resume(path, &identity(), &R::ground(), |stored| stored)
}

/// Rows in words, to the bit: every NaN is the same.
pub fn bits<R: Row>(rows: &[R]) -> Vec<String> {
    rows.iter().map(|row| format!("{row:?}")).collect()
}

/// Rows in words, in the order of their keys.
fn sorted<R: Row>(rows: &[R]) -> Vec<String> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| a.key().partial_cmp(&b.key()).unwrap());
    bits(&rows)
}

/// The text of a refusal.
pub fn text<T>(result: Result<T>) -> String {
    result.err().expect("must be refused").to_string()
}

/// A whole record of a few rows.
pub fn write<R: Trial>(path: &Path) {
    let (mut record, known) = open::<R>(path).unwrap();
    assert!(known.is_empty());
    for rows in R::few().chunks(5) {
        record.append(rows).unwrap();
    }
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// One file, in which every bit comes back.
pub fn exact<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    write::<R>(&path);
    assert_eq!(names(dir.path()), ["a.record"], "one file");
    let found = Contents::<R>::read(&path).unwrap();
    assert_eq!(found.identity, identity());
    assert_eq!(format!("{:?}", found.ground), format!("{:?}", R::ground()));
    assert_eq!(bits(&found.rows), sorted(&R::few()));
    assert_eq!(names(dir.path()), ["a.record"], "reading leaves nothing behind");
    // The header is the same in all versions of the program: older files go on, and this is how they are told.
    let mut expected = described::<R>(&R::ground()).0;
    expected["meta"] = identity().0;
    let (description, fingerprint): (String, String) = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT description, fingerprint FROM meta", (), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(description, expected.to_string());
    assert_eq!(fingerprint, super::super::fingerprint(&expected));
}

/// Stopped and taken up again, row by row.
pub fn resumed<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    let all = R::few();
    for (done, row) in all.iter().enumerate() {
        let (mut record, known) = open::<R>(&path).unwrap();
        assert_eq!(bits(&known), sorted(&all[..done]), "nothing is lost between rounds");
        record.append(std::slice::from_ref(row)).unwrap();
    }
    assert_eq!(bits(&open::<R>(&path).unwrap().1), sorted(&all));
}

/// A record of another measurement is refused, and says why.
pub fn refused_by_name<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    write::<R>(&path);
    let before = fs::read(&path).unwrap();
    let open = |identity: &Identity| Record::<R>::create_or_resume(&path, identity, &R::ground(), |stored| stored);
    let mut other = identity();
    other.0["model"]["sha256"] = "0100".into();
    let error = text(open(&other));
    assert!(error.contains(&format!("a.record holds another {}", R::KIND.whole)), "{error}");
    assert!(error.contains("model.sha256 is \"00ff\" there and \"0100\" here"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before, "untouched");
    // The order of keys is no difference.
    let turned = Identity(
        json!({ "x": 0.1, "bn": "running", "seed": 7, "model": { "sha256": "00ff", "file": "a.safetensors" } }),
    );
    assert_eq!(open(&turned).unwrap().1.len(), R::few().len());
    // Nor is what a kind settles between what an older program wrote and what this one writes.
    let settled = Record::<R>::create_or_resume(&path, &other, &R::ground(), |mut stored| {
        stored.0["model"]["sha256"] = "0100".into();
        stored
    });
    assert_eq!(settled.unwrap().1.len(), R::few().len());
}

/// What is no record of this kind is refused and left as it is.
pub fn foreign<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let letter = dir.path().join("letter.record");
    fs::write(&letter, "Dear Sir or Madam, ".repeat(100)).unwrap();
    let other = dir.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE points (i)").unwrap();
    File::create(dir.path().join("empty.record")).unwrap();
    let words = format!("is {} of Valleyscope", R::KIND.foreign);
    for name in ["letter.record", "other.db", "empty.record"] {
        let path = dir.path().join(name);
        let before = fs::read(&path).unwrap();
        for error in [text(open::<R>(&path)), text(Contents::<R>::read(&path))] {
            assert!(error.contains(&words) && error.contains(name) && error.contains(R::KIND.remedy), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    assert_eq!(names(dir.path()), ["empty.record", "letter.record", "other.db"], "no lock, no temporary file");
    assert!(text(open::<R>(dir.path())).contains("is a directory"));
    assert!(text(open::<R>(&dir.path().join("gone/a.record"))).contains("its directory does not exist"));
    assert!(text(Contents::<R>::read(&dir.path().join("b.record"))).contains("does not exist"));
}

/// One writer, and any number of readers.
pub fn one_writer<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    let (mut record, _) = open::<R>(&path).unwrap();
    assert!(text(open::<R>(&path)).contains("is being written by this very process"));
    for (n, row) in R::few().iter().enumerate().take(4) {
        record.append(std::slice::from_ref(row)).unwrap();
        assert_eq!(Contents::<R>::read(&path).unwrap().rows.len(), n + 1, "seen at once");
    }
    drop(record);
    assert_eq!(names(dir.path()), ["a.record"]);
    assert_eq!(open::<R>(&path).unwrap().1.len(), 4);
}

/// A row is written once, and with those beside it or not at all.
pub fn written_once<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    let (mut record, _) = open::<R>(&path).unwrap();
    let few = R::few();
    record.append(&few[..1]).unwrap();
    let again = [few[1].clone(), few[0].clone()];
    assert!(text(record.append(&again)).contains("cannot keep what it was given"));
    assert_eq!(Contents::<R>::read(&path).unwrap().rows.len(), 1, "all or none");
    record.append(&few[1..2]).unwrap();
}

/// A full disk is named, and takes nothing that was recorded.
pub fn full_disk<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    let (mut record, _) = open::<R>(&path).unwrap();
    // SQLite meets its own limit on pages with the same error as the end of a disk.
    record.db.pragma_update_and_check(None, "max_page_count", 20, |_| Ok(())).unwrap();
    let all = R::many();
    let mut kept = 0;
    let error = all.chunks(50).find_map(|rows| record.append(rows).map(|()| kept += rows.len()).err());
    let error = error.unwrap().to_string();
    assert!(error.contains("the disk is full") && error.contains("a.record"), "{error}");
    assert!(kept > 100 && Contents::<R>::read(&path).unwrap().rows.len() == kept);
    // Room again: the same rows are recorded after all.
    record.db.pragma_update_and_check(None, "max_page_count", 100_000, |_| Ok(())).unwrap();
    for rows in all[kept..].chunks(500) {
        record.append(rows).unwrap();
    }
    drop(record);
    assert_eq!(Contents::<R>::read(&path).unwrap().rows.len(), all.len());
}

/// Run with `--nocapture` to see the figure: what a transaction for every row costs.
pub fn cheap<R: Trial>() {
    let dir = tempfile::tempdir().unwrap();
    let (mut record, _) = open::<R>(&dir.path().join("a.record")).unwrap();
    let rows = &R::many()[..4096];
    let start = std::time::Instant::now();
    for row in rows {
        record.append(std::slice::from_ref(row)).unwrap();
    }
    let each = start.elapsed().as_secs_f64() / rows.len() as f64;
    println!("{:.0} µs per row", 1e6 * each);
    assert!(each < 0.01, "{each} s per row");
}
