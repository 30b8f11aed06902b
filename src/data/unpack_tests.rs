//! Archives: fetched from the server of the fetch tests, unpacked, checked, and made to do harm.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::archive::Packed;
use super::catalog::{Batch, Batches, Form, OfficialSet};
use super::fetch::{FetchProgress, FetchReport, Fetcher, Outcome, config};
use super::fetch_tests::{Reply, Server, names, official};
use super::status::{self, State};
use super::{DataError, Pixels, hash};

/// The archive that the server has.
pub const ARCHIVE: &str = "tiny.tar.gz";
/// Its batches; records have one label byte and one pixel. The first takes some pieces to write.
pub const BATCHES: [Batch; 3] = [
    Batch { name: "a.bin", records: 300_000 },
    Batch { name: "b.bin", records: 10 },
    Batch { name: "test.bin", records: 100 },
];

fn content(batch: Batch) -> Vec<u8> {
    // Digits of no pattern, so that the archive is not much smaller.
    (0..batch.records as u32).flat_map(|i| [(i % 10) as u8, (i.wrapping_mul(2_654_435_761) >> 24) as u8]).collect()
}

/// An entry of an archive: its name, its type, and its data.
type Entry<'a> = (&'a str, EntryType, Vec<u8>);

/// An archive of these entries, whose names may be such as a well-meaning program would refuse to write.
pub fn pack(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, data) in entries {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        if kind.is_symlink() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        archive.append(&header, data.as_slice()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// The entries of the official archive.
fn entries() -> Vec<Entry<'static>> {
    let [a, b, test] = BATCHES;
    vec![
        ("tiny-bin/", EntryType::Directory, Vec::new()),
        ("tiny-bin/test.bin", EntryType::Regular, content(test)),
        ("tiny-bin/readme.html", EntryType::Regular, b"<html>".to_vec()),
        ("tiny-bin/a.bin", EntryType::Regular, content(a)),
        ("tiny-bin/b.bin", EntryType::Regular, content(b)),
    ]
}

/// The official archive.
pub fn archive() -> Vec<u8> {
    pack(&entries())
}

/// A catalogue of the archive at `base`. Leaked, as the real one is static.
pub fn set(base: &str) -> OfficialSet {
    let [train @ .., test] = BATCHES;
    OfficialSet {
        name: "tiny",
        description: "an archive for tests",
        train: 300_010,
        test: 100,
        shape: [1, 1, 1],
        classes: 10,
        pixels: Pixels::Unit,
        form: Form::Batches(Batches {
            archive: official(ARCHIVE),
            folder: "tiny-bin",
            labels: &[10],
            train: Vec::leak(train.to_vec()),
            test,
        }),
        bases: Vec::leak(vec![&*String::leak(base.to_owned())]),
    }
}

fn run(dir: &TempDir, server: &Server) -> Result<FetchReport, DataError> {
    run_with(dir, server, &mut |_| {}, &AtomicBool::new(false))
}

fn run_with(
    dir: &TempDir,
    server: &Server,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &AtomicBool,
) -> Result<FetchReport, DataError> {
    let agent = config().proxy(None).build().new_agent();
    Fetcher { agent, progress, cancel }.set(&set(&server.base), dir.path(), None)
}

/// Where the archive is unpacked to.
fn target(dir: &TempDir) -> PathBuf {
    dir.path().join("tiny/tiny-bin")
}

fn assert_complete(dir: &TempDir) {
    for batch in BATCHES {
        assert!(fs::read(target(dir).join(batch.name)).unwrap() == content(batch), "{}", batch.name);
    }
    assert_eq!(names(&target(dir)), ["a.bin", "b.bin", "test.bin"]);
    assert_eq!(names(&dir.path().join("tiny")), ["tiny-bin", ARCHIVE]);
}

/// What was done with the archive and each batch.
fn outcomes(report: &FetchReport) -> Vec<(&'static str, char)> {
    let letter = |outcome: &Outcome| match outcome {
        Outcome::Kept => 'k',
        Outcome::Downloaded { .. } => 'd',
        Outcome::Unpacked { replaced: false } => 'u',
        Outcome::Unpacked { replaced: true } => 'r',
    };
    report.files.iter().map(|file| (file.file, letter(&file.outcome))).collect()
}

#[test]
fn an_archive_is_downloaded_unpacked_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    let mut told = Vec::new();
    let report = run_with(&dir, &server, &mut |progress| told.push(progress), &AtomicBool::new(false)).unwrap();
    assert_complete(&dir);
    assert_eq!(outcomes(&report), [(ARCHIVE, 'd'), ("a.bin", 'u'), ("b.bin", 'u'), ("test.bin", 'u')]);
    assert_eq!(report.files[1].path, target(&dir).join("a.bin"));
    for (batch, file) in BATCHES.iter().zip(&report.files[1..]) {
        let total = 2 * batch.records as u64;
        assert!(told.contains(&FetchProgress { file: file.file, done_bytes: total, total_bytes: total }));
    }
    assert!(told.iter().filter(|told| told.file == "a.bin").count() > 3);

    let again = run(&dir, &server).unwrap();
    assert!(again.files.iter().all(|file| file.outcome == Outcome::Kept));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_broken_download_of_an_archive_is_resumed_before_it_is_unpacked() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|number, _| match number {
        0 => Reply::Cut(123_456),
        1 => Reply::Status(503),
        _ => Reply::Good,
    });
    assert!(matches!(run(&dir, &server), Err(DataError::NoAddress { .. })));
    assert_eq!(names(&dir.path().join("tiny")), ["tiny.tar.gz.valleyscope-part"]);
    let report = run(&dir, &server).unwrap();
    assert_complete(&dir);
    assert!(matches!(report.files[0].outcome, Outcome::Downloaded { resumed: 123_456, .. }));
    assert_eq!(server.asked().last().unwrap().from, Some(123_456));
}

