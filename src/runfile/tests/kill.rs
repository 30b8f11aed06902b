//! A recording process that is killed without warning loses at most the last moment.

use std::{
    env,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant, SystemTime},
};

use super::{beside::beside, *};

/// Tells the child where to write; without it the child test does nothing.
const FILE: &str = "VALLEYSCOPE_KILL_TEST_FILE";

fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}

/// Not a test of its own: the process that the next test kills.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = env::var_os(FILE) else { return };
    let mut w = Writer::create(Path::new(&path), &manifest(), false).unwrap();
    let (start, mut committed) = (Instant::now(), Instant::now());
    for t in 0.. {
        // The time of writing rides along as the learning rate.
        w.step(&StepRecord { learning_rate: now(), ..step(t) }).unwrap();
        w.slice(&slice(t)).unwrap();
        if committed.elapsed() > Duration::from_millis(100) {
            w.commit().unwrap();
            committed = Instant::now();
        }
        sleep(Duration::from_micros(100));
        assert!(start.elapsed() < Duration::from_secs(60), "nobody killed us");
    }
}

#[test]
fn a_killed_run_opens_and_misses_less_than_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    // "crate::runfile::tests::kill" without the crate, as the test harness names it.
    let module = module_path!().split_once("::").unwrap().1;
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::child_that_writes_until_it_is_killed")])
        .env(FILE, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let steps = || Reader::open(&path).ok().and_then(|r| r.last_step().ok().flatten());
    while steps().is_none() {
        assert!(started.elapsed() < Duration::from_secs(30) && child.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(700));
    let refused = Writer::create(&path, &manifest(), true).unwrap_err().to_string();
    assert!(refused.contains(&format!("another process (pid {})", child.id())), "{refused}");
    child.kill().unwrap();
    let killed = now();
    child.wait().unwrap();

    assert!(lock_file(&path).exists() && beside(&path, "-wal").exists(), "it had no time to tidy up");
    let r = Reader::open(&path).unwrap();
    assert_eq!(r.summary().unwrap(), None);
    let steps = r.steps(0..u64::MAX).unwrap();
    let missed = killed - steps.last().unwrap().learning_rate;
    assert!(missed < 1.0, "{missed} s are missing");
    assert!(steps.iter().enumerate().all(|(k, s)| s.t == k as u64), "no hole");
    assert_eq!(r.slices(0..u64::MAX).unwrap().len(), steps.len(), "a transaction counts whole");
    drop(r);
    drop(Writer::create(&path, &manifest(), true).expect("the dead process's lock file blocks nobody"));
    assert_eq!(Reader::open(&path).unwrap().last_step().unwrap(), None, "nor does its journal leak into the new run");
}
