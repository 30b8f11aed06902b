//! A process that is killed while it measures, again and again, loses nothing that it recorded.

use std::{
    env,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::*;

/// Tells the child where to write; without it the child test does nothing.
const FILE: &str = "VALLEYSCOPE_RECORD_KILL_TEST_FILE";
/// Microseconds that a measurement takes.
const PAUSE: &str = "VALLEYSCOPE_RECORD_KILL_TEST_PAUSE";

/// The process that [`killed`] kills: it goes on with the file and measures to the end. In any other it does nothing.
pub fn child<R: Trial>() {
    let Some(path) = env::var_os(FILE) else { return };
    let (mut record, known) = open::<R>(Path::new(&path)).unwrap();
    let pause = Duration::from_micros(env::var(PAUSE).unwrap().parse().unwrap());
    // Rows are recorded in order, and one that is there already would be refused.
    for row in &R::many()[known.len()..] {
        sleep(pause);
        record.append(std::slice::from_ref(row)).unwrap();
    }
}

/// The test that calls [`child`], beside the one that calls [`killed`].
const CHILD: &str = "child_that_measures_until_it_is_killed";

/// Runs the child of a module again and again, and kills it.
pub fn killed<R: Trial>(module: &str) {
    // "crate::explore::plane::row::tests" without the crate, as the test harness names it.
    let name = format!("{}::{CHILD}", module.split_once("::").unwrap().1);
    let start = |path: &Path, pause: &str| -> Child {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", &name])
            .env(FILE, path)
            .env(PAUSE, pause)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.record");
    let all = R::many().len();
    let count = || Contents::<R>::read(&path).map_or(0, |c| c.rows.len());
    let mut before: Vec<R> = Vec::new();
    for round in 0..5 {
        let mut child = start(&path, "200");
        // It has recorded something new; then it is killed at whatever it is doing.
        wait_until(|| count() > before.len());
        sleep(Duration::from_millis(7 * round));
        if round == 0 {
            let refused = text(open::<R>(&path));
            assert!(refused.contains(&format!("another process (pid {})", child.id())), "{refused}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let after = Contents::<R>::read(&path).unwrap().rows;
        assert!(before.len() < after.len() && after.len() < all, "killed on the way: {}", after.len());
        for row in &before {
            let kept = after.iter().find(|kept| kept.key() == row.key()).expect("nothing is lost");
            assert_eq!(bits(std::slice::from_ref(kept)), bits(std::slice::from_ref(row)));
        }
        before = after;
    }
    assert!(start(&path, "0").wait().unwrap().success());
    let whole = Contents::<R>::read(&path).unwrap();

    let undisturbed = dir.path().join("b.record");
    assert!(start(&undisturbed, "0").wait().unwrap().success());
    let reference = Contents::<R>::read(&undisturbed).unwrap();
    assert_eq!(whole.identity, reference.identity);
    assert_eq!(format!("{:?}", whole.ground), format!("{:?}", reference.ground));
    assert_eq!(bits(&whole.rows), sorted(&R::many()));
    assert_eq!(bits(&whole.rows), bits(&reference.rows));
    assert_eq!(names(dir.path()), ["a.record", "b.record"], "no lock and no journal is left");
}

fn wait_until(what: impl Fn() -> bool) {
    let started = Instant::now();
    while !what() {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing happens");
        sleep(Duration::from_millis(5));
    }
}
