//! Files that were cut short or scribbled on: an error or a run, never a panic.

use std::{fs, sync::OnceLock};

use proptest::prelude::*;

use super::{beside::beside, *};

/// The bytes of a finished run.
fn finished() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        write_run(&path);
        fs::read(&path).unwrap()
    })
}

/// The bytes of a run that is being written, and of its journal.
fn unfinished() -> &'static (Vec<u8>, Vec<u8>) {
    static BYTES: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    BYTES.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.valley");
        let mut w = Writer::create(&path, &manifest(), false).unwrap();
        fill(&mut w);
        w.commit().unwrap();
        // A copy through the shell would do; our own descriptor is harmless here, for nobody else locks this file.
        (fs::read(&path).unwrap(), fs::read(beside(&path, "-wal")).unwrap())
    })
}

/// Reads all there is, and says how many steps there were.
fn read_all(path: &Path) -> Result<usize, RunFileError> {
    let r = Reader::open(path)?;
    let _ = (r.summary(), r.slices(0..u64::MAX), r.epochs(), r.changes(), r.last_step());
    for t in r.checkpoints()? {
        let _ = r.checkpoint(t);
    }
    write_csv(&r, &path.with_extension("csv"))?;
    Ok(r.steps(0..u64::MAX)?.len())
}

/// Overwrites and cuts `bytes`, at places given as shares of the length.
fn spoil(bytes: &mut Vec<u8>, scribbles: &[(f64, u8)], cut: Option<f64>) {
    let place = |share: f64, bytes: &Vec<u8>| (share * bytes.len() as f64) as usize;
    for &(share, byte) in scribbles {
        let k = place(share, bytes);
        bytes[k] ^= byte;
    }
    if let Some(share) = cut {
        bytes.truncate(place(share, bytes));
    }
}

fn outcome(main: &[u8], wal: Option<&[u8]>) -> Result<usize, RunFileError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    fs::write(&path, main).unwrap();
    if let Some(wal) = wal {
        fs::write(beside(&path, "-wal"), wal).unwrap();
    }
    let result = read_all(&path);
    match &result {
        Ok(steps) => assert!(*steps <= main.len() + wal.map_or(0, <[u8]>::len), "more rows than bytes"),
        Err(e) => assert!(e.to_string().contains(".valley") || e.to_string().contains(".csv"), "{e}"),
    }
    result
}

#[test]
fn whole_copies_load() {
    assert_eq!(outcome(finished(), None).unwrap(), 300);
    let (main, wal) = unfinished();
    assert_eq!(outcome(main, Some(wal)).unwrap(), 300);
    assert_eq!(outcome(main, None).unwrap(), 0, "without its journal");
    assert_eq!(outcome(main, Some(&wal[..wal.len() - 1])).unwrap(), 0, "a transaction counts whole or not at all");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for share in [0.01, 0.3, 0.6, 0.99] {
        let mut bytes = finished().to_vec();
        spoil(&mut bytes, &[], Some(share));
        assert!(outcome(&bytes, None).is_err(), "cut at {share}");
    }
}

fn scribbles() -> impl Strategy<Value = Vec<(f64, u8)>> {
    // Half of them in the first pages, where the tables and the tree's roots are.
    prop::collection::vec((prop_oneof![0.0..1.0f64, 0.0..0.1f64], 1..=255u8), 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn scribbled_and_cut_files_never_panic(s in scribbles(), cut in prop::option::weighted(0.3, 0.0..1.0f64)) {
        let mut bytes = finished().to_vec();
        spoil(&mut bytes, &s, cut);
        let _ = outcome(&bytes, None);
    }

    #[test]
    fn scribbled_and_cut_journals_never_panic(s in scribbles(), cut in prop::option::weighted(0.5, 0.0..1.0f64)) {
        let (main, wal) = unfinished();
        let mut wal = wal.clone();
        spoil(&mut wal, &s, cut);
        let _ = outcome(main, Some(&wal));
    }
}
