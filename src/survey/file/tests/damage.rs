//! Files that were cut short, scribbled on or changed by hand: an error or a plane, never a panic.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

fn whole() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.plane");
        write_plane(&path);
        fs::read(&path).unwrap()
    })
}

fn outcome(bytes: &[u8]) -> Result<PlaneContents> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    fs::write(&path, bytes).unwrap();
    let result = PlaneContents::read(&path);
    match &result {
        Ok(c) => assert!(c.points.len() <= c.grid.count()),
        Err(e) => assert!(e.to_string().contains("a.plane"), "{e}"),
    }
    result
}

#[test]
fn what_was_changed_by_hand_is_damage() {
    for (change, expected) in [
        ("PRAGMA user_version = 9", "update Valleyscope"),
        ("PRAGMA application_id = 7", "is not a plane"),
        ("DROP TABLE points; CREATE VIEW points AS SELECT 1 AS j", "table points is missing or changed"),
        ("DELETE FROM meta", "has no description"),
        ("UPDATE meta SET description = '{}'", "fingerprint is not that of its description"),
        ("UPDATE meta SET description = '{'", "description is not readable"),
        ("UPDATE points SET train_loss = 'big' WHERE i = 3", "is damaged"),
        ("UPDATE points SET test_loss = NULL WHERE i = 3", "one test number without the other"),
        ("UPDATE points SET i = 9 WHERE i = 8", "point (9, 0) is not in its grid"),
        ("UPDATE points SET j = -1 WHERE j = 6", "is not in its grid"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.plane");
        write_plane(&path);
        rusqlite::Connection::open(&path).unwrap().execute_batch(change).unwrap();
        for error in [text(PlaneContents::read(&path)), text(open(&path))] {
            assert!(error.contains(expected) && error.contains("a.plane"), "{change}: {error}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    assert_eq!(outcome(whole()).unwrap().points.len(), 63);
    for share in [0.0, 0.01, 0.3, 0.6, 0.99] {
        let end = (share * whole().len() as f64) as usize;
        assert!(outcome(&whole()[..end]).is_err(), "cut at {share}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn scribbled_files_never_panic(scribbles in prop::collection::vec((0.0..1.0f64, 1..=255u8), 1..20)) {
        let mut bytes = whole().to_vec();
        for (share, byte) in scribbles {
            let k = (share * bytes.len() as f64) as usize;
            bytes[k] ^= byte;
        }
        let _ = outcome(&bytes);
    }
}
