//! A process that is killed while it measures a plane, again and again, loses nothing that it recorded.

use std::{
    env,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::*;

/// Tells the child where to write; without it the child test does nothing.
const FILE: &str = "VALLEYSCOPE_PLANE_KILL_TEST_FILE";
/// Microseconds that a measurement takes.
const PAUSE: &str = "VALLEYSCOPE_PLANE_KILL_TEST_PAUSE";

fn large() -> Grid {
    let side = Axis::new(-1.0, 1.0, 101).unwrap();
    Grid::new(side, side).unwrap()
}

/// Not a test of its own: the process that the next test kills. It goes on with the file and measures to the end.
#[test]
fn child_that_measures_until_it_is_killed() {
    let Some(path) = env::var_os(FILE) else { return };
    let (mut file, known) = PlaneFile::create_or_resume(Path::new(&path), &meta(), &large()).unwrap();
    let pause = Duration::from_micros(env::var(PAUSE).unwrap().parse().unwrap());
    let mut plane = Plane::new(large());
    for p in known {
        assert!(plane.record(p.node, p.measured));
    }
    while let Some(node) = plane.next(1).first().copied() {
        sleep(pause);
        // A point that is there already would be refused.
        file.record(&[point(node)]).unwrap();
        plane.record(node, measured(node));
    }
}

fn start(path: &Path, pause: &str) -> Child {
    // "crate::survey::file::tests::kill" without the crate, as the test harness names it.
    let module = module_path!().split_once("::").unwrap().1;
    Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::child_that_measures_until_it_is_killed")])
        .env(FILE, path)
        .env(PAUSE, pause)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_until(what: impl Fn() -> bool) {
    let started = Instant::now();
    while !what() {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing happens");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_plane_goes_on_and_ends_as_if_nothing_had_happened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.plane");
    let count = || PlaneContents::read(&path).map_or(0, |c| c.points.len());
    let mut before: Vec<PlanePoint> = Vec::new();
    for round in 0..5 {
        let mut child = start(&path, "200");
        // It has recorded something new; then it is killed at whatever it is doing.
        wait_until(|| count() > before.len());
        sleep(Duration::from_millis(7 * round));
        if round == 0 {
            let refused = text(PlaneFile::create_or_resume(&path, &meta(), &large()));
            assert!(refused.contains(&format!("another process (pid {})", child.id())), "{refused}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let after = PlaneContents::read(&path).unwrap().points;
        assert!(before.len() < after.len() && after.len() < large().count(), "killed on the way: {}", after.len());
        for p in &before {
            let kept = after.iter().find(|q| q.node == p.node).expect("nothing is lost");
            assert_eq!(bits(&kept.measured), bits(&p.measured));
        }
        before = after;
    }
    assert!(start(&path, "0").wait().unwrap().success());
    let whole = PlaneContents::read(&path).unwrap();

    let undisturbed = dir.path().join("b.plane");
    assert!(start(&undisturbed, "0").wait().unwrap().success());
    let reference = PlaneContents::read(&undisturbed).unwrap();
    assert_eq!(reference.points.len(), large().count());
    assert_eq!((whole.points.len(), &whole.fingerprint), (large().count(), &reference.fingerprint));
    for (p, q) in whole.points.iter().zip(&reference.points) {
        assert_eq!((p.node, bits(&p.measured)), (q.node, bits(&q.measured)));
    }
    assert_eq!(names(dir.path()), ["a.plane", "b.plane"], "no lock and no journal is left");
}