#[test]
fn what_is_missing_or_damaged_is_unpacked_again_without_the_network() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    run(&dir, &server).unwrap();
    let mut damaged = content(BATCHES[0]);
    damaged[7] ^= 1;
    fs::write(target(&dir).join("a.bin"), damaged).unwrap();
    fs::remove_file(target(&dir).join("b.bin")).unwrap();
    let report = run(&dir, &server).unwrap();
    assert_complete(&dir);
    assert_eq!(outcomes(&report), [(ARCHIVE, 'k'), ("a.bin", 'r'), ("b.bin", 'u'), ("test.bin", 'k')]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn batches_in_another_place_are_used_if_right_and_else_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    let own = dir.path().join("tiny");
    fs::create_dir(&own).unwrap();
    for batch in BATCHES {
        fs::write(own.join(batch.name), content(batch)).unwrap();
    }
    let report = run(&dir, &server).unwrap();
    assert_eq!(outcomes(&report), [(ARCHIVE, 'd'), ("a.bin", 'k'), ("b.bin", 'k'), ("test.bin", 'k')]);
    assert_eq!(report.files[2].path, own.join("b.bin"));
    assert!(!target(&dir).exists());

    fs::write(own.join("b.bin"), b"part").unwrap();
    let report = run(&dir, &server).unwrap();
    assert_eq!(outcomes(&report), [(ARCHIVE, 'k'), ("a.bin", 'u'), ("b.bin", 'u'), ("test.bin", 'u')]);
    assert_eq!(fs::read(own.join("b.bin")).unwrap(), b"part");
    assert_eq!(fs::read(target(&dir).join("b.bin")).unwrap(), content(BATCHES[1]));
}

#[test]
fn cancelling_the_unpacking_leaves_no_part_of_a_batch() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    let cancel = AtomicBool::new(false);
    let mut stop = |progress: FetchProgress| {
        cancel.store(progress.file == "a.bin" && progress.done_bytes > 0, Ordering::Relaxed);
    };
    let error = run_with(&dir, &server, &mut stop, &cancel).unwrap_err();
    let DataError::Cancelled { file, done, total: 600_000 } = error else { panic!("{error}") };
    assert!(file == "a.bin" && (1..600_000).contains(&done), "{file} {done}");
    // The archive has this one before the one that was cancelled.
    assert_eq!(names(&target(&dir)), ["test.bin"]);
    let report = run(&dir, &server).unwrap();
    assert_complete(&dir);
    assert_eq!(outcomes(&report), [(ARCHIVE, 'k'), ("a.bin", 'u'), ("b.bin", 'u'), ("test.bin", 'k')]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_unpacking() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(target(&dir)).unwrap();
    std::os::unix::fs::symlink("/dev/full", target(&dir).join("a.bin.valleyscope-part")).unwrap();
    let error = run(&dir, &Server::always(Reply::Good)).unwrap_err();
    assert!(matches!(error, DataError::DiskFull { .. }), "{error}");
}

#[test]
fn batches_are_checked_against_the_archive() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::always(Reply::Good);
    run(&dir, &server).unwrap();
    let set = set("");
    let states = || status::states(dir.path(), &set).unwrap();
    assert_eq!(states().iter().map(|file| file.file).collect::<Vec<_>>(), [ARCHIVE, "a.bin", "b.bin", "test.bin"]);
    assert!(states().iter().all(|file| file.state == State::Right));

    let wrong = vec![1; 20];
    fs::write(target(&dir).join("b.bin"), &wrong).unwrap();
    let expected = hash::of_bytes(&content(BATCHES[1]));
    assert_eq!(states()[2].state, State::Wrong { expected, found: hash::of_bytes(&wrong) });
    // A damaged archive is no judge.
    let path = dir.path().join("tiny").join(ARCHIVE);
    let mut bytes = fs::read(&path).unwrap();
    bytes[500] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(states()[0].state, State::Wrong { .. }));
    assert_eq!((&states()[1].state, &states()[2].state), (&State::Plain, &State::Plain));
}

