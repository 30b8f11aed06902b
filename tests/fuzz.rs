//! Every reader of files and texts on damaged ones: it ends in a value or an error, never in a panic, and in time.
//!
//! `tests/corpus` has small whole ones, a folder for each reader and in it a file, or a folder of files that belong together. A second
//! for each reader in the ordinary tests; `./x fuzz MINUTES` takes so many. What breaks a reader is named by its seed and kept beside
//! the program's other build products.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use arbtest::{
    arbitrary::{self, Unstructured},
    arbtest,
};
use valleyscope::{
    checkpoint::Checkpoint,
    data::{self, DataSpec},
    explore::KeptRun,
    history::History,
    net::Network,
    recipe::Recipe,
    record::Contents,
    survey::PlanePoint,
    toy::{formula::Formula, surface::Surface as _},
};

/// Readers, between which the time is divided.
const READERS: u32 = 10;
/// A reader that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

fn budget() -> Duration {
    let minutes: Option<f64> = std::env::var("VALLEYSCOPE_FUZZ_MINUTES").ok().and_then(|n| n.parse().ok());
    minutes.map_or(Duration::from_secs(1), |minutes| Duration::from_secs_f64(minutes * 60.0) / READERS)
}

/// The files of a case by their place in it.
type Case = Vec<(PathBuf, Vec<u8>)>;

fn gather(folder: &Path, place: &Path, case: &mut Case) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let place = place.join(path.file_name().unwrap());
        match path.is_dir() {
            true => gather(&path, &place, case),
            false => case.push((place, fs::read(&path).unwrap())),
        }
    }
}

fn corpus(reader: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(reader);
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let case = |path: PathBuf| {
        let mut case = Case::new();
        match path.is_dir() {
            true => gather(&path, Path::new(path.file_name().unwrap()), &mut case),
            false => case.push((path.file_name().unwrap().into(), fs::read(&path).unwrap())),
        }
        case
    };
    entries.into_iter().map(case).collect()
}

/// Numbers that lengths and counts go wrong on.
const EDGES: [u64; 8] = [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, u64::MAX];

/// Damages bytes in a few of the ways in which files are damaged, or made to hurt.
fn damage(u: &mut Unstructured<'_>, bytes: &mut Vec<u8>, others: &[&[u8]]) -> arbitrary::Result<()> {
    for _ in 0..u.int_in_range(1..=6)? {
        let len = bytes.len();
        let at = u.int_in_range(0..=len.saturating_sub(1))?;
        let count = u.int_in_range(1..=64usize)?.min(len - at.min(len));
        match u.int_in_range(0..=7)? {
            0 if len > 0 => bytes[at] ^= 1 << u.int_in_range(0..=7)?,
            1 if len > 0 => bytes[at] = u.arbitrary()?,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..at + count)),
            4 => {
                let copy = bytes[at..at + count].to_vec();
                let to = u.int_in_range(0..=len)?;
                bytes.splice(to..to, copy);
            }
            5 => {
                let edge = u.choose(&EDGES)?.to_le_bytes();
                let width = (*u.choose(&[1, 2, 4, 8])?).min(len - at.min(len));
                let big = u.arbitrary::<bool>()?;
                let number: Vec<u8> =
                    if big { edge[..width].iter().rev().copied().collect() } else { edge[..width].to_vec() };
                bytes[at..at + width].copy_from_slice(&number);
            }
            6 => {
                let other = *u.choose(others)?;
                if !other.is_empty() {
                    let from = u.int_in_range(0..=other.len() - 1)?;
                    let part = other[from..(from + count).min(other.len())].to_vec();
                    bytes.splice(at.min(len)..at.min(len), part);
                }
            }
            // Digits grow, which is what hurts in texts.
            _ => {
                if let Some(digit) = bytes[at.min(len)..].iter().position(u8::is_ascii_digit) {
                    let place = at + digit;
                    bytes.splice(place..place, *b"999999999");
                }
            }
        }
    }
    Ok(())
}

