//! Plane files: exact, resumable, and never mistaken for one another.

mod damage;
mod kill;

use std::fs::{self, File};

use super::*;
use crate::survey::{Axis, Plane, fingerprint};

pub fn grid() -> Grid {
    Grid::new(Axis::new(-1.0, 1.0, 9).unwrap(), Axis::new(-0.5, 1.5, 7).unwrap()).unwrap()
}

pub fn meta() -> Identity {
    Identity(json!({ "model": { "file": "a.safetensors", "sha256": "00ff" }, "seed": 7, "bn": "running", "x": 0.1 }))
}

/// Every kind of number.
pub fn measured(node: Node) -> Measured {
    let x = node.i as f64 / 3.0 + (node.j as f64).sqrt();
    let train = match (node.i, node.j) {
        (0, 0) => Evaluation { loss: f64::NAN, error: f64::NAN },
        (1, 0) => Evaluation { loss: f64::INFINITY, error: -0.0 },
        (2, 0) => Evaluation { loss: 5e-324, error: f64::NEG_INFINITY },
        _ => Evaluation { loss: x, error: 1.0 / (1.0 + x) },
    };
    let test = (!node.i.is_multiple_of(4))
        .then(|| Evaluation { loss: if node.j == 3 { f64::NAN } else { x.exp() }, error: 0.0 });
    Measured { train, test }
}

pub fn point(node: Node) -> PlanePoint {
    PlanePoint { node, measured: measured(node) }
}

/// The bits of a measurement; every NaN is the same.
pub fn bits(m: &Measured) -> [Option<u64>; 4] {
    let bits = |x: f64| if x.is_nan() { u64::MAX } else { x.to_bits() };
    [Some(m.train.loss), Some(m.train.error), m.test.map(|t| t.loss), m.test.map(|t| t.error)].map(|x| x.map(bits))
}

fn open(path: &Path) -> Result<(PlaneFile, Vec<PlanePoint>)> {
    PlaneFile::create_or_resume(path, &meta(), &grid())
}

fn text<T>(result: Result<T>) -> String {
    result.err().expect("must be refused").to_string()
}

/// A whole plane.
pub fn write_plane(path: &Path) {
    let (mut file, known) = open(path).unwrap();
    assert!(known.is_empty());
    let order = grid().order();
    for batch in order.chunks(5) {
        file.record(&batch.iter().map(|n| point(*n)).collect::<Vec<_>>()).unwrap();
    }
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_bit_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    write_plane(&path);
    assert_eq!(names(dir.path()), ["a.plane"], "one file");
    let found = PlaneContents::read(&path).unwrap();
    assert_eq!((&found.meta, found.grid, found.points.len()), (&meta(), grid(), 63));
    assert_eq!(found.fingerprint, fingerprint(&json!({ "meta": meta().0, "grid": grid() })));
    for p in &found.points {
        assert_eq!(bits(&p.measured), bits(&measured(p.node)), "{}", p.node);
    }
    assert!(found.points[0].measured.train.loss.is_nan() && found.points[0].measured.test.is_none());
    assert_eq!(names(dir.path()), ["a.plane"], "reading leaves nothing behind");
}

#[test]
fn a_plane_goes_on_where_it_was_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    let mut measurements = 0;
    for round in 1.. {
        let (mut file, known) = open(&path).unwrap();
        assert_eq!(known.len(), measurements, "nothing is lost between rounds");
        let mut plane = Plane::new(grid());
        for p in known {
            assert_eq!(bits(&p.measured), bits(&measured(p.node)));
            assert!(plane.record(p.node, p.measured));
        }
        for node in plane.next(10) {
            measurements += 1;
            file.record(&[point(node)]).unwrap();
            plane.record(node, measured(node));
        }
        if plane.is_done() {
            assert_eq!((round, measurements), (7, 63), "each point once");
            break;
        }
    }
    assert_eq!(PlaneContents::read(&path).unwrap().points.len(), 63);
}

#[test]
fn another_plane_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    write_plane(&path);
    let before = fs::read(&path).unwrap();
    let mut other = meta();
    other.0["model"]["sha256"] = "0100".into();
    let error = text(PlaneFile::create_or_resume(&path, &other, &grid()));
    assert!(error.contains("a.plane") && error.contains("model.sha256 is \"00ff\" there and \"0100\" here"), "{error}");
    let finer = Grid::new(*grid().a(), Axis::new(-0.5, 1.5, 9).unwrap()).unwrap();
    let error = text(PlaneFile::create_or_resume(&path, &meta(), &finer));
    assert!(error.contains("grid.b is \"-0.5:1.5:7\" there and \"-0.5:1.5:9\" here"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before, "untouched");
    // The order of keys is no difference.
    let turned = Identity(
        json!({ "x": 0.1, "bn": "running", "seed": 7, "model": { "sha256": "00ff", "file": "a.safetensors" } }),
    );
    assert_eq!(PlaneFile::create_or_resume(&path, &turned, &grid()).unwrap().1.len(), 63);
}