/// Unpacks `bytes` into `dir/in`; the error text.
fn unpack(dir: &Path, bytes: &[u8]) -> Result<(), String> {
    let path = dir.join("x.tar.gz");
    fs::write(&path, bytes).unwrap();
    let set = set("");
    let Form::Batches(batches) = &set.form else { panic!("no batches") };
    let packed = Packed { path: &path, set: &set, batches };
    let folder = dir.join("in");
    let sums = packed.sums().map(|_| ()).map_err(|error| error.to_string());
    let unpacked = packed.unpack(&folder, |_| true, &mut |_, _| Ok(())).map_err(|error| error.to_string());
    assert_eq!(sums, unpacked);
    if let Err(text) = &unpacked {
        assert!(text.contains("x.tar.gz: ") && text.contains("valleyscope data fetch tiny"), "{text}");
    }
    // Nothing but batches, whatever the archive says, and none that is not whole.
    for name in folder.exists().then(|| names(&folder)).into_iter().flatten() {
        let batch = BATCHES.into_iter().find(|batch| batch.name == name).unwrap();
        let path = folder.join(name);
        assert!(path.symlink_metadata().unwrap().is_file());
        assert_eq!(path.metadata().unwrap().len(), 2 * batch.records as u64);
    }
    assert!(names(dir).iter().all(|name| ["in", "x.tar.gz"].contains(&name.as_str())), "{:?}", names(dir));
    unpacked
}

#[test]
fn only_the_known_files_are_unpacked_and_only_to_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let file = |name| (name, EntryType::Regular, b"evil".to_vec());
    let mut evil = vec![
        file("../evil"),
        file("/tmp/evil"),
        file("tiny-bin/../../a.bin"),
        file("tiny-bin/../a.bin"),
        file("./tiny-bin/a.bin"),
        file("a.bin"),
        file("tiny-bin/evil.bin"),
        ("in", EntryType::Symlink, Vec::new()),
        ("tiny-bin/link", EntryType::Symlink, Vec::new()),
        ("tiny-bin/hard", EntryType::Link, Vec::new()),
        ("tiny-bin/device", EntryType::Char, Vec::new()),
        // The name of the next entry, if one believes it.
        ("././@LongLink", EntryType::GNULongName, b"tiny-bin/../../evil\0".to_vec()),
    ];
    evil.extend(entries());
    unpack(&inner, &pack(&evil)).unwrap();
    assert_eq!((names(&inner.join("in")).len(), names(dir.path())), (3, vec!["inner".to_owned()]));
}

#[test]
fn an_archive_that_is_not_the_expected_one_is_refused() {
    let with = |change: &dyn Fn(&mut Vec<Entry<'static>>)| {
        let dir = tempfile::tempdir().unwrap();
        let mut entries = entries();
        change(&mut entries);
        unpack(dir.path(), &pack(&entries)).unwrap_err()
    };
    assert!(with(&|entries| drop(entries.remove(3))).contains("holds no tiny-bin/a.bin"));
    assert!(with(&|entries| entries.push(entries[4].clone())).contains("holds b.bin twice"));
    assert!(with(&|entries| entries[4].2.truncate(19)).contains("b.bin in it has 19 bytes, not 20"));
    assert!(with(&|entries| entries[4].2.push(0)).contains("b.bin in it has 21 bytes, not 20"));
    assert!(with(&|entries| entries[4] = ("tiny-bin/b.bin", EntryType::Symlink, vec![])).contains("b.bin in it is no"));
    // Far more than the batches: the reading ends before it has all been unpacked.
    let bomb = || ("tiny-bin/zeros", EntryType::Regular, vec![0; 8 << 20]);
    with(&|entries| entries.insert(0, bomb()));
}

#[test]
fn a_cut_or_foreign_archive_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let whole = archive();
    for cut in [0, 1, 100, whole.len() / 2, whole.len() - 600] {
        unpack(dir.path(), &whole[..cut]).unwrap_err();
    }
    unpack(dir.path(), b"<html>moved</html>").unwrap_err();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&[b'x'; 2000]).unwrap();
    let text = unpack(dir.path(), &packed.finish().unwrap()).unwrap_err();
    assert!(text.contains("cannot be unpacked"), "{text}");
}