/// Lets `read` read damaged cases until its time is over. It gets the folder in which the case lies.
fn fuzz(reader: &str, read: impl Fn(&Path, &Path)) {
    let cases = corpus(reader);
    let others: Vec<Vec<u8>> = cases.iter().flatten().map(|(_, bytes)| bytes.clone()).collect();
    let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
    let home = tempfile::tempdir().unwrap();
    let lay = |case: &Case| {
        let folder = tempfile::tempdir_in(home.path()).unwrap();
        for (place, bytes) in case {
            let path = folder.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    };
    let first = |case: &Case| PathBuf::from(case[0].0.iter().next().unwrap());
    // Whole ones first: a corpus that is not read any more finds nothing.
    for case in &cases {
        let folder = lay(case);
        read(folder.path(), &folder.path().join(first(case)));
    }
    let mut tried = 0u64;
    arbtest(|u| {
        let mut case = u.choose(&cases)?.clone();
        let file = u.int_in_range(0..=case.len() - 1)?;
        damage(u, &mut case[file].1, &others)?;
        let folder = lay(&case);
        let begun = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| read(folder.path(), &folder.path().join(first(&case)))));
        tried += 1;
        if ended.is_err() || begun.elapsed() > PATIENCE {
            let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{reader}"));
            fs::remove_dir_all(&place).ok();
            fs::create_dir_all(&place).unwrap();
            for (name, bytes) in &case {
                let path = place.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            eprintln!("{reader}: broken by {}, after {:.1} s", place.display(), begun.elapsed().as_secs_f64());
        }
        match ended {
            Err(panic) => resume_unwind(panic),
            Ok(()) => assert!(begun.elapsed() < PATIENCE, "{reader} hangs"),
        }
        Ok(())
    })
    .budget(budget())
    .size_min(256);
    println!("{reader}: {tried} damaged ones of {} whole ones", cases.len());
    assert!(tried > 0);
}

/// Data of one's own, or those of a known set.
fn load(name: &str, folder: &Path) {
    let spec = DataSpec {
        name: name.into(),
        dir: Some(folder.into()),
        allow_partial: true,
        train_count: Some(2),
        test_count: Some(1),
        ..DataSpec::default()
    };
    let _ = data::load(&spec, 1);
}

#[test]
fn idx() {
    fuzz("idx", |_, path| load(path.to_str().unwrap(), path));
}

#[test]
fn cifar() {
    fuzz("cifar", |folder, _| load("cifar-10", folder));
}

#[test]
fn arrays() {
    fuzz("arrays", |_, path| load(path.to_str().unwrap(), path));
}

/// Safetensors, PyTorch's zip archives and older files, pickles, NumPy's archives, Burn's.
#[test]
fn checkpoints() {
    fuzz("checkpoints", |_, path| {
        if let Ok(checkpoint) = Checkpoint::read(path) {
            checkpoint.summary();
        }
    });
}

#[test]
fn networks() {
    fuzz("networks", |_, path| {
        let text = fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&text);
        for input in [[1, 8, 8], [3, 5, 7]] {
            let _ = Network::build(&text, input, 10);
        }
    });
}

#[test]
fn stacks() {
    fuzz("stacks", |_, path| {
        let text = fs::read(path).unwrap();
        for line in String::from_utf8_lossy(&text).lines() {
            let _ = Network::build(line, [3, 8, 8], 10);
        }
    });
}

#[test]
fn recipes() {
    fuzz("recipes", |_, path| {
        let _ = Recipe::open(path);
    });
}

#[test]
fn formulas() {
    fuzz("formulas", |_, path| {
        let text = fs::read(path).unwrap();
        for line in String::from_utf8_lossy(&text).lines() {
            if let Ok(surface) = Formula::new(line) {
                let w = &[0.3, -0.7][..surface.dim()];
                let mut gradient = vec![0.0; w.len()];
                surface.value(w);
                surface.gradient(w, &mut gradient);
            }
        }
    });
}

#[test]
fn runs() {
    fuzz("runs", |_, path| {
        let _ = History::read(path);
        if let Ok(checkpoint) = Checkpoint::read(path) {
            checkpoint.summary();
        }
    });
}

#[test]
fn records() {
    fuzz("records", |_, path| {
        // Each is a damaged one of the other kind, too.
        let _ = Contents::<PlanePoint>::read(path);
        let _ = Contents::<KeptRun>::read(path);
    });
}