#[test]
fn foreign_files_are_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let letter = dir.path().join("letter.plane");
    fs::write(&letter, "Dear Sir or Madam, ".repeat(100)).unwrap();
    let other = dir.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE points (i)").unwrap();
    File::create(dir.path().join("empty.plane")).unwrap();
    for name in ["letter.plane", "other.db", "empty.plane"] {
        let path = dir.path().join(name);
        let before = fs::read(&path).unwrap();
        for error in [text(open(&path)), text(PlaneContents::read(&path))] {
            assert!(error.contains("is not a plane of Valleyscope") && error.contains(name), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    assert_eq!(names(dir.path()), ["empty.plane", "letter.plane", "other.db"], "no lock, no temporary file");
    assert!(text(open(dir.path())).contains("is a directory"));
    assert!(text(open(&dir.path().join("gone/a.plane"))).contains("its directory does not exist"));
    assert!(text(PlaneContents::read(&dir.path().join("b.plane"))).contains("does not exist"));
}

#[test]
fn there_is_one_writer_and_any_reader() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    let (mut file, _) = open(&path).unwrap();
    assert!(text(open(&path)).contains("is being written by this very process"));
    for (n, node) in grid().order().into_iter().enumerate().take(5) {
        file.record(&[point(node)]).unwrap();
        assert_eq!(PlaneContents::read(&path).unwrap().points.len(), n + 1, "seen at once");
    }
    drop(file);
    assert_eq!(names(dir.path()), ["a.plane"]);
    assert_eq!(open(&path).unwrap().1.len(), 5);
}

#[test]
fn a_point_is_written_once_and_within_the_grid() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    let (mut file, _) = open(&path).unwrap();
    let node = Node { i: 3, j: 2 };
    file.record(&[point(node)]).unwrap();
    // All or none.
    assert!(text(file.record(&[point(Node { i: 4, j: 2 }), point(node)])).contains("cannot keep what it was given"));
    assert!(text(file.record(&[point(Node { i: 9, j: 0 })])).contains("the point (9, 0) is not in the grid"));
    assert_eq!(PlaneContents::read(&path).unwrap().points.len(), 1);
    file.record(&[point(Node { i: 4, j: 2 })]).unwrap();
}

#[test]
fn a_full_disk_is_named_and_keeps_what_was_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    let side = Axis::new(0.0, 1.0, 200).unwrap();
    let grid = Grid::new(side, side).unwrap();
    let (mut file, _) = PlaneFile::create_or_resume(&path, &meta(), &grid).unwrap();
    // SQLite meets its own limit on pages with the same error as the end of a disk.
    file.db.pragma_update_and_check(None, "max_page_count", 20, |_| Ok(())).unwrap();
    let mut kept = 0;
    let error = grid.order().chunks(50).find_map(|nodes| {
        let points: Vec<_> = nodes.iter().map(|n| point(*n)).collect();
        file.record(&points).map(|()| kept += points.len()).err()
    });
    let error = error.unwrap().to_string();
    assert!(error.contains("the disk is full") && error.contains("a.plane"), "{error}");
    assert!(kept > 100 && PlaneContents::read(&path).unwrap().points.len() == kept);
    // Room again: the same points are recorded after all.
    file.db.pragma_update_and_check(None, "max_page_count", 100_000, |_| Ok(())).unwrap();
    for nodes in grid.order()[kept..].chunks(500) {
        file.record(&nodes.iter().map(|n| point(*n)).collect::<Vec<_>>()).unwrap();
    }
    drop(file);
    assert_eq!(PlaneContents::read(&path).unwrap().points.len(), 40_000);
}

/// Run with `--nocapture` to see the figure: what a transaction for every point costs.
#[test]
fn recording_costs_little() {
    let dir = tempfile::tempdir().unwrap();
    let side = Axis::new(0.0, 1.0, 64).unwrap();
    let grid = Grid::new(side, side).unwrap();
    let (mut file, _) = PlaneFile::create_or_resume(&dir.path().join("a.plane"), &meta(), &grid).unwrap();
    let start = std::time::Instant::now();
    for node in grid.order() {
        file.record(&[point(node)]).unwrap();
    }
    let each = start.elapsed().as_secs_f64() / grid.count() as f64;
    println!("{:.0} µs per point", 1e6 * each);
    assert!(each < 0.01, "{each} s per point");
}
