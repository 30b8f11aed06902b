//! Files that were cut short, scribbled on or changed by hand: an error or a record, never a panic.

use proptest::{prelude::*, test_runner::TestRunner};

use super::*;

fn whole<R: Trial>() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    write::<R>(&path);
    fs::read(&path).unwrap()
}

fn outcome<R: Trial>(bytes: &[u8]) -> Result<Contents<R>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    fs::write(&path, bytes).unwrap();
    let result = Contents::<R>::read(&path);
    if let Err(e) = &result {
        assert!(e.to_string().contains("a.record"), "{e}");
    }
    result
}

/// Files that were changed with SQL, and what is said about them: the changes given, and those that damage every kind.
pub fn changed_by_hand<R: Trial>(own: &[(&str, &str)]) {
    let foreign = format!("is {}", R::KIND.foreign);
    let table = R::KIND.tables[1].0;
    let view = format!("DROP TABLE {table}; CREATE VIEW {table} AS SELECT 1 AS j");
    let changed = format!("table {table} is missing or changed");
    let gone = format!("DROP TABLE {table}");
    let of_all = [
        ("PRAGMA user_version = 9", "update Valleyscope"),
        ("PRAGMA application_id = 7", foreign.as_str()),
        ("PRAGMA application_id = 7", "some other SQLite file"),
        (view.as_str(), changed.as_str()),
        (gone.as_str(), changed.as_str()),
        ("DELETE FROM meta", "has no description"),
        ("UPDATE meta SET description = '{}'", "fingerprint is not that of its description"),
        ("UPDATE meta SET description = '{'", "description is not readable"),
    ];
    for (change, expected) in of_all.iter().chain(own) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.record");
        write::<R>(&path);
        rusqlite::Connection::open(&path).unwrap().execute_batch(change).unwrap();
        for error in [text(Contents::<R>::read(&path)), text(open::<R>(&path))] {
            assert!(error.contains(expected) && error.contains("a.record"), "{change}: {error}");
        }
    }
}

/// A file that ends too early.
pub fn cut_anywhere<R: Trial>() {
    let whole = whole::<R>();
    assert_eq!(outcome::<R>(&whole).unwrap().rows.len(), R::few().len());
    for share in [0.0, 0.01, 0.3, 0.6, 0.99] {
        let end = (share * whole.len() as f64) as usize;
        assert!(outcome::<R>(&whole[..end]).is_err(), "cut at {share}");
    }
}

/// Bytes changed at random.
pub fn scribbled<R: Trial>() {
    let whole = whole::<R>();
    let scribbles = prop::collection::vec((0.0..1.0f64, 1..=255u8), 1..20);
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let tried = TestRunner::new(config).run(&scribbles, |scribbles| {
        let mut bytes = whole.clone();
        for (share, byte) in scribbles {
            let k = (share * bytes.len() as f64) as usize;
            bytes[k] ^= byte;
        }
        if let Ok(found) = outcome::<R>(&bytes) {
            prop_assert!(found.rows.windows(2).all(|w| w[0].key() < w[1].key()), "no row is there twice");
        }
        Ok(())
    });
    tried.unwrap();
}
